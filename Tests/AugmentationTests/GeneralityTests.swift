import Augmentation
import Evaluation
import LinearAlgebra
import Testing

@Suite("Any number of channels, classes and spectra")
struct GeneralityTests {
  private let design = DAGDesign().quick(iterations: 4, interval: 2)

  private func expectTrains(
    _ design: DAGDesign, classes: Int, spectra: Int, channels: Int
  ) throws {
    let sets = try (0..<classes).map {
      try syntheticFamily(
        name: "class \($0)", count: spectra, channels: channels, noise: 0.02,
        ratio: 0.3 + 0.6 * Double($0) / Double(classes), seed: UInt64(10 + $0))
    }
    let generators = try Augmenter(design: design.quick(iterations: 4, interval: 2), seed: 2).train(
      sets)
    #expect(generators.map(\.name) == sets.map(\.name))
    for generator in generators {
      #expect(generator.record.iterations == 4 && generator.record.spectrumCount == spectra)
      let synthetic = generator.sample(count: 40, stream: RandomStream(seed: 3))
      #expect(synthetic.rowCount == 40 && synthetic.columnCount == channels)
      #expect(synthetic.elements.allSatisfy { $0.isFinite })
      // Spectra, not one and the same, nor the mean: they differ in the second digit.
      #expect(meanPairwiseDistance(of: synthetic) > 0.05)
      if design.faithful == nil {
        let maxima = (0..<40).map { synthetic.rows($0..<$0 + 1).elements.max() ?? 0 }
        #expect(maxima.allSatisfy { abs($0 - 1) < 1e-6 })
      }
    }
  }

  @Test(
    "From 64 to 4,096 channels, every architecture, fewer spectra than a batch",
    arguments: [64, 65, 127, 700, 2048, 4096], DAGDesign.Architecture.allCases)
  func channels(count: Int, architecture: DAGDesign.Architecture) throws {
    try expectTrains(
      DAGDesign(architecture: architecture), classes: 1, spectra: 12, channels: count)
  }

  @Test("The paper's own procedure on small and odd numbers of channels", arguments: [64, 65, 127])
  func faithful(channels: Int) throws {
    try expectTrains(.faithful(.multiBiTrans), classes: 2, spectra: 11, channels: channels)
  }

  @Test(
    "1, 2 and 12 classes of 10, 11 and 33 spectra, every scheme", arguments: [1, 2, 12],
    [10, 11, 33])
  func classes(count: Int, spectra: Int) throws {
    let schemes = DAGDesign.Scheme.allCases
    let design = DAGDesign(scheme: schemes[(count + spectra) % schemes.count])
    try expectTrains(design, classes: count, spectra: spectra, channels: 72)
  }

  @Test("Strides and kernels longer than the spectra leave a point to work with")
  func strides() throws {
    var design = DAGDesign(architecture: .simpleConvo)
    design.convolutionStride = 9
    design.convolutionKernel = 71
    try expectTrains(design, classes: 1, spectra: 12, channels: 65)
  }

  /// Spectra of one shape, changed by `change` (spectrum, channel).
  private func spectra(
    _ count: Int, _ change: (Int, Int) -> Double
  ) -> Matrix {
    let spectra = Matrix(rows: count, columns: 64)
    for i in 0..<count {
      for j in 0..<64 {
        let distance = Double(j - 30) / 8
        spectra[i, j] = Float(1 / (1 + distance * distance) + change(i, j))
      }
    }
    return spectra
  }

  @Test("Spectra that differ by nothing, by rounding, or have copies are refused with a sentence")
  func nothingToLearn() throws {
    let changes: [(Int, Int) -> Double] = [
      { _, _ in 0 },
      { i, j in j == 3 ? 1e-30 * Double(i) : 0 },
      { i, j in j == 3 ? 1e-8 * Double(i % 3) : 0 },
      { i, j in j == 40 && i % 2 == 0 ? 0.1 : 0 },
      { i, j in 0.02 * Double((i / 2 * 7 + j * 5) % 11) / 11 },
    ]
    for (number, change) in changes.enumerated() {
      let error = #expect(throws: TrainingError.self, "\(number)") {
        let set = try TrainingSet(name: "a", spectra: spectra(20, change))
        _ = try Augmenter(design: design, seed: 1).train([set])
      }
      #expect(error?.description.contains("do not differ from each other") == true)
    }
  }

  @Test("Spectra that differ in one way only, or hardly, train, stay finite and are not praised")
  func hardlyDifferent() throws {
    let changes: [(Int, Int) -> Double] = [
      { i, j in j == 40 ? 0.002 * Double(i) : 0 },
      { i, j in j == 40 ? 2e-6 * Double(i) : 0 },
      { i, j in 1e-5 * Double((i * i * 31 + j * j * 17 + i * j * 7) % 101) },
    ]
    for change in changes {
      let set = try TrainingSet(name: "a", spectra: spectra(20, change))
      let generator = try Augmenter(design: design, seed: 1).train([set])[0]
      let synthetic = generator.sample(count: 40, stream: RandomStream(seed: 3))
      #expect(synthetic.elements.allSatisfy { $0.isFinite })
      // In four iterations it has not learned how little they differ, and says so.
      #expect(generator.record.outcome == .notReached && !generator.record.shortcomings.isEmpty)
    }
  }

  @Test("Of very many spectra some are measured, from everywhere, all are trained on")
  func measured() throws {
    let few = try syntheticFamily(count: 50, channels: 64, noise: 0.02, seed: 1)
    #expect(few.measured.elements == few.spectra.elements)

    // Ten times as many as are measured: every tenth would be one column of a scan of width 10.
    let count = 40_960
    let many = Matrix(rows: count, columns: 64)
    var stream = RandomStream(seed: 5)
    for i in 0..<count {
      let noise = 0.01 * (1 + Double(i) / Double(count))
      for j in 0..<64 { many[i, j] = Float(0.5 + noise * stream.normal()) }
      many[i, 0] = 1
      // The number of the spectrum, so that it can be read from it.
      many[i, 1] = Float(i) / Float(count)
    }
    let set = try TrainingSet(name: "many", spectra: many)
    #expect(set.spectra.rowCount == count)
    #expect(set.measured.rowCount == TrainingSet.largestMeasured)
    let numbers = (0..<set.measured.rowCount).map {
      Int((set.measured[$0, 1] * Float(count)).rounded())
    }
    #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $0 < $1 })
    #expect(numbers.allSatisfy { (0..<count).contains($0) })
    // Every column of a scan is met about as often as any other, whatever its width.
    for width in [7, 10, 64, 100, 128, 200] {
      var visits = [Int](repeating: 0, count: width)
      for number in numbers { visits[number % width] += 1 }
      let mean = Double(numbers.count) / Double(width)
      #expect(
        visits.allSatisfy { abs(Double($0) - mean) < 0.5 * mean }, "width \(width): \(visits)")
    }
    // What is measured is what all say: to five standard errors of a level of 64 channels.
    let all = highFrequencyNoise(of: set.spectra)
    #expect(abs(highFrequencyNoise(of: set.measured) / all - 1) < 0.03)
  }
}
