internal import HDF5

extension Dataset {
  /// What there is to say of values that nobody ever wrote, as those that an aborted acquisition leaves; nil
  /// when all were written.
  ///
  /// A damaged index of the chunks is left to whoever reads the values.
  var unwrittenParts: String? {
    get throws(HDF5Error) {
      guard elementCount > 0 else { return nil }
      let counts: (written: Int, all: Int)?
      do throws(HDF5Error) {
        counts = try chunkCounts
      } catch {
        guard error.kind != .closed else { throw error }
        return nil
      }
      guard let chunks = counts else {
        guard chunkShape == nil, try storageSize == 0 else { return nil }
        return "none of the values of \(path) was ever written: all are the fill value"
      }
      guard chunks.written < chunks.all else { return nil }
      let share = 100 * Double(chunks.all - chunks.written) / Double(chunks.all)
      // Neither 0 nor 100 % while there is something of the other.
      let percent = min(max(share, 0.1), chunks.written == 0 ? 100 : 99.9)
      let rounded = (percent * 10).rounded() / 10
      let text = rounded == rounded.rounded() ? "\(Int(rounded))" : "\(rounded)"
      return
        "\(text) % of the chunks of \(path) were never written: their values are the fill value"
    }
  }
}
