"""`convert`: HyperSpy's files come back whole, over NeXus and straight; what cannot be carried is named."""

import json
import pathlib
import subprocess
import sys

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
from conftest import HYPERSPY, REFUSED, ROOT, USAGE, load, spectra
from metadata_kinds import KINDS
from packaging.version import Version
from test_metadata import differences

FIXTURES = ROOT / "Tests" / "SpectrumFilesTests" / "Fixtures"
# Files that HyperSpy 2.5 wrote, those that were written by hand, and old ones.
FILES = sorted(
    path.name for path in FIXTURES.glob("*.hspy")
    if path.name not in ("not_hdf5.hspy", "truncated.hspy", "no_signal.hspy")
)
MODERN = HYPERSPY >= Version("2")


def tree(item, name=""):
    """All that an HDF5 object holds: names, types to the bit, shapes, filters and values."""
    found = {}
    for key in item.attrs:
        attribute = item.attrs.get_id(key)
        found[f"{name}@{key}"] = (
            attribute.get_type().encode(), attribute.shape, repr(item.attrs[key]))
    if isinstance(item, h5py.Dataset):
        values = item[()] if item.id.get_space().get_simple_extent_type() != h5py.h5s.NULL else None
        filters = item.id.get_create_plist()
        found[name] = (
            item.id.get_type().encode(), item.shape, item.chunks,
            [filters.get_filter(i)[:3] for i in range(filters.get_nfilters())],
            values.tobytes() if isinstance(values, np.ndarray) and not values.dtype.hasobject
            else repr(values))
    elif isinstance(item, h5py.Group):
        found[name] = ("group", item.id.get_create_plist().get_link_creation_order())
        for key in item:
            link = item.get(key, getlink=True)
            if isinstance(link, h5py.HardLink):
                found |= tree(item[key], f"{name}/{key}")
            else:
                found[f"{name}/{key}"] = (type(link).__name__, link.path)
    return found


def hyperspy_side(path):
    """What HyperSpy can see of a file, to the bit; a mark for NeXus readers is no part of it."""
    with h5py.File(path) as file:
        found = {}
        for name in ("Experiments", "Analysis"):
            if name in file:
                found |= tree(file[name], name)
        for key in ("file_format", "file_format_version"):
            if key in file.attrs:
                found[key] = repr(file.attrs[key])
    return found


def expect_same(before, after):
    assert before.keys() == after.keys(), before.keys() ^ after.keys()
    different = [key for key in before if before[key] != after[key]]
    assert different == [], [(key, before[key], after[key]) for key in different[:3]]


def expect_equal_signals(before, after):
    """Deep equality of what HyperSpy loads."""
    assert len(before) == len(after)
    for a, b in zip(before, after):
        assert type(a) is type(b)
        assert a.data.dtype == b.data.dtype and a.data.shape == b.data.shape
        if a.data.dtype.hasobject:
            for x, y in zip(a.data.ravel(), b.data.ravel()):
                np.testing.assert_array_equal(x, y)
        else:
            assert a.data.tobytes() == b.data.tobytes()
        for x, y in zip(a.axes_manager._axes, b.axes_manager._axes):
            assert differences(x.get_axis_dictionary(), y.get_axis_dictionary()) == []
        trees = []
        for signal in (a, b):
            metadata = signal.metadata.deepcopy().as_dictionary()
            # What load itself adds.
            metadata["General"].pop("FileIO", None)
            trees.append(metadata)
        assert differences(*trees) == []
        assert differences(a.original_metadata, b.original_metadata) == []
        for key, value in vars(a.learning_results).items():
            assert differences({key: value}, {key: vars(b.learning_results)[key]}) == []
        if hasattr(a, "models"):
            assert list(a.models._models.keys()) == list(b.models._models.keys())


def can_load(path):
    try:
        return load(path)
    except Exception:  # What this HyperSpy cannot load is not to be compared in it.
        return None


@pytest.fixture(scope="module")
def all_kinds(tmp_path_factory):
    """A file of HyperSpy's with metadata of every kind, a decomposition and clusters."""
    folder = tmp_path_factory.mktemp("kinds")
    signal = hs.signals.Signal1D(spectra((6, 5, 128)))
    signal.set_signal_type("EELS")
    for axis, name in zip(signal.axes_manager._axes, ("y", "x", "Energy loss")):
        axis.name, axis.units, axis.scale = name, "eV" if name[0] == "E" else "nm", 0.1
    nested = hs.signals.Signal1D(np.arange(12.0).reshape(3, 4))
    nested.axes_manager[0].name, nested.axes_manager[1].name = "n", "channel"
    signal.metadata.General.title = "all/kinds µ"
    signal.metadata.add_dictionary({"Kinds": dict(KINDS, signal=nested), "a-b": {"_uff_": 1, "1": 2}})
    signal.original_metadata.add_dictionary({"Root": KINDS, "NX_class": "x", "unfit name": {"0": 1}})
    signal.decomposition(output_dimension=3, print_info=False)
    if hasattr(signal, "cluster_analysis"):
        signal.cluster_analysis("decomposition", n_clusters=2, random_state=1)
    signal.save(str(folder / "kinds.hspy"))
    return folder / "kinds.hspy"


@pytest.mark.parametrize("way", [("a.nxs", "b.hspy"), ("a.h5",), ("a.hdf5", "b.nxs", "c.hspy")])
@pytest.mark.parametrize("name", [*FILES, "generated"])
def test_round_trip(name, way, all_kinds, succeed, tmp_path):
    source = all_kinds if name == "generated" else FIXTURES / name
    last = source
    for step in way:
        result = json.loads(succeed("convert", last, step, "--json", cwd=tmp_path).stdout)
        assert result["losses"] == []
        last = tmp_path / step
    before, after = hyperspy_side(source), hyperspy_side(last)
    # Data in one piece get chunks, and the signal that lies in them is the same.
    for key in [k for k, v in before.items() if k.endswith("/data") and v[2] is None and v[1]]:
        if isinstance(after[key][2], tuple):
            before[key] = before[key][:2] + after[key][2:4] + before[key][4:]
    expect_same(before, after)
    loaded = can_load(source)
    if loaded is not None:
        expect_equal_signals(loaded, load(last))


def test_nexus_is_nexus_alone(all_kinds, succeed, tmp_path):
    """No group without a class, no name that is none in NeXus."""
    succeed("convert", all_kinds, "a.nxs", cwd=tmp_path)
    with h5py.File(tmp_path / "a.nxs") as file:
        names, classless = [], []

        def look(name, item):
            names.append(name.split("/")[-1])
            if isinstance(item, h5py.Group) and "NX_class" not in item.attrs:
                classless.append(name)

        file.visititems(look)
        assert classless == []
        assert [n for n in names if not n.replace("_", "a").isalnum() or n[0].isdigit()
                or not n.isascii()] == []
        assert "Experiments" not in file and "file_format" not in file.attrs


@pytest.mark.parametrize("name", [*FILES, "generated"])
def test_nexus_validates(name, all_kinds, succeed, tmp_path):
    """nexusformat, the reader and validator of the NeXus community, finds no error."""
    pytest.importorskip("nexusformat")
    source = all_kinds if name == "generated" else FIXTURES / name
    succeed("convert", source, "a.nxs", cwd=tmp_path)
    said = subprocess.run(
        [pathlib.Path(sys.executable).with_name("nxcheck"), "-i", "a.nxs"], cwd=tmp_path,
        capture_output=True, text=True, check=True).stdout
    assert "Total number of errors: 0" in said, said
    # Of collections within collections it says nothing: one validator stands for all of them, its own parent.
    assert "NXdata: /entry/" in said or name == "hyperspy250_ragged.hspy", said


def test_nexus_in_hyperspy(all_kinds, succeed, tmp_path):
    """HyperSpy's own NeXus reader finds the spectra, their axes and their type."""
    succeed("convert", all_kinds, "a.nxs", cwd=tmp_path)
    signal = hs.load(str(tmp_path / "a.nxs"), use_default=True)
    (source,) = load(all_kinds)
    np.testing.assert_array_equal(signal.data, source.data)
    assert signal.metadata.Signal.signal_type == "EELS"
    for a, b in zip(source.axes_manager._axes, signal.axes_manager._axes):
        assert (a.size, a.navigate, a.units) == (b.size, b.navigate, b.units)
        np.testing.assert_allclose(a.axis, b.axis, rtol=1e-12)


def test_a_hidden_signal_is_an_input(all_kinds, succeed, tmp_path):
    """`preprocess` carries the metadata of HyperSpy's side out of a NeXus file, to the bit."""
    succeed("convert", all_kinds, "in.nxs", cwd=tmp_path)
    options = ("--background", "none", "--norm", "none", "--pca", "none")
    trees = []
    for source, name in ((all_kinds, "a.hspy"), ("in.nxs", "b.hspy"), ("in.nxs", "c.nxs")):
        succeed("preprocess", source, "-o", name, *options, cwd=tmp_path)
        if name == "c.nxs":
            succeed("convert", "c.nxs", name := "c.hspy", cwd=tmp_path)
        with h5py.File(tmp_path / name) as file:
            group = next(g for g in file["Experiments"].values() if g["data"].ndim == 3)
            trees.append({"metadata": tree(group["metadata/Kinds"]),
                          "original": tree(group["original_metadata"])})
    for other in trees[1:]:
        for part, found in other.items():
            expect_same(trees[0][part], found)


@pytest.mark.skipif(not MODERN, reason="HyperSpy 1.7.3 reads fewer kinds of these files")
@pytest.mark.parametrize("name", ["small.dm3", "small.dm4"])
def test_microscope(name, succeed, tmp_path):
    """A DigitalMicrograph file becomes what HyperSpy makes of it."""
    source = FIXTURES / name
    expected = hs.load(str(source))
    expected = expected if isinstance(expected, list) else [expected]
    succeed("convert", source, "a.hspy", cwd=tmp_path)
    succeed("convert", source, "b.nxs", cwd=tmp_path)
    succeed("convert", "b.nxs", "b.hspy", cwd=tmp_path)
    for path in ("a.hspy", "b.hspy"):
        found = load(tmp_path / path)
        assert len(found) == len(expected)
        for a, b in zip(expected, found):
            assert a.data.dtype == b.data.dtype
            np.testing.assert_array_equal(a.data, b.data)
            for x, y in zip(a.axes_manager._axes, b.axes_manager._axes):
                assert (x.size, x.navigate, x.scale, x.offset) == (y.size, y.navigate, y.scale, y.offset)
            # HyperSpy adds an empty branch; numbers come out of HDF5 as NumPy's, as from its own files.
            original = a.original_metadata.as_dictionary()
            assert original.pop("root") == {}
            assert b.original_metadata.as_dictionary() == original


def test_one_signal(succeed, tmp_path):
    """--signal takes one out of several, with nothing of the others."""
    source = FIXTURES / "several_spectra_and_labels.hspy"
    for name in ("a.hspy", "a.nxs"):
        succeed("convert", source, name, "--signal", "b spectra", cwd=tmp_path)
        succeed("convert", name, f"{name}.hspy", cwd=tmp_path)
        (signal,) = load(tmp_path / f"{name}.hspy")
        with h5py.File(source) as file:
            np.testing.assert_array_equal(signal.data, file["Experiments/b spectra/data"])
    with h5py.File(tmp_path / "a.nxs") as file:
        assert list(file) == ["entry"]


def test_data_in_one_piece_get_chunks(succeed, tmp_path):
    """So that HyperSpy opens them lazily; the bytes of every number stay."""
    for kind in ("<f4", ">f8", "<i2", ">u4", "<f2"):
        data = np.random.default_rng(1).normal(100, 30, (7, 9, 300)).astype(kind)
        with h5py.File(tmp_path / "in.nxs", "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            group = entry.create_group("spectra")
            group.attrs["NX_class"] = "NXdata"
            group.attrs["signal"] = "counts"
            group.create_dataset("counts", data=data).attrs["long_name"] = "counts"
            file["link"] = h5py.SoftLink("/entry/spectra/counts")
        succeed("convert", "in.nxs", "out.hspy", cwd=tmp_path)
        with h5py.File(tmp_path / "out.hspy") as file:
            (signal,) = file["Experiments"].values()
            assert signal["data"].chunks is not None and signal["data"].fletcher32
            assert signal["data"].dtype == np.dtype(kind)
            # One data set, three ways to it.
            assert signal["data"] == file["entry/spectra/counts"] == file["link"]
            assert file["entry/spectra/counts"].attrs["long_name"] == "counts"
        lazy = load(tmp_path / "out.hspy", lazy=True)[0]
        np.testing.assert_array_equal(lazy.data.compute(), data)


def test_what_cannot_be_carried_is_named(succeed, tmp_path):
    source = FIXTURES / "labels.hspy"
    path = tmp_path / "in.hspy"
    path.write_bytes(source.read_bytes())
    with h5py.File(path, "a") as file:
        first = next(iter(file["Experiments"].values()))
        first["metadata"].attrs["pointer"] = first["data"].ref
        first["metadata"].create_dataset(
            "pointers", data=np.array([first["data"].ref], dtype=h5py.ref_dtype))
        first["metadata"].attrs["region"] = first["data"].regionref[0:1]
    result = succeed("convert", "in.hspy", "out.nxs", "--json", cwd=tmp_path)
    losses = json.loads(result.stdout)["losses"]
    assert sorted(loss["object"].split("/")[-1] for loss in losses) == [
        "metadata@pointer", "metadata@region", "pointers"]
    said = succeed("convert", "in.hspy", "again.nxs", cwd=tmp_path).stderr.splitlines()
    assert len([line for line in said if "not in again.nxs: /Experiments" in line]) == 3


def test_schema(succeed, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "Schemas" / "convert.schema.json").read_text())
    checker = jsonschema.Draft202012Validator(schema)
    result = succeed(
        "convert", FIXTURES / "hyperspy250_ragged.hspy", "a.nxs", "--json", cwd=tmp_path)
    document = json.loads(result.stdout)
    checker.validate(document)
    assert document["remarks"][0]["object"].endswith("/data")
    assert not checker.is_valid({**document, "surprise": 1})
    assert not checker.is_valid({key: document[key] for key in document if key != "losses"})


@pytest.mark.parametrize("arguments, code, words", [
    (("a.hspy", "a.hspy"), USAGE, "is the input"),
    (("a.hspy", "out.tif"), USAGE, "end the output's name"),
    (("a.hspy", "out.nxs", "--signal", "none"), REFUSED, "holds no one signal none; it holds: a spectra"),
    (("missing.hspy", "out.nxs"), REFUSED, "no such file"),
])
def test_refusals(run, tmp_path, arguments, code, words):
    (tmp_path / "a.hspy").write_bytes((FIXTURES / "labels.hspy").read_bytes())
    result = run("convert", *arguments, cwd=tmp_path)
    assert result.returncode == code and words in result.stderr, result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a.hspy"]


def test_memory(peak_memory, tmp_path):
    """A file much larger than what is held of it at once."""
    with h5py.File(tmp_path / "in.nxs", "w") as file:
        group = file.create_group("entry/data")
        file["entry"].attrs["NX_class"] = "NXentry"
        group.attrs["NX_class"] = "NXdata"
        group.attrs["signal"] = "counts"
        data = group.create_dataset("counts", (400, 400, 1000), "f4")
        row = np.random.default_rng(1).poisson(50, (400, 1000)).astype("f4")
        for index in range(400):
            data[index] = row
    small = peak_memory("convert", "--help", cwd=tmp_path)
    peak = peak_memory("convert", "in.nxs", "out.hspy", "--threads", 2, cwd=tmp_path)
    assert peak - small < 250_000
