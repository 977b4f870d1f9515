"""Preprocessing against HyperSpy: same file, same steps, alternating, whole processes.

Steps: power-law background in a given window, division by the maximum, a model of 8 principal
components, saved as HSPY. HyperSpy works as its documentation has it: fast=True for the background,
Float32 data, its default SVD and its randomised one, gzip as it saves by default. The time is that of
the whole process, imports included, and beside it that of HyperSpy's work alone; the memory is the
peak of the resident set.

small: 128 x 128 x 1360; medium: 256 x 256 x 2048 (0.54 GB, randomised SVD only); start-up: a small file
is described, by HyperSpy imported and loaded. --big: 1024 x 1024 x 2048 (8.6 GB), the program alone,
once; it takes 12 GB on the disk.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

from processes import measure

COMPONENTS = 8
WINDOW = (460.0, 520.0)
SHAPES = {
    "small": (128, 128, 1360), "medium": (256, 256, 2048), "big": (1024, 1024, 2048),
}
SAMPLE = pathlib.Path(__file__).resolve().parent.parent / "SampleData" / "si.hspy"


def hyperspy_work(source, target, svd):
    """One run in this process; prints what it took as JSON."""
    import warnings

    warnings.filterwarnings("ignore")
    import hyperspy.api as hs

    hs.preferences.General.show_progressbar = False
    start = time.perf_counter()
    signal = hs.load(source)
    signal.change_dtype("float32")
    signal = signal.remove_background(
        signal_range=WINDOW, background_type="PowerLaw", fast=True, zero_fill=False
    )
    maximum = signal.data.max(axis=-1, keepdims=True)
    signal.data /= maximum.clip(min=1e-6)
    signal.data[~(signal.data == signal.data)] = 0
    options = {"svd_solver": "randomized"} if svd == "randomized" else {}
    signal.decomposition(
        algorithm="SVD", output_dimension=COMPONENTS, print_info=False, **options
    )
    model = signal.get_decomposition_model(COMPONENTS)
    model.save(target, overwrite=True)
    print(json.dumps({"work": time.perf_counter() - start}))


def alternate(cases, runs):
    """The measurements of every case, its runs spread over those of the others."""
    results = {name: [] for name in cases}
    for _ in range(runs):
        for name, command in cases.items():
            results[name].append(measure(command))
    return results


def medians(runs):
    """Wall time (s) and peak memory (MB)."""
    return tuple(statistics.median(run[index] for run in runs) for index in (0, 1))


class Bench:
    def __init__(self, program, folder, threads):
        self.program = program
        self.folder = folder
        self.threads = ["--threads", str(threads)] if threads else []
        said = subprocess.run(
            [program, "preprocess", "--help"], check=True, capture_output=True, text=True
        ).stdout
        # What HyperSpy's steps have no counterpart of is switched off.
        self.options = ["--background", f"{WINDOW[0]:g}:{WINDOW[1]:g}", "--pca", str(COMPONENTS)]
        for option in ("--pca-weighting", "--maps"):
            if option in said:
                self.options += [option, "none"]

    def simulated(self, name):
        """The file of a case; it is made when it is not there yet."""
        rows, columns, channels = SHAPES[name]
        path = self.folder / f"{rows}x{columns}x{channels}.hspy"
        if not path.exists():
            wall, peak, _ = measure(
                [self.program, "simulate", "si", "-o", path, "--quiet", "--type", "float32",
                 "--size", f"{rows}x{columns}", "--channels", str(channels), *self.threads]
            )
            print(f"made {path.name}: {wall:.1f} s, {peak:.0f} MB, "
                  f"{path.stat().st_size / 1e6:.0f} MB on the disk")
        return path

    def ours(self, source):
        return [
            self.program, "preprocess", source, "-o", self.folder / "ours.hspy", "--quiet",
            *self.options, *self.threads,
        ]

    def theirs(self, source, svd):
        return [sys.executable, __file__, "--work", source, self.folder / "theirs.hspy", svd]

    def against_hyperspy(self, name, solvers, runs):
        """Prints a case; returns the program's time (s)."""
        source = self.simulated(name)
        cases = {"eels-dag": self.ours(source)}
        for solver in solvers:
            cases[f"HyperSpy, {solver} SVD"] = self.theirs(source, solver)
        results = alternate(cases, runs)
        mine, memory = medians(results["eels-dag"])
        shape = " x ".join(map(str, SHAPES[name]))
        print(f"{name}: {shape} float32, medians of {runs} runs")
        for case, measured in results.items():
            wall, peak = medians(measured)
            line = f"  {case:26} {wall:7.2f} s {peak:7.0f} MB"
            if case != "eels-dag":
                work = statistics.median(json.loads(run[2])["work"] for run in measured)
                line += (
                    f"   eels-dag: {wall / mine:.1f} x faster ({work / mine:.1f} x without imports)"
                    f", {memory / peak:.2f} of the memory"
                )
            print(line, flush=True)
        return mine

    def start_up(self, runs):
        load = f"import hyperspy.api as hs; hs.load({str(SAMPLE)!r})"
        ours = [measure([self.program, "info", SAMPLE]) for _ in range(10 * runs)]
        theirs = [measure([sys.executable, "-W", "ignore", "-c", load]) for _ in range(runs)]
        (mine, memory), (wall, peak) = medians(ours), medians(theirs)
        print(f"start-up: SampleData/si.hspy, medians of {10 * runs} and {runs} runs")
        print(f"  {'eels-dag info':26} {mine * 1000:7.1f} ms {memory:6.0f} MB")
        print(f"  {'HyperSpy, import and load':26} {wall * 1000:7.0f} ms {peak:6.0f} MB", flush=True)

    def big(self, medium):
        source = self.simulated("big")
        wall, peak, _ = measure(self.ours(source))
        print("big: 1024 x 1024 x 2048 float32, one run")
        line = f"  {'eels-dag':26} {wall:7.2f} s {peak:7.0f} MB"
        print(line + (f"   {wall / medium:.1f} x the time of medium, 16 x its size" if medium else ""))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--program", type=os.path.abspath)
    parser.add_argument(
        "--only", action="append", choices=["small", "medium", "start-up", "big"],
        help="a case; give it again for another one (default: small, medium, start-up)",
    )
    parser.add_argument("--big", action="store_true", help="the 8.6 GB case as well")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument(
        "--folder", type=pathlib.Path,
        help="keep the simulated files here and use them again (default: a temporary folder)",
    )
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return hyperspy_work(*arguments.work)

    cases = arguments.only or ["small", "medium", "start-up"]
    if arguments.big:
        cases.append("big")
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or pathlib.Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        bench = Bench(arguments.program, folder, arguments.threads)
        medium = None
        if "small" in cases:
            bench.against_hyperspy("small", ["default", "randomized"], arguments.runs)
        if "medium" in cases:
            medium = bench.against_hyperspy("medium", ["randomized"], arguments.runs)
        if "start-up" in cases:
            bench.start_up(arguments.runs)
        if "big" in cases:
            bench.big(medium)


main()
