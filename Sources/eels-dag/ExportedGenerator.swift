import Augmentation
import ModelFiles
import Spectra

/// One class's generator as an ONNX model with all that a spectrum of it needs to be known.
struct ExportedGenerator {
  private let generator: TrainedGenerator
  private let energyAxis: Axis
  private let record: Provenance

  /// Describes the generator of a class on its energy axis, from the model file `input`.
  init(_ generator: TrainedGenerator, energyAxis: Axis, input: Provenance.Input) throws {
    self.generator = generator
    self.energyAxis = energyAxis
    record = try Provenance(
      command: "export", settings: ["class": generator.name], inputs: [input],
      quality: [
        "stopping_criterion_not_reached": generator.record.outcome == .notReached ? 1 : 0
      ], synthetic: true)
  }

  /// The model; its metadata are texts, two of them JSON.
  func model() throws -> ONNXModel {
    let key = Provenance.branch
    return ONNXModel(
      graph: generator.snapshot.graph(), name: "generator",
      documentation: "Generator of synthetic spectra of \(generator.name). Every input takes "
        + "normal deviates of mean 0 and variance 1, one row a spectrum; zeros switch a noise off.",
      texts: [
        "\(key).class": generator.name,
        "\(key).title": "Synthetic spectra of \(generator.name)",
        "\(key).version": EELSDAG.version,
        "\(key).energy_axis": try JSONValue.text(AxisDictionary(energyAxis)),
        "\(key).provenance": try JSONValue.text(record),
      ], producer: ("eels-dag", EELSDAG.version))
  }

  /// An energy axis as HyperSpy's signals take it in their list `axes`.
  private struct AxisDictionary: Encodable {
    var name: String?
    var units: String?
    var offset: Double
    var scale: Double
    var size: Int
    var navigate = false
    var isBinned: Bool

    init(_ axis: Axis) throws {
      guard let uniform = axis.uniform else {
        throw Refusal("the model's energy axis is not uniform; train it again ('eels-dag augment')")
      }
      name = axis.name
      units = axis.units
      offset = uniform.offset
      scale = uniform.scale
      size = uniform.count
      isBinned = axis.isBinned
    }

    enum CodingKeys: String, CodingKey {
      case name
      case units
      case offset
      case scale
      case size
      case navigate
      case isBinned = "is_binned"
    }
  }
}
