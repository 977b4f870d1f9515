"""Shifts of noisy spectra by least squares (SciPy) and by HyperSpy; shifted spectra by polynomials.

Usage: python make_alignment.py > alignment.json   (made with HyperSpy 2.5.0, SciPy 1.17.1, NumPy 2.4.6)

Each spectrum is a power law, an edge with two white lines 3.6 and 5 channels wide, shifted. Least
squares fits height, shift and a parabola below the true shape: the best that can be done.
"""

import json
import logging

import hyperspy.api as hs
import numpy as np
from scipy.optimize import least_squares
from scipy.special import erfc

logging.disable(logging.WARNING)
rng = np.random.default_rng(7)
rows, channels = 48, 200
first, last = 30, 170
j = np.arange(channels)


def edge(j):
    lines = 3 * np.exp(-((j - 90) ** 2) / 2 / (3.6 / 2.3548) ** 2)
    lines += 1.5 * np.exp(-((j - 120) ** 2) / 2 / (5 / 2.3548) ** 2)
    return lines + 0.5 * erfc(-(j - 88) / 2) * np.exp(-(j - 88) / 150)


shifts = np.round(1.5 * np.sin(np.arange(rows) / 5) + rng.normal(0, 0.5, rows), 4)
heights = rng.uniform(200, 600, rows)
mean = np.array(
    [300 * (1 + j / 100) ** -3 + h * edge(j - t) for h, t in zip(heights, shifts)])
spectra = rng.poisson(mean).astype(float)

window = np.arange(first, last)
fitted, errors = [], []
for x in spectra:
    weights = 1 / np.sqrt(np.maximum(x[window], 1))

    def residual(p):
        u = (window - 100) / 70
        return weights * (p[0] * edge(window - p[1]) + p[2] + p[3] * u + p[4] * u * u - x[window])

    fit = least_squares(residual, [300, 0, 100, 0, 0])
    fitted.append(fit.x[1])
    errors.append(np.sqrt(np.linalg.inv(fit.jac.T @ fit.jac)[1, 1]))

signal = hs.signals.Signal1D(spectra)
signal.axes_manager[-1].name = "E"
hyperspy = signal.estimate_shift1D(
    start=first, end=last, reference_indices=(0,), max_shift=8, interpolate=True,
    number_of_interpolation_points=20, show_progressbar=False)

moved = []
for shift in [0.5, -0.3, 2.25, -4.9]:
    x = spectra[0]
    y = []
    for i in range(8, channels - 8):
        base = int(np.floor(i + shift))
        points = np.arange(base - 2, base + 4)
        # The polynomial of degree 5 through the six points around the place.
        y.append(float(np.polyval(np.polyfit(points - base, x[points], 5), i + shift - base)))
    moved.append(dict(shift=shift, first=8, values=[float(f"{v:.6g}") for v in y]))

print(
    json.dumps(
        dict(
            rows=rows,
            window=[first, last],
            spectra=spectra.astype(int).ravel().tolist(),
            truth=shifts.tolist(),
            leastSquares=[float(f"{v:.5f}") for v in fitted],
            errors=[float(f"{v:.5f}") for v in errors],
            hyperspy=[float(f"{v:.5f}") for v in -np.asarray(hyperspy)],
            moved=moved,
        )
    )
)
