"""Reference values of covariance transport and of plural scattering, from SciPy in double precision.

Run with NumPy and SciPy installed: python make_acquisitions.py  (writes acquisitions.json beside itself).
The written file names the versions that made it.
"""

import json
import pathlib
import platform

import numpy as np
import scipy
from scipy.integrate import quad
from scipy.linalg import inv, sqrtm

rng = np.random.default_rng(29)


def transport():
    """The textbook form with matrix square roots."""
    first, second = (np.cov(rng.normal(size=(40, 5)) @ rng.normal(size=(5, 5)), rowvar=False) for _ in range(2))
    root = np.real(sqrtm(first))
    a = inv(root) @ np.real(sqrtm(root @ second @ root)) @ inv(root)
    return {"first": first.ravel().tolist(), "second": second.ravel().tolist(), "map": a.ravel().tolist()}


def losses(step, count):
    """The mean Drude distribution, integrated over each channel."""
    total = np.zeros(count)
    for energy in range(15, 31):
        width = energy / 2
        drude = lambda e: e * width * energy**2 / ((e**2 - energy**2) ** 2 + (e * width) ** 2)
        parts = np.array([quad(drude, i * step, (i + 1) * step)[0] for i in range(count)])
        total += parts / parts.sum()
    return total / total.sum()


def scattering(step, count):
    """A white line on a step, changed by the exact Poisson sum in Fourier space."""
    energy = np.arange(count) * step
    spectrum = 1 / (1 + np.exp(-(energy - 12) / 0.6)) + 2.5 * np.exp(-((energy - 15) / 1.5) ** 2)
    spectrum[energy < 5] = 0
    p = losses(step, int(100 / step))
    size = 2 * max(count, len(p))
    transfer = np.fft.rfft(p, size)

    def changed(t):
        # Over e^-t, as the program leaves that to the norm.
        return np.fft.irfft(np.fft.rfft(spectrum, size) * np.exp(t * transfer), size)[:count]

    return {
        "step": step,
        "spectrum": spectrum.tolist(),
        "changes": [{"thickness": t, "spectrum": changed(t).tolist()} for t in (-0.4, 0.1, 0.4)],
    }


values = {
    "madeBy": {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "transport": transport(),
    "scattering": [scattering(0.5, 240), scattering(2.0, 80)],
}
path = pathlib.Path(__file__).with_name("acquisitions.json")
path.write_text(json.dumps(values, indent=1) + "\n")
