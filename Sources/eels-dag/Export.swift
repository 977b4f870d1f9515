import ArgumentParser
import Augmentation
import ModelFiles
import Spectra
import SpectrumFiles

/// `eels-dag export`: a trained model → generators that other programs can run.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write the generators of a trained model as ONNX files, to sample without eels-dag.",
    discussion: """
      MODEL is what 'augment --model' wrote. One class goes into the file named; of several classes, \
      each goes into a file of its own, generator-CLASS.onnx. All inputs take normal deviates, one row a \
      spectrum; zeros switch a noise off. The energy axis is in the file's metadata.

      Example: eels-dag export model.safetensors -o generator.onnx
      """)

  @Argument(help: "The model file (.safetensors).")
  var model: String

  @Option(name: OutputNames.all, help: "The file to write (.onnx).")
  var output: String

  @OptionGroup var talk: TalkOptions

  func validate() throws {
    if !output.lowercased().hasSuffix(".onnx") {
      throw ValidationError("--out is \(output); end its name with .onnx.")
    }
  }

  func run() throws {
    talk.apply()
    let trained = try TrainedModel(reading: model)
    let names = trained.classes.map(\.generator.name)
    let paths = names.count == 1 ? [output] : Self.paths(output, of: names)
    try FilePath.check(outputs: paths, inputs: [model])
    let input = try Provenance.Input(trained, from: model)
    for path in paths { try Provenance.checkOutput(path, from: [input]) }
    // All of them before the first is written.
    let writers = try paths.map { path throws(SpectrumFileError) in
      try ModelFileWriter(writing: path)
    }
    let axes = trained.groups.flatMap { group in group.classes.map { _ in group.energyAxis } }
    for (writer, (item, axis)) in zip(writers, zip(trained.classes, axes)) {
      let generator = item.generator
      try writer.write(ExportedGenerator(generator, energyAxis: axis, input: input).model())
      Console.say("wrote \(writer.path): the generator of \(generator.name)")
      if generator.record.outcome == .notReached {
        Console.warn(
          "the generator of \(generator.name) did not reach the stopping criterion; "
            + "\(writer.path) says so")
      }
    }
  }

  /// A path for each of several classes: letters, digits and a few signs of its name, the others as _,
  /// and a number where two would be the same.
  private static func paths(_ output: String, of names: [String]) -> [String] {
    let stem = output.dropLast(".onnx".count)
    var taken: Set<String> = []
    return names.map { name in
      let safe = String(
        name.map { $0.isLetter || $0.isNumber || "-+.⁺⁻".contains($0) ? $0 : "_" })
      var own = safe
      var number = 1
      while !taken.insert(own.lowercased()).inserted {
        number += 1
        own = "\(safe)_\(number)"
      }
      return "\(stem)-\(own).onnx"
    }
  }
}
