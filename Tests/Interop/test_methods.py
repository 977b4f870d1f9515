"""`augment --method`: spectra made without a network are files like those of a generator."""

import json
import shutil

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, USAGE, load

METHODS = ["noise-shift", "mixup", "pca-gaussian", "smote"]


@pytest.fixture(scope="module")
def folder(succeed, tmp_path_factory):
    """A labelled set of two classes on one energy axis, not denoised."""
    folder = tmp_path_factory.mktemp("methods")
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 3, cwd=folder)
    return folder


def real_spectra(folder):
    """The spectra of the set, and the numbers of their classes."""
    signals = load(folder / "k.hspy")
    spectra = next(s for s in signals if s.metadata.Signal.signal_type == "EELS")
    labels = next(s for s in signals if s.metadata.has_item("Sample.class_names")
                  and s.metadata.Signal.signal_type != "EELS")
    return spectra.data, labels.data


def augment(succeed, folder, method, output, *options):
    return succeed(
        "augment", "k.hspy", "--method", method, "--train-count", 60, "--count", 50, "--seed", 4,
        "--out", output, *options, cwd=folder, codes=(0, QUALITY_GATE),
    )


@pytest.mark.parametrize("method", METHODS)
def test_file(folder, succeed, method):
    said = augment(succeed, folder, method, f"{method}.h5").stderr
    assert f"made from real ones ({method})" in load(folder / f"{method}.h5")[0].metadata.General.notes
    spectra, labels = load(folder / f"{method}.h5")
    assert spectra.data.shape == (100, 600) and spectra.metadata.Signal.signal_type == "EELS"
    assert np.isfinite(spectra.data).all()
    np.testing.assert_allclose(spectra.data.max(1), 1, rtol=1e-6)
    names = [str(name) for name in labels.metadata.Sample.class_names]
    np.testing.assert_array_equal(labels.data, np.repeat([0, 1], 50))
    record = json.loads(spectra.metadata.eels_dag.provenance)
    assert record["command"] == "augment" and record["synthetic"] is True and record["seed"] == 4
    assert record["settings"]["method"] == method and record["settings"]["classes"] == names
    for index, name in enumerate(names):
        own = spectra.metadata.eels_dag.training[f"class_{index}"]
        assert own.name == name and own.method == method and len(own.training_spectra) == 60
        assert own.outcome == ("not reached" if own.shortcomings else "reached")
        assert 0 < own.final_coverage <= 1 and own.frechet_threshold > 0
        like = "NOT like" if own.shortcomings else "like"
        assert f"{name}: {method} is {like} the real spectra" in said
    # The spectra are those of their class: nearer to its mean than to the other's.
    real, classes = real_spectra(folder)
    means = [real[classes == index].mean(0) for index in (0, 1)]
    for index in (0, 1):
        mean = spectra.data[labels.data == index].mean(0)
        distances = [np.linalg.norm(mean - other) for other in means]
        assert np.argmin(distances) == index


def test_mixtures_of_the_training_spectra(folder, succeed):
    """In the file, too, a mixup spectrum is a multiple of a mixture of two of its training spectra."""
    augment(succeed, folder, "mixup", "mixed.h5")
    spectra, labels = load(folder / "mixed.h5")
    numbers = spectra.metadata.eels_dag.training.class_0.training_spectra
    real, _ = real_spectra(folder)
    training = real[np.asarray(numbers)].astype(float)
    training /= training.max(1, keepdims=True)
    # Noise makes the spectra independent, so that the weights are unique.
    weights = np.linalg.lstsq(training.T, spectra.data[:50].T.astype(float), rcond=None)[0]
    weights /= weights.sum(0)
    assert ((np.abs(weights) > 1e-3).sum(0) <= 2).all()
    assert weights.min() > -1e-4 and weights.max() < 1 + 1e-4


@pytest.mark.parametrize("method", METHODS)
def test_same_seed_same_spectra_on_any_threads(folder, succeed, method):
    for threads in (1, 2):
        augment(succeed, folder, method, f"{threads}.h5", "--threads", threads)
    one, two = (load(folder / f"{threads}.h5")[0].data for threads in (1, 2))
    assert one.tobytes() == two.tobytes()


def test_json_document_and_lines(folder, succeed):
    said = augment(succeed, folder, "smote", "json.h5", "--json")
    document = json.loads(said.stdout)
    assert document["method"] == "smote" and len(document["classes"]) == 2
    lines = [json.loads(line) for line in said.stderr.splitlines()]
    trained = [line["result"] for line in lines if line["event"] == "trained"]
    assert trained == document["classes"]
    assert all(item["iterations"] == 0 for item in trained)


@pytest.mark.parametrize(
    "options",
    [("--model", "m.safetensors"), ("--checkpoint", "c"), ("--resume", "c"), ("--init", "m.safetensors"),
     ("--stop", "paper"), ("--max-epochs", 5), ("--design", "multi-bitrans"), ("--faithful",),
     ("--architecture", "subspace"), ("--plot-training", "p.png")],
)
def test_options_of_a_training_are_refused(folder, run, options):
    result = run("augment", "k.hspy", "--out", "no.h5", "--method", "mixup", *options, cwd=folder)
    assert result.returncode == USAGE, result.stderr
    assert f"{options[0]} goes with --method gan" in result.stderr
    assert not (folder / "no.h5").exists()


def test_too_few_spectra_are_refused(folder, run):
    result = run(
        "augment", "k.hspy", "--out", "no.h5", "--method", "smote", "--train-fraction", 0.001,
        cwd=folder)
    assert result.returncode in (USAGE, REFUSED) and "at least 10" in result.stderr


def test_unseen_acquisitions(folder, succeed, run):
    """Spectra of unseen acquisitions drift and scatter more, are recorded, and evaluate says so."""
    augment(succeed, folder, "pca-gaussian", "seen.h5")
    augment(succeed, folder, "pca-gaussian", "unseen.h5", "--acquisitions", "unseen")
    seen, unseen = load(folder / "seen.h5")[0], load(folder / "unseen.h5")[0]
    assert json.loads(unseen.metadata.eels_dag.provenance)["settings"]["acquisitions"] == "unseen"
    own = unseen.metadata.eels_dag.training.class_1
    assert own.variation_shift_channels > 0
    assert (own.variation_noise_low, own.variation_noise_high) == (0.5, 2)
    assert own.variation_thickness == 0.5
    assert not seen.metadata.eels_dag.training.class_1.has_item("variation_shift_channels")
    noise = [np.diff(s.data[50:], 2).std(1) for s in (seen, unseen)]
    assert np.log(noise[1]).std() > 1.15 * np.log(noise[0]).std()
    done = run("evaluate", "k.hspy", "unseen.h5", cwd=folder)
    assert "--acquisitions unseen" in done.stderr
    assert "--acquisitions unseen" not in run("evaluate", "k.hspy", "seen.h5", cwd=folder).stderr


@pytest.mark.parametrize("options", [["--method", "mixup"], ["--method", "smote"], ["--faithful"]])
def test_unseen_acquisitions_refused(folder, run, options):
    done = run(
        "augment", "k.hspy", "--out", "none.h5", "--acquisitions", "unseen", *options, cwd=folder)
    assert done.returncode == USAGE and "--acquisitions unseen" in done.stderr
    assert not (folder / "none.h5").exists()


def test_thickness_needs_electronvolts(folder, succeed):
    """Where channels have no width in eV the thickness stays, and a warning says what to do."""
    shutil.copy(folder / "k.hspy", folder / "plain.hspy")
    with h5py.File(folder / "plain.hspy", "r+") as file:
        axes = [group["axis-1"] for group in file["Experiments"].values() if "axis-1" in group]
        assert axes
        for axis in axes:
            axis.attrs["units"] = "channels"
    result = succeed(
        "augment", "plain.hspy", "--out", "plain_unseen.h5", "--method", "pca-gaussian", "--count", 20, "--train-count", 30,
        "--acquisitions", "unseen", cwd=folder, codes=(0, QUALITY_GATE))
    assert "is not in eV" in result.stderr and "give the axis the units eV" in result.stderr
    own = load(folder / "plain_unseen.h5")[0].metadata.eels_dag.training.class_1
    assert own.variation_thickness == 0 and own.variation_shift_channels > 0
