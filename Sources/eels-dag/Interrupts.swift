import Augmentation
import SpectrumFiles
import Synchronization

#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// `Ctrl-C` and `kill`: unfinished files disappear, the old ones stay as they were.
///
/// A training with checkpoints writes them first; a second signal does not wait for that.
enum Interrupts {
  // What a signal handler may touch: numbers that need no lock.
  private static let isCheckpointing = Atomic(false)
  private static let stops = Atomic(false)
  private static let writes = Atomic(0)

  /// Catches SIGINT, SIGTERM and SIGHUP; call once, before any work.
  ///
  /// What is ignored from the start stays ignored: so `nohup` and a shell's background jobs want it.
  static func catchSignals() {
    // Prepares what the handler touches, so that it itself calls nothing but unlink.
    SpectrumFileWriter.removeTemporaryFiles()
    endCheckpointing()
    for number in [SIGINT, SIGTERM, SIGHUP] {
      let before = signal(number, SIG_IGN)
      if unsafeBitCast(before, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self) { continue }
      signal(number) { _ in
        if Interrupts.isCheckpointing.load(ordering: .relaxed),
          !Interrupts.stops.exchange(true, ordering: .relaxed)
        {
          return
        }
        SpectrumFileWriter.removeTemporaryFiles()
        _exit(ExitStatus.interrupted.rawValue)
      }
    }
    // A closed pipe and a file-size limit are errors of the write, not the end of the program.
    signal(SIGPIPE, SIG_IGN)
    signal(SIGXFSZ, SIG_IGN)
  }

  /// From now on a signal is a request, for whoever asks for ``requests``; SIGUSR1 is one for a
  /// checkpoint.
  static func beginCheckpointing() {
    _ = requests
    isCheckpointing.store(true, ordering: .relaxed)
    signal(SIGUSR1) { _ in Interrupts.writes.wrappingAdd(1, ordering: .relaxed) }
  }

  /// From now on a signal ends the program; SIGUSR1 does nothing.
  static func endCheckpointing() { isCheckpointing.store(false, ordering: .relaxed) }

  /// What was asked for so far.
  static var requests: Checkpointing.Requests {
    Checkpointing.Requests(
      writes: writes.load(ordering: .relaxed), stops: stops.load(ordering: .relaxed))
  }
}
