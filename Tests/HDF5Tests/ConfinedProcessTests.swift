import Foundation
import HDF5
import Testing

/// Work in a confined copy of the process: what comes back, and that nothing else does.
struct ConfinedProcessTests {
  private static let limits = ConfinedProcess.Limits(
    memory: 256 << 20, milliseconds: 2000, wallSeconds: 20)

  @Test func `the result comes back, however long it is`() {
    let bytes = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
    #expect(ConfinedProcess.run(Self.limits) { bytes } == .finished(bytes))
    #expect(ConfinedProcess.run(Self.limits) { [] } == .finished([]))
  }

  @Test func `a crash is a crash of the copy`() {
    for number in [SIGSEGV, SIGABRT, SIGTRAP] {
      let outcome = ConfinedProcess.run(Self.limits) {
        raise(number)
        return []
      }
      #expect(outcome == .crashed(signal: number))
    }
    for code: CInt in [0, 9] {
      #expect(ConfinedProcess.run(Self.limits) { _exit(code) } == .crashed(signal: 0))
    }
  }

  @Test func `work without an end is ended`() {
    let endless = ConfinedProcess.run(.init(memory: 1 << 20, milliseconds: 300, wallSeconds: 60)) {
      while getppid() >= 0 {}
      return []
    }
    #expect(endless == .stalled)
    let start = ContinuousClock.now
    let asleep = ConfinedProcess.run(.init(memory: 1 << 20, milliseconds: 60_000, wallSeconds: 1)) {
      sleep(30)
      return []
    }
    #expect(asleep == .late)
    #expect(ContinuousClock.now - start < .seconds(20))
  }

  @Test func `a copy made in advance waits for what it is given`() throws {
    let copies = try (0..<3).map { number in try ConfinedProcess { $0 + [number] } }
    for (number, copy) in copies.enumerated().reversed() {
      copy.run(Self.limits, [7, 8]) { #expect($0 == .finished([7, 8, UInt8(number)])) }
    }
    let gone = try ConfinedProcess { _ in _exit(3) }
    gone.run(Self.limits, Array(repeating: 1, count: 1000)) { #expect($0 == .crashed(signal: 0)) }
  }

  @Test func `memory and files are out of reach`() throws {
    func bytes(_ count: Int) -> ConfinedProcess.Outcome {
      ConfinedProcess.run(Self.limits) {
        let memory = mmap(
          nil, count, PROT_READ | PROT_WRITE, MAP_PRIVATE | CInt(MAP_ANONYMOUS), -1, 0)
        return [memory == MAP_FAILED ? 0 : 1]
      }
    }
    #expect(bytes(100 << 20) == .finished([1]))
    #if os(Linux)
    #expect(bytes(300 << 20) == .finished([0]))
    #endif
    let scratch = try Scratch()
    let path = scratch.path("never")
    let outcome = ConfinedProcess.run(Self.limits) {
      signal(SIGXFSZ, SIG_IGN)
      let descriptor = open(path, O_CREAT | O_WRONLY, 0o600)
      return [UInt8(truncatingIfNeeded: write(descriptor, "x", 1))]
    }
    #expect(outcome == .finished([255]))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)).isEmpty)
  }
}
