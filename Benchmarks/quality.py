"""Whether synthetic spectra help classifiers of real ones, and how like these they are.

`augment` learns from 125 spectra of every class, chosen at random; all others test. What the
classifiers learn from: these 125 alone; synthetic spectra alone; both. Beside the generators (DAG)
stand simpler ways to make spectra (baselines.py). An SVM gets 800 synthetic spectra of a class, its
settings chosen on the real training spectra; a network of a convolutional and a dense branch (ANN)
gets 3,000, beside which each real spectrum counts eight times, and as many steps whatever it learns
from. All classes of a set are told apart at once.

wl, w, k, mf: `eels-dag simulate`, a new set for each seed; si: the classes of its spectrum image,
preprocessed. A file is one that `augment` takes; the seed chooses its training spectra. The tables
are Markdown: mean ± half of the 95 % interval over the seeds (Student's t); "against real" is the
difference in the same run. What is measured of the spectra themselves is in likeness.py.

Seeds 1 to 15 have had a part in the choice of settings; the default ones have not.
"""

import argparse
import concurrent.futures
import json
import multiprocessing
import os
import pathlib
import subprocess
import sys
import tempfile

os.environ["OMP_NUM_THREADS"] = "1"  # processes side by side are faster than threads inside

import numpy as np
import scipy.stats
import torch

from baselines import BASELINES
from classifiers import Labelled, SupportVectors, neural_network, together
from labelled import class_groups, real_classes, without_later_half
from likeness import Features, likeness, told_apart

SETS = ("wl", "w", "k", "mf", "si")
GENERATORS = "DAG"
# Synthetic spectra of a class for the network and for the SVM.
COUNT, SVM_COUNT = 3000, 800
APART_COUNT = 200
FEATURE_COUNT = 800
# What DAG is to reach: accuracies of synthetic spectra alone (SVM, ANN; of a prototype, on another
# simulation of the set), and the limits of what likeness.py measures.
ACCURACIES = {"wl": (94.9, 92.7)}
LIMITS = {
    "mean error": (-np.inf, 1.5), "diversity": (0.8, 1.2), "authenticity": (0.8, np.inf),
    "noise": (0.9, 1.1),
}


def call(*command, accept=(0,)):
    """Runs the program; ends with what it said when it fails."""
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True)
    if result.returncode not in accept:
        raise RuntimeError(f"{' '.join(map(str, command))} failed:\n{result.stderr}")


class Run:
    """One set and one seed."""

    def __init__(self, name, seed, arguments, folder):
        self.name, self.seed, self.arguments, self.folder = name, seed, arguments, folder

    def results(self):
        self.prepare()
        design = ["--design", self.arguments.design] if self.arguments.design else []
        groups = self.groups(*design)
        classes = [item for group in groups for item in group]
        found = {"set": self.name, "seed": self.seed, "classes": [c.name for c in classes],
                 "reached": [c.reached for c in classes], "likeness": {}, "predictions": {}}
        for method in self.arguments.methods:
            for item in classes:
                item.synthetic[method] = item.drawn if method == GENERATORS else BASELINES[method](
                    item.training, COUNT, item.widest_shift,
                    np.random.default_rng([self.seed, item.label]))
        for group in groups:
            features = Features(np.concatenate([item.fresh[:FEATURE_COUNT] for item in group]))
            for item in group:
                found["likeness"][item.name] = self.likeness(item, features)
        if len(classes) > 1 and len({c.training.shape[1] for c in classes}) == 1:
            found["predictions"], found["truth"] = self.predictions(classes)
        return found

    def simulated(self):
        """The files of the set."""
        program, seed = self.arguments.program, ("--seed", self.seed, "--quiet")
        if self.name not in SETS:
            return self.name.split(",")
        path = self.folder / "set.hspy"
        if self.name != "si":
            call(program, "simulate", self.name, "-o", path, *seed)
            return [path]
        labels, done = self.folder / "labels.hspy", self.folder / "preprocessed.hspy"
        call(program, "simulate", "si", "-o", path, "--labels", labels, *seed)
        call(program, "preprocess", path, "-o", done, "--quiet")
        return [done, labels]

    def prepare(self):
        """Makes or finds the real spectra."""
        source, *self.labels = self.simulated()
        self.learned = source
        if self.arguments.apart:
            self.learned = self.folder / "first_half.hspy"
            without_later_half(source, self.learned)
        self.real = real_classes([source, *self.labels], self.arguments.apart)

    def groups(self, *options):
        """Real and synthetic spectra by class, the classes of one energy axis together."""
        arguments, output = self.arguments, self.folder / "synthetic.hspy"
        # Exit code 4: all is written, but a class missed the stopping rule.
        call(arguments.program, "augment", self.learned,
             *(f"--labels={path}" for path in self.labels), "--out", output,
             "--train-count", arguments.train_count, "--count", COUNT, "--seed", self.seed,
             "--threads", 1, "--compression", 0, *options, accept=(0, 4))
        return class_groups(output, self.real, np.random.default_rng(self.seed))

    def likeness(self, item, features):
        fresh = item.fresh
        half = min(APART_COUNT, len(fresh) // 2)
        found = {"real": {"told apart": told_apart(fresh[:half], fresh[half:2 * half])}}
        for method, synthetic in item.synthetic.items():
            found[method] = likeness(synthetic, item.training, item.fresh, features)
            count = min(APART_COUNT, len(fresh))
            found[method]["told apart"] = told_apart(fresh[:count], synthetic[:count])
        return found

    def predictions(self, classes):
        """Labels of the fresh spectra by both classifiers, for everything that they learn from."""

        def labelled(part):
            return Labelled(
                np.concatenate([part(item) for item in classes]),
                np.concatenate([np.full(len(part(item)), item.label) for item in classes]))

        real, fresh = labelled(lambda c: c.training), labelled(lambda c: c.fresh)

        support_vectors = SupportVectors(real)

        def both(few, many):
            return [support_vectors(few, fresh).tolist(),
                    neural_network(many, fresh, self.seed).tolist()]

        found = {"real": both(real, real)}
        repeats = max(COUNT // 3 // self.arguments.train_count, 1)
        for method in self.arguments.methods:
            many = labelled(lambda c: c.synthetic[method])
            few = many.first(SVM_COUNT)
            found[method] = both(few, many)
            found[f"{method} + real"] = both(
                together(few, real), together(many, *[real] * repeats))
        return found, fresh.labels.tolist()


def work(name, seed, arguments):
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        results = Run(name, seed, arguments, pathlib.Path(folder)).results()
    print(f"{name}, seed {seed}: done", file=sys.stderr, flush=True)
    return results


def interval(values, digits=1):
    """Mean ± half of the 95 % interval of the mean."""
    values = np.asarray(values, float)
    text = f"{values.mean():.{digits}f}"
    if len(values) > 1:
        half = scipy.stats.t.ppf(0.975, len(values) - 1) * scipy.stats.sem(values)
        text += f" ± {half:.{digits}f}"
    return text


def table(head, rows):
    print("\n" + "\n".join(
        "| " + " | ".join(row) + " |" for row in [head, ["---"] * len(head), *rows]))


class Report:
    """The tables of a set, and the figures that it is to reach."""

    def __init__(self, runs):
        self.runs = runs
        self.classes = runs[0]["classes"]

    def print(self):
        runs = self.runs
        print(f"\n{runs[0]['set']}: seeds {', '.join(str(run['seed']) for run in runs)}; "
              + ", ".join(f"{name} reached the stopping criterion in "
                          f"{sum(run['reached'][index] for run in runs)} of {len(runs)}"
                          for index, name in enumerate(self.classes)))
        if runs[0]["predictions"]:
            self.accuracies()
        self.likenesses()
        if GENERATORS in runs[0]["likeness"][self.classes[0]]:
            self.judge()

    def accuracy(self, method, classifier):
        """Per seed, %."""
        return np.array([
            100 * np.mean(np.equal(run["predictions"][method][classifier], run["truth"]))
            for run in self.runs])

    def accuracies(self):
        methods = list(self.runs[0]["predictions"])
        rows = []
        for method in methods:
            row = [method]
            for classifier in (0, 1):
                found = self.accuracy(method, classifier)
                row += [interval(found), "" if method == "real" else
                        interval(found - self.accuracy("real", classifier))]
            rows.append(row)
        table(["learned from", "SVM, %", "against real", "ANN, %", "against real"], rows)

    def measure(self, name, method, measure):
        """Per seed."""
        return np.array([run["likeness"][name][method][measure] for run in self.runs])

    def likenesses(self):
        rows = []
        for name in self.classes:
            for method in self.runs[0]["likeness"][name]:
                apart = self.measure(name, method, "told apart").mean(0)
                rows.append([name, method] + [
                    "" if method == "real" else interval(self.measure(name, method, measure), 2)
                    for measure in ("mean error", "diversity", "authenticity", "noise")
                ] + [" / ".join(f"{value:.0f}" for value in apart)])
        table(["class", "made by", "mean error", "diversity", "authenticity", "noise",
               "told apart, %: forest / SVM"], rows)

    def judge(self):
        """What DAG is to reach, as means over the seeds."""
        rows = []

        def row(what, value, low, high):
            met = low <= value <= high
            limits = f"at least {low:g}" if high == np.inf else (
                f"at most {high:g}" if low == -np.inf else f"{low:g} to {high:g}")
            rows.append([what, f"{value:.2f}", limits, "met" if met else "missed"])

        if self.runs[0]["predictions"]:
            for classifier, name in enumerate(("SVM", "ANN")):
                if self.runs[0]["set"] in ACCURACIES:
                    row(f"{name}, synthetic only, %", self.accuracy(GENERATORS, classifier).mean(),
                        ACCURACIES[self.runs[0]["set"]][classifier], np.inf)
                gain = self.accuracy(f"{GENERATORS} + real", classifier) - self.accuracy(
                    "real", classifier)
                row(f"{name}, synthetic + real against real, %", gain.mean(), 0, np.inf)
        for measure, (low, high) in LIMITS.items():
            values = {
                name: self.measure(name, GENERATORS, measure).mean() for name in self.classes}
            worst = max(values, key=lambda name: max(low - values[name], values[name] - high))
            row(f"{measure}, worst class ({worst})", values[worst], low, high)
        table([f"{GENERATORS}, mean over the seeds", "measured", "to reach", ""], rows)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True)
    parser.add_argument("--sets", nargs="*", choices=SETS, default=["wl"])
    parser.add_argument("--files", nargs="*", default=[], metavar="FILE[,LABELS]",
                        help="preprocessed spectra, with a file of labels where they have none")
    parser.add_argument("--seeds", nargs="+", type=int, default=[21, 22, 23, 24, 25])
    parser.add_argument("--methods", nargs="+", choices=[GENERATORS, *BASELINES],
                        default=[GENERATORS, "noise + shift"],
                        help="what makes synthetic spectra (default: DAG, noise + shift)")
    parser.add_argument("--train-count", type=int, default=125,
                        help="real spectra of each class to learn from")
    parser.add_argument("--apart", action="store_true",
                        help="train on three of the six acquisitions, test on the others")
    parser.add_argument("--design", help="a JSON file, as for augment")
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    parser.add_argument("--json", type=pathlib.Path, help="write everything found into this file")
    arguments = parser.parse_args()
    names = [*arguments.sets, *arguments.files]
    if arguments.apart and not set(names) <= {"wl", "w", "k", "mf"}:
        parser.error("--apart goes with wl, w, k and mf, whose acquisitions are known")
    pool = concurrent.futures.ProcessPoolExecutor(
        arguments.processes, mp_context=multiprocessing.get_context("spawn"))
    with pool:
        runs = {name: [pool.submit(work, name, seed, arguments) for seed in arguments.seeds]
                for name in names}
        found = {name: [run.result() for run in runs[name]] for name in names}
    for name in names:
        Report(found[name]).print()
    if arguments.json:
        arguments.json.write_text(json.dumps(found))


if __name__ == "__main__":
    main()
