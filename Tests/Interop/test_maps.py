"""The maps beside preprocessed spectra, the plan, and doing to a file what was done to another."""

import json

import numpy as np
import pytest
from conftest import load

FITS = ["two-area", "least-squares", "poisson", "lba", "lcpl"]


@pytest.mark.parametrize("fit", FITS)
def test_background_is_what_the_maps_say(made, succeed, tmp_path, fit):
    """Raw counts less A E^-r from the maps are the spectra; lcpl's A and r are a tangent."""
    succeed(
        "preprocess", made.simulated, "-o", "out.hspy", "--background", "470:522", "--pca", "none",
        "--norm", "none", "--background-fit", fit, cwd=tmp_path,
    )
    raw = load(made.simulated)[0]
    spectra, a, r, chi2, quality = load(tmp_path / "out.hspy")
    assert [signal.metadata.General.title for signal in (a, r, chi2)] == [
        "Background coefficient A", "Background exponent r", "Background reduced chi-square"]
    for signal in (a, r, chi2, quality):
        assert signal.axes_manager.signal_dimension == 0
        assert signal.axes_manager.navigation_shape == spectra.axes_manager.navigation_shape
    axis = raw.axes_manager[-1]
    good = quality.data == 0
    law = a.data[good, None].astype(float) * axis.axis ** -r.data[good, None].astype(float)
    expected = raw.data[good] - law * axis.scale
    near = slice(0, 400) if fit == "lcpl" else slice(None)
    allowed = 1e-2 if fit == "lcpl" else 1e-5
    error = np.abs(spectra.data[good] - expected)[:, near]
    assert error.max() <= allowed * raw.data[good].max()
    assert 0.5 < np.median(chi2.data[good]) < 2
    assert spectra.metadata.eels_dag.command == "preprocess"
    assert a.metadata.eels_dag.map.fit == fit


def test_maps_can_be_left_out(made, succeed, tmp_path):
    succeed("preprocess", made.simulated, "-o", "out.hspy", "--maps", "none", cwd=tmp_path)
    titles = [signal.metadata.General.title for signal in load(tmp_path / "out.hspy")]
    assert titles[1:] == ["Quality flags"]


def test_area_norm(made, succeed, tmp_path):
    succeed(
        "preprocess", made.simulated, "-o", "out.hspy", "--norm", "area", "--pca", "none",
        cwd=tmp_path,
    )
    spectra, *_, quality = load(tmp_path / "out.hspy")
    good = quality.data == 0
    areas = spectra.data[good].sum(axis=-1) * spectra.axes_manager[-1].scale
    np.testing.assert_allclose(areas, 1, rtol=1e-5)


def test_plan_writes_nothing(made, succeed, tmp_path):
    said = succeed("preprocess", made.simulated, "-o", "out.hspy", "--plan", cwd=tmp_path).stdout
    assert "1. flags" in said and "norm again" in said
    said = succeed("preprocess", made.simulated, "--background", "none", "--plan", cwd=tmp_path)
    assert "no background is fitted: left in as asked" in said.stdout
    plan = json.loads(
        succeed(
            "preprocess", made.simulated, "-o", "out.hspy", "--plan", "--json", "--norm", "area",
            cwd=tmp_path,
        ).stdout)
    assert plan["norm"] == "area" and plan["background"]["fit"] == "two-area"
    assert not list(tmp_path.iterdir())


def test_like_another_file(made, succeed, tmp_path):
    succeed(
        "preprocess", made.simulated, "-o", "first.hspy", "--crop", "500:780", "--background",
        "465:521", "--background-fit", "poisson", "--norm", "area", "--pca", "3", cwd=tmp_path,
    )
    succeed(
        "preprocess", made.simulated, "-o", "second.hspy", "--like", "first.hspy", cwd=tmp_path)
    first, second = (load(tmp_path / name) for name in ("first.hspy", "second.hspy"))
    np.testing.assert_allclose(first[0].data, second[0].data, rtol=0, atol=1e-6 * first[0].data.max())
    plan = succeed(
        "preprocess", made.simulated, "--like", "first.hspy", "--plan", cwd=tmp_path).stdout
    assert "3 of other spectra" in plan and "poisson power law" in plan
    # Components of other spectra come along, as they are.
    succeed("simulate", "si", "-o", "other.hspy", "--size", "20x18", "--seed", "7", cwd=tmp_path)
    said = succeed("preprocess", "other.hspy", "--like", "first.hspy", cwd=tmp_path).stderr
    assert "3 of other spectra" in said
    other = load(tmp_path / "other_preprocessed.hspy")[0]
    np.testing.assert_array_equal(
        other.learning_results.factors, first[0].learning_results.factors)
    good = ~np.isnan(other.learning_results.loadings).any(axis=-1)
    model = other.learning_results.loadings[good] @ other.learning_results.factors.T
    values = other.data.reshape(-1, other.data.shape[-1])[good]
    np.testing.assert_allclose(model, values, rtol=0, atol=1e-5 * values.max())
    succeed(
        "preprocess", made.simulated, "-o", "third.hspy", "--like", "first.hspy", "--norm", "max",
        cwd=tmp_path,
    )
    third, *_, quality = load(tmp_path / "third.hspy")
    assert third.data.shape == first[0].data.shape
    assert (third.data[quality.data == 0].max(axis=-1) == 1).all()


def test_components_of_other_energies_are_refused(made, succeed, run, tmp_path):
    succeed("preprocess", made.simulated, "-o", "first.hspy", cwd=tmp_path)
    result = run(
        "preprocess", made.simulated, "-o", "o.hspy", "--like", "first.hspy", "--crop", "500:700",
        cwd=tmp_path)
    assert result.returncode == 3 and "ask for a number of components" in result.stderr
    succeed(
        "preprocess", made.simulated, "-o", "o.hspy", "--like", "first.hspy", "--crop", "500:700",
        "--pca", "4", cwd=tmp_path)


def test_like_a_file_that_was_not_preprocessed(made, run, tmp_path):
    result = run("preprocess", made.simulated, "-o", "o.hspy", "--like", made.simulated, cwd=tmp_path)
    assert result.returncode == 3 and "how it was preprocessed" in result.stderr


def test_spikes_are_replaced_and_mapped(made, succeed, tmp_path):
    signal = load(made.simulated)[0]
    hits = {(3, 5): 200, (20, 30): 1000}
    for (row, column), channel in hits.items():
        signal.data[row, column, channel] += 20000
    signal.save(tmp_path / "hit.hspy")
    succeed("preprocess", "hit.hspy", "-o", "out.hspy", "--remove-spikes", cwd=tmp_path)
    spectra, *_, spikes, quality = load(tmp_path / "out.hspy")
    assert spikes.metadata.General.title == "Replaced channels"
    about = spikes.metadata.eels_dag.map
    columns = spectra.data.shape[1]
    listed = set(zip(about.spectrum, about.first_channel, about.channel_count, strict=True))
    for (row, column), channel in hits.items():
        assert spikes.data[row, column] == 1
        assert quality.data[row, column] & 512 and not quality.data[row, column] & 16
        assert (row * columns + column, channel, 1) in listed
    assert spikes.data.sum() == sum(count for _, _, count in listed)
    assert (spikes.data > 0).sum() == (quality.data & 512 > 0).sum()


def test_alignment_map(made, succeed, tmp_path):
    """The simulator's scale drifts by 0.4 eV from the first to the last pixel, with a wobble."""
    succeed("preprocess", made.simulated, "-o", "out.hspy", "--align", cwd=tmp_path)
    spectra, *_, shift, _ = load(tmp_path / "out.hspy")
    assert shift.metadata.General.title == "Energy shift"
    time = np.linspace(0, 1, shift.data.size)
    drift = 0.4 * (time - 0.5) + 0.1 * np.sin(6 * np.pi * time)
    error = shift.data.ravel() - drift
    assert np.std(error) < 0.06 and shift.data.std() > 0.08


def test_edges_are_named(made, succeed, tmp_path):
    said = succeed("preprocess", made.simulated, "--edges", cwd=tmp_path).stdout.splitlines()
    assert [name for line in said for name in ("O K", "Mn L3", "Fe L3") if name in line] == [
        "O K", "Mn L3", "Fe L3"]
    listed = json.loads(
        succeed("preprocess", made.simulated, "--edges", "--json", cwd=tmp_path).stdout)
    assert abs(listed["edges"][0]["energy"] - 532) < 10
    assert not list(tmp_path.iterdir())
