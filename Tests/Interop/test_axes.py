"""`augment` on classes with different energy axes, and on classes spread over several files."""

import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, USAGE, load


@pytest.fixture(scope="module")
def folder(succeed, tmp_path_factory):
    """The white-line sets of two seeds and wüstite and magnetite on another axis."""
    folder = tmp_path_factory.mktemp("axes")
    for name, preset, seed in [("wl", "wl", 4), ("wl2", "wl", 5), ("w", "w", 4)]:
        succeed("simulate", preset, "-o", f"{name}.hspy", "--seed", seed, cwd=folder)
    return folder


FEW = ("--train-count", 20, "--max-epochs", 30, "--count", 12)


def test_every_axis_has_its_own_spectra_and_labels(folder, succeed):
    said = succeed(
        "augment", "wl.hspy", "-o", "synth.h5", "--model", "m.safetensors", *FEW, cwd=folder,
        codes=(QUALITY_GATE,)).stderr
    assert "s_1, labels_1, s_2, labels_2 = hs.load" in said
    iron, iron_labels, manganese, manganese_labels = load(folder / "synth.h5")
    originals = load(folder / "wl.hspy")
    for spectra, labels, original, original_labels, names in [
        (iron, iron_labels, originals[0], originals[1], ["FeO", "Fe3O4"]),
        (manganese, manganese_labels, originals[4], originals[5], ["MnO", "Mn2O3", "MnO2"]),
    ]:
        axes = [s.axes_manager.signal_axes[0] for s in (spectra, original)]
        assert (axes[0].offset, axes[0].scale, axes[0].size) == (
            axes[1].offset, axes[1].scale, axes[1].size)
        assert list(labels.metadata.Sample.class_names) == names
        assert list(labels.data) == list(np.repeat(range(len(names)), 12))
        assert labels.metadata.eels_dag.spectra == spectra.metadata.General.title
        for label, name in enumerate(names):
            record = spectra.metadata.eels_dag.training.get_item(f"class_{label}")
            assert record.name == name and len(record.training_spectra) == 20
            assert set(original_labels.data[record.training_spectra]) == {label}
            # The synthetic spectra of a class are nearest to the class's real mean.
            means = [original.data[original_labels.data == k].mean(0) for k in range(len(names))]
            mean = spectra.data[labels.data == label].mean(0)
            assert np.argmin([np.abs(mean - m).sum() for m in means]) == label
    succeed("generate", "m.safetensors", "-o", "again.hspy", "--count", 12, cwd=folder)
    for first, second in zip(load(folder / "synth.h5"), load(folder / "again.hspy")):
        np.testing.assert_array_equal(first.data, second.data)
    # What was written is an input again: the sets find their labels though their shapes agree.
    said = succeed(
        "augment", "again.hspy", "-o", "third.hspy", *FEW[2:], cwd=folder, codes=(QUALITY_GATE,)
    ).stderr
    assert "MnO2: taking 12 of 12 spectra" in said


def test_classes_of_one_name_on_one_axis_are_put_together(folder, succeed):
    said = succeed(
        "augment", "wl.hspy", "wl2.hspy", "-o", "both.hspy", *FEW, cwd=folder,
        codes=(QUALITY_GATE,)).stderr
    assert said.count("put together from 2 inputs") == 5
    spectra = load(folder / "both.hspy")
    assert len(spectra) == 4
    record = spectra[0].metadata.eels_dag.training.class_0
    assert sorted(set(record.training_inputs)) == [0, 1]
    assert len(record.training_inputs) == len(record.training_spectra) == 20


@pytest.mark.parametrize("arguments, code, words", [
    (("w.hspy", "wl.hspy"), REFUSED, "class FeO is there on two energy axes"),
    (("wl.hspy", "--train-count", 9), USAGE, "--train-count is 9; a class needs at least 10"),
    (("wl.hspy", "--train-fraction", 0.003), USAGE, "takes 8 of the 2744 spectra of FeO"),
    (("wl.hspy", "--labels", "w.hspy"), REFUSED, "leave out --labels"),
])
def test_what_cannot_be_done_is_said(folder, run, arguments, code, words):
    result = run("augment", *arguments, "-o", "x.hspy", cwd=folder)
    assert result.returncode == code and words in result.stderr, result.stderr


def test_raw_counts_are_refused_with_a_hint(folder, run, succeed):
    succeed("simulate", "k", "-o", "raw.hspy", "--raw", cwd=folder)
    result = run("augment", "raw.hspy", "-o", "x.hspy", cwd=folder)
    assert result.returncode == REFUSED and "eels-dag preprocess" in result.stderr
