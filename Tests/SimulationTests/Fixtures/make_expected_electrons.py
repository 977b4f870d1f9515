"""Expected electrons of the presets' materials, computed independently of the Swift code.

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


def manganese(energy, valence):
    onset, l3, l2, area, ratio = {
        2: (639.5, [(640.0, 0.72), (641.7, 0.28)], [(652.2, 0.6), (653.8, 0.4)], 26, 4.5),
        3: (641.0, [(641.8, 0.56), (640.3, 0.24), (643.4, 0.2)],
            [(653.3, 0.65), (651.7, 0.35)], 31, 2.6),
        4: (642.0, [(643.2, 0.62), (641.2, 0.38)], [(654.2, 0.65), (652.4, 0.35)], 36, 2.0),
    }[valence]
    return 33 * (l23_continuum(energy, onset, 12.5, 1.5) + white_lines(energy, l3, l2, area, ratio))


# Cross-section an nm³, background at 500 eV, mean free path in nm.
MATERIALS = {
    "magnetite": (
        54.1 * oxygen(GRID, 3.0, 0.0) + 40.6 * iron(GRID, 1 / 3), 6e-7, 126),
    "ferrite": (
        52.1 * oxygen(GRID, 2.2, 0.4) + 26.1 * iron(GRID, 0.0) + 13.0 * manganese(GRID, 2),
        5.6e-7, 127),
    "carbon": (0 * GRID, 1.5e-7, 162),
    "wustite": (50.1 * oxygen(GRID, 1.0, -1.0) + 47.6 * iron(GRID, 1.0), 6.6e-7, 123),
    "manganosite": (45.5 * oxygen(GRID, 1.2, 0) + 45.5 * manganese(GRID, 2), 6.2e-7, 125),
    "bixbyite": (57.6 * oxygen(GRID, 3.6, 0) + 38.4 * manganese(GRID, 3), 5.8e-7, 127),
    "pyrolusite": (72.0 * oxygen(GRID, 5.0, -0.6) + 36.0 * manganese(GRID, 4), 6.0e-7, 126),
}
BARN = 1e-10  # nm²


def expected(materials, paths, shift, electrons, energies, channel_width):
    paths = np.array(paths)
    chosen = [MATERIALS[name] for name in materials]
    tau = (paths / [free_path for _, _, free_path in chosen]).sum()
    loss = STEP * np.arange(int(100 / STEP))
    plasmon = loss * 12 * 23**2 / ((loss**2 - 23**2) ** 2 + (loss * 12) ** 2)
    plasmon /= plasmon.sum()
    single = BARN * sum(path * edges for path, (edges, _, _) in zip(paths, chosen))
    double = np.convolve(single, plasmon)[: single.size]
    triple = np.convolve(double, plasmon)[: single.size]
    core_loss = np.exp(-tau) * (single + tau * double + tau**2 / 2 * triple)
    seen = energies - shift
    background = (paths * [b for _, b, _ in chosen]).sum() * (seen / 500) ** -(3.5 - 1.2 * tau)
    return electrons * channel_width * (background + np.interp(seen, GRID, core_loss))


axis = 460 + 0.25 * np.arange(1360)
image = ["magnetite", "ferrite", "carbon"]
oxides = ["wustite", "manganosite", "bixbyite", "pyrolusite"]
cases = []
for materials, paths, shift in [
    (image, (25.0, 8.0, 12.0), 0.0), (image, (0.0, 18.0, 11.0), 0.23),
    (image, (60.0, 5.0, 0.0), -0.31), (oxides, (50.0, 0.0, 0.0, 0.0), 0.0),
    (oxides, (0.0, 50.0, 0.0, 0.0), 0.0), (oxides, (0.0, 0.0, 50.0, 0.0), 0.17),
    (oxides, (0.0, 0.0, 0.0, 50.0), -0.2),
]:
    values = expected(materials, paths, shift, 6.0e7, axis, 0.25)
    cases.append(dict(
        materials=materials, paths=paths, shift=shift, electrons=6.0e7,
        values=[float(f"{v:.6g}") for v in values[::2]]))
print(json.dumps(dict(every=2, cases=cases)))
