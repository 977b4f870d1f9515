import SpectrumFiles

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `Ctrl-C` and `kill`: unfinished files disappear, the old ones stay as they were.
enum Interrupts {
  /// Catches SIGINT, SIGTERM and SIGHUP; call once, before any work.
  ///
  /// What is ignored from the start stays ignored: so `nohup` and a shell's background jobs want it.
  static func catchSignals() {
    // Prepares the writer's table, so that the handler itself calls nothing but unlink.
    SpectrumFileWriter.removeTemporaryFiles()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number, SIG_IGN)
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
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
