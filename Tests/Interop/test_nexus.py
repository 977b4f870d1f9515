"""NeXus files of all times and writers: the data, the axes and their direction are found."""

import json

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
from conftest import HYPERSPY, REFUSED, load, spectra
from packaging.version import Version

ENERGY = 400.0 + np.arange(400)
DATA = spectra((6, 7, 400))


class Builder:
    """A NeXus file in the making."""

    def __init__(self, path):
        self.path = path
        self.file = h5py.File(path, "w")

    def group(self, name, kind=None, **attributes):
        group = self.file.require_group(name)
        if kind:
            group.attrs["NX_class"] = kind
        for key, value in attributes.items():
            group.attrs[key] = value
        return group

    def put(self, group, name, values, **attributes):
        dataset = self.file[group].create_dataset(name, data=values)
        for key, value in attributes.items():
            dataset.attrs[key] = value
        return dataset

    def done(self):
        self.file.close()
        return self.path


@pytest.fixture
def new(tmp_path):
    return Builder(tmp_path / "in.nxs")


def axes_of(builder, group, y="y", x="x", energy="energy"):
    builder.put(group, y, 2.0 * np.arange(6), units="nm")
    builder.put(group, x, 0.5 * np.arange(7) - 1, units="nm")
    builder.put(group, energy, ENERGY, units="eV")


def modern(b):
    b.group("entry", "NXentry", default="si")
    b.group("/", "NXroot", default="entry")
    b.group("entry/si", "NXdata", signal="counts", axes=["y", "x", "energy"])
    b.put("entry/si", "counts", DATA)
    axes_of(b, "entry/si")


def indices(b):
    """Names in another order than the dimensions, which they tell."""
    b.group("entry", "NXentry")
    b.group("entry/si", "NXdata", signal="counts", axes=["energy", "y", "x"], energy_indices=2,
            y_indices=[0], x_indices=np.int8(1))
    b.put("entry/si", "counts", DATA)
    axes_of(b, "entry/si")


def one_text(separator):
    def build(b):
        b.group("entry", "NXentry")
        b.group("entry/si", "NXdata", signal="counts", axes=separator.join(["y", "x", "energy"]))
        b.put("entry/si", "counts", DATA)
        axes_of(b, "entry/si")

    return build


def on_the_data(signal, axes):
    """Before 2014: marks of the data set."""

    def build(b):
        b.group("entry", "NXentry")
        b.group("entry/si", "NXdata")
        b.put("entry/si", "counts", DATA, signal=signal, axes=axes)
        b.put("entry/si", "other", DATA[..., ::-1], signal=2)
        axes_of(b, "entry/si")

    return build


def numbered(b):
    """Older still: every axis has its number."""
    b.group("entry", "NXentry")
    b.group("entry/si", "NXdata")
    b.put("entry/si", "counts", DATA, signal=1)
    axes_of(b, "entry/si")
    for number, name in enumerate(["y", "x", "energy"]):
        b.file["entry/si"][name].attrs["axis"] = number + 1
    b.put("entry/si", "x_by_another_clock", np.arange(7.0), axis=2)
    b.file["entry/si/x"].attrs["primary"] = 1


def without_class(b):
    b.group("measurement", signal="counts", axes=["y", "x", "energy"])
    b.put("measurement", "counts", DATA)
    axes_of(b, "measurement")


def spectrum_names(b):
    """NXspectrum: the names alone."""
    b.group("entry1", "NXentry")
    b.group("entry1/em/eels", "NXprocess")
    b.group("entry1/em/eels/spectrum_2d", "NXdata")
    b.put("entry1/em/eels/spectrum_2d", "intensity", DATA)
    axes_of(b, "entry1/em/eels/spectrum_2d", "axis_j", "axis_i", "axis_energy")


def linked(b):
    """The data stand with the detector, the NXdata links to them."""
    b.group("entry", "NXentry")
    b.group("entry/detector", "NXdetector")
    b.put("entry/detector", "counts", DATA)
    b.group("entry/si", "NXdata", signal="counts", axes=["y", "x", "energy"])
    b.file["entry/si/counts"] = h5py.SoftLink("/entry/detector/counts")
    axes_of(b, "entry/si")
    b.file["entry/detector/energy"] = b.file["entry/si/energy"]


def bin_edges(b):
    b.group("entry", "NXentry")
    b.group("entry/si", "NXdata", signal="counts", axes=["y", "x", "energy"])
    b.put("entry/si", "counts", DATA)
    axes_of(b, "entry/si")
    del b.file["entry/si/energy"]
    b.put("entry/si", "energy", np.append(ENERGY, 800.0) - 0.5, units="eV")


def single_precision(b):
    modern(b)
    for name in ("y", "x", "energy"):
        values, attributes = b.file["entry/si"][name][()], dict(b.file["entry/si"][name].attrs)
        del b.file["entry/si"][name]
        b.put("entry/si", name, values.astype(">f4"), **attributes)


FORMS = {
    "modern": modern, "indices": indices, "comma": one_text(","), "colon": one_text(":"),
    "spaces": one_text(" "), "brackets": on_the_data(1, "[y,x,energy]"),
    "signal=1": on_the_data(1, "y:x:energy"), "signal='1'": on_the_data("1", "y:x:energy"),
    "numbered": numbered, "without class": without_class, "spectrum names": spectrum_names,
    "linked": linked, "bin edges": bin_edges, "single precision": single_precision,
}


@pytest.mark.parametrize("form", FORMS)
def test_forms(form, new, info, succeed, tmp_path):
    """Every form gives the same image, to `info`, to `preprocess` and, converted, to HyperSpy."""
    FORMS[form](new)
    path = new.done()
    report = info(path)
    assert report["format"] == "NeXus" and report["warnings"] == []
    (signal,) = report["signals"]
    assert signal["shape"] == [6, 7, 400]
    y, x, energy = signal["axes"]
    assert [axis["role"] for axis in (y, x, energy)] == ["navigation", "navigation", "signal"]
    assert (y["scale"], y["first"], y["units"]) == (2, 0, "nm")
    assert (x["scale"], x["first"], x["units"]) == (0.5, -1, "nm")
    assert (energy["scale"], energy["first"], energy["units"]) == (1, 400, "eV")

    succeed("convert", path, "out.hspy", cwd=tmp_path)
    (loaded,) = load(tmp_path / "out.hspy")
    np.testing.assert_array_equal(loaded.data, DATA)
    assert loaded.axes_manager.signal_dimension == 1
    np.testing.assert_allclose(loaded.axes_manager.signal_axes[0].axis, ENERGY)
    succeed("preprocess", path, "-o", "a.hspy", cwd=tmp_path)
    succeed("preprocess", "out.hspy", "-o", "b.hspy", cwd=tmp_path)
    a, b = (load(tmp_path / name)[0].data for name in ("a.hspy", "b.hspy"))
    np.testing.assert_array_equal(a, b)


def build_axis(b, values, name="energy", **attributes):
    b.group("entry", "NXentry")
    b.group("entry/si", "NXdata", signal="counts", axes=["y", "x", name])
    b.put("entry/si", "counts", DATA)
    b.put("entry/si", "y", np.arange(6.0))
    b.put("entry/si", "x", np.arange(7.0))
    b.put("entry/si", name, values, units="eV", **attributes)
    return b.done()


@pytest.mark.parametrize("kind, steps", [
    ("<f8", 1.0), ("<f8", -0.25), ("<f4", 0.1), ("<f4", -0.05), (">f8", 1e-3), ("<i4", -2.0),
    ("<f2", 1.0),
])
def test_uniform_axes_keep_their_direction(kind, steps, new, info):
    values = (300.0 + steps * np.arange(400)).astype(kind)
    (signal,) = info(build_axis(new, values))["signals"]
    axis = signal["axes"][-1]
    assert axis["kind"] == "uniform"
    assert axis["scale"] == pytest.approx(steps, rel=2e-4 if kind == "<f4" else 1e-12)
    # Half precision tells steps of 1 apart up to 2048 only; 300 to 699 it holds exactly to a half.
    assert axis["first"] == values[0]


def wavelength(count=400):
    return 1239.84 / np.linspace(2.0, 40.0, count)


@pytest.mark.parametrize("values", [wavelength(), np.sort(wavelength()), np.cumsum(
    np.random.default_rng(1).uniform(0.9, 1.1, 400))])
def test_axes_that_are_not_uniform_keep_every_coordinate(values, new, info, succeed, tmp_path):
    path = build_axis(new, values)
    (signal,) = info(path)["signals"]
    axis = signal["axes"][-1]
    assert axis["kind"] == "points" and axis["units"] == "eV"
    assert (axis["first"], axis["last"]) == (values[0], values[-1])
    succeed("convert", path, "out.hspy", cwd=tmp_path)
    axis = load(tmp_path / "out.hspy")[0].axes_manager.signal_axes[0]
    np.testing.assert_array_equal(axis.axis, values)
    assert axis.units == "eV"


def test_falling_axis_in_hyperspy(new, succeed, tmp_path):
    """HyperSpy's own NeXus reader turns it round."""
    path = build_axis(new, 799.0 - np.arange(400))
    succeed("convert", path, "out.hspy", cwd=tmp_path)
    axis = load(tmp_path / "out.hspy")[0].axes_manager.signal_axes[0]
    assert (axis.scale, axis.offset) == (-1, 799)


def test_energy_axis_that_is_not_the_last(new, info, succeed, tmp_path):
    new.group("entry", "NXentry")
    new.group("entry/si", "NXdata", signal="counts", axes=["energy", "y", "x"])
    new.put("entry/si", "counts", np.moveaxis(DATA, -1, 0))
    axes_of(new, "entry/si")
    path = new.done()
    (signal,) = info(path)["signals"]
    assert [axis["name"] for axis in signal["axes"]] == ["y", "x", "energy"]
    for name in ("out.hspy", "out.nxs"):
        succeed("convert", path, name, cwd=tmp_path)
        succeed("preprocess", name, "-o", f"{name}.pre.hspy", cwd=tmp_path)
    (loaded,) = load(tmp_path / "out.hspy")
    assert loaded.data.shape == (400, 6, 7) or loaded.data.shape == (6, 7, 400)
    assert [a.name for a in loaded.axes_manager.signal_axes] == ["energy"]
    a, b = (load(tmp_path / f"{name}.pre.hspy")[0].data for name in ("out.hspy", "out.nxs"))
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("interpretation, roles", [
    ("spectrum", "nns"), ("image", "nss"), ("scalar", "nnn"), (None, "nns")])
def test_interpretation(interpretation, roles, new, info):
    new.group("entry", "NXentry")
    group = new.group("entry/si", "NXdata", signal="counts")
    if interpretation:
        group.attrs["interpretation"] = interpretation
    new.put("entry/si", "counts", DATA)
    (signal,) = info(new.done())["signals"]
    assert "".join(axis["role"][0] for axis in signal["axes"]) == roles


def test_several_entries(new, run, succeed, info, tmp_path):
    """What `default` leads to comes first and is taken; --signal takes another."""
    for number, factor in enumerate([1, 2, 3]):
        new.group(f"entry{number}", "NXentry", default="si")
        new.group(f"entry{number}/si", "NXdata", signal="counts", axes=["y", "x", "energy"])
        new.put(f"entry{number}", "title", f"scan {number}")
        new.put(f"entry{number}/si", "counts", factor * DATA)
        axes_of(new, f"entry{number}/si")
    new.group("/", "NXroot", default="entry1")
    path = new.done()
    report = info(path)
    assert [s["name"] for s in report["signals"]] == ["entry1/si", "entry0/si", "entry2/si"]
    assert [s["title"] for s in report["signals"]] == ["scan 1", "scan 0", "scan 2"]

    def sums(*arguments):
        succeed("preprocess", path, "-o", "out.hspy", "--background", "none", "--norm", "none",
                "--pca", "none", *arguments, cwd=tmp_path)
        return load(tmp_path / "out.hspy")[0].data.sum() / DATA.sum(dtype=float)

    assert sums() == pytest.approx(2)
    assert sums("--signal", "entry0") == pytest.approx(1)
    assert sums("--signal", "/entry2/si") == pytest.approx(3)
    assert sums("--signal", "scan 2") == pytest.approx(3)
    succeed("convert", path, "two.nxs", "--signal", "entry2", cwd=tmp_path)
    (signal,) = info(tmp_path / "two.nxs")["signals"]
    assert signal["title"] == "scan 2"
    # Without a default, one has to be named.
    with h5py.File(path, "a") as file:
        del file.attrs["default"]
    result = run("preprocess", path.name, cwd=tmp_path)
    assert result.returncode == REFUSED and "--signal" in result.stderr
    assert len(load(_converted(succeed, path, tmp_path))) == 3


def _converted(succeed, path, folder):
    succeed("convert", path, "all.hspy", cwd=folder)
    return folder / "all.hspy"


def test_labels(new, succeed, tmp_path):
    """A map of whole numbers is a label array."""
    data = DATA / DATA.max(axis=-1, keepdims=True)
    modern(new)
    new.file["entry/si/counts"][...] = data
    new.group("entry/classes", "NXdata", signal="class", axes=["y", "x"])
    new.put("entry/classes", "class", (np.arange(42).reshape(6, 7) % 2).astype("i4"))
    said = succeed("augment", new.done(), "-o", "out.h5", "--max-epochs", 5, "--count", 5,
                   cwd=tmp_path, codes=(0, 4)).stderr
    assert "class 0: taking 21 of 21" in said and "class 1: taking 21 of 21" in said


def test_what_is_not_followed_is_said(new, info):
    new.group("entry", "NXentry")
    new.group("entry/si", "NXdata", signal="counts", axes=["y", "missing", "energy"])
    new.put("entry/si", "counts", DATA)
    new.put("entry/si", "y", np.arange(5.0))
    new.put("entry/si", "energy", np.where(np.arange(400) == 7, np.nan, ENERGY), units="eV")
    warnings = info(new.done())["warnings"]
    assert len(warnings) == 3
    for word in ("/entry/si/y holds no coordinate for each of 6", "no missing", "NaN"):
        assert any(word in warning for warning in warnings), warnings


def test_loops_and_dead_ends(new, info):
    """Links that lead to themselves, nowhere, or into a list of texts."""
    modern(new)
    new.file["entry/si/itself"] = h5py.SoftLink("/entry/si/itself")
    new.file["entry/nowhere"] = h5py.SoftLink("/none")
    new.put("entry", "texts", ["a", "b"])
    (signal,) = info(new.done())["signals"]
    assert signal["shape"] == [6, 7, 400]


def test_the_rest_of_the_entry_is_kept(new, succeed, tmp_path):
    """Instrument and sample come along: as original metadata, and as they were."""
    modern(new)
    new.group("entry/instrument", "NXinstrument")
    new.group("entry/instrument/source", "NXsource")
    new.put("entry/instrument/source", "energy", 200.0, units="keV")
    new.put("entry/instrument", "name", "a microscope")
    path = new.done()
    succeed("convert", path, "out.hspy", cwd=tmp_path)
    (loaded,) = load(tmp_path / "out.hspy")
    original = loaded.original_metadata.as_dictionary()
    assert original["instrument"]["name"] == "a microscope"
    assert original["instrument"]["source"]["energy"] == {"value": 200.0, "attrs": {"units": "keV"}}
    with h5py.File(tmp_path / "out.hspy") as file:
        assert file["entry/instrument/source/energy"][()] == 200
        assert file["entry/instrument"].attrs["NX_class"] == "NXinstrument"


@pytest.mark.skipif(HYPERSPY < Version("2"), reason="HyperSpy 1.7.3 writes another NeXus layout")
def test_what_hyperspy_writes(info, succeed, tmp_path):
    signal = hs.signals.Signal1D(DATA)
    signal.set_signal_type("EELS")
    signal.metadata.General.title = "si"
    signal.set_microscope_parameters(beam_energy=200, convergence_angle=15, collection_angle=30)
    for axis, name in zip(signal.axes_manager._axes, ("y", "x", "Energy loss")):
        axis.name, axis.units = name, "eV" if name[0] == "E" else "nm"
    signal.axes_manager.signal_axes[0].offset = 400
    signal.save(str(tmp_path / "in.nxs"))
    succeed("convert", "in.nxs", "out.hspy", cwd=tmp_path)
    (loaded,) = load(tmp_path / "out.hspy")
    assert type(loaded) is type(signal)
    np.testing.assert_array_equal(loaded.data, DATA)
    for a, b in zip(signal.axes_manager._axes, loaded.axes_manager._axes):
        assert a.get_axis_dictionary() == b.get_axis_dictionary()
    instrument = loaded.metadata.Acquisition_instrument.TEM
    assert instrument.beam_energy == 200 and instrument.Detector.EELS.collection_angle == 30


@pytest.mark.parametrize("name", ["a.nxs", "a.hspy"])
def test_what_we_write(name, made, info, succeed, tmp_path):
    """Commands write NeXus alone where the name says so, and read it again with all that it holds."""
    succeed("preprocess", made.simulated, "-o", name, cwd=tmp_path)
    succeed("augment", name, "--labels", made.labels, "-o", f"synth.{name}", "--max-epochs", 20,
            "--count", 5, cwd=tmp_path, codes=(0, 4))
    with h5py.File(tmp_path / name) as file:
        assert ("Experiments" in file) == name.endswith(".hspy")
    # What was NeXus alone opens in HyperSpy again.
    spectra, *others = load(_converted(succeed, tmp_path / name, tmp_path))
    np.testing.assert_array_equal(spectra.data, load(made.preprocessed)[0].data)
    assert len(others) == len(load(made.preprocessed)) - 1
    report = info(tmp_path / name)
    other = info(made.preprocessed)
    assert [s["title"] for s in report["signals"]] == [s["title"] for s in other["signals"]]
    assert [s["axes"] for s in report["signals"]] == [s["axes"] for s in other["signals"]]


def test_no_data(new, run, tmp_path):
    new.group("entry", "NXentry")
    new.put("entry", "title", "empty")
    result = run("info", new.done().name, cwd=tmp_path)
    assert result.returncode == REFUSED and "no NXdata" in result.stderr
