import Augmentation
import Evaluation
import Studies

// What `augment --json` writes to standard error, one object a line (Schemas/progress.schema.json).

/// What is said to people otherwise.
struct MessageLine: Encodable {
  /// What kind of message it is.
  enum Event: String, Encodable {
    case message, warning, error
  }

  var event: Event
  var text: String
}

/// A class's newest evaluation.
struct EvaluationLine: Encodable {
  let event = "evaluation"
  /// The class and its number.
  var `class`: String
  var index: Int
  /// The iterations done, and those after which training ends in any case.
  var iteration: Int
  var maximumIterations: Int
  /// Means since the last evaluation.
  var discriminatorLoss: Double
  var generatorLoss: Double
  /// The measures, and within what they must lie.
  var quality: SyntheticQuality
  var limits: QualityLimits
  /// What is wrong, in words; nothing when all measures lie within their limits.
  var shortcomings: [String]
  /// The time since training began.
  var seconds: Double
  /// The time that the training of all classes takes at most from now on; absent before the first
  /// iteration.
  var secondsLeft: Double?

  init(_ news: TrainingProgress, seconds: Double, secondsLeft: Double?) {
    `class` = news.name
    index = news.index
    iteration = news.evaluation.iteration
    maximumIterations = news.maximumIterations
    discriminatorLoss = news.evaluation.discriminatorLoss
    generatorLoss = news.evaluation.generatorLoss
    quality = news.evaluation.quality
    limits = news.limits
    shortcomings = news.limits.shortcomings(of: news.evaluation.quality)
    self.seconds = seconds
    self.secondsLeft = secondsLeft
  }
}

/// A class that is done.
struct TrainedLine: Encodable {
  let event = "trained"
  /// The time since training began.
  var seconds: Double
  /// How its training ended.
  var result: ClassResult
}

/// How the training of a class ended: in a line, and in the document on standard output.
struct ClassResult: Encodable {
  var `class`: String
  var index: Int
  /// Training spectra and their channels.
  var spectra: Int
  var channels: Int
  var iterations: Int
  /// The rule that ended it, and whether it was met.
  var rule: StoppingCriterion.Rule
  var outcome: TrainingRecord.Outcome
  /// What fresh spectra of the chosen generator are like, and within what that must lie.
  var quality: SyntheticQuality
  var limits: QualityLimits
  var shortcomings: [String]

  init(_ record: TrainingRecord, index: Int) {
    `class` = record.name
    self.index = index
    spectra = record.spectrumCount
    channels = record.channelCount
    iterations = record.iterations
    rule = record.rule
    outcome = record.outcome
    quality = record.quality
    limits = record.limits
    shortcomings = record.shortcomings
  }

  /// A class whose spectra are made without a training: judged by the calibrated measures.
  init(_ fitted: FittedBaseline, channels: Int, index: Int) {
    let evaluation = fitted.evaluation
    `class` = evaluation.name
    self.index = index
    spectra = evaluation.realCount
    self.channels = channels
    iterations = 0
    rule = .calibrated
    outcome = fitted.outcome
    quality = evaluation.quality
    limits = evaluation.limits
    shortcomings = evaluation.shortcomings
  }
}

/// What `augment --json` prints (Schemas/augment.schema.json).
struct AugmentResult: Encodable {
  /// The file with the spectra, and that with the generators.
  var output: String
  var model: String?
  /// What made the spectra.
  var method: SyntheticMethod
  /// The synthetic spectra of every class.
  var count: Int
  var seed: UInt64
  var classes: [ClassResult]
  /// What cross-validation on the training spectra says, where it was tried.
  var advice: Advice?
}
