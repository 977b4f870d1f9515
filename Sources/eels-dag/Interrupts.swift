import SpectrumFiles

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `Ctrl-C` and `kill`: unfinished files disappear, the old ones stay as they were.
enum Interrupts {
  /// Catches SIGINT, SIGTERM and SIGHUP; call once, before any work.
  static func catchSignals() {
    // Prepares the writer's table, so that the handler itself calls nothing but unlink.
    SpectrumFileWriter.removeTemporaryFiles()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      signal(number) { _ in
        SpectrumFileWriter.removeTemporaryFiles()
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
    // A closed pipe and a file-size limit are errors of the write, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }
}
