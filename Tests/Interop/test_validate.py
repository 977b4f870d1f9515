"""`validate`: every rule is broken by a file and found; HyperSpy does then what the rule says; sound files
give no finding."""

import json

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
from conftest import HYPERSPY, REFUSED, ROOT, load, spectra
from packaging.version import Version

MODERN = HYPERSPY >= Version("2")
RULES = {
    rule["id"]: rule
    for name in ("hspy-3.3.json", "nexus.json")
    for rule in json.loads((ROOT / "Schemas" / name).read_text())["rules"]
}


@pytest.fixture
def findings(run):
    """What `validate --json` finds in a file."""

    def findings(path):
        result = run("validate", path.name, "--json", cwd=path.parent)
        report = json.loads(result.stdout)
        assert report["isSound"] == (result.returncode == 0), result.stderr
        assert report["isSound"] != any(f["severity"] == "error" for f in report["findings"])
        assert result.returncode in (0, REFUSED)
        for finding in report["findings"]:
            rule = RULES[finding["rule"]]
            assert finding["severity"] == rule["severity"]
            assert finding["statement"] == rule["statement"]
        return report["findings"]

    return findings


def written_by_hyperspy(path):
    """A spectrum image as HyperSpy writes it, with a decomposition."""
    signal = hs.signals.Signal1D(spectra((6, 5, 128)).astype("f4"))
    signal.set_signal_type("EELS")
    for axis, name in zip(signal.axes_manager._axes, ("y", "x", "Energy loss")):
        axis.name, axis.units = name, "eV" if name[0] == "E" else "nm"
    signal.metadata.General.title = "si"
    signal.metadata.set_item("Sample.elements", ["Fe", "O"])
    signal.decomposition(output_dimension=3, print_info=False)
    signal.save(str(path))
    return path


@pytest.fixture
def broken(tmp_path):
    """A file of HyperSpy's, to be broken: its path and, open, the file and the signal's group."""

    class Broken:
        path = written_by_hyperspy(tmp_path / "in.hspy")

        def __enter__(self):
            self.file = h5py.File(self.path, "a")
            return self.file, self.file["Experiments/si"]

        def __exit__(self, *_):
            self.file.close()

    return Broken()


def replace(group, data, name="data", **options):
    del group[name]
    return group.create_dataset(name, data=data, **options)


def ragged(file, signal):
    data = np.empty((2,), dtype=object)
    data[:] = [np.arange(3.0), np.arange(2.0)]
    del signal["data"], signal["axis-1"], signal["axis-2"]
    stored = signal.create_dataset(
        "data", (2,), h5py.vlen_dtype(np.dtype("f8")), chunks=(2,))
    stored[:] = data
    signal["axis-0"].attrs["size"] = 2
    del signal["learning_results"]
    signal.create_group("learning_results")


def points(values):
    def change(file, signal):
        axis = signal["axis-2"]
        for name in ("scale", "offset", "size"):
            del axis.attrs[name]
        axis.attrs["_type"] = "DataAxis"
        if values is not None:
            axis.create_dataset("axis", data=values, chunks=values.shape)

    return change


def attribute(path, name, value):
    def change(file, signal):
        signal[path].attrs[name] = value

    return change


def without(path, name):
    def change(file, signal):
        if name in signal[path].attrs:
            del signal[path].attrs[name]
        else:
            del signal[path][name]

    return change


def without_navigate(file, signal):
    for index in range(3):
        del signal[f"axis-{index}"].attrs["navigate"]


def long_list(file, signal):
    group = signal["metadata"].create_group("_list_12_mixed")
    for index in range(12):
        group.attrs[str(index)] = f"member {index}" if index % 2 else index


def link(target):
    def change(file, signal):
        file["Experiments/again"] = h5py.SoftLink(target)

    return change


def binned(value, version=None):
    """Whether the signal axes are binned, where files before version 3.1 say it."""
    def change(file, signal):
        signal["metadata/Signal"].attrs["binned"] = value
        if version:
            file.attrs["file_format_version"] = version

    return change


def hspy_version(value):
    def change(file, signal):
        file.attrs["file_format_version"] = value

    return change


# The rule, how it is broken, and what HyperSpy 2.5 does: stops, stops when lazy, or loads.
HSPY = [
    ("hspy.experiments", lambda f, s: f.move("Experiments", "Analysis"), "stops"),
    ("hspy.format-version", hspy_version("three"), "stops"),
    ("hspy.format-version", lambda f, s: f.attrs.__delitem__("file_format_version"), "stops"),
    ("hspy.format-newer", hspy_version("4.1"), "loads"),
    ("hspy.format-true", hspy_version("1.1"), "stops"),
    ("hspy.signal", without(".", "data"), "stops"),
    ("hspy.link", link("/nowhere"), "stops"),
    ("hspy.link", link("/Experiments/again"), "stops"),
    ("hspy.package", lambda f, s: (s.attrs.__setitem__("package", "exspy"),
                                   s.attrs.pop("package_version", None)), "stops"),
    ("hspy.metadata", without(".", "metadata"), "stops"),
    ("hspy.original-metadata", without(".", "original_metadata"), "stops"),
    ("hspy.title", without("metadata/General", "title"), "loads"),
    ("hspy.title", attribute("metadata/General", "title", ["si"]), "loads"),
    ("hspy.signal-type", without("metadata/Signal", "signal_type"), "loads"),
    ("hspy.data-type", lambda f, s: replace(s, np.full((6, 5, 128), b"a"), chunks=(6, 5, 128)), "stops"),
    ("hspy.data-shape", lambda f, s: replace(s, 1.0), "other"),
    ("hspy.data-empty", lambda f, s: (
        s.__delitem__("data"), s.create_dataset("data", (0, 5, 128), chunks=(1, 5, 128), maxshape=(None, 5, 128)),
        s["axis-0"].attrs.__setitem__("size", 0)), None),
    ("hspy.chunks", lambda f, s: replace(s, s["data"][()]), "lazy"),
    ("hspy.chunks", lambda f, s: s["metadata"].create_dataset("x", data=np.arange(3)), "lazy"),
    ("hspy.filter", lambda f, s: replace(s, s["data"][()], compression="lzf"), "loads"),
    ("hspy.ragged-shapes", ragged, None),
    ("hspy.axes", without(".", "axis-2"), "stops"),
    ("hspy.axis-navigate", attribute("axis-0", "navigate", 1), "stops"),
    ("hspy.axis-navigate-missing", without_navigate, "other"),
    ("hspy.axis-binned", attribute("axis-2", "is_binned", np.uint8(1)), "stops"),
    ("hspy.binned", binned(1), "stops"),
    ("hspy.binned", binned("True"), "stops"),
    ("hspy.binned-agrees", binned(np.bool_(False), "3.0"), "loads"),
    ("hspy.binned-place", binned(np.bool_(True)), "loads"),
    ("hspy.binned-place", hspy_version("3.0"), "loads"),
    ("hspy.binned-eels", attribute("axis-2", "is_binned", np.bool_(False)), "loads"),
    ("hspy.axis-text", attribute("axis-2", "name", ["Energy loss"]), "stops"),
    ("hspy.axis-text", attribute("axis-0", "units", ["nm"]), "stops"),
    ("hspy.axis-nameless", attribute("axis-1", "name", "_None_"), "loads"),
    ("hspy.axis-nameless", attribute("axis-1", "units", "_None_"), "loads"),
    ("hspy.axis-type", attribute("axis-2", "_type", "SpiralAxis"), "stops"),
    ("hspy.axis-type", points(None), "stops"),
    ("hspy.axis-type", attribute("axis-2", "_type", "FunctionalDataAxis"), "stops"),
    ("hspy.axis-size", attribute("axis-2", "size", 100), "other"),
    ("hspy.axis-size", without("axis-2", "size"), "other"),
    ("hspy.axis-calibration", attribute("axis-2", "scale", 0.0), "loads"),
    ("hspy.axis-calibration", attribute("axis-2", "offset", float("nan")), "loads"),
    ("hspy.axis-points", points(np.arange(100.0)), "other"),
    ("hspy.axis-order", points(np.sin(np.arange(128.0))), "stops"),
    ("hspy.list-order", long_list, "loads"),
    ("hspy.loadings", lambda f, s: replace(
        s["learning_results"], np.zeros((30, 2)), "loadings", chunks=(30, 2)), "loads"),
    ("hspy.cluster-labels", lambda f, s: s["learning_results"].create_dataset(
        "cluster_labels", data=np.zeros((2, 29), bool), chunks=(2, 29)), "loads"),
]


def can_load(path, **options):
    try:
        loaded = load(path, **options)
    except Exception:  # However it stops.
        return None
    return loaded or None


@pytest.mark.parametrize("rule, change, effect", HSPY)
def test_hspy(rule, change, effect, broken, findings):
    if not MODERN:
        if rule == "hspy.axis-navigate-missing":
            pytest.skip("HyperSpy 1.7.3 writes record_by, too")
        # It writes version 3.1, and stops at other places; the file's rules are the same.
        effect = None
    assert findings(broken.path) == []
    before = can_load(broken.path)
    with broken as (file, signal):
        change(file, signal)
    found = findings(broken.path)
    # A single value has no chunks either.
    also = {"hspy.chunks"} if rule == "hspy.data-shape" else set()
    assert {finding["rule"] for finding in found} == {rule, *also}, found
    for finding in found:
        with h5py.File(broken.path) as file:
            path, _, name = finding["object"].partition("@")
            assert path in file and (not name or name in file[path].attrs), finding
    after, lazy = can_load(broken.path), can_load(broken.path, lazy=True)
    if effect == "stops":
        assert after is None
    elif effect == "lazy":
        assert after is not None and lazy is None
    elif effect == "loads":
        assert repr(after[0].axes_manager.shape) == repr(before[0].axes_manager.shape)
    elif effect == "other":
        assert repr(after[0]) != repr(before[0])


def nexus_file(path):
    """A small NeXus file that keeps all rules."""
    text = h5py.string_dtype("ascii")
    with h5py.File(path, "w") as file:
        file.attrs["NX_class"], file.attrs["default"] = "NXroot", "entry"
        entry = file.create_group("entry")
        entry.attrs["NX_class"], entry.attrs["default"] = "NXentry", "si"
        entry.create_dataset("title", data="si", dtype=text)
        data = entry.create_group("si")
        data.attrs["NX_class"], data.attrs["signal"] = "NXdata", "counts"
        data.attrs["axes"] = ["y", "x", "energy"]
        data.create_dataset("counts", data=spectra((6, 5, 128)), chunks=(6, 5, 128))
        for index, (name, size) in enumerate([("y", 6), ("x", 5), ("energy", 128)]):
            data.attrs[f"{name}_indices"] = index
            data.create_dataset(name, data=np.arange(size) + 0.5)
    return path


def axis(values):
    def change(file):
        del file["entry/si/energy"]
        file["entry/si/energy"] = values

    return change


def old_signal(file):
    group = file["entry/si"]
    del group.attrs["signal"]
    group["counts"].attrs["signal"] = 1


def old_axes(file):
    group = file["entry/si"]
    del group.attrs["axes"]
    group["counts"].attrs["axes"] = "y:x:energy"


def few_axes(file):
    group = file["entry/si"]
    group.attrs["axes"] = ["y", "energy"]
    del group.attrs["energy_indices"]


def hidden(file, marks):
    group = file["entry"].create_group("hyperspy")
    group.attrs["NX_class"] = "NXcollection"
    if marks:
        group.attrs["hyperspy_group"], group.attrs["hyperspy_format_version"] = "si", "3.3"
        del file["entry/si"], file["entry"].attrs["default"]


NEXUS = [
    ("nexus.entry", lambda f: f["entry"].attrs.__setitem__("NX_class", "NXsubentry")),
    ("nexus.default", lambda f: f.attrs.__setitem__("default", "another")),
    ("nexus.default", lambda f: f["entry"].attrs.__setitem__("default", "another")),
    ("nexus.class", lambda f: f["entry"].create_group("unknown")),
    ("nexus.name", lambda f: f["entry"].create_dataset("with space", data=1)),
    ("nexus.name", lambda f: f["entry"].create_dataset("2nd", data=1)),
    ("nexus.signal", lambda f: f["entry/si"].attrs.__setitem__("signal", "none")),
    ("nexus.signal", lambda f: f["entry/si"].attrs.__delitem__("signal")),
    ("nexus.signal-old", old_signal),
    ("nexus.signal-old", old_axes),
    ("nexus.axes-list", lambda f: f["entry/si"].attrs.__setitem__("axes", "y:x:energy")),
    ("nexus.axes-list", lambda f: f["entry/si"].attrs.__setitem__("axes", "y,x,energy")),
    ("nexus.axes-count", few_axes),
    ("nexus.axis-missing", lambda f: f["entry/si"].__delitem__("energy")),
    ("nexus.axis-length", axis(np.arange(100.0))),
    ("nexus.axis-length", axis("text")),
    ("nexus.axis-indices", lambda f: f["entry/si"].attrs.__setitem__("energy_indices", 3)),
    ("nexus.axis-finite", axis(np.full(128, np.nan))),
    ("nexus.axis-steps", axis(-np.arange(128.0))),
    ("nexus.axis-steps", axis(np.arange(128.0) ** 2)),
    ("nexus.text-array", lambda f: f["entry"].create_dataset(
        "texts", data=np.array([b"a", b"b"]))),
    ("nexus.hyperspy", lambda f: hidden(f, False)),
    ("nexus.hyperspy", lambda f: hidden(f, True)),
]


@pytest.mark.parametrize("rule, change", NEXUS)
def test_nexus(rule, change, findings, tmp_path):
    path = nexus_file(tmp_path / "in.nxs")
    assert findings(path) == []
    with h5py.File(path, "a") as file:
        change(file)
    found = findings(path)
    assert {finding["rule"] for finding in found} == {rule}, found


def test_every_rule_is_broken():
    assert {rule for rule, *_ in [*HSPY, *NEXUS]} == set(RULES)


def test_a_list_that_hyperspy_sorts_anew(broken):
    """The consequence that the note on long lists speaks of."""
    with broken as (file, signal):
        long_list(file, signal)
    (signal,) = load(broken.path)
    assert signal.metadata.mixed[2] != 2


@pytest.mark.parametrize("name", ["simulated", "labels", "preprocessed", "synthetic"])
def test_what_we_write(name, made, findings, succeed, tmp_path):
    """HSPY and NeXus in one file, and each alone."""
    source = getattr(made, name)
    assert findings(source) == []
    succeed("convert", source, "a.nxs", cwd=tmp_path)
    assert findings(tmp_path / "a.nxs") == []


@pytest.mark.skipif(not MODERN, reason="HyperSpy 1.7.3 writes another NeXus layout")
def test_nexus_of_hyperspy(findings, tmp_path):
    """Sound, but for groups without a class; and our own way to HSPY and back mends nothing."""
    signal = hs.signals.Signal1D(spectra((6, 5, 128)))
    signal.metadata.General.title = "si"
    for axis, name in zip(signal.axes_manager._axes, "yxe"):
        axis.name = name
    signal.save(str(tmp_path / "in.nxs"))
    assert {f["rule"] for f in findings(tmp_path / "in.nxs")} <= {"nexus.class", "nexus.name"}


@pytest.mark.parametrize("version", ["2.1", "3.0", "3.3"])
@pytest.mark.parametrize("in_metadata", [True, False, None])
@pytest.mark.parametrize("on_axis", [True, False, None])
def test_where_binning_stands(version, in_metadata, on_axis, broken, findings, info):
    """HyperSpy believes the metadata before the axes, in files of every version, and so do we."""
    with broken as (file, signal):
        # An EELS signal is binned to HyperSpy where the metadata do not say otherwise.
        signal["metadata/Signal"].attrs["signal_type"] = ""
        file.attrs["file_format_version"] = version
        if in_metadata is not None:
            signal["metadata/Signal"].attrs["binned"] = np.bool_(in_metadata)
        for index in range(3):
            del signal[f"axis-{index}"].attrs["is_binned"]
        if on_axis is not None:
            signal["axis-2"].attrs["is_binned"] = np.bool_(on_axis)
    (loaded,) = load(broken.path)
    believed = loaded.axes_manager.signal_axes[0].is_binned
    assert believed == next(value for value in (in_metadata, on_axis, False) if value is not None)
    (signal,) = info(broken.path)["signals"]
    assert [axis["isBinned"] for axis in signal["axes"]] == [False, False, believed]
    isNew = version == "3.3"
    expected = set()
    if in_metadata is not None and on_axis is not None and in_metadata != on_axis:
        expected.add("hspy.binned-agrees")
    if in_metadata is not None and isNew or in_metadata is None and on_axis is not None and not isNew:
        expected.add("hspy.binned-place")
    assert {finding["rule"] for finding in findings(broken.path)} == expected


def test_binning_moves_to_the_axes(broken, findings, succeed, tmp_path):
    """What `preprocess` makes of an old file is a new one."""
    with broken as (file, signal):
        file.attrs["file_format_version"] = "3.0"
        signal["metadata/Signal"].attrs["binned"] = np.bool_(False)
        del signal["axis-2"].attrs["is_binned"]
    succeed("preprocess", "in.hspy", "-o", "out.hspy", "--background", "none", "--pca", "none",
            cwd=tmp_path)
    # All that is left to say of an EELS signal that is not binned is what HyperSpy makes of it.
    assert [f["rule"] for f in findings(tmp_path / "out.hspy")] == ["hspy.binned-eels"]
    with h5py.File(tmp_path / "out.hspy") as file:
        signal = file["Experiments/si"]
        assert not signal["axis-2"].attrs["is_binned"]
        assert "binned" not in signal["metadata/Signal"].attrs


def test_text(run, broken, tmp_path):
    with broken as (file, signal):
        signal["axis-0"].attrs["navigate"] = 1
    result = run("validate", "in.hspy", cwd=tmp_path)
    assert result.returncode == REFUSED
    (line,) = result.stdout.splitlines()
    assert line.startswith("/Experiments/si/axis-0@navigate: error hspy.axis-navigate: ")
    assert "found: the integer 1; otherwise: HyperSpy stops" in line
    assert "HSPY, 1 finding" in result.stderr


def test_schema(run, broken, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "Schemas" / "validate.schema.json").read_text())
    checker = jsonschema.Draft202012Validator(schema)
    with broken as (file, signal):
        signal["axis-0"].attrs["navigate"] = 1
    document = json.loads(run("validate", "in.hspy", "--json", cwd=tmp_path).stdout)
    checker.validate(document)
    assert document["formats"] == ["HSPY"] and not document["isSound"]
    assert not checker.is_valid({**document, "surprise": 1})
    assert not checker.is_valid({key: document[key] for key in document if key != "findings"})


@pytest.mark.parametrize("content, words", [
    (b"no HDF5", "not an HDF5 file"), (None, "no such file")])
def test_refusals(run, tmp_path, content, words):
    if content:
        (tmp_path / "a.hspy").write_bytes(content)
    result = run("validate", "a.hspy", cwd=tmp_path)
    assert result.returncode == REFUSED and words in result.stderr and result.stdout == ""
