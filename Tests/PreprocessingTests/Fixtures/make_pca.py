"""Singular value decompositions by scikit-learn and NumPy, the reference of PCA.

Usage: python make_pca.py > pca.json            (made with scikit-learn 1.9.1, NumPy 2.4.6, SciPy 1.17.1)

60 float32 spectra of 24 channels: three random smooth shapes on a pedestal, and noise. `components`,
`variance` (of all) and `denoised`, with 3 components, are TruncatedSVD's of the spectra as they are;
`weighted…` are np.linalg.svd's of w x C, taken back by C and w. `thresholds` holds Gavish & Donoho's ω(β), with the
median of the Marchenko-Pastur law found by SciPy's adaptive quadrature and root search.
"""

import json

import numpy as np
from scipy.integrate import quad
from scipy.optimize import brentq
from sklearn.decomposition import TruncatedSVD

random = np.random.default_rng(7)
shapes = np.cumsum(random.normal(size=(3, 24)), axis=1)
scores = random.normal(size=(60, 3)) * [3.0, 2.0, 1.0]
x = (100 + scores @ shapes + 0.3 * random.normal(size=(60, 24))).astype(np.float32)
exact = x.astype(np.float64)
svd = TruncatedSVD(n_components=3, algorithm="arpack", tol=1e-14).fit(exact)
squares = np.linalg.svd(exact, compute_uv=False) ** 2
w = (0.5 + random.random(60)).astype(np.float32)
c = 0.5 + random.random(24)
u, s, v = np.linalg.svd(w[:, None] * exact * c, full_matrices=False)


def omega(beta):
    low, high = (1 - np.sqrt(beta)) ** 2, (1 + np.sqrt(beta)) ** 2
    density = lambda t: np.sqrt(max((high - t) * (t - low), 0)) / (2 * np.pi * beta * t)
    share = lambda t: quad(density, low, t, limit=400)[0] - 0.5
    median = brentq(share, low + 1e-9, high)
    root = np.sqrt(beta**2 + 14 * beta + 1)
    return np.sqrt(2 * (beta + 1) + 8 * beta / (beta + 1 + root)) / np.sqrt(median)


print(json.dumps(dict(
    spectra=[[float(v) for v in row] for row in x],
    components=svd.components_.tolist(),
    variance=(squares / 60).tolist(),
    ratio=(squares / squares.sum()).tolist(),
    denoised=svd.inverse_transform(svd.transform(exact)).tolist(),
    spectrumWeights=[float(value) for value in w],
    channelWeights=c.tolist(),
    weightedFactors=(v[:3] / c).tolist(),
    weightedVariance=(s**2 / 60).tolist(),
    weightedRatio=(s**2 / (s**2).sum()).tolist(),
    weightedDenoised=((u[:, :3] * s[:3]) @ v[:3] / c / w[:, None]).tolist(),
    thresholds=[[beta, omega(beta)] for beta in (0.05, 0.2, 0.5, 0.83, 0.999)])))
