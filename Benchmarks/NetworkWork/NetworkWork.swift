import Classification
import Foundation
import LinearAlgebra

/// Trains and tests networks of two branches on spectra in memory.
///
/// Every line of the standard input is a JSON ``Job``, answered by a line with an ``Answer``. Files hold
/// spectra as Float32, one after the other, and the numbers of their classes as Int32.
@main
struct NetworkWork {
  struct Set: Decodable {
    var spectra: String
    var classes: String
  }

  struct Job: Decodable {
    var classCount: Int
    var real: Set
    var synthetic: Set?
    var test: Set
    /// The share of the real spectra that is held out, to stop early.
    var heldOutShare: Double
    /// The default's in its absence.
    var dropout: Double?
    var seed: UInt64
  }

  struct Answer: Encodable {
    /// The classes of the test spectra.
    var predictions: [Int]
    /// Of the training, on one thread.
    var seconds: Double
    var processorSeconds: Double
    var steps: Int
  }

  static func main() throws {
    while let line = readLine() {
      let job = try JSONDecoder().decode(Job.self, from: Data(line.utf8))
      let real = try read(job.real, job.classCount)
      let synthetic = try job.synthetic.map { try read($0, job.classCount) }
      let test = try read(job.test, job.classCount)
      var trainer = TwoBranchTrainer(seed: job.seed)
      trainer.settings.heldOutShare = job.heldOutShare
      if let dropout = job.dropout { trainer.settings.dropout = dropout }
      let (start, processorStart) = (ContinuousClock.now, clock())
      let network = try trainer.train(real: real, synthetic: synthetic)
      let seconds = (ContinuousClock.now - start) / .seconds(1)
      let processorSeconds = Double(clock() - processorStart) / Double(CLOCKS_PER_SEC)
      let answer = Answer(
        predictions: network.predictions(of: test.spectra, threads: 1), seconds: seconds,
        processorSeconds: processorSeconds, steps: network.record.steps)
      print(String(decoding: try JSONEncoder().encode(answer), as: UTF8.self))
      fflush(nil)
    }
  }

  private static func read(_ set: Set, _ classCount: Int) throws -> Examples {
    let values = try Data(contentsOf: URL(fileURLWithPath: set.spectra)).withUnsafeBytes {
      Array($0.bindMemory(to: Float.self))
    }
    let classes = try Data(contentsOf: URL(fileURLWithPath: set.classes)).withUnsafeBytes {
      $0.bindMemory(to: Int32.self).map(Int.init)
    }
    return Examples(
      spectra: Matrix(rows: classes.count, elements: values), classes: classes,
      classNames: (0..<classCount).map { "class \($0)" })
  }
}
