internal import CKernels
public import LinearAlgebra

/// Cross-entropy of the softmax of logits against one class an example, mean over the batch.
///
/// L = Σ_i w[t_i] (ln Σ_k exp s[i, k] − s[i, t_i]) / Σ_i w[t_i] with the class t_i of example i and the
/// class weights w, all 1 without any; PyTorch's `cross_entropy` has the same mean. Stores
/// ∂L/∂s[i, k] = w[t_i] (p[i, k] − [k = t_i]) / Σ w[t_i], p the softmax, in `gradient`, which may be
/// `logits`. Shapes: rows × classes; `classes` holds a class for each row. The weights of the batch's
/// classes must not all be 0. Returns L.
public func softmaxCrossEntropy(
  logits: Matrix, classes: [Int], weights: [Float]? = nil, gradient: Matrix
) -> Float {
  let count = logits.columnCount
  precondition(
    classes.count == logits.rowCount && gradient.rowCount == logits.rowCount
      && gradient.columnCount == count && (weights.map { $0.count == count } ?? true),
    "\(classes.count) classes, logits \(logits.rowCount) × \(count), gradient "
      + "\(gradient.rowCount) × \(gradient.columnCount), \(weights?.count ?? 0) weights")
  var total: Float = 0
  for target in classes { total += weights?[target] ?? 1 }
  var loss: Float = 0
  for (row, target) in classes.enumerated() {
    precondition(target >= 0 && target < count, "class \(target) of \(count)")
    let factor = (weights?[target] ?? 1) / total
    let g = gradient.row(row)
    loss += factor * ck_softmax(logits.row(row), count, target, g)
    g[target] -= 1
    for k in 0..<count { g[k] *= factor }
  }
  return loss
}

/// The softmax of every row of logits, in place: exp s[k] / Σ exp s, positive numbers of sum 1.
public func softmax(_ logits: Matrix) {
  for row in 0..<logits.rowCount {
    _ = ck_softmax(logits.row(row), logits.columnCount, 0, logits.row(row))
  }
}
