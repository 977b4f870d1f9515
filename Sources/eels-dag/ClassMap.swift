import Augmentation
import Classification
import LinearAlgebra
import Reporting
import Spectra
import SpectrumFiles

/// The classes of all spectra of a file, with the probability of each: `classify --apply`.
struct ClassMap {
  /// The classifier's classes.
  let classNames: [String]
  /// The class of every spectrum, -1 where there is no usable one.
  let labels: Labels
  /// The probability of that class among those on the energy axis of the spectra; NaN where there is none.
  let confidence: [Float]
  /// The spectra whose maximum is so far from 1 that they are hardly preprocessed as those learned from.
  let unlikelyMaxima: Int

  /// How many spectra are classified at a time, at least.
  private static let batch = 4096

  /// Classifies the spectra of a signal, each divided by its maximum, block by block.
  ///
  /// Spectra that preprocessing flagged as unusable, that hold a value that is no finite number, or whose
  /// maximum is not positive get no class.
  init(
    _ model: ClassifierModel, of source: StoredSignal, in file: SpectrumFile, threads: Int
  ) throws {
    let header = source.header
    let candidates = try Self.candidates(of: source, model)
    let usable = try QualityMap.usable(in: file, for: source)
    let count = header.spectrumCount
    var classes = [Int32](repeating: Labels.unlabelled, count: count)
    var confidence = [Float](repeating: .nan, count: count)
    var unlikely = 0
    let progress = Progress("classifying", total: Double(count), unit: "spectra")
    var first = 0
    while first < count {
      var places: [Int] = []
      var elements: [Float] = []
      while first < count, places.count < Self.batch {
        let last = min(first + source.preferredBlockCount, count)
        let block = try source.read(first..<last)
        for number in first..<last where usable[number] {
          let spectrum = block.spectrum(number - first)
          guard spectrum.allSatisfy(\.isFinite), let maximum = spectrum.max(), maximum > 0 else {
            continue
          }
          // As for the spectra learned from, see `TrainingSet`.
          if !(0.5...2 ~= maximum) { unlikely += 1 }
          places.append(number)
          for value in spectrum { elements.append(value / maximum) }
        }
        first = last
      }
      if !places.isEmpty {
        let probabilities = model.classifier.probabilities(
          of: Matrix(rows: places.count, elements: elements), threads: threads)
        for (row, place) in places.enumerated() {
          var best = candidates.lowerBound
          var sum: Float = 0
          for label in candidates {
            sum += probabilities[row, label]
            if probabilities[row, label] > probabilities[row, best] { best = label }
          }
          classes[place] = Int32(best)
          confidence[place] = sum > 0 ? probabilities[row, best] / sum : 0
        }
      }
      progress.update(Double(first))
    }
    progress.finish()
    classNames = model.classifier.classNames
    labels = Labels(classNames: classNames, values: classes, axes: header.navigationAxes)
    self.confidence = confidence
    unlikelyMaxima = unlikely
  }

  /// The classes on the energy axis of the spectra, among which one is told; spectra on another axis
  /// than those of the classifier are refused.
  private static func candidates(
    of source: StoredSignal, _ model: ClassifierModel
  ) throws -> Range<Int> {
    let known = model.groups.map(\.energyAxis)
    let axes = source.header.signalAxes
    var first = 0
    for group in model.groups {
      let classes = first..<first + group.classNames.count
      if axes.count == 1 && LabelledSpectra.isSame(group.energyAxis, axes[0]) { return classes }
      first = classes.upperBound
    }
    let own = axes.map { LabelledSpectra.extent($0) }
    let theirs = known.map { LabelledSpectra.extent($0) }
    throw Refusal(
      "\(source.path): its energies are \(own.joined(separator: " and ")), those of the classifier "
        + "\(theirs.joined(separator: " or ")): bring the spectra to the classifier's axis ('eels-dag "
        + "preprocess --crop A:B', or interpolate in HyperSpy)")
  }

  /// Writes classes and confidence as signals of a file.
  func write(to writer: SpectrumFileWriter, record: Provenance) throws {
    var metadata = MetadataTree()
    try record.write(into: &metadata)
    try writer.addLabels(labels, title: "Classes", metadata: metadata)
    metadata[path: [Provenance.branch, "map"]] = .tree(
      MetadataTree([
        "meaning": .string("probability of the class in the signal Classes; NaN for none")
      ]))
    try writer.addMap(
      title: "Confidence", values: confidence, axes: labels.axes, metadata: metadata)
    try writer.commit()
    for warning in writer.warnings { Console.warn(warning) }
  }

  /// The picture of both; rows are those of the last navigation axis.
  var figure: ClassMapFigure {
    ClassMapFigure(
      classNames: classNames, columns: labels.axes.last?.count ?? 1, classes: labels.values,
      confidence: confidence, title: "Classes and their probability")
  }

  /// How many spectra each class has, and how sure it is of them.
  var sentences: [String] {
    var sums = [Double](repeating: 0, count: classNames.count)
    for (label, value) in zip(labels.values, confidence) where label >= 0 {
      sums[Int(label)] += Double(value)
    }
    var sentences = classNames.indices.map { label in
      let count = labels.counts[label]
      return "\(classNames[label]): \(Text.count(count, "spectrum", "spectra"))"
        + (count == 0 ? "" : ", mean probability \(Text.percent(sums[label] / Double(count)))")
    }
    let without = labels.values.count { $0 < 0 }
    if without > 0 {
      sentences.append("without a class: \(Text.count(without, "spectrum", "spectra")), not usable")
    }
    return sentences
  }
}
