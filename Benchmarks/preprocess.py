"""Preprocessing against HyperSpy: same file, same steps, alternating, whole processes.

Steps: power-law background in a given window, division by the maximum, a model of 8 principal
components, saved as HSPY. HyperSpy works as its documentation has it: fast=True for the background,
Float32 data, its default SVD and its randomised one, gzip as it saves by default. The time is that of
the whole process, imports included, and beside it that of HyperSpy's work alone.
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

COMPONENTS = 8
WINDOW = (460.0, 520.0)


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
    signal.data = signal.data / maximum.clip(min=1e-6)
    signal.data[~(signal.data == signal.data)] = 0
    options = {"svd_solver": "randomized"} if svd == "randomized" else {}
    signal.decomposition(
        algorithm="SVD", output_dimension=COMPONENTS, print_info=False,
        **options,
    )
    model = signal.get_decomposition_model(COMPONENTS)
    model.save(target, overwrite=True)
    print(json.dumps({"work": time.perf_counter() - start}))


def measure(command):
    """Wall time (s), peak memory (MB) and last line of output of a whole process."""
    with tempfile.TemporaryFile("w+") as said:
        before = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said, text=True)
        out = process.stdout.read()
        # wait4 gives this child's own peak; getrusage would give the highest of all children.
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - before
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            said.seek(0)
            sys.exit(f"{command} failed:\n{said.read()}")
    peak = usage.ru_maxrss / (1000 if sys.platform == "linux" else 1e6)
    return wall, peak, out.strip().rpartition("\n")[2]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program")
    parser.add_argument("--rows", type=int, default=128)
    parser.add_argument("--columns", type=int, default=128)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--threads", type=int)
    parser.add_argument("--work", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        return hyperspy_work(*arguments.work)

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source = folder / "si.hspy"
        subprocess.run(
            [arguments.program, "simulate", "si", "-o", source, "--quiet", "--size",
             f"{arguments.rows}x{arguments.columns}"], check=True,
        )
        ours = [
            arguments.program, "preprocess", source, "-o", folder / "ours.hspy", "--quiet",
            "--background", f"{WINDOW[0]:g}:{WINDOW[1]:g}", "--pca", str(COMPONENTS),
        ]
        if arguments.threads:
            ours += ["--threads", str(arguments.threads)]

        def theirs(svd):
            return [sys.executable, __file__, "--work", source, folder / "theirs.hspy", svd]

        cases = {
            "eels-dag": ours, "HyperSpy, default SVD": theirs("default"),
            "HyperSpy, randomised SVD": theirs("randomized"),
        }
        results = {name: [] for name in cases}
        for _ in range(arguments.runs):
            for name, command in cases.items():
                results[name].append(measure(command))
        mine = statistics.median(wall for wall, _, _ in results["eels-dag"])
        memory = statistics.median(peak for _, peak, _ in results["eels-dag"])
        print(f"{arguments.rows} x {arguments.columns} x 1360, medians of {arguments.runs} runs")
        for name, runs in results.items():
            wall = statistics.median(run[0] for run in runs)
            peak = statistics.median(run[1] for run in runs)
            line = f"{name:26} {wall:7.2f} s {peak:7.0f} MB"
            if name != "eels-dag":
                work = statistics.median(json.loads(run[2])["work"] for run in runs)
                line += (
                    f"   eels-dag: {wall / mine:.1f} x faster ({work / mine:.1f} x without imports)"
                    f", {memory / peak:.2f} of the memory"
                )
            print(line)


main()
