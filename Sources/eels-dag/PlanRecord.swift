import Preprocessing
import Spectra
import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// The plan in the record of a file that `preprocess` wrote.
enum PlanRecord {
  /// Reads it.
  ///
  /// Throws a ``Refusal`` when the file was not written by `preprocess`, or by one whose plans are
  /// not these.
  static func plan(of path: String) throws -> PreprocessPlan {
    let signal = try SpectrumFile(reading: path).spectra()
    guard case .object(let record)? = Provenance.record(in: signal.header.metadata),
      record["command"] == .string("preprocess"), let settings = record["settings"]
    else {
      throw Refusal(
        "\(path) does not say how it was preprocessed: give a file that 'eels-dag preprocess' wrote "
          + "with --like")
    }
    do {
      return try JSONDecoder().decode(
        PreprocessPlan.self, from: Data(JSONValue.text(settings).utf8))
    } catch {
      throw Refusal(
        "\(path) was preprocessed by a version of eels-dag with other settings: preprocess it again "
          + "before you use it with --like")
    }
  }
}
