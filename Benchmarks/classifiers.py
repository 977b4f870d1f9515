"""The two classifiers that synthetic spectra are judged by, and what they learn from."""

import typing

import numpy as np
import torch
from sklearn.model_selection import RepeatedStratifiedKFold
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


def squared_distances(a, b):
    a, b = a.astype(np.float64), b.astype(np.float64)
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def kernel_machine(penalty, kernel, labels):
    return SVC(C=penalty, kernel="precomputed").fit(kernel, labels)


class SupportVectors:
    """An SVM with Gaussian kernel exp(−γ d²), whose settings real spectra have chosen.

    γ and C are chosen by cross-validation within the real training spectra, and hold for all that is
    learned from, C n constant for n spectra: so their errors together weigh as much as before. To
    choose anew for synthetic spectra would flatter them, as the generators have seen the real ones
    that judge.
    """

    def __init__(self, real):
        distances = squared_distances(real.spectra, real.spectra)
        scale = np.median(distances)
        folds = list(RepeatedStratifiedKFold(n_splits=5, n_repeats=3, random_state=0).split(
            real.spectra, real.labels))
        scores = {}
        for steepness in STEEPNESSES:
            kernel = np.exp(-steepness / scale * distances)
            for penalty in PENALTIES:
                scores[steepness / scale, penalty] = np.mean([
                    kernel_machine(penalty, kernel[np.ix_(rest, rest)], real.labels[rest])
                    .score(kernel[np.ix_(part, rest)], real.labels[part])
                    for rest, part in folds])
        self.steepness, penalty = max(scores, key=scores.get)
        self.errors = penalty * len(real.labels)

    def __call__(self, train, test):
        """The labels of the test spectra."""
        machine = kernel_machine(
            self.errors / len(train.labels), self.kernel(train, train), train.labels)
        return machine.predict(self.kernel(test, train))

    def kernel(self, rows, columns):
        return np.exp(-self.steepness * squared_distances(rows.spectra, columns.spectra))


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


def neural_network(train, test, seed, steps=900, batch=64, plain=False):
    """Labels of the test spectra by a network of two branches.

    `plain`: biases begin at 0, and the cycle leaves the optimiser's momentum alone.
    Every training set gets the same number of steps: one cycle of the learning rate, which ends at
    0, so that there is nothing to stop early and no real spectra need be kept back for it.
    """
    torch.manual_seed(seed)
    network = TwoBranches(train.spectra.shape[1], int(train.labels.max()) + 1)
    if plain:
        for name, parameter in network.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.zeros_(parameter)
    optimiser = torch.optim.AdamW(network.parameters(), weight_decay=1e-3)
    cycle = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, 2e-3, total_steps=steps, cycle_momentum=not plain)
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
