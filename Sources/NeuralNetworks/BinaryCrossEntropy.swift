internal import CKernels
public import LinearAlgebra

/// Binary cross-entropy of logits against one target probability, mean over the batch.
///
/// L = weight · mean_i (softplus(s_i) − t·s_i), which is −t·log σ(s) − (1−t)·log(1−σ(s)) without
/// its overflows. A target of 0.9 for real examples is one-sided label smoothing (Salimans et al.,
/// arXiv 1606.03498, section 3.4). Stores ∂L/∂s = weight · (σ(s) − t) / rows in `gradient`.
/// Shapes: rows × 1, contiguous. Returns L.
public func binaryCrossEntropy(
  logits: Matrix, target: Float, weight: Float, gradient: Matrix
) -> Float {
  precondition(
    logits.columnCount == 1 && logits.isContiguous && gradient.columnCount == 1
      && gradient.isContiguous && gradient.rowCount == logits.rowCount,
    "logits \(logits.rowCount) × \(logits.columnCount), gradient \(gradient.rowCount) × "
      + "\(gradient.columnCount)")
  let factor = weight / Float(logits.rowCount)
  let sum = ck_cross_entropy(logits.start, logits.rowCount, target, gradient.start)
  gradient.multiply(by: factor)
  return factor * sum
}
