/// What the beam passes through: atoms, their edges, and the smooth background they add.
///
/// Cross-sections are the hydrogenic ones (Egerton's SIGMAK3 and SIGMAL3, evaluated with exspy
/// 0.3.2) for 200 keV electrons, 12 mrad convergence and 30 mrad collection semi-angle: O K 27
/// barn/eV falling with (E/E₀)^−3.5, Mn L2,3 33 with (E/E₀)^−1.5, Fe L2,3 24 with (E/E₀)^−1. Mean
/// free paths for the same optics: Iakoubovskii et al., Microsc. Res. Tech. 71 (2008) 626, doi
/// 10.1002/jemt.20597, equation 9 with its angular correction, from the mass densities 5.18, 4.99
/// and 1.9 g/cm³ (magnetite, ferrite, carbon), 5.75, 5.37, 5.03 and 5.19 (FeO, MnO, Mn₂O₃, MnO₂).
package struct Material: Sendable {
  /// The edges in the window, each with its atoms per nm³.
  package var edges: [(edge: CoreLossEdge, density: Double)]
  /// The background at 500 eV, probability per eV of loss and nm of path.
  ///
  /// All that is not part of these edges: valence and outer-shell tails. For carbon the hydrogenic
  /// tail of C K; for the oxides chosen so that the peak-to-background ratios of thin oxides come
  /// out (O K about 1.3, Fe L3 about 2.5).
  package var background: Double
  /// The mean free path of inelastic scattering λ, nm.
  package var meanFreePath: Double

  /// Fe₃O₄, the core: 8 formula units in (0.8396 nm)³; one Fe in three is Fe²⁺.
  package static let magnetite = Material(
    edges: [
      (.oxygenK(prePeak: 3.0, shift: 0), 54.1),
      (.ironL23(ferrousShare: 1.0 / 3), 40.6),
    ], background: 6e-7, meanFreePath: 126)

  /// MnFe₂O₄, the shell: 8 formula units in (0.8499 nm)³; Mn²⁺, and all iron Fe³⁺.
  package static let manganeseFerrite = Material(
    edges: [
      (.oxygenK(prePeak: 2.2, shift: 0.4), 52.1),
      (.ironL23(ferrousShare: 0), 26.1),
      (.manganeseL23(.divalent), 13.0),
    ], background: 5.6e-7, meanFreePath: 127)

  /// FeO, wüstite: 4 formula units in (0.4307 nm)³, one iron site in 20 empty; taken as all Fe²⁺.
  package static let wustite = Material(
    edges: [
      (.oxygenK(prePeak: 1.0, shift: -1.0), 50.1),
      (.ironL23(ferrousShare: 1), 47.6),
    ], background: 6.6e-7, meanFreePath: 123)

  /// MnO, manganosite: 4 formula units in (0.4445 nm)³; Mn²⁺.
  package static let manganosite = Material(
    edges: [
      (.oxygenK(prePeak: 1.2, shift: 0), 45.5),
      (.manganeseL23(.divalent), 45.5),
    ], background: 6.2e-7, meanFreePath: 125)

  /// Mn₂O₃, bixbyite: 16 formula units in (0.9411 nm)³; Mn³⁺.
  package static let bixbyite = Material(
    edges: [
      (.oxygenK(prePeak: 3.6, shift: 0), 57.6),
      (.manganeseL23(.trivalent), 38.4),
    ], background: 5.8e-7, meanFreePath: 127)

  /// MnO₂, pyrolusite: 2 formula units in 0.4398² · 0.2873 nm³; Mn⁴⁺.
  package static let pyrolusite = Material(
    edges: [
      (.oxygenK(prePeak: 5.0, shift: -0.6), 72.0),
      (.manganeseL23(.tetravalent), 36.0),
    ], background: 6.0e-7, meanFreePath: 126)

  /// The amorphous carbon film under the particles.
  package static let amorphousCarbon = Material(edges: [], background: 1.5e-7, meanFreePath: 162)
}

extension CoreLossEdge {
  /// The O K edge of a spinel oxide: pre-peak (O 2p states mixed with metal 3d) at 530.4 eV, main
  /// peak at 540, two weaker ones at 546 and 563 eV.
  ///
  /// After Colliex, Manoubi & Ortiz, Phys. Rev. B 44 (1991) 11402, doi 10.1103/PhysRevB.44.11402.
  /// The pre-peak grows with the number of empty 3d states beside the oxygen.
  ///
  /// `prePeak` is its area, eV × continuum step; `shift` the chemical shift of all peaks, eV.
  static func oxygenK(prePeak: Double, shift: Double) -> CoreLossEdge {
    CoreLossEdge(
      crossSection: 27, decay: 3.5, steps: [Step(energy: 535.0 + shift, share: 1, width: 4)],
      lines: [
        Line(energy: 530.4 + shift, area: prePeak, bandWidth: 2.8, lifetimeWidth: 0.2),
        Line(energy: 539.9 + shift, area: 7.5, bandWidth: 5.2, lifetimeWidth: 0.2),
        Line(energy: 545.8 + shift, area: 1.6, bandWidth: 4.5, lifetimeWidth: 0.2),
        Line(energy: 563.0 + shift, area: 2.4, bandWidth: 8.5, lifetimeWidth: 0.2),
      ])
  }

  /// The Fe L2,3 edge of a mixture of Fe²⁺ (its share in all iron is given) and Fe³⁺.
  ///
  /// L3: Fe²⁺ 707.8 eV followed by 710.5 eV, Fe³⁺ 709.5 eV preceded by 708.0 eV (van Aken,
  /// Liebscher & Styrsa, Phys. Chem. Minerals 25 (1998) 323, doi 10.1007/s002690050122); L2 about
  /// 13 eV above. L3/L2 by area 4.0 for Fe²⁺ and 5.2 for Fe³⁺: both high spin, the d⁵ ion with the
  /// larger ratio.
  static func ironL23(ferrousShare: Double) -> CoreLossEdge {
    let ferrous = whiteLines(
      l3: [(707.8, 0.72), (710.5, 0.28)], l2: [(720.6, 0.6), (722.8, 0.4)], area: 23, ratio: 4.0)
    let ferric = whiteLines(
      l3: [(709.5, 0.74), (708.0, 0.26)], l2: [(721.6, 0.5), (723.6, 0.5)], area: 26, ratio: 5.2)
    let onset = 708.2 - 0.8 * ferrousShare
    return CoreLossEdge(
      crossSection: 24, decay: 1,
      steps: [
        Step(energy: onset, share: 2.0 / 3, width: 1.2),
        Step(energy: onset + 13, share: 1.0 / 3, width: 1.2),
      ],
      lines: scaled(ferrous, by: ferrousShare) + scaled(ferric, by: 1 - ferrousShare))
  }

  /// The oxidation state of manganese.
  enum ManganeseState {
    case divalent
    case trivalent
    case tetravalent
  }

  /// The Mn L2,3 edge of one oxidation state.
  ///
  /// | | L3 maximum | L2 maximum | L3/L2 by area | area of all lines |
  /// |---|---|---|---|---|
  /// | Mn²⁺ | 640.0 eV | 652.2 | 4.5 | 26 |
  /// | Mn³⁺ | 641.8 eV | 653.3 | 2.6 | 31 |
  /// | Mn⁴⁺ | 643.2 eV, and a second one at 641.2 | 654.2 | 2.0 | 36 |
  ///
  /// Order and spacing of the maxima and shapes of the multiplets after Garvie & Craven, Phys. Chem.
  /// Minerals 21 (1994) 191, doi 10.1007/BF00202132; the fall of L3/L2 with the oxidation state after
  /// Schmid & Mader, Micron 37 (2006) 426, doi 10.1016/j.micron.2005.12.004. The area (eV × continuum
  /// step) is proportional to the number of empty 3d states, 5, 6 and 7.
  static func manganeseL23(_ state: ManganeseState) -> CoreLossEdge {
    let lines: [Line]
    let onset: Double
    switch state {
    case .divalent:
      onset = 639.5
      lines = whiteLines(
        l3: [(640.0, 0.72), (641.7, 0.28)], l2: [(652.2, 0.6), (653.8, 0.4)], area: 26, ratio: 4.5)
    case .trivalent:
      onset = 641.0
      lines = whiteLines(
        l3: [(641.8, 0.56), (640.3, 0.24), (643.4, 0.2)], l2: [(653.3, 0.65), (651.7, 0.35)],
        area: 31, ratio: 2.6)
    case .tetravalent:
      onset = 642.0
      lines = whiteLines(
        l3: [(643.2, 0.62), (641.2, 0.38)], l2: [(654.2, 0.65), (652.4, 0.35)], area: 36, ratio: 2.0
      )
    }
    return CoreLossEdge(
      crossSection: 33, decay: 1.5,
      steps: [
        Step(energy: onset, share: 2.0 / 3, width: 1.2),
        Step(energy: onset + 12.5, share: 1.0 / 3, width: 1.2),
      ], lines: lines)
  }

  /// White lines of an L2,3 edge.
  ///
  /// The L2 lines are wider: an L2 hole also decays by a Coster–Kronig transition (lifetime widths
  /// about 0.4 and 1.0 eV for the 3d metals). `l3` and `l2` give the energies (eV) and shares of
  /// the multiplets' components; `area` is that of all lines, eV × continuum step, and `ratio` the
  /// area of L3 divided by that of L2.
  private static func whiteLines(
    l3: [(energy: Double, share: Double)], l2: [(energy: Double, share: Double)], area: Double,
    ratio: Double
  ) -> [Line] {
    l3.map {
      Line(
        energy: $0.energy, area: area * ratio / (1 + ratio) * $0.share, bandWidth: 1.5,
        lifetimeWidth: 0.4)
    }
      + l2.map {
        Line(
          energy: $0.energy, area: area / (1 + ratio) * $0.share, bandWidth: 2.0,
          lifetimeWidth: 1.0)
      }
  }

  private static func scaled(_ lines: [Line], by factor: Double) -> [Line] {
    lines.map {
      var line = $0
      line.area *= factor
      return line
    }
  }
}
