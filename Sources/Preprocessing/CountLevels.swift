internal import Spectra

/// Whether spectra are raw counts, and the level of counts in every channel, from their mean.
///
/// They are when their background is still in: the mean then is positive everywhere, but for channels
/// that a detector lacks. Up to 5 % of the channels may be empty; they take the level of the nearest
/// channel that is not.
package struct CountLevels {
  /// The largest share of channels that may be empty.
  private static let largestEmptyShare = 0.05

  /// Whether the values are counts.
  let areCounts: Bool
  /// 1/√ of the mean counts, channel by channel.
  package let weights: [Double]
  /// Channels without counts.
  let empty: [Int]

  /// Looks at the mean spectrum of some channels; `isRemovedAlready` says that there is no background
  /// in the spectra.
  package init(mean: [Double], isRemovedAlready: Bool) {
    let most = mean.max() ?? 0
    empty = mean.indices.filter { mean[$0] <= 0 }
    // Less than nothing, by more than a dark reference is off, is no empty channel.
    let isSubtracted = mean.contains { $0 < -1e-3 * most }
    areCounts =
      !isRemovedAlready && most > 0 && !isSubtracted
      && Double(empty.count) <= Self.largestEmptyShare * Double(mean.count)
    weights = Self.nearestFilled(in: mean).map { near in
      near.map { 1 / mean[$0].squareRoot() } ?? 1
    }
  }

  /// For every channel the nearest one with counts, of two the lower: itself, where it has some; nil where
  /// none has.
  private static func nearestFilled(in mean: [Double]) -> [Int?] {
    var nearest = [Int?](repeating: nil, count: mean.count)
    var last: Int?
    for channel in mean.indices {
      if mean[channel] > 0 { last = channel }
      nearest[channel] = last
    }
    last = nil
    for channel in mean.indices.reversed() {
      if mean[channel] > 0 { last = channel }
      guard let above = last else { continue }
      if let below = nearest[channel], channel - below <= above - channel { continue }
      nearest[channel] = above
    }
    return nearest
  }

  /// What the user should know; `axis` is that of the channels.
  func warnings(axis: UniformAxis) -> [String] {
    guard areCounts, let first = empty.first else { return [] }
    let channels = empty.count == 1 ? "a channel holds" : "\(empty.count) channels hold"
    return [
      "\(channels) no counts in any spectrum (at \(decimal(axis[first])) eV): a dead channel of the "
        + "detector? crop it away, or mend it first"
    ]
  }
}
