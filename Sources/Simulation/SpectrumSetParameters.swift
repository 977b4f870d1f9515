public import Spectra

/// A set of labelled spectra on one energy axis: classes that were measured in several acquisitions.
///
/// Every acquisition has its own error of the energy calibration, energy resolution, thickness and
/// dose, and holds the same share of every class. Within it spectra differ by shift, thickness,
/// dose, the share of other phases in the beam's path, and counting noise.
public struct SpectrumSetParameters: Sendable {
  /// One class of spectra.
  package struct SpectrumClass: Sendable {
    /// The name.
    package var name: String
    /// The number of spectra.
    package var count: Int
    /// What it is made of: an index in ``SpectrumSetParameters/materials``.
    var material: Int
    /// The phases that the beam also passes: every spectrum has one of them, each as likely.
    var neighbours: [Int]
    /// Their share of the relative thickness, uniform within these limits.
    var admixture: ClosedRange<Double>
    /// The electrons in the probe during the dwell time, the median over spectra; it sets the noise.
    package var electrons: Double
  }

  /// What the set is called.
  public package(set) var title: String
  /// A short name, good for a variable.
  public package(set) var shortName: String
  /// The elements.
  package var elements: [String]
  /// The energy-loss axis, eV.
  public package(set) var energyAxis: UniformAxis
  /// Where preprocessing fits the power law, eV.
  public package(set) var fitWindow: EnergyWindow
  /// The number of principal components that preprocessing keeps; nil for no denoising.
  public package(set) var components: Int?
  /// The phases.
  var materials: [Material]
  /// The classes.
  package var classes: [SpectrumClass]

  /// The number of acquisitions.
  package var acquisitionCount = 6
  // The values of the acquisitions are evenly spread over these ranges, in an order that the seed
  // decides for each range.
  /// The errors of the calibration: shifts of the energy scale, eV.
  package var calibrationErrors = -0.5...0.5
  /// The energy resolutions, eV full width at half maximum.
  package var resolutions = 0.7...1.2
  /// The relative thicknesses t/λ.
  package var thicknesses = 0.3...0.7
  /// The doses, relative.
  package var doses = 0.7...1.3

  // What differs between the spectra of an acquisition.
  /// The jitter of the energy scale, eV, standard deviation; the normal deviate is cut at 3.
  var shiftJitter = 0.12
  /// The relative thickness divided by the acquisition's, uniform within these limits.
  var thicknessSpread = 0.75...1.25
  /// The standard deviation of the logarithm of the dose; the normal deviate is cut at 3.
  var doseSpread = 0.4
  /// The camera.
  package var detector: Detector

  /// The number of spectra.
  public var spectrumCount: Int { classes.reduce(0) { $0 + $1.count } }

  /// Sets what differs between the classes of like sets: electrons, and the greatest share of other
  /// phases (the least is 0).
  mutating func setClasses(electrons: [Double], greatestAdmixture: [Double]) {
    for index in classes.indices {
      classes[index].electrons = electrons[index]
      classes[index].admixture = 0...greatestAdmixture[index]
    }
  }

  /// The largest shift possible, eV.
  var greatestShift: Double {
    max(abs(calibrationErrors.lowerBound), abs(calibrationErrors.upperBound)) + 3 * shiftJitter
  }
}
