"""Metadata of every kind that HyperSpy can store comes through `preprocess` unchanged."""

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
from conftest import load
from hyperspy.misc.utils import DictionaryTreeBrowser
from metadata_kinds import KINDS


def without(tree, *paths):
    """A tree as a dictionary, without the branches named `a.b.c`."""
    tree = tree.as_dictionary()
    for path in paths:
        *above, last = path.split(".")
        branch = tree
        for name in above:
            branch = branch.get(name, {})
        branch.pop(last, None)
    return tree


def differences(a, b, place=""):
    """Where two loaded values differ, in type or content."""
    if isinstance(a, DictionaryTreeBrowser):
        a = a.as_dictionary()
    if isinstance(b, DictionaryTreeBrowser):
        b = b.as_dictionary()
    if type(a) is not type(b):
        return [f"{place}: {type(a).__name__} {a!r} and {type(b).__name__} {b!r}"]
    if isinstance(a, dict):
        found = [f"{place}.{key}: only in one" for key in a.keys() ^ b.keys()]
        for key in a.keys() & b.keys():
            found += differences(a[key], b[key], f"{place}.{key}")
        return found
    if isinstance(a, (list, tuple)):
        if len(a) != len(b):
            return [f"{place}: lengths {len(a)} and {len(b)}"]
        return [d for i, (x, y) in enumerate(zip(a, b)) for d in differences(x, y, f"{place}[{i}]")]
    if isinstance(a, np.ndarray):
        same = a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
        return [] if same or a.dtype == object and list(a) == list(b) else [f"{place}: {a} and {b}"]
    same = np.array_equal(a, b, equal_nan=True) if isinstance(a, (float, complex)) else a == b
    return [] if same else [f"{place}: {a!r} and {b!r}"]


def stored(group):
    """All that an HDF5 group holds: attributes and datasets with their types and values."""
    found = {}

    def look(name, item):
        for key, value in item.attrs.items():
            kind = item.attrs.get_id(key).get_type()
            found[f"{name}@{key}"] = (kind.get_class(), kind.get_size(), value)
        if isinstance(item, h5py.Dataset):
            found[name] = (item.dtype, item.shape, item[()])
        else:
            found[name] = "group"

    look("", group)
    group.visititems(look)
    return found


@pytest.fixture(scope="module")
def pair(succeed, tmp_path_factory):
    """Spectra with metadata of all kinds, written by HyperSpy, before and after `preprocess`."""
    folder = tmp_path_factory.mktemp("metadata")
    energy = 400.0 + 0.5 * np.arange(600)
    mean = 2e4 * (energy / 400) ** -3.0 + 900.0 * (energy > 530)
    counts = np.random.default_rng(1).poisson(np.broadcast_to(mean, (5, 7, 600)))
    spectra = hs.signals.Signal1D(counts.astype(np.float32))
    spectra.set_signal_type("EELS")
    axes = spectra.axes_manager
    names, scales, units = ("y", "x", "Energy loss"), (2.0, 3.0, 0.5), ("nm", "nm", "eV")
    for axis, axis.name, axis.scale, axis.units in zip(axes._axes, names, scales, units):
        axis.offset = -1.5
    axes.signal_axes[0].offset = 400.0
    spectra.metadata.General.title = "all kinds"
    spectra.metadata.General.date = "2024-05-01"
    spectra.metadata.General.time = "12:34:56"
    spectra.set_microscope_parameters(
        beam_energy=200.0, convergence_angle=15.0, collection_angle=30.0
    )
    spectra.metadata.set_item("Sample.elements", ["Fe", "O"])
    nested = hs.signals.Signal1D(np.arange(12.0).reshape(3, 4))
    nested.axes_manager[0].name, nested.axes_manager[1].name = "n", "channel"
    nested.metadata.General.title = "nested"
    nested.metadata.set_item("Own.value", [1, "x"])
    kinds = dict(KINDS, signal=nested)
    spectra.metadata.add_dictionary({"Kinds": kinds})
    spectra.original_metadata.add_dictionary(
        {"ImageList": {"TagGroup0": {"ImageData": {"Calibrations": kinds}}}, "root value": 1}
    )
    spectra.save(str(folder / "kinds.hspy"))
    succeed("preprocess", "kinds.hspy", cwd=folder)
    return folder / "kinds.hspy", folder / "kinds_preprocessed.hspy"


def test_all_kinds_are_in_the_input(pair):
    """HyperSpy itself keeps them, so that the other tests compare something."""
    (spectra,) = load(pair[0])
    kinds = spectra.metadata.Kinds.as_dictionary()
    assert set(kinds) == {*KINDS, "_sig_signal"}
    assert kinds["_sig_signal"]["data"].shape == (3, 4)
    assert kinds["list_nested"] == [[1, 2], [3], []]
    assert kinds["bytes_with_zero"] == b"ab\x00\xffc"


def test_metadata(pair):
    before, after = (load(path)[0].metadata for path in pair)
    own = ("eels_dag", "General.FileIO", "General.title")
    assert differences(without(before, *own), without(after, *own)) == []
    assert after.has_item("eels_dag.provenance")


def test_original_metadata(pair):
    before, after = (load(path)[0].original_metadata for path in pair)
    assert before.has_item("ImageList.TagGroup0.ImageData.Calibrations.dict")
    assert differences(before, after) == []


def test_original_metadata_as_stored(pair):
    trees = []
    for path in pair:
        with h5py.File(path) as file:
            signal = next(g for g in file["Experiments"].values() if g["data"].ndim == 3)
            trees.append(stored(signal["original_metadata"]))
    before, after = trees
    assert before.keys() == after.keys()
    for key in before:
        np.testing.assert_equal(before[key], after[key], err_msg=key)


def test_axes(pair):
    before, after = (load(path)[0].axes_manager for path in pair)
    for x, y in zip(before._axes, after._axes):
        assert differences(x.get_axis_dictionary(), y.get_axis_dictionary()) == []


def test_input_is_untouched(pair, succeed, tmp_path):
    before = pair[0].read_bytes()
    succeed("preprocess", pair[0], "-o", tmp_path / "out.hspy", cwd=tmp_path)
    assert pair[0].read_bytes() == before
