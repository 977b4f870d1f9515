import ArgumentParser

/// The command `eels-dag`.
@main
struct EELSDAG: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "eels-dag",
    abstract: "Preprocess and augment EELS spectrum images, in files that HyperSpy opens.",
    version: "0.1.0")
}
