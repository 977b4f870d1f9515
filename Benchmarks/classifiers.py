"""The two classifiers that synthetic spectra are judged by, and what they learn from."""

import typing

import numpy as np
import torch
from sklearn.model_selection import StratifiedKFold
from sklearn.svm import SVC

PENALTIES = (1, 10, 100, 1000)
# γ in units of 1 / (median squared distance of the training spectra).
STEEPNESSES = (0.03, 0.1, 0.3, 1, 3)


class Labelled(typing.NamedTuple):
    """Spectra, n × L, and the number of each one's class."""

    spectra: np.ndarray
    labels: np.ndarray

    def take(self, chosen):
        return Labelled(self.spectra[chosen], self.labels[chosen])

    def first(self, count):
        """The first `count` spectra of every class."""
        return self.take(np.concatenate(
            [np.flatnonzero(self.labels == label)[:count] for label in np.unique(self.labels)]))


def together(*sets):
    return Labelled(*(np.concatenate(part) for part in zip(*sets)))


def folds(real, synthetic=None, count=3):
    """Pairs of sets to train on and to be judged by, for the choice of settings.

    Real spectra judge: cross-validation within synthetic ones gives nearly 100 % for all settings.
    Each set has nearly as many spectra as the final one: the best penalty depends on their number.
    """
    splits = StratifiedKFold(count, shuffle=True, random_state=0).split(real.spectra, real.labels)
    for rest, part in splits:
        learned = real.take(rest)
        yield together(synthetic, learned) if synthetic else learned, real.take(part)


def squared_distances(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def support_vectors(train, choices, test):
    """Labels of the test spectra by a Gaussian-kernel SVM; `choices` are pairs as of `folds`."""
    scale = np.median(squared_distances(train.spectra[::4], train.spectra[::4]))
    scores = np.zeros((len(STEEPNESSES), len(PENALTIES)))
    for part, judge in choices:
        within = squared_distances(part.spectra, part.spectra) / scale
        across = squared_distances(judge.spectra, part.spectra) / scale
        for i, steepness in enumerate(STEEPNESSES):
            kernel, judged = np.exp(-steepness * within), np.exp(-steepness * across)
            for j, penalty in enumerate(PENALTIES):
                machine = SVC(C=penalty, kernel="precomputed").fit(kernel, part.labels)
                scores[i, j] += np.sum(machine.predict(judged) == judge.labels)
    i, j = np.unravel_index(scores.argmax(), scores.shape)
    steepness = STEEPNESSES[i] / scale
    kernel = np.exp(-steepness * squared_distances(train.spectra, train.spectra))
    machine = SVC(C=PENALTIES[j], kernel="precomputed").fit(kernel, train.labels)
    return np.concatenate([
        machine.predict(np.exp(-steepness * squared_distances(part, train.spectra)))
        for part in np.array_split(test.spectra, len(test.spectra) // 1000 + 1)])


class TwoBranches(torch.nn.Module):
    """A convolutional and a dense branch, together in a dense end."""

    def __init__(self, channels, classes):
        super().__init__()
        nn = torch.nn
        points = -(-(-(-channels // 4)) // 4)
        self.convolutional = nn.Sequential(
            nn.Conv1d(1, 8, 15, stride=4, padding=7), nn.ReLU(),
            nn.Conv1d(8, 16, 9, stride=4, padding=4), nn.ReLU(),
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * points, 64), nn.ReLU())
        self.dense = nn.Sequential(
            nn.Linear(channels, 128), nn.ReLU(), nn.Dropout(0.3), nn.Linear(128, 64), nn.ReLU())
        self.end = nn.Sequential(
            nn.Linear(128, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, classes))

    def forward(self, spectra):
        branches = self.convolutional(spectra[:, None]), self.dense(spectra)
        return self.end(torch.cat(branches, 1))


def neural_network(train, test, seed, steps=900, batch=64):
    """Labels of the test spectra by a network of two branches.

    Every training set gets the same number of steps: one cycle of the learning rate, which ends at
    0, so that there is nothing to stop early and no real spectra need be kept back for it.
    """
    torch.manual_seed(seed)
    network = TwoBranches(train.spectra.shape[1], int(train.labels.max()) + 1)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
    spectra, labels = torch.tensor(train.spectra), torch.tensor(train.labels)
    order = torch.randperm(0)
    for _ in range(steps):
        if len(order) < batch:
            order = torch.randperm(len(labels))
        chosen, order = order[:batch], order[batch:]
        optimiser.zero_grad()
        loss = torch.nn.functional.cross_entropy(network(spectra[chosen]), labels[chosen])
        loss.backward()
        optimiser.step()
        cycle.step()
    network.eval()
    with torch.no_grad():
        parts = torch.tensor(test.spectra).split(1000)
        return torch.cat([network(part).argmax(1) for part in parts]).numpy()
