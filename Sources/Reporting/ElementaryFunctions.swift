#if canImport(Glibc)
internal import Glibc
#else
internal import Darwin
#endif

/// x to the power y.
func power(_ x: Double, _ y: Double) -> Double { pow(x, y) }

/// The logarithm to the base 10.
func decadic(_ x: Double) -> Double { log10(x) }
