import Augmentation
import LinearAlgebra
import Spectra

/// The model of `--init`, from whose generators the classes of the same names start.
struct StartModel {
  /// What is recorded of the file.
  let input: Provenance.Input
  /// The starts by class.
  let starts: [String: WarmStart]
  /// What a person should know about the choice.
  let remarks: [String]

  /// Reads a model for the classes of `data`; refuses one with other classes, energies or networks.
  ///
  /// A class that it lacks starts from random weights.
  init(reading path: String, for data: LabelledSpectra, design: DAGDesign) throws {
    let model = try TrainedModel(reading: path)
    let input = try Provenance.Input(model, from: path)
    var starts: [String: WarmStart] = [:]
    var remarks: [String] = []
    for group in data.groups {
      for set in group.classes.map(\.trainingSet) {
        let name = set.name
        guard let own = model.groups.first(where: { $0.holds(name) }) else {
          remarks.append("\(name) is not in \(path): it starts from random weights")
          continue
        }
        guard Self.isNear(own.energyAxis, group.energyAxis) else {
          throw Refusal(
            "\(name) cannot start from \(path): its energies are "
              + "\(LabelledSpectra.extent(own.energyAxis)), those of the spectra "
              + "\(LabelledSpectra.extent(group.energyAxis)); bring the spectra to the model's axis "
              + "('eels-dag preprocess --crop A:B'), or leave out --init")
        }
        for item in own.classes where item.generator.name == name {
          let start = WarmStart(item.generator, origin: input.sha256)
          // As the training does, but before there are checkpoints.
          try start.check(name: name, channels: set.spectra.columnCount, design: design)
          starts[name] = start
          let missed = item.generator.record.outcome == .notReached
          remarks.append(
            "\(name) starts from \(path)"
              + (missed ? ", where it had not reached its stopping criterion" : ""))
        }
      }
    }
    guard !starts.isEmpty else {
      let names = model.classes.map(\.generator.name).joined(separator: ", ")
      throw Refusal(
        "\(path) has none of the classes to train, but \(names): give a model of the same classes, or "
          + "leave out --init")
    }
    self.input = input
    self.starts = starts
    self.remarks = remarks
  }

  /// Whether both ends lie within a channel of each other; of other channel counts, true: that is refused
  /// by the training, which says so.
  private static func isNear(_ first: Axis, _ second: Axis) -> Bool {
    guard let first = first.uniform, let second = second.uniform, first.count == second.count else {
      return true
    }
    return [0, first.count - 1].allSatisfy { abs(first[$0] - second[$0]) <= first.scale }
  }
}

extension TrainedModel.Group {
  fileprivate func holds(_ name: String) -> Bool {
    classes.contains { $0.generator.name == name }
  }
}
