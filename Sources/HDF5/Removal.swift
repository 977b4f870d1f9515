internal import CHDF5

extension Object {
  /// Removes an attribute.
  ///
  /// - Throws: ``HDF5Error`` when there is none of this name, or of kind `.cannotWrite` or
  ///   `.closed`.
  public func removeAttribute(_ name: String) throws(HDF5Error) {
    _ = try at("remove attribute \(name) of").call { H5Adelete(id, name) }
  }
}

extension Group {
  /// Removes an entry; the object goes with its last entry.
  ///
  /// - Throws: ``HDF5Error`` when there is none of this name, or of kind `.cannotWrite` or
  ///   `.closed`.
  public func unlink(_ name: String) throws(HDF5Error) {
    _ = try at("remove \(name) from").call { H5Ldelete(id, name, hid_t(H5P_DEFAULT)) }
  }
}
