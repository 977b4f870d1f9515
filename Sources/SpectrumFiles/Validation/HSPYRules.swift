/// The rules of HSPY, versions 1.0 to 3.3: what HyperSpy's reader asks for, found by experiment with
/// HyperSpy 1.7.3 and 2.5.
extension ValidationRule {
  static let experiments = ValidationRule(
    "hspy.experiments", .error, "the root holds a group Experiments",
    otherwise: "HyperSpy takes the file for none of its own")
  static let formatVersion = ValidationRule(
    "hspy.format-version", .error,
    "file_format_version is a text of two numbers such as 3.3, and is missing in version 1.0 only",
    otherwise: "HyperSpy stops")
  static let formatNewer = ValidationRule(
    "hspy.format-newer", .warning, "file_format_version is at most 3.3",
    otherwise: "what is new in the format is not known here")
  static let formatTrue = ValidationRule(
    "hspy.format-true", .error,
    "the metadata are called mapped_parameters and original_parameters below version 1.2, metadata and "
      + "original_metadata from 1.2 on",
    otherwise: "HyperSpy looks for the names of the version that the file claims, and stops")
  static let signal = ValidationRule(
    "hspy.signal", .error, "a group in Experiments holds a data set data",
    otherwise: "there is nothing to load")
  static let link = ValidationRule(
    "hspy.link", .warning,
    "what Experiments holds lies in it, or is a link that leads to a group of this file",
    otherwise: "HyperSpy stops; eels-dag leaves the link out")
  static let package = ValidationRule(
    "hspy.package", .error, "package comes with package_version", otherwise: "HyperSpy stops")
  static let metadata = ValidationRule(
    "hspy.metadata", .error, "a signal has a group metadata, be it empty",
    otherwise: "HyperSpy stops")
  static let originalMetadata = ValidationRule(
    "hspy.original-metadata", .error, "a signal has a group original_metadata, be it empty",
    otherwise: "HyperSpy stops")
  static let title = ValidationRule(
    "hspy.title", .warning, "metadata/General has a title, one text",
    otherwise: "the signal has no title: the name of its group is not taken")
  static let signalType = ValidationRule(
    "hspy.signal-type", .warning,
    "metadata/Signal has a signal_type, one text: EELS for energy-loss spectra",
    otherwise: "the signal is a plain one, without the methods for its kind")
  static let dataType = ValidationRule(
    "hspy.data-type", .error,
    "data are numbers, truth values, records of numbers such as RGBA, or arrays of various lengths",
    otherwise: "HyperSpy stops")
  static let dataShape = ValidationRule(
    "hspy.data-shape", .error, "data have a dimension at least",
    otherwise: "HyperSpy shows a signal without a spectrum, or stops")
  static let dataEmpty = ValidationRule(
    "hspy.data-empty", .warning, "data hold a value at least",
    otherwise: "there is nothing to look at")
  static let chunks = ValidationRule(
    "hspy.chunks", .warning,
    "arrays of numbers of a signal lie in chunks, those of its metadata included",
    otherwise: "HyperSpy cannot load the file lazily")
  static let filter = ValidationRule(
    "hspy.filter", .warning,
    "chunks pass through HDF5's own filters only: gzip, shuffle, fletcher32, szip, nbit, scaleoffset",
    otherwise: "readers without the filter's plug-in cannot decode the data")
  static let raggedShapes = ValidationRule(
    "hspy.ragged-shapes", .error,
    "arrays of various lengths stand beside their shapes: ragged_shapes below version 3.3, "
      + "_ragged_shapes_data from 3.3 on",
    otherwise: "elements of more than one dimension come back flat, or HyperSpy stops")
  static let axes = ValidationRule(
    "hspy.axes", .error,
    "every dimension has a group axis-0, axis-1, …, or all of them are in _list_N_axes",
    otherwise: "HyperSpy takes the file for none of its own")
  static let axisNavigate = ValidationRule(
    "hspy.axis-navigate", .error,
    "navigate is one value of the enumeration FALSE = 0, TRUE = 1, not an integer",
    otherwise: "HyperSpy stops")
  static let axisNavigateMissing = ValidationRule(
    "hspy.axis-navigate-missing", .error,
    "from version 2.1 on an axis has navigate, where metadata/Signal has no record_by",
    otherwise: "HyperSpy takes every axis for a signal axis")
  static let axisBinned = ValidationRule(
    "hspy.axis-binned", .error,
    "is_binned is one value of the enumeration FALSE = 0, TRUE = 1, not an integer",
    otherwise: "HyperSpy stops")
  static let binned = ValidationRule(
    "hspy.binned", .error,
    "binned of metadata/Signal is one value of the enumeration FALSE = 0, TRUE = 1",
    otherwise: "HyperSpy stops")
  static let binnedAgrees = ValidationRule(
    "hspy.binned-agrees", .error,
    "is_binned of a signal axis is what binned of metadata/Signal says, where that is there",
    otherwise: "HyperSpy believes binned, whatever the axes say")
  static let binnedPlace = ValidationRule(
    "hspy.binned-place", .note,
    "whether signal axes are binned is said by binned of metadata/Signal below version 3.1, and by "
      + "is_binned of the axes from 3.1 on",
    otherwise:
      "HyperSpy before 1.7 knows binned alone; later ones move it to the axes and warn of an old file"
  )
  static let binnedEELS = ValidationRule(
    "hspy.binned-eels", .note, "the signal axis of an EELS signal is binned",
    otherwise: "HyperSpy makes it so, whatever is_binned says; eels-dag keeps to is_binned")
  static let axisText = ValidationRule(
    "hspy.axis-text", .error,
    "name, units, expression and _type of an axis are single texts, not arrays of one",
    otherwise: "HyperSpy stops")
  static let axisNameless = ValidationRule(
    "hspy.axis-nameless", .note,
    "name and units of an axis are not _None_, HyperSpy's word for undefined",
    otherwise: "HyperSpy 1.7.3 stops; give the axis a name and units")
  static let axisType = ValidationRule(
    "hspy.axis-type", .error,
    "_type is UniformDataAxis, DataAxis with a data set axis, or FunctionalDataAxis with expression and "
      + "x",
    otherwise: "HyperSpy stops")
  static let axisSize = ValidationRule(
    "hspy.axis-size", .error, "size of an axis is the size of the data along it",
    otherwise: "HyperSpy believes it, and shows other coordinates than were meant")
  static let axisCalibration = ValidationRule(
    "hspy.axis-calibration", .error,
    "scale and offset of an axis are finite, and scale is not 0",
    otherwise: "channels cannot be told apart by their coordinates")
  static let axisPoints = ValidationRule(
    "hspy.axis-points", .error, "a DataAxis has one coordinate for every channel",
    otherwise: "HyperSpy shows other coordinates than were meant")
  static let axisOrder = ValidationRule(
    "hspy.axis-order", .error, "the coordinates of a DataAxis only rise, or only fall",
    otherwise: "HyperSpy stops")
  static let listOrder = ValidationRule(
    "hspy.list-order", .note,
    "the members of a list that is kept as a group have names of equal length: 00, 01, … from eleven "
      + "members on",
    otherwise: "HyperSpy sorts them as texts: 0, 1, 10, 2, …")
  static let loadings = ValidationRule(
    "hspy.loadings", .warning, "loadings have as many columns as factors",
    otherwise: "no model can be made of the decomposition")
  static let clusterLabels = ValidationRule(
    "hspy.cluster-labels", .warning,
    "cluster_labels have a row for every cluster and a column for every position",
    otherwise: "get_cluster_labels fails")

  /// All rules of HSPY.
  public static let hspy: [ValidationRule] = [
    experiments, formatVersion, formatNewer, formatTrue, signal, link, package, metadata,
    originalMetadata, title, signalType, dataType, dataShape, dataEmpty, chunks, filter,
    raggedShapes, axes, axisNavigate, axisNavigateMissing, axisBinned, binned, binnedAgrees,
    binnedPlace, binnedEELS, axisText, axisNameless,
    axisType, axisSize, axisCalibration, axisPoints, axisOrder, listOrder, loadings, clusterLabels,
  ]
}
