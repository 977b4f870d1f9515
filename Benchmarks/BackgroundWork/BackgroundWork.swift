import CKernels
import Dispatch
import Foundation
import Preprocessing
import Spectra

/// Times the background alone, fit and subtraction of spectra in memory, for every method.
///
/// Arguments: FILE SPECTRA CHANNELS OFFSET SCALE A B RUNS THREADS. FILE holds the spectra of a
/// square image as Float32. Prints a line per method: name, seconds (median of the runs), fitted
/// spectra. The timed part copies the spectra, as HyperSpy keeps its input too.
@main
struct BackgroundWork {
  /// The power laws to subtract from a spectrum; nil where the fit failed.
  typealias Fit =
    @Sendable (UnsafePointer<Float>, _ index: Int) -> (
      PowerLawBackground, PowerLawBackground?
    )?

  let spectra: Int
  let channels: Int
  let axis: UniformAxis
  let window: FitWindow
  let runs: Int
  let threads: Int
  nonisolated(unsafe) let source: UnsafeMutablePointer<Float>
  nonisolated(unsafe) let target: UnsafeMutablePointer<Float>

  static func main() throws {
    let numbers = CommandLine.arguments.dropFirst(2).compactMap(Double.init)
    guard numbers.count == 8, let limits = EnergyWindow(lower: numbers[4], upper: numbers[5])
    else { fatalError("arguments: FILE SPECTRA CHANNELS OFFSET SCALE A B RUNS THREADS") }
    let (spectra, channels) = (Int(numbers[0]), Int(numbers[1]))
    let axis = UniformAxis(offset: numbers[2], scale: numbers[3], count: channels)
    guard let areas = TwoAreaFit(window: limits, axis: axis) else { fatalError("no window") }
    let data = try Data(contentsOf: URL(fileURLWithPath: CommandLine.arguments[1]))
    precondition(data.count == 4 * spectra * channels, "\(data.count) bytes")
    let source = UnsafeMutablePointer<Float>.allocate(capacity: spectra * channels)
    _ = data.copyBytes(to: UnsafeMutableBufferPointer(start: source, count: spectra * channels))
    let bench = BackgroundWork(
      spectra: spectra, channels: channels, axis: axis, window: FitWindow(areas, axis: axis),
      runs: Int(numbers[6]), threads: Int(numbers[7]), source: source,
      target: .allocate(capacity: spectra * channels))
    bench.measure()
  }

  func measure() {
    let areas = TwoAreaPowerLaw(window: window)
    let squares = LeastSquaresPowerLaw(window: window)
    let poisson = PoissonPowerLaw(window: window)
    let pair = PowerLawCombination(window: window, exponents: (2.5, 3.5))
    report("two-area") { { x, _ in areas.fit(x).map { ($0.background, nil) } } }
    report("least-squares") { { x, _ in squares.fit(x).map { ($0.background, nil) } } }
    report("poisson") { { x, _ in poisson.fit(x).map { ($0.background, nil) } } }
    report("lcpl") { { x, _ in pair.fit(x).map { ($0.first, $0.second) } } }
    report("lba") {
      let side = Int(Double(spectra).squareRoot())
      let averages = LocalAverage(navigationShape: [side, side])
      for index in 0..<(side * side) {
        let sums = window.sums(of: source + index * channels)
        averages.append(lower: sums.lower, upper: sums.upper, usable: true)
      }
      return { x, index in
        averages.average(at: index).flatMap { areas.fit(x, exponentOf: $0) }
          .map { ($0.background, nil) }
      }
    }
  }

  /// Times a method; what `prepare` does is part of it.
  private func report(_ name: String, prepare: () -> Fit) {
    var seconds: [Double] = []
    var fitted = 0
    // The first run touches the memory and is not counted.
    for run in 0...runs {
      let start = DispatchTime.now().uptimeNanoseconds
      fitted = subtract(prepare())
      let end = DispatchTime.now().uptimeNanoseconds
      if run > 0 { seconds.append(Double(end - start) * 1e-9) }
    }
    seconds.sort()
    print(name, seconds[seconds.count / 2], fitted)
  }

  private func subtract(_ fit: Fit) -> Int {
    let logarithms = axis.coordinates.map { Float(log($0 / window.centre)) }
    nonisolated(unsafe) let counts = UnsafeMutablePointer<Int>.allocate(capacity: threads)
    defer { counts.deallocate() }
    DispatchQueue.concurrentPerform(iterations: threads) { thread in
      var fitted = 0
      for index in (spectra * thread / threads)..<(spectra * (thread + 1) / threads) {
        let x = target + index * channels
        x.update(from: source + index * channels, count: channels)
        guard let (first, second) = fit(x, index) else { continue }
        fitted += 1
        subtract(first, x, logarithms)
        if let second { subtract(second, x, logarithms) }
      }
      counts[thread] = fitted
    }
    return (0..<threads).reduce(0) { $0 + counts[$1] }
  }

  private func subtract(
    _ background: PowerLawBackground, _ x: UnsafeMutablePointer<Float>, _ logarithms: [Float]
  ) {
    let level = background.density(at: window.centre) * axis.scale
    ck_subtract_power_law(x, logarithms, channels, Float(level), Float(background.exponent))
  }
}
