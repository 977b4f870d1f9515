"""The background that `preprocess` removes is the one that HyperSpy fits."""

import hyperspy.api as hs
import numpy as np
import pytest
from conftest import HYPERSPY, load

# HyperSpy 1.7.3 estimates the same exponent and a coefficient that is a few 1e-5 off the later one.
pytestmark = [
    pytest.mark.skipif(HYPERSPY.major < 2, reason="ours is the coefficient of HyperSpy 2"),
    # HyperSpy divides 0 by 0 on dead pixels.
    pytest.mark.filterwarnings("ignore:invalid value encountered:RuntimeWarning"),
]

WINDOW = (470.0, 522.0)
ARGUMENT = "470:522"


@pytest.fixture(scope="module")
def raw(made):
    """The simulated counts as HyperSpy reads them, in double precision."""
    spectra = load(made.simulated)[0]
    spectra.change_dtype("float64")
    return spectra


@pytest.fixture(scope="module")
def removed(raw):
    """What HyperSpy leaves after its two-area fit."""
    return raw.remove_background(
        signal_range=WINDOW, background_type="PowerLaw", fast=True, show_progressbar=False
    ).data


def preprocess(made, succeed, folder, *options):
    """Spectra and quality flags of `preprocess` on the simulated data."""
    succeed(
        "preprocess", made.simulated, "-o", folder / "out.hspy", "--background", ARGUMENT,
        "--pca", "none", *options, cwd=folder,
    )
    spectra, *_, quality = load(folder / "out.hspy")
    return spectra.data, quality.data


def test_spectra_after_subtraction(made, succeed, tmp_path, raw, removed):
    ours, flags = preprocess(made, succeed, tmp_path, "--norm", "none")
    good = flags == 0
    assert good.mean() > 0.5
    scale = np.abs(raw.data[good]).max(axis=-1, keepdims=True)
    assert (np.abs(ours[good] - removed[good]) <= 2e-7 * scale).all()


def test_normalised_spectra(made, succeed, tmp_path, raw, removed):
    ours, flags = preprocess(made, succeed, tmp_path)
    good = flags == 0
    expected = removed[good] / removed[good].max(axis=-1, keepdims=True)
    # Float32 rounds the counts, which are larger than what is left of them.
    scale = np.abs(raw.data[good]).max(axis=-1, keepdims=True)
    allowed = 5e-7 * scale / removed[good].max(axis=-1, keepdims=True)
    assert (np.abs(ours[good] - expected) <= allowed).all()


def test_coefficient_and_exponent(made, succeed, tmp_path, raw):
    """A and r from the difference of input and output at two energies."""
    ours, flags = preprocess(made, succeed, tmp_path, "--norm", "none")
    energy = raw.axes_manager.signal_axes[0].axis
    background = raw.data - ours
    low, high = np.searchsorted(energy, [480.0, 700.0])
    good = (flags == 0) & (background[..., low] > 0) & (background[..., high] > 0)
    low_background, high_background = background[good][:, low], background[good][:, high]
    exponent = -np.log(high_background / low_background) / np.log(energy[high] / energy[low])
    model = hs.model.components1D.PowerLaw()
    assert model.estimate_parameters(raw, *WINDOW, only_current=False)
    expected = model.r.map["values"][good]
    # Counts are known to 2⁻²⁴; the quotient of two energies magnifies that in the exponent.
    tolerance = 4e-6 * raw.data[good][:, low] / high_background
    assert (np.abs(exponent - expected) <= tolerance).all()
    axis = raw.axes_manager.signal_axes[0]
    wanted = model.A.map["values"][good] * (axis.scale if axis.is_binned else 1)
    np.testing.assert_allclose(low_background * energy[low] ** expected, wanted, rtol=1e-5)
