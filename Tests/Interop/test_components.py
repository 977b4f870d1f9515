"""Denoising by `preprocess` is projection on the components that scikit-learn finds."""

import json

import numpy as np
import pytest
from conftest import UNUSABLE, load
from sklearn.decomposition import PCA


def preprocess(made, succeed, folder, components):
    """Spectra as rows, their quality flags, and the plan, without a norm."""
    succeed(
        "preprocess", made.simulated, "-o", folder / "out.hspy", "--background", "470:522",
        "--norm", "none", "--pca", components, cwd=folder,
    )
    spectra, *_, quality = load(folder / "out.hspy")
    record = json.loads(spectra.metadata.eels_dag.provenance)
    return spectra.data.reshape(-1, spectra.data.shape[-1]), quality.data.ravel(), record


@pytest.mark.parametrize("components", [1, 4])
def test_denoised_spectra(made, succeed, tmp_path, components):
    noisy, flags, _ = preprocess(made, succeed, tmp_path, "none")
    denoised, same_flags, record = preprocess(made, succeed, tmp_path, components)
    np.testing.assert_array_equal(flags, same_flags)
    assert record["settings"]["components"] == components
    usable = flags & UNUSABLE == 0
    rows = noisy[usable].astype(np.float64)
    pca = PCA(components, svd_solver="full").fit(rows)
    expected = pca.inverse_transform(pca.transform(rows))
    scale = np.abs(expected).max()
    np.testing.assert_allclose(denoised[usable], expected, rtol=0, atol=1e-4 * scale)
    # Denoising changed something, and left alone what it does not understand.
    assert np.abs(denoised[usable] - noisy[usable]).max() > 0.05 * scale
    np.testing.assert_array_equal(denoised[~usable], noisy[~usable])
