"""Denoising by `preprocess` is HyperSpy's and NumPy's singular value decomposition, and the file holds it
as HyperSpy's own learning results."""

import json
import shutil

import hyperspy.api as hs
import matplotlib.pyplot as plt
import numpy as np
import pytest
from conftest import HYPERSPY, UNUSABLE, load, refuse, spectra, REFUSED


def preprocess(made, succeed, folder, components, weighting="none", norm="none"):
    """Spectra as rows, their quality flags, and the plan."""
    succeed(
        "preprocess", made.simulated, "-o", folder / "out.hspy", "--background", "470:522",
        "--norm", norm, "--pca", components, "--pca-weighting", weighting, cwd=folder,
    )
    spectra, *_, quality = load(folder / "out.hspy")
    record = json.loads(spectra.metadata.eels_dag.provenance)
    return spectra.data.reshape(-1, spectra.data.shape[-1]), quality.data.ravel(), record


def truncated(rows, components):
    """The nearest matrix of a rank."""
    u, s, v = np.linalg.svd(rows, full_matrices=False)
    return (u[:, :components] * s[:components]) @ v[:components]


@pytest.mark.parametrize("components", [1, 4])
def test_denoised_spectra_without_weighting(made, succeed, tmp_path, components):
    noisy, flags, _ = preprocess(made, succeed, tmp_path, "none")
    denoised, same_flags, record = preprocess(made, succeed, tmp_path, components)
    np.testing.assert_array_equal(flags, same_flags)
    assert record["settings"]["components"] == components
    assert record["settings"]["weighting"] == "none"
    usable = flags & UNUSABLE == 0
    rows = noisy[usable].astype(np.float64)
    expected = truncated(rows, components)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(denoised[usable], expected, rtol=0, atol=1e-4 * scale)
    # Denoising changed something, and left alone what it does not understand.
    assert np.abs(denoised[usable] - noisy[usable]).max() > 0.05 * scale
    np.testing.assert_array_equal(denoised[~usable], noisy[~usable])

    # HyperSpy's own decomposition of the same spectra.
    own = hs.signals.Signal1D(rows)
    own.decomposition(algorithm="SVD", svd_solver="full", print_info=False)
    model = own.get_decomposition_model(components).data
    np.testing.assert_allclose(denoised[usable], model, rtol=0, atol=1e-4 * scale)
    ours = load(tmp_path / "out.hspy")[0].learning_results
    np.testing.assert_allclose(
        ours.explained_variance, own.learning_results.explained_variance[:components], rtol=1e-4
    )
    ratios, theirs = (r.explained_variance_ratio for r in (ours, own.learning_results))
    np.testing.assert_allclose(ratios[:components], theirs[:components], rtol=1e-4)
    # What is shown beyond the components is known to 5 %.
    np.testing.assert_allclose(ratios, theirs[: len(ratios)], rtol=0.05)


def test_denoised_spectra_with_weighting(made, succeed, tmp_path):
    noisy, flags, _ = preprocess(made, succeed, tmp_path, "none")
    denoised, _, record = preprocess(made, succeed, tmp_path, 3, "poisson")
    assert record["settings"]["weighting"] == "poisson"
    usable = flags & UNUSABLE == 0
    # The image is small enough for the survey to see all of it: dead spectra and spikes do not count.
    raw = load(made.simulated)[0].data.reshape(noisy.shape).astype(np.float64)
    channels = 1 / np.sqrt(raw[flags & (1 | 2 | 16) == 0].mean(axis=0))
    weights = 1 / np.sqrt(raw[usable].mean(axis=1))[:, None]
    expected = truncated(weights * noisy[usable] * channels, 3) / channels / weights
    scale = np.abs(expected).max()
    np.testing.assert_allclose(denoised[usable], expected, rtol=0, atol=2e-4 * scale)


def test_weighting_needs_counts(run, tmp_path, write_image):
    path = write_image(spectra((6, 5, 200)) - 15000)
    refuse(
        run, tmp_path, "preprocess", path, "--background", "none", "--pca-weighting", "poisson",
        code=REFUSED, words=["--pca-weighting none"],
    )


@pytest.mark.parametrize("weighting", ["poisson", "none"])
class TestLearningResults:
    @pytest.fixture
    def path(self, made, succeed, tmp_path, weighting):
        """A file of denoised, normalised spectra."""
        preprocess(made, succeed, tmp_path, "auto" if weighting == "poisson" else 4, weighting, "max")
        return tmp_path / "out.hspy"

    @staticmethod
    def check(signal, flags):
        """The model is the data, but for spectra that are not part of it."""
        usable = (flags & UNUSABLE == 0).ravel()
        data = signal.data.reshape(usable.size, -1)
        model = signal.get_decomposition_model().data.reshape(data.shape)
        np.testing.assert_allclose(model[usable], data[usable], rtol=0, atol=1e-5)
        assert np.isnan(model[~usable]).all() and 0 < usable.sum() < usable.size
        results = signal.learning_results
        np.testing.assert_array_equal(results.navigation_mask.ravel(), ~usable)
        count = results.output_dimension
        assert results.factors.shape == (data.shape[1], count)
        assert results.loadings.shape == (data.shape[0], count)
        assert results.explained_variance.shape == (count,)
        assert len(results.explained_variance_ratio) >= 30
        assert (np.diff(results.explained_variance_ratio) <= 0).all()
        assert 0.9 < results.explained_variance_ratio.sum() < 1
        assert results.decomposition_algorithm == "SVD"
        assert results.mean is None and results.centre is None and results.unfolded
        assert tuple(results.original_shape) == signal.data.shape

    def test_are_the_data(self, path, weighting):
        signal, *_, quality = load(path)
        self.check(signal, quality.data)
        results = signal.learning_results
        assert bool(results.poissonian_noise_normalized) == (weighting == "poisson")
        assert hasattr(results, "channel_weights") == (weighting == "poisson")
        # Factors are orthonormal but for the weights.
        weights = getattr(results, "channel_weights", np.ones(len(results.factors)))
        v = results.factors * np.asarray(weights)[:, None]
        np.testing.assert_allclose(v.T @ v, np.eye(v.shape[1]), atol=1e-6)
        # The explained variance is that of the weighted spectra, so for weights of 1 of the loadings.
        assert signal.get_decomposition_factors().data.shape == v.T.shape
        loadings = signal.get_decomposition_loadings().data
        assert loadings.shape == (v.shape[1], *signal.data.shape[:2])

    def test_are_drawn(self, path, weighting):
        signal = load(path)[0]
        axes = signal.plot_explained_variance_ratio(n=30)
        assert axes.has_data()
        signal.plot_decomposition_factors()
        plt.close("all")

    def test_survive_hyperspy(self, path, tmp_path, weighting):
        signal, *_, quality = load(path)
        signal.save(str(tmp_path / "again.hspy"))
        self.check(load(tmp_path / "again.hspy")[0], quality.data)

    def test_load_lazily(self, path, weighting):
        signal = load(path, lazy=True)[0]
        model = signal.get_decomposition_model()
        model.compute()
        usable = np.isfinite(model.data)
        np.testing.assert_allclose(
            model.data[usable], np.asarray(signal.data)[usable], rtol=0, atol=1e-5
        )

    def test_add_no_signal_to_nexus(self, path, tmp_path, weighting):
        nexus = shutil.copy(path, tmp_path / "out.nxs")
        assert len(hs.load(str(nexus), nxdata_only=True)) == len(load(path))
        options = {} if HYPERSPY.major < 2 else {"skip_array_metadata": True}
        assert not isinstance(hs.load(str(nexus), use_default=True, **options), list)


def test_spectra_that_are_not_denoised_have_no_learning_results(made, succeed, tmp_path):
    preprocess(made, succeed, tmp_path, "none")
    assert load(tmp_path / "out.hspy")[0].learning_results.factors is None
