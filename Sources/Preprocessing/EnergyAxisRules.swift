internal import Spectra

/// What a signal must be like to be preprocessed.
enum EnergyAxisRules {
  /// The energy axis of spectra, in eV and rising.
  ///
  /// Undefined units are taken for eV when the signal's type says that it is an EELS signal.
  static func axis(of header: SignalHeader) throws(PreprocessError) -> UniformAxis {
    guard header.signalAxes.count == 1 else {
      throw .notSpectra(signalAxes: header.signalAxes.count)
    }
    guard header.elementType.isReal else { throw .complexData }
    guard let axis = header.energyAxis else { throw .notUniform }
    guard axis.scale > 0, axis.scale.isFinite, axis.offset.isFinite else {
      throw .notAscending(scale: axis.scale)
    }
    guard header.energyStep != nil else {
      let units = header.signalAxes[0].units
      throw .notElectronVolts(units: units == "" || units == "<undefined>" ? nil : units)
    }
    guard axis.count >= Preprocessor.leastChannels else {
      throw .tooFewChannels(axis.count, least: Preprocessor.leastChannels)
    }
    guard header.spectrumCount > 0 else { throw .empty }
    return axis
  }

  /// The elements that the metadata list under `Sample.elements`.
  static func elements(of header: SignalHeader) -> [String] {
    switch header.metadata[path: ["Sample", "elements"]] {
    case .list(let members)?, .tuple(let members)?:
      members.compactMap { if case .string(let symbol) = $0 { symbol } else { nil } }
    case .string(let symbol)?: [symbol]
    default: []
    }
  }

  /// The largest value of an integer type as narrow as a detector's; nil for other types.
  static func detectorLimit(of type: ElementType) -> Double? {
    switch type {
    case .int8: 127
    case .uint8: 255
    case .int16: 32_767
    case .uint16: 65_535
    case .int32: 2_147_483_647
    case .uint32: 4_294_967_295
    default: nil
    }
  }
}
