"""In NumPy and SciPy: the amplitudes that a class's spectra set, and the metrics of the stopping rule."""

import math

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist, pdist

from facts import Facts

LARGEST_GROUP, DRAWS, SPLITS = 125, 8, 200
SMOOTHING, LAGS = 2.0, 24


def drift(spectra):
    """Standard deviation of the energy shifts, channels, from least squares to first order."""
    mean = gaussian_filter1d(spectra.mean(0).astype(float), 2)
    slope = np.gradient(mean)
    design = np.stack([mean, -slope], 1)
    shifts = np.linalg.lstsq(design, (spectra - mean).T, rcond=None)[0][1]
    spread = np.subtract(*np.percentile(shifts, [75, 25])) / 1.349
    noise = high_frequency_noise(spectra) ** 2 * np.linalg.inv(design.T @ design)[1, 1]
    return math.sqrt(max(spread**2 - noise, 0))


def transform_shift(deviation, design):
    return min(max(math.sqrt(3) * deviation, design["smallestShift"]), design["largestShift"])


def shared_basis(sets, design):
    """Principal components of the smoothed spectra of all classes and of copies moved both ways."""
    smooth = gaussian_filter1d(np.concatenate(sets).astype(float), SMOOTHING, axis=1)
    shift = design["generatorShiftShare"] * transform_shift(max(map(drift, sets)), design)
    x = np.arange(smooth.shape[1])
    moved = [np.stack([np.interp(x - s, x, y) for y in smooth]) for s in (-shift, shift)]
    all_spectra = np.concatenate([smooth, *moved])
    all_spectra -= all_spectra.mean(0)
    return np.linalg.svd(all_spectra, full_matrices=False)[2][: design["componentCount"]].astype(
        "float32")


def calibrated(spectra, basis, design):
    centre = gaussian_filter1d(spectra.mean(0), SMOOTHING)
    residual = outside(spectra, basis, spectra.mean(0))
    channels = spectra.shape[1]
    variance = residual.var(0, ddof=1) * channels / (channels - len(basis))
    signal = gaussian_filter1d(spectra.mean(0), 3).clip(0)
    gain = max(np.polyfit(signal, variance, 1)[0], 1e-10)
    background = gaussian_filter1d(variance - gain * signal, 10).clip(1e-10)
    correlation = np.array([
        (residual[:, : channels - lag] * residual[:, lag:]).sum() for lag in range(LAGS)])
    correlation *= 1 - np.arange(LAGS) / LAGS
    amplitude = np.sqrt(np.fft.hfft(correlation, 256).clip(0))
    taps = np.roll(np.fft.ifft(amplitude).real, LAGS // 2)[: LAGS + 1]
    shift = transform_shift(drift(spectra), design)
    level = high_frequency_noise(spectra) ** 2 / spectra.mean(0).clip(0).mean()
    return Facts(
        design=design, basis=basis, centre=centre,
        scatter=((spectra - spectra.mean(0)) @ basis.T).std(0, ddof=1),
        transform_shift=shift, generator_shift=design["generatorShiftShare"] * shift,
        transform_noise=design["noiseShare"] * level, noise_gain=gain, noise_background=background,
        noise_colour=(taps / np.linalg.norm(taps)).astype("float32"))


def outside(spectra, basis, mean):
    centred = spectra - mean
    return centred - (centred @ basis.T) @ basis


def high_frequency_noise(spectra):
    curvature = np.diff(spectra - spectra.mean(0), 2, axis=1)
    levels = np.sqrt((curvature**2).mean(1) / 6)
    return np.median(levels) * math.sqrt(len(spectra) / (len(spectra) - 1))


def frechet(a, b):
    """||mean difference||^2 + tr A + tr B - 2 ||Xa Xb'||_* / sqrt((n-1)(m-1)), features in rows."""
    x, y = a - a.mean(0), b - b.mean(0)
    roots = [np.linalg.qr(z, "r") / math.sqrt(len(z) - 1) for z in (x, y)]
    nuclear = np.linalg.svd(roots[0] @ roots[1].T, compute_uv=False).sum()
    apart = ((a.mean(0) - b.mean(0)) ** 2).sum()
    return apart + sum((root**2).sum() for root in roots) - 2 * nuclear


class Reference:
    """A real set with its real-against-real null, against which generated sets are measured."""

    def __init__(self, spectra, facts, random):
        self.random, self.spectra = random, spectra
        self.basis, self.centre = facts.basis[: facts.design["featureCount"]], facts.centre
        self.real = self.features(spectra)
        self.group = min(len(spectra) // 2, LARGEST_GROUP)
        null = []
        for _ in range(SPLITS):
            order = random.permutation(len(spectra))
            null.append(frechet(
                self.real[order[: self.group]], self.real[order[self.group : 2 * self.group]]))
        self.threshold = np.quantile(null, 0.95)
        self.noise = high_frequency_noise(spectra)
        self.pairwise = pdist(self.real).mean()
        own = cdist(self.real, self.real)
        np.fill_diagonal(own, np.inf)
        self.nearest = own.min(1).mean()

    def features(self, spectra):
        return ((spectra - self.centre) @ self.basis.T).astype(float)

    def quality(self, generated):
        features = self.features(generated)
        distances = [
            frechet(self.real[self.random.permutation(len(self.real))[: self.group]],
                    features[self.random.permutation(len(features))[: self.group]])
            for _ in range(DRAWS)]
        return {
            "frechet": np.mean(distances), "noise": high_frequency_noise(generated) / self.noise,
            "diversity": pdist(features).mean() / self.pairwise,
            "nearest": cdist(features, self.real).min(1).mean() / self.nearest,
        }
