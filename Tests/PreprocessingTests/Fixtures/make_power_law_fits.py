"""Power laws fitted by SciPy: weighted least squares, greatest Poisson likelihood, two fixed exponents.

Usage: python make_power_law_fits.py > power_law_fits.json    (made with SciPy 1.17.1, NumPy 2.4.6)

Counts are whole numbers (some cases with a dark reference of a few counts subtracted), their energies
those of channel centres. The model is B = A E^-r counts per eV times the channel's width.

- least squares: scipy.optimize.least_squares, then root of the gradient, of (c - m)/sqrt(m0), m0
  proportional to E^-r0 with the two-area exponent r0, held within 1 to 8;
- Poisson: scipy.optimize.minimize(trust-exact, exact derivatives) of sum(m - c ln m);
- combination: scipy.optimize.nnls with the weights E^(2+4)/2 of exponents 2 and 4.

Both exponents are searched without bounds. null: no power law (a half without counts, no sum).
"""

import json

import numpy as np
from scipy.optimize import least_squares, minimize, nnls
from scipy.optimize import root as root_of

random = np.random.default_rng(20241107)


def two_area_exponent(counts, x1, x3):
    half = len(counts) // 2
    low, high = counts[:half].sum(), counts[half:].sum()
    return 2 * np.log(low / high) / np.log(x3 / x1) if low > 0 and high > 0 else None


def squares(counts, energy, width):
    r0 = two_area_exponent(counts, energy[0], energy[-1] + width)
    if r0 is None:
        return None, None
    middle = np.exp(np.log(energy).mean())
    x = np.log(energy / middle)
    root = np.exp(-0.5 * np.clip(r0, 1, 8) * x)
    b0 = counts.mean()
    if b0 <= 0:
        return None, None

    def residuals(p):
        return (counts - b0 * np.exp(p[0] - p[1] * x)) / (root * b0**0.5)

    def jacobian(p):
        model = b0 * np.exp(p[0] - p[1] * x) / (root * b0**0.5)
        return -model[:, None] * np.array([np.ones_like(x), -x]).T

    found = least_squares(
        residuals, [0, np.clip(r0, 1, 8)], jac=jacobian, method="lm", xtol=1e-15, ftol=1e-15,
        gtol=1e-15)
    # At a few counts the steps end early, the sum being flat there: its gradient is brought to 0.
    a, r = root_of(lambda p: jacobian(p).T @ residuals(p), found.x, tol=1e-14).x
    return float(b0 * np.exp(a) * middle**r / width), float(r)


def likelihood(counts, energy, width):
    if counts.sum() <= 0:
        return None, None
    middle = np.exp(np.log(energy).mean())
    x = np.log(energy / middle)
    b0 = counts.mean()
    scale = 1 / x.std()
    y = x * scale
    basis = np.array([np.ones_like(y), -y])

    def model(p):
        return b0 * np.exp(p @ basis)

    found = minimize(
        lambda p: (model(p) - counts * (p @ basis)).sum() / b0, [0, 3 / scale],
        jac=lambda p: basis @ (model(p) - counts) / b0,
        hess=lambda p: (basis * model(p)) @ basis.T / b0,
        method="trust-exact", options=dict(gtol=1e-11))
    p = found.x
    # Two Newton steps more: the value of the function is flat at the minimum.
    for _ in range(2):
        p = p - np.linalg.solve((basis * model(p)) @ basis.T, basis @ (model(p) - counts))
    r = p[1] * scale
    return float(b0 * np.exp(p[0]) * middle**r / width), float(r)


def combination(counts, energy, width):
    laws = np.array([energy ** -2.0, energy ** -4.0]).T
    laws = laws / laws[0] * width
    root = (energy / energy[0]) ** 1.5
    b, _ = nnls(laws * root[:, None], counts * root)
    return float(b[0] * energy[0] ** 2), float(b[1] * energy[0] ** 4)


cases = []
AXES = [(400.0, 0.5, 150), (100.0, 0.25, 300), (103.7, 1.3, 120)]
WINDOWS = [(2, 22), (3, 33), (0, 100)]
LEVELS = [(1, 0), (3, 0), (10, 0), (10, 2), (100, 0), (1000, 0), (100000, 0)]
for offset, scale, count in AXES:
    energy = offset + scale * np.arange(count)
    for low, high in WINDOWS:
        part = slice(low, low + (high - low) // 2 * 2)
        case = dict(offset=offset, scale=scale, lower=offset + scale * low,
                    upper=offset + scale * high, spectra=[], squares=[], poisson=[], combination=[])
        spectra = [random.poisson(mean * (energy / energy[low]) ** -3.0 + dark) - float(dark)
                   for mean, dark in LEVELS for _ in range(2)]
        spectra += [np.zeros(count), -np.ones(count), np.where(energy < energy[low + 5], 0.0, 2.0)]
        for counts in spectra:
            case["spectra"].append(counts.tolist())
            arguments = counts[part], energy[part], scale
            case["squares"].append(squares(*arguments))
            case["poisson"].append(likelihood(*arguments))
            case["combination"].append(combination(*arguments))
        cases.append(case)
print(json.dumps(cases))
