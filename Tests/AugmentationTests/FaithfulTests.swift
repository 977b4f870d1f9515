import Augmentation
import Evaluation
import LinearAlgebra
import TestSupport
import Testing

extension DAGDesign.Scheme {
  /// Those of the paper.
  static let papers: [Self] = [.singleMonoTrans, .multiMonoTrans, .singleBiTrans, .multiBiTrans]
}

@Suite("The paper's own procedure")
struct FaithfulTests {
  private let set: TrainingSet
  private let basis: SharedBasis
  private let size = 32

  init() throws {
    set = try syntheticFamily(count: 60, channels: 80, noise: 0.03, drift: 1, seed: 71)
    basis = SharedBasis(of: [set], count: 6, widestSmoothing: 1, shift: 0.5)
  }

  private func trainer(_ scheme: DAGDesign.Scheme) -> GANTrainer {
    GANTrainer(set, basis: basis, design: .faithful(scheme), stream: RandomStream(seed: 72))
  }

  /// The rows of one view, real (first half) and generated.
  private func view(_ index: Int, of trainer: GANTrainer) -> [[Float]] {
    (0..<2 * size).map { row in
      let place = index * 2 * size + row
      return trainer.views.rows(place..<place + 1).elements
    }
  }

  @Test("T1 moves a whole batch by 1 to 10 channels, ends repeated", arguments: 0..<4)
  func shifts(round: Int) throws {
    let trainer = trainer(.singleBiTrans)
    for _ in 0...round { _ = trainer.discriminatorStep() }
    let (plain, moved) = (view(0, of: trainer), view(1, of: trainer))
    let found = (-10...10).filter { shift in
      zip(plain, moved).allSatisfy { x, y in
        y.indices.allSatisfy { y[$0] == x[min(max($0 - shift, 0), x.count - 1)] }
      }
    }
    #expect(found.count == 1 && found[0] != 0, "\(found)")
  }

  @Test("T2 adds whole multiples of the scatter, 0.5 of them in the mean, whatever the signal")
  func counts() throws {
    let trainer = trainer(.multiBiTrans)
    _ = trainer.discriminatorStep()
    let spectra = set.spectra
    var scatter = 0.0
    for j in 0..<80 {
      let x = (0..<60).map { Double(spectra[$0, j]) }
      let mean = x.reduce(0, +) / 60
      scatter += (x.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 59).squareRoot() / 80
    }
    let (plain, noisy) = (view(0, of: trainer), view(2, of: trainer))
    let multiples = zip(plain, noisy).flatMap { x, y in
      zip(x, y).map { Double($1 - $0) / scatter }
    }
    #expect(multiples.allSatisfy { abs($0 - $0.rounded()) < 1e-3 && $0 > -1e-3 })
    let mean = multiples.reduce(0, +) / Double(multiples.count)
    expectClose(mean, 0.5, absolute: 5 * (0.5 / Double(multiples.count)).squareRoot())
  }

  @Test(
    "Each discriminator is shown its own views, as they are", arguments: DAGDesign.Scheme.papers)
  func shown(scheme: DAGDesign.Scheme) {
    let trainer = trainer(scheme)
    _ = trainer.discriminatorStep()
    var first = 0
    for (index, views) in scheme.discriminators.enumerated() {
      let rows = first * 2 * size..<(first + views.count) * 2 * size
      let isShown =
        trainer.discriminators[index].shown.elements == trainer.views.rows(rows).elements
      #expect(isShown)
      first += views.count
    }
    // Real spectra reach the plain view as they are in the set: no noise along the components.
    let real = (0..<60).map { set.spectra.rows($0..<$0 + 1).elements }
    #expect(view(0, of: trainer)[..<size].allSatisfy(real.contains))
  }

  @Test(
    "None of the mends: full-width spectra, no offset, no adjusted noise, no noise when sampling")
  func noMends() throws {
    var design = DAGDesign.faithful(.singleMonoTrans)
    design.stopping.maximumIterations = 50
    let generators = try [1, 2].map { threads in
      try Augmenter(design: design, seed: 5, threads: threads).train([set])[0]
    }
    let isTheSame = generators[0] == generators[1]
    #expect(isTheSame)
    let (snapshot, record) = (generators[0].snapshot, generators[0].record)
    #expect(snapshot.offset.allSatisfy { $0 == 0 })
    #expect(record.evaluations.allSatisfy { $0.noiseFactor == 1 } && !record.samplesNoise)
    #expect(record.rule == .paper && record.paper != nil)
    #expect(record.evaluations.map(\.iteration) == [25, 50] || record.iterations == 25)

    // Only the latent deviates are drawn.
    let generator = Generator(snapshot)
    var stream = RandomStream(seed: 6)
    var other = stream
    generator.draw(&stream)
    other.fillNormal(Matrix(rows: size, columns: 30))
    #expect(stream.next() == other.next())

    // What the network gives does not lie in the shared components.
    let spectra = generators[0].sample(count: 40, stream: RandomStream(seed: 7))
    let p = Matrix(
      rows: snapshot.components.basis.componentCount,
      elements: snapshot.components.basis.components)
    let coefficients = Matrix(rows: 40, columns: p.rowCount)
    coefficients.setProduct(spectra, transposed: p)
    func squares(_ x: Matrix) -> Double { x.elements.reduce(0) { $0 + Double($1 * $1) } }
    #expect(squares(coefficients) < 0.99 * squares(spectra))
    #expect(spectra.elements.allSatisfy { abs($0) <= 1 }, "tanh")
  }

  @Test("Combinations that the paper does not have are refused with a sentence")
  func refused() throws {
    var heads = DAGDesign.faithful(.singleMonoTrans)
    heads.scheme = .sharedHeads
    var convolutions = DAGDesign.faithful(.singleMonoTrans)
    convolutions.architecture = .simpleConvo
    for design in [heads, convolutions] {
      let error = #expect(throws: TrainingError.self) {
        _ = try Augmenter(design: design, seed: 1).train([set])
      }
      #expect(error?.description.contains("the paper's own procedure") == true)
    }
  }
}
