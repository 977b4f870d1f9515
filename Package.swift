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
  products: [
    .executable(name: "eels-dag", targets: ["eels-dag"])
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    .systemLibrary(
      name: "CHDF5", pkgConfig: "hdf5",
      providers: [.apt(["libhdf5-dev"]), .brew(["hdf5"])]),
    .systemLibrary(
      name: "COpenBLAS", pkgConfig: "openblas",
      providers: [.apt(["libopenblas-dev"]), .brew(["openblas"])]),
    .systemLibrary(
      name: "CCairo", pkgConfig: "cairo",
      providers: [.apt(["libcairo2-dev"]), .brew(["cairo"])]),
    .systemLibrary(
      name: "COpenSSL", pkgConfig: "libcrypto",
      providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
    .target(name: "CKernels"),

    room("Spectra"),
    room("HDF5", ["CHDF5"]),
    room("SpectrumFiles", ["Spectra", "HDF5", "COpenSSL"]),
    room("LinearAlgebra", ["CKernels", "COpenBLAS"]),
    room("Preprocessing", ["Spectra", "LinearAlgebra"]),
    room("NeuralNetworks", ["LinearAlgebra", "CKernels"]),
    room("Evaluation", ["Spectra", "LinearAlgebra"]),
    room("Augmentation", ["Spectra", "LinearAlgebra", "NeuralNetworks", "Evaluation"]),
    room("Simulation", ["Spectra", "LinearAlgebra"]),
    room("Reporting", ["Spectra", "CCairo"]),
    .executableTarget(
      name: "eels-dag",
      dependencies: [
        "Spectra", "SpectrumFiles", "Preprocessing", "Augmentation", "Evaluation", "Simulation",
        "Reporting", .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    tests("Spectra", ["Spectra"]),
    tests("HDF5", ["HDF5"]),
    tests("SpectrumFiles", ["SpectrumFiles", "Spectra", "HDF5"], fixtures: true),
    tests("LinearAlgebra", ["LinearAlgebra"], fixtures: true),
    tests("Preprocessing", ["Preprocessing", "Spectra", "LinearAlgebra"], fixtures: true),
    tests("NeuralNetworks", ["NeuralNetworks", "LinearAlgebra"], fixtures: true),
    tests("Evaluation", ["Evaluation", "Spectra", "LinearAlgebra"], fixtures: true),
    tests("Augmentation", ["Augmentation", "Evaluation", "NeuralNetworks", "Spectra"]),
    tests("Simulation", ["Simulation", "Spectra"]),
    tests("Reporting", ["Reporting", "Spectra"]),
    tests("Command", ["eels-dag", "SpectrumFiles", "Spectra"]),
  ],
  swiftLanguageModes: [.v6]
)
