"""Reference values of Student's distribution and the paired t-test from SciPy, in double precision.

Run with NumPy and SciPy installed: python make_student.py  (writes student.json beside itself).
The written file names the versions that made it.
"""

import json
import pathlib
import platform

import numpy as np
import scipy
from scipy import stats

rng = np.random.default_rng(5)
freedoms = [1, 2, 3, 4, 5, 9, 10, 29, 100, 1001]
statistics = [0.0, 0.1, 0.7, 1.0, 2.3, 4.0, 12.0]


def paired(count, difference):
    first = rng.normal(0.9, 0.03, count)
    second = first - rng.normal(difference, 0.01, count)
    test = stats.ttest_rel(first, second)
    low, high = test.confidence_interval(0.95)
    return {"first": first.tolist(), "second": second.tolist(), "statistic": test.statistic,
            "probability": test.pvalue, "low": low, "high": high}


def mean(count):
    values = rng.normal(0.9, 0.03, count)
    low, high = stats.t.interval(0.95, count - 1, values.mean(), stats.sem(values))
    return {"values": values.tolist(), "mean": values.mean(), "low": low, "high": high}


reference = {
    "made_with": {
        "python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__},
    "probabilities": [
        {"freedom": f, "t": t, "probability": 2 * stats.t.sf(t, f)}
        for f in freedoms for t in statistics],
    "quantiles": [
        {"freedom": f, "probability": p, "quantile": stats.t.isf(p / 2, f)}
        for f in freedoms for p in (0.5, 0.1, 0.05, 0.01)],
    "paired": [paired(2, 0.01), paired(3, 0.0), paired(5, 0.01), paired(20, -0.002)],
    "means": [mean(2), mean(5), mean(10)],
}
pathlib.Path(__file__).with_name("student.json").write_text(json.dumps(reference, indent=1) + "\n")
