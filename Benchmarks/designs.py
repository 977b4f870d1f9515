"""Every scheme with every architecture: does it train, what does it cost, do classifiers profit?

For each combination `augment` runs with its defaults on 125 spectra of each class. A row of the table says
for how many classes the stopping rule was reached, the iterations of the slowest, and of the worst
class the Fréchet distance over its limit, the lowest and highest diversity, the ratio of the nearest
neighbour and of the noise; the processor time of the whole run; and the balanced accuracy (%) of an RBF-SVM
on the spectra that were not trained on, after training on 1,000 synthetic spectra of each class, and on
these and the real ones. The SVM's C and gamma are chosen on the real training spectra; with these alone it
reaches what the heading says.

Sets: the sample data, the simulated sets of the paper, and files of one's own. Sets with several energy
axes have one heading each.
"""

import argparse
import os
import pathlib
import resource
import subprocess
import sys
import tempfile

import h5py
import numpy as np
from sklearn.metrics import balanced_accuracy_score
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC

SCHEMES = ("single-monotrans", "multi-monotrans", "single-bitrans", "multi-bitrans", "shared-heads")
ARCHITECTURES = ("simple-dense", "large-dense", "simple-convo", "subspace")
PRESETS = ("wl", "w", "k", "mf")
SAMPLES = pathlib.Path(__file__).resolve().parent.parent / "SampleData"


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def run(command, accept=(0,)):
    """Processor time (s) of a command; ends with what it said when it fails."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode not in accept:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stderr}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def spectra_and_labels(*paths):
    """(class names, spectra, index of each spectrum's class) of each labelled signal, flattened."""
    experiments = []
    for path in paths:
        with h5py.File(path) as file:
            for group in file["Experiments"].values():
                names = group.get("metadata/Sample/_list_class_names")
                experiments.append((group["data"][...], names and [text(name) for name in names]))
    signals = [data for data, _ in experiments if data.dtype == np.float32 and len(data) > 1
               and any(names and labels.shape == data.shape[:-1] for labels, names in experiments)]
    found = []
    for data in signals:
        labels, names = next(
            pair for pair in experiments if pair[1] and pair[0].shape == data.shape[:-1])
        found.append((names, data.reshape(-1, data.shape[-1]), labels.ravel()))
    return found


class Group:
    """The classes of one energy axis: what was trained on, and what is held out."""

    def __init__(self, names, spectra, labels):
        self.names, self.spectra, self.labels = names, spectra, labels
        self.search = None

    def split(self, training):
        """Training indices of each class; the flagged spectra have norms other than 1."""
        self.x = np.concatenate([self.spectra[training[name]] for name in self.names])
        self.y = np.repeat(range(len(self.names)), [len(training[name]) for name in self.names])
        usable = (self.labels >= 0) & (np.abs(self.spectra.max(1) - 1) < 1e-3)
        usable[np.concatenate(list(training.values()))] = False
        self.test = self.spectra[usable], self.labels[usable]
        self.search = GridSearchCV(
            SVC(class_weight="balanced"), {"C": [0.1, 1, 10, 100, 1000], "gamma": [1e-3, 1e-2, 0.1, 1]},
            cv=3, n_jobs=2).fit(self.x, self.y)
        self.real = self.score(self.x, self.y)

    def score(self, x, y):
        model = SVC(class_weight="balanced", **self.search.best_params_).fit(x, y)
        return 100 * balanced_accuracy_score(self.test[1], model.predict(self.test[0]))


def synthetic(path):
    """(records of the classes, spectra, labels) of each synthetic signal."""
    with h5py.File(path) as file:
        groups = list(file["Experiments"].values())
        labels = [group["data"][...] for group in groups if "labels" in group.name]
        signals = [group for group in groups if "metadata/eels_dag/training" in group]
        found = []
        for signal, label in zip(signals, labels, strict=True):
            records = []
            training = signal["metadata/eels_dag/training"]
            for index in range(len(training)):
                group = training[f"class_{index}"]
                records.append({**dict(group.attrs), "spectra": group["training_spectra"][...]})
            found.append((records, signal["data"][...], label))
        return found


def row(records, seconds, alone, both):
    reached = sum(text(r["outcome"]) == "reached" for r in records)
    frechet = max(r["final_frechet_distance"] / r["frechet_threshold"] for r in records)
    diversity = [r["final_diversity"] for r in records]
    nearest = min(r["final_nearest_neighbour_ratio"] for r in records)
    noise = [r["final_noise_ratio"] for r in records]
    iterations = max(r["iterations"] for r in records)
    return (f"{reached}/{len(records)} | {iterations} | {frechet:.2f} | {min(diversity):.2f} … "
            f"{max(diversity):.2f} | {nearest:.2f} | {min(noise):.2f} … {max(noise):.2f} | "
            f"{seconds:.1f} | {alone:.1f} | {both:.1f} |")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True, help="the executable")
    parser.add_argument("--set", action="append", choices=("si", *PRESETS), default=[],
                        help="a set; give it again for another one (default: all)")
    parser.add_argument("--file", action="append", default=[],
                        help="a file of one's own, preprocessed and labelled")
    parser.add_argument("--scheme", action="append", choices=SCHEMES, help="default: all")
    parser.add_argument("--architecture", action="append", choices=ARCHITECTURES, help="default: all")
    parser.add_argument("--design", action="append", default=[],
                        help="a JSON file with a design of one's own, in place of all others")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train-count", type=int, default=125)
    arguments = parser.parse_args()
    sets = arguments.set + arguments.file or ["si", *PRESETS]
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for name in sets:
            one_set(arguments, name, folder)


def one_set(arguments, name, folder):
    program, seed = arguments.program, arguments.seed
    source, inputs = folder / f"{name}.hspy", []
    if name == "si":
        run([program, "preprocess", SAMPLES / "si.hspy", "-o", source])
        inputs = ["--labels", SAMPLES / "labels.hspy"]
    elif name in PRESETS:
        run([program, "simulate", name, "-o", source, "--seed", seed])
    else:
        source = pathlib.Path(name)
    groups = [Group(*found) for found in spectra_and_labels(source, *inputs[1:])]
    designs = [
        (architecture, scheme, ["--design", scheme, "--architecture", architecture])
        for architecture in arguments.architecture or ARCHITECTURES
        for scheme in arguments.scheme or SCHEMES]
    if arguments.design:
        designs = [(pathlib.Path(path).stem, "", ["--design", path]) for path in arguments.design]
    for architecture, scheme, options in designs:
        out = folder / "synthetic.hspy"
        seconds = run(
            [program, "augment", source, *inputs, "-o", out, "--train-count",
             arguments.train_count, "--seed", seed, *options], accept=(0, 4))
        found = synthetic(out)
        if groups[0].search is None:
            for group, (records, _, _) in zip(groups, found, strict=True):
                group.split({text(r["name"]): r["spectra"] for r in records})
            heading = "; ".join(
                f"{', '.join(group.names)}: {group.real:.1f}" for group in groups)
            print(f"\n{name}, seed {seed}; SVM on the real training spectra alone: {heading}\n\n"
                  "| architecture | scheme | reached | iterations | Fréchet | diversity | nearest"
                  " | noise | CPU s | synthetic only | with real |\n" + "|---" * 11 + "|", flush=True)
        alone = np.mean([g.score(x, y) for g, (_, x, y) in zip(groups, found)])
        both = np.mean([
            g.score(np.concatenate([x, np.repeat(g.x, 8, 0)]),
                    np.concatenate([y, np.repeat(g.y, 8, 0)]))
            for g, (_, x, y) in zip(groups, found)])
        print(f"| {architecture} | {scheme} | "
              + row([r for records, _, _ in found for r in records], seconds, alone, both),
              flush=True)


main()
