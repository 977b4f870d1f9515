public import LinearAlgebra

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Support vector machines with the kernel exp(−γ |x − y|²), one for each pair of classes.
///
/// The decision value f of a pair becomes a probability by its ``Sigmoid``, and those of all pairs
/// together those of the classes (Wu, Lin & Weng, see ``ClassPairs``). The class told is the most probable
/// one. The vote of the pairs, by the signs of their f, is another rule, by which ``SupportVectorGrid``
/// chooses: it needs no probabilities. The two differ for few spectra, near boundaries of classes, where a
/// sigmoid crosses ½ beside f = 0.
public struct SupportVectorMachine: Classifier, Equatable {
  /// The classes, in the order of the probabilities.
  public let classNames: [String]
  /// The number of channels L.
  public let channelCount: Int
  /// γ.
  public let steepness: Double
  /// C, as scaled for the spectra learned from.
  public let penalty: Double
  /// The number of support vectors of each class, whose spectra stand in this order.
  public let supportCounts: [Int]
  /// ρ of each pair of classes (0, 1), (0, 2), …, (1, 2), ….
  public let offsets: [Double]
  /// The probability of each pair's first class.
  public let sigmoids: [Sigmoid]
  /// The spectra that hold a boundary up: support vectors × L.
  @Archived private var supportVectors: [Float]
  /// cᵢ = yᵢ αᵢ of every support vector against each other class, in the order of the classes without
  /// its own: support vectors × (classes − 1).
  @Archived private var coefficients: [Float]
  /// What Float cannot hold of them: the terms of f are up to C, f itself is about 1.
  @Archived private var coefficientRemainders: [Float]

  /// The number of support vectors.
  public var supportCount: Int { supportCounts.reduce(0, +) }

  /// Puts the machines of all pairs together: their support vectors are numbered within the spectra of
  /// their two classes.
  init(
    _ examples: Examples, members: [[Int]], machines: [PairMachine],
    settings: SupportVectorSettings, penalty: Double
  ) {
    let pairs = ClassPairs(members.count)
    var all = [[Double]](
      repeating: [Double](repeating: 0, count: max(members.count - 1, 0)), count: examples.count)
    var isSupport = [Bool](repeating: false, count: examples.count)
    for (pair, machine) in zip(pairs.all, machines) {
      let first = members[pair.first]
      for (support, coefficient) in zip(machine.supports, machine.coefficients) {
        let isFirst = support < first.count
        let spectrum = isFirst ? first[support] : members[pair.second][support - first.count]
        isSupport[spectrum] = true
        all[spectrum][isFirst ? pair.second - 1 : pair.first] = coefficient
      }
    }
    let supports = members.map { $0.filter { isSupport[$0] } }
    let values = supports.flatMap(\.self).flatMap { all[$0] }
    classNames = examples.classNames
    channelCount = examples.spectra.columnCount
    steepness = settings.steepness
    self.penalty = penalty
    supportCounts = supports.map(\.count)
    offsets = machines.map(\.offset)
    sigmoids = settings.sigmoids
    supportVectors = examples.spectra.rows(supports.flatMap(\.self)).elements
    coefficients = values.map { Float($0) }
    coefficientRemainders = values.map { Float($0 - Double(Float($0))) }
  }

  /// f of every pair of classes for every spectrum, n × L: n rows of as many as there are pairs.
  public func decisions(of spectra: Matrix, threads: Int) -> [[Double]] {
    precondition(
      spectra.columnCount == channelCount,
      "spectra of \(spectra.columnCount) channels for a machine of \(channelCount)")
    let pairs = ClassPairs(classNames.count)
    let supports = Matrix(rows: supportCount, columns: channelCount)
    supports.copy(from: supportVectors)
    let rows = DoubleRows(supports)
    let starts = supportCounts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let others = classNames.count - 1
    let weights = zip(coefficients, coefficientRemainders).map { Double($0) + Double($1) }
    let blocks = (spectra.rowCount + Self.blockSize - 1) / Self.blockSize
    nonisolated(unsafe) let spectra = spectra
    return concurrentMap(blocks, threads: threads) { block in
      let first = block * Self.blockSize
      let part = spectra.rows(first..<min(first + Self.blockSize, spectra.rowCount))
      let distances = SquaredDistances(from: part, to: rows, threads: 1)
      return (0..<part.rowCount).map { i in
        let line = i * distances.columnCount
        // Sums of the terms of every class's support vectors against every other class.
        var sums = [Double](repeating: 0, count: classNames.count * others)
        for label in classNames.indices {
          for support in starts[label]..<starts[label + 1] {
            let kernel = exp(-steepness * distances.values[line + support])
            for other in 0..<others {
              sums[label * others + other] += kernel * weights[support * others + other]
            }
          }
        }
        return zip(pairs.all, offsets).map { pair, offset in
          sums[pair.first * others + pair.second - 1] + sums[pair.second * others + pair.first]
            - offset
        }
      }
    }.flatMap(\.self)
  }

  /// The probability of every class for every spectrum.
  public func probabilities(of spectra: Matrix, threads: Int) -> Matrix {
    let pairs = ClassPairs(classNames.count)
    let probabilities = Matrix(rows: spectra.rowCount, columns: classNames.count)
    for (i, decisions) in decisions(of: spectra, threads: threads).enumerated() {
      let coupled = pairs.coupled(zip(sigmoids, decisions).map { $0.probability($1) })
      probabilities.rows(i..<i + 1).copy(from: coupled.map { Float($0) })
    }
    return probabilities
  }

  /// The class that most pairs choose, for every spectrum.
  public func votes(of spectra: Matrix, threads: Int) -> [Int] {
    let pairs = ClassPairs(classNames.count)
    return decisions(of: spectra, threads: threads).map { pairs.vote($0) }
  }

  /// Spectra whose distances are worked out at a time.
  private static let blockSize = 256
}

extension SupportVectorMachine {
  /// Checks that what was read fits together.
  ///
  /// - Throws: ``TensorArchiveError`` that names what does not.
  public func validate() throws(TensorArchiveError) {
    let classes = classNames.count
    guard classes > 1, channelCount > 0, supportCounts.count == classes,
      supportCounts.allSatisfy({ 0...Int(Int32.max) ~= $0 }),
      offsets.count == classes * (classes - 1) / 2, sigmoids.count == offsets.count,
      supportVectors.count == supportCount * channelCount,
      coefficients.count == supportCount * (classes - 1),
      coefficientRemainders.count == coefficients.count
    else { throw TensorArchiveError("the numbers of its classes and support vectors differ") }
    guard steepness.isFinite, steepness >= 0, offsets.allSatisfy(\.isFinite),
      sigmoids.allSatisfy({ $0.slope.isFinite && $0.offset.isFinite }),
      (supportVectors + coefficients + coefficientRemainders).allSatisfy(\.isFinite)
    else { throw TensorArchiveError("it holds a number that is not finite") }
  }
}
