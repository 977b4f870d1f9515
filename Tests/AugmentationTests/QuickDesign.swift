import Augmentation
import Evaluation

extension DAGDesign {
  /// The design with so many iterations, evaluated every `interval` of them with few spectra.
  func quick(iterations: Int, interval: Int) -> DAGDesign {
    var design = self
    design.evaluationInterval = interval
    design.evaluationCount = QualityReference.largestGroup
    design.momentCount = 20
    design.stopping.confirmationCount = QualityReference.largestGroup
    design.stopping.minimumIterations = iterations
    design.stopping.maximumIterations = iterations
    return design
  }
}
