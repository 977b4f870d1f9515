import Spectra
import TestSupport
import Testing

/// Axes that follow an expression, against their values worked out by hand.
struct AxisExpressionTests {
  /// The coordinates of an axis with x = 1, 2, 3, a = 2 and b = -0.5.
  private func coordinates(_ expression: String) -> [Double]? {
    Axis(
      name: nil, units: nil, isNavigation: false,
      calibration: .function(
        expression: expression, parameters: ["a": 2, "b": -0.5],
        x: UniformAxis(offset: 1, scale: 1, count: 3))
    ).coordinates
  }

  @Test(arguments: [
    ("a*x**2+b", [1.5, 7.5, 17.5]), ("-x**2", [-1, -4, -9]), ("2**-x", [0.5, 0.25, 0.125]),
    ("2**x**2", [2, 16, 512]), ("x - 1 - 1", [-1, 0, 1]), ("12 / x / a", [6, 3, 2]),
    ("(x + 1) * -b", [1, 1.5, 2]), ("sqrt(x*x) + log(exp(1.5))", [2.5, 3.5, 4.5]),
    ("1.5e1 + .5*x", [15.5, 16, 16.5]), ("cos(pi) * abs(-x)", [-1, -2, -3]),
    ("+x", [1, 2, 3]), ("1e-3*x", [0.001, 0.002, 0.003]),
  ]) func `has Python's precedence`(expression: String, values: [Double]) throws {
    expectClose(try #require(coordinates(expression)), values, relative: 1e-14, expression)
  }

  @Test(arguments: [
    "", "x +", "c * x", "a x", "import(x)", "x = 1", "(x", "x)", "1..2", "sin x", "2 * * x",
    String(repeating: "(", count: 1000) + "x",
    String(repeating: "-", count: 100_000) + "x",
  ]) func `what is no expression of x and the parameters has no coordinates`(expression: String) {
    #expect(coordinates(expression) == nil)
  }
}
