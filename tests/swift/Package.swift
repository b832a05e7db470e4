// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "Waxwing",
    platforms: [.iOS(.v16), .macOS(.v13)],
    products: [.library(name: "Waxwing", targets: ["Waxwing"])],
    targets: [
        .systemLibrary(name: "CWaxwing"),
        .target(name: "Waxwing", dependencies: ["CWaxwing"]),
        .executableTarget(name: "Scenario", dependencies: ["Waxwing"]),
        .executableTarget(name: "Promises", dependencies: ["Waxwing"]),
    ],
    swiftLanguageModes: [.v6]
)
