internal import CSVM

/// A support vector machine for two classes: f(x) = Σ cᵢ K(xᵢ, x) − ρ, above 0 for the first one.
///
/// The solution of the dual problem (Cortes & Vapnik, Mach. Learn. 20 (1995) 273) by libsvm (Chang & Lin,
/// ACM Trans. Intell. Syst. Technol. 2 (2011) 27): with yᵢ = ±1 and cᵢ = yᵢ αᵢ, least
/// ½ Σ cᵢ cⱼ Kᵢⱼ − Σ αᵢ under Σ cᵢ = 0 and 0 ≤ αᵢ ≤ the penalty of the class.
struct PairMachine {
  /// The spectra with αᵢ > 0, their numbers in the set of the kernel; those of the first class come first.
  let supports: [Int]
  /// Their cᵢ.
  let coefficients: [Double]
  /// ρ.
  let offset: Double

  /// Solves the problem of the spectra `first` and `second` of a set, until no pair of them violates
  /// the condition of optimality by more than `tolerance`.
  init(
    _ kernel: KernelRows, first: [Int], second: [Int], penalties: (Double, Double),
    tolerance: Double
  ) {
    precondition(
      !first.isEmpty && !second.isEmpty, "\(first.count) spectra against \(second.count)")
    Self.silenced
    let members = first + second
    var rows: [UnsafeMutablePointer<svm_node>?] = members.map { kernel.row($0) }
    var signs = [Double](repeating: 1, count: first.count)
    signs += [Double](repeating: -1, count: second.count)
    var labels: [Int32] = [1, -1]
    var weights = [penalties.0, penalties.1]
    var model: UnsafeMutablePointer<svm_model>?
    rows.withUnsafeMutableBufferPointer { rows in
      signs.withUnsafeMutableBufferPointer { signs in
        labels.withUnsafeMutableBufferPointer { labels in
          weights.withUnsafeMutableBufferPointer { weights in
            var problem = svm_problem()
            problem.l = Int32(members.count)
            problem.y = signs.baseAddress
            problem.x = rows.baseAddress
            var parameters = svm_parameter()
            parameters.svm_type = Int32(bitPattern: UInt32(C_SVC))
            parameters.kernel_type = Int32(bitPattern: UInt32(PRECOMPUTED))
            parameters.cache_size = 200
            parameters.eps = tolerance
            parameters.C = 1
            parameters.nr_weight = 2
            parameters.weight_label = labels.baseAddress
            parameters.weight = weights.baseAddress
            parameters.shrinking = 1
            model = svm_train(&problem, &parameters)
          }
        }
      }
    }
    guard let solved = model?.pointee else { preconditionFailure("libsvm gave no machine") }
    let count = Int(solved.l)
    supports = (0..<count).map { members[Int(solved.sv_indices[$0]) - 1] }
    coefficients = count == 0 ? [] : (0..<count).map { solved.sv_coef[0]?[$0] ?? 0 }
    offset = solved.rho[0]
    svm_free_and_destroy_model(&model)
  }

  /// f of a spectrum of the kernel's set.
  func decision(_ kernel: KernelRows, _ spectrum: Int) -> Double {
    var sum = -offset
    for (support, coefficient) in zip(supports, coefficients) {
      sum += coefficient * kernel.value(spectrum, support)
    }
    return sum
  }

  /// libsvm reports its progress on standard output unless it is given something else to do.
  private static let silenced: Void = svm_set_print_string_function { _ in }
}
