internal import Spectra

/// Whether spectra are raw counts, and the level of counts in every channel, from their mean.
///
/// They are when their background is still in: the mean then is positive everywhere, but for channels
/// that a detector lacks. Up to 5 % of the channels may be empty; they take the level of the nearest
/// channel that is not.
struct CountLevels {
  /// The largest share of channels that may be empty.
  private static let largestEmptyShare = 0.05

  /// Whether the values are counts.
  let areCounts: Bool
  /// 1/√ of the mean counts, channel by channel.
  let weights: [Double]
  /// Channels without counts.
  let empty: [Int]

  /// Looks at the mean spectrum of some channels; `isRemovedAlready` says that there is no background
  /// in the spectra.
  init(mean: [Double], isRemovedAlready: Bool) {
    let most = mean.max() ?? 0
    empty = mean.indices.filter { mean[$0] <= 0 }
    // Less than nothing, by more than a dark reference is off, is no empty channel.
    let isSubtracted = mean.contains { $0 < -1e-3 * most }
    areCounts =
      !isRemovedAlready && most > 0 && !isSubtracted
      && Double(empty.count) <= Self.largestEmptyShare * Double(mean.count)
    weights = mean.indices.map { channel in
      let near = mean[channel] > 0 ? channel : Self.nearestFilled(to: channel, in: mean)
      return near.map { 1 / mean[$0].squareRoot() } ?? 1
    }
  }

  private static func nearestFilled(to channel: Int, in mean: [Double]) -> Int? {
    for distance in 1..<max(mean.count, 2) {
      for other in [channel - distance, channel + distance]
      where mean.indices.contains(other) && mean[other] > 0 {
        return other
      }
    }
    return nil
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
