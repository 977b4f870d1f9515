/// Onset energies of the ionisation edges between 40 and 3000 eV on which quantification rests: K,
/// L3 and M5.
///
/// Values in eV after Egerton, Electron Energy-Loss Spectroscopy in the Electron Microscope, 3rd ed.
/// (2011), appendix D, and Ahn & Krivanek, EELS Atlas (Gatan 1983). Chemical shifts move an onset by
/// some eV, pre-peaks of K edges lie below it.
public enum EdgeOnsets {
  /// An edge of an element.
  public struct Edge: Sendable, Equatable, Codable, CustomStringConvertible {
    /// The element's symbol.
    public var element: String
    /// The shell: `K`, `L3` or `M5`.
    public var shell: String
    /// The onset energy, eV.
    public var energy: Double

    /// For example `O K (532 eV)`.
    public var description: String { "\(element) \(shell) (\(decimal(energy)) eV)" }
  }

  /// The edges of an element by rising energy; none for a symbol that is not in the tables.
  public static func edges(of element: String) -> [Edge] {
    [("K", kShell), ("L3", l3Shell), ("M5", m5Shell)]
      .compactMap { shell, table in
        table[element].map { Edge(element: element, shell: shell, energy: $0) }
      }
      .sorted { $0.energy < $1.energy }
  }

  /// The edges of all elements within `tolerance` (eV) of an energy, nearest first; those at the same
  /// distance by symbol.
  public static func edges(near energy: Double, tolerance: Double) -> [Edge] {
    let symbols = Set(kShell.keys).union(l3Shell.keys).union(m5Shell.keys)
    return symbols.sorted().flatMap(edges(of:))
      .filter { abs($0.energy - energy) <= tolerance }
      .sorted { (abs($0.energy - energy), $0.element) < (abs($1.energy - energy), $1.element) }
  }

  private static let kShell: [String: Double] = [
    "Li": 55, "Be": 111, "B": 188, "C": 284, "N": 401, "O": 532, "F": 685, "Ne": 867, "Na": 1072,
    "Mg": 1305, "Al": 1560, "Si": 1839, "P": 2146, "S": 2472, "Cl": 2822,
  ]

  private static let l3Shell: [String: Double] = [
    "Mg": 51, "Al": 73, "Si": 99, "P": 132, "S": 165, "Cl": 200, "Ar": 245, "K": 294, "Ca": 346,
    "Sc": 402, "Ti": 456, "V": 513, "Cr": 575, "Mn": 640, "Fe": 708, "Co": 779, "Ni": 855,
    "Cu": 931, "Zn": 1020, "Ga": 1115, "Ge": 1217, "As": 1323, "Se": 1436, "Br": 1550, "Kr": 1675,
    "Rb": 1804, "Sr": 1940, "Y": 2080, "Zr": 2222, "Nb": 2371, "Mo": 2520, "Tc": 2677,
  ]

  private static let m5Shell: [String: Double] = [
    "Kr": 89, "Rb": 110, "Sr": 134, "Y": 160, "Zr": 181, "Nb": 202, "Mo": 227, "Tc": 253, "Ru": 279,
    "Rh": 308, "Pd": 335, "Ag": 367, "Cd": 404, "In": 443, "Sn": 485, "Sb": 528, "Te": 572,
    "I": 620, "Xe": 672, "Cs": 726, "Ba": 781, "La": 832, "Ce": 883, "Pr": 931, "Nd": 978,
    "Pm": 1027, "Sm": 1080, "Eu": 1131, "Gd": 1185, "Tb": 1241, "Dy": 1295, "Ho": 1351, "Er": 1409,
    "Tm": 1468,
    "Yb": 1528, "Lu": 1588, "Hf": 1662, "Ta": 1735, "W": 1809, "Re": 1883, "Os": 1960, "Ir": 2040,
    "Pt": 2122, "Au": 2206, "Hg": 2295, "Tl": 2389, "Pb": 2484, "Bi": 2580, "Po": 2683, "At": 2787,
    "Rn": 2892, "Fr": 3000,
  ]
}

/// A number in as few digits as tell it to a tenth.
func decimal(_ value: Double) -> String {
  let tenths = (value * 10).rounded() / 10
  return tenths == tenths.rounded() && abs(tenths) < 1e15 ? String(Int(tenths)) : String(tenths)
}
