internal import CSVM
internal import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The Gaussian kernel K(x, y) = exp(−γ |x − y|²) between all spectra of a set, as libsvm reads a kernel
/// that was worked out beforehand.
///
/// libsvm finds K(i, j) in row i at the serial number of j. So one n × n table serves the fits on any parts
/// of the set, of all folds and penalties, by several threads at once. It takes 16 bytes an entry.
final class KernelRows: @unchecked Sendable {
  /// The number of spectra.
  let count: Int
  private let nodes: UnsafeMutablePointer<svm_node>
  private var width: Int { count + 1 }

  /// Makes room for a set of `count` spectra.
  init(count: Int) {
    self.count = count
    nodes = .allocate(capacity: count * (count + 1))
    nodes.initialize(repeating: svm_node(), count: count * (count + 1))
  }

  deinit { nodes.deallocate() }

  /// Works out the kernel of a steepness γ; nothing may read the rows meanwhile.
  func fill(_ distances: SquaredDistances, steepness: Double, threads: Int) {
    precondition(
      distances.rowCount == count && distances.columnCount == count,
      "\(distances.rowCount) × \(distances.columnCount) distances for \(count) spectra")
    distances.values.withUnsafeBufferPointer { values in
      nonisolated(unsafe) let values = values
      concurrently(count, threads: threads) { i in
        let row = row(i)
        row[0] = svm_node(index: 0, value: Double(i + 1))
        for j in 0..<count {
          row[j + 1] = svm_node(
            index: Int32(truncatingIfNeeded: j + 1), value: exp(-steepness * values[i * count + j]))
        }
      }
    }
  }

  /// K between two spectra of the set.
  func value(_ first: Int, _ second: Int) -> Double { row(first)[second + 1].value }

  /// Row i as libsvm takes it: its serial number, then its kernel values.
  func row(_ i: Int) -> UnsafeMutablePointer<svm_node> { nodes + i * width }
}
