// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
]

func system(_ name: String, _ pkgConfig: String, apt: String, brew: String) -> Target {
  .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt]), .brew([brew])])
}

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
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
  ],
  targets: [
    system("CHDF5", "hdf5", apt: "libhdf5-dev", brew: "hdf5"),
    system("CDeflate", "libdeflate", apt: "libdeflate-dev", brew: "libdeflate"),
    system("CZstd", "libzstd", apt: "libzstd-dev", brew: "zstd"),
    system("CLZ4", "liblz4", apt: "liblz4-dev", brew: "lz4"),
    system("CBlosc", "blosc", apt: "libblosc-dev", brew: "c-blosc"),
    system("COpenBLAS", "openblas", apt: "libopenblas-dev", brew: "openblas"),
    system("CCairo", "cairo", apt: "libcairo2-dev", brew: "cairo"),
    system("CCrypto", "libcrypto", apt: "libssl-dev", brew: "openssl@3"),
    // libsvm has no pkg-config file: its module map names the library.
    .systemLibrary(name: "CSVM", providers: [.apt(["libsvm-dev"]), .brew(["libsvm"])]),
    .target(name: "CKernels"),
    .target(name: "CProcess"),

    room("Spectra"),
    room("HDF5", ["CHDF5", "CDeflate", "CZstd", "CLZ4", "CBlosc", "CProcess"]),
    room("SpectrumFiles", ["Spectra", "HDF5", "CCrypto"]),
    room("LinearAlgebra", ["CKernels", "COpenBLAS"]),
    room("ModelFiles", ["LinearAlgebra", "SpectrumFiles"]),
    room("Preprocessing", ["Spectra", "LinearAlgebra", "CKernels"]),
    room("NeuralNetworks", ["LinearAlgebra", "CKernels"]),
    room("Evaluation", ["LinearAlgebra"]),
    room("Classification", ["NeuralNetworks", "LinearAlgebra", "CSVM"]),
    room("Augmentation", ["NeuralNetworks", "Evaluation", "LinearAlgebra"]),
    room("Studies", ["Augmentation", "Classification", "Evaluation", "LinearAlgebra"]),
    room("Simulation", ["Spectra", "LinearAlgebra"]),
    room("Reporting", ["CCairo"]),
    .executableTarget(
      name: "eels-dag",
      dependencies: [
        "CKernels", "Spectra", "SpectrumFiles", "LinearAlgebra", "Preprocessing", "Evaluation",
        "Augmentation", "Classification", "Studies", "Simulation", "Reporting", "ModelFiles",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ], swiftSettings: settings),

    .executableTarget(
      name: "background-work", dependencies: ["Preprocessing", "Spectra", "CKernels"],
      path: "Benchmarks/BackgroundWork", swiftSettings: settings),
    .executableTarget(
      name: "train-work", dependencies: ["Augmentation", "NeuralNetworks", "LinearAlgebra"],
      path: "Benchmarks/TrainWork", swiftSettings: settings),
    .executableTarget(
      name: "classify-work", dependencies: ["Classification", "LinearAlgebra"],
      path: "Benchmarks/ClassifyWork", swiftSettings: settings),
    .executableTarget(
      name: "network-work", dependencies: ["Classification", "LinearAlgebra"],
      path: "Benchmarks/NetworkWork", swiftSettings: settings),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    .target(name: "CAllocations", path: "Tests/CAllocations"),
    tests("Spectra", ["Spectra"], fixtures: true),
    tests("HDF5", ["HDF5"], fixtures: true),
    tests("SpectrumFiles", ["SpectrumFiles", "Spectra", "HDF5"], fixtures: true),
    tests("LinearAlgebra", ["LinearAlgebra", "CKernels"], fixtures: true),
    tests("ModelFiles", ["ModelFiles", "LinearAlgebra", "SpectrumFiles"]),
    tests(
      "Preprocessing", ["Preprocessing", "Simulation", "Spectra", "LinearAlgebra"], fixtures: true),
    tests("NeuralNetworks", ["NeuralNetworks", "LinearAlgebra"], fixtures: true),
    tests("Evaluation", ["Evaluation", "LinearAlgebra"], fixtures: true),
    tests("Classification", ["Classification", "LinearAlgebra", "CAllocations"], fixtures: true),
    tests(
      "Augmentation",
      ["Augmentation", "NeuralNetworks", "Evaluation", "LinearAlgebra", "CAllocations"],
      fixtures: true),
    tests(
      "Studies", ["Studies", "Augmentation", "Classification", "LinearAlgebra"], fixtures: true),
    tests(
      "Simulation", ["Simulation", "Preprocessing", "Spectra", "LinearAlgebra"], fixtures: true),
    tests("Reporting", ["Reporting"], fixtures: true),
  ],
  swiftLanguageModes: [.v6]
)
