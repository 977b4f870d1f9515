/// Why generators could not be trained; each description is a sentence that says what to do.
public enum TrainingError: Error, Equatable, CustomStringConvertible {
  /// There is no class at all.
  case noClasses
  /// Two classes have the same name.
  case duplicateName(String)
  /// A class has too few spectra.
  case tooFewSpectra(name: String, count: Int, minimum: Int)
  /// The spectra have too few channels.
  case tooFewChannels(name: String, count: Int, minimum: Int)
  /// Classes have different numbers of channels.
  case differentChannels(name: String, count: Int, others: Int)
  /// A spectrum holds a value that is not finite.
  case notFinite(name: String, spectrum: Int)
  /// A spectrum's maximum is not near 1.
  case notNormalised(name: String, spectrum: Int, maximum: Float)
  /// A class's spectra are copies of each other, or straight lines.
  case nothingToLearn(name: String)
  /// A measure of a class's spectra is not finite.
  case notComparable(name: String)
  /// The design holds a value that makes no sense.
  case unusableDesign(String)
  /// A class cannot start from the generator that it is given.
  case unusableStart(name: String, reason: String)
  /// A number became infinite or NaN during training.
  case diverged(name: String, iteration: Int, tensor: String)

  /// The sentence.
  public var description: String {
    switch self {
    case .noClasses: "There are no spectra to train on."
    case .duplicateName(let name):
      "Two classes are named “\(name)”; give every class its own name."
    case .tooFewSpectra(let name, let count, let minimum):
      "Class “\(name)” has \(count == 1 ? "1 spectrum" : "\(count) spectra") and needs at least \(minimum). "
        + "Add some, or leave the class out (label -1)."
    case .tooFewChannels(let name, let count, let minimum):
      "The spectra of class “\(name)” have \(count) channels; a generator needs at least "
        + "\(minimum). Choose a wider energy window."
    case .differentChannels(let name, let count, let others):
      "The spectra of class “\(name)” have \(count) channels, those of other classes \(others); "
        + "bring them on one energy axis."
    case .notFinite(let name, let spectrum):
      "Spectrum \(spectrum) of class “\(name)” holds a value that is not a number or infinite; "
        + "leave it out."
    case .notNormalised(let name, let spectrum, let maximum):
      "Spectrum \(spectrum) of class “\(name)” has the maximum \(maximum), not about 1; normalise "
        + "the spectra to their maximum first (eels-dag preprocess does) and leave empty ones out."
    case .nothingToLearn(let name):
      "The spectra of class “\(name)” do not differ from each other, or each has an exact copy; there "
        + "is nothing to learn. Leave copies out."
    case .notComparable(let name):
      "The real and synthetic spectra of class “\(name)” cannot be compared: a measure is not finite. "
        + "Leave spectra out that are empty, or copies of another."
    case .unusableDesign(let what): "The design cannot be used: \(what)."
    case .unusableStart(let name, let reason):
      "Class “\(name)” cannot start from the model's generator: \(reason); take the design and the "
        + "energy window with which the model was trained, or start without it."
    case .diverged(let name, let iteration, let tensor):
      "Training of class “\(name)” diverged at iteration \(iteration): \(tensor) is no longer "
        + "finite. Try smaller learning rates."
    }
  }
}
