import Augmentation
import Dispatch
import Foundation
import LinearAlgebra
import NeuralNetworks

/// Times iterations of the training (two discriminator steps, one generator step) on spectra in memory.
///
/// Arguments: FILE CHANNELS CLASSES SCHEME ARCHITECTURE, the last two as ``DAGDesign`` names them. FILE
/// holds the spectra as Float32, as many for each class; the classes train side by side, each on a
/// thread of its own. Prints a line of JSON with what a peer must know to build the same networks, and
/// then one for every line of the standard input: `run N` trains N iterations, `gemm N` does so with
/// the time and the shape of every matrix product taken.
@main
struct TrainWork {
  /// What the peers need to know.
  struct Facts: Encodable {
    var design: DAGDesign
    /// Channels of a spectrum, and the shared components, row after row.
    var channels: Int
    var components: [Float]
    // The calibration of the first class.
    var transformShift: Double
    var generatorShift: Double
    var transformNoise: Float
    var noiseGain: Float
    var noiseBackground: [Float]
    var noiseColour: [Float]
    /// Rows and columns of every trainable tensor.
    var generator: [[Int]]
    var discriminator: [[Int]]
  }

  struct Timing: Encodable {
    /// Median over the iterations, mean over the classes, divided by the classes at work.
    var milliseconds: Double
    /// Processor time of one iteration of one class.
    var processorMilliseconds: Double
    /// The losses of the last iteration, mean over the classes.
    var losses: [Float]
  }

  struct Products: Encodable {
    /// An iteration: its processor time, mean.
    var milliseconds: Double
    /// The matrix products of an iteration by shape, the longest first.
    var products: [Product]
    /// The rate of a large square product, measured just before and after.
    var squareGigaflops: Double
  }

  nonisolated(unsafe) let trainers: [GANTrainer]

  static func main() throws {
    let arguments = CommandLine.arguments.dropFirst()
    guard arguments.count == 5, let channels = Int(arguments[2]), let classes = Int(arguments[3]),
      let scheme = DAGDesign.Scheme(rawValue: arguments[4]),
      let architecture = DAGDesign.Architecture(rawValue: arguments[5])
    else { fatalError("arguments: FILE CHANNELS CLASSES SCHEME ARCHITECTURE") }
    let design = DAGDesign(scheme: scheme, architecture: architecture)
    let sets = try read(arguments[1], channels: channels, classes: classes)
    let basis = SharedBasis(
      of: sets, count: design.componentCount, widestSmoothing: design.widestSmoothing, shift: 1)
    let bench = TrainWork(
      trainers: sets.enumerated().map { index, set in
        GANTrainer(
          set, basis: basis, design: design, stream: RandomStream(seed: 1).split(UInt64(index)))
      })
    say(bench.facts(design, basis))
    while let line = readLine() {
      let words = line.split(separator: " ")
      guard words.count == 2, let count = Int(words[1]) else { fatalError("what is \(line)?") }
      if words[0] == "gemm" { say(bench.products(count)) } else { say(bench.run(count)) }
    }
  }

  private func facts(_ design: DAGDesign, _ basis: SharedBasis) -> Facts {
    let trainer = trainers[0]
    let calibration = trainer.calibration
    return Facts(
      design: design, channels: basis.channelCount, components: basis.components,
      transformShift: calibration.transformShift, generatorShift: calibration.generatorShift,
      transformNoise: calibration.transformNoise, noiseGain: calibration.noise.gain,
      noiseBackground: calibration.noise.background, noiseColour: calibration.noise.colour,
      generator: trainer.generator.parameters.shapes,
      discriminator: trainer.discriminators.flatMap(\.parameters.shapes))
  }

  private static func read(_ path: String, channels: Int, classes: Int) throws -> [TrainingSet] {
    let values = try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    let rows = values.count / channels / classes
    precondition(rows * channels * classes == values.count, "\(values.count) values in \(path)")
    return try (0..<classes).map { index in
      let part = values[index * rows * channels..<(index + 1) * rows * channels]
      return try TrainingSet(
        name: "class \(index)", spectra: Matrix(rows: rows, elements: Array(part)))
    }
  }

  private static func say(_ value: some Encodable) {
    do {
      print(String(decoding: try JSONEncoder().encode(value), as: UTF8.self))
    } catch { fatalError("\(error)") }
    fflush(nil)
  }

  /// Trains every class `count` iterations.
  func run(_ count: Int) -> Timing {
    let classes = trainers.count
    var durations = [[UInt64]](repeating: Array(repeating: 0, count: count), count: classes)
    var losses = [(discriminator: Float, generator: Float)](repeating: (0, 0), count: classes)
    let before = clock()
    durations.withUnsafeMutableBufferPointer { durations in
      losses.withUnsafeMutableBufferPointer { losses in
        nonisolated(unsafe) let durations = durations
        nonisolated(unsafe) let losses = losses
        DispatchQueue.concurrentPerform(iterations: classes) { index in
          for iteration in 0..<count {
            let start = DispatchTime.now().uptimeNanoseconds
            losses[index] = trainers[index].step()
            durations[index][iteration] = DispatchTime.now().uptimeNanoseconds - start
          }
        }
      }
    }
    let processor = Double(clock() - before) / Double(CLOCKS_PER_SEC)
    let medians = durations.map { Double($0.sorted()[count / 2]) * 1e-6 }
    return Timing(
      milliseconds: medians.reduce(0, +) / Double(classes * classes),
      processorMilliseconds: 1000 * processor / Double(count * classes),
      losses: [
        losses.reduce(0) { $0 + $1.discriminator } / Float(classes),
        losses.reduce(0) { $0 + $1.generator } / Float(classes),
      ])
  }

  /// Trains the first class `count` iterations and takes the time of every matrix product.
  func products(_ count: Int) -> Products {
    var square = Self.squareGigaflops()
    ProductClock.isOn = true
    let start = ProductClock.now()
    for _ in 0..<count { _ = trainers[0].step() }
    let duration = Double(ProductClock.now() - start) * 1e-6
    ProductClock.isOn = false
    square = max(square, Self.squareGigaflops())
    return Products(
      milliseconds: duration / Double(count), products: ProductClock.products(iterations: count),
      squareGigaflops: square)
  }

  /// The best of some products of 1,024 × 1,024.
  private static func squareGigaflops() -> Double {
    let order = 1024
    var stream = RandomStream(seed: 2)
    let matrices = (0..<3).map { _ in Matrix(rows: order, columns: order) }
    for matrix in matrices { stream.fillNormal(matrix) }
    let flops = 2 * Double(order * order * order)
    return (0..<10).reduce(0) { best, _ in
      let start = ProductClock.now()
      matrices[0].setProduct(matrices[1], matrices[2])
      return max(best, flops / Double(ProductClock.now() - start))
    }
  }
}

extension Parameters {
  /// Rows and columns of every tensor.
  fileprivate var shapes: [[Int]] { tensors.map { [$0.value.rowCount, $0.value.columnCount] } }
}
