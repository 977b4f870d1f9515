"""What --like refuses: damaged or hostile records, and components that are not the plan's."""

import json
import shutil

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, load, refuse


@pytest.fixture(scope="module")
def earlier(made, succeed, tmp_path_factory):
    """A small image and what became of it, with a background, an alignment and components."""
    folder = tmp_path_factory.mktemp("like")
    succeed(
        "simulate", "si", "-o", "si.hspy", "--size", "20x18", "--seed", 7, cwd=folder)
    succeed(
        "preprocess", "si.hspy", "-o", "earlier.hspy", "--background", "470:522", "--align",
        "--background-fit", "lcpl", "--pca", 3, cwd=folder)
    return folder


@pytest.fixture
def folder(earlier, tmp_path):
    for name in ("si.hspy", "earlier.hspy"):
        shutil.copy(earlier / name, tmp_path)
    return tmp_path


def spectra(file):
    return next(
        group for group in file["Experiments"].values() if "learning_results" in group)


def change_plan(path, keys, value):
    with h5py.File(path, "a") as file:
        record = spectra(file)["metadata/eels_dag"].attrs
        provenance = json.loads(record["provenance"])
        part = provenance["settings"]
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = value
        record["provenance"] = json.dumps(provenance)


def refused(run, folder, *words):
    refuse(
        run, folder, "preprocess", "si.hspy", "-o", "o.hspy", "--like", "earlier.hspy", code=REFUSED,
        words=["earlier.hspy", *words])


PLANS = [
    (["crop", "count"], -(2**63), "crop has"),
    (["crop", "count"], 2**63 - 1, "channels from number"),
    (["crop", "count"], 1, "crop has 1 channels"),
    (["crop", "first"], -1, "from number -1"),
    (["crop", "lastEnergy"], 1e308, "crop reaches"),
    (["crop", "firstEnergy"], 1e4, "crop reaches"),
    (["background", "window", "count"], 0, "fit window has 0"),
    (["background", "window", "count"], 1, "fit window has 1"),
    (["background", "window", "lastEnergy"], 0, "fit window reaches"),
    (["background", "fixedExponents"], [1.0], "exponents"),
    (["background", "fit"], "poisson", "exponents"),
    (["alignment", "window", "count"], 1, "alignment's window has 1"),
    (["alignment", "window", "count"], 0, "alignment's window has 0"),
    (["components"], -5, "-5 components"),
    (["components"], 0, "0 components"),
    (["components"], 100_000, "100000 components"),
    (["components"], 4, "factors of shape"),
]


@pytest.mark.parametrize(("keys", "value", "word"), PLANS)
def test_damaged_plans_are_refused(run, folder, keys, value, word):
    if keys == ["crop", "firstEnergy"]:
        change_plan(folder / "earlier.hspy", ["crop", "lastEnergy"], 400)
    elif value == 1e308:
        change_plan(folder / "earlier.hspy", ["crop", "firstEnergy"], -1e308)
    elif value == 2**63 - 1:
        change_plan(folder / "earlier.hspy", ["crop", "first"], 1)
    change_plan(folder / "earlier.hspy", keys, value)
    refused(run, folder, word)


def put(name, make):
    """Replaces an array by what a function makes of it."""
    def damage(results):
        data = make(results[name][...])
        del results[name]
        results[name] = data
    return damage


def declare(name, shape):
    """Replaces an array by one of a shape that nothing fills."""
    def damage(results):
        del results[name]
        results.create_dataset(name, shape, "f8", chunks=tuple(min(extent, 1000) for extent in shape))
    return damage


def first(value):
    def make(data):
        data = data.astype(float)
        data.flat[0] = value
        return data
    return make


RESULTS = {
    "wide factors": (declare("factors", (1360, 2 * 10**9)), "are stored"),
    "empty factors": (declare("factors", (1360, 3)), "never written"),
    "long ratio": (declare("explained_variance_ratio", (10**12,)), "are stored"),
    "flat factors": (put("factors", np.ravel), "factors of shape"),
    "other channels": (put("factors", lambda f: f[1:]), "factors of shape"),
    "fewer components": (put("factors", lambda f: f[:, :2]), "factors of shape"),
    "NaN": (put("factors", first(np.nan)), "NaN"),
    "infinity": (put("factors", first(np.inf)), "NaN or infinity"),
    "beyond Float": (put("factors", first(1e300)), "NaN or infinity"),
    "few variances": (put("explained_variance", lambda v: v[:2]), "2 variances"),
    "NaN variance": (put("explained_variance", first(np.nan)), "variances"),
    "zero weight": (put("channel_weights", first(0)), "weights"),
    "negative weight": (put("channel_weights", first(-1)), "weights"),
    "infinite weight": (put("channel_weights", first(np.inf)), "weights"),
    "great weight": (put("channel_weights", first(1e300)), "other components"),
    "few weights": (put("channel_weights", lambda c: c[1:]), "channel_weights of shape"),
    "no factors": (lambda results: results.pop("factors"), "lack factors"),
    "no weights": (lambda results: results.pop("channel_weights"), "other components"),
}


@pytest.mark.parametrize("case", RESULTS)
def test_damaged_components_are_refused(run, folder, case):
    damage, word = RESULTS[case]
    with h5py.File(folder / "earlier.hspy", "a") as file:
        damage(spectra(file)["learning_results"])
    # A file that declares what it does not hold is refused as a whole, before it is asked for components.
    refused(run, folder, word, *([] if word == "are stored" else ["--pca"]))


def test_another_decomposition_is_refused(run, folder):
    """HyperSpy keeps our channel weights beside the factors of a decomposition of its own."""
    signal = load(folder / "earlier.hspy")[0]
    signal.data[np.isnan(signal.data)] = 0
    signal.decomposition(output_dimension=3, navigation_mask=None, print_info=False)
    assert signal.learning_results.factors.shape[1] == 3
    assert signal.learning_results.channel_weights is not None
    signal.save(folder / "earlier.hspy", overwrite=True)
    refused(run, folder, "other components", "--pca beside --like")


def test_saved_by_hyperspy(succeed, folder):
    """A file that HyperSpy loaded and saved gives the same spectra as before."""
    succeed("preprocess", "si.hspy", "-o", "a.hspy", "--like", "earlier.hspy", cwd=folder)
    load(folder / "earlier.hspy")[0].save(folder / "saved.hspy")
    succeed("preprocess", "si.hspy", "-o", "b.hspy", "--like", "saved.hspy", cwd=folder)
    np.testing.assert_array_equal(*(load(folder / name)[0].data for name in ("a.hspy", "b.hspy")))


def test_unusable_single_spectrum(made, succeed, write_image, tmp_path):
    """Background alone has no signal: it is left out of the components of others."""
    axis = load(made.simulated)[0].axes_manager[-1]
    mean = 2e4 * (axis.axis / axis.axis[0]) ** -3.0
    counts = np.random.default_rng(1).poisson(mean).astype(np.float32)
    path = write_image(counts, offset=axis.offset, scale=axis.scale)
    succeed(
        "preprocess", path.name, "-o", "one.hspy", "--like", made.preprocessed, cwd=tmp_path,
        codes=(QUALITY_GATE,))
    signal = load(tmp_path / "one.hspy")[0]
    assert signal.data.shape == counts.shape
    assert np.isnan(signal.learning_results.loadings).all()


def test_a_number_of_components_needs_none_of_the_file(made, succeed, tmp_path):
    succeed("preprocess", made.simulated, "-o", "first.hspy", cwd=tmp_path)
    with h5py.File(tmp_path / "first.hspy", "r+") as file:
        for experiment in file["Experiments"].values():
            if "factors" in experiment["learning_results"]:
                experiment["learning_results/factors"][...] = float("nan")
    said = succeed(
        "preprocess", made.simulated, "-o", "second.hspy", "--like", "first.hspy", "--pca", 3,
        cwd=tmp_path).stderr
    assert "3 as asked" in said
