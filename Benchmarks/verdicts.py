"""Whether `eels-dag evaluate` finds what is wrong with constructed sets of spectra.

From the classes of simulated sets 250 spectra are the real ones, and 250 others become a set that is

- good: as they are;
- collapsed: the mean spectrum, with the noise of other spectra;
- five modes: five spectra that are repeated, smoothed, with the noise of other spectra (“collapsed”);
- copied: real ones, drawn with repetition;
- too noisy: with 1.5 times their noise;
- shifted: by 0.3 eV;
- background wrong: on a power law E^-3 of 5 % of the maximum at the first channel.

The noise of a spectrum is what a Gaussian of 3 channels takes from it; all are divided by their maxima. The
faults change from class to class and seed to seed. The table counts the verdicts.
"""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import tempfile

import h5py
import numpy as np
from scipy.ndimage import gaussian_filter1d, shift as shifted

SETS = ("wl", "w", "k", "mf")
COUNT = 250
SHIFT = 0.3  # eV
# The verdict that each kind of set deserves.
DESERVED = {
    "good": "good", "collapsed": "collapsed", "five modes": "collapsed", "copied": "copied",
    "too noisy": "too noisy", "shifted": "shifted", "background wrong": "background wrong"}


def smooth(spectra):
    return gaussian_filter1d(spectra, 3, axis=1)


def construct(kind, real, others, channel_width, energies, random):
    """A set of the given kind, from spectra that are not among the real ones."""
    noise = others - smooth(others)
    made = {
        "good": lambda: others,
        "collapsed": lambda: smooth(others).mean(0) + noise,
        "five modes": lambda: smooth(others)[random.integers(0, 5, COUNT)] + noise,
        "copied": lambda: real[random.integers(0, len(real), COUNT)],
        "too noisy": lambda: smooth(others) + 1.5 * noise,
        "shifted": lambda: shifted(
            others, (0, SHIFT / channel_width), order=3, mode="nearest"),
        "background wrong": lambda: others + 0.05 * (energies / energies[0]) ** -3,
    }[kind]()
    return made / made.max(1, keepdims=True)


def split(source, folder, kinds, random):
    """Writes the real and the constructed spectra of all classes of a file; gives each one's kind."""
    given = {}
    names = {part: folder / f"{part}.hspy" for part in ("real", "synthetic")}
    for path in names.values():
        shutil.copy(source, path)
    with h5py.File(names["real"], "r+") as real, h5py.File(names["synthetic"], "r+") as synthetic:
        for name in [name for name in real["Experiments"] if name.endswith("__labels")]:
            group, other = (file["Experiments"] for file in (real, synthetic))
            spectra = group[name.removesuffix("__labels")]
            axis = spectra["axis-1"].attrs
            labels = group[name]["data"][...]
            class_names = group[name]["metadata/Sample/_list_class_names"][...]
            values = spectra["data"][...].astype(np.float64)
            values /= values.max(1, keepdims=True)
            energies = axis["offset"] + axis["scale"] * np.arange(values.shape[1])
            ours, theirs = np.full_like(labels, -1), np.full_like(labels, -1)
            for label, class_name in enumerate(class_names):
                chosen = random.permutation(np.flatnonzero(labels == label))[:2 * COUNT]
                kind = given[class_name.decode()] = kinds.pop()
                ours[chosen[:COUNT]] = theirs[chosen[COUNT:]] = label
                values[chosen[COUNT:]] = construct(
                    kind, values[chosen[:COUNT]], values[chosen[COUNT:]], axis["scale"], energies,
                    random)
            group[name]["data"][...], other[name]["data"][...] = ours, theirs
            other[name.removesuffix("__labels")]["data"][...] = values
    return names, given


def run(program, name, seed, kinds):
    """The deserved and the found verdict of every class of a set."""
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        source = folder / "set.hspy"
        subprocess.run(
            [program, "simulate", name, "-o", source, "--seed", str(seed), "--quiet"], check=True)
        files, given = split(source, folder, list(kinds), np.random.default_rng(seed))
        result = subprocess.run(
            [program, "evaluate", files["real"], files["synthetic"], "--json", "--quiet",
             "--threads", "1"], capture_output=True, text=True)
        if result.returncode not in (0, 4):
            raise RuntimeError(result.stderr)
        classes = [item for group in json.loads(result.stdout)["groups"] for item in group["classes"]]
        return [(f"{name}, seed {seed}, {item['name']}", given[item["name"]], item["verdict"],
                 item["shortcomings"]) for item in classes]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", type=os.path.abspath, required=True)
    parser.add_argument("--sets", nargs="+", choices=SETS, default=SETS)
    parser.add_argument("--seeds", type=int, default=19, help="how many; each gives 11 sets")
    parser.add_argument("--first-seed", type=int, default=101)
    parser.add_argument("--processes", type=int, default=os.cpu_count())
    arguments = parser.parse_args()
    kinds = list(DESERVED)
    jobs, given = [], 0
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        for name in arguments.sets:
            count = 5 if name == "wl" else 2
            jobs.append((name, seed, [kinds[(given + i) % len(kinds)] for i in range(count)]))
            given += count
    found = collections.defaultdict(collections.Counter)
    wrong = []
    with concurrent.futures.ThreadPoolExecutor(arguments.processes) as pool:
        for results in pool.map(lambda job: run(arguments.program, *job), jobs):
            for where, kind, verdict, shortcomings in results:
                found[kind][verdict] += 1
                if verdict != DESERVED[kind]:
                    wrong.append(f"{where}: {kind}, found {verdict} ({', '.join(shortcomings)})")
    verdicts = [*dict.fromkeys(DESERVED.values()), *sorted(
        {v for counts in found.values() for v in counts} - set(DESERVED.values()))]
    print("| made | " + " | ".join(verdicts) + " |\n" + "|---" * (len(verdicts) + 1) + "|")
    for kind in kinds:
        print(f"| {kind} | " + " | ".join(str(found[kind][v] or "") for v in verdicts) + " |")
    total = sum(sum(counts.values()) for counts in found.values())
    print(f"\n{total - len(wrong)} of {total} right: {100 * (1 - len(wrong) / total):.1f} %")
    print("\n".join(wrong))


if __name__ == "__main__":
    main()
