"""The same input, options and seed give the same bytes, whatever the number of threads."""

import hashlib

import numpy as np
import pytest
from conftest import QUALITY_GATE, ROOT, load


@pytest.fixture(autouse=True)
def moment(monkeypatch):
    """A fixed date in place of now: the provenance record names it."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689600")


def bytes_of(succeed, folder, name, *arguments, codes=(0,)):
    """What a command writes to `name` in a new folder."""
    folder.mkdir()
    succeed(*arguments, cwd=folder, codes=codes)
    return (folder / name).read_bytes()


def test_simulate(succeed, tmp_path):
    first, again, other = (
        bytes_of(
            succeed, tmp_path / str(index), "si.hspy", "simulate", "si", "-o", "si.hspy",
            "--size", "12x10", "--seed", seed,
        )
        for index, seed in enumerate((3, 3, 4))
    )
    assert first == again
    assert first != other


def test_sample_data(succeed, tmp_path):
    """`SampleData` is what the program simulates, and is what its checksums say.

    Scripts/make-sample-data compares the bytes; another zlib may pack the same data differently.
    """
    folder = ROOT / "SampleData"
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split()
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    succeed(
        "simulate", "si", "-o", "si.hspy", "--labels", "labels.hspy", "--seed", 2024, cwd=tmp_path
    )
    for name in ("si.hspy", "labels.hspy"):
        (stored,), (made,) = load(folder / name), load(tmp_path / name)
        np.testing.assert_array_equal(stored.data, made.data)


def test_preprocess(made, succeed, tmp_path):
    one, two = (
        bytes_of(
            succeed, tmp_path / str(threads), "out.hspy", "preprocess", made.simulated, "-o",
            "out.hspy", "--threads", threads,
        )
        for threads in (1, 2)
    )
    assert one == two


def test_augment(made, succeed, tmp_path):
    one, two, other = (
        bytes_of(
            succeed, tmp_path / f"{threads}-{seed}", "out.h5", "augment", made.preprocessed,
            "--labels", made.labels, "--out", "out.h5", "--count", 40, "--train-count", 40,
            "--max-epochs", 100, "--threads", threads, "--seed", seed, codes=(0, QUALITY_GATE),
        )
        for threads, seed in ((1, 3), (2, 3), (2, 4))
    )
    assert one == two
    assert one != other
