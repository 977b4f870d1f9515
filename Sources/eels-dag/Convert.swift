import ArgumentParser
import SpectrumFiles

/// `eels-dag convert`: a file of spectra in another format, with all that the format can hold.
struct Convert: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turn a file into HSPY or NeXus and lose nothing that these can hold.",
    discussion: """
      The ending of OUT tells the format: .nxs is NeXus, .hspy, .h5 and .hdf5 are HSPY, which NeXus readers \
      can read, too. HSPY, NeXus, DigitalMicrograph (.dm3, .dm4) and EMSA/MSA files are read. Data stay \
      compressed as they are; metadata, learning results, models and what this program does not know are \
      carried over to the bit. What OUT does not hold is named, one line each.

      Example: eels-dag convert scan.nxs scan.hspy
      """)

  @Argument(help: "The file to read.")
  var input: String

  @Argument(help: "The file to write (.hspy, .h5, .hdf5, .nxs).")
  var output: String

  @Flag(help: "Print one JSON document (Schemas/convert.schema.json).")
  var json = false

  @OptionGroup var choice: SignalOption
  @OptionGroup var threads: ThreadOptions
  @OptionGroup var talk: TalkOptions

  /// What `--json` prints.
  struct Report: Encodable {
    /// Something that the output does not hold, or not in sight of every reader.
    struct Remark: Encodable {
      var object: String
      var reason: String

      init(_ loss: Loss) {
        object = loss.object
        reason = loss.reason
      }
    }

    var input: String
    var inputFormat: String
    var output: String
    var outputFormat: String
    /// The names of the signals, in the order of HyperSpy's `load`.
    var signals: [String]
    var losses: [Remark]
    var remarks: [Remark]
  }

  func run() throws {
    talk.apply()
    try FilePath.check(outputs: [output], inputs: [input])
    try FilePath.checkEnding(of: output)
    let file = try SpectrumFile(reading: input, threads: threads.count, signal: choice.signal)
    for warning in file.warnings { Console.warn("\(input): \(warning)") }
    let signals = choice.signal == nil ? file.signals : [try file.spectra()]
    let total = signals.reduce(0) {
      $0 + ($1.chunkShape == nil ? $1.byteCount : Int($1.storedBytes))
    }
    let progress = Progress("converting", total: Double(total), unit: "bytes")
    var done = 0.0
    let conversion = try FileConversion(
      file, writing: output, onlySpectra: choice.signal != nil, creator: EELSDAG.creator,
      threads: threads.count
    ) { bytes in
      done += Double(bytes)
      progress.update(done)
    }
    progress.finish()
    if !json {
      for loss in conversion.losses { Console.warn("not in \(output): \(loss)") }
      for remark in conversion.remarks { Console.say("\(remark)") }
    }
    Console.say("wrote \(output), \(conversion.format) from \(file.format); in HyperSpy:")
    let names = conversion.names.count == 1 ? ["s"] : conversion.names.indices.map { "s_\($0 + 1)" }
    Console.say("    \(hyperSpyLine(opening: output, signals: names))")
    guard json else { return }
    let report = Report(
      input: input, inputFormat: "\(file.format)", output: output,
      outputFormat: "\(conversion.format)", signals: conversion.names,
      losses: conversion.losses.map(Report.Remark.init),
      remarks: conversion.remarks.map(Report.Remark.init))
    try Console.output(JSONValue.text(report, pretty: true))
  }
}

/// Which signal of a file with several is meant.
struct SignalOption: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Of a file of several sets of spectra, take the one of this name, title, or NeXus path.",
      valueName: "name"))
  var signal: String?
}
