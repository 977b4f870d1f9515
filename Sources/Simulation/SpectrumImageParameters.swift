import LinearAlgebra
public import Spectra

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// What the preset `si` simulates; every property starts with the preset's value.
public struct SpectrumImageParameters: Sendable, Equatable {
  /// The number of pixels along y.
  public var rows = 44
  /// The number of pixels along x.
  public var columns = 36
  /// The distance of neighbouring pixels, nm.
  public var pixelSize = 1.0
  /// The energy-loss axis, eV, with 460–525 eV before O K for the background fit.
  public var energyAxis = UniformAxis(offset: 460, scale: 0.25, count: 1360)
  /// The number type of the counts in a file: they are whole numbers from 0 to 65535 all the same.
  public var elementType = ElementType.uint16
  /// The energy resolution, eV full width at half maximum.
  public var energyResolution = 0.9
  /// The beam current, pA.
  public var beamCurrent = 100.0
  /// The dwell time of a pixel, s.
  public var dwellTime = 0.1
  /// The fluctuation of the beam current from pixel to pixel, relative standard deviation.
  public var beamNoise = 0.02
  /// The specimen.
  public var geometry = CoreShellGeometry()
  /// The drift of the energy scale during the scan.
  public var drift = EnergyDrift()
  /// The camera.
  public var detector = Detector()

  /// Creates the parameters of the preset; set what differs.
  public init() {}

  /// The electrons in the probe during the dwell time.
  public var electrons: Double { beamCurrent * 1e-12 * dwellTime / 1.602_176_634e-19 }
}

/// The drift of the spectrometer's energy scale while an image is scanned.
///
/// shift(u) = D·(u − ½) + W·sin(2π·3u) + J·N(0, 1) with u from 0 to 1 through the scan; the normal
/// deviate is cut at 4.
public struct EnergyDrift: Sendable, Equatable {
  /// D: the drift over the whole scan, eV.
  public var total = 0.4
  /// W: the amplitude of the slow wobble (power supply, room temperature), eV.
  public var wobble = 0.1
  /// J: the jitter from pixel to pixel, eV, standard deviation.
  public var jitter = 0.05

  /// Creates the drift of the preset `si`; set what differs.
  public init() {}

  /// The largest shift possible, eV.
  var greatestShift: Double { abs(total) / 2 + abs(wobble) + 4 * abs(jitter) }

  /// The shift at a point of the scan, eV.
  func shift(progress: Double, using stream: inout RandomStream) -> Double {
    total * (progress - 0.5) + wobble * sin(6 * .pi * progress)
      + jitter * min(max(stream.normal(), -4), 4)
  }
}
