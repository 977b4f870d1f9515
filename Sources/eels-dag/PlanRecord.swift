import Preprocessing
import Spectra
import SpectrumFiles

#if canImport(FoundationEssentials)
import FoundationEssentials
#else
import Foundation
#endif

/// What was done to a file that `preprocess` wrote, so that it can be done to another.
enum PlanRecord {
  /// The options that do it again: windows, settings and, when taken, the principal components.
  ///
  /// Throws a ``Refusal`` when the file was not written by `preprocess`, or by one whose plans are
  /// not these.
  static func options(
    like path: String, takingComponents: Bool
  ) throws -> PreprocessOptions {
    let signal = try SpectrumFile(reading: path).spectra()
    guard case .object(let record)? = Provenance.record(in: signal.header.metadata),
      record["command"] == .string("preprocess"), let settings = record["settings"]
    else {
      throw Refusal(
        "\(path) does not say how it was preprocessed: give a file that 'eels-dag preprocess' wrote "
          + "with --like")
    }
    let plan: PreprocessPlan
    do {
      plan = try JSONDecoder().decode(
        PreprocessPlan.self, from: Data(JSONValue.text(settings).utf8))
    } catch {
      throw Refusal(
        "\(path) was preprocessed by a version of eels-dag with other settings: preprocess it again "
          + "before you use it with --like")
    }
    var options: PreprocessOptions
    do {
      options = try PreprocessOptions(like: plan)
    } catch {
      throw Refusal("\(path): \(error)")
    }
    if takingComponents, let components = plan.components {
      guard let axis = signal.header.energyAxis,
        let results = try signal.learningResults(components: components)
      else {
        throw Refusal(
          "\(path) does not hold the principal components with which it was denoised: give the "
            + "number of components with --pca beside --like")
      }
      let pca = PCA(results)
      guard pca.isOrthonormal else {
        throw Refusal(
          "\(path) holds other components than those with which it was denoised, as after a new "
            + "decomposition in HyperSpy: give the number of components with --pca beside --like")
      }
      options.foreignComponents = PreprocessOptions.ForeignComponents(pca, axis: axis)
    }
    return options
  }
}
