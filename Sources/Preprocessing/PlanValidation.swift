extension PreprocessPlan {
  /// Checks what a file's record may say wrongly, so that a damaged plan is neither followed in part
  /// nor taken for a programmer's mistake.
  ///
  /// - Throws: ``PreprocessError/damagedPlan(_:)``.
  public func validate() throws(PreprocessError) {
    try crop.validate("the crop", least: Preprocessor.leastChannels)
    if let background {
      try background.window.validate("the fit window", least: TwoAreaFit.leastChannels)
      if let exponents = background.fixedExponents {
        guard background.fit == .linearCombination, exponents.count == 2,
          exponents.allSatisfy(\.isFinite)
        else {
          throw .damagedPlan("exponents \(exponents) for the fit \(background.fit.rawValue)")
        }
      }
    }
    try alignment?.window.validate("the alignment's window", least: 2)
    if let components, !(1...crop.count).contains(components) {
      throw .damagedPlan("\(components) components of \(crop.count) channels")
    }
  }
}

extension PreprocessPlan.Channels {
  fileprivate func validate(_ name: String, least: Int) throws(PreprocessError) {
    guard count >= least else {
      throw .damagedPlan("\(name) has \(count) channels, fewer than \(least)")
    }
    guard first >= 0, count <= Int.max - first else {
      throw .damagedPlan("\(name) has \(count) channels from number \(first) on")
    }
    guard firstEnergy < lastEnergy, window != nil else {
      throw .damagedPlan("\(name) reaches from \(firstEnergy) to \(lastEnergy) eV")
    }
  }
}
