"""Reference values of the metrics from SciPy and scikit-learn, in double precision.

Run with NumPy, SciPy and scikit-learn installed: python make_metrics.py  (writes metrics.json beside itself).
The written file names the versions that made it.
"""

import json
import pathlib
import platform

import numpy as np
import scipy
import sklearn
from scipy.linalg import sqrtm
from scipy.signal import savgol_filter
from scipy.spatial.distance import cdist, pdist
from scipy.stats import entropy
from sklearn.metrics.pairwise import cosine_distances, polynomial_kernel
from sklearn.neighbors import NearestNeighbors

rng = np.random.default_rng(11)


def sample(rows, columns, shift=0.0):
    """Correlated features, rounded to single precision."""
    mixing = rng.normal(size=(columns, columns))
    return np.float32(rng.normal(size=(rows, columns)) @ mixing + shift)


def frechet(x, y):
    """The textbook form with the matrix square root."""
    x, y = x.astype(float), y.astype(float)
    c, d = np.cov(x.T), np.cov(y.T)
    root = np.real(sqrtm(c @ d))
    return ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(c + d - 2 * root)


def frechet_by_nuclear_norm(x, y):
    """The same from the singular values of the n × m cross-Gram matrix; any rank."""
    x, y = x.astype(float), y.astype(float)
    a, b = x - x.mean(0), y - y.mean(0)
    n, m = len(x) - 1, len(y) - 1
    norm = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    return (((x.mean(0) - y.mean(0)) ** 2).sum() + (a**2).sum() / n + (b**2).sum() / m
            - 2 * norm / np.sqrt(n * m))


def case(x, y, distance):
    return dict(columns=x.shape[1], x=x.ravel().tolist(), y=y.ravel().tolist(), frechet=distance)


full = sample(30, 6), sample(40, 6, 0.7)
thin = sample(5, 9), sample(6, 9, -0.4)
close = full[0][:20], np.float32(full[0][:20] + 1e-3 * rng.normal(size=(20, 6)))
near = cdist(full[1].astype(float), full[0].astype(float)).min(1).mean()
within = cdist(full[0].astype(float), full[0].astype(float))
np.fill_diagonal(within, np.inf)
spectra, others = sample(12, 50), sample(9, 50, 0.2)
curvature = np.diff(spectra.astype(float) - spectra.astype(float).mean(0), 2, axis=1)
noise = np.median(np.sqrt((curvature**2).mean(1) / 6)) * np.sqrt(12 / 11)
errors = (np.abs(others.astype(float).mean(0) - spectra.astype(float).mean(0))
          / (spectra.astype(float).std(0, ddof=1) / np.sqrt(125)))



def kernel_distance(x, y):
    """The unbiased squared maximum mean discrepancy."""
    n, m = len(x), len(y)
    kernel = dict(degree=3, gamma=1 / x.shape[1], coef0=1)
    xx, yy = polynomial_kernel(x, **kernel), polynomial_kernel(y, **kernel)
    return ((xx.sum() - np.trace(xx)) / (n * (n - 1)) + (yy.sum() - np.trace(yy)) / (m * (m - 1))
            - 2 * polynomial_kernel(x, y, **kernel).mean())


def coverage(real, generated, neighbours):
    radii = NearestNeighbors(n_neighbors=neighbours).fit(real).kneighbors()[0][:, -1]
    return (cdist(real, generated).min(1) <= radii).mean()


def paper_metrics(real, generated):
    """As the authors' public code of 2023 takes them."""
    between = np.cov(real), np.cov(generated)
    root = np.real(sqrtm(between[0] @ between[1]))
    p, q = real.mean(0), generated.mean(0)
    fid = ((p - q) ** 2).sum() + np.trace(sum(between) - 2 * root)
    c = np.corrcoef(np.vstack([real, generated]))
    c = c[np.triu_indices(len(c), 1)]
    distances = cosine_distances(real, generated)
    return dict(
        frechetDistance=fid, correlation=c[(c > 0) & (c < 0.999)].mean(),
        cosineDistance=distances[distances > 0].mean(),
        signalToNoise=(q / generated.std(0)).mean(),
        kullbackLeibler=entropy(np.maximum(p, 1e-12), np.maximum(q, 1e-12)))


def deviations(spectra, mean):
    """Shift and background of every spectrum by least squares."""
    line = np.linspace(-1, 1, len(mean))
    slope = savgol_filter(np.pad(mean, 2, mode="edge"), 5, 1, deriv=1)[2:-2]
    regressors = np.stack([mean, -slope, np.ones_like(mean), line], axis=1)
    return np.linalg.lstsq(regressors, (spectra - mean).T, rcond=None)[0][1:].T


energies = np.arange(60)


def edges(rows, shift=0.0):
    """Peaks on a step with noise, positive everywhere on average."""
    height, place = 1 + 0.1 * rng.normal(size=(rows, 1)), 25 + shift + rng.normal(size=(rows, 1))
    shape = 0.2 + height / (1 + ((energies - place) / 5) ** 2) + 0.3 * (energies > place)
    return np.float32(shape + 0.05 * rng.normal(size=(rows, 60)))


real_edges, other_edges = edges(14), edges(14, 0.8)
wide = [x.astype(float) for x in full]

out = dict(
    versions=dict(python=platform.python_version(), numpy=np.__version__, scipy=scipy.__version__,
                  scikit_learn=sklearn.__version__),
    frechet=[case(*full, frechet(*full)), case(*thin, frechet_by_nuclear_norm(*thin)),
             case(*close, frechet_by_nuclear_norm(*close))],
    fullByNuclearNorm=frechet_by_nuclear_norm(*full),
    pairwise=pdist(full[0].astype(float)).mean(), nearest=near,
    nearestWithin=within.min(1).mean(),
    spectra=spectra.ravel().tolist(), others=others.ravel().tolist(), noise=noise,
    standardErrors=errors.tolist(),
    kernelDistance=kernel_distance(*wide), coverage=coverage(*wide, 3),
    edges=real_edges.ravel().tolist(), otherEdges=other_edges.ravel().tolist(),
    paper=paper_metrics(real_edges.astype(float), other_edges.astype(float)),
    deviations=deviations(other_edges.astype(float), real_edges.astype(float).mean(0))
    .ravel().tolist())
path = pathlib.Path(__file__).with_name("metrics.json")
path.write_text(json.dumps(out) + "\n")
