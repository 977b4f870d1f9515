"""The labelled sets of `simulate wl|w|k|mf` as HyperSpy reads them."""

import numpy as np
import pytest
from conftest import UNUSABLE, USAGE, load


@pytest.fixture(scope="module")
def white_lines(succeed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("presets")
    said = succeed("simulate", "wl", "-o", "wl.hspy", "--seed", 4, cwd=folder).stderr
    return folder / "wl.hspy", said


def test_white_lines_are_two_sets_with_labels_acquisitions_and_flags(white_lines):
    path, said = white_lines
    signals = load(path)
    assert len(signals) == 8
    line = next(line for line in said.splitlines() if "hs.load" in line)
    names = [name.strip() for name in line.split("=")[0].split(",")]
    assert names == [
        f"{edge}{what}" for edge in ("fe", "mn")
        for what in ("", "_labels", "_acquisitions", "_quality")
    ]
    found = dict(zip(names, signals))
    for edge, scale, offset, classes, counts in [
        ("fe", 0.25, 612.5, ["FeO", "Fe3O4"], [2744, 1350]),
        ("mn", 0.1, 615.0, ["MnO", "Mn2O3", "MnO2"], [992, 841, 1260]),
    ]:
        spectra, labels = found[edge], found[f"{edge}_labels"]
        assert spectra.metadata.Signal.signal_type == "EELS"
        axis = spectra.axes_manager.signal_axes[0]
        assert (axis.size, axis.scale, axis.offset) == (700, scale, offset)
        assert list(labels.metadata.Sample.class_names) == classes
        assert list(np.bincount(labels.data)) == counts
        assert labels.metadata.eels_dag.spectra == spectra.metadata.General.title
        np.testing.assert_array_equal(spectra.data.max(axis=1), 1)
        acquisitions = found[f"{edge}_acquisitions"].data
        for label in range(len(classes)):
            shares = np.bincount(acquisitions[labels.data == label])
            assert len(shares) == 6 and np.ptp(shares) <= 1
        assert np.mean(found[f"{edge}_quality"].data & UNUSABLE != 0) < 0.01


def test_calibration_of_the_acquisitions_is_seen_in_the_spectra(white_lines):
    """The L3 line of an acquisition lies where its metadata say that the scale errs."""
    spectra, labels, acquisitions = load(white_lines[0])[4:7]
    energies = spectra.axes_manager.signal_axes[0].axis
    stored = acquisitions.metadata.Simulation.as_dictionary()
    errors, centres = [], []
    for number in range(6):
        mean = spectra.data[(labels.data == 0) & (acquisitions.data == number)].mean(axis=0)
        line = np.where((energies > 636) & (energies < 645), np.maximum(mean, 0), 0)
        errors.append(stored[f"acquisition_{number}"]["calibration_error_eV"])
        centres.append((line * energies).sum() / line.sum())
    assert np.corrcoef(errors, centres)[0, 1] > 0.95


def test_raw_counts_and_the_same_bytes_of_data(succeed, tmp_path):
    succeed("simulate", "k", "-o", "raw.hspy", "--raw", "--threads", 1, cwd=tmp_path)
    succeed("simulate", "k", "-o", "again.h5", "--raw", "--threads", 2, cwd=tmp_path)
    spectra, labels, acquisitions = load(tmp_path / "raw.hspy")
    assert spectra.data.dtype == np.uint16 and spectra.data.shape == (4094, 600)
    for first, second in zip((spectra, labels, acquisitions), load(tmp_path / "again.h5")):
        np.testing.assert_array_equal(first.data, second.data)


@pytest.mark.parametrize("arguments, words", [
    (["wl", "--labels", "l.hspy"], "--labels goes with si"),
    (["mf", "--channels", "700"], "--channels goes with si"),
    (["w", "--type", "float32"], "--type goes with si"),
    (["k", "--size", "4x4"], "--size goes with si"),
    (["si", "--raw"], "--raw goes with wl, w, k and mf"),
])
def test_options_of_the_other_presets_are_refused(run, tmp_path, arguments, words):
    result = run("simulate", *arguments, "-o", "x.hspy", cwd=tmp_path)
    assert result.returncode == USAGE and words in result.stderr
