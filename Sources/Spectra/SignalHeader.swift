/// Everything about a signal but its data: title, axes, metadata.
public struct SignalHeader: Sendable, Equatable {
  /// The signal's title.
  public var title: String
  /// HyperSpy's signal type, `EELS` for energy-loss spectra, empty for plain signals.
  public var signalType: String
  /// The axes in array order, slowest first; navigation axes come before signal axes.
  public var axes: [Axis]
  /// The number type of the data in the file.
  public var elementType: ElementType
  /// HyperSpy's `metadata`.
  public var metadata: MetadataTree
  /// HyperSpy's `original_metadata`: what the microscope's software wrote.
  public var originalMetadata: MetadataTree

  /// Creates a header.
  public init(
    title: String, signalType: String = "EELS", axes: [Axis], elementType: ElementType = .float32,
    metadata: MetadataTree = MetadataTree(), originalMetadata: MetadataTree = MetadataTree()
  ) {
    self.title = title
    self.signalType = signalType
    self.axes = axes
    self.elementType = elementType
    self.metadata = metadata
    self.originalMetadata = originalMetadata
  }

  /// The navigation axes, slowest first.
  public var navigationAxes: [Axis] { axes.filter(\.isNavigation) }
  /// The signal axes.
  public var signalAxes: [Axis] { axes.filter { !$0.isNavigation } }
  /// The sizes of the navigation axes, slowest first; empty for a single spectrum.
  public var navigationShape: [Int] { navigationAxes.map(\.count) }
  /// The sizes of all axes in array order.
  public var shape: [Int] { axes.map(\.count) }
  /// The number of spectra: the product of the navigation shape, 1 for a single spectrum.
  public var spectrumCount: Int { navigationShape.reduce(1, *) }
  /// The number of channels of a spectrum: the product of the signal axes' sizes.
  public var channelCount: Int { signalAxes.map(\.count).reduce(1, *) }
  /// The single uniform signal axis, or nil when the signal is not made of uniform spectra.
  public var energyAxis: UniformAxis? {
    signalAxes.count == 1 ? signalAxes[0].uniform : nil
  }
  /// The width of a channel in eV; nil when the axis is not uniform and rising, or not in eV.
  ///
  /// An axis without units is taken for eV when the signal's type says EELS.
  public var energyStep: Double? {
    guard let axis = energyAxis, axis.scale > 0, axis.scale.isFinite else { return nil }
    return switch signalAxes[0].units {
    case "eV": axis.scale
    case nil, "", "<undefined>": signalType == "EELS" ? axis.scale : nil
    default: nil
    }
  }
}
