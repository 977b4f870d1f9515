"""`augment --init`: a training that starts from a model's generators."""

import hashlib
import json
import shutil
import subprocess

import h5py
import pytest
from conftest import QUALITY_GATE, REFUSED, USAGE, load, refuse

pytest.importorskip("safetensors", reason="its environment has no safetensors")


@pytest.fixture(autouse=True, scope="module")
def moment():
    """A fixed date in place of now: the provenance record names it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1735689600")
        yield


@pytest.fixture(scope="module")
def folder(made, succeed, tmp_path_factory):
    """Two models of the preprocessed image, m and n."""
    folder = tmp_path_factory.mktemp("start")
    for name, seed in (("m", 5), ("n", 6)):
        succeed(
            "augment", made.preprocessed, "--labels", made.labels, "-o", f"{name}.h5", "--count", 12,
            "--seed", seed, "--max-epochs", 100, "--model", f"{name}.safetensors", cwd=folder,
            codes=(0, QUALITY_GATE),
        )
    return folder


@pytest.fixture(scope="module")
def command(made, folder):
    """Another training on half of the spectra."""

    def command(out, *more, model="m", epochs=100):
        start = ["--init", folder / f"{model}.safetensors"] if model else []
        return [
            "augment", made.preprocessed, "--labels", made.labels, "-o", out, "--count", 20,
            "--train-fraction", 0.5, "--max-epochs", epochs, *start, *more,
        ]

    return command


def test_recorded_and_repeatable(command, folder, succeed, tmp_path, made):
    done = (0, QUALITY_GATE)
    said = succeed(*command("a.h5", "--threads", 1), cwd=tmp_path, codes=done).stderr
    succeed(*command("b.h5", "--threads", 2), cwd=tmp_path, codes=done)
    succeed(*command("c.h5", model=None), cwd=tmp_path, codes=done)
    succeed(*command("d.h5", model="n"), cwd=tmp_path, codes=done)
    a, b, c, d = ((tmp_path / f"{name}.h5").read_bytes() for name in "abcd")
    assert a == b and len({a, c, d}) == 3
    spectra, labels = load(tmp_path / "a.h5")
    names = [str(name) for name in labels.metadata.Sample.class_names]
    for name in names:
        assert f"{name} starts from" in said
    record = json.loads(spectra.metadata.eels_dag.provenance)
    assert record["settings"]["init"] == sorted(names)
    model = record["inputs"][-1]
    assert model["file"] == "m.safetensors" and model["provenance"]["command"] == "augment"
    digest = hashlib.sha256((folder / "m.safetensors").read_bytes()).hexdigest()
    assert model["sha256"] == digest
    training = spectra.metadata.eels_dag.training
    for number in range(len(names)):
        assert training[f"class_{number}"].start_model_sha256 == digest
        assert training[f"class_{number}"].start_iterations == 100
    plain = load(tmp_path / "c.h5")[0].metadata.eels_dag
    assert "start_model_sha256" not in plain.training.class_0.as_dictionary()
    assert "init" not in json.loads(plain.provenance)["settings"]


def test_interrupted_and_resumed(command, run, program, succeed, tmp_path):
    """The bytes of an undisturbed run; another model, or none, is refused."""
    done = (0, QUALITY_GATE)
    succeed(*command("whole.h5", epochs=300), cwd=tmp_path, codes=done)
    process = subprocess.Popen(
        [str(part) for part in (program, *command(
            "out.h5", "--checkpoint", "kept", "--checkpoint-interval", 5, "--threads", 1, epochs=300))],
        cwd=tmp_path, stderr=subprocess.PIPE, text=True,
    )
    while not list(tmp_path.glob("kept/class_*")):
        assert process.poll() is None
    process.terminate()
    process.communicate()
    for model, words in (("n", "another model of --init"), (None, "a training with --init")):
        refuse(
            run, tmp_path, *command("out.h5", "--resume", "kept", model=model, epochs=300),
            code=REFUSED, words=["kept/class_0", words],
        )
    succeed(*command("out.h5", "--resume", "kept", epochs=300), cwd=tmp_path, codes=done)
    assert (tmp_path / "out.h5").read_bytes() == (tmp_path / "whole.h5").read_bytes()


def test_a_class_that_the_model_lacks(made, succeed, tmp_path, folder):
    """It starts from random weights, and a line says so."""
    # Noisy spectra: of denoised ones the covariance is right from the start.
    succeed("preprocess", made.simulated, "-o", "noisy.hspy", "--pca", "none", cwd=tmp_path)
    said = succeed(
        "augment", "noisy.hspy", "-o", "one.h5", "--count", 4, "--max-epochs", 1, "--model",
        "one.safetensors", cwd=tmp_path, codes=(QUALITY_GATE,),
    ).stderr
    assert "has no labels" in said
    said = succeed(
        "augment", "noisy.hspy", folder / "m.h5", "-o", "two.h5", "--count", 4, "--max-epochs", 1,
        "--init", "one.safetensors", "--train-count", 20, cwd=tmp_path, codes=(0, QUALITY_GATE),
    ).stderr
    assert " starts from one.safetensors" in said and "it starts from random weights" in said
    # After one iteration.
    assert "where it had not reached its stopping criterion" in said


class TestRefusals:
    def test_no_class_fits(self, made, run, tmp_path, folder):
        refuse(
            run, tmp_path, "augment", made.preprocessed, "-o", "out.h5", "--init",
            folder / "m.safetensors", code=REFUSED, words=["none of the classes", "leave out --init"],
        )

    def test_another_architecture(self, command, run, tmp_path):
        refuse(
            run, tmp_path, *command("out.h5", "--architecture", "subspace", "--checkpoint", "kept"),
            code=REFUSED, words=["architecture is SimpleDense, not Subspace"],
        )

    def test_other_energies(self, made, run, tmp_path, command):
        """Two channels beside those of the model."""
        arguments = command("out.h5")
        arguments[1] = tmp_path / "moved.hspy"
        shutil.copy(made.preprocessed, arguments[1])
        with h5py.File(arguments[1], "a") as file:
            (path,) = [
                axis.name for signal in file["Experiments"].values() for axis in signal.values()
                if axis.attrs.get("name") == "Energy loss"
            ][:1]
            offset, scale = (file[path].attrs[key] for key in ("offset", "scale"))
            file[path].attrs["offset"] = offset + 2 * scale
        refuse(run, tmp_path, *arguments, code=REFUSED, words=["its energies are", "--crop A:B"])

    def test_other_channels(self, made, succeed, run, tmp_path, command):
        arguments = command("out.h5")
        succeed(
            "preprocess", made.simulated, "-o", "less.hspy", "--crop", "480:740", cwd=tmp_path)
        arguments[1] = tmp_path / "less.hspy"
        refuse(run, tmp_path, *arguments, code=REFUSED, words=["channels and the new spectra have"])

    def test_the_model_is_no_output(self, command, run, tmp_path, folder):
        model = folder / "m.safetensors"
        refuse(
            run, tmp_path, *command("out.h5", "--model", model), code=USAGE, words=["is the input"])
