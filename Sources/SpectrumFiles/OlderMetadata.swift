internal import Spectra

extension MetadataTree {
  /// Brings the metadata of an older format version to today's names.
  ///
  /// 1.0 kept everything at the top level, 1.1 in `_internal_parameters`; 1.2 moved the microscope
  /// to `Acquisition_instrument`; 3.0 moved stage tilt and exposure. Where HyperSpy 2.5 puts the
  /// EELS entries of 1.1 into `Detector` itself, they go to `Detector/EELS` here, where HyperSpy
  /// looks for them.
  mutating func modernise(from version: FormatVersion) {
    if version < FormatVersion(major: 1, minor: 1) {
      move(["signal"], to: ["Signal", "signal_type"])
      move(["name"], to: ["General", "title"])
    }
    if version < FormatVersion(major: 1, minor: 2) {
      move(["_internal_parameters"], to: ["_HyperSpy"])
      move(["_HyperSpy", "stacking_history"], to: ["_HyperSpy", "Stacking_history"])
      move(["_HyperSpy", "folding"], to: ["_HyperSpy", "Folding"])
      move(["Variance_estimation"], to: ["Noise_properties", "Variance_linear_model"])
      for microscope in ["TEM", "SEM"] {
        let new = ["Acquisition_instrument", microscope]
        move([microscope], to: new)
        move(new + ["EDS"], to: new + ["Detector", "EDS"])
        guard self[path: new + ["EELS"]] != nil else { continue }
        let eels = new + ["Detector", "EELS"]
        move(new + ["EELS"], to: eels)
        for key in ["dwell_time", "dwell_time_units", "exposure", "exposure_units"] {
          move(new + [key], to: eels + [key])
        }
      }
      move(["Sample", "Xray_lines"], to: ["Sample", "xray_lines"])
      for key in ["title", "date", "time", "original_filename"] {
        move([key], to: ["General", key])
      }
      for key in ["record_by", "signal_origin", "signal_type"] { move([key], to: ["Signal", key]) }
    }
    if version < FormatVersion(major: 3, minor: 0) {
      for microscope in ["TEM", "SEM"] {
        let path = ["Acquisition_instrument", microscope]
        move(path + ["tilt_stage"], to: path + ["Stage", "tilt_alpha"])
        guard microscope == "TEM" else { continue }
        for key in ["exposure", "exposure_time"] {
          move(path + [key], to: path + ["Detector", "Camera", "exposure"])
        }
      }
    }
  }

  /// Moves a value; nothing happens when it is not there.
  private mutating func move(_ old: [String], to new: [String]) {
    guard let value = self[path: old] else { return }
    self[path: old] = nil
    self[path: new] = value
  }
}
