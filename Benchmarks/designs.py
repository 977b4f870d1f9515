"""Every scheme with every architecture: does it train, what does it cost, do classifiers profit?

For each combination `augment` runs with its defaults on 125 spectra of each class; sets and SVM are those
of `Scripts/bench quality`. A row of the table says for how many classes the stopping rule was reached,
the iterations of the slowest, and of the worst class the Fréchet distance over its limit, the lowest and
highest diversity, the ratio of the nearest neighbour and of the noise; the processor time of the whole
run; and the balanced accuracy (%) of the SVM on the spectra that were not trained on, after 800 synthetic
spectra of each class, and after these and the real ones. What it reaches with the real ones alone, the
heading says.
"""

import argparse
import os
import pathlib
import resource
import tempfile

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from classifiers import Labelled, SupportVectors, together
from quality import SETS, SVM_COUNT, Run

SCHEMES = ("single-monotrans", "multi-monotrans", "single-bitrans", "multi-bitrans", "shared-heads")
ARCHITECTURES = ("simple-dense", "large-dense", "simple-convo", "subspace")
HEAD = ("architecture", "scheme", "reached", "iterations", "Fréchet", "diversity", "nearest", "noise",
        "CPU s", "synthetic only", "with real")


def processor_seconds():
    """What all processes that were waited for have taken."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def measures(records):
    """Cells of the table from the records of the classes."""
    def ratios(key):
        return [record[key] for record in records]

    diversity, noise = ratios("final_diversity"), ratios("final_noise_ratio")
    frechet = max(r["final_frechet_distance"] / r["frechet_threshold"] for r in records)
    return [
        f"{sum(r['outcome'] == 'reached' for r in records)}/{len(records)}",
        str(max(ratios("iterations"))), f"{frechet:.2f}",
        f"{min(diversity):.2f} … {max(diversity):.2f}",
        f"{min(ratios('final_nearest_neighbour_ratio')):.2f}", f"{min(noise):.2f} … {max(noise):.2f}"]


def labelled(classes, part):
    return Labelled(
        np.concatenate([part(item) for item in classes]),
        np.concatenate([np.full(len(part(item)), item.label) for item in classes]))


class Table:
    """One set and seed; the same real spectra train all its rows."""

    def __init__(self, run):
        self.run, self.support_vectors = run, None
        run.prepare()

    def score(self, train):
        return 100 * balanced_accuracy_score(
            self.fresh.labels, self.support_vectors(train, self.fresh))

    def start(self, classes):
        self.real = labelled(classes, lambda c: c.training)
        self.fresh = labelled(classes, lambda c: c.fresh)
        self.support_vectors = SupportVectors(self.real)
        print(f"\n{self.run.name}, seed {self.run.seed}; SVM from the real spectra alone: "
              f"{self.score(self.real):.1f}\n\n| " + " | ".join(HEAD) + " |\n" + "|---" * len(HEAD) + "|")

    def row(self, names, options):
        before = processor_seconds()
        classes = [item for group in self.run.groups(*options) for item in group]
        seconds = processor_seconds() - before
        if self.support_vectors is None:
            self.start(classes)
        synthetic = labelled(classes, lambda c: c.drawn[:SVM_COUNT])
        cells = [*names, *measures([c.record for c in classes]), f"{seconds:.1f}",
                 f"{self.score(synthetic):.1f}", f"{self.score(together(synthetic, self.real)):.1f}"]
        print("| " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True, help="the executable")
    parser.add_argument("--sets", nargs="*", choices=SETS, default=list(SETS))
    parser.add_argument("--files", nargs="*", default=[], metavar="FILE[,LABELS]",
                        help="preprocessed spectra, with a file of labels where they have none")
    parser.add_argument("--schemes", nargs="+", choices=SCHEMES, default=SCHEMES)
    parser.add_argument("--architectures", nargs="+", choices=ARCHITECTURES, default=ARCHITECTURES)
    parser.add_argument("--designs", nargs="*", default=[], metavar="FILE.json",
                        help="designs of one's own, in place of all others")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--train-count", type=int, default=125)
    arguments = parser.parse_args()
    arguments.apart = False
    rows = [((pathlib.Path(path).stem, ""), ("--design", path)) for path in arguments.designs] or [
        ((architecture, scheme), ("--architecture", architecture, "--design", scheme))
        for architecture in arguments.architectures for scheme in arguments.schemes]
    for name in [*arguments.sets, *arguments.files]:
        with tempfile.TemporaryDirectory() as folder:
            table = Table(Run(name, arguments.seed, arguments, pathlib.Path(folder)))
            for names, options in rows:
                table.row(names, options)


if __name__ == "__main__":
    main()
