import Studies

extension ClassifierKind {
  /// The classifier in trials.
  var judge: Judge { self == .svm ? .svm : .ann }
}

extension Advice {
  /// What was found and what to do, a line each.
  var sentences: [String] {
    let real = Double(realCorrect) / Double(count)
    let found = comparisons.map { item in
      item.method.name + (item.acquisitions == nil ? " " : ", unseen acquisitions, ")
        + item.againstReal.points
    }
    let course =
      isApart
      ? "\(judge.rawValue), each part of the inputs told by what was learned from the others (\(folds) parts, "
        + "\(count) training spectra): "
      : "\(judge.rawValue) in \(folds)-fold cross-validation on the \(count) training spectra: "
    return [
      course
        + "\(Text.percent(real)) right from the real spectra alone; with synthetic ones beside them, "
        + "percentage points (95 % interval): " + found.joined(separator: "; "),
      "advice: " + words,
    ]
  }

  private var words: String {
    let name = method?.name ?? ""
    let unseen = acquisitions == nil ? "" : " --acquisitions unseen"
    let options = "--method \(method?.rawValue ?? "")\(unseen)"
    return switch recommendation {
    case .augment:
      "train on real and synthetic spectra together"
        + (unseen.isEmpty ? "" : ", these made with\(unseen)")
        + "; no simpler method helps as much"
    case .cheaper:
      "synthetic spectra help, and \(name), which needs no training, does as well here "
        + "(\(options))"
    case .baseline: "take \(name) (\(options)): it helps, and the generators do less"
    case .noDifference:
      "these spectra show no clear gain; the real ones alone do as well"
        + (isApart
          ? ""
          : ". Synthetic spectra may still help on other acquisitions, which cannot be tried here")
    case .realOnly: "don't augment: classifiers do better from the real spectra alone"
    }
  }
}

extension PairedDifference {
  /// In percentage points, with the 95 % interval: “+0.8 (-0.3 to +1.9)”.
  var points: String {
    func signed(_ value: Double) -> String {
      let text = Text.number((1000 * value).rounded() / 10, digits: 3)
      return value > 0 && text != "0" ? "+\(text)" : text
    }
    return
      "\(signed(difference)) (\(signed(interval.lowerBound)) to \(signed(interval.upperBound)))"
  }
}
