"""The background alone, in memory: fit and subtraction by our methods and by HyperSpy.

128 x 128 spectra of 1360 channels as Float32: a power law, an edge, Poisson noise. HyperSpy's time is
that of remove_background alone; with fast=False it works on a part of the spectra, and that time is
multiplied. The program's methods run in a small executable (BackgroundWork) that does nothing else,
with one thread and with all cores. Medians of the runs.
"""

import argparse
import contextlib
import io
import os
import pathlib
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy as np

OFFSET, SCALE, CHANNELS = 400.0, 0.25, 1360
WINDOW = (410.0, 450.0)
ONSET = 456.0


def removal(data, fast):
    """Seconds of one removal by HyperSpy."""
    import hyperspy.api as hs

    signal = hs.signals.Signal1D(data)
    signal.set_signal_type("EELS")
    axis = signal.axes_manager.signal_axes[0]
    axis.offset, axis.scale, axis.units, axis.is_binned = OFFSET, SCALE, "eV", True
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        start = time.perf_counter()
        signal.remove_background(
            signal_range=WINDOW, background_type="PowerLaw", fast=fast, zero_fill=False)
        return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="the executable background-work")
    parser.add_argument("--side", type=int, default=128)
    parser.add_argument("--slow", type=int, default=512, help="spectra for fast=False")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    warnings.filterwarnings("ignore")
    import hyperspy.api as hs

    hs.set_log_level("CRITICAL")
    hs.preferences.General.show_progressbar = False
    count = arguments.side**2
    random = np.random.default_rng(20241109)
    energy = OFFSET + SCALE * np.arange(CHANNELS)
    mean = 200 * ((energy / WINDOW[0]) ** -3.0 + 0.5 * (energy >= ONSET) * (energy / ONSET) ** -3.0)
    data = random.poisson(mean, (arguments.side, arguments.side, CHANNELS)).astype("float32")
    fast = statistics.median(removal(data, True) for _ in range(arguments.runs))
    part = data.reshape(-1, CHANNELS)[: arguments.slow].copy()
    slow = removal(part, False) * count / arguments.slow
    print(f"{count} x {CHANNELS}, window {WINDOW[0]:g}:{WINDOW[1]:g} eV; HyperSpy {hs.__version__}")
    print(f"{'HyperSpy fast=True':36} {fast:9.3f} s")
    print(f"{'HyperSpy fast=False':36} {slow:9.1f} s  ({arguments.slow} spectra, scaled up)")
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "spectra"
        data.tofile(file)
        for threads in sorted({1, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity")
                               else os.cpu_count()}):
            out = subprocess.run(
                [arguments.program, file, *map(str, (count, CHANNELS, OFFSET, SCALE, *WINDOW,
                                                  arguments.runs, threads))],
                check=True, capture_output=True, text=True).stdout
            for line in out.splitlines():
                name, seconds, fitted = line.split()
                seconds = float(seconds)
                print(f"{name + f', {threads} thread' + 's' * (threads > 1):36} {seconds:9.3f} s"
                      f"  {fast / seconds:7.1f} x fast=True {slow / seconds:9.0f} x fast=False"
                      f"   {1e6 * seconds * threads / count:5.1f} µs a spectrum, {fitted} fitted")


main()
