/// The rules of NeXus that concern data to be shown, and those of the side that eels-dag hides in it.
///
/// NXdata: https://manual.nexusformat.org/classes/base_classes/NXdata.html.
extension ValidationRule {
  static let nexusEntry = ValidationRule(
    "nexus.entry", .error, "the root holds an NXentry", otherwise: "NeXus readers find nothing")
  static let nexusDefault = ValidationRule(
    "nexus.default", .warning, "default names a member of its group",
    otherwise: "readers have to guess which data are to be shown")
  static let nexusClass = ValidationRule(
    "nexus.class", .warning, "every group in an NXentry has an NX_class",
    otherwise: "validators of NeXus find an error")
  static let nexusName = ValidationRule(
    "nexus.name", .warning, "names are letters, digits and underscores, and begin with no digit",
    otherwise: "validators of NeXus find an error")
  static let nexusSignal = ValidationRule(
    "nexus.signal", .error, "signal of an NXdata names a data set in it",
    otherwise: "readers find no data to show")
  static let nexusSignalOld = ValidationRule(
    "nexus.signal-old", .warning,
    "signal and axes are attributes of the NXdata, not of the data set as before 2014",
    otherwise: "HyperSpy does not know the data as a signal")
  static let nexusAxesList = ValidationRule(
    "nexus.axes-list", .warning, "axes is a list of names, not one text with separators",
    otherwise: "HyperSpy stops at colons; others take it for one name")
  static let nexusAxesCount = ValidationRule(
    "nexus.axes-count", .error,
    "axes has a name, or a dot, for every dimension of the signal, or every name its _indices",
    otherwise: "it is not known which axis belongs to which dimension")
  static let nexusAxisMissing = ValidationRule(
    "nexus.axis-missing", .error, "every name in axes, but the dot, is that of a data set",
    otherwise: "readers show channel numbers, or stop")
  static let nexusAxisLength = ValidationRule(
    "nexus.axis-length", .error,
    "an axis holds one number for every channel, or one more for the edges of bins",
    otherwise: "readers show channel numbers, or stop")
  static let nexusAxisIndices = ValidationRule(
    "nexus.axis-indices", .error, "_indices of an axis are numbers of dimensions of the signal",
    otherwise: "readers show the coordinates along another dimension, or stop")
  static let nexusAxisFinite = ValidationRule(
    "nexus.axis-finite", .error, "the coordinates of an axis are finite",
    otherwise: "channels have no place")
  static let nexusAxisSteps = ValidationRule(
    "nexus.axis-steps", .note, "the coordinates of an axis rise in equal steps",
    otherwise: "HyperSpy's NeXus reader loses them: take the file through 'eels-dag convert'")
  static let nexusTextArray = ValidationRule(
    "nexus.text-array", .note, "lists of texts have elements of variable length",
    otherwise: "HyperSpy loads the file with use_default=True only")
  static let nexusHyperSpy = ValidationRule(
    "nexus.hyperspy", .error,
    "hyperspy of an NXentry, HyperSpy's side of the signal, has data or stands beside an NXdata, and has "
      + "the attributes hyperspy_group and hyperspy_format_version",
    otherwise: "HyperSpy's metadata cannot be given back")

  /// All rules of NeXus.
  public static let nexus: [ValidationRule] = [
    nexusEntry, nexusDefault, nexusClass, nexusName, nexusSignal, nexusSignalOld, nexusAxesList,
    nexusAxesCount, nexusAxisMissing, nexusAxisLength, nexusAxisIndices, nexusAxisFinite,
    nexusAxisSteps, nexusTextArray, nexusHyperSpy,
  ]
}
