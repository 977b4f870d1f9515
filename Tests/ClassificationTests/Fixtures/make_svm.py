"""Reference values of support vector machines from scikit-learn and SciPy, in double precision.

Run with NumPy, SciPy and scikit-learn installed: python make_svm.py  (writes svm.json beside itself).
The written file names the versions that made it.
"""

import itertools
import json
import pathlib
import platform

import numpy as np
import scipy
import sklearn
from scipy.optimize import minimize
from scipy.spatial.distance import pdist
from sklearn.svm import SVC

rng = np.random.default_rng(5)
CHANNELS = 64
CLASSES = 3
PENALTIES = [1, 10, 100]
STEEPNESSES = [0.1, 0.3, 1]


def spectra(counts):
    """White lines whose energies and heights overlap between classes, rounded to single precision."""
    energies = np.arange(CHANNELS)
    rows, labels = [], []
    for label, count in enumerate(counts):
        for _ in range(count):
            centre = 24 + 0.8 * label + rng.normal(0, 0.5)
            height = 0.5 + 0.05 * label + rng.normal(0, 0.03)
            line = np.exp(-((energies - centre) / 4) ** 2)
            line += height * np.exp(-((energies - centre - 18) / 4) ** 2)
            line += rng.normal(0, 0.04, CHANNELS)
            rows.append(np.round(line / line.max(), 4))
            labels.append(label)
    return np.float32(rows), np.array(labels)


def machine(penalty, gamma):
    return SVC(C=penalty, gamma=gamma, class_weight="balanced", tol=1e-9,
               decision_function_shape="ovo")


def sigmoid(decisions, first):
    """A and B of Platt's scaling by a general minimiser."""
    positive, negative = first.sum(), (~first).sum()
    t = np.where(first, (positive + 1) / (positive + 2), 1 / (negative + 2))

    def loss(x):
        z = x[0] * decisions + x[1]
        return (t * np.logaddexp(0, z) + (1 - t) * np.logaddexp(0, -z)).sum()

    return minimize(loss, [0, np.log((negative + 1) / (positive + 1))], method="Nelder-Mead",
                    options=dict(xatol=1e-10, fatol=1e-14, maxiter=10000)).x


def coupled(r):
    """Class probabilities from those of pairs by the iteration of Wu, Lin & Weng, algorithm 2."""
    k = len(r)
    q = np.zeros((k, k))
    for i in range(k):
        for j in range(k):
            q[i, j] = (sum(r[s, i] ** 2 for s in range(k) if s != i) if i == j
                       else -r[j, i] * r[i, j])
    p = np.full(k, 1 / k)
    for _ in range(100000):
        for i in range(k):
            p[i] = (p @ q @ p - sum(q[i, j] * p[j] for j in range(k) if j != i)) / q[i, i]
            p /= p.sum()
        if np.ptp(q @ p) < 1e-14:
            break
    return p


train, labels = spectra([50, 35, 20])
test, truth = spectra([20, 20, 20])
# Stratified, but uneven, as the parts of a set are.
folds = [[i for i in range(len(train)) if i * 7 % 5 == part] for part in range(5)]
unit = np.median(pdist(train.astype(float)) ** 2)
pairs = list(itertools.combinations(range(CLASSES), 2))

grid, held_out = [], {}
for steepness in STEEPNESSES:
    for penalty in PENALTIES:
        decisions = np.zeros((len(train), len(pairs)))
        correct = 0
        for part in folds:
            rest = np.setdiff1d(np.arange(len(train)), part)
            fitted = machine(penalty, steepness / unit).fit(train[rest], labels[rest])
            decisions[part] = fitted.decision_function(train[part])
            correct += int((fitted.predict(train[part]) == labels[part]).sum())
        grid.append(dict(penalty=penalty, steepness=steepness, correct=correct))
        held_out[penalty, steepness] = decisions
chosen = min(grid, key=lambda s: (-s["correct"], s["penalty"], s["steepness"]))
decisions = held_out[chosen["penalty"], chosen["steepness"]]
sigmoids = []
for index, (i, j) in enumerate(pairs):
    both = np.isin(labels, (i, j))
    sigmoids.append(sigmoid(decisions[both, index], labels[both] == i).tolist())

fitted = machine(chosen["penalty"], chosen["steepness"] / unit).fit(train, labels)
values = fitted.decision_function(test)
probabilities = []
for row in values:
    r = np.zeros((CLASSES, CLASSES))
    for (i, j), (a, b), f in zip(pairs, sigmoids, row):
        r[i, j] = 1 / (1 + np.exp(a * f + b))
        r[j, i] = 1 - r[i, j]
    probabilities.append(coupled(r).tolist())

# Another penalty for the same sum of penalties: a set of twice as many spectra.
doubled = machine(chosen["penalty"] / 2, chosen["steepness"] / unit)
doubled.fit(np.concatenate([train, train + np.float32(0.001)]), np.concatenate([labels, labels]))

document = dict(
    made_by=dict(python=platform.python_version(), numpy=np.__version__, scipy=scipy.__version__,
                 scikit_learn=sklearn.__version__),
    channels=CHANNELS, train=[round(float(v), 4) for v in train.ravel()], labels=labels.tolist(),
    test=[round(float(v), 4) for v in test.ravel()], folds=folds, median=unit,
    penalties=PENALTIES, steepnesses=STEEPNESSES, grid=grid, chosen=chosen, sigmoids=sigmoids,
    decisions=values.tolist(), predictions=fitted.predict(test).tolist(),
    supports=fitted.n_support_.tolist(), probabilities=probabilities,
    doubled=doubled.decision_function(test).tolist())
path = pathlib.Path(__file__).with_name("svm.json")
path.write_text(json.dumps(document) + "\n")
print(path.stat().st_size, "bytes;", chosen, grid, sigmoids, (fitted.predict(test) == truth).mean())
