"""Checkpoints: a training that is interrupted and resumed gives the bytes of an undisturbed one."""

import io
import json
import os
import signal
import subprocess
import time

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, TEMPORARY, USAGE, refuse

safetensors = pytest.importorskip("safetensors.numpy", reason="its environment has no safetensors")

INTERRUPTED = 130
ITERATIONS = 400


@pytest.fixture(autouse=True, scope="module")
def moment():
    """A fixed date in place of now: the provenance record names it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1735689600")
        yield


@pytest.fixture(scope="module")
def command(made, program):
    """The training, cut short, and what differs between its runs."""

    def command(*more, seed=5, threads=2, epochs=ITERATIONS):
        return [
            str(part)
            for part in (
                program, "augment", made.preprocessed, "--labels", made.labels, "-o", "out.h5",
                "--count", 20, "--train-count", 60, "--seed", seed, "--max-epochs", epochs,
                "--threads", threads, *more,
            )
        ]

    return command


@pytest.fixture(scope="module")
def undisturbed(command, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    result = subprocess.run(command(), cwd=folder, capture_output=True, text=True)
    assert result.returncode in (0, QUALITY_GATE), result.stderr
    return (folder / "out.h5").read_bytes()


@pytest.fixture(autouse=True, scope="module")
def heard():
    """Signals reach the program, which heeds that they are ignored (nohup), whoever runs the tests."""
    handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGHUP)}
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


def start(command, folder):
    """Starts a training and waits for its first checkpoint."""
    process = subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)
    wait_for(lambda: list(folder.glob("kept/class_*")), process)
    return process


def wait_for(condition, process, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.stderr.read()
        assert time.monotonic() < end
        time.sleep(0.005)


def resume(command, folder, **changes):
    result = subprocess.run(
        command("--resume", "kept", **changes), cwd=folder, capture_output=True, text=True
    )
    assert result.returncode in (0, QUALITY_GATE), result.stderr
    return (folder / "out.h5").read_bytes()


@pytest.mark.parametrize(
    ("number", "threads"),
    [(signal.SIGTERM, 1), (signal.SIGTERM, 2), (signal.SIGINT, 2), (signal.SIGHUP, 1)],
)
def test_interrupted_and_resumed(command, undisturbed, tmp_path, number, threads):
    process = start(command("--checkpoint", "kept", threads=threads), tmp_path)
    process.send_signal(number)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == INTERRUPTED, said
    assert "--resume kept" in said.splitlines()[-1]
    # Nothing but the checkpoints is left.
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert all(path.name.startswith("class_") for path in (tmp_path / "kept").iterdir())
    assert resume(command, tmp_path, threads=3 - threads) == undisturbed
    # What was finished is not trained again.
    (tmp_path / "out.h5").unlink()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()}
    assert resume(command, tmp_path) == undisturbed
    assert before == {path: path.stat().st_mtime_ns for path in (tmp_path / "kept").iterdir()}


def test_killed_at_any_moment(command, undisturbed, tmp_path):
    """`kill -9` leaves whole checkpoints: the training goes on from them."""
    for attempt, delay in enumerate((0, 0.05, 0.1, 0.2)):
        option = "--resume" if attempt else "--checkpoint"
        process = start(command(option, "kept", "--checkpoint-interval", 3), tmp_path)
        time.sleep(delay)
        process.kill()
        process.communicate()
    assert resume(command, tmp_path) == undisturbed


def test_checkpoint_on_request(command, undisturbed, tmp_path):
    process = start(
        command("--checkpoint", "kept", "--checkpoint-interval", 100, threads=1), tmp_path
    )
    first = tmp_path / "kept" / "class_0.safetensors"
    before = first.read_bytes()
    process.send_signal(signal.SIGUSR1)
    wait_for(lambda: first.read_bytes() != before, process)
    said = process.communicate(timeout=60)[1]
    assert process.returncode in (0, QUALITY_GATE), said
    assert (tmp_path / "out.h5").read_bytes() == undisturbed


class TestRefusals:
    @pytest.fixture(scope="class")
    def kept(self, command, tmp_path_factory):
        folder = tmp_path_factory.mktemp("kept")
        process = start(command("--checkpoint", "kept", "--checkpoint-interval", 1), folder)
        process.terminate()
        process.communicate()
        return folder

    @pytest.mark.parametrize(
        ("changes", "more", "words"),
        [
            ({"seed": 6}, (), "another seed, 5"),
            ({"epochs": 401}, (), "another design"),
            ({}, ("--train-count", 61), "other training spectra"),
        ],
    )
    def test_another_training(self, kept, command, run, changes, more, words):
        arguments = command("--resume", "kept", *more, **changes)[1:]
        refuse(run, kept, *arguments, code=REFUSED, words=["kept/class_0", words])

    def test_damaged(self, kept, command, run):
        path = kept / "kept" / "class_0.safetensors"
        whole = path.read_bytes()
        try:
            for place in (3, 300, len(whole) // 2, len(whole) - 1):
                damaged = bytearray(whole)
                damaged[place] ^= 4
                path.write_bytes(damaged)
                refuse(
                    run, kept, *command("--resume", "kept")[1:], code=REFUSED,
                    words=["kept/class_0.safetensors"],
                )
            path.write_bytes(whole[:-9])
            refuse(
                run, kept, *command("--resume", "kept")[1:], code=REFUSED,
                words=["kept/class_0.safetensors"],
            )
        finally:
            path.write_bytes(whole)

    def test_nothing_to_resume(self, command, run, tmp_path):
        refuse(
            run, tmp_path, *command("--resume", "none")[1:], code=REFUSED,
            words=["none holds no checkpoint", "--checkpoint none"],
        )

    def test_a_used_folder(self, kept, command, run):
        refuse(
            run, kept, *command("--checkpoint", "kept")[1:], code=USAGE, words=["--resume kept"]
        )

    def test_both(self, kept, command, run):
        refuse(
            run, kept, *command("--checkpoint", "a", "--resume", "kept")[1:], code=USAGE,
            words=["give one of them"],
        )

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
    def test_read_only_folder(self, command, run, tmp_path):
        (tmp_path / "kept").mkdir(mode=0o500)
        refuse(
            run, tmp_path, *command("--checkpoint", "kept")[1:], code=TEMPORARY, words=["kept"]
        )


def test_divergence_names_the_last_good_checkpoint(command, run, tmp_path, undisturbed):
    """Diverges late: a good checkpoint is kept. Diverges at once: there is none, and that is said."""
    with h5py.File(io.BytesIO(undisturbed)) as file:
        record = file["Experiments/Synthetic_spectra/metadata/eels_dag"].attrs["provenance"]
    design = json.loads(record)["settings"]["design"]
    said = {}
    for network, rate in (("generatorRate", 1e11), ("discriminatorRate", 1e30)):
        folder = tmp_path / str(rate)
        folder.mkdir()
        design[network] = rate
        (folder / "wild.json").write_text(json.dumps(design))
        result = run(
            *command(
                "--checkpoint", "kept", "--checkpoint-interval", 1, "--design", "wild.json",
                threads=1,
            )[1:],
            cwd=folder,
        )
        assert result.returncode == 70, result.stderr
        said[rate] = result.stderr
    assert "diverged at iteration" in said[1e11]
    assert "last good checkpoint is kept: kept/class_0.safetensors" in said[1e11]
    tensors = safetensors.load_file(tmp_path / str(1e11) / "kept" / "class_0.safetensors")
    assert tensors and all(np.isfinite(value).all() for value in tensors.values())
    assert "No checkpoint of it had been written" in said[1e30]
    assert not list((tmp_path / "1e+30" / "kept").iterdir())
