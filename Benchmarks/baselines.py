"""Ways to make synthetic spectra of a class without a network, to be compared with.

Each takes the class's real spectra (n × L, divided by their maxima), the number to make, the widest
energy shift and a source of random numbers; all share a model of the noise and end with the norm.
"""

import numpy as np
from scipy.ndimage import gaussian_filter1d


def noise_variance(real):
    """The function from spectra to the variance of their noise, a·max(x, 0) + b.

    From the second differences of the real spectra around their mean, by least squares.
    """
    mean = real.mean(0)
    differences = np.diff(real - mean, 2, axis=1)
    signal = np.maximum(gaussian_filter1d(mean, 2)[1:-1], 0)
    gain, rest = np.polyfit(signal, (differences**2 / 6).mean(0), 1)
    gain, rest = max(gain, 0), max(rest, 0)
    return lambda spectra: gain * np.maximum(spectra, 0) + rest


def finished(spectra, variance, random):
    """Noise of the given variance, and the maximum norm."""
    noisy = spectra + np.sqrt(np.maximum(variance, 0)) * random.standard_normal(spectra.shape)
    return (noisy / np.maximum(noisy.max(1, keepdims=True), 0.1)).astype(np.float32)


def shifted(spectra, shifts):
    """x[j − s] of every spectrum, linearly interpolated, its ends repeated."""
    channels = np.arange(spectra.shape[1])
    return np.stack([np.interp(channels - s, channels, x) for x, s in zip(spectra, shifts)])


def noise_and_shift(real, count, widest_shift, random):
    """A real spectrum with a uniform shift and half as much noise variance again."""
    chosen = real[random.integers(len(real), size=count)]
    moved = shifted(chosen, random.uniform(-widest_shift, widest_shift, count))
    return finished(moved, noise_variance(real)(moved) / 2, random)


def mixup(real, count, widest_shift, random):
    """A mixture of two real spectra, with the noise that mixing has averaged away."""
    first, second = real[random.integers(len(real), size=(2, count))]
    share = random.uniform(size=(count, 1))
    mixture = share * first + (1 - share) * second
    lost = 1 - share**2 - (1 - share) ** 2
    return finished(mixture, lost * noise_variance(real)(mixture), random)


def gaussian(real, count, widest_shift, random, components=10):
    """Normal deviates along the principal components of the smoothed spectra, and noise."""
    smooth = gaussian_filter1d(real.astype(np.float64), 2, axis=1)
    mean = smooth.mean(0)
    _, scales, directions = np.linalg.svd(smooth - mean, full_matrices=False)
    scatter = scales[:components] / np.sqrt(len(real) - 1)
    drawn = random.standard_normal((count, components)) * scatter
    spectra = mean + drawn @ directions[:components]
    return finished(spectra, noise_variance(real)(spectra), random)


BASELINES = {"noise + shift": noise_and_shift, "mixup": mixup, "PCA-Gaussian": gaussian}
