internal import CHDF5

/// Shapes of arrays as libhdf5 knows them.
enum Dataspace {
  /// A space of fixed extents; empty for one element.
  static func simple(_ shape: [Int], at site: CallSite) throws(HDF5Error) -> ScopedID {
    precondition(shape.allSatisfy { $0 >= 0 }, "shape \(shape)")
    let extents = shape.map(hsize_t.init)
    return try site.scoped(H5Sclose) {
      extents.isEmpty
        ? H5Screate(H5S_SCALAR) : H5Screate_simple(CInt(extents.count), extents, nil)
    }
  }

  /// The extents of a space; nil for the null space, which holds nothing.
  ///
  /// - Throws: `.corrupt` when the number of elements does not fit an integer, or an extent is beyond the
  ///   largest that the space itself allows, which libhdf5 1.10 does not look at.
  static func shape(of space: hid_t, at site: CallSite) throws(HDF5Error) -> [Int]? {
    switch H5S_class_t(try site.call { H5Sget_simple_extent_type(space).rawValue }) {
    case H5S_NULL: return nil
    case H5S_SCALAR: return []
    default: break
    }
    let rank = try site.call { H5Sget_simple_extent_ndims(space) }
    var extents = [hsize_t](repeating: 0, count: Int(rank))
    var largest = extents
    _ = try site.call { H5Sget_simple_extent_dims(space, &extents, &largest) }
    let shape = extents.map(Int.init(clamping:))
    if let axis = extents.indices.first(where: { extents[$0] > largest[$0] }) {
      throw site.error(
        .corrupt,
        "its shape \(shape) exceeds what it allows itself along axis \(axis), \(largest[axis]); use a backup copy"
      )
    }
    var bytes = 16
    for extent in shape.filter({ $0 > 0 }) {
      let product = bytes.multipliedReportingOverflow(by: extent)
      guard !product.overflow else {
        throw site.error(.corrupt, "its shape \(shape) fits no memory; use a backup copy")
      }
      bytes = product.partialValue
    }
    return shape
  }
}
