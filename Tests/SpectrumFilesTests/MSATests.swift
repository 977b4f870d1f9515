import Foundation
import Spectra
import SpectrumFiles
import Testing

/// Spectra in text; Tests/Interop/test_microscope_files.py compares with HyperSpy.
@Suite struct MSATests {
  private static let head = """
    #FORMAT      : EMSA/MAS Spectral Data File
    #VERSION     : 1.0
    #TITLE       : NIO EELS OK SHELL
    #DATE        : 01-OCT-1991
    #TIME        : 12:00
    #OWNER       : EMSA/MAS TASK FORCE

    """

  private func open(_ text: String, _ body: (SpectrumFile) throws -> Void) throws {
    try Fixture.withPath("spectrum.msa") { path in
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      try body(SpectrumFile(reading: path))
    }
  }

  private func refusal(of text: String) throws -> SpectrumFileError? {
    try Fixture.withPath("spectrum.msa") { path in
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      do throws(SpectrumFileError) {
        _ = try SpectrumFile(reading: path)
        return nil
      } catch {
        return error
      }
    }
  }

  @Test func energiesBesideValues() throws {
    let text =
      Self.head + """
        #NPOINTS     : 4.
        #NCOLUMNS    : 1.
        #XUNITS      : eV
        #DATATYPE    : XY
        #XPERCHAN    : 3.1
        #OFFSET      : 520.13
        #SIGNALTYPE  : ELS
        #BEAMKV   -kV: 120.0
        #SPECTRUM    : Spectral Data Starts Here
        520.13, 4066.0
        523.23  3996.0
        526.33,3932.5
        529.43, -1e3
        #ENDOFDATA   : End Of Data and File

        """
    try open(text) { file in
      #expect(file.format == .msa(version: "1.0") && file.warnings.isEmpty)
      let signal = try file.spectra()
      #expect(signal.header.title == "NIO EELS OK SHELL" && signal.header.signalType == "EELS")
      #expect(
        signal.header.axes == [
          Axis(
            name: "", units: "eV", isNavigation: false, isBinned: true,
            calibration: .uniform(UniformAxis(offset: 520.13, scale: 3.1, count: 4)))
        ])
      #expect(try signal.readDoubles(0..<1) == [4066, 3996, 3932.5, -1000])
      #expect(try signal.read(0..<1).values == [4066, 3996, 3932.5, -1000])
      let metadata = signal.header.metadata
      #expect(metadata.number("Acquisition_instrument", "TEM", "beam_energy") == 120)
      #expect(metadata.string("Acquisition_instrument", "TEM", "beam_energy_units") == "kV")
      #expect(metadata.string("General", "date") == "1991-10-01")
      #expect(metadata.string("General", "time") == "12:00:00")
      #expect(signal.header.originalMetadata["BEAMKV   -kV"] == .real(120))
    }
  }

  @Test func valuesInRows() throws {
    let text = Self.head + "#DATATYPE: Y\n#SPECTRUM: \n1, 2, 3,\r\n 4. 5e2\r\n#ENDOFDATA: \n9, 9\n"
    try open(text) { file in
      let signal = try file.spectra()
      #expect(try signal.readDoubles(0..<1) == [1, 2, 3, 4, 500])
      #expect(signal.header.energyAxis == UniformAxis(offset: 0, scale: 1, count: 5))
    }
  }

  @Test func axisOfTheEnergiesWithoutKeywords() throws {
    let begin = Self.head + "#DATATYPE    : XY\n#SPECTRUM    : \n"
    try open(begin + "10, 1\n10.5, 2\n11, 3\n#ENDOFDATA   : \n") { file in
      let axis = try file.spectra().header.energyAxis
      #expect(axis == UniformAxis(offset: 10, scale: 0.5, count: 3))
    }
    try open(begin + "10, 1\n10.5, 2\n15, 3\n#ENDOFDATA   : \n") { file in
      let axis = try file.spectra().header.signalAxes[0]
      #expect(axis.calibration == .points([10, 10.5, 15]))
    }
  }

  @Test func whatContradictsItselfIsSaid() throws {
    let text =
      Self.head + """
        #NPOINTS     : 5
        #DATATYPE    : XY
        #XPERCHAN    : 1
        #OFFSET      : 0
        #SPECTRUM    :
        100, 1
        101, 2
        #ENDOFDATA   :

        """
    try open(text) { file in
      #expect(file.warnings.count == 2, "\(file.warnings)")
      #expect(file.warnings.contains { $0.contains("NPOINTS says 5 values where there are 2") })
      #expect(file.warnings.contains { $0.contains("stray") })
    }
  }

  @Test func broken() throws {
    let begin = Self.head + "#NPOINTS     : 3\n#DATATYPE    : Y\n#SPECTRUM    : \n"
    let cut = try #require(try refusal(of: begin + "1,\n2,\n"))
    #expect(cut.kind == .truncated && cut.description.contains("2 of 3 values"))
    let words = try #require(try refusal(of: begin + "1,\ntwo,\n3,\n#ENDOFDATA   : \n"))
    #expect(
      words.kind == .damaged && words.description.contains("line 11 is no row of numbers: two"))
    let empty = try #require(try refusal(of: Self.head + "#SPECTRUM    : \n#ENDOFDATA   : \n"))
    #expect(empty.kind == .unsupported && empty.description.contains("holds no values"))
    let pairs = try #require(
      try refusal(of: Self.head + "#DATATYPE    : XY\n#SPECTRUM    : \n1, 2, 3\n#ENDOFDATA   : \n"))
    #expect(pairs.description.contains("no value beside every energy"))
  }

  @Test func mutants() throws {
    let whole = Array(
      (Self.head + "#NPOINTS     : 3\n#DATATYPE    : XY\n#XPERCHAN    : 1\n#SPECTRUM    : \n"
        + "1, 2\n2, 3\n3, 4\n#ENDOFDATA   : \n").utf8)
    var state: UInt64 = 5
    func random(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    var read = 0
    try Fixture.withPath("mutant.msa") { path in
      for _ in 0..<400 {
        var bytes = whole
        for _ in 0...random(4) { bytes[random(bytes.count)] = UInt8(random(256)) }
        if random(4) == 0 { bytes.removeLast(random(bytes.count)) }
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        do throws(SpectrumFileError) {
          _ = try SpectrumFile(reading: path).spectra().read(0..<1)
          read += 1
        } catch {
          #expect(error.description.contains(path), "\(error)")
        }
      }
    }
    #expect(read > 50 && read < 400)
  }
}
