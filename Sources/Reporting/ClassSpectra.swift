/// The real and the synthetic spectra of one class, for the plots that compare them.
public struct ClassSpectra: Sendable {
  /// The class's name.
  public let name: String
  /// The energy loss of every channel in eV: evenly spaced, rising.
  public let energies: [Double]
  /// The real spectra one after the other, each of `energies.count` channels.
  public let real: [Float]
  /// The synthetic spectra one after the other, each of `energies.count` channels.
  public let synthetic: [Float]

  /// Creates the pair; both sets must hold at least one whole spectrum.
  ///
  /// Values that are not finite leave gaps in lines and are grey in maps.
  public init(name: String, energies: [Double], real: [Float], synthetic: [Float]) {
    precondition(
      energies.count >= 2 && energies[1] > energies[0],
      "\(energies.count) energies that do not rise")
    precondition(
      !real.isEmpty && real.count % energies.count == 0 && !synthetic.isEmpty
        && synthetic.count % energies.count == 0,
      "\(real.count) real and \(synthetic.count) synthetic values for \(energies.count) channels")
    self.name = name
    self.energies = energies
    self.real = real
    self.synthetic = synthetic
  }

  /// What the horizontal axis covers: from the first channel's lower edge to the last one's upper
  /// edge.
  var energyRange: ClosedRange<Double> {
    let half = (energies[energies.count - 1] - energies[0]) / Double(energies.count - 1) / 2
    return (energies[0] - half)...(energies[energies.count - 1] + half)
  }
}
