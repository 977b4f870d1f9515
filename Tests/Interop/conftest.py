"""What all interop tests share: the program, and files made by it as a user would make them."""

import json
import os
import pathlib
import subprocess
from types import SimpleNamespace

import matplotlib

matplotlib.use("Agg")

import hyperspy.api as hs
import pytest
from packaging.version import Version

ROOT = pathlib.Path(__file__).resolve().parents[2]
HYPERSPY = Version(hs.__version__)
QUALITY_GATE = 4
# The quality flags that keep a spectrum from being denoised and from training a generator.
UNUSABLE = 1 | 2 | 8 | 16 | 64


@pytest.fixture(scope="session")
def program():
    """The program's path: the environment variable EELS_DAG, else the release build."""
    path = pathlib.Path(os.environ.get("EELS_DAG", ROOT / ".build" / "release" / "eels-dag"))
    if not path.is_file():
        pytest.exit(f"{path} is missing: run 'swift build -c release' first", returncode=1)
    return path.resolve()


@pytest.fixture(scope="session")
def run(program):
    """Runs the program with the given arguments in a folder and gives what it said."""

    def run(*arguments, cwd, prefix=()):
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


def load(path, **options):
    """Loads a file of any name by HyperSpy's HSPY reader; always a list."""
    if path.suffix != ".hspy":
        options["reader"] = "hspy"
    loaded = hs.load(str(path), **options)
    return loaded if isinstance(loaded, list) else [loaded]
