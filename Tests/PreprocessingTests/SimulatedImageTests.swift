import Preprocessing
import Simulation
import Spectra
import TestSupport
import Testing

/// The default run on the simulated spectrum image, whose truth is known.
struct SimulatedImageTests {
  private let simulation = SpectrumImageSimulation(seed: 2024)

  private func run(
    _ components: PreprocessOptions.Components, _ weighting: PreprocessOptions.Weighting? = nil
  ) throws -> (image: SpectrumImage, report: PreprocessReport) {
    var options = PreprocessOptions()
    options.components = components
    options.weighting = weighting
    let preprocessor = try Preprocessor(simulation, options: options, threads: 2)
    var result = SpectrumImage(filling: preprocessor.outputHeader)
    let report = try preprocessor.run(into: &result)
    return (result, report)
  }

  @Test func `flags say what is true of the specimen`() throws {
    let (_, report) = try run(.none)
    let labels = simulation.labels.values
    var falseAlarms = 0
    for index in labels.indices {
      let truth = simulation.truth(ofSpectrum: index)
      let flags = report.flags[index]
      #expect(flags.contains(.dead) == truth.isDead, "\(index)")
      // A hit above 1,500 counts stands out, but in the two channels at either end.
      if let spike = truth.spike, !truth.isDead, (2..<1358).contains(spike.channel) {
        #expect(flags.contains(.spike), "\(index): \(spike)")
      }
      if flags.contains(.spike), truth.spike == nil { falseAlarms += 1 }
      if labels[index] >= 0, !truth.isDead { #expect(!flags.contains(.noSignal), "\(index)") }
    }
    #expect(falseAlarms == 0)
    let film = labels.indices.filter {
      let paths = simulation.truth(ofSpectrum: $0).paths
      return paths.core + paths.shell == 0
    }
    let withSignal = film.filter {
      report.flags[$0].isDisjoint(with: [.noSignal, .dead, .spike])
    }
    #expect(film.count > 400 && withSignal.count <= film.count / 100)
  }

  @Test func `denoising brings spectra closer to the truth`() throws {
    let noisy = try run(.none)
    let (denoised, report) = try run(.automatic)
    let unweighted = try run(.automatic, PreprocessOptions.Weighting.none).image
    let count = try #require(report.plan.components)
    // Core, shell and thickness make two or three shapes, the drift of the energy scale one more.
    #expect((2...8).contains(count))
    let window = try #require(report.plan.background?.window)
    let axis = simulation.parameters.energyAxis
    let energies = try #require(
      EnergyWindow(lower: window.firstEnergy, upper: window.lastEnergy + axis.scale))
    let fit = try #require(TwoAreaFit(window: energies, axis: axis))
    #expect(fit.channels == window.range)
    var before = 0.0
    var after = 0.0
    var withoutWeights = 0.0
    for index in stride(from: 0, to: 1584, by: 7)
    where report.flags[index].isEmpty && simulation.labels.values[index] >= 0 {
      let expected = simulation.expectedCounts(ofSpectrum: index)
      let law = try #require(fit.background(of: expected))
      let net = expected.indices.map { expected[$0] - law.density(at: axis[$0]) * axis.scale }
      let maximum = try #require(net.max())
      for channel in net.indices {
        let truth = net[channel] / maximum
        let raw = Double(noisy.image.values[index * net.count + channel]) - truth
        let clean = Double(denoised.values[index * net.count + channel]) - truth
        before += raw * raw
        after += clean * clean
        let other = Double(unweighted.values[index * net.count + channel]) - truth
        withoutWeights += other * other
      }
    }
    #expect(after < before / 10, "\(after) after \(before)")
    #expect(after < withoutWeights / 1.3, "\(after), \(withoutWeights) without weights")
  }
}
