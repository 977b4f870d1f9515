"""Model files: read by Python's safetensors, sampled again by `generate`, refused when damaged."""

import hashlib
import json

import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, TEMPORARY, USAGE, load, refuse

safetensors = pytest.importorskip("safetensors", reason="its environment has no safetensors")
from safetensors.numpy import load_file  # noqa: E402


@pytest.fixture(scope="module")
def trained(made, succeed, tmp_path_factory):
    """A folder with a model, and the spectra that its run wrote."""
    folder = tmp_path_factory.mktemp("model")
    succeed(
        "augment", made.preprocessed, "--labels", made.labels, "--out", "synth.h5", "--count", 70,
        "--seed", 5, "--max-epochs", 100, "--model", "m.safetensors", cwd=folder,
        codes=(0, QUALITY_GATE),
    )
    return folder


def texts(path):
    with safetensors.safe_open(path, "np") as file:
        return {key: json.loads(text) for key, text in file.metadata().items() if "sha256" not in key}


def test_safetensors_reads_it(trained):
    """Names, shapes and texts, and the digest as the documentation defines it."""
    path = trained / "m.safetensors"
    tensors, about = load_file(path), texts(path)
    (names,) = about["eels_dag.classes"]
    spectra, labels = load(trained / "synth.h5")
    assert names == [str(name) for name in labels.metadata.Sample.class_names]
    (axis,) = about["eels_dag.energy_axes"]
    channels = spectra.axes_manager.signal_axes[0].size
    assert axis["calibration"]["uniform"]["_0"]["count"] == channels
    for name in names:
        design = about[name]["snapshot"]["design"]
        assert tensors[f"{name}/generator.dense1.weight"].shape[1] == design["latentCount"]
        assert tensors[f"{name}/snapshot.components.centre"].shape == (channels,)
        components = tensors[f"{name}/snapshot.components.basis.components"].reshape(-1, channels)
        np.testing.assert_allclose(
            components.astype(float) @ components.T.astype(float), np.eye(len(components)), atol=1e-5
        )
    assert all(np.isfinite(value).all() for value in tensors.values())
    raw = path.read_bytes()
    with safetensors.safe_open(path, "np") as file:
        digest = file.metadata()["eels_dag.sha256"]
    zeros = raw.replace(digest.encode(), b"0" * 64, 1)
    assert hashlib.sha256(zeros).hexdigest() == digest


def test_generate_gives_the_run_s_spectra_again(trained, succeed):
    for threads in (1, 2):
        succeed(
            "generate", "m.safetensors", "-o", "again.h5", "--count", 70, "--seed", 5, "--threads",
            threads, cwd=trained,
        )
        for ours, theirs in zip(load(trained / "again.h5"), load(trained / "synth.h5"), strict=True):
            assert ours.data.tobytes() == theirs.data.tobytes()
            assert ours.metadata.General.title == theirs.metadata.General.title
    ours, theirs = (load(trained / name)[0].metadata for name in ("again.h5", "synth.h5"))
    assert ours.eels_dag.training.as_dictionary().keys() == theirs.eels_dag.training.as_dictionary().keys()
    assert ours.Acquisition_instrument.as_dictionary() == theirs.Acquisition_instrument.as_dictionary()
    record = json.loads(ours.eels_dag.provenance)
    assert record["command"] == "generate" and record["synthetic"] is True
    model = (trained / "m.safetensors").read_bytes()
    assert record["inputs"][0]["sha256"] == hashlib.sha256(model).hexdigest()
    assert record["inputs"][0]["provenance"]["command"] == "augment"


def test_more_spectra_begin_with_the_fewer(trained, succeed):
    """Spectrum i of a class does not depend on the count; another seed gives others."""
    for name, count, seed in (("a", 20, 1), ("b", 2100, 1), ("c", 20, 2)):
        succeed(
            "generate", "m.safetensors", "-o", f"{name}.hspy", "--count", count, "--seed", seed,
            cwd=trained,
        )
    a, b, c = (load(trained / f"{name}.hspy")[0].data for name in "abc")
    for index in range(len(a) // 20):
        few = a[20 * index : 20 * index + 20]
        np.testing.assert_array_equal(few, b[2100 * index : 2100 * index + 20])
        assert not np.array_equal(few, c[20 * index : 20 * index + 20])
    labels = load(trained / "b.hspy")[1].data
    np.testing.assert_array_equal(labels, np.repeat(np.arange(len(b) // 2100), 2100))


def test_memory_does_not_grow_with_the_count(trained, peak_memory):
    few, many = (
        peak_memory(
            "generate", "m.safetensors", "-o", "big.h5", "--count", count, "--threads", 2,
            cwd=trained)
        for count in (5_000, 25_000)
    )
    size = (trained / "big.h5").stat().st_size // 1024
    assert size > 60_000  # 50,000 spectra, packed
    assert many < few + 20_000, f"{few} kB for 5,000, {many} kB for 25,000 spectra of a class"


class TestRefusals:
    def test_damaged(self, trained, run, tmp_path):
        whole = (trained / "m.safetensors").read_bytes()
        changed = bytearray(whole)
        changed[len(whole) // 2] ^= 1
        for name, content in (
            ("changed", bytes(changed)), ("short", whole[: len(whole) // 2]), ("empty", b""),
            ("text", b"energy,counts\n1,2\n"),
        ):
            path = tmp_path / f"{name}.safetensors"
            path.write_bytes(content)
            refuse(
                run, tmp_path, "generate", path.name, "-o", "out.hspy", code=REFUSED,
                words=[path.name],
            )

    def test_another_safetensors_file(self, run, tmp_path):
        from safetensors.numpy import save_file

        save_file({"x": np.ones(3, np.float32)}, tmp_path / "other.safetensors")
        refuse(
            run, tmp_path, "generate", "other.safetensors", "-o", "out.hspy", code=REFUSED,
            words=["other.safetensors", "not written by eels-dag"],
        )

    def test_missing(self, run, tmp_path):
        refuse(
            run, tmp_path, "generate", "none.safetensors", "-o", "out.hspy", code=REFUSED,
            words=["none.safetensors"],
        )

    def test_over_what_the_input_was_made_from(self, made, run, tmp_path):
        raw = tmp_path / "night.safetensors"
        raw.write_bytes(made.simulated.read_bytes())
        refuse(
            run, tmp_path, "augment", made.preprocessed, "--labels", made.labels, "-o", "s.hspy",
            "--model", raw.name, code=USAGE, words=[raw.name, "only copy"],
        )
        assert raw.read_bytes() == made.simulated.read_bytes()

    def test_another_ending(self, made, run, tmp_path):
        refuse(
            run, tmp_path, "augment", made.preprocessed, "--labels", made.labels, "-o", "s.hspy",
            "--model", "si.hspy", code=USAGE, words=["si.hspy", ".safetensors"],
        )

    def test_no_folder_for_the_model(self, made, run, tmp_path):
        refuse(
            run, tmp_path, "augment", made.preprocessed, "--labels", made.labels, "-o", "s.hspy",
            "--model", "no/m.safetensors", code=TEMPORARY, words=["no"],
        )
