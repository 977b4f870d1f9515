"""Principal components by scikit-learn, the reference of PCA.

Usage: python make_pca.py > pca.json            (made with scikit-learn 1.9.1, NumPy 2.4.6, SciPy 1.17.1)

60 float32 spectra of 24 channels: three random smooth shapes on a pedestal, and noise. `denoised` is
inverse_transform(transform(x)) with 3 components. `thresholds` holds Gavish & Donoho's ω(β), with the
median of the Marchenko-Pastur law found by SciPy's adaptive quadrature and root search.
"""

import json

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from sklearn.decomposition import PCA

random = np.random.default_rng(7)
shapes = np.cumsum(random.normal(size=(3, 24)), axis=1)
scores = random.normal(size=(60, 3)) * [3.0, 2.0, 1.0]
x = (100 + scores @ shapes + 0.3 * random.normal(size=(60, 24))).astype(np.float32)
pca = PCA(n_components=3, svd_solver="full").fit(x.astype(np.float64))


def omega(beta):
    low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2
    density = lambda t: np.sqrt(max((high - t) * (t - low), 0)) / (2 * np.pi * beta * t)
    share = lambda t: quad(density, low, t, limit=400)[0] - 0.5
    median = brentq(share, low + 1e-9, high)
    root = np.sqrt(beta**2 + 14 * beta + 1)
    return np.sqrt(2 * (beta + 1) + 8 * beta / (beta + 1 + root)) / np.sqrt(median)


print(json.dumps(dict(
    spectra=[[float(v) for v in row] for row in x],
    mean=pca.mean_.tolist(),
    components=pca.components_.tolist(),
    variance=pca.explained_variance_.tolist(),
    ratio=pca.explained_variance_ratio_.tolist(),
    denoised=pca.inverse_transform(pca.transform(x)).tolist(),
    thresholds=[[beta, omega(beta)] for beta in (0.05, 0.2, 0.5, 0.83, 0.999)])))
