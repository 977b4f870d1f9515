"""A single spectrum, a line, an image, a stack of images and a stack of stacks, in every command."""

import json

import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, load, refuse
from test_classify import CHANNELS, NAMES, white_lines

# `preprocess` is in test_odd_files.py.
SHAPES = [(60,), (6, 10), (3, 4, 5), (2, 3, 2, 5)]
COUNTS = [20, 20, 20]


@pytest.fixture(params=[(), *SHAPES], ids=str)
def image(request, write_image):
    """Spectra over 0 to 4 dimensions: their shape, data, labels and file."""
    data, labels = white_lines(COUNTS, 1)
    shape = request.param
    count = int(np.prod(shape))
    data, labels = data[:count].reshape(*shape, CHANNELS), labels[:count].reshape(shape)
    return shape, data, labels, write_image(data, "in.hspy", offset=500.0)


def test_info(image, succeed, tmp_path):
    shape, _, _, path = image
    (signal,) = json.loads(succeed("info", path.name, "--json", cwd=tmp_path).stdout)["signals"]
    assert signal["shape"] == [*shape, CHANNELS]
    assert [axis["role"] for axis in signal["axes"]] == ["navigation"] * len(shape) + ["signal"]
    text = succeed("info", path.name, cwd=tmp_path).stdout
    assert " × ".join(map(str, [*shape, CHANNELS])) in text


def test_validate(image, succeed, tmp_path):
    _, _, _, path = image
    succeed("convert", path, "a.nxs", cwd=tmp_path)
    for name in (path.name, "a.nxs"):
        assert json.loads(succeed("validate", name, "--json", cwd=tmp_path).stdout)["findings"] == []


def test_convert(image, succeed, tmp_path):
    shape, data, _, path = image
    succeed("convert", path, "a.nxs", cwd=tmp_path)
    succeed("convert", "a.nxs", "b.hspy", cwd=tmp_path)
    before, after = load(path)[0], load(tmp_path / "b.hspy")[0]
    assert str(before.axes_manager) == str(after.axes_manager)
    assert np.array_equal(after.data, data)


def test_label(image, succeed, tmp_path):
    """Labels of a file, and HyperSpy's view of them."""
    shape, data, labels, path = image
    np.save(tmp_path / "labels.npy", labels)
    succeed(
        "label", path.name, "--from", "labels.npy", "--names", ",".join(NAMES), "-o", "out.hspy",
        "--plot", "map.png", cwd=tmp_path)
    signal, found = load(tmp_path / "out.hspy")
    assert np.array_equal(signal.data, data)
    assert np.array_equal(found.data.reshape(shape), labels)
    assert found.axes_manager.signal_dimension == 0
    if shape:
        merged = signal.get_cluster_labels(merged=True)
        assert np.array_equal(merged.data.reshape(shape), labels)


def test_clusters(image, succeed, run, tmp_path):
    shape, _, _, path = image
    command = ("label", path.name, "--clusters", 2, "-o", "out.hspy")
    if not shape:
        return refuse(run, tmp_path, *command, code=REFUSED, words=["spectr"])
    succeed(*command, cwd=tmp_path)
    found = load(tmp_path / "out.hspy")[1]
    assert found.data.shape == shape and set(np.unique(found.data)) == {0, 1}


def test_augment_and_evaluate(image, succeed, run, tmp_path, write_image):
    """The flat indices of the spectra that trained are those of the labels."""
    shape, _, labels, path = image
    np.save(tmp_path / "labels.npy", labels)
    command = ("augment", path.name, "--labels", "labels.npy", "-o", "s.hspy", "--count", 5,
               "--max-epochs", 2)
    if not shape:
        return refuse(run, tmp_path, *command, code=REFUSED, words=["1 spectrum"])
    succeed(*command, cwd=tmp_path, codes=(0, QUALITY_GATE))
    synthetic, classes = load(tmp_path / "s.hspy")
    assert synthetic.data.shape == (15, CHANNELS)
    for label in range(3):
        training = synthetic.metadata.eels_dag.training[f"class_{label}"].training_spectra
        assert np.array_equal(training, np.flatnonzero(labels.ravel() == label))
    result = succeed(
        "evaluate", path.name, "s.hspy", "--labels", "labels.npy", "--json", cwd=tmp_path,
        codes=(0, QUALITY_GATE))
    (group,) = json.loads(result.stdout)["groups"]
    assert len(group["classes"]) == 3


def test_classify(image, succeed, run, tmp_path, write_image):
    """A classifier trained on a line tells the classes of an image, each at its place."""
    shape, data, _, path = image
    rows, truth = white_lines(COUNTS, 2)
    line = write_image(rows, "line.hspy", offset=500.0)
    write_image(truth.astype(np.int32), "line.hspy", navigate=True, title="labels")
    succeed("classify", "--train", line.name, "--train-fraction", 0.5, "--test", line.name, "--model", "m.safetensors",
            cwd=tmp_path)
    succeed("classify", "--apply", "m.safetensors", path.name, "-o", "map.hspy", "--plot", "map.png",
            cwd=tmp_path)
    classes, confidence = load(tmp_path / "map.hspy")
    assert classes.data.reshape(shape).shape == shape == confidence.data.reshape(shape).shape
    assert classes.axes_manager.signal_dimension == 0
    # The same spectra in a line get the same classes.
    flat = write_image(data.reshape(-1, CHANNELS), "flat.hspy", offset=500.0)
    succeed("classify", "--apply", "m.safetensors", flat.name, "-o", "flat_map.hspy", cwd=tmp_path)
    assert np.array_equal(load(tmp_path / "flat_map.hspy")[0].data.ravel(), classes.data.ravel())
