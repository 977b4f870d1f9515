import LinearAlgebra

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// Core–shell particles in a square array on a carbon film, seen along the beam.
///
/// Core and shell are concentric spheres. At distance ρ from the axis of a particle the beam passes
/// 2·√(R² − ρ²) of a sphere of radius R (nothing beyond it), so that the core's path is the chord
/// of the core and the shell's the chord of the particle less that of the core. One particle lies
/// in every cell of the array, its radius and its place within the cell at random.
public struct CoreShellGeometry: Sendable, Equatable {
  /// The height (y) of a cell, nm.
  public var cellHeight = 44.0
  /// The width (x) of a cell, nm.
  public var cellWidth = 36.0
  /// The outer radius of the particles, nm.
  public var radius = 16.0...17.0
  /// The radius of the core divided by the outer radius.
  public var coreFraction = 0.76
  /// The mean thickness of the carbon film, nm.
  public var supportThickness = 12.0
  /// The relative amplitude of the film's thickness waves (two crossing ones of 53 and 39 nm).
  public var supportVariation = 0.12
  /// The least path through a particle that gives a pixel a class, nm.
  public var leastLabelledPath = 8.0

  /// Creates the geometry of the preset `si`; set what differs.
  public init() {}

  /// Paths of the beam at one position, nm.
  public struct Paths: Sendable, Equatable {
    /// Through the core.
    public var core: Double
    /// Through the shell, above and below the core.
    public var shell: Double
    /// Through the film.
    public var support: Double
  }

  /// The paths at a position in nm, for the specimen's stream (every cell has its own split of it).
  func paths(y: Double, x: Double, stream: RandomStream) -> Paths {
    let row = (y / cellHeight).rounded(.down)
    let column = (x / cellWidth).rounded(.down)
    var dice = stream.split(UInt64(row)).split(UInt64(column))
    let radius = dice.uniform(self.radius.lowerBound, self.radius.upperBound)
    let slackY = max(cellHeight / 2 - radius, 0)
    let slackX = max(cellWidth / 2 - radius, 0)
    let offsetY = y - (row + 0.5) * cellHeight - dice.uniform(-slackY, slackY)
    let offsetX = x - (column + 0.5) * cellWidth - dice.uniform(-slackX, slackX)
    let squared = offsetY * offsetY + offsetX * offsetX
    let whole = chord(radius, squared)
    let core = chord(radius * coreFraction, squared)
    return Paths(core: core, shell: whole - core, support: support(y: y, x: x))
  }

  /// The class of a position: 0 where the beam passes more core than shell, 1 where it passes more
  /// shell, -1 where it passes less than ``leastLabelledPath`` of both together.
  func label(_ paths: Paths) -> Int32 {
    if paths.core + paths.shell < leastLabelledPath { return -1 }
    return paths.core > paths.shell ? 0 : 1
  }

  private func chord(_ radius: Double, _ squaredDistance: Double) -> Double {
    2 * max(radius * radius - squaredDistance, 0).squareRoot()
  }

  private func support(y: Double, x: Double) -> Double {
    let waves = sin(2 * .pi * (0.8 * y + 0.6 * x) / 53) + sin(2 * .pi * (0.5 * y - 0.87 * x) / 39)
    return supportThickness * (1 + supportVariation * waves / 2)
  }
}
