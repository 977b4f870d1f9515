internal import CKernels
internal import LinearAlgebra
internal import Spectra

/// A look at some of the spectra before anything is decided.
///
/// All of them when there are no more than 2,048, else 64 runs of 32 neighbours, evenly spaced: a
/// choice that depends on the number of spectra alone.
struct Survey {
  static let runLength = 32
  static let runs = 64

  /// The spectra looked at, on the work range, one a row.
  let spectra: Matrix
  /// The rows without NaN, infinities and constant spectra.
  let good: [Int]
  let deadCount: Int
  let nonFiniteCount: Int
  /// The level that integer data do not exceed; nil when it was not reached.
  let saturationLevel: Double?
  /// What tells spikes from features; nil when they are too many to be believed.
  let spikes: SpikeRemoval?
  /// The good rows without spikes; all good ones when every one has some.
  let clean: [Int]
  /// The mean of the good spectra without spikes.
  let mean: [Double]

  /// Reads and looks.
  ///
  /// - Throws: what the source throws.
  init(
    _ source: any SpectrumSource, channels: Range<Int>, limit: Double?
  ) throws {
    let ranges = Self.ranges(of: source.header.spectrumCount)
    spectra = Matrix(rows: ranges.map(\.count).reduce(0, +), columns: channels.count)
    var row = 0
    for range in ranges {
      let step = max(source.preferredBlockCount, Self.runLength)
      for first in stride(from: range.lowerBound, to: range.upperBound, by: step) {
        let block = try source.read(first..<min(first + step, range.upperBound))
        for index in 0..<block.count {
          spectra.copy(block, spectrum: index, channels: channels, toRow: row)
          row += 1
        }
      }
    }
    var rows: [Int] = []
    var dead = 0
    var nonFinite = 0
    var greatest: Float = -.infinity
    for row in 0..<spectra.rowCount {
      guard ck_all_finite(spectra.row(row), channels.count) else {
        nonFinite += 1
        continue
      }
      var low: Float = 0
      var high: Float = 0
      ck_range(spectra.row(row), channels.count, &low, &high)
      if low == high { dead += 1 } else { rows.append(row) }
      greatest = max(greatest, high)
    }
    deadCount = dead
    nonFiniteCount = nonFinite
    good = rows
    if let limit, Double(greatest) >= limit {
      saturationLevel = limit
    } else if limit != nil, Self.isPlateau(greatest, spectra, rows) {
      saturationLevel = Double(greatest)
    } else {
      saturationLevel = nil
    }
    let spikes = rows.isEmpty ? nil : SpikeRemoval(surveyed: spectra, rows: rows)
    self.spikes = spikes
    let all = spectra
    let spikeless = rows.filter { row in !(spikes?.isSpiked(all.row(row)) ?? false) }
    clean = spikeless.isEmpty ? rows : spikeless
    mean = Self.mean(spectra, clean)
  }

  /// Why none of the spectra is good.
  var complaint: PreprocessError {
    deadCount == spectra.rowCount
      ? .allDead(deadCount)
      : .allUseless(spectra.rowCount, dead: deadCount, nonFinite: nonFiniteCount)
  }

  /// What the user should know about the survey.
  ///
  /// `axis` is that of the channels looked at.
  func warnings(axis: UniformAxis) -> [String] {
    guard !good.isEmpty else { return [] }
    guard let spikes else {
      return [
        "more than a fifth of the spectra hold what looks like a spike: spikes are neither flagged nor "
          + "replaced"
      ]
    }
    guard let first = spikes.closedChannels.first else { return [] }
    let count = spikes.closedChannels.count
    return [
      "\(count) channels (the first at \(decimal(axis[first])) eV) stand out in many spectra, as features "
        + "narrower than a channel or flickering pixels do: no spikes are searched there"
    ]
  }

  /// The variance of the counts divided by their mean in some channels, from the differences of
  /// neighbouring ones in the clean spectra; 0 when there are no counts.
  func dispersion(in channels: Range<Int>) -> Double {
    let closed = Set(spikes?.closedChannels ?? [])
    let pairs = channels.dropFirst().filter { !closed.contains($0) && !closed.contains($0 - 1) }
    var squares = 0.0
    var sum = 0.0
    for row in clean {
      let x = spectra.row(row)
      sum += ck_sum_double(x + channels.lowerBound, channels.count)
      for j in pairs {
        let difference = Double(x[j] - x[j - 1])
        squares += difference * difference
      }
    }
    let share = Double(pairs.count) / Double(channels.count)
    return sum > 0 && share > 0 ? squares / 2 / (sum * share) : 0
  }

  /// The median of a number that spectra have; nil when none has it.
  func median(_ value: (UnsafePointer<Float>) -> Double?) -> Double? {
    let values = good.compactMap { value(spectra.row($0)) }.filter(\.isFinite).sorted()
    return values.isEmpty ? nil : values[values.count / 2]
  }

  /// Two exponents between which those of the image lie: the 5th and 95th percentile of fits to
  /// spectra averaged with their neighbours, at least 0.2 apart.
  func exponents(
    of window: FitWindow, around imageExponent: Double
  ) -> (first: Double, second: Double) {
    let runs = spectra.rowCount > Self.runLength * Self.runs - 1 ? Self.runLength : spectra.rowCount
    let isGood = Set(good)
    let local = LocalAverage(navigationShape: [spectra.rowCount / runs, 1, runs])
    for row in 0..<(spectra.rowCount / runs * runs) {
      let sums = window.sums(of: spectra.row(row))
      local.append(lower: sums.lower, upper: sums.upper, usable: isGood.contains(row))
    }
    let fitted = (0..<local.knownSpectra).compactMap { row -> Double? in
      guard let sums = local.average(at: row),
        let exponent = window.areas.background(lowerSum: sums.lower, upperSum: sums.upper)?
          .exponent, PowerLawBackground.physicalExponents.contains(exponent)
      else { return nil }
      return exponent
    }
    let found =
      PowerLawCombination.exponents(from: fitted) ?? (imageExponent, imageExponent)
    let lacking = max(0.2 - (found.second - found.first), 0) / 2
    return (found.first - lacking, found.second + lacking)
  }

  private static func ranges(of count: Int) -> [Range<Int>] {
    if count <= runs * runLength { return [0..<count] }
    return (0..<runs).map { run in
      let first = run * (count - runLength) / (runs - 1)
      return first..<(first + runLength)
    }
  }

  private static func mean(_ spectra: Matrix, _ rows: [Int]) -> [Double] {
    var sum = [Double](repeating: 0, count: spectra.columnCount)
    var target = sum.mutableSpan
    for row in rows {
      let x = spectra.row(row)
      for j in 0..<target.count { target[j] += Double(x[j]) }
    }
    for j in 0..<target.count { target[j] /= Double(max(rows.count, 1)) }
    return sum
  }

  /// Counts that stop at the same number in three neighbouring channels have met a limit; noise of
  /// more than 255 counts does not repeat its very maximum.
  private static func isPlateau(_ level: Float, _ spectra: Matrix, _ rows: [Int]) -> Bool {
    guard level >= 255 else { return false }
    return rows.contains { row in
      let x = spectra.row(row)
      var run = 0
      for j in 0..<spectra.columnCount {
        run = x[j] == level ? run + 1 : 0
        if run == 3 { return true }
      }
      return false
    }
  }
}

extension Matrix {
  /// Copies some channels of a block's spectrum into a row.
  func copy(_ block: Block, spectrum: Int, channels: Range<Int>, toRow row: Int) {
    precondition(
      spectrum < block.count && channels.upperBound <= block.channels
        && channels.count == columnCount,
      "spectrum \(spectrum) of \(block.count), channels \(channels) into \(columnCount)")
    block.values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress else { return }
      self.row(row).update(
        from: start + spectrum * block.channels + channels.lowerBound, count: channels.count)
    }
  }
}
