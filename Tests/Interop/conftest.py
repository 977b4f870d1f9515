"""What all interop tests share: the program, and files made by it as a user would make them."""

import json
import os
import pathlib
import subprocess
import sys
from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
from packaging.version import Version

ROOT = pathlib.Path(__file__).resolve().parents[2]
HYPERSPY = Version(hs.__version__)
USAGE, REFUSED, QUALITY_GATE, TEMPORARY = 2, 3, 4, 75
# The quality flags that keep a spectrum from being denoised and from training a generator.
UNUSABLE = 1 | 2 | 8 | 16 | 64


@pytest.fixture(scope="session")
def program():
    """The program's path: the environment variable EELS_DAG, else the release build."""
    path = pathlib.Path(os.environ.get("EELS_DAG", ROOT / ".build" / "release" / "eels-dag"))
    if not path.is_file():
        pytest.exit(f"{path} is missing: run 'swift build -c release' first", returncode=1)
    return path.resolve()


def no_trial(arguments):
    """The option that leaves out the cross-validation of `augment`, where it goes with the others."""
    return [] if "--help" in arguments else ["--no-validate"]


@pytest.fixture(scope="session")
def run(program):
    """Runs the program with the given arguments in a folder and gives what it said."""

    def run(*arguments, cwd, prefix=()):
        # Trying whether the spectra help costs several trainings, and is tested on its own.
        if arguments[0] == "augment" and not {"--validate", "--no-validate"} & set(arguments):
            arguments = (*arguments, *no_trial(arguments))
        return subprocess.run(
            [*prefix, program, *map(str, arguments)], cwd=cwd, capture_output=True, text=True,
            timeout=240,
        )

    return run


@pytest.fixture(scope="session")
def succeed(run):
    """Runs the program as `run` does; it must end with one of the given exit codes."""

    def succeed(*arguments, cwd, codes=(0,)):
        result = run(*arguments, cwd=cwd)
        assert result.returncode in codes, f"{arguments}: {result.returncode}\n{result.stderr}"
        return result

    return succeed


@pytest.fixture(scope="session")
def peak_memory(run):
    """Runs the program and gives its peak memory, kB."""
    # A child's child reports it: ours is kept over all children.
    code = (
        "import resource, subprocess, sys; status = subprocess.run(sys.argv[1:]).returncode; "
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss); sys.exit(status)"
    )

    def peak_memory(*arguments, cwd, codes=(0,)):
        result = run(*arguments, cwd=cwd, prefix=[sys.executable, "-c", code])
        assert result.returncode in codes, result.stderr
        return int(result.stdout.split()[-1])

    return peak_memory


@pytest.fixture(scope="session")
def made(succeed, tmp_path_factory):
    """A folder with simulated data, preprocessed and augmented, and what the commands said.

    Training is cut short: these tests look at the files, not at the spectra's quality.
    """
    folder = tmp_path_factory.mktemp("made")
    simulate = succeed(
        "simulate", "si", "-o", "si.hspy", "--labels", "labels.hspy", "--seed", 5, cwd=folder
    )
    preprocess = succeed("preprocess", "si.hspy", cwd=folder)
    augment = succeed(
        "augment", "--labels", "labels.hspy", "--out", "synth.h5", "--count", 30, "--seed", 5,
        "--max-epochs", 200, cwd=folder, codes=(0, QUALITY_GATE),
    )
    return SimpleNamespace(
        folder=folder, simulated=folder / "si.hspy", labels=folder / "labels.hspy",
        preprocessed=folder / "si_preprocessed.hspy", synthetic=folder / "synth.h5",
        said=SimpleNamespace(
            simulate=simulate.stderr, preprocess=preprocess.stderr, augment=augment.stderr
        ),
    )


@pytest.fixture(scope="session")
def info(succeed):
    """What `info --json` says about a file."""

    def info(path):
        return json.loads(succeed("info", path.name, "--json", cwd=path.parent).stdout)

    return info


@pytest.fixture
def write_image(tmp_path):
    """Writes an array as a signal of a minimal HSPY file, new or not, and gives the file's path."""

    def write(data, name="input.hspy", offset=400.0, scale=1.0, navigate=None, title="image",
              content=None):
        path = tmp_path / name
        with h5py.File(path, "a") as file:
            file.attrs["file_format"] = "HyperSpy"
            file.attrs["file_format_version"] = "3.3"
            signal = file.create_group(f"Experiments/{title}")
            signal.create_dataset("data", data=data, chunks=data.shape)
            for index, size in enumerate(data.shape):
                last = index == data.ndim - 1
                axis = signal.create_group(f"axis-{index}")
                axis.attrs["_type"] = "UniformDataAxis"
                axis.attrs["name"] = "Energy loss" if last else "yxzuvw"[index]
                axis.attrs["units"] = "eV" if last else "nm"
                axis.attrs["navigate"] = np.bool_(not last if navigate is None else navigate)
                axis.attrs["is_binned"] = np.bool_(last)
                axis.attrs["size"] = size
                axis.attrs["scale"] = scale if last else 1.0
                axis.attrs["offset"] = offset if last else 0.0
            signal.create_group("original_metadata")
            metadata = signal.create_group("metadata")
            if content is not None:
                metadata.create_group("eels_dag").attrs["content"] = content
            metadata.create_group("General").attrs["title"] = title
            metadata.create_group("Signal").attrs["signal_type"] = "" if navigate else "EELS"
        return path

    return write


def spectra(shape, seed=1):
    """Power-law spectra with an edge at 530 eV, 400 to 400 + channels eV, in counts."""
    energy = 400.0 + np.arange(shape[-1])
    mean = 2e4 * (energy / 400) ** -3.0 + 800.0 * (energy > 530)
    return np.random.default_rng(seed).poisson(np.broadcast_to(mean, shape)).astype(np.float32)


def refuse(run, folder, *arguments, code, words):
    """Runs a command that must fail and leave the folder as it was."""
    before = sorted(path.name for path in folder.iterdir())
    result = run(*arguments, cwd=folder)
    assert result.returncode == code, result.stderr
    said = [line for line in result.stderr.splitlines() if line.startswith("eels-dag: ")]
    message = [line for line in said if not line.startswith("eels-dag: warning:")]
    if code != USAGE:
        assert len(message) == 1, result.stderr
        for word in words:
            assert word in message[0], result.stderr
    else:
        for word in words:
            assert word in result.stderr, result.stderr
    assert "H5" not in result.stderr and "Fatal" not in result.stderr
    assert sorted(path.name for path in folder.iterdir()) == before


def load(path, **options):
    """Loads a file of any name by HyperSpy's HSPY reader; always a list."""
    if path.suffix != ".hspy":
        options["reader"] = "hspy"
    loaded = hs.load(str(path), **options)
    return loaded if isinstance(loaded, list) else [loaded]
