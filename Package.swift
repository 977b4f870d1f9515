// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func room(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], fixtures: Bool = false
) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: dependencies + ["TestSupport"],
    resources: fixtures ? [.copy("Fixtures")] : [], swiftSettings: settings)
}

let package = Package(
  name: "eels-dag",
  platforms: [.macOS(.v15)],
  targets: [
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .target(name: "CKernels"),

    room("Spectra"),
    room("LinearAlgebra", ["CKernels", "COpenBLAS"]),
    room("NeuralNetworks", ["LinearAlgebra", "CKernels"]),
    room("Simulation", ["Spectra", "LinearAlgebra"]),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    tests("Spectra", ["Spectra"], fixtures: true),
    tests("LinearAlgebra", ["LinearAlgebra", "CKernels"], fixtures: true),
    tests("NeuralNetworks", ["NeuralNetworks", "LinearAlgebra"], fixtures: true),
    tests("Simulation", ["Simulation", "Spectra"], fixtures: true),
  ],
  swiftLanguageModes: [.v6]
)
