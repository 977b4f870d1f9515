#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The chunk shape that HyperSpy gives to a data set: about a megabyte of whole spectra.
///
/// With n = ⌊10⁶ / bytes of one spectrum⌋: one spectrum a chunk when n < 2, the whole array when n
/// exceeds the number of spectra, otherwise ⌊n^(1/d)⌋ positions along each of the d navigation
/// axes. Axes shorter than that are taken whole, and the rest is worked out again without them.
///
/// - Parameters:
///   - navigation: the sizes of the navigation axes, slowest first.
///   - signal: the sizes of the signal axes, which follow the navigation axes.
///   - itemBytes: the bytes of one number.
/// - Returns: the chunk shape, navigation axes first.
package func chunkShape(navigation: [Int], signal: [Int], itemBytes: Int) -> [Int] {
  let target = 1_000_000
  let spectra = max(target / max(signal.reduce(itemBytes, *), 1), 0)
  if spectra < 2 || navigation.isEmpty {
    return navigation.map { _ in 1 } + signal
  }
  if spectra > navigation.reduce(1, *) { return navigation + signal }
  var whole: Set<Int> = []
  while true {
    let taken = whole.reduce(1) { $0 * navigation[$1] }
    let free = navigation.count - whole.count
    guard free > 0 else { return navigation + signal }
    let length = Int(pow(Double(spectra) / Double(taken), 1 / Double(free)).rounded(.down))
    let short = navigation.indices.filter { !whole.contains($0) && navigation[$0] < length }
    if short.isEmpty {
      let shape = navigation.indices.map { whole.contains($0) ? navigation[$0] : max(length, 1) }
      return zip(shape, navigation).map { min($0, max($1, 1)) } + signal
    }
    whole.formUnion(short)
  }
}

/// The chunk shape of the data that this program writes: HyperSpy's, but for wide images fewer rows and
/// more columns a chunk, still about a megabyte.
///
/// Spectra come and go row by row, so that whoever writes or reads holds a row of chunks: at most 32 MB
/// as Float32, or one row of the image where that is more. 1024 positions a row of 2048 channels make
/// chunks of 3 × 40 spectra in place of 11 × 11; images of 256 × 256 and smaller keep HyperSpy's shape.
/// (Blocks of more than 32 MiB also cost more time: glibc returns them to the system one by one.)
///
/// - Parameters:
///   - navigation: the sizes of the navigation axes, slowest first.
///   - signal: the sizes of the signal axes, which follow the navigation axes.
///   - itemBytes: the bytes of one number.
/// - Returns: the chunk shape, navigation axes first.
package func streamedChunkShape(navigation: [Int], signal: [Int], itemBytes: Int) -> [Int] {
  let shape = chunkShape(navigation: navigation, signal: signal, itemBytes: itemBytes)
  guard let axis = navigation.firstIndex(where: { $0 > 1 }) else { return shape }
  let most = 32_000_000
  let inner = Array(navigation[(axis + 1)...])
  let rowBytes = (inner + signal).reduce(MemoryLayout<Float>.size, *)
  if shape[axis] * rowBytes <= most { return shape }
  let rows = max(most / rowBytes, 1)
  return shape[..<axis] + [rows]
    + chunkShape(navigation: inner, signal: signal, itemBytes: itemBytes * rows)
}
