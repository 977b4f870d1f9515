"""How like real spectra synthetic ones are: measured from the definitions, not by the program."""

import numpy as np
from scipy.ndimage import gaussian_filter1d
from scipy.spatial.distance import cdist, pdist
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.svm import SVC

FEATURES = 10


class Features:
    """Coordinates along the leading principal components of smoothed spectra."""

    def __init__(self, spectra):
        smooth = gaussian_filter1d(spectra.astype(np.float64), 2, axis=1)
        self.mean = smooth.mean(0)
        self.directions = np.linalg.svd(smooth - self.mean, full_matrices=False)[2][:FEATURES]

    def __call__(self, spectra):
        return (spectra - self.mean) @ self.directions.T


def noise_level(spectra, mean):
    """Median of √(mean (second difference)² / 6) of what spectra differ from `mean`."""
    return np.median(np.sqrt((np.diff(spectra - mean, 2, axis=1) ** 2).mean(1) / 6))


def nearest(points, others):
    return cdist(points, others).min(1).mean()


def likeness(synthetic, training, fresh, features):
    """Synthetic spectra of a class against fresh real ones, which trained nothing.

    - mean error: of the mean spectrum, root mean square over the channels, over that of the
      training spectra; 1: no worse than the spectra that it was made from;
    - diversity: mean pairwise distance of the features over the fresh spectra's;
    - authenticity: mean distance of the features to the nearest training spectrum over the fresh
      spectra's; 0: copies;
    - noise: level over the fresh spectra's.
    """
    mean = fresh.mean(0)
    error, allowed = (
        np.sqrt(((part.mean(0) - mean) ** 2).mean()) for part in (synthetic, training))
    ours, trained, theirs = (features(part) for part in (synthetic, training, fresh))
    found = {
        "mean error": error / allowed,
        "diversity": pdist(ours[:1000]).mean() / pdist(theirs[:1000]).mean(),
        "authenticity": nearest(ours, trained) / nearest(theirs, trained),
        "noise": noise_level(synthetic, synthetic.mean(0)) / noise_level(fresh, mean),
    }
    return {measure: float(value) for measure, value in found.items()}


def told_apart(first, second):
    """How often random forest and SVM tell two sets apart (%), cross-validated; 50: not at all."""
    spectra = np.concatenate([first, second])
    labels = np.repeat([0, 1], [len(first), len(second)])
    classifiers = (
        RandomForestClassifier(100, random_state=0),
        SVC(C=10, gamma=1 / np.median(pdist(spectra, "sqeuclidean"))))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return [100 * cross_val_score(machine, spectra, labels, cv=folds).mean()
            for machine in classifiers]
