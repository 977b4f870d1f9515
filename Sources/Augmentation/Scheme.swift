extension DAGDesign {
  /// Which discriminators see which transformations; the first four are the paper's.
  public enum Scheme: String, Codable, Sendable, CaseIterable {
    /// One discriminator sees untransformed and T1 spectra.
    case singleMonoTrans = "Single-MonoTrans"
    /// Two discriminators: one sees untransformed spectra, one T1.
    case multiMonoTrans = "Multi-MonoTrans"
    /// One discriminator sees untransformed, T1 and T2 spectra.
    case singleBiTrans = "Single-BiTrans"
    /// Three discriminators: one sees untransformed spectra, one T1, one T2.
    case multiBiTrans = "Multi-BiTrans"
    /// One discriminator with a linear head of its own for untransformed, T1 and T2 spectra each
    /// (Tran et al., IEEE Trans. Image Process. 30 (2021) 1882, doi 10.1109/TIP.2021.3049346).
    case sharedHeads = "Shared-Heads"

    /// The views that each discriminator sees.
    package var discriminators: [[View]] {
      switch self {
      case .singleMonoTrans: [[.plain, .shifted]]
      case .multiMonoTrans: [[.plain], [.shifted]]
      case .singleBiTrans, .sharedHeads: [[.plain, .shifted, .noisy]]
      case .multiBiTrans: [[.plain], [.shifted], [.noisy]]
      }
    }

    /// All views, discriminator after discriminator.
    package var views: [View] { discriminators.flatMap(\.self) }

    /// Whether every view of a discriminator has a head of its own.
    var hasHeads: Bool { self == .sharedHeads }
  }
}
