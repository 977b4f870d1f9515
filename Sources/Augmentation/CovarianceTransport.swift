internal import Evaluation
package import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The linear map that turns one covariance into another and moves everything as little as it can.
///
/// Of all maps A with A Σ₁ Aᵀ = Σ₂ it is the one of least mean squared displacement,
/// A = Σ₁^(−½) (Σ₁^½ Σ₂ Σ₁^½)^½ Σ₁^(−½), symmetric and positive: optimal transport between normal
/// distributions (Olkin & Pukelsheim, Linear Algebra Appl. 48 (1982) 257, doi
/// 10.1016/0024-3795(82)90112-4). Directions in which Σ₁ has next to no variance stay as they are: what
/// does not vary cannot be stretched into what does.
package struct CovarianceTransport {
  /// A, order × order, row by row.
  package let map: [Double]

  /// Finds the map between two covariances, each order² numbers; nil if they are not finite.
  package init?(from first: [Double], to second: [Double], order: Int) {
    guard let system = SymmetricEigensystem(first, order: order) else { return nil }
    let count = system.values.count { $0 > Self.smallestShare * system.values[0] }
    guard count > 0 else {
      map = Self.identity(order)
      return
    }
    let roots = system.values.prefix(count).map { $0.squareRoot() }
    func vector(_ k: Int) -> ArraySlice<Double> { system.vectors[k * order..<(k + 1) * order] }
    // In the coordinates of Σ₁'s eigenvectors the inner matrix is Λ^½ (Vᵀ Σ₂ V) Λ^½.
    var inner = [Double](repeating: 0, count: count * count)
    for a in 0..<count {
      let image = (0..<order).map { j in
        zip(second[j * order..<(j + 1) * order], vector(a)).reduce(0) { $0 + $1.0 * $1.1 }
      }
      for b in 0..<count {
        inner[a * count + b] =
          roots[a] * roots[b] * zip(image, vector(b)).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    guard let square = SymmetricEigensystem(inner, order: count) else { return nil }
    var middle = [Double](repeating: 0, count: count * count)
    for k in 0..<count {
      let root = max(square.values[k], 0).squareRoot()
      for a in 0..<count {
        for b in 0..<count {
          middle[a * count + b] +=
            root * square.vectors[k * count + a] * square.vectors[k * count + b]
            / (roots[a] * roots[b])
        }
      }
    }
    var map = Self.identity(order)
    for i in 0..<order {
      for j in 0..<order {
        for a in 0..<count {
          let along = vector(a)
          let left = along[along.startIndex + i]
          map[i * order + j] -= left * along[along.startIndex + j]
          for b in 0..<count {
            let other = vector(b)
            map[i * order + j] += left * middle[a * count + b] * other[other.startIndex + j]
          }
        }
      }
    }
    self.map = map
  }

  /// Below this share of the largest variance a direction counts as one without any.
  private static let smallestShare = 1e-6

  private static func identity(_ order: Int) -> [Double] {
    (0..<order * order).map { $0 / order == $0 % order ? 1 : 0 }
  }

  /// The covariance of rows, n × order, around their own mean.
  package static func covariance(of rows: Matrix) -> [Double] {
    let order = rows.columnCount
    let mean = meanSpectrum(of: rows)
    var sums = [Double](repeating: 0, count: order * order)
    for i in 0..<rows.rowCount {
      let x = rows.row(i)
      for a in 0..<order {
        for b in 0..<order {
          sums[a * order + b] += (Double(x[a]) - mean[a]) * (Double(x[b]) - mean[b])
        }
      }
    }
    return sums.map { $0 / Double(rows.rowCount - 1) }
  }
}
