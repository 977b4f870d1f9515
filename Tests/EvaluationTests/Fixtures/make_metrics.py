"""Reference values of the metrics from SciPy, in double precision.

Run with NumPy and SciPy installed: python make_metrics.py  (writes metrics.json beside itself).
The written file names the versions that made it.
"""

import json
import pathlib
import platform

import numpy as np
import scipy
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist, pdist

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

out = dict(
    versions=dict(python=platform.python_version(), numpy=np.__version__, scipy=scipy.__version__),
    frechet=[case(*full, frechet(*full)), case(*thin, frechet_by_nuclear_norm(*thin)),
             case(*close, frechet_by_nuclear_norm(*close))],
    fullByNuclearNorm=frechet_by_nuclear_norm(*full),
    pairwise=pdist(full[0].astype(float)).mean(), nearest=near,
    nearestWithin=within.min(1).mean(),
    spectra=spectra.ravel().tolist(), others=others.ravel().tolist(), noise=noise,
    standardErrors=errors.tolist())
path = pathlib.Path(__file__).with_name("metrics.json")
path.write_text(json.dumps(out) + "\n")
