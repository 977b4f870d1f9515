internal import HDF5

/// Copies all that an HDF5 file holds into another one, object by object, as it stands.
///
/// Types, filters and compressed chunks are the same to the bit, known to this program or not. An object
/// that several links lead to is copied once and linked as often. Only arrays that are to get chunks are
/// written anew, a few megabytes at a time.
struct TreeCopy {
  /// What could not be copied: the path of the object, and why.
  private(set) var losses: [Loss] = []
  /// The root of the file that receives the copies.
  private let target: Group
  /// The chunk shapes of arrays that lie in one piece and are to lie in chunks.
  private let chunks: [ObjectIdentity: [Int]]
  /// Groups that are not copied.
  private let left: Set<ObjectIdentity>
  /// The paths of the copies.
  private var copies: [ObjectIdentity: String] = [:]
  private let threads: Int
  private let progress: (UInt64) -> Void

  /// Begins a copy.
  ///
  /// - Parameters:
  ///   - target: the root of the new file.
  ///   - chunks: the chunk shapes of arrays that lie in one piece and are to lie in chunks.
  ///   - left: groups that are not copied.
  ///   - threads: how many threads may compress; the file's bytes do not depend on it.
  ///   - progress: gets the number of bytes that were copied since.
  init(
    to target: Group, chunks: [ObjectIdentity: [Int]], left: Set<ObjectIdentity>, threads: Int,
    progress: @escaping (UInt64) -> Void
  ) {
    self.target = target
    self.chunks = chunks
    self.left = left
    self.threads = threads
    self.progress = progress
  }

  /// Copies attributes and members of a group into one that exists.
  mutating func copyContents(of source: Group, to target: Group) throws {
    copies[try source.identity] = target.path
    lose(try source.copyAttributes(to: target), of: source)
    for member in try source.members {
      switch member.kind {
      case .group:
        let group = try source.group(member.name)
        if try left.contains(group.identity) { continue }
        if let copy = copies[try group.identity] {
          try target.link(member.name, to: self.target.group(copy))
        } else {
          let new = try target.createGroup(member.name, trackingOrder: group.tracksOrder)
          try copyContents(of: group, to: new)
        }
      case .dataset:
        let dataset = try source.dataset(member.name)
        if let copy = copies[try dataset.identity] {
          try target.link(member.name, to: self.target.dataset(copy))
        } else {
          try copy(dataset, member.name, of: source, to: target)
        }
      case .datatype: try source.copy(member.name, to: target, as: member.name)
      case .softLink(let path): try target.createSoftLink(member.name, to: path)
      case .externalLink(let file, _):
        lose("is a link into another file, \(file)", Self.path(member.name, in: source))
      case .other: lose("is of no kind that is known", Self.path(member.name, in: source))
      }
    }
  }

  private mutating func copy(
    _ dataset: Dataset, _ name: String, of source: Group, to target: Group
  ) throws {
    let identity = try dataset.identity
    copies[identity] = Self.path(name, in: target)
    if let chunk = chunks[identity] {
      let new = try target.createDataset(name, like: dataset, chunk: chunk, deflate: 4)
      lose(try dataset.copyAttributes(to: new), of: dataset)
      return try stream(dataset, to: new, rows: chunk[0])
    }
    try source.copy(name, to: target, as: name)
    progress(try dataset.storageSize)
    let referring = try dataset.referringAttributes()
    if !referring.isEmpty {
      let new = try target.dataset(name)
      for attribute in referring { try new.removeAttribute(attribute) }
      lose(referring, of: dataset)
    }
    if try dataset.holdsReferences {
      lose("refers to other objects: its references are empty in the copy", dataset.path)
    }
  }

  /// Copies values as they stand, some whole rows of chunks at a time.
  private func stream(_ source: Dataset, to target: Dataset, rows: Int) throws {
    var slab = Hyperslab(all: source.shape)
    let rowBytes = source.shape.dropFirst().reduce(source.elementSize, *)
    let step = max(Self.streamedBytes / max(rowBytes, 1) / rows, 1) * rows
    for first in stride(from: 0, to: source.shape[0], by: step) {
      slab.start[0] = first
      slab.count[0] = min(step, source.shape[0] - first)
      try target.writeBytes(source.readBytes(slab), slab, threads: threads)
      progress(UInt64(slab.count[0] * rowBytes))
    }
  }

  private static let streamedBytes = 16 << 20

  /// The path of the copy of an object; nil when it was not copied.
  func path(ofCopyOf object: Object) throws -> String? { copies[try object.identity] }

  // MARK: Losses

  private mutating func lose(_ attributes: [String], of object: Object) {
    for name in attributes {
      lose("refers to other objects by their place in the file", "\(object.path)@\(name)")
    }
  }

  private mutating func lose(_ reason: String, _ path: String) {
    losses.append(Loss(object: path, reason: reason))
  }

  private static func path(_ name: String, in group: Group) -> String {
    group.path == "/" ? "/" + name : group.path + "/" + name
  }
}

/// Something that a file of another format, or another file, cannot hold.
public struct Loss: Sendable, Equatable, CustomStringConvertible {
  /// The path of the object in the file that was read; an attribute follows an `@`.
  public var object: String
  /// Why, in words that follow the path.
  public var reason: String

  /// One sentence.
  public var description: String { "\(object) \(reason)" }
}
