import Foundation
import LinearAlgebra
import Preprocessing
import Spectra
import TestSupport
import Testing

@Suite("Resampling to another energy axis")
struct EnergyResamplingTests {
  private let axis = UniformAxis(offset: 500, scale: 0.5, count: 60)

  private func polynomial(_ energy: Double) -> Double {
    let x = (energy - 515) / 10
    return 1 + x - 0.5 * x * x + 0.25 * x * x * x
  }

  private func spectrum(_ axis: UniformAxis) -> Matrix {
    Matrix(rows: 1, elements: axis.coordinates.map { Float(polynomial($0)) })
  }

  @Test(
    "A polynomial of degree 3 stays one, finer, coarser, shifted and cropped",
    arguments: [(500.0, 0.5, 60), (500.2, 0.3, 90), (505.1, 0.7, 30), (499.8, 0.5, 60)])
  func polynomial(offset: Double, scale: Double, count: Int) throws {
    let other = UniformAxis(offset: offset, scale: scale, count: count)
    let resampling = try #require(EnergyResampling(from: axis, to: other))
    expectClose(
      resampling(spectrum(axis)).elements.map(Double.init), other.coordinates.map(polynomial),
      absolute: 2e-5)
  }

  @Test("The same axis changes nothing")
  func identity() throws {
    let same = try #require(EnergyResampling(from: axis, to: axis))
    #expect(same(spectrum(axis)).elements == spectrum(axis).elements)
  }

  @Test("Energies that the spectra do not have are refused")
  func outside() {
    for other in [
      UniformAxis(offset: 499.7, scale: 0.5, count: 60),
      UniformAxis(offset: 500, scale: 0.51, count: 60),
    ] { #expect(EnergyResampling(from: axis, to: other) == nil) }
  }
}
