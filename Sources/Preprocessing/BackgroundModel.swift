#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The background of one spectrum by any of the methods, with its error.
enum BackgroundModel {
  /// One power law.
  case law(FittedPowerLaw)
  /// Two of them.
  case combination(FittedCombination)

  /// The power laws whose sum it is.
  var laws: [PowerLawBackground] {
    switch self {
    case .law(let fitted): [fitted.background]
    case .combination(let fitted): [fitted.first, fitted.second]
    }
  }

  /// Pearson's χ² of the window over its degrees of freedom.
  var dispersion: Double {
    switch self {
    case .law(let fitted): fitted.dispersion
    case .combination(let fitted): fitted.dispersion
    }
  }

  /// The variance of B over B² at an energy in eV, for counts whose variance is their mean.
  func relativeVariance(at energy: Double) -> Double {
    switch self {
    case .law(let fitted): fitted.error.relativeVariance(at: energy)
    case .combination(let fitted): fitted.relativeVariance(at: energy)
    }
  }

  /// The variance of the exponent for counts whose variance is their mean; 0 for given exponents.
  var exponentVariance: Double {
    switch self {
    case .law(let fitted): fitted.error.exponentVariance
    case .combination: 0
    }
  }

  /// The one power law that has its value and its slope, d ln B/d ln E = −r, at an energy in eV.
  func background(at energy: Double) -> PowerLawBackground {
    switch self {
    case .law(let fitted): return fitted.background
    case .combination(let fitted):
      let (first, second) = (fitted.first.density(at: energy), fitted.second.density(at: energy))
      let exponent =
        (first * fitted.first.exponent + second * fitted.second.exponent) / (first + second)
      return PowerLawBackground(
        coefficient: (first + second) * pow(energy, exponent), exponent: exponent)
    }
  }
}

extension BackgroundRemoval {
  /// A way to fit one spectrum.
  struct Method {
    /// The two-area fit, which also lays given exponents through a spectrum's counts.
    let areas: TwoAreaPowerLaw
    /// True when exponents always come from local averages.
    let isLocal: Bool
    /// A spectrum's own fit; nil when it failed.
    let fit: @Sendable (UnsafePointer<Float>) -> BackgroundModel?

    init(
      _ wish: PreprocessOptions.BackgroundFit, window: FitWindow,
      exponents: (first: Double, second: Double)?
    ) {
      let areas = TwoAreaPowerLaw(window: window)
      self.areas = areas
      isLocal = wish == .localAverage
      switch wish {
      case .twoArea, .localAverage: fit = { areas.fit($0).map(BackgroundModel.law) }
      case .leastSquares:
        let squares = LeastSquaresPowerLaw(window: window)
        fit = { squares.fit($0).map(BackgroundModel.law) }
      case .poisson:
        let likelihood = PoissonPowerLaw(window: window)
        fit = { likelihood.fit($0).map(BackgroundModel.law) }
      case .linearCombination:
        guard let exponents else { preconditionFailure("no exponents to combine") }
        let combination = PowerLawCombination(window: window, exponents: exponents)
        fit = { combination.fit($0).map(BackgroundModel.combination) }
      }
    }
  }
}
