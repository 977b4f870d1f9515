import Foundation
import Reporting
import TestSupport
import Testing

struct ScaleTests {
  @Test func `positions between the ends of an axis`() {
    #expect(Scale.linear.position(of: 640, in: 620...660) == 0.5)
    #expect(Scale.linear.position(of: 610, in: 620...660) == -0.25)
    expectClose(Scale.logarithmic.position(of: 10, in: 0.1...1000), 0.5, absolute: 1e-15)
    #expect(Scale.logarithmic.position(of: 0, in: 0.1...1000).isNaN)
  }

  @Test func `ranges cover what is finite and are never empty`() {
    let range = Scale.linear.range(covering: [1, .nan, 3, .infinity])
    #expect(range == 0.9...3.1)
    #expect(Scale.linear.range(covering: []) == 0...1)
    #expect(Scale.linear.range(covering: [7, 7]) == 6.65...7.35)
    #expect(Scale.linear.range(covering: [0, 0]) == -0.5...0.5)
    #expect(Scale.logarithmic.range(covering: [-1, .nan]) == 1...10)
    let ratio = Scale.logarithmic.range(covering: [0, 1, 100])
    expectClose([ratio.lowerBound, ratio.upperBound], [1 / 1.2589, 125.89], relative: 1e-4)
  }

  @Test func `pairs of values are placed in the frame`() {
    let box = Box(left: 50, top: 20, width: 400, height: 100)
    var axes = Axes(x: 600...700, y: -1...1)
    #expect(axes.place(600, -1, in: box) == Point(50, 120))
    #expect(axes.place(625, 0.5, in: box) == Point(150, 45))
    #expect(axes.place(700, 1, in: box) == Point(450, 20))
    axes.y = 1...100
    axes.yScale = .logarithmic
    #expect(axes.place(650, 10, in: box) == Point(250, 70))
  }

  @Test func `lines are in the file where their values belong, interrupted where there is none`()
    throws
  {
    let box = Box(left: 50, top: 20, width: 400, height: 100)
    var axes = Axes(x: 600...700, y: -1...1)
    axes.items = [
      .line(
        x: [600, 625, 650, 675, 700], y: [-1, 0.5, .nan, 0, 1], Stroke(Colour(1, 0, 0), 1))
    ]
    var figure = Figure(title: "", width: 480, height: 160)
    figure.plots = [(axes, box)]
    let contents = try SVGContents(figure.drawn(as: .svg).get())
    let red = contents.lines.filter {
      $0.style.replacing(" ", with: "").contains("rgb(100%,0%,0%)")
    }
    #expect(red.count == 1)
    let numbers = red.first?.data.split(separator: " ").compactMap { Double($0) } ?? []
    expectClose(numbers, [50, 120, 150, 45, 350, 70, 450, 20], absolute: 1e-3, "path")
    #expect(red.first?.data.filter { $0 == "M" }.count == 2)
  }
}
