"""The program's network of two branches beside the same one in PyTorch: accuracy and time.

`augment` learns from 125 spectra of every class of `eels-dag simulate wl`, a new set for each seed. Both
networks learn from these 125 alone (real), and with the synthetic spectra beside them, of which real ones
are a quarter (DAG + real); the same spectra, steps, batches and cycle of the learning rate, on one
thread. All other spectra test. Each seed of a set trains so many networks of each; accuracies are means
over them, and times those of one training: processor time, so that what else the machine does is not in it.

"Plain" is PyTorch with biases that begin at 0, and a momentum that the cycle leaves alone, as in the
program, whose network with the same dropout it has to equal. "Held out": the program's network keeps back a
fifth of the real spectra of each class and stops early. The tables are Markdown: mean ± half of the 95 %
interval over the sets; differences are on the same sets.
"""

import argparse
import json
import os
import pathlib
import subprocess
import tempfile
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch

from classifiers import Labelled, neural_network, together
from quality import COUNT, Run, interval, table

PEER, PLAIN = "PyTorch", "PyTorch, plain"
OURS = {
    "eels-dag, dropout 0.3": {"heldOutShare": 0, "dropout": 0.3},
    "eels-dag": {"heldOutShare": 0},
    "eels-dag, held out": {"heldOutShare": 0.2},
}


def labelled(classes, part):
    return Labelled(
        np.concatenate([part(item) for item in classes]).astype(np.float32),
        np.concatenate([np.full(len(part(item)), item.label) for item in classes]))


class Work:
    """The program's trainer at work, and the files that it reads."""

    def __init__(self, program, folder):
        self.folder = folder
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def write(self, name, examples):
        spectra, classes = self.folder / f"{name}.f32", self.folder / f"{name}.i32"
        examples.spectra.astype(np.float32).tofile(spectra)
        examples.labels.astype(np.int32).tofile(classes)
        return {"spectra": str(spectra), "classes": str(classes)}

    def __call__(self, **job):
        print(json.dumps(job), file=self.process.stdin, flush=True)
        return json.loads(self.process.stdout.readline())


def measure(seed, arguments, folder):
    """Accuracies (%) and processor times (s) by what is learned from and by network."""
    arguments.apart = False
    run = Run(arguments.set, seed, arguments, folder)
    run.prepare()
    classes = [item for group in run.groups() for item in group]
    real, fresh = (labelled(classes, part) for part in (lambda c: c.training, lambda c: c.fresh))
    synthetic = labelled(classes, lambda c: c.drawn)
    work = Work(arguments.work, folder)
    files = {name: work.write(name, examples) for name, examples in
             (("real", real), ("synthetic", synthetic), ("fresh", fresh))}
    repeats = max(COUNT // 3 // arguments.train_count, 1)
    found = {}
    for source, examples in (("real", real),
                             ("DAG + real", together(synthetic, *[real] * repeats))):
        for number in range(arguments.networks):
            own = seed + 1000 * number
            taken = {}
            for name in (PEER, PLAIN):
                start = time.process_time()
                predictions = neural_network(examples, fresh, own, plain=name == PLAIN)
                taken[name] = predictions, time.process_time() - start
            for name, settings in OURS.items():
                answer = work(
                    classCount=len(classes), real=files["real"], test=files["fresh"], seed=own,
                    **settings, **({} if source == "real" else {"synthetic": files["synthetic"]}))
                taken[name] = answer["predictions"], answer["processorSeconds"]
            for name, (predictions, seconds) in taken.items():
                found.setdefault((source, name), []).append(
                    (100 * np.mean(np.equal(predictions, fresh.labels)), seconds))
    work.process.stdin.close()
    work.process.wait()
    return {key: np.mean(values, 0) for key, values in found.items()}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True,
                        help="eels-dag; network-work lies beside it")
    parser.add_argument("--set", choices=("wl", "w", "k", "mf"), default="wl")
    parser.add_argument("--seeds", nargs="+", type=int, default=[41, 42, 43, 44, 45])
    parser.add_argument("--networks", type=int, default=2, help="networks of each set and kind")
    parser.add_argument("--train-count", type=int, default=125)
    arguments = parser.parse_args()
    arguments.work = pathlib.Path(arguments.program).with_name("network-work")
    torch.set_num_threads(1)
    found = []
    for seed in arguments.seeds:
        with tempfile.TemporaryDirectory() as folder:
            found.append(measure(seed, arguments, pathlib.Path(folder)))
    print(f"\n{arguments.set}: seeds {', '.join(map(str, arguments.seeds))}, "
          f"{arguments.networks} networks each")
    rows = []
    for source, name in found[0]:
        accuracies = np.array([run[source, name][0] for run in found])
        peer = np.array([run[source, PLAIN][0] for run in found])
        rows.append([
            source, name, interval(accuracies), "" if name == PLAIN else interval(accuracies - peer),
            f"{np.mean([run[source, name][1] for run in found]):.1f}"])
    table(["learned from", "network", "accuracy, %", "against plain PyTorch", "training, s"], rows)


if __name__ == "__main__":
    main()
