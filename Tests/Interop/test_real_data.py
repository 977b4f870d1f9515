"""Augmentation of experimental spectra: like the real ones, neither collapsed nor copied.

The data are not part of the package; they are looked for in ../shared/data beside it.
"""

import numpy as np
import pytest
from conftest import HYPERSPY, QUALITY_GATE, ROOT, UNUSABLE, load
from scipy.spatial.distance import cdist, pdist

DATA = ROOT.parent / "shared" / "data"

pytestmark = [
    pytest.mark.skipif(not DATA.is_dir(), reason=f"no experimental data in {DATA}"),
    pytest.mark.skipif(HYPERSPY.major < 2, reason="trained once, in the newer HyperSpy"),
]


@pytest.fixture(scope="module", params=["srtio3_si.hspy", "mn2_whitelines_659.hspy"])
def sets(request, succeed, tmp_path_factory):
    """Real (usable) and synthetic spectra as rows, max-normalised."""
    folder = tmp_path_factory.mktemp("real")
    source = DATA / request.param
    if request.param.startswith("srtio3"):
        succeed("preprocess", source, "-o", folder / "a_preprocessed.hspy", cwd=folder)
        spectra, *_, quality = load(folder / "a_preprocessed.hspy")
        usable = quality.data.ravel() & UNUSABLE == 0
        inputs = []
    else:
        (spectra,) = load(source)
        usable = slice(None)
        inputs = [source]
    succeed(
        "augment", *inputs, "--out", "synth.h5", "--count", 400, cwd=folder, codes=(0, QUALITY_GATE)
    )
    synthetic, labels = load(folder / "synth.h5")
    assert (labels.data == 0).all()
    real = spectra.data.reshape(-1, spectra.data.shape[-1])[usable].astype(np.float64)
    made = synthetic.data.astype(np.float64)
    assert made.shape == (400, real.shape[1])
    return tuple(rows / rows.max(axis=-1, keepdims=True) for rows in (real, made))


def test_mean_spectrum(sets):
    real, synthetic = sets
    error = real.std(axis=0, ddof=1) / np.sqrt(125)
    close = np.abs(synthetic.mean(axis=0) - real.mean(axis=0)) <= 3 * error
    print(f"mean spectrum within 3 standard errors at {close.mean():.1%} of the channels")
    assert close.mean() >= 0.95


def test_is_not_collapsed(sets):
    real, synthetic = sets
    ratio = pdist(synthetic).mean() / pdist(real).mean()
    print(f"mean pairwise distance {ratio:.3f} of the real one's")
    assert 0.7 <= ratio <= 1.3


def test_is_not_copied(sets):
    real, synthetic = sets
    among_real = cdist(real, real)
    np.fill_diagonal(among_real, np.inf)
    nearest = cdist(synthetic, real).min(axis=1).mean()
    ratio = nearest / among_real.min(axis=1).mean()
    print(f"distance to the nearest training spectrum {ratio:.3f} of real to real")
    assert ratio >= 0.7
