"""The training of the GAN against Keras and PyTorch: same networks, batches and steps, alternating.

An iteration is two discriminator steps and one generator step on batches of 32. Every contestant is a
process of its own that trains on the same spectra and waits while the others work; blocks of iterations
alternate, imports, compilation and the first iterations are not in the times. A time is the median of
the blocks' medians; beside it the processor time of an iteration, which a busy machine disturbs less.

The peers: Keras with the whole iteration in one tf.function, without and with XLA; PyTorch eager and
compiled, with fused Adam. Their threads are set in the framework and in OMP_NUM_THREADS, glibc keeps
large blocks (MALLOC_MMAP_THRESHOLD_, MALLOC_TRIM_THRESHOLD_), oneDNN is on as it is by default. The
numbers of their parameters must equal ours. "two at once" trains two classes of ours on two threads,
and each peer once with two threads and once as two processes of one thread.

job: the whole of `augment` on five classes with as many spectra as 15 % of the paper's WL set has, to
the stopping rule, 3,000 spectra of each written, against a Keras script that does the same work: as many
iterations as ours took, the same metrics every 100 of them, sampling, writing with h5py. Whole
processes; Keras once with all threads and once as two processes of one thread that share the classes.

The compiled PyTorch needs a C++ compiler.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile

import h5py
import numpy as np

from processes import measure

FOLDER = pathlib.Path(__file__).resolve().parent
PEERS = {
    "keras": "Keras, tf.function", "keras-xla": "Keras, XLA",
    "torch": "PyTorch, eager", "torch-compiled": "PyTorch, compiled",
}
COUNT = 125
# FeO, Fe3O4, MnO, Mn2O3, MnO2: 15 % of the paper's WL set.
JOB_COUNTS = (412, 203, 149, 126, 189)

# name: architecture, channels, classes at once, the peers, times faster than the fastest of each.
CASES = {
    "dense-700": ("SimpleDense", 700, 1, PEERS, 6),
    "dense-2048": ("SimpleDense", 2048, 1, PEERS, 4),
    "two-700": ("SimpleDense", 700, 2, PEERS, 11),
    "two-2048": ("SimpleDense", 2048, 2, PEERS, 6),
    "convo-700": ("SimpleConvo", 700, 1, PEERS, 3),
}


ARCHITECTURES = ("SimpleDense", "LargeDense", "SimpleConvo", "Subspace")


def white_lines(count, channels, seed):
    """Spectra of two peaks on a step that drift a little, with counting and read-out noise."""
    random = np.random.default_rng(seed)

    def normal(deviation):
        return deviation * random.standard_normal((count, 1))

    x = np.arange(channels) * 64 / channels - normal(64 / channels)
    mean = np.exp(-(((x - 24) / 3) ** 2)) + (0.6 + normal(0.08)) * np.exp(-(((x - 38) / 4) ** 2))
    mean += (0.3 + normal(0.05)) / (1 + np.exp(22 - x))
    noisy = random.poisson(400 * mean) / 400 + 0.02 * random.standard_normal(mean.shape)
    return (noisy / noisy.max(1, keepdims=True)).astype("float32")


def write_hspy(path, name, spectra):
    """A file of one class as HyperSpy writes it."""
    with h5py.File(path, "w") as file:
        file.attrs.update(file_format="HyperSpy", file_format_version="3.3")
        signal = file.create_group(f"Experiments/{name}")
        signal["data"] = spectra
        for index, (axis, scale, units) in enumerate((("x", 1.0, "nm"), ("Energy loss", 0.25, "eV"))):
            signal.create_group(f"axis-{index}").attrs.update({
                "_type": "UniformDataAxis", "name": axis, "units": units, "offset": 600.0 * index,
                "scale": scale, "size": spectra.shape[index], "navigate": index == 0,
                "is_binned": index == 1})
        signal.create_group("metadata/General").attrs["title"] = name
        signal.create_group("metadata/Signal").attrs["signal_type"] = "EELS"
        signal.create_group("original_metadata")
        signal.create_group("learning_results")


def environment(threads):
    return os.environ | {
        "OMP_NUM_THREADS": str(threads), "TF_CPP_MIN_LOG_LEVEL": "3",
        "MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 32),
    }


class Worker:
    """A process that answers lines with JSON."""

    def __init__(self, command, threads=1):
        self.errors = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            list(map(str, command)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=self.errors, text=True, env=environment(threads))
        self.command = command
        self.facts = self.answer()

    def answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            sys.exit(f"{' '.join(map(str, self.command))} failed:\n{self.errors.read()}")
        return json.loads(line)

    def ask(self, line):
        print(line, file=self.process.stdin, flush=True)
        return self.answer()

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Contestant:
    """One or more processes that work at the same time, as one."""

    def __init__(self, name, workers):
        self.name, self.workers, self.blocks = name, workers, []
        self.pool = concurrent.futures.ThreadPoolExecutor(len(workers))

    def run(self, count):
        answers = list(self.pool.map(lambda worker: worker.ask(f"run {count}"), self.workers))
        if not all(np.isfinite(answer["losses"]).all() for answer in answers):
            sys.exit(f"{self.name}: the training diverged")
        side_by_side = len(answers)
        return (
            statistics.mean(a["milliseconds"] for a in answers) / side_by_side,
            statistics.mean(a["processorMilliseconds"] for a in answers),
            np.mean([a["losses"] for a in answers], 0))

    def measure(self, count):
        self.blocks.append(self.run(count))

    @property
    def milliseconds(self):
        return statistics.median(block[0] for block in self.blocks)

    @property
    def processor(self):
        return statistics.median(block[1] for block in self.blocks)

    @property
    def losses(self):
        return np.mean([block[2] for block in self.blocks], 0)

    def close(self):
        for worker in self.workers:
            worker.close()
        self.pool.shutdown()


class Bench:
    def __init__(self, arguments, folder):
        self.work, self.folder = arguments.work, folder
        self.blocks, self.iterations = arguments.blocks, arguments.iterations
        self.peers = arguments.peer or list(PEERS)
        self.rows = []

    def ours(self, architecture, channels, classes=1, scheme="Single-BiTrans"):
        spectra = self.folder / f"{channels}x{classes}.float32"
        if not spectra.exists():
            np.concatenate(
                [white_lines(COUNT, channels, 1 + index) for index in range(classes)]
            ).tofile(spectra)
        return Worker([self.work, spectra, channels, classes, scheme, architecture])

    def case(self, name):
        architecture, channels, classes, peers, target = CASES[name]
        mine = self.ours(architecture, channels, classes)
        contestants = [Contestant("eels-dag", [mine])]
        facts = self.folder / f"{name}.json"
        facts.write_text(json.dumps(mine.facts))
        single = self.folder / f"{channels}x1.float32"
        if not single.exists():
            white_lines(COUNT, channels, 1).tofile(single)
        setups = []
        for kind in (peer for peer in peers if peer in self.peers):
            ways = [("", 1, 1)] if classes == 1 else [
                (f", {classes} threads", classes, 1), (f", {classes} processes", 1, classes)]
            for words, threads, processes in ways:
                command = [sys.executable, FOLDER / "TrainPeers" / "work.py", kind, facts, single,
                           threads]
                workers = [Worker(command, threads) for _ in range(processes)]
                check_parameters(kind, workers[0].facts, mine.facts)
                contestants.append(Contestant(PEERS[kind] + words, workers))
                contestants[-1].kind = kind
                setups.append(workers[0].facts)
        self.alternate(contestants)
        print(f"\n{name}: {architecture} Single-BiTrans, {channels} channels, "
              + ("1 thread" if classes == 1 else f"{classes} classes at once, per class"))
        self.report(contestants, setups)
        self.judge(name, contestants, target)
        for contestant in contestants:
            contestant.close()

    def alternate(self, contestants):
        for block in range(self.blocks + 1):
            for contestant in contestants:
                if block == 0:
                    contestant.run(self.iterations)  # warm-up, not counted
                else:
                    contestant.measure(self.iterations)

    def report(self, contestants, setups):
        mine = contestants[0].milliseconds
        for index, contestant in enumerate(contestants):
            line = (f"  {contestant.name:32} {contestant.milliseconds:8.2f} ms"
                    f" {contestant.processor:8.2f} ms processor")
            if index:
                setup = setups[index - 1]
                line += (f" {contestant.milliseconds / mine:6.1f} x"
                         f"   import {setup['importing']:.0f} s, compile {setup['compiling']:.0f} s")
            losses = contestant.losses
            print(f"{line}   losses {losses[0]:.2f} {losses[1]:.2f}", flush=True)

    def judge(self, name, contestants, target):
        """The fastest way of each peer counts."""
        mine = contestants[0].milliseconds
        for peer in ("Keras", "PyTorch"):
            theirs = [c for c in contestants[1:] if c.name.startswith(peer)]
            if not theirs:
                continue
            best = min(theirs, key=lambda c: c.milliseconds)
            self.row(f"{name} against {best.name}", f"{mine:.2f} / {best.milliseconds:.2f} ms",
                     best.milliseconds / mine, ">=", target, " x")

    def row(self, what, measured, value, sign, target, unit):
        met = value >= target if sign == ">=" else value <= target
        self.rows.append(
            f"{what:58} {measured:>24} {value:6.2f}{unit:2} to reach {sign} {target:g}{unit}: "
            + ("met" if met else "missed"))

    def architectures(self, channels):
        """Our architectures beside each other."""
        contestants = [
            Contestant(name, [self.ours(name, channels)]) for name in ARCHITECTURES]
        self.alternate(contestants)
        print(f"\narchitectures-{channels}: Single-BiTrans, {channels} channels, 1 thread")
        dense = contestants[0].milliseconds
        for contestant in contestants:
            print(f"  {contestant.name:32} {contestant.milliseconds:8.2f} ms"
                  f" {contestant.processor:8.2f} ms processor"
                  f" {contestant.milliseconds / dense:6.2f} of SimpleDense", flush=True)
            contestant.close()
        subspace = next(c for c in contestants if c.name == "Subspace").milliseconds
        self.row(f"architectures-{channels}: Subspace against SimpleDense",
                 f"{subspace:.2f} / {dense:.2f} ms", subspace / dense, "<=", 0.5, "")

    def products(self, channels):
        """What share of a step the matrix products are, and how fast they run."""
        worker = self.ours("SimpleDense", channels)
        worker.ask(f"run {self.iterations}")
        found = worker.ask(f"gemm {self.iterations * self.blocks}")
        worker.close()
        flops = sum(
            2e-6 * p["rows"] * p["columns"] * p["inner"] * p["count"] for p in found["products"])
        spent = sum(p["milliseconds"] for p in found["products"])
        square = found["squareGigaflops"]
        print(f"\ngemm-{channels}: SimpleDense, {channels} channels, 1 thread, processor time")
        print(f"  an iteration {found['milliseconds']:.2f} ms; matrix products {spent:.2f} ms"
              f" ({spent / found['milliseconds']:.0%}), {flops:.0f} MFLOP at"
              f" {flops / spent:.1f} GFLOP/s; 1024 x 1024 x 1024 runs at {square:.1f} GFLOP/s,"
              f" at which they would take {flops / square:.2f} ms")
        for p in found["products"][:12]:
            print(f"    {p['operations']} {p['rows']:5} x {p['columns']:5} x {p['inner']:5}"
                  f" {p['count']:4.0f} x {p['milliseconds']:8.3f} ms {p['gigaflops']:7.1f} GFLOP/s")
        self.row(f"gemm-{channels}: rate of the products of a step over a square one's",
                 f"{flops / spent:.0f} / {square:.0f} GFLOP/s", flops / spent / square, ">=", 0.7, "")


    def job(self, program, count, runs):
        """The whole of `augment` against a Keras script."""
        files = []
        for index, size in enumerate(JOB_COUNTS):
            files.append(self.folder / f"class{index}.hspy")
            write_hspy(files[-1], f"class {index}", white_lines(size, 700, 11 + index))
        worker = self.ours("SimpleDense", 700)
        worker.close()
        design = self.folder / "design.json"
        design.write_text(json.dumps(worker.facts["design"]))
        output = self.folder / "ours.hspy"
        ours = [program, "augment", *files, "--out", output, "--count", count, "--quiet", "--seed", 1]
        # Exit code 4: all is written, but a class missed the stopping rule.
        mine = [measure(ours, accept=(0, 4)) for _ in range(runs)]
        with h5py.File(output) as file:
            signals = (s for s in file["Experiments"].values()
                       if "training" in s["metadata/eels_dag"])
            training = next(signals)["metadata/eels_dag/training"]
            iterations = [int(training[f"class_{index}"].attrs["iterations"])
                          for index in range(len(files))]

        def keras(indices, threads):
            return measure(
                [sys.executable, FOLDER / "TrainPeers" / "keras_job.py", design,
                 self.folder / f"keras{indices[0]}.h5", count, threads, "plain",
                 *(f"{files[index]}:{iterations[index]}" for index in indices)],
                environment=environment(threads))

        everything = list(range(len(files)))
        theirs = {"Keras, 2 threads": [keras(everything, 2)]}
        # Classes dealt so that the two have about as many iterations.
        order = sorted(everything, key=lambda index: -iterations[index])
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            halves = list(pool.map(keras, (order[0::4] + order[3::4], order[1::4] + order[2::4]),
                                   (1, 1)))
        theirs["Keras, 2 processes"] = [
            (max(half[0] for half in halves), sum(half[1] for half in halves), "")]
        wall, peak = (statistics.median(run[index] for run in mine) for index in (0, 1))
        print(f"\njob: five classes, {sum(iterations)} iterations in all, {count} spectra each")
        print(f"  {'eels-dag':32} {wall:8.2f} s {peak:6.0f} MB   iterations"
              f" {' '.join(map(str, iterations))}")
        for name, [(their_wall, their_peak, _)] in theirs.items():
            print(f"  {name:32} {their_wall:8.2f} s {their_peak:6.0f} MB {their_wall / wall:6.1f} x,"
                  f" memory {their_peak / peak:.1f} x")
        their_wall, their_peak, _ = theirs["Keras, 2 threads"][0]
        self.row("job: wall time against Keras, 2 threads", f"{wall:.1f} / {their_wall:.1f} s",
                 their_wall / wall, ">=", 10, " x")
        self.row("job: peak memory against Keras, 2 threads", f"{peak:.0f} / {their_peak:.0f} MB",
                 their_peak / peak, ">=", 5, " x")


def check_parameters(kind, theirs, mine):
    """The peers' networks must be ours: generator and discriminator have as many parameters."""
    ours = [sum(rows * columns for rows, columns in mine[network])
            for network in ("generator", "discriminator")]
    if theirs["parameters"] != ours:
        sys.exit(f"{kind} has {theirs['parameters']} parameters, eels-dag {ours}: not the same networks")


def machine():
    name = platform.processor() or platform.machine()
    cpuinfo = pathlib.Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{name}, {os.cpu_count()} cores, {platform.system()} {platform.release()}{load}"


def main():
    products = {"gemm-700": 700, "gemm-2048": 2048}
    architectures = {"architectures-700": 700, "architectures-2048": 2048}
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True,
                        help="the executable eels-dag; train-work lies beside it")
    parser.add_argument("--only", action="append", choices=[*CASES, *architectures, *products, "job"],
                        help="a case; give it again for another one (default: all)")
    parser.add_argument("--peer", action="append", choices=PEERS,
                        help="a peer; give it again for another one (default: all)")
    parser.add_argument("--blocks", type=int, default=9, help="blocks of each contestant")
    parser.add_argument("--iterations", type=int, default=40, help="iterations of a block")
    parser.add_argument("--count", type=int, default=3000, help="job: spectra of each class")
    parser.add_argument("--runs", type=int, default=3, help="job: runs of eels-dag")
    arguments = parser.parse_args()
    arguments.work = pathlib.Path(arguments.program).parent / "train-work"
    print(machine())
    print(f"{arguments.blocks} blocks of {arguments.iterations} iterations each, alternating")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(arguments, pathlib.Path(folder))
        for name in arguments.only or [*CASES, *architectures, *products, "job"]:
            if name in products:
                bench.products(products[name])
            elif name in architectures:
                bench.architectures(architectures[name])
            elif name == "job":
                bench.job(arguments.program, arguments.count, arguments.runs)
            else:
                bench.case(name)
    print("\n" + "\n".join(bench.rows))


main()
