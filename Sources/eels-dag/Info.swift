import ArgumentParser
import SpectrumFiles

/// `eels-dag info`: what a file holds, as a person or as a program wants to read it.
struct Info: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Show what a file holds: signals, axes, metadata, labels, provenance.",
    discussion: """
      Of microscopes' files --verbose shows all tags, and --json has them always.

      Example: eels-dag info si.hspy
      """)

  @Argument(
    help: """
      A file of spectra: HSPY (.hspy, .h5, .hdf5), NeXus (.nxs), DigitalMicrograph (.dm3, .dm4) or .msa.
      """)
  var file: String

  @Flag(help: "Print one JSON document (Schemas/info.schema.json).")
  var json = false

  @OptionGroup var talk: TalkOptions

  func run() throws {
    talk.apply()
    let report = try FileReport(SpectrumFile(reading: file))
    try Console.output(
      json ? try JSONValue.text(report, pretty: true) : report.text(isComplete: talk.verbose))
  }
}
