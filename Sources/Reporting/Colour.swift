/// A colour in sRGB; every component lies in 0…1.
package struct Colour: Sendable, Equatable {
  /// The share of red.
  package var red: Double
  /// The share of green.
  package var green: Double
  /// The share of blue.
  package var blue: Double
  /// 1 covers what lies below, 0 is invisible.
  package var opacity: Double

  /// Creates a colour.
  package init(_ red: Double, _ green: Double, _ blue: Double, opacity: Double = 1) {
    self.red = red
    self.green = green
    self.blue = blue
    self.opacity = opacity
  }

  /// Real data: the blue of a palette that people with any colour vision can tell apart.
  ///
  /// M. Okabe and K. Ito, *Color Universal Design* (2008); B. Wong, Nature Methods 8, 441 (2011).
  package static let real = Colour(0, 0.447, 0.698)
  /// Synthetic data: the vermilion of the same palette.
  package static let synthetic = Colour(0.835, 0.369, 0)
  /// Text and axes.
  package static let ink = Colour(0.15, 0.15, 0.15)
  /// What stands back: thin lines, zero lines, missing values.
  package static let grey = Colour(0.55, 0.55, 0.55)
  /// The paper.
  package static let white = Colour(1, 1, 1)

  /// The colours of the palette of ``real`` in the order in which classes take them.
  private static let palette = [
    real, Colour(0.902, 0.624, 0), Colour(0, 0.620, 0.451), Colour(0.8, 0.475, 0.655),
    Colour(0.337, 0.706, 0.914), synthetic, Colour(0.941, 0.894, 0.259), Colour(0, 0, 0),
  ]

  /// The colour of one of `count` things that must not be taken for each other.
  ///
  /// Of the palette of Okabe and Ito; of more things than that has, equal steps of ``ColourMap``, which
  /// differ in their luminance.
  package static func distinct(_ number: Int, of count: Int) -> Colour {
    if count <= palette.count { return palette[number] }
    return ColourMap.colour(Double(number) / Double(count - 1))
  }

  /// The same colour, more or less transparent.
  package func faded(_ opacity: Double) -> Colour {
    Colour(red, green, blue, opacity: opacity)
  }

  /// The relative luminance Y of the colour in CIE XYZ (IEC 61966-2-1, sRGB): 0 black, 1 white.
  package var luminance: Double {
    0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
  }

  /// The colour as 0xRRGGBB, components rounded to the nearest of 256 steps.
  package var packed: UInt32 {
    func byte(_ component: Double) -> UInt32 { UInt32(min(max(component, 0), 1) * 255 + 0.5) }
    return byte(red) << 16 | byte(green) << 8 | byte(blue)
  }

  private static func linear(_ component: Double) -> Double {
    component <= 0.04045 ? component / 12.92 : power((component + 0.055) / 1.055, 2.4)
  }
}
