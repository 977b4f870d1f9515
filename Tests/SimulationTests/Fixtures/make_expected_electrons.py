"""Expected electrons of the preset `si`, computed independently of the Swift code.

Usage: python make_expected_electrons.py > expected_electrons.json

The model is the one in the doc comments of Sources/Simulation: hydrogenic steps, white lines and
O K peaks (here exact Voigt profiles of SciPy), Poisson-weighted plasmon convolutions and a
power-law background. Grid: 0.05 eV, which no energy of the Swift tables shares.
"""

import json

import numpy as np
from scipy.special import erf, voigt_profile

STEP = 0.05
FWHM_TO_SIGMA = 1 / (2 * np.sqrt(2 * np.log(2)))
RESOLUTION = 0.9
GRID = 480 + STEP * np.arange(6800)


def smooth_step(energy, onset, width):
    sigma = np.hypot(width, RESOLUTION) * FWHM_TO_SIGMA
    return 0.5 * (1 + erf((energy - onset) / (sigma * np.sqrt(2))))


def line(energy, centre, area, gaussian, lorentzian):
    sigma = np.hypot(gaussian, RESOLUTION) * FWHM_TO_SIGMA
    return area * voigt_profile(energy - centre, sigma, lorentzian / 2)


def oxygen(energy, pre_peak, shift):
    e = energy - shift
    onset = 535.0
    value = smooth_step(e, onset, 4) * np.maximum(energy / (onset + shift), 1) ** -3.5
    for centre, area, width in [
        (530.4, pre_peak, 2.8), (539.9, 7.5, 5.2), (545.8, 1.6, 4.5), (563.0, 2.4, 8.5),
    ]:
        value += line(e, centre, area, width, 0.2)
    return 27 * value


def white_lines(energy, l3, l2, area, ratio):
    value = np.zeros_like(energy)
    for centre, share in l3:
        value += line(energy, centre, area * ratio / (1 + ratio) * share, 1.5, 0.4)
    for centre, share in l2:
        value += line(energy, centre, area / (1 + ratio) * share, 2.0, 1.0)
    return value


def l23_continuum(energy, onset, split, decay):
    return sum(
        share * smooth_step(energy, at, 1.2) * np.maximum(energy / at, 1) ** -decay
        for at, share in [(onset, 2 / 3), (onset + split, 1 / 3)]
    )


def iron(energy, ferrous):
    value = l23_continuum(energy, 708.2 - 0.8 * ferrous, 13, 1)
    value += ferrous * white_lines(
        energy, [(707.8, 0.72), (710.5, 0.28)], [(720.6, 0.6), (722.8, 0.4)], 23, 4.0)
    value += (1 - ferrous) * white_lines(
        energy, [(709.5, 0.74), (708.0, 0.26)], [(721.6, 0.5), (723.6, 0.5)], 26, 5.2)
    return 24 * value


def manganese(energy):
    value = l23_continuum(energy, 639.5, 12.5, 1.5)
    value += white_lines(
        energy, [(640.0, 0.72), (641.7, 0.28)], [(652.2, 0.6), (653.8, 0.4)], 26, 4.5)
    return 33 * value


BARN = 1e-10  # nm²
CORE = BARN * (54.1 * oxygen(GRID, 3.0, 0.0) + 40.6 * iron(GRID, 1 / 3))
SHELL = BARN * (
    52.1 * oxygen(GRID, 2.2, 0.4) + 26.1 * iron(GRID, 0.0) + 13.0 * manganese(GRID))
MEAN_FREE_PATHS = np.array([126.0, 127.0, 162.0])
BACKGROUNDS = np.array([6e-7, 5.6e-7, 1.5e-7])


def expected(paths, shift, electrons, energies, channel_width):
    paths = np.array(paths)
    tau = (paths / MEAN_FREE_PATHS).sum()
    loss = STEP * np.arange(int(100 / STEP))
    plasmon = loss * 12 * 23**2 / ((loss**2 - 23**2) ** 2 + (loss * 12) ** 2)
    plasmon /= plasmon.sum()
    single = paths[0] * CORE + paths[1] * SHELL
    double = np.convolve(single, plasmon)[: single.size]
    triple = np.convolve(double, plasmon)[: single.size]
    core_loss = np.exp(-tau) * (single + tau * double + tau**2 / 2 * triple)
    seen = energies - shift
    background = (paths * BACKGROUNDS).sum() * (seen / 500) ** -(3.5 - 1.2 * tau)
    return electrons * channel_width * (background + np.interp(seen, GRID, core_loss))


axis = 460 + 0.25 * np.arange(1360)
cases = []
for paths, shift in [((25.0, 8.0, 12.0), 0.0), ((0.0, 18.0, 11.0), 0.23), ((60.0, 5.0, 0.0), -0.31)]:
    values = expected(paths, shift, 6.0e7, axis, 0.25)
    cases.append(dict(
        paths=paths, shift=shift, electrons=6.0e7,
        values=[float(f"{v:.6g}") for v in values[::2]]))
print(json.dumps(dict(every=2, cases=cases)))
