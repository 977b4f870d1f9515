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
    room("Spectra"),
    room("LinearAlgebra"),

    .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: settings),
    tests("Spectra", ["Spectra"]),
    tests("LinearAlgebra", ["LinearAlgebra"], fixtures: true),
  ],
  swiftLanguageModes: [.v6]
)
