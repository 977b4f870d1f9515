public import LinearAlgebra
public import SpectrumFiles

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// Files of networks in the safetensors format, with a digest of every byte.
///
/// Eight bytes, little-endian: the length of the header. The header: a JSON object with one entry
/// `{"dtype": "F32", "shape", "data_offsets"}` a tensor and the texts under `__metadata__`, filled up
/// with spaces to a multiple of eight bytes. Then the numbers, little-endian, tensor after tensor
/// without a gap (https://huggingface.co/docs/safetensors). The text `eels_dag.sha256` is the
/// SHA-256 digest of the whole file with zeros in place of its own 64 digits.
public enum SafetensorsFile {
  /// The text that holds the digest.
  static let digestKey = "eels_dag.sha256"
  private static let digestDigits = 64
  /// The longest header; also the limit of the format's own libraries.
  private static let longestHeader = 100_000_000

  /// Reads a file that ``ModelFileWriter`` wrote.
  ///
  /// - Throws: ``SpectrumFileError`` when the file is not there or not what it was when it was written:
  ///   every length is checked before memory is asked for, and the digest covers every byte.
  public static func read(_ path: String) throws(SpectrumFileError) -> TensorArchive {
    let input = try ByteReader(path)
    let digest = SHA256()
    func damaged(_ what: String) -> SpectrumFileError {
      SpectrumFileError(.damaged, path: path, "\(path) \(what); copy or make it again")
    }
    guard input.size >= 8 else { throw damaged("is no safetensors file: it is too short") }
    let lengthBytes = try input.read(8)
    let length = lengthBytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length >= 2, length <= Self.longestHeader else {
      throw damaged("is no safetensors file: its header would have \(length) bytes")
    }
    guard length <= input.size - 8 else { throw damaged("is cut off within its header") }
    var header = try input.read(Int(length))
    guard let entries = SafetensorsHeader(json: header) else {
      throw damaged("is no safetensors file: its header is not what the format asks for")
    }
    guard let stored = Self.blankDigest(in: &header), stored == entries.texts[Self.digestKey] else {
      throw damaged("has no digest: it was not written by eels-dag, or was changed since")
    }
    digest.update(lengthBytes)
    digest.update(header)
    let places: [SafetensorsHeader.Place]
    switch entries.places(of: input.size - 8 - Int(length)) {
    case .success(let found): places = found
    case .failure(let fault): throw damaged("contradicts itself: \(fault.description)")
    }
    var tensors: [Tensor] = []
    for place in places {
      let elements = try input.readFloats(place.shape.reduce(1, *), digest)
      tensors.append(Tensor(name: place.name, shape: place.shape, elements: elements))
    }
    guard digest.finish() == stored else {
      throw damaged("is damaged: its bytes do not match its SHA-256 digest")
    }
    for tensor in tensors where !tensor.elements.allSatisfy(\.isFinite) {
      throw damaged("holds a number in \(tensor.name) that is not finite")
    }
    var texts = entries.texts
    texts[Self.digestKey] = nil
    return TensorArchive(texts: texts, tensors: tensors)
  }

  /// The bytes of the file before its numbers, digest included.
  static func start(of archive: TensorArchive, _ ordered: [Tensor]) -> [UInt8] {
    var texts = archive.texts
    texts[digestKey] = String(repeating: "0", count: digestDigits)
    let json = SafetensorsHeader.json(texts: texts, tensors: ordered)
    let padded = json + [UInt8](repeating: 0x20, count: (8 - json.count % 8) % 8)
    var start = (0..<8).map { UInt8(truncatingIfNeeded: padded.count >> (8 * $0)) } + padded
    let digest = SHA256()
    digest.update(start)
    for tensor in ordered { tensor.elements.withUnsafeBytes { digest.update($0) } }
    if let place = digestPlace(in: start) {
      start.replaceSubrange(place, with: digest.finish().utf8)
    }
    return start
  }

  /// Puts zeros in place of the digest and returns it.
  private static func blankDigest(in header: inout [UInt8]) -> String? {
    guard let place = digestPlace(in: header) else { return nil }
    let digest = String(decoding: header[place], as: UTF8.self)
    header.replaceSubrange(place, with: repeatElement(UInt8(ascii: "0"), count: place.count))
    return digest
  }

  private static func digestPlace(in header: [UInt8]) -> Range<Int>? {
    let mark = Array("\"\(digestKey)\":\"".utf8)
    guard let start = header.firstRange(of: mark)?.upperBound,
      header.count >= start + digestDigits
    else { return nil }
    return start..<start + digestDigits
  }
}

extension SHA256 {
  fileprivate func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }
}

/// The bytes of a file from its start on.
private final class ByteReader {
  let size: Int
  private let path: String
  private let file: UnsafeMutablePointer<FILE>

  init(_ path: String) throws(SpectrumFileError) {
    var status = stat()
    guard stat(path, &status) == 0, let file = fopen(path, "rb") else {
      let code = errno
      throw SpectrumFileError(
        code == ENOENT ? .missing : .cannotRead, path: path,
        "\(path) cannot be read: \(String(cString: strerror(code)).lowercased())")
    }
    guard status.st_mode & S_IFMT == S_IFREG else {
      fclose(file)
      throw SpectrumFileError(.cannotRead, path: path, "\(path) is no ordinary file; name one")
    }
    self.path = path
    self.file = file
    size = Int(status.st_size)
  }

  deinit { fclose(file) }

  func read(_ count: Int) throws(SpectrumFileError) -> [UInt8] {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, done in
      done = fread(buffer.baseAddress, 1, count, file)
    }
    guard bytes.count == count else { throw cutOff }
    return bytes
  }

  func readFloats(_ count: Int, _ digest: SHA256) throws(SpectrumFileError) -> [Float] {
    let floats = [Float](unsafeUninitializedCapacity: count) { buffer, done in
      done = fread(buffer.baseAddress, MemoryLayout<Float>.size, count, file)
    }
    guard floats.count == count else { throw cutOff }
    floats.withUnsafeBytes { digest.update($0) }
    return floats
  }

  private var cutOff: SpectrumFileError {
    SpectrumFileError(
      .cannotRead, path: path, "\(path) cannot be read to its end; check the disk")
  }
}
