"""`export`: ONNX files in ONNX Runtime against `generate`, deviate by deviate and in distribution."""

import hashlib
import json
import re

import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, ROOT, TEMPORARY, USAGE, load, refuse

onnx = pytest.importorskip("onnx", reason="its environment has no onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="its environment has no onnxruntime")
from random_numbers import Stream, index, normals, uniforms  # noqa: E402
from safetensors import safe_open  # noqa: E402
from scipy.special import ndtri  # noqa: E402

SAMPLING = 0x53414D504C45
DESIGNS = {
    "simple-dense": ["--architecture", "simple-dense"],
    "large-dense": ["--architecture", "large-dense"],
    "simple-convo": ["--architecture", "simple-convo"],
    "subspace": ["--architecture", "subspace"],
    "faithful": ["--faithful"],
    "denoised": [],
}


@pytest.fixture(scope="module")
def noisy(succeed, tmp_path_factory):
    """Labelled spectra with noise, two classes on one energy axis."""
    folder = tmp_path_factory.mktemp("noisy")
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 3, cwd=folder)
    return folder / "k.hspy"


@pytest.fixture(scope="module")
def exported(made, noisy, succeed, tmp_path_factory):
    """A folder with m.safetensors and its generators as ONNX, for each design; trained a little."""
    folders = {}

    def exported(name):
        if name not in folders:
            folder = tmp_path_factory.mktemp(name)
            real = [made.preprocessed, "--labels", made.labels] if name == "denoised" else [noisy]
            succeed(
                "augment", *real, "-o", "synth.h5", "--count", 4, "--seed", 7, "--max-epochs", 3,
                "--model", "m.safetensors", *DESIGNS[name], cwd=folder,
                codes=(0, QUALITY_GATE),
            )
            succeed("export", "m.safetensors", "-o", "generator.onnx", cwd=folder)
            folders[name] = folder
        return folders[name]

    return exported


def about(folder):
    with safe_open(folder / "m.safetensors", "np") as file:
        texts = {k: json.loads(v) for k, v in file.metadata().items() if "sha256" not in k}
    names = [name for group in texts["eels_dag.classes"] for name in group]
    return names, [texts[name]["snapshot"]["design"] for name in names]


def path_of(folder, name):
    """Where the documentation says that a class is."""
    safe = re.sub(r"[^\w.+⁺⁻-]", "_", name)
    return folder / f"generator-{safe}.onnx"


def session_of(path):
    onnx.checker.check_model(str(path), full_check=True)
    return onnxruntime.InferenceSession(path)


def names_of(session):
    return [i.name for i in session.get_inputs()]


def drawn(session, stream, design):
    """The inputs for one batch, from the numbers that `generate` draws, in its order."""
    rows, inputs = design["batchSize"], {}
    for port in session.get_inputs():
        if port.name == "hidden_roll":
            choices = 2 * design["hiddenRoll"] + 1
            value = np.full((rows, 1), ndtri((index(stream, choices) + 0.5) / choices))
        elif port.name in ("shift", "noise_level"):
            value = ndtri(uniforms(stream, rows))[:, None]
        else:
            if port.name == "noise" and "shift" not in names_of(session):
                uniforms(stream, rows)  # drawn, though nothing is shifted
            value = normals(stream, rows, port.shape[1])
        assert port.shape == ["N", value.shape[1]]
        inputs[port.name] = value.astype(np.float32)
    return inputs


@pytest.mark.parametrize("name", DESIGNS)
def test_same_deviates_same_spectra(exported, succeed, name):
    """Spectrum by spectrum what `generate` writes, to 1e-5 of the maximum."""
    folder = exported(name)
    succeed("generate", "m.safetensors", "-o", "more.hspy", "--count", 70, "--seed", 9, cwd=folder)
    spectra = load(folder / "more.hspy")[0].data
    names, designs = about(folder)
    assert len(names) == 2
    for number, (label, design) in enumerate(zip(names, designs)):
        session = session_of(path_of(folder, label))
        ours = spectra[70 * number : 70 * number + 70]
        theirs = [
            session.run(None, drawn(session, stream, design))[0]
            for stream in (
                Stream(9).split(SAMPLING).split(number).split(batch)
                for batch in range(-(-70 // design["batchSize"]))
            )
        ]
        np.testing.assert_allclose(np.concatenate(theirs)[:70], ours, rtol=0, atol=1e-5)
        assert ours.std(axis=0).max() > 1e-3


def test_inputs(exported):
    """What each network is fed with, as documented."""
    dense = ["latent", "hidden_roll", "hidden_noise", "hidden_noise_2"]
    own = ["shift", "noise", "noise_level"]
    expected = {
        "simple-dense": dense + own,
        "large-dense": dense + ["hidden_noise_3", "hidden_noise_4"] + own,
        "simple-convo": ["latent", "hidden_noise", "hidden_noise_2", "hidden_noise_3"] + own,
        "subspace": dense + own,
        "faithful": ["latent"],
        "denoised": dense + ["noise"],
    }
    for name in DESIGNS:
        folder = exported(name)
        for label in about(folder)[0]:
            found = names_of(onnxruntime.InferenceSession(path_of(folder, label)))
            assert [n for n in found if n != "noise_level"] == [
                n for n in expected[name] if n != "noise_level"]
    assert any("noise_level" in names_of(onnxruntime.InferenceSession(path_of(exported("simple-dense"), label)))
               for label in about(exported("simple-dense"))[0])


def test_zeros_switch_off(exported):
    """Zeros: no noise, no shift, no roll; spectra whose maximum is 1 in their components."""
    folder = exported("simple-dense")
    label = about(folder)[0][0]
    session = session_of(path_of(folder, label))
    rng = np.random.default_rng(1)
    inputs = {i.name: np.zeros((50, i.shape[1]), np.float32) for i in session.get_inputs()}
    inputs["latent"] = rng.standard_normal(inputs["latent"].shape, dtype=np.float32)
    (spectra,) = session.run(None, inputs)
    np.testing.assert_allclose(spectra.max(axis=1), 1, rtol=1e-6)
    weights = safe_open(folder / "m.safetensors", "np")
    basis = weights.get_tensor(f"{label}/snapshot.components.basis.components")
    basis = basis.reshape(-1, spectra.shape[1]).astype(float)
    centre = weights.get_tensor(f"{label}/snapshot.components.centre").astype(float)
    offset = weights.get_tensor(f"{label}/snapshot.offset").astype(float)
    # Before the max norm: centre + offset + a vector of the components.
    directions = np.vstack([basis, centre + offset])
    left = np.linalg.lstsq(directions.T, spectra.T.astype(float), rcond=None)[1]
    assert np.sqrt(left / spectra.shape[1]).max() < 1e-5
    # The noise alone: another spectrum, around the same one, and with a level far above the median more of it.
    inputs["noise"] = rng.standard_normal(inputs["noise"].shape, dtype=np.float32)
    (noisy,) = session.run(None, inputs)
    assert (noisy - spectra).std() > 1e-3
    if "noise_level" in inputs:
        inputs["noise_level"] += 3
        (louder,) = session.run(None, inputs)
        assert (louder - spectra).std() > 1.05 * (noisy - spectra).std()


def moments(spectra):
    """Means and mean squares in each channel, and their standard errors, from blocks of 32 spectra."""
    blocks = spectra[: len(spectra) // 32 * 32].reshape(-1, 32, spectra.shape[1]).astype(float)
    means = np.concatenate([blocks.mean(axis=1), (blocks**2).mean(axis=1)], axis=1)
    return means.mean(axis=0), means.std(axis=0, ddof=1) / len(means) ** 0.5


def test_distribution(exported, succeed):
    """2,000 spectra from NumPy's deviates and 2,000 of `generate`: the same mean and spread."""
    folder = exported("simple-dense")
    succeed("generate", "m.safetensors", "-o", "many.hspy", "--count", 2000, "--seed", 11, cwd=folder)
    spectra = load(folder / "many.hspy")[0].data
    rng = np.random.default_rng(11)
    for number, label in enumerate(about(folder)[0]):
        session = onnxruntime.InferenceSession(path_of(folder, label))
        inputs = {
            i.name: rng.standard_normal((2000, i.shape[1]), dtype=np.float32)
            for i in session.get_inputs()
        }
        ours, error = moments(spectra[2000 * number : 2000 * number + 2000])

        def scores(**changes):
            theirs, other = moments(session.run(None, {**inputs, **changes})[0])
            return (theirs - ours) / np.hypot(error, other)

        right = scores()
        # Thousands of numbers, not independent: the largest of as many normal ones is about 3.6.
        assert np.abs(right).max() < 5, np.abs(right).max()
        assert np.sqrt(np.mean(right**2)) < 1.6, np.sqrt(np.mean(right**2))
        assert np.abs(scores(noise=0 * inputs["noise"])).max() > 8
        assert np.abs(scores(noise=1.2 * inputs["noise"])).max() > 8


def test_metadata(exported, succeed, info):
    """Class, axis, versions and provenance; twice the same bytes."""
    jsonschema = pytest.importorskip("jsonschema")
    folder = exported("subspace")
    schema = json.loads((ROOT / "Schemas" / "provenance.schema.json").read_text())
    for label in about(folder)[0]:
        model = onnx.load(path_of(folder, label))
        assert (model.ir_version, model.opset_import[0].version) == (8, 17)
        assert model.producer_name == "eels-dag" and label in model.doc_string
        texts = {entry.key: entry.value for entry in model.metadata_props}
        assert texts["eels_dag.class"] == label and label in texts["eels_dag.title"]
        assert texts["eels_dag.version"] == model.producer_version
        axis = json.loads(texts["eels_dag.energy_axis"])
        real = load(folder / "synth.h5")[0].axes_manager.signal_axes[0]
        assert axis == {
            "name": real.name, "units": real.units, "offset": real.offset, "scale": real.scale,
            "size": real.size, "navigate": False, "is_binned": real.is_binned,
        }
        record = json.loads(texts["eels_dag.provenance"])
        jsonschema.validate(record, schema)
        assert record["command"] == "export" and record["settings"] == {"class": label}
        assert record["synthetic"] is True
        (source,) = record["inputs"]
        assert source["file"] == "m.safetensors"
        assert source["sha256"] == hashlib.sha256((folder / "m.safetensors").read_bytes()).hexdigest()
        assert source["provenance"]["command"] == "augment"
        assert record["quality"]["stopping_criterion_not_reached"] == 1


def test_documented_example(made, succeed, tmp_path, monkeypatch):
    """Documentation/Models.md: one class, one file, and the Python beside it."""
    # Noisy spectra: of denoised ones the covariance is right from the start.
    succeed("preprocess", made.simulated, "-o", "noisy.hspy", "--pca", "none", cwd=tmp_path)
    succeed(
        "augment", "noisy.hspy", "-o", "synth.h5", "--count", 4, "--max-epochs", 2, "--model",
        "model.safetensors", cwd=tmp_path, codes=(QUALITY_GATE,),
    )
    said = succeed("export", "model.safetensors", "-o", "generator.onnx", cwd=tmp_path).stderr
    assert "wrote generator.onnx" in said and "did not reach the stopping criterion" in said
    text = (ROOT / "Documentation" / "Models.md").read_text()
    (example,) = [b for b in re.findall(r"```python\n(.*?)```", text, re.S) if "onnxruntime" in b]
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(example, names)
    s, reference = names["s"], load(tmp_path / "synth.h5")[0]
    assert s.data.shape == (1000, reference.data.shape[1]) and np.isfinite(s.data).all()
    ours, theirs = (x.axes_manager.signal_axes[0] for x in (s, reference))
    assert (ours.offset, ours.scale, ours.units) == (theirs.offset, theirs.scale, theirs.units)
    assert type(s) is type(reference)
    np.testing.assert_allclose(s.data.max(axis=1), 1, rtol=1e-5)


def test_several_energy_axes(succeed, tmp_path):
    """Every class on its own axis; bytes that can be repeated."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOURCE_DATE_EPOCH", "1735689600")
        succeed("simulate", "wl", "-o", "wl.hspy", cwd=tmp_path)
        succeed(
            "augment", "wl.hspy", "-o", "synth.h5", "--count", 2, "--max-epochs", 1, "--model",
            "m.safetensors", cwd=tmp_path, codes=(0, QUALITY_GATE),
        )
        succeed("export", "m.safetensors", "-o", "g.onnx", cwd=tmp_path)
        first = {path.name: path.read_bytes() for path in tmp_path.glob("g*.onnx")}
        succeed("export", "m.safetensors", "-o", "g.onnx", cwd=tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.glob("g*.onnx")} == first
    names = about(tmp_path)[0]
    assert len(first) == len(names) == 5
    offsets = set()
    for path in tmp_path.glob("g-*.onnx"):
        session = session_of(path)
        axis = json.loads(session.get_modelmeta().custom_metadata_map["eels_dag.energy_axis"])
        offsets.add(axis["offset"])
        assert session.get_outputs()[0].shape == ["N", axis["size"]]
    assert len(offsets) == 2


class TestRefusals:
    def test_ending(self, exported, run, tmp_path):
        refuse(
            run, tmp_path, "export", exported("subspace") / "m.safetensors", "-o", "g.pt",
            code=USAGE, words=["g.pt", ".onnx"],
        )

    def test_no_model(self, run, tmp_path):
        refuse(
            run, tmp_path, "export", "none.safetensors", "-o", "g.onnx", code=REFUSED,
            words=["none.safetensors"],
        )

    def test_damaged(self, exported, run, tmp_path):
        whole = bytearray((exported("subspace") / "m.safetensors").read_bytes())
        whole[len(whole) // 2] ^= 1
        (tmp_path / "m.safetensors").write_bytes(whole)
        refuse(
            run, tmp_path, "export", "m.safetensors", "-o", "g.onnx", code=REFUSED,
            words=["m.safetensors"],
        )

    def test_no_folder(self, exported, run, tmp_path):
        refuse(
            run, tmp_path, "export", exported("subspace") / "m.safetensors", "-o", "no/g.onnx",
            code=TEMPORARY, words=["no"],
        )
