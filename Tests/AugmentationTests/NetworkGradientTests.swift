import Augmentation
import Evaluation
import Foundation
import LinearAlgebra
import NeuralNetworks
import TestSupport
import Testing

/// A design small enough for central differences, with every part of its architecture in it.
func smallDesign(
  _ scheme: DAGDesign.Scheme, _ architecture: DAGDesign.Architecture
) -> DAGDesign {
  var design = DAGDesign(scheme: scheme, architecture: architecture)
  design.latentCount = 5
  design.generatorWidths = architecture == .largeDense ? [12, 16, 10] : [12, 16]
  design.branches = architecture == .largeDense ? [[9, 8, 6], [7, 5, 4]] : [[9, 6], [7, 4]]
  design.lastWidth = 8
  design.minibatchKernels = 3
  design.minibatchDimensions = 2
  design.generatorChannels = [4, 3]
  design.discriminatorChannels = [3, 2]
  design.convolutionKernel = 3
  design.componentCount = 6
  design.featureCount = 4
  design.batchSize = 8
  return design
}

@Suite("Whole networks against central differences")
struct NetworkGradientTests {
  private let channels = 64
  private let set: TrainingSet
  private let components: ClassComponents

  init() throws {
    set = try syntheticFamily(count: 40, channels: channels, noise: 0.02, seed: 1)
    let basis = SharedBasis(of: [set], count: 6, widestSmoothing: 1, shift: 0.5)
    let mean = meanSpectrum(of: set.spectra)
    components = ClassComponents(
      basis, centre: mean.map(Float.init), spectra: set.spectra, mean: mean)
  }

  /// The discriminator's logits in Double, from its parameters by name; each head has its equal part
  /// of the rows.
  private func logits(
    _ x: [Double], _ values: [String: [Double]], design: DAGDesign, heads: Int
  ) -> [Double] {
    let size = design.batchSize
    let rows = x.count / channels
    func product(_ x: [[Double]], _ w: [Double], _ inputs: Int) -> [[Double]] {
      x.map { row in
        (0..<w.count / inputs).map { o in
          (0..<inputs).reduce(0) { $0 + row[$1] * w[o * inputs + $1] }
        }
      }
    }
    func dense(_ x: [[Double]], _ name: String, relu: Bool = true) -> [[Double]] {
      let bias = values["\(name).bias"] ?? []
      return product(x, values["\(name).weight"] ?? [], x[0].count).map { row in
        zip(row, bias).map { relu ? max($0.0 + $0.1, 0) : $0.0 + $0.1 }
      }
    }
    /// x of `inputs` channels; points beyond the ends are 0.
    func convolution(_ x: [[Double]], _ name: String, inputs: Int) -> [[Double]] {
      let weight = values["\(name).weight"] ?? []
      let bias = values["\(name).bias"] ?? []
      let (kernel, stride) = (design.convolutionKernel, design.convolutionStride)
      let length = x[0].count / inputs
      return x.map { row in
        bias.indices.flatMap { o in
          Swift.stride(from: 0, to: length, by: stride).map { t in
            var sum = bias[o]
            for c in 0..<inputs {
              for k in 0..<kernel {
                let point = t + k - kernel / 2
                if point < 0 || point >= length { continue }
                sum += weight[(o * inputs + c) * kernel + k] * row[c * length + point]
              }
            }
            return max(sum, 0)
          }
        }
      }
    }
    func minibatch(_ x: [[Double]], _ name: String) -> [[Double]] {
      let m = product(x, values["\(name).weight"] ?? [], x[0].count)
      let kernels = design.minibatchKernels
      return x.indices.map { i in
        x[i]
          + (0..<kernels).map { b in
            x.indices.reduce(0.0) { sum, j in
              if j == i || j / size != i / size { return sum }
              let distance = (0..<design.minibatchDimensions).reduce(0.0) {
                $0 + abs(m[i][$1 * kernels + b] - m[j][$1 * kernels + b])
              }
              return sum + exp(-distance)
            }
          }
      }
    }
    let p = components.basis.components.map(Double.init)
    let scatter = components.scatter.map(Double.init)
    /// Spectra of coefficients.
    func spectra(_ coefficients: [[Double]]) -> [[Double]] {
      coefficients.map { c in
        (0..<channels).map { j in
          c.indices.reduce(0.0) { $0 + c[$1] * p[$1 * channels + j] }
        }
      }
    }
    let all = (0..<rows).map { Array(x[$0 * channels..<($0 + 1) * channels]) }
    let mean = meanSpectrum(of: set.spectra).map { Double(Float($0)) }
    let standardised = product(all.map { zip($0, mean).map { $0.0 - $0.1 } }, p, channels).map {
      zip($0, scatter).map { $0.0 / $0.1 }
    }
    let patterns = spectra(standardised.map { zip($0, scatter).map { $0.0 * $0.1 } })
    let first: [[Double]]
    switch design.architecture {
    case .simpleDense, .largeDense:
      first = dense(patterns, "discriminator.first")
    case .subspace:
      first = dense(standardised, "discriminator.first")
    case .simpleConvo:
      let square = scatter.reduce(0) { $0 + $1 * $1 } / Double(channels)
      var pattern = patterns.map { $0.map { $0 / square.squareRoot() } }
      pattern = convolution(pattern, "discriminator.convolution1", inputs: 1)
      pattern = convolution(pattern, "discriminator.convolution2", inputs: 3)
      first = zip(
        dense(pattern, "discriminator.first1"), dense(standardised, "discriminator.first2")
      ).map { $0.0 + $0.1 }
    }
    var joined: [[Double]] = first.map { _ in [] }
    for (index, columns) in [0..<9, 9..<16].enumerated() {
      let name = "discriminator.branch\(index + 1)"
      var wide = minibatch(first.map { Array($0[columns]) }, "\(name).minibatch1")
      for layer in 1..<design.branches[index].count { wide = dense(wide, "\(name).dense\(layer)") }
      joined = zip(joined, minibatch(wide, "\(name).minibatch2")).map { $0.0 + $0.1 }
    }
    let last = dense(joined, "discriminator.last")
    let share = rows / heads
    return (0..<heads).flatMap { head in
      dense(
        Array(last[head * share..<(head + 1) * share]), "discriminator.head\(head + 1)",
        relu: false
      ).joined()
    }
  }

  @Test(
    "Discriminator: logits and all gradients as the formula in Double has them", arguments: [1, 3],
    DAGDesign.Architecture.allCases)
  func discriminator(heads: Int, architecture: DAGDesign.Architecture) throws {
    let design = smallDesign(.singleBiTrans, architecture)
    var stream = RandomStream(seed: 5)
    let network = Discriminator(
      design: design, components: components,
      mean: meanSpectrum(of: set.spectra).map(Float.init), groups: 3, heads: heads,
      stream: &stream)
    let spectra = set.spectra.rows(0..<24)
    network.calibrate(on: spectra.rows(0..<8), target: 0.5)
    for tensor in network.parameters.tensors where tensor.name.hasSuffix("bias") {
      tensor.value.fillUniform(within: 0.1, &stream)
    }
    let output = Matrix(rows: 24, columns: 1)
    network.forward(spectra, into: output)
    let x = spectra.elements.map(Double.init)
    let values = Dictionary(
      uniqueKeysWithValues: network.parameters.tensors.map {
        ($0.name, $0.value.elements.map(Double.init))
      })
    expectClose(
      output.elements.map(Double.init), logits(x, values, design: design, heads: heads),
      absolute: 1e-5, "logits")

    let weights = Matrix(rows: 24, columns: 1)
    stream.fillNormal(weights)
    let r = weights.elements.map(Double.init)
    func loss(_ x: [Double], _ values: [String: [Double]]) -> Double {
      zip(r, logits(x, values, design: design, heads: heads)).reduce(0) { $0 + $1.0 * $1.1 }
    }
    let gradient = Matrix(rows: 24, columns: channels)
    network.backward(weights, into: gradient, parameters: true)
    /// The derivative of the loss along a random direction, against the gradient.
    func check(_ gradient: [Float], _ name: String, _ moved: (Double, [Double]) -> Double) {
      for trial in 0..<8 {
        var stream = RandomStream(seed: UInt64(100 + trial))
        let direction = gradient.map { _ in stream.normal() }
        let along = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
        let step = 1e-7
        let difference = (moved(step, direction) - moved(-step, direction)) / (2 * step)
        let scale = gradient.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
        expectClose(along, difference, absolute: 2e-4 * scale, "\(name), direction \(trial)")
      }
    }
    check(gradient.elements, "spectra") { step, direction in
      loss(zip(x, direction).map { $0.0 + step * $0.1 }, values)
    }
    for tensor in network.parameters.tensors {
      check(tensor.gradient.elements, tensor.name) { step, direction in
        var moved = values
        moved[tensor.name] = zip(values[tensor.name] ?? [], direction).map { $0.0 + step * $0.1 }
        return loss(x, moved)
      }
    }
  }

  @Test(
    "Generator: the gradient of every tensor, in Float with its draws held",
    arguments: DAGDesign.Architecture.allCases)
  func generator(architecture: DAGDesign.Architecture) throws {
    var stream = RandomStream(seed: 6)
    let mean = set.spectra.rows(0..<1).elements
    // The hidden PoissonNoise holds its amplitude, which a difference would not.
    var design = smallDesign(.singleBiTrans, architecture)
    design.hiddenPoisson = 0
    let network = Generator(
      design: design, components: components, mean: mean, shift: 1.5, noise: noise(),
      stream: &stream)
    // Units far on either side of ReLU's kink.
    for tensor in network.parameters.tensors.dropLast(2) where tensor.name.hasSuffix("bias") {
      tensor.value.copy(from: (0..<tensor.value.columnCount).map { $0 % 3 == 0 ? -1 : 1 })
    }
    network.draw(&stream)
    let spectra = Matrix(rows: 8, columns: channels)
    let weights = Matrix(rows: 8, columns: channels)
    stream.fillNormal(weights)
    let r = weights.elements.map(Double.init)
    func loss() -> Double {
      network.forward(into: spectra)
      return zip(r, spectra.elements).reduce(0) { $0 + $1.0 * Double($1.1) }
    }
    _ = loss()
    let gradient = Matrix(rows: 8, columns: channels)
    gradient.copy(from: weights)
    network.backward(gradient)
    let gradients = network.parameters.tensors.map { $0.gradient.elements }
    for (tensor, gradient) in zip(network.parameters.tensors, gradients) {
      let start = tensor.value.elements
      let scale = gradient.reduce(0) { $0 + Double($1 * $1) }.squareRoot()
      #expect(scale > 1e-3, "\(tensor.name) has no gradient")
      var errors: [Double] = []
      for trial in 0..<15 {
        var stream = RandomStream(seed: UInt64(200 + trial))
        let deviates = gradient.map { _ in stream.normal() }
        let norm = deviates.reduce(0) { $0 + $1 * $1 }.squareRoot()
        let direction = deviates.map { $0 / norm }
        let along = zip(gradient, direction).reduce(0) { $0 + Double($1.0) * $1.1 }
        let step = 4e-3
        func moved(_ step: Double) -> Double {
          tensor.value.copy(from: zip(start, direction).map { $0.0 + Float(step * $0.1) })
          return loss()
        }
        let difference = (moved(step) - moved(-step)) / (2 * step)
        tensor.value.copy(from: start)
        errors.append(abs(along - difference) / scale * Double(gradient.count).squareRoot())
      }
      // The median, because some differences cross a kink of the maximum.
      #expect(errors.sorted()[7] < 1e-2, "\(tensor.name): \(errors.sorted())")
    }
  }

  private func noise() -> NoiseEstimate {
    NoiseEstimate(
      gain: 0.001, background: Array(repeating: 0.0005, count: channels),
      colour: [0.28, 0.92, 0.28])
  }
}
