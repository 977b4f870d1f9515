import Spectra

extension MetadataTree {
  /// Says with which probe and spectrometer spectra were taken: those for which the cross-sections of
  /// ``Material`` hold, 200 keV, 12 mrad convergence and 30 mrad collection semi-angle.
  ///
  /// `beamCurrent` is in nA, `dwellTime` in s.
  mutating func describeMicroscope(beamCurrent: Double? = nil, dwellTime: Double? = nil) {
    let microscope = ["Acquisition_instrument", "TEM"]
    self[path: microscope + ["acquisition_mode"]] = .string("STEM")
    self[path: microscope + ["beam_energy"]] = .real(200)
    if let beamCurrent { self[path: microscope + ["beam_current"]] = .real(beamCurrent) }
    self[path: microscope + ["convergence_angle"]] = .real(12)
    let spectrometer = microscope + ["Detector", "EELS"]
    self[path: spectrometer + ["collection_angle"]] = .real(30)
    if let dwellTime { self[path: spectrometer + ["dwell_time"]] = .real(dwellTime) }
  }
}
