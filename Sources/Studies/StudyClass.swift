public import Augmentation
public import LinearAlgebra

/// All real spectra of a class, and which of them may train and which test.
public struct StudyClass {
  /// The spectra, each divided by its maximum.
  public let spectra: TrainingSet
  /// Those that may train.
  public let mayTrain: [Int]
  /// Those that may test, where they don't train.
  public let mayTest: [Int]

  /// A class of which every spectrum may train or test.
  public init(_ spectra: TrainingSet) {
    self.spectra = spectra
    mayTrain = Array(0..<spectra.spectra.rowCount)
    mayTest = mayTrain
  }

  /// A class that is tested on other spectra than may train: of another acquisition, or another part of a specimen.
  public init(_ training: TrainingSet, tests: Matrix) throws(TrainingError) {
    let counts = (training: training.spectra.rowCount, tests: tests.rowCount)
    let all = Matrix(rows: counts.training + counts.tests, columns: tests.columnCount)
    all.rows(0..<counts.training).copy(from: training.spectra)
    all.rows(counts.training..<all.rowCount).copy(from: tests)
    spectra = try TrainingSet(
      name: training.name, spectra: all, energyStep: training.energyStep)
    mayTrain = Array(0..<counts.training)
    mayTest = Array(counts.training..<all.rowCount)
  }

  /// A class of which the first half of the acquisitions trains and the second half tests.
  ///
  /// `acquisitions` holds the number of each spectrum's, `last` the largest number of the set.
  public init(_ spectra: TrainingSet, acquisitions: [Int], last: Int) {
    precondition(
      acquisitions.count == spectra.spectra.rowCount,
      "\(acquisitions.count) acquisition numbers of \(spectra.spectra.rowCount) spectra")
    self.spectra = spectra
    mayTrain = acquisitions.indices.filter { acquisitions[$0] <= last / 2 }
    mayTest = acquisitions.indices.filter { acquisitions[$0] > last / 2 }
  }
}
