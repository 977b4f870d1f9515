#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The probability of the first of two classes by the decision value of their machine:
/// P(f) = 1 / (1 + exp(A f + B)).
///
/// Platt's scaling, fitted by Newton's method with a line search as in Lin, Lin & Weng, Mach. Learn. 68 (2007)
/// 267, doi 10.1007/s10994-007-5018-6. The decision values must be of spectra that the machine has not
/// learned from.
public struct Sigmoid: Codable, Sendable, Equatable {
  /// A, below 0 where high decision values mean the first class.
  public let slope: Double
  /// B.
  public let offset: Double

  /// Takes A and B as they are.
  public init(slope: Double, offset: Double) {
    self.slope = slope
    self.offset = offset
  }

  /// Fits A and B: greatest Σ tᵢ log Pᵢ + (1 − tᵢ) log(1 − Pᵢ), with targets t = (n₊ + 1)/(n₊ + 2) for the
  /// n₊ spectra of the first class and 1/(n₋ + 2) for the others.
  public init(decisions: [Double], areFirst: [Bool]) {
    precondition(
      decisions.count == areFirst.count, "\(areFirst.count) classes of \(decisions.count) values")
    let positive = Double(areFirst.count(where: \.self))
    let negative = Double(areFirst.count) - positive
    let targets = areFirst.map { $0 ? (positive + 1) / (positive + 2) : 1 / (negative + 2) }
    var a = 0.0
    var b = log((negative + 1) / (positive + 1))
    var loss = Self.loss(decisions, targets, a, b)
    for _ in 0..<100 {
      // Gradient and Hessian; the latter is made positive definite by 1e-12 on its diagonal.
      var (h11, h22, h21) = (1e-12, 1e-12, 0.0)
      var (g1, g2) = (0.0, 0.0)
      for (f, t) in zip(decisions, targets) {
        let p = Self.probability(a * f + b)
        let curvature = p * (1 - p)
        h11 += f * f * curvature
        h22 += curvature
        h21 += f * curvature
        g1 += f * (t - p)
        g2 += t - p
      }
      if abs(g1) < 1e-5 && abs(g2) < 1e-5 { break }
      let determinant = h11 * h22 - h21 * h21
      let stepA = -(h22 * g1 - h21 * g2) / determinant
      let stepB = -(h11 * g2 - h21 * g1) / determinant
      let descent = g1 * stepA + g2 * stepB
      var length = 1.0
      var hasMoved = false
      while length >= 1e-10 {
        let (newA, newB) = (a + length * stepA, b + length * stepB)
        let newLoss = Self.loss(decisions, targets, newA, newB)
        if newLoss < loss + 1e-4 * length * descent {
          (a, b, loss) = (newA, newB, newLoss)
          hasMoved = true
          break
        }
        length /= 2
      }
      // Rounding hides any further progress.
      if !hasMoved { break }
    }
    slope = a
    offset = b
  }

  /// P(f).
  public func probability(_ decision: Double) -> Double {
    Self.probability(slope * decision + offset)
  }

  /// 1 / (1 + exp(z)) without overflow.
  private static func probability(_ z: Double) -> Double {
    z >= 0 ? exp(-z) / (1 + exp(-z)) : 1 / (1 + exp(z))
  }

  /// −Σ t log P + (1 − t) log(1 − P) without overflow.
  private static func loss(
    _ decisions: [Double], _ targets: [Double], _ a: Double, _ b: Double
  ) -> Double {
    var sum = 0.0
    for (f, t) in zip(decisions, targets) {
      let z = a * f + b
      sum += z >= 0 ? t * z + log1p(exp(-z)) : (t - 1) * z + log1p(exp(z))
    }
    return sum
  }
}
