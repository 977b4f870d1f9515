internal import CKernels
internal import COpenBLAS

#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// The one-time set-up of OpenBLAS; every BLAS or LAPACK call in this module comes after it.
package enum OpenBLAS {
  /// Runs the set-up when first read.
  ///
  /// One thread: a matrix product gives the same bytes whatever else runs, and the parallelism is
  /// ours (classes, blocks).
  package static let prepared: Void = {
    chooseCore()
    openblas_set_num_threads(1)
  }()

  /// The name of the processor core that OpenBLAS works for, for example `SkylakeX`.
  package static var core: String {
    prepared
    return String(cString: openblas_get_corename())
  }

  /// Makes OpenBLAS use the vector unit of a processor that is newer than itself.
  ///
  /// OpenBLAS knows processors by model number and treats an Intel model it does not know as a
  /// `Prescott` of 2004: matrix products then take three times as long. When that happens, and the
  /// user has not chosen with `OPENBLAS_CORETYPE`, its own start-up selection is run once more with
  /// the core named that the processor's feature bits show.
  private static func chooseCore() {
    guard getenv("OPENBLAS_CORETYPE") == nil, let core = ck_vector_core(),
      String(cString: openblas_get_corename()) == "Prescott",
      let leave = symbol("gotoblas_dynamic_quit"), let select = symbol("gotoblas_dynamic_init")
    else { return }
    setenv("OPENBLAS_CORETYPE", core, 1)
    leave()
    select()
    unsetenv("OPENBLAS_CORETYPE")
  }

  private static func symbol(_ name: String) -> (@convention(c) () -> Void)? {
    dlsym(dlopen(nil, RTLD_NOW), name).map {
      unsafeBitCast($0, to: (@convention(c) () -> Void).self)
    }
  }
}
