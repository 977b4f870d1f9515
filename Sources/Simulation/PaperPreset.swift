import Spectra

/// Sets shaped like the published ones: same classes, numbers of spectra, energies and channels.
///
/// The publication ("the paper"): del-Pozo-Bueno et al., Microsc. Microanal. 30 (2024) 278, doi
/// 10.1093/mam/ozae014.
///
/// The doses are chosen so that the preprocessed spectra have the signal-to-noise ratios of the
/// paper's Table 2: the mean over all channels of mean/std, both taken across the spectra of a class.
/// How much of the neighbouring phases is mixed in is chosen so that a support-vector machine confuses
/// about as many spectra as in a like set: some, but few.
public enum PaperPreset: String, Sendable, CaseIterable {
  /// White lines: FeO and Fe₃O₄ at Fe L2,3; MnO, Mn₂O₃ and MnO₂ at Mn L2,3.
  case wl
  /// Wüstite and magnetite: O K and Fe L2,3.
  case w
  /// The same at the O K edge alone.
  case k
  /// Magnetite core and Mn-ferrite shell: Mn and Fe L2,3, denoised by PCA.
  case mf

  /// What the preset simulates: one set an energy axis.
  public var sets: [SpectrumSetParameters] {
    switch self {
    case .wl: [Self.ironWhiteLines, Self.manganeseWhiteLines]
    case .w: [Self.ironOxides]
    case .k: [Self.oxygenEdges]
    case .mf: [Self.ferrites]
    }
  }

  private static var ironWhiteLines: SpectrumSetParameters {
    var set = ironOxides
    set.title = "Simulated Fe L2,3 of iron oxides"
    set.shortName = "fe"
    set.energyAxis = UniformAxis(offset: 612.5, scale: 0.25, count: 700)
    set.fitWindow = window(640, 696)
    set.setClasses(electrons: [1.75e7, 9.5e7], greatestAdmixture: [0.58, 0.54])
    set.doses = 0.6...1.4
    set.doseSpread = 0.5
    return set
  }

  private static var manganeseWhiteLines: SpectrumSetParameters {
    let classes = [
      ("MnO", 992, [1], 2.6e7), ("Mn2O3", 841, [0, 2], 7.6e7), ("MnO2", 1260, [1], 1.12e8),
    ]
    var set = SpectrumSetParameters(
      title: "Simulated Mn L2,3 of manganese oxides", shortName: "mn", elements: ["Mn", "O"],
      energyAxis: UniformAxis(offset: 615, scale: 0.1, count: 700), fitWindow: window(616, 634),
      materials: [.manganosite, .bixbyite, .pyrolusite],
      classes: classes.enumerated().map { index, item in
        .init(
          name: item.0, count: item.1, material: index, neighbours: item.2, admixture: 0...0.5,
          electrons: item.3)
      }, detector: camera)
    set.doses = 0.6...1.4
    set.doseSpread = 0.5
    return set
  }

  /// FeO particles have an oxidised shell, Fe₃O₄ ones a reduced remainder.
  private static var ironOxides: SpectrumSetParameters {
    var set = SpectrumSetParameters(
      title: "Simulated O K and Fe L2,3 of iron oxides", shortName: "s", elements: ["Fe", "O"],
      energyAxis: UniformAxis(offset: 460, scale: 0.25, count: 1360), fitWindow: window(465, 524),
      materials: [.wustite, .magnetite],
      classes: [
        .init(
          name: "FeO", count: 2744, material: 0, neighbours: [1], admixture: 0...0, electrons: 0),
        .init(
          name: "Fe3O4", count: 1350, material: 1, neighbours: [0], admixture: 0...0, electrons: 0),
      ], detector: camera)
    set.setClasses(electrons: [1.4e7, 6.2e7], greatestAdmixture: [0.55, 0.53])
    return set
  }

  private static var oxygenEdges: SpectrumSetParameters {
    var set = ironOxides
    set.title = "Simulated O K of iron oxides"
    set.energyAxis.count = 600
    set.setClasses(electrons: [1.2e7, 6.8e7], greatestAdmixture: [0.55, 0.52])
    return set
  }

  /// The core is seen through the shell above and below it; the shell is thin at the rim, so that it
  /// scatters less.
  private static var ferrites: SpectrumSetParameters {
    var set = SpectrumSetParameters(
      title: "Simulated Mn and Fe L2,3 of ferrites", shortName: "s",
      elements: ["Fe", "Mn", "O"],
      energyAxis: UniformAxis(offset: 580, scale: 0.1, count: 2048), fitWindow: window(590, 620),
      components: 10, materials: [.magnetite, .manganeseFerrite],
      classes: [
        .init(
          name: "core", count: 1415, material: 0, neighbours: [1], admixture: 0.1...0.5,
          electrons: 5.5e7),
        .init(
          name: "shell", count: 1043, material: 1, neighbours: [0], admixture: 0...0.5,
          electrons: 5.5e6),
      ], detector: camera)
    set.calibrationErrors = -0.4...0.4
    set.thicknesses = 0.45...0.55
    set.thicknessSpread = 0.85...1.15
    set.doses = 0.9...1.1
    set.doseSpread = 0.15
    return set
  }

  /// A camera without hits and lost read-outs: such spectra would not be in a labelled set.
  private static var camera: Detector {
    var camera = Detector()
    camera.spikeProbability = 0
    camera.deadProbability = 0
    return camera
  }

  private static func window(_ lower: Double, _ upper: Double) -> EnergyWindow {
    guard let window = EnergyWindow(lower: lower, upper: upper) else {
      preconditionFailure("window \(lower):\(upper)")
    }
    return window
  }
}
