"""Points in clusters and what scikit-learn's k-means makes of them: kmeans.json.

Run with scikit-learn 1.5 or newer: python make_kmeans.py
"""

import json
import pathlib

import numpy as np
import sklearn
from sklearn.cluster import KMeans

rng = np.random.default_rng(20)
cases = []
for count, dimension, clusters, spread in [(60, 2, 3, 0.5), (200, 5, 6, 0.8), (50, 3, 2, 0.2)]:
    centres = rng.uniform(-10, 10, (clusters, dimension))
    members = np.sort(rng.choice(clusters, count, p=np.arange(1, clusters + 1)[::-1] / sum(range(clusters + 1))))
    points = (centres[members] + spread * rng.normal(size=(count, dimension))).astype(np.float32)
    points = points[rng.permutation(count)]
    found = KMeans(clusters, n_init=20, tol=0, random_state=0).fit(points.astype(np.float64))
    cases.append(
        {
            "points": [[float(value) for value in row] for row in points],
            "clusters": clusters,
            "labels": found.labels_.tolist(),
            "centres": found.cluster_centers_.tolist(),
            "inertia": float(found.inertia_),
        }
    )
path = pathlib.Path(__file__).parent / "kmeans.json"
path.write_text(json.dumps({"scikit_learn": sklearn.__version__, "cases": cases}) + "\n")
