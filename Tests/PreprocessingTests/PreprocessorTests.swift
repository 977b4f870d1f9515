import Foundation
import LinearAlgebra
import Preprocessing
import Spectra
import TestSupport
import Testing

/// A whole run: the steps, what becomes of bad spectra, and that streaming changes nothing.
struct PreprocessorTests {
  /// A source that hands out an image in blocks of another size.
  private struct Blocks: SpectrumSource {
    var image: SpectrumImage
    var preferredBlockCount: Int
    var header: SignalHeader { image.header }
    func read(_ spectra: Range<Int>) -> Block { image.read(spectra) }
  }

  private struct Failure: Error, Equatable { let spectrum: Int }

  /// A source that cannot be read from a spectrum on.
  private struct Broken: SpectrumSource {
    var image: SpectrumImage
    var from: Int
    var preferredBlockCount: Int { 64 }
    var header: SignalHeader { image.header }
    func read(_ spectra: Range<Int>) throws -> Block {
      // The survey reads runs of 32, the sweeps whole blocks.
      if spectra.count > 32, spectra.contains(from) { throw Failure(spectrum: from) }
      return image.read(spectra)
    }
  }

  /// A sink that is full after some spectra.
  private struct Full: SpectrumSink {
    var header: SignalHeader
    var room: Int
    var count = 0
    mutating func append(_ block: Block) throws {
      count += block.count
      if count > room { throw Failure(spectrum: count) }
    }
  }

  private let axis = UniformAxis(offset: 400, scale: 1, count: 96)
  private let window = EnergyWindow("402:432")

  /// Counts of a power law and an edge at 440 eV of varying height, with Poisson noise.
  private func image(
    _ count: Int = 40, level: Double = 2000, seed: UInt64 = 3,
    _ change: (inout [Float], Int) -> Void = { _, _ in }
  ) -> SpectrumImage {
    let stream = RandomStream(seed: seed)
    var values: [Float] = []
    for index in 0..<count {
      var noise = stream.split(UInt64(index))
      let law = PowerLawBackground(coefficient: level * 6.4e7, exponent: 3)
      var spectrum = (0..<axis.count).map { channel in
        let energy = axis[channel]
        var mean = law.density(at: energy)
        if energy >= 440 { mean += level * (0.5 + 0.01 * Double(index % 40)) }
        if energy >= 445, energy < 452 { mean += level * (index % 3 == 0 ? 0.9 : 0.5) }
        return Float(noise.poisson(mean))
      }
      change(&spectrum, index)
      values += spectrum
    }
    return SpectrumImage(
      header: SignalHeader(
        title: "test", axes: [.navigation("x", count: count), .energyLoss(axis)],
        elementType: .uint16), values: values)
  }

  private func options(
    _ components: PreprocessOptions.Components = .none,
    _ change: (inout PreprocessOptions) throws -> Void = { _ in }
  ) throws -> PreprocessOptions {
    var options = PreprocessOptions()
    options.background = .window(try #require(window))
    options.components = components
    try change(&options)
    return options
  }

  private func fit() throws -> TwoAreaFit {
    let window = try #require(window)
    return try #require(TwoAreaFit(window: window, axis: axis))
  }

  private func run(
    _ source: any SpectrumSource, _ options: PreprocessOptions, threads: Int = 1
  ) throws -> (image: SpectrumImage, report: PreprocessReport) {
    let preprocessor = try Preprocessor(source, options: options, threads: threads)
    var result = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &result)
    return (result, report)
  }

  @Test func `background, crop and norm by their definitions`() throws {
    let image = image()
    let options = try options { $0.crop = EnergyWindow("436:480") }
    let (result, report) = try run(image, options)
    #expect(result.header.shape == [40, 44])
    #expect(result.header.energyAxis == UniformAxis(offset: 436, scale: 1, count: 44))
    #expect(result.header.elementType == .float32)
    let fit = try fit()
    for index in 0..<40 {
      let raw = image.spectrum(index).map(Double.init)
      let law = try #require(fit.background(of: raw))
      let net = (36..<80).map { raw[$0] - law.density(at: axis[$0]) }
      let maximum = try #require(net.max())
      expectClose(
        result.spectrum(index).map(Double.init), net.map { $0 / maximum }, absolute: 1e-6,
        "spectrum \(index)")
      #expect(result.spectrum(index).max() == 1)
      #expect(report.coefficients[index] == law.coefficient)
      #expect(report.exponents[index] == law.exponent)
    }
    #expect(report.flags.allSatisfy { $0.isEmpty } && report.flagCounts.isEmpty)
    #expect(report.plan.steps == [.flags, .background, .signalTest, .crop, .norm])
    #expect(report.warnings.isEmpty)
  }

  @Test(arguments: [1, 2, 3], [Failure(spectrum: 2900), nil])
  private func `what source or sink throws ends a run`(threads: Int, failure: Failure?) throws {
    let image = image(3000)
    if let failure {
      let source = Broken(image: image, from: failure.spectrum)
      let preprocessor = try Preprocessor(source, options: options(), threads: threads)
      var sink = Full(header: preprocessor.outputHeader, room: .max)
      #expect(throws: failure) { try preprocessor.run(into: &sink) }
      #expect(sink.count <= failure.spectrum)
    } else {
      let preprocessor = try Preprocessor(
        Blocks(image: image, preferredBlockCount: 64), options: options(), threads: threads)
      var sink = Full(header: preprocessor.outputHeader, room: 1000)
      #expect(throws: Failure(spectrum: 1024)) { try preprocessor.run(into: &sink) }
      #expect(sink.count == 1024, "nothing comes after a failure")
    }
  }

  @Test func `the norm can be left out`() throws {
    let image = image()
    let (result, report) = try run(image, try options { $0.norm = .none })
    let (normed, _) = try run(image, try options())
    for index in 0..<40 {
      let maximum = try #require(result.spectrum(index).max())
      #expect(maximum > 100)
      expectClose(
        Array(normed.spectrum(index)), result.spectrum(index).map { $0 / maximum }, absolute: 1e-7)
    }
    #expect(!report.plan.steps.contains(.norm) && !report.plan.steps.contains(.normAgain))
  }

  @Test(arguments: [1, 7, 96, 256, 300, 700], [1, 3]) func `block size and threads change no bit`(
    size: Int, threads: Int
  ) throws {
    let image = image(700) { spectrum, index in
      if index == 300 { spectrum[5] = .nan }
      if index % 100 == 17 { spectrum = [Float](repeating: 0, count: spectrum.count) }
    }
    let whole = try run(image, try options(.automatic))
    let parts = try run(
      Blocks(image: image, preferredBlockCount: size), try options(.automatic), threads: threads)
    let same = zip(whole.image.values, parts.image.values).allSatisfy {
      $0.bitPattern == $1.bitPattern
    }
    #expect(same && whole.image.values.count == parts.image.values.count)
    #expect(whole.report.flags == parts.report.flags)
    #expect(whole.report.components == parts.report.components)
    #expect(whole.report.plan == parts.report.plan)
  }

  @Test func `bad spectra are flagged, counted and kept out of the components`() throws {
    let image = image(300) { spectrum, index in
      switch index {
      case 0: spectrum = [Float](repeating: 0, count: spectrum.count)
      case 1: spectrum[50] = .nan
      case 2: spectrum[60] = -.infinity
      case 3: spectrum[35] = -5
      case 4: spectrum[70] += 40_000
      case 5: for channel in 45..<52 { spectrum[channel] = 65_535 }
      default: break
      }
    }
    // Channel weights come from the survey, which bad spectra are part of.
    let unweighted = try options(.count(2)) { $0.weighting = PreprocessOptions.Weighting.none }
    let (result, report) = try run(image, unweighted)
    #expect(report.flags[0] == .dead)
    #expect(result.spectrum(0).allSatisfy { $0 == 0 })
    #expect(report.flags[1] == .nonFinite && report.flags[2] == .nonFinite)
    #expect(result.spectrum(1).allSatisfy(\.isNaN) && result.spectrum(2).allSatisfy(\.isNaN))
    #expect(report.coefficients[..<3].allSatisfy { $0.isNaN })
    #expect(report.flags[3] == .negative)
    #expect(report.flags[4] == .spike)
    // The spike is not what the spectrum is divided by.
    let spiked = Array(result.spectrum(4))
    #expect(spiked[70] > 5 && (spiked[..<70] + spiked[71...]).max() == 1)
    #expect(report.spikes.map(\.spectrum) == [4] && report.spikes.map(\.channels) == [70..<71])
    #expect(report.flags[5].contains(.saturated))
    #expect(report.flags[6...].allSatisfy { $0.isEmpty })
    let names = report.flagCounts.map { "\($0.name) \($0.count)" }
    #expect(names.contains("dead 1") && names.contains("non-finite 2"))
    #expect(names.contains("spike 1") && names.contains("negative 1"))
    let pca = try #require(report.components)
    #expect(pca.spectrumCount == report.usableCount)
    // The components are those of an image of the good spectra alone.
    let usable = (0..<300).filter { report.flags[$0].isDisjoint(with: .unusable) }
    var header = image.header
    header.axes[0] = .navigation("x", count: usable.count)
    let good = SpectrumImage(header: header, values: usable.flatMap { image.spectrum($0) })
    let alone = try #require(try run(good, unweighted).report.components)
    expectClose(pca.explainedVariance, alone.explainedVariance, relative: 1e-5)
    expectClose(pca.factors, alone.factors, absolute: 1e-5)
  }

  @Test func `a spectrum without counts in the window keeps its counts, flagged`() throws {
    let image = image { spectrum, index in
      if index == 8 { for channel in 0..<34 { spectrum[channel] = 0 } }
      if index == 9 {
        for channel in 17..<34 { spectrum[channel] = 0 }
      }
      // Rising where a background falls.
      if index == 10 { for channel in 0..<34 { spectrum[channel] = 100 + 10 * Float(channel) } }
    }
    let (result, report) = try run(image, try options { $0.norm = .none })
    for index in [8, 9, 10] { #expect(report.flags[index].contains(.failedFit), "\(index)") }
    #expect(report.coefficients[8] == 0)
    #expect(result.spectrum(8).elementsEqual(image.spectrum(8)))
    // Spectra 9 and 10 take the exponent of the spectra within three of them, without 8, 9 and 10,
    // whose windows hold no background.
    let fit = try fit()
    for index in [9, 10] {
      var sums = (lower: 0.0, upper: 0.0)
      for near in (index - 3)...(index + 3) where ![8, 9, 10].contains(near) {
        let weight = exp(-Double((near - index) * (near - index)) / 8)
        let raw = image.spectrum(near).map(Double.init)
        sums.lower += weight * raw[fit.lower].reduce(0, +)
        sums.upper += weight * raw[fit.upper].reduce(0, +)
      }
      let average = try #require(fit.background(lowerSum: sums.lower, upperSum: sums.upper))
      let raw = image.spectrum(index).map(Double.init)
      let law = fit.background(sum: raw[fit.channels].reduce(0, +), exponent: average.exponent)
      expectClose([report.exponents[index]], [average.exponent], relative: 1e-12)
      expectClose(
        result.spectrum(index).map(Double.init),
        raw.indices.map { raw[$0] - law.density(at: axis[$0]) }, absolute: 0.01)
    }
    #expect(report.warnings.contains { $0.contains("7.5 % of the spectra gave no background") })
  }

  @Test func `spectra without a signal are left noisy`() throws {
    // Counts low enough for noise to matter; every fourth spectrum is background alone.
    let image = image(400, level: 300) { spectrum, index in
      guard index % 4 == 0 else { return }
      var stream = RandomStream(seed: 77).split(UInt64(index))
      spectrum = self.axis.coordinates.map {
        Float(stream.poisson(PowerLawBackground(coefficient: 1.92e10, exponent: 3).density(at: $0)))
      }
    }
    let (result, report) = try run(image, try options(.count(3)))
    let (plain, _) = try run(image, try options())
    for index in 0..<400 {
      #expect(report.flags[index].contains(.noSignal) == (index % 4 == 0), "\(index)")
      #expect(result.spectrum(index).elementsEqual(plain.spectrum(index)) == (index % 4 == 0))
      #expect(result.spectrum(index).max() == 1)
    }
    #expect(report.usableCount == 300)
  }

  @Test func `a maximum that is not positive divides nothing`() throws {
    let image = image { spectrum, index in
      if index == 5 { for channel in 36..<96 { spectrum[channel] = 1 } }
    }
    let (result, report) = try run(image, try options { $0.crop = EnergyWindow("436:480") })
    #expect(report.flags[5].contains(.noSignal))
    #expect(try #require(result.spectrum(5).max()) < -500)
  }

  @Test func `saturation is found below the type's limit when counts stop there`() throws {
    let image = image { spectrum, index in
      for channel in spectrum.indices { spectrum[channel] = min(spectrum[channel], 4095) }
    }
    let level = try Preprocessor(image, options: options()).plan.saturationLevel
    #expect(level == 4095)
    let (_, report) = try run(image, try options())
    for index in 0..<40 {
      let reaches = try #require(image.spectrum(index).max()) >= 4095
      #expect(report.flags[index].contains(.saturated) == reaches, "\(index)")
    }
    var float = image
    float.header.elementType = .float32
    #expect(try Preprocessor(float, options: options()).plan.saturationLevel == nil)
  }

  @Test func `narrow features of many spectra are not spikes`() throws {
    let shared = image { spectrum, index in if index % 2 == 0 { spectrum[60] += 9000 } }
    #expect(try run(shared, try options()).report.flags.allSatisfy { !$0.contains(.spike) })
    let scattered = image { spectrum, index in spectrum[40 + index] += 9000 }
    let (_, report) = try run(scattered, try options { $0.removesSpikes = true })
    #expect(report.flags.allSatisfy { $0.isDisjoint(with: [.spike, .repaired]) })
    #expect(report.warnings.contains { $0.contains("spikes are neither flagged") })
    #expect(!report.plan.findsSpikes && !report.plan.removesSpikes && report.spikes.isEmpty)
  }

  @Test func `removed spikes leave usable spectra`() throws {
    let clean = image(300)
    let hit = image(300) { spectrum, index in
      if index == 4 { spectrum[70] += 40_000 }
      if index == 9 { for channel in 20...21 { spectrum[channel] += 8000 } }
    }
    let options = try options(.count(2)) { $0.removesSpikes = true }
    let (expected, _) = try run(clean, options)
    let (result, report) = try run(hit, options)
    #expect(report.plan.steps.prefix(2) == [.flags, .spikes])
    #expect(report.spikes.map(\.spectrum) == [4, 9])
    #expect(report.spikes.map(\.channels) == [70..<71, 20..<22])
    for index in 0..<300 {
      #expect(report.flags[index] == ([4, 9].contains(index) ? .repaired : []), "\(index)")
      expectClose(
        Array(result.spectrum(index)), Array(expected.spectrum(index)), absolute: 0.05, "\(index)")
    }
    #expect(report.usableCount == 300)
  }

  @Test func `an edge in the window is a poor fit, few counts are an uncertain one`() throws {
    let image = image(60) { spectrum, index in
      if index == 20 { for channel in 18..<34 { spectrum[channel] += 700 } }
      if index == 40 {
        for channel in spectrum.indices { spectrum[channel] = channel % 7 == 0 ? 1 : 0 }
      }
    }
    let (_, report) = try run(image, try options())
    #expect(report.flags[20].contains(.poorFit) || report.flags[20].contains(.failedFit))
    #expect(report.flags[40].contains(.uncertainFit) || report.flags[40].contains(.failedFit))
    for index in report.flags.indices where ![20, 40].contains(index) {
      #expect(report.flags[index].isEmpty, "\(index)")
      #expect((0.3...2.5).contains(report.reducedChiSquared[index]), "\(index)")
    }
    #expect(report.reducedChiSquared.count == 60)
  }

  @Test(arguments: PreprocessOptions.BackgroundFit.allCases)
  func `every fit finds the edge's counts, in any blocks and threads`(
    fit: PreprocessOptions.BackgroundFit
  ) throws {
    let image = image(300, level: 200)
    let options = try options {
      $0.norm = .none
      $0.backgroundFit = fit
    }
    let (result, report) = try run(image, options)
    let parts = try run(Blocks(image: image, preferredBlockCount: 17), options, threads: 3)
    #expect(parts.image.values == result.values && parts.report.flags == report.flags)
    #expect(parts.report.exponents == report.exponents)
    #expect(report.plan.background?.fit == fit)
    #expect((report.plan.background?.fixedExponents != nil) == (fit == .linearCombination))
    // The edge holds 200·(0.5 + 0.01 k) counts a channel, on average 0.695·200, above 452 eV.
    let nets = result.values.enumerated().filter { $0.offset % 96 >= 52 }.map { Double($0.element) }
    let mean = nets.reduce(0, +) / Double(nets.count)
    expectClose([mean], [139], relative: 0.03, "\(fit)")
  }

  @Test func `the area norm gives every spectrum the integral 1`() throws {
    let (result, report) = try run(image(), try options { $0.norm = .area })
    for index in 0..<40 {
      expectClose([result.spectrum(index).reduce(0, +) * Float(axis.scale)], [1], relative: 1e-5)
    }
    #expect(report.plan.steps.contains(.norm))
  }

  @Test(arguments: PreprocessOptions.BackgroundFit.allCases, [PreprocessOptions.Norm.max, .area])
  func `bad pixels pass through every step, flagged`(
    fit: PreprocessOptions.BackgroundFit, norm: PreprocessOptions.Norm
  ) throws {
    let image = image(300) { spectrum, index in
      switch index {
      case 0: spectrum = [Float](repeating: 0, count: spectrum.count)
      case 1: spectrum[10] = .nan
      case 2: spectrum[60] = .infinity
      case 3: spectrum[90] = -3
      case 4: for channel in 45..<52 { spectrum[channel] = 65_535 }
      case 5: spectrum[70] += 40_000
      case 6: for channel in 0..<34 { spectrum[channel] = 0 }
      case 7: spectrum = spectrum.map { -$0 }
      default: break
      }
    }
    let options = try options(.count(2)) {
      $0.backgroundFit = fit
      $0.norm = norm
      $0.removesSpikes = true
      $0.alignment = .drift
      $0.alignmentWindow = EnergyWindow("436:480")
    }
    let (result, report) = try run(image, options)
    let parts = try run(Blocks(image: image, preferredBlockCount: 31), options, threads: 2)
    #expect(parts.report.flags == report.flags)
    #expect(
      zip(parts.image.values, result.values).allSatisfy { $0.bitPattern == $1.bitPattern })
    let expected: [Int: QualityFlags] = [
      0: .dead, 1: .nonFinite, 2: .nonFinite, 3: .negative, 4: .saturated, 5: .repaired,
      6: .failedFit, 7: [.negative, .noSignal],
    ]
    for index in report.flags.indices {
      let flags = expected[index] ?? []
      // Local averages need no fit of the spectrum's own: a window without counts has no background.
      #expect(
        report.flags[index].isSuperset(of: fit == .localAverage && index == 6 ? [] : flags),
        "\(index): \(report.flags[index])")
      if expected[index] == nil { #expect(report.flags[index].isEmpty, "\(index)") }
      #expect(
        result.spectrum(index).allSatisfy(\.isFinite) == (flags != .nonFinite), "\(index)")
      #expect(result.spectrum(index).allSatisfy { $0.isNaN == (flags == .nonFinite) })
    }
  }

  @Test func `a dead channel of the detector costs nothing but itself`() throws {
    let dead = image(300) { spectrum, _ in spectrum[60] = 0 }
    let (result, report) = try run(dead, try options(.automatic))
    let (_, whole) = try run(image(300), try options(.automatic))
    #expect(report.plan.weighting == .poisson)
    #expect(report.plan.components == whole.plan.components)
    #expect(report.warnings.contains { $0.contains("no counts in any spectrum (at 460 eV)") })
    for index in 0..<300 { #expect(abs(Array(result.spectrum(index))[60]) < 1e-12) }
    #expect(report.flags == whole.flags)
  }

  @Test func `net counts behind an edge are not taken for raw ones`() throws {
    let (nets, _) = try run(image(300), try options { $0.norm = .none })
    let options = try options(.automatic) {
      $0.background = .none
      $0.crop = EnergyWindow("442:490")
    }
    let (_, report) = try run(nets, options)
    #expect(report.plan.weighting == PreprocessOptions.Weighting.none)
    #expect(report.flags.allSatisfy { !$0.contains(.negative) })
    let (_, raw) = try run(image(300), options)
    #expect(raw.plan.weighting == .poisson)
  }

  // Hits scatter; a pixel that flickers does not, and is no spike.
  @Test(arguments: [false, true], [false, true])
  func `spikes in the window leave chi-square alone`(removes: Bool, flickers: Bool) throws {
    let hit = image(400) { spectrum, index in
      if index % 60 == 7 { spectrum[flickers ? 20 : 5 + index / 15] += 30_000 }
    }
    let (_, report) = try run(hit, try options { $0.removesSpikes = removes })
    let sorted = report.reducedChiSquared.sorted()
    #expect((0.8...1.25).contains(sorted[200]), "\(sorted[200])")
  }

  @Test func `components that do not describe the spectra are noticed`() throws {
    let (_, found) = try run(image(300), try options(.count(2)))
    let pca = try #require(found.components)
    var options = try options()
    options.foreignComponents = PreprocessOptions.ForeignComponents(pca, axis: axis)
    let (_, fitting) = try run(image(300, seed: 17), options)
    #expect(!fitting.warnings.contains { $0.contains("do not describe") })
    // The same spectra, their edge 6 channels further on.
    let other = image(300, seed: 17) { spectrum, _ in
      for channel in (40..<96).reversed() where channel >= 46 {
        spectrum[channel] = spectrum[channel - 6]
      }
      for channel in 40..<46 { spectrum[channel] = spectrum[39] }
    }
    let (_, shifted) = try run(other, options)
    #expect(shifted.warnings.contains { $0.contains("do not describe") })
  }

  @Test func `what was done to one image is done to another by its plan`() throws {
    let (_, report) = try run(
      image(),
      try options(.count(2)) {
        $0.crop = EnergyWindow("436:480")
        $0.backgroundFit = .poisson
        $0.norm = .area
      })
    let other = image(50, seed: 8)
    let again = try run(other, try PreprocessOptions(like: report.plan))
    #expect(again.report.plan.crop == report.plan.crop)
    #expect(again.report.plan.background?.window == report.plan.background?.window)
    #expect(again.report.plan.background?.fit == .poisson)
    #expect(again.report.plan.norm == .area && again.report.plan.components == 2)
    #expect(again.report.plan.steps == report.plan.steps)
  }

  @Test func `components of other spectra are used as they are`() throws {
    let options = try options(.count(2))
    let (expected, report) = try run(image(), options)
    let found = try #require(report.components)
    var foreign = options
    foreign.components = .automatic
    foreign.foreignComponents = PreprocessOptions.ForeignComponents(
      PCA(
        factors: found.factors, count: 2, channelWeights: found.channelWeights,
        explainedVariance: found.explainedVariance,
        explainedVarianceRatio: found.explainedVarianceRatio), axis: axis)
    let (result, again) = try run(image(), foreign)
    expectClose(result.values, expected.values, absolute: 1e-6)
    #expect(again.plan.components == 2 && again.plan.weighting == .poisson)
    // Net counts cannot be weighted, and need not be.
    var net = foreign
    net.background = .none
    net.weighting = .poisson
    let (nets, _) = try run(image(), try self.options { $0.norm = .none })
    #expect(try run(nets, net).report.plan.weighting == .poisson)
    foreign.crop = EnergyWindow("436:480")
    #expect(throws: PreprocessError.self) { try Preprocessor(image(), options: foreign) }
  }

  /// Spectra with a line whose place drifts by 3 channels, and with it in every third spectrum by 2
  /// channels for chemistry.
  private func drifting(_ count: Int) -> SpectrumImage {
    let stream = RandomStream(seed: 5)
    return image(count) { spectrum, index in
      var noise = stream.split(UInt64(index))
      let place = 470 + 3 * Double(index) / Double(count) + (index % 3 == 0 ? 2 : 0)
      for channel in spectrum.indices {
        let distance = (self.axis[channel] - place) / 2
        spectrum[channel] += Float(noise.poisson(4000 * exp(-distance * distance / 2)))
      }
    }
  }

  @Test(arguments: [PreprocessOptions.Alignment.drift, .each])
  func `alignment undoes the drift, or every shift`(method: PreprocessOptions.Alignment) throws {
    let options = try options {
      $0.alignment = method
      $0.alignmentWindow = EnergyWindow("456:489")
    }
    let (result, report) = try run(drifting(600), options)
    let parts = try run(
      Blocks(image: drifting(600), preferredBlockCount: 23), options, threads: 3)
    #expect(parts.image.values == result.values && parts.report.shifts == report.shifts)
    #expect(report.plan.steps == [.flags, .background, .signalTest, .alignment, .crop, .norm])
    #expect(report.shifts.count == 600 && report.shifts.allSatisfy(\.isFinite))
    func place(_ index: Int) -> Double {
      let spectrum = Array(result.spectrum(index))
      return axis[spectrum.indices.max { spectrum[$0] < spectrum[$1] } ?? 0]
    }
    func mean(_ indices: [Int]) -> Double {
      indices.map(place).reduce(0, +) / Double(indices.count)
    }
    let early = mean((0..<100).filter { $0 % 3 != 0 })
    let late = mean((500..<600).filter { $0 % 3 != 0 })
    let other = mean((500..<600).filter { $0 % 3 == 0 })
    // Without alignment 2.5 eV.
    #expect(abs(late - early) < 0.4)
    #expect(method == .drift ? other - late > 1.5 : abs(other - late) < 0.4)
  }

  @Test func `alignment needs features`() throws {
    let options = try options {
      $0.alignment = .drift
      $0.alignmentWindow = EnergyWindow("400:405")
    }
    #expect(throws: PreprocessError.noAlignment(EnergyWindow("400:405"))) {
      try Preprocessor(image(), options: options)
    }
    let few = try self.options { $0.alignment = .drift }
    #expect(throws: PreprocessError.self) { try run(image(20), few) }
  }

  @Test(arguments: PreprocessOptions.Norm.allCases, PreprocessOptions.Weighting.allCases)
  func `loadings times factors are the denoised spectra`(
    norm: PreprocessOptions.Norm, weighting: PreprocessOptions.Weighting
  ) throws {
    let image = image(600) { spectrum, index in
      if index == 7 { spectrum[3] = .nan }
      if index == 300 { spectrum[60] += 40_000 }
    }
    let preprocessor = try Preprocessor(
      image,
      options: try options(.count(3)) {
        $0.norm = norm
        $0.weighting = weighting
      })
    var result = SpectrumImage(filling: preprocessor.outputHeader)
    var loadings: [Float] = []
    let report = try preprocessor.run(
      into: &result,
      loadings: { block in
        #expect(block.first * 3 == loadings.count && block.channels == 3)
        loadings += block.values
      })
    let pca = try #require(report.components)
    #expect(report.plan.weighting == weighting && pca.count == 3)
    #expect(loadings.count == 1800)
    for index in 0..<600 {
      let own = loadings[(3 * index)..<(3 * index + 3)]
      if report.flags[index].isDisjoint(with: .unusable) {
        let model = (0..<96).map { channel in
          zip(own, 0..<3).reduce(0.0) {
            $0 + Double($1.0) * Double(pca.factors[96 * $1.1 + channel])
          }
        }
        let scale = Double(try #require(result.spectrum(index).max()))
        expectClose(model, result.spectrum(index).map(Double.init), absolute: 2e-6 * scale)
      } else {
        #expect(own.allSatisfy { $0.isNaN })
      }
    }
    let unknown = loadings.count { $0.isNaN }
    #expect(unknown == 6)
    // C⁻¹V and C V are dual.
    for k in 0..<3 {
      for l in 0..<3 {
        let product = (0..<96).reduce(0.0) {
          $0 + Double(pca.factors[96 * k + $1]) * Double(pca.projectors[96 * l + $1])
        }
        expectClose(product, k == l ? 1 : 0, absolute: 1e-5)
      }
    }
  }

  @Test func `the number is checked by parallel analysis, correlated noise warned of`() throws {
    let (_, white) = try run(image(400), try options(.automatic))
    // What errors of the background bring stands between noise and threshold.
    #expect(white.plan.componentReason.hasPrefix("3 (singular values"))
    #expect(white.plan.componentReason.contains("; parallel analysis: 4 above noise)"))
    #expect(white.warnings.isEmpty)
    for share: Float in [0.1, 0.2, 0.33] {
      let blurred = image(400) { spectrum, _ in
        let x = spectrum
        for j in 1..<95 { spectrum[j] += share * (x[j - 1] + x[j + 1] - 2 * x[j]) }
      }
      let (_, report) = try run(blurred, try options(.automatic))
      #expect(report.warnings.contains { $0.contains("noise is probably correlated") }, "\(share)")
    }
  }

  @Test func `weights for counting noise need counts`() throws {
    let counts = image()
    var header = counts.header
    header.elementType = .float32
    let image = SpectrumImage(header: header, values: counts.values.map { $0 - 2000 })
    let wish = try options(.count(2)) {
      $0.background = .none
      $0.weighting = .poisson
    }
    #expect(throws: PreprocessError.countsUnknown) { try Preprocessor(image, options: wish) }
    let (_, report) = try run(image, try options(.count(2)) { $0.background = .none })
    #expect(report.plan.weighting == PreprocessOptions.Weighting.none)
    #expect(
      report.plan.componentReason == "2 as asked, without weighting, for the counts are not known")
    let (_, known) = try run(self.image(), try options(.count(2)))
    #expect(known.plan.weighting == .poisson)
    #expect(known.plan.componentReason == "2 as asked, after weighting for counting noise")
    let (_, noise) = try run(self.image(), try options(.none))
    #expect(noise.plan.weighting == nil)
  }

  @Test func `components must be possible`() throws {
    let few = image(5)
    #expect(throws: PreprocessError.tooManyComponents(5, usable: 5, channels: 96)) {
      try run(few, try options(.count(5)))
    }
    let (_, report) = try run(few, try options(.automatic))
    #expect(report.components == nil && report.plan.components == nil)
    #expect(report.plan.componentReason.contains("5 usable spectra are too few"))
  }

  @Test func `a channel that is repaired twice counts once`() throws {
    // High hits hide low ones beside them, which the next round finds.
    let stream = RandomStream(seed: 11)
    let hit = image(2000) { spectrum, index in
      guard index % 60 == 0 else { return }
      var random = stream.split(UInt64(index))
      let first = 10 + random.index(below: 70)
      for _ in 0..<6 { spectrum[first + random.index(below: 8)] += Float(random.poisson(1500)) }
      spectrum[first + 4] += 40_000
    }
    let report = try run(hit, try options { $0.removesSpikes = true }).report
    let runs = Dictionary(grouping: report.spikes, by: \.spectrum)
    #expect(runs.count > 20)
    for spikes in runs.values {
      #expect(spikes.map(\.channels.lowerBound) == spikes.map(\.channels.lowerBound).sorted())
      for (left, right) in zip(spikes, spikes.dropFirst()) {
        #expect(left.channels.upperBound <= right.channels.lowerBound, "\(spikes)")
      }
    }
  }

  @Test func `progress rises to 1`() throws {
    let preprocessor = try Preprocessor(image(600), options: options(.count(2)))
    var result = SpectrumImage(filling: preprocessor.outputHeader)
    var shares: [Double] = []
    _ = try preprocessor.run(into: &result) { shares.append($0) }
    #expect(shares == shares.sorted() && shares.last == 1 && shares.count == 6)
  }

  @Test func `a plan is recorded and read back`() throws {
    let plan = try run(image(), try options(.count(2))).report.plan
    let data = try JSONEncoder().encode(plan)
    #expect(try JSONDecoder().decode(PreprocessPlan.self, from: data) == plan)
    #expect(plan.steps.last == .normAgain && plan.components == 2)
    #expect(plan.background?.window.firstEnergy == 402)
    #expect(plan.background?.window.lastEnergy == 431)
  }

  @Test func `a damaged plan is refused`() throws {
    let plan = try run(
      image(), try options(.count(2)) { $0.backgroundFit = .linearCombination }
    ).report.plan
    #expect(plan.background?.fixedExponents?.count == 2)
    _ = try PreprocessOptions(like: plan)
    let text =
      #"{"method":"drift","window":{"first":9,"count":1,"firstEnergy":9,"lastEnergy":99}}"#
    let alignment = try JSONDecoder().decode(PreprocessPlan.Alignment.self, from: Data(text.utf8))
    let damages: [(inout PreprocessPlan) -> Void] = [
      { $0.crop.count = .min }, { $0.crop.count = 15 }, { $0.crop.first = -1 },
      {
        $0.crop.first = 1
        $0.crop.count = .max
      },
      { $0.crop.lastEnergy = .infinity }, { $0.crop.firstEnergy = .nan },
      { $0.crop.firstEnergy = $0.crop.lastEnergy },
      {
        $0.crop.firstEnergy = -1e308
        $0.crop.lastEnergy = 1e308
      },
      { $0.background?.window.count = 3 }, { $0.background?.window.lastEnergy = 0 },
      { $0.background?.fixedExponents = [2] }, { $0.background?.fixedExponents = [2, .nan] },
      { $0.background?.fit = .poisson },
      { $0.components = 0 }, { $0.components = -5 }, { $0.components = $0.crop.count + 1 },
      { $0.alignment = alignment },
    ]
    for (index, damage) in damages.enumerated() {
      var damaged = plan
      damage(&damaged)
      do {
        _ = try PreprocessOptions(like: damaged)
        Issue.record("damage \(index) is accepted")
      } catch {
        #expect("\(error)".contains("is damaged ("), "\(index)")
      }
    }
  }

  @Test func `components belong to their channel weights`() throws {
    let pca = try #require(try run(image(), try options(.count(3))).report.components)
    #expect(pca.isOrthonormal)
    let weights = try #require(pca.channelWeights)
    func with(_ weights: [Double]?, _ factors: [Float]) -> PCA {
      PCA(
        factors: factors, count: 3, channelWeights: weights,
        explainedVariance: pca.explainedVariance,
        explainedVarianceRatio: pca.explainedVarianceRatio)
    }
    #expect(with(weights, pca.factors).isOrthonormal)
    #expect(!with(nil, pca.factors).isOrthonormal)
    #expect(!with(weights.map { $0 * 1.001 }, pca.factors).isOrthonormal)
    #expect(!with(weights.map { $0 * 1e200 }, pca.factors).isOrthonormal)
    let channels = pca.channels
    let twice = pca.factors[..<channels] + pca.factors[..<(2 * channels)]
    #expect(!with(weights, Array(twice)).isOrthonormal)
  }

  @Test func `what cannot be preprocessed is refused in one sentence`() throws {
    func refusal(
      _ change: (inout SpectrumImage) -> Void, _ options: PreprocessOptions = PreprocessOptions()
    ) -> String {
      var image = image(6)
      change(&image)
      do {
        _ = try Preprocessor(image, options: options)
        return "accepted"
      } catch { return "\(error)" }
    }
    func signal(_ calibration: Axis.Calibration, units: String? = "eV") -> (inout SpectrumImage) ->
      Void
    {
      {
        $0.header.axes[1].calibration = calibration
        $0.header.axes[1].units = units
      }
    }
    let falling = UniformAxis(offset: 500, scale: -1, count: 96)
    #expect(refusal(signal(.uniform(falling))).contains("it must rise"))
    #expect(refusal(signal(.points(axis.coordinates))).contains("not uniform"))
    #expect(refusal(signal(.uniform(axis), units: "keV")).contains("in keV, not in eV"))
    #expect(refusal(signal(.uniform(axis), units: nil)) == "accepted")
    #expect(
      refusal {
        $0.header.axes[1].units = nil
        $0.header.signalType = ""
      }.contains("undefined units"))
    #expect(refusal { $0.header.elementType = .complex64 }.contains("complex"))
    #expect(refusal { $0.header.axes[0].isNavigation = false }.contains("2 signal axes"))
    #expect(
      refusal {
        $0 = SpectrumImage(
          header: SignalHeader(
            title: "",
            axes: [
              .navigation("x", count: 4), .energyLoss(UniformAxis(offset: 1, scale: 1, count: 3)),
            ]), values: [Float](repeating: 1, count: 12))
      }.contains("the spectra have 3 channels; at least 16"))
    #expect(
      refusal {
        $0 = SpectrumImage(header: $0.header, values: [Float](repeating: 0, count: 6 * 96))
      }.contains("all 6 spectra looked at are constant"))
    #expect(
      refusal {
        $0 = SpectrumImage(header: $0.header, values: [Float](repeating: .nan, count: 6 * 96))
      }.contains("0 constant, 6 with NaN"))
    #expect(
      refusal {
        $0 = SpectrumImage(header: $0.header, values: $0.values.map { -$0 })
      }.isEmpty == false)
    #expect(
      refusal({ _ in }, try options { $0.crop = EnergyWindow("400:410") }).contains("leaves 10"))
    let narrow = try options { $0.background = .window(try #require(EnergyWindow("410:413"))) }
    #expect(refusal({ _ in }, narrow).contains("holds 3 usable channels"))
    let outside = try options { $0.background = .window(try #require(EnergyWindow("600:700"))) }
    #expect(
      refusal({ _ in }, outside).contains("holds 0 usable channels of spectra that cover 400"))
    #expect(
      refusal(
        { $0 = SpectrumImage(header: $0.header, values: $0.values.map { -$0 }) }, try options()
      ).contains("the mean spectrum is not positive in the fit window 402.0:432.0"))
    let low = UniformAxis(offset: -20, scale: 1, count: 96)
    let positive = try options { $0.background = .window(try #require(EnergyWindow("10:30"))) }
    #expect(refusal(signal(.uniform(low)), positive).contains("start at -20"))
  }
}
