import LinearAlgebra

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// A counting camera: shot noise, gain, read noise, X-ray hits and lost read-outs.
///
/// A channel that expects n electrons reads round(g·Poisson(n) + ρ·N(0, 1)), kept within
/// 0…65535, so that variance = g·mean + ρ² where neither limit is near.
public struct Detector: Sendable, Equatable {
  /// Gain g: counts per electron.
  public var gain = 1.6
  /// Read noise ρ: counts, standard deviation.
  public var readNoise = 2.5
  /// The probability that a spectrum holds an X-ray or cosmic-ray hit.
  public var spikeProbability = 0.004
  /// The heights of hits, counts; their logarithm is uniform.
  public var spikeHeight = 1500.0...15_000.0
  /// The probability that a read-out is lost: all channels of the spectrum are 0.
  public var deadProbability = 0.002

  /// Creates a detector of typical properties; set the ones that differ.
  public init() {}

  /// A hit in one spectrum.
  public struct Spike: Sendable, Equatable {
    /// The channel that it hits.
    public var channel: Int
    /// Its height there, counts; the next channel gets a quarter of it.
    public var height: Double
  }

  /// Whether a spectrum has a hit, and where.
  func spike(channels: Int, using stream: inout RandomStream) -> Spike? {
    guard stream.uniform() < spikeProbability else { return nil }
    let channel = stream.index(below: channels)
    let logarithm = stream.uniform(log(spikeHeight.lowerBound), log(spikeHeight.upperBound))
    return Spike(channel: channel, height: exp(logarithm))
  }

  /// Whether a read-out is lost.
  func isDead(using stream: inout RandomStream) -> Bool { stream.uniform() < deadProbability }

  /// Reads out one spectrum, counts, from the expected electrons in every channel and the hit.
  ///
  /// The Poisson deviates come from the stream `shot`, the read noise from `read`.
  func read(
    _ electrons: [Double], spike: Spike?, shot: inout RandomStream, read: inout RandomStream
  ) -> [Float] {
    electrons.indices.map { channel in
      var counts = gain * Double(shot.poisson(electrons[channel])) + readNoise * read.normal()
      if let spike {
        if channel == spike.channel { counts += spike.height }
        if channel == spike.channel + 1 { counts += 0.25 * spike.height }
      }
      return Float(min(max(counts.rounded(), 0), 65_535))
    }
  }
}
