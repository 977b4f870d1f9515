"""A and r of HyperSpy's two-area power law, the reference of TwoAreaFit.

Usage: python make_power_law.py > power_law.json    (made with HyperSpy 2.5.0, exspy 0.3.2, NumPy 2.4.6)

Every case is an EELS signal of float64 counts (binned, as exspy makes them): a power law, an edge
and Poisson noise. HyperSpy estimates by
remove_background(signal_range=(a, b), background_type="PowerLaw", fast=True). A spectrum with an
empty or negative half of the window makes HyperSpy fail for the whole signal, so every spectrum is
a signal of its own; where HyperSpy raises, or A is not positive or stands for an overflow, both
numbers are null. `a32` and `r32` are HyperSpy's for the same counts as float32.
"""

import json
import logging

import hyperspy.api as hs
import numpy as np

logging.disable(logging.CRITICAL)
hs.preferences.General.show_progressbar = False
random = np.random.default_rng(20240501)


def estimate(counts, offset, scale, window):
    signal = hs.signals.Signal1D(counts[None])
    signal.set_signal_type("EELS")
    axis = signal.axes_manager.signal_axes[0]
    axis.offset, axis.scale, axis.is_binned = offset, scale, True
    try:
        result = signal.remove_background(
            signal_range=window, background_type="PowerLaw", fast=True, return_model=True)
    except ValueError:
        return None, None
    component = result[1][0]
    a = float(component.A.map["values"][0])
    r = float(component.r.map["values"][0])
    done = bool(component.A.map["is_set"][0]) and 0 < a < 1e300
    return (a, r) if done else (None, None)


cases = []
AXES = [(400.0, 0.5, 70, 418.0), (460.0, 0.25, 80, 474.0), (103.7, 1.3, 60, 150.0)]
WINDOWS = [(2, 22), (2, 23), (0, 17), (3.4, 30.6), (2.5, 21.5), (5, 9), (5, 10)]
for offset, scale, count, onset in AXES:
    energy = offset + scale * np.arange(count)
    mean = 300 * (energy / offset) ** -3.0 + 150 * (energy > onset)
    for low, high in WINDOWS:
        window = (offset + scale * low, offset + scale * high)
        spectra = np.array([random.poisson(mean * level) for level in (1, 10, 0.01, 100)], float)
        spectra[2, :6] = 0
        spectra = np.vstack([spectra, np.round(mean, 3), -np.round(mean), np.zeros(count)])
        found = [estimate(s, offset, scale, window) for s in spectra]
        single = [estimate(s.astype(np.float32), offset, scale, window) for s in spectra]
        cases.append(dict(
            offset=offset, scale=scale, lower=window[0], upper=window[1],
            spectra=spectra.tolist(),
            a=[a for a, _ in found], r=[r for _, r in found],
            a32=[a for a, _ in single], r32=[r for _, r in single]))
print(json.dumps(cases))
