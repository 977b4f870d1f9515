#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

extension RandomStream {
  /// A normal deviate of mean 0 and variance 1 (Marsaglia's polar method, one of each pair).
  public mutating func normal() -> Double {
    while true {
      let u = uniform(-1, 1)
      let v = uniform(-1, 1)
      let s = u * u + v * v
      if s > 0, s < 1 { return u * (-2 * log(s) / s).squareRoot() }
    }
  }

  /// A χ deviate: the length of a vector of `degrees` normal deviates, of which there must be one.
  ///
  /// The root of twice a gamma deviate (Marsaglia & Tsang, ACM Trans. Math. Softw. 26 (2000) 363,
  /// doi 10.1145/358407.358414).
  public mutating func chi(_ degrees: Int) -> Double {
    precondition(degrees > 0, "\(degrees) degrees of freedom")
    if degrees == 1 { return abs(normal()) }
    let d = Double(degrees) / 2 - 1 / 3.0
    let c = 1 / (9 * d).squareRoot()
    while true {
      let x = normal()
      let root = 1 + c * x
      guard root > 0 else { continue }
      let v = root * root * root
      // 1 − u lies in (0, 1], where a logarithm exists.
      if log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return (2 * d * v).squareRoot() }
    }
  }

  /// A deviate of the symmetric beta distribution, density ∝ x^(α−1) (1−x)^(α−1) in 0 … 1; 0 < α ≤ 1.
  ///
  /// Jöhnk's rejection (Metrika 8 (1964) 5, doi 10.1007/BF02613706): u^(1/α) over u^(1/α) + v^(1/α), where
  /// that sum is at most 1. By logarithms, as both powers may underflow.
  public mutating func beta(_ alpha: Double) -> Double {
    precondition(alpha > 0 && alpha <= 1, "a symmetric beta distribution of α = \(alpha)")
    while true {
      // 1 − u lies in (0, 1], where a logarithm exists.
      let (x, y) = (log(1 - uniform()) / alpha, log(1 - uniform()) / alpha)
      if exp(x) + exp(y) <= 1 { return 1 / (1 + exp(y - x)) }
    }
  }

  /// A Poisson deviate of the given mean (counts); 0 for a mean that is not positive.
  ///
  /// Below 10 by inversion (Knuth), above by transformed rejection PTRS (Hörmann, Insurance:
  /// Mathematics and Economics 12 (1993) 39, doi 10.1016/0167-6687(93)90997-4).
  public mutating func poisson(_ mean: Double) -> Int {
    guard mean > 0 else { return 0 }
    if mean < 10 {
      let limit = exp(-mean)
      var product = uniform()
      var count = 0
      while product > limit {
        product *= uniform()
        count += 1
      }
      return count
    }
    let root = mean.squareRoot()
    let b = 0.931 + 2.53 * root
    let a = -0.059 + 0.02483 * b
    let inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    let acceptance = 0.9277 - 3.6224 / (b - 2)
    while true {
      let u = uniform() - 0.5
      let v = uniform()
      let us = 0.5 - abs(u)
      let k = ((2 * a / us + b) * u + mean + 0.43).rounded(.down)
      if us >= 0.07, v <= acceptance { return Int(k) }
      if k < 0 || (us < 0.013 && v > us) { continue }
      let left = log(v) + log(inverseAlpha) - log(a / (us * us) + b)
      if left <= -mean + k * log(mean) - lgamma(k + 1) { return Int(k) }
    }
  }
}
