"""Torture of the program: damaged files, kill -9, full disks. Scripts/torture runs it; see --help.

Each kind of torture is a function that gives back what it counted and a list of failures; the interop tests
run a short version of each.
"""

import argparse
import concurrent.futures
import hashlib
import os
import pathlib
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field

import h5py
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = [ROOT / "Tests/SpectrumFilesTests/Fixtures", ROOT / "Tests/HDF5Tests/Fixtures"]
DONE, REFUSED, QUALITY_GATE, UNSAFE, TEMPORARY, INTERRUPTED = 0, 3, 4, 5, 75, 130
METADATA = 12_000


@dataclass
class Report:
    """What a torture counted, and what went wrong."""

    counts: Counter = field(default_factory=Counter)
    slowest: float = 0.0
    failures: list = field(default_factory=list)

    def text(self):
        lines = [f"{number:8d}  {what}" for what, number in sorted(self.counts.items())]
        if self.slowest:
            lines.append(f"{self.slowest:8.2f}  s for the slowest command")
        lines.append(f"{len(self.failures):8d}  failures")
        return "\n".join(lines + [f"FAILURE: {failure}" for failure in self.failures[:20]])


def run(program, arguments, folder, timeout=60.0, **options):
    """Runs the program; gives its exit code (negative: killed by a signal), its words and its time."""
    start = time.perf_counter()
    try:
        result = subprocess.run(
            [program, *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
            capture_output=True, timeout=timeout, **options)
        code, words = result.returncode, result.stderr.decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        code, words = None, ""
    return code, words, time.perf_counter() - start


def write_image(path, shape):
    """Counts of power-law spectra with an edge, as HyperSpy would write them."""
    energy = 400.0 + np.arange(shape[-1])
    rng = np.random.default_rng(1)
    edges = [(energy > 400 + shape[-1] * part) * 800.0 for part in (0.35, 0.6)]
    heights = rng.uniform(0.5, 2.0, (2, *shape[:-1], 1))
    mean = 2e4 * (energy / 400) ** -3.0 + heights[0] * edges[0] + heights[1] * edges[1]
    data = rng.poisson(mean).astype(np.uint16)
    with h5py.File(path, "w") as file:
        file.attrs["file_format"] = "HyperSpy"
        file.attrs["file_format_version"] = "3.3"
        signal = file.create_group("Experiments/image")
        signal.create_dataset("data", data=data, chunks=(2, *shape[1:]), compression=4, shuffle=True)
        for index, size in enumerate(shape):
            last = index == len(shape) - 1
            axis = signal.create_group(f"axis-{index}")
            axis.attrs["_type"] = "UniformDataAxis"
            axis.attrs["name"] = "Energy loss" if last else "yx"[index]
            axis.attrs["units"] = "eV" if last else "nm"
            axis.attrs["navigate"] = np.bool_(not last)
            axis.attrs["is_binned"] = np.bool_(last)
            axis.attrs["size"] = size
            axis.attrs["scale"] = 1.0
            axis.attrs["offset"] = 400.0 if last else 0.0
        signal.create_group("original_metadata/tags").attrs["list"] = ["one", "two", "three"]
        signal.create_group("metadata/General").attrs["title"] = "image"
        signal.create_group("metadata/Signal").attrs["signal_type"] = "EELS"


def make_inputs(program, folder):
    """Small files of every kind that the program reads: its own, and those of the tests' fixtures."""
    made = folder / "made"
    made.mkdir()
    write_image(made / "image.hspy", (6, 7, 200))
    for arguments in (
        ["preprocess", "image.hspy", "-o", "preprocessed.hspy"],
        ["preprocess", "image.hspy", "-o", "preprocessed.nxs", "--pca", 3],
        ["augment", "preprocessed.hspy", "--out", "synth.h5", "--stop", "epochs:1", "--no-validate",
         "--count", 3],
    ):
        code, words, _ = run(program, arguments, made)
        assert code in (DONE, QUALITY_GATE), words
    own = sorted(path for path in made.iterdir() if path.suffix in (".hspy", ".nxs", ".h5"))
    others = []
    for fixtures in FIXTURES:
        others += sorted(
            path for path in fixtures.iterdir()
            if path.suffix in (".hspy", ".nxs", ".h5") and 2_500 < path.stat().st_size < 150_000)
    return own, others


# MARK: fuzz


def mutate(data, random):
    """A damaged copy of a file's bytes, and what was done to it."""
    data = bytearray(data)
    size = len(data)
    aimed = min(METADATA, size)
    kind = random.choice(["bits", "range", "aimed bits", "aimed bits", "aimed range", "cut"])
    reach = aimed if kind.startswith("aimed") else size
    if kind.endswith("bits"):
        for _ in range(random.choice([1, 1, 2, 4, 8, 32])):
            data[random.randrange(reach)] ^= 1 << random.randrange(8)
    elif kind.endswith("range"):
        first = random.randrange(reach)
        count = min(random.choice([1, 2, 4, 8, 8, 16, 64, 512]), size - first)
        source = random.randrange(size - count + 1)
        data[first : first + count] = random.choice(
            [bytes(count), b"\xff" * count, random.randbytes(count), data[source : source + count]])
    else:
        del data[random.randrange(size):]
    return bytes(data), kind


def commands(name, turn, every):
    """The commands that read a file of spectra, each at its least cost.

    Two that read all there is, and of the others one after the other; all of them with `every`.
    """
    first = [
        ["info", name, "--json"],
        ["preprocess", name, "-o", "out.hspy", "--threads", 2],
    ]
    others = [
        ["info", name],
        ["preprocess", name, "--plan"],
        ["augment", name, "--out", "out.h5", "--stop", "epochs:1", "--no-validate", "--count", 2,
         "--threads", 1],
        ["evaluate", name, name],
        ["classify", "--train", name, "--test", name, "--classifier", "svm"],
    ]
    return first + (others if every else [others[turn % len(others)]])


def fuzz_one(program, files, folder, index, seed, bound, keep, every):
    """One mutant through the commands."""
    chance = random.Random(f"{seed} {index}")
    source = chance.choice(chance.choice(files))
    data, kind = mutate(source.read_bytes(), chance)
    place = pathlib.Path(tempfile.mkdtemp(dir=folder))
    name = "mutant" + source.suffix
    (place / name).write_bytes(data)
    report = Report(Counter({f"mutants: {kind}": 1}))
    for arguments in commands(name, index, every):
        code, words, seconds = run(program, arguments, place, timeout=60)
        report.counts[f"exit code {code}: {arguments[0]}"] += 1
        report.slowest = max(report.slowest, seconds)
        faults = []
        if code not in (DONE, REFUSED, QUALITY_GATE, UNSAFE):
            faults.append(f"exit code {code}")
        if seconds > bound:
            faults.append(f"{seconds:.1f} s")
        said = [line for line in words.splitlines()
                if line.startswith("eels-dag: ") and not line.startswith("eels-dag: warning:")]
        if code in (REFUSED, UNSAFE) and len(said) != 1 or code == UNSAFE and name not in said[0]:
            faults.append(f"said {words[-500:]!r}")
        left = sorted(path.name for path in place.iterdir())
        output = [path for path in left if path != name]
        if any("partial" in path for path in output) or output and code not in (DONE, QUALITY_GATE):
            faults.append(f"left {output}")
        for path in output:
            (place / path).unlink()
        if faults:
            report.failures.append(
                f"mutant {index} of seed {seed} ({kind} in {source.name}), {' '.join(map(str, arguments))}: "
                + ", ".join(faults))
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                (keep / f"{seed}-{index}{source.suffix}").write_bytes(data)
    shutil.rmtree(place)
    return report


def fuzz(program, folder, count, seed=1, jobs=2, bound=5.0, first=0, keep=None, every=False,
         progress=False):
    """Mutants of small files through every command that reads."""
    files = make_inputs(program, folder)
    total = Report()
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        indices = range(first, first + count)
        results = pool.map(
            lambda index: fuzz_one(program, files, folder, index, seed, bound, keep, every), indices)
        for number, report in enumerate(results, 1):
            total.counts += report.counts
            total.slowest = max(total.slowest, report.slowest)
            total.failures += report.failures
            for failure in report.failures if progress else []:
                print("FAILURE:", failure, file=sys.stderr, flush=True)
            if progress and number % 100 == 0:
                print(f"{number} mutants, {len(total.failures)} failures", file=sys.stderr, flush=True)
    return total


# MARK: kill


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def partial(folder):
    """Temporary files that a killed program left."""
    return sorted(path.name for path in folder.glob(".*partial*"))


def kill_at(program, arguments, folder, seconds):
    """Starts the program and kills it after a while; true when it was still at work."""
    process = subprocess.Popen(
        [program, *map(str, arguments)], cwd=folder, stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def kill(program, folder, count, seed=1, progress=False):
    """`kill -9` at random moments of commands that write in place of an older file.

    Always the old or the complete new file, and the next run makes the new one, byte for byte, whatever was
    left; a training with checkpoints goes on to the bytes of an undisturbed one.
    """
    chance = random.Random(seed)
    report = Report()
    write_image(folder / "image.hspy", (40, 50, 500))
    write_image(folder / "small.hspy", (6, 9, 200))
    code, words, _ = run(program, ["preprocess", "small.hspy", "-o", "ready.hspy"], folder)
    assert code in (DONE, QUALITY_GATE), words
    training = ["augment", "../ready.hspy", "--out", "out.h5", "--no-validate", "--count", 200,
                "--stop", "epochs:400", "--seed", 3]
    tasks = {
        "preprocess": ("out.hspy", ["preprocess", "../image.hspy", "-o", "out.hspy"], None),
        "preprocess in one thread": (
            "out.hspy", ["preprocess", "../image.hspy", "-o", "out.hspy", "--pca", 3, "--threads", 1],
            None),
        "simulate": ("out.hspy", ["simulate", "k", "-o", "out.hspy"], None),
        "augment": ("out.h5", [*training, "--checkpoint", "kept"], [*training, "--resume", "kept"]),
    }
    help_text = subprocess.run([program, "--help"], capture_output=True, text=True).stdout
    if "\n  convert " in help_text:
        tasks["convert"] = ("out.nxs", ["convert", "../image.hspy", "out.nxs"], None)
    truth = {}
    for name, (output, arguments, _) in tasks.items():
        place = pathlib.Path(tempfile.mkdtemp(dir=folder))
        code, words, seconds = run(program, arguments, place, timeout=300)
        assert code in (DONE, QUALITY_GATE), words
        truth[name] = digest(place / output), seconds
        shutil.rmtree(place)
    for index in range(count):
        name = list(tasks)[index % len(tasks)]
        output, arguments, again = tasks[name]
        new, duration = truth[name]
        place = pathlib.Path(tempfile.mkdtemp(dir=folder))
        (place / output).write_bytes(b"the only copy")
        old = digest(place / output)
        moment = chance.uniform(0, 1.05) * duration
        # Late moments, at which the file is put in place, count twice.
        if chance.random() < 0.3:
            moment = chance.uniform(0.8, 1.02) * duration
        was_killed = kill_at(program, arguments, place, moment)
        report.counts[f"{name}: " + ("killed" if was_killed else "done before")] += 1
        found = digest(place / output)
        what = f"{name}, killed after {moment:.3f} of {duration:.3f} s (try {index} of seed {seed})"
        if found not in (old, new):
            report.failures.append(f"{what}: neither the old nor the new file")
        left = partial(place)
        report.counts["temporary file left by the killed"] += bool(left)
        report.counts["new file in place already"] += was_killed and found == new
        if again and list(place.glob("kept/class_*.safetensors")):
            arguments = again
            report.counts["resumed from a checkpoint"] += 1
        elif again:
            shutil.rmtree(place / "kept", ignore_errors=True)
        code, words, _ = run(program, arguments, place, timeout=300)
        if code not in (DONE, QUALITY_GATE):
            report.failures.append(f"{what}: the next run ended with {code}: {words[-500:]}")
        elif digest(place / output) != new:
            report.failures.append(f"{what}: the next run wrote other bytes")
        if partial(place) or partial(place / "kept"):
            report.failures.append(f"{what}: {partial(place)} is still there after the next run")
        shutil.rmtree(place)
        if progress and (index + 1) % 10 == 0:
            print(f"{index + 1} kills, {len(report.failures)} failures", file=sys.stderr, flush=True)
    return report


# MARK: disk


class SmallDisk:
    """A file system of so many bytes; only the superuser can make one."""

    def __init__(self, folder, size):
        self.folder, self.size = folder, size

    def __enter__(self):
        self.folder.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.size}", "tmpfs", self.folder], check=True)
        return self.folder

    def read_only(self):
        subprocess.run(["mount", "-o", "remount,ro", self.folder], check=True)

    def __exit__(self, *_):
        subprocess.run(["umount", self.folder], check=True)
        self.folder.rmdir()

    @staticmethod
    def can_be_made(folder):
        if os.geteuid() != 0 or shutil.which("mount") is None:
            return False
        try:
            with SmallDisk(folder / "trial", 1 << 20):
                return True
        except subprocess.CalledProcessError:
            (folder / "trial").rmdir()
            return False


def disk(program, folder, count, seed=1, progress=False):
    """Full disks, limits on the size of files, folders that cannot be written."""
    chance = random.Random(seed)
    report = Report()
    write_image(folder / "image.hspy", (20, 25, 300))
    write_image(folder / "small.hspy", (6, 9, 200))
    code, words, _ = run(program, ["preprocess", "small.hspy", "-o", "ready.hspy"], folder)
    assert code in (DONE, QUALITY_GATE), words
    tasks = {
        "preprocess": ("out.hspy", ["preprocess", folder / "image.hspy", "-o", "out.hspy"]),
        "simulate": ("out.hspy", ["simulate", "k", "-o", "out.hspy"]),
        "augment": (
            "out.h5",
            ["augment", folder / "ready.hspy", "--out", "out.h5", "--no-validate", "--count", 200,
             "--stop", "epochs:1"]),
    }
    sizes = {}
    for name, (output, arguments) in tasks.items():
        place = pathlib.Path(tempfile.mkdtemp(dir=folder))
        code, words, _ = run(program, arguments, place)
        assert code in (DONE, QUALITY_GATE), words
        sizes[name] = (place / output).stat().st_size
        shutil.rmtree(place)

    def check(what, name, place, result, must_fail):
        code, words, _ = result
        output = tasks[name][0]
        intact = (place / output).read_bytes() == b"the only copy"
        left = sorted(path.name for path in place.iterdir() if path.name != output)
        report.counts[f"{what}: exit code {code}"] += 1
        if code == TEMPORARY:
            said = [line for line in words.splitlines()
                    if line.startswith("eels-dag: ") and not line.startswith("eels-dag: warning:")]
            fault = "" if intact else "the old file is gone"
            fault = fault or ("" if len(said) == 1 and output in said[0] else f"said {words!r}")
        else:
            fault = "" if code in (DONE, QUALITY_GATE) and not must_fail else f"exit code {code}: {words}"
        fault = fault or (f"left {left}" if left else "")
        if fault:
            report.failures.append(f"{name}, {what}: {fault}")

    def limit(size):
        def apply():
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
        return apply

    mounts = SmallDisk.can_be_made(folder)
    if not mounts:
        print("torture: no file system can be mounted here: limits on file sizes alone", file=sys.stderr)
    for index in range(count):
        name = list(tasks)[index % len(tasks)]
        output, arguments = tasks[name]
        room = int(chance.uniform(0, 1.2) * sizes[name])
        if mounts and index % 2:
            with SmallDisk(folder / "disk", max(room // 4096, 1) * 4096 + 4096) as place:
                (place / output).write_bytes(b"the only copy")
                result = run(program, arguments, place)
                # The old and the new file never fit together.
                check("full disk", name, place, result, must_fail=room < sizes[name] - 8192)
        else:
            place = pathlib.Path(tempfile.mkdtemp(dir=folder))
            (place / output).write_bytes(b"the only copy")
            result = run(program, arguments, place, preexec_fn=limit(room))
            check("limit on file size", name, place, result, must_fail=room < sizes[name])
            shutil.rmtree(place)
        if progress and (index + 1) % 10 == 0:
            print(f"{index + 1} tries, {len(report.failures)} failures", file=sys.stderr, flush=True)
    for name, (output, arguments) in tasks.items():
        if mounts:
            file_system = SmallDisk(folder / "disk", 1 << 24)
            with file_system as place:
                (place / output).write_bytes(b"the only copy")
                file_system.read_only()
                check("read-only", name, place, run(program, arguments, place), must_fail=True)
        elif os.geteuid() != 0:
            place = pathlib.Path(tempfile.mkdtemp(dir=folder))
            (place / output).write_bytes(b"the only copy")
            place.chmod(0o555)
            check("read-only", name, place, run(program, arguments, place), must_fail=True)
            place.chmod(0o755)
    return report


def main():
    parser = argparse.ArgumentParser(prog="Scripts/torture", description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["fuzz", "kill", "disk"])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / ".build/release/eels-dag")
    parser.add_argument("--count", type=int)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--bound", type=float, default=5.0, help="the longest time of a command, s")
    parser.add_argument("--first", type=int, default=0, help="the first mutant's number")
    parser.add_argument("--every", action="store_true", help="every mutant through every command")
    parser.add_argument("--keep", type=pathlib.Path, help="a folder for the mutants that failed")
    options = parser.parse_args()
    program = options.program.resolve()
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        os.environ["SOURCE_DATE_EPOCH"] = "1735689600"  # the provenance record names the moment
        if options.kind == "fuzz":
            report = fuzz(
                program, folder, options.count or 10_000, options.seed, options.jobs, options.bound,
                options.first, options.keep, options.every, progress=True)
        elif options.kind == "kill":
            report = kill(program, folder, options.count or 200, options.seed, progress=True)
        else:
            report = disk(program, folder, options.count or 60, options.seed, progress=True)
    print(report.text())
    return 1 if report.failures else 0


if __name__ == "__main__":
    sys.exit(main())
