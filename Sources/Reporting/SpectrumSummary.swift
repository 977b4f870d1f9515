/// Some spectra of a set and the mean and spread of all of them.
package struct SpectrumSummary {
  /// The number of spectra in the set.
  package let count: Int
  /// The mean of every channel.
  package let mean: [Double]
  /// The sample standard deviation (n − 1) of every channel; 0 for one spectrum.
  package let deviation: [Double]
  /// Up to as many spectra as asked for, evenly spread over the set.
  package let examples: [[Double]]

  /// Summarises `values`, spectra of `channels` channels one after the other.
  package init(_ values: [Float], channels: Int, examples: Int) {
    let rows = values.count / channels
    count = rows
    var mean = [Double](repeating: 0, count: channels)
    for row in 0..<rows {
      for channel in 0..<channels { mean[channel] += Double(values[row * channels + channel]) }
    }
    for channel in 0..<channels { mean[channel] /= Double(rows) }
    var squares = [Double](repeating: 0, count: channels)
    for row in 0..<rows {
      for channel in 0..<channels {
        let difference = Double(values[row * channels + channel]) - mean[channel]
        squares[channel] += difference * difference
      }
    }
    self.mean = mean
    deviation = squares.map { rows > 1 ? ($0 / Double(rows - 1)).squareRoot() : 0 }
    self.examples = Self.evenlySpread(examples, of: rows).map { row in
      values[(row * channels)..<((row + 1) * channels)].map(Double.init)
    }
  }

  /// `count` indices below `total`, all of them if there are fewer, from first to last.
  package static func evenlySpread(_ count: Int, of total: Int) -> [Int] {
    guard count < total, count > 1 else { return Array(0..<min(count, total)) }
    return (0..<count).map { $0 * (total - 1) / (count - 1) }
  }

  /// One standard deviation below the mean.
  package var lower: [Double] { zip(mean, deviation).map { $0 - $1 } }
  /// One standard deviation above the mean.
  package var upper: [Double] { zip(mean, deviation).map { $0 + $1 } }
  /// Every value that a plot of the summary has to have room for.
  package var extremes: [Double] { lower + upper + examples.joined() }
}
