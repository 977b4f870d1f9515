"""How well backgrounds are fitted: simulated spectra of known truth, our methods and HyperSpy's.

Every spectrum is a power law of exponent 2.7 to 3.3 (rising over the columns of the image), an edge
as high as the background at its onset, and Poisson noise, 0.25 eV a channel:

- one edge: at 284 eV (C K);
- two edges: at 532 eV (O K) with the tail of another at 456 eV (Ti L2,3) under it, which falls with
  E^-4.5 and is as high as the power law at 456 eV: no power law describes that background.

The window ends 2 eV before the onset. The edge is what is left, summed over 50 eV from the onset. Bias
and spread are the mean and the standard deviation of its error in % of the true edge, the ratio is the
largest of fitted to true background in the same 50 eV; all over the spectra without a flag (a spectrum
in which the program finds no signal counts as not flagged: leaving it out would prefer strong ones), and
over all: flagged spectra have the exponent of the spectra around them. The standard error takes the
spectra for independent; where they share exponents it is too small. The program is the whole of it: a
file in, a file out. HyperSpy flags nothing; its fast=False is slow and works on fewer spectra.
"""

import argparse
import contextlib
import io
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import warnings

import numpy as np

COUNTS = [1, 10, 100, 1000]
WINDOWS = [5, 10, 30, 50]
SCALE = 0.25
NO_SIGNAL = 64
SCENES = {"one edge, 284 eV": (284.0, None), "two edges, 532 eV on the tail of 456 eV": (532.0, 456.0)}


def simulate(scene, counts, window, shape, random):
    """Counts, true background and true edge (spectra × channels), and the energies."""
    onset, below = SCENES[scene]
    energy = onset - 60 + SCALE * np.arange(int(111 / SCALE))
    exponent = np.broadcast_to(np.linspace(2.7, 3.3, shape[1])[:, None], (*shape, 1))
    background = (energy / onset) ** -exponent
    if below:
        background += (below / onset) ** -exponent * (energy / below) ** -4.5
    edge = np.where(energy >= onset, (energy / onset) ** -3.5, 0)
    edge = edge * background[..., np.searchsorted(energy, onset), None]
    middle = np.searchsorted(energy, onset - 2 - window / 2)
    level = counts / background[..., middle, None]
    background, edge = background * level, edge * level
    return random.poisson(background + edge), background, edge, energy


def signal_of(data, energy):
    import hyperspy.api as hs

    signal = hs.signals.Signal1D(data)
    signal.set_signal_type("EELS")
    axis = signal.axes_manager.signal_axes[0]
    axis.offset, axis.scale, axis.units = float(energy[0]), SCALE, "eV"
    axis.is_binned = True
    return signal


def methods(program):
    """The fits that the program offers, by its help; one without a name where there is no choice."""
    text = subprocess.run([program, "preprocess", "--help"], capture_output=True, text=True).stdout
    _, _, text = " ".join(text.split()).partition("--background-fit <method> ")
    found = re.search(r"\(values: ([^;)]*)", text)
    return found.group(1).split(", ") if found else [None]


def ours(program, method, folder, window):
    """What the program leaves of the file, and its flags."""
    import hyperspy.api as hs

    out = folder / "out.hspy"
    command = [program, "preprocess", folder / "in.hspy", "-o", out, "--quiet", "--background",
               f"{window[0]:g}:{window[1]:g}", "--norm", "none", "--pca", "none", "--compression", "0"]
    if method:
        command += ["--background-fit", method]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        return None, done.stderr.strip()
    signals = hs.load(out)
    flags = next(s for s in signals if s.metadata.General.title == "Quality flags").data
    left = signals[0].data.astype(float)
    out.unlink()
    return left, (flags.astype(int) & ~NO_SIGNAL) != 0


def theirs(counts, energy, window, fast):
    signal = signal_of(counts.astype("float32"), energy)
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            left = signal.remove_background(
                signal_range=window, background_type="PowerLaw", fast=fast, zero_fill=False)
    except Exception as error:  # one spectrum that cannot be estimated fails the whole signal
        return None, str(error)
    return left.data.astype(float), np.zeros(counts.shape[:-1], bool)


def judge(left, chosen, counts, background, edge, part):
    """Bias, its standard error and spread in % of the edge, largest ratio, share of the spectra."""
    chosen = chosen & np.isfinite(left).all(axis=-1)
    if chosen.sum() < 2:
        return None
    truth = edge[chosen][:, part].sum(axis=-1)
    error = 100 * (left[chosen][:, part].sum(axis=-1) - truth) / truth
    fitted = (counts[chosen] - left[chosen])[:, part].sum(axis=-1)
    ratio = (fitted / background[chosen][:, part].sum(axis=-1)).max()
    spread = error.std(ddof=1)
    return error.mean(), spread / chosen.sum() ** 0.5, spread, ratio, 100 * chosen.mean()


def row(found):
    return "none".rjust(12).ljust(40) if found is None else (
        f"{found[0]:+9.2f} ±{found[1]:6.2f} {found[2]:8.1f} {found[3]:7.2f} {found[4]:4.0f} %")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True)
    parser.add_argument("--side", type=int, default=64, help="the image is so many spectra wide and high")
    parser.add_argument("--slow", type=int, default=100, help="spectra for HyperSpy's fast=False; 0: none")
    parser.add_argument("--document", type=pathlib.Path, help="write the table to this file too")
    arguments = parser.parse_args()

    warnings.filterwarnings("ignore")
    import hyperspy.api as hs

    hs.set_log_level("CRITICAL")
    hs.preferences.General.show_progressbar = False
    random = np.random.default_rng(20241108)
    lines = []

    def say(line=""):
        print(line, flush=True)
        lines.append(line)

    names = methods(arguments.program)
    total = arguments.side**2
    few = np.linspace(0, total - 1, arguments.slow).astype(int)
    say(f"{total} spectra a case"
        + (f", {arguments.slow} for HyperSpy with fast=False" if arguments.slow else "")
        + f"; HyperSpy {hs.__version__}.")
    say("Bias ± standard error and spread in % of the edge; ratio: largest background over truth.")
    clear, all_of = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        for scene, length in ((scene, length) for scene in SCENES for length in WINDOWS):
            onset = SCENES[scene][0]
            window = (onset - 2 - length, onset - 2)
            say()
            say(f"{scene}; window {window[0]:g}:{window[1]:g} eV")
            title = "bias      error   spread   ratio  share"
            say(f"{'counts':>6} {'':20}| without a flag: {'':24}| all:")
            say(f"{'':27}|     {title}  |     {title}")
            for count in COUNTS:
                counts, background, edge, energy = simulate(
                    scene, count, length, (arguments.side,) * 2, random)
                part = (energy >= onset) & (energy < onset + 50)
                signal_of(counts.astype("uint16"), energy).save(folder / "in.hspy", overwrite=True)
                truth = [x.reshape(total, -1) for x in (counts, background, edge)]
                results = {name or "two-area": (ours(arguments.program, name, folder, window), truth)
                           for name in names}
                results["HyperSpy fast=True"] = (theirs(counts, energy, window, True), truth)
                if arguments.slow:
                    part_of = [x[few] for x in truth]
                    results["HyperSpy fast=False"] = (
                        theirs(part_of[0], energy, window, False), part_of)
                for name, ((left, flagged), known) in results.items():
                    if left is None:
                        say(f"{count:6} {name:20}| fails: {' '.join(flagged.split())[:70]}")
                        continue
                    left, flagged = left.reshape(known[0].shape), flagged.ravel()
                    case = scene, length, count, name
                    clear[case] = judge(left, ~flagged, *known, part)
                    all_of[case] = judge(left, np.full(len(left), True), *known, part)
                    say(f"{count:6} {name:20}|{row(clear[case])} |{row(all_of[case])}")
    own = [name or "two-area" for name in names]
    say()
    for what, found in ("without a flag", clear), ("of all", all_of):
        cases = [(found[case][3], case) for case in found if case[3] in own and found[case]]
        ratio, case = max(cases)
        say(f"Largest background/truth of ours {what}: {ratio:.2f} ({case[3]}, {case[0]}, "
            f"{case[1]} eV, {case[2]} counts)")
        for scene in SCENES:
            if found.get((scene, 30, 10, "poisson")):
                say(f"poisson, 30 eV, 10 counts, {scene}, {what}: bias "
                    "{:+.2f} ± {:.2f} %".format(*found[scene, 30, 10, "poisson"]))
    if arguments.document:
        arguments.document.write_text(
            "# Accuracy of the background fits\n\n" + __doc__.strip()
            + "\n\n```text\n" + "\n".join(lines) + "\n```\n")


main()
