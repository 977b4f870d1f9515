import ArgumentParser
import CKernels
import SpectrumFiles

/// The program: its commands, and the one place where an error becomes a message and an exit code.
@main
struct EELSDAG: ParsableCommand {
  /// The program's version, recorded in every file that it writes.
  static let version = "0.1.0"
  /// The program and its version, for a file's `creator`.
  static let creator = "eels-dag \(version)"

  static let configuration = CommandConfiguration(
    commandName: "eels-dag",
    abstract: "EELS spectrum images: preprocess, augment, open in HyperSpy.",
    discussion: """
      Data go to standard output, everything else to standard error. Energies are in eV, windows \
      are written A:B.

      Example, in a folder that holds si.hspy:
        eels-dag preprocess si.hspy
        eels-dag augment --out synth.h5
      """,
    version: "eels-dag \(version)",
    subcommands: [
      Info.self, Simulate.self, Preprocess.self, Label.self, Augment.self, Generate.self,
      Evaluate.self, Classify.self, Study.self, Export.self, Convert.self, Validate.self,
    ])

  static func main() {
    ck_tame_heap()
    Console.openStandardStreams()
    do {
      // Before anything that may start a thread.
      try SpectrumFile.startPreflight()
      Interrupts.catchSignals()
      var command = try parseAsRoot()
      try command.run()
    } catch {
      ExitStatus(reporting: error).exit()
    }
  }
}
