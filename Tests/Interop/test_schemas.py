"""What commands print as JSON, and provenance records, keep to Schemas/*.json, by an independent
validator."""

import hashlib
import json
import os
import pty
import subprocess
import time

import pytest
from conftest import QUALITY_GATE, REFUSED, ROOT, load

jsonschema = pytest.importorskip("jsonschema")
referencing = pytest.importorskip("referencing")

FILES = ["simulated", "labels", "preprocessed", "synthetic"]


@pytest.fixture(scope="module")
def validator():
    """Makes a validator for one of our schemas, which may refer to each other."""
    schemas = {
        path.name: json.loads(path.read_text()) for path in (ROOT / "Schemas").glob("*.schema.json")
    }
    assert {"info.schema.json", "provenance.schema.json"} <= schemas.keys()
    registry = referencing.Registry().with_resources(
        (schema["$id"], referencing.Resource.from_contents(schema)) for schema in schemas.values()
    )

    def validator(name):
        kind = jsonschema.validators.validator_for(schemas[name])
        kind.check_schema(schemas[name])
        return kind(schemas[name], registry=registry)

    return validator


@pytest.mark.parametrize("name", FILES)
def test_info(made, info, validator, name):
    report = info(getattr(made, name))
    validator("info.schema.json").validate(report)
    assert report["warnings"] == []
    assert all("provenance" in signal for signal in report["signals"][:1])


@pytest.mark.parametrize("name", FILES)
def test_provenance(made, validator, name):
    record = json.loads(load(getattr(made, name))[0].metadata.eels_dag.provenance)
    validator("provenance.schema.json").validate(record)
    commands = {"preprocessed": "preprocess", "synthetic": "augment"}
    assert record["command"] == commands.get(name, "simulate")
    # Simulated from the start: no microscope recorded any of them.
    assert record["synthetic"] is True


@pytest.mark.parametrize(
    "options",
    [
        [], ["--background", "none", "--pca", "none", "--norm", "none"],
        ["--background-fit", "lcpl", "--remove-spikes", "--align", "--pca", "3", "--norm", "area"],
    ],
)
def test_plan(made, succeed, tmp_path, validator, options):
    """The plan printed beforehand and the one recorded in the file."""
    checker = validator("plan.schema.json")
    printed = json.loads(
        succeed("preprocess", made.simulated, "--plan", "--json", *options, cwd=tmp_path).stdout)
    checker.validate(printed)
    succeed("preprocess", made.simulated, "-o", "out.hspy", *options, cwd=tmp_path)
    record = json.loads(load(tmp_path / "out.hspy")[0].metadata.eels_dag.provenance)
    checker.validate(record["settings"])
    found = {"components", "componentReason"}
    assert {key: value for key, value in record["settings"].items() if key not in found} == {
        key: value for key, value in printed.items() if key not in found}
    assert not checker.is_valid({**printed, "norm": "maximum"})


@pytest.mark.parametrize("metrics", ["calibrated", "paper"])
def test_evaluate(made, run, validator, metrics):
    checker = validator("evaluate.schema.json")
    result = run(
        "evaluate", made.preprocessed, made.synthetic, "--labels", made.labels, "--json",
        "--metrics", metrics, cwd=made.folder)
    assert result.returncode in (0, QUALITY_GATE), result.stderr
    found = json.loads(result.stdout)
    checker.validate(found)
    (group,) = found["groups"]
    assert all(("paper" in item) == (metrics == "paper") for item in group["classes"])
    assert not checker.is_valid({**found, "surprise": 1})
    group["classes"][0]["verdict"] = "perfect"
    assert not checker.is_valid(found)


ARCHITECTURES = ["simple-dense", "large-dense", "simple-convo", "subspace"]


@pytest.mark.parametrize("architecture", [*ARCHITECTURES, "faithful"])
def test_design(made, succeed, run, tmp_path, validator, architecture):
    """The design that augment records keeps to its schema, and gives the same spectra again."""
    checker = validator("design.schema.json")
    faithful = architecture == "faithful"

    def augment(out, *options):
        succeed(
            "augment", made.preprocessed, "--labels", made.labels, "--out", out, "--count", 4,
            "--max-epochs", 2, *options, cwd=tmp_path, codes=(0, QUALITY_GATE))
        spectra = load(tmp_path / out)[0]
        record = json.loads(spectra.metadata.eels_dag.provenance)
        return record["settings"]["design"], spectra.data

    options = ["--faithful", "--design", "multi-bitrans"] if faithful else [
        "--design", "shared-heads", "--architecture", architecture]
    design, spectra = augment("a.hspy", *options)
    checker.validate(design)
    assert design["scheme"] == ("Multi-BiTrans" if faithful else "Shared-Heads")
    assert design["architecture"].lower() == (
        "simpledense" if faithful else architecture.replace("-", ""))
    assert ("faithful" in design) == faithful
    (tmp_path / "own.json").write_text(json.dumps(design))
    again, same = augment("b.hspy", "--design", "own.json")
    assert again == design and (same == spectra).all()
    assert not checker.is_valid({**design, "surprise": 1})
    assert not checker.is_valid({**design, "scheme": "shared-heads"})
    assert not checker.is_valid({**design, "branches": [[64]]})
    assert not checker.is_valid({**design, "convolutionKernel": 4})
    # What the schema refuses, the program does, with a sentence that names it.
    stopping = {**design["stopping"], "typo": 1}
    for key, value, word in (
        ("typo", 1, "typo"), ("stopping", stopping, "stopping.typo"), ("generatorRate", -1, "generatorRate"),
        ("generatorWidths", [10**6, 10**6], "generatorWidths"), ("latentCount", 0, "latentCount"),
    ):
        wrong = {**design, key: value}
        assert not checker.is_valid(wrong)
        (tmp_path / "wrong.json").write_text(json.dumps(wrong))
        result = run("augment", made.preprocessed, "--labels", made.labels, "--out", "w.hspy",
                     "--design", "wrong.json", cwd=tmp_path)
        assert result.returncode == REFUSED and word in result.stderr, result.stderr
    for key in set(design) - {"faithful"}:
        assert not checker.is_valid({k: v for k, v in design.items() if k != key})
    if faithful:
        procedure = design["faithful"]
        for key in procedure:
            less = {k: v for k, v in procedure.items() if k != key}
            assert not checker.is_valid({**design, "faithful": less})


def test_progress(made, succeed, run, tmp_path, validator):
    """`augment --json`: every line on standard error, and the document on standard output."""
    checker = validator("progress.schema.json")
    iterations = 200

    def augment(*options, codes=(0, QUALITY_GATE)):
        result = succeed(
            "augment", made.preprocessed, "--labels", made.labels, "-o", "out.h5", "--count", 5,
            "--train-count", 40, "--max-epochs", iterations, "--json", *options, cwd=tmp_path,
            codes=codes)
        lines = [json.loads(line) for line in result.stderr.splitlines()]
        for line in lines:
            checker.validate(line)
        return lines, result

    lines, result = augment("--model", "m.safetensors")
    evaluations = [line for line in lines if line["event"] == "evaluation"]
    trained = [line["result"] for line in lines if line["event"] == "trained"]
    assert {line["class"] for line in evaluations} == {item["class"] for item in trained}
    assert len(trained) == 2
    for item in trained:
        own = [line for line in evaluations if line["index"] == item["index"]]
        assert [line["iteration"] for line in own] == list(range(100, item["iterations"] + 1, 100))
        assert all(line["limits"] == item["limits"] for line in own)
        assert (item["outcome"] == "reached") == (item["shortcomings"] == [])
    for line in evaluations:
        beyond = line["quality"]["frechetDistance"] > line["limits"]["frechetDistance"]
        assert beyond == ("the Fréchet distance is too large" in line["shortcomings"])
        low, high = line["limits"]["diversity"]
        assert (line["quality"]["diversity"] > high) == ("they differ too much" in line["shortcomings"])
    seconds = [line["seconds"] for line in lines if "seconds" in line]
    assert seconds == sorted(seconds) and seconds[0] > 0
    # At the end nothing is left; before, what the rate so far says.
    done = {}
    for line in evaluations:
        done[line["index"]] = line["iteration"]
        left = 2 * iterations - sum(done.values())
        expected = line["seconds"] * left / sum(done.values())
        assert line["secondsLeft"] <= expected * 1.001 + 1e-9
    assert evaluations[-1]["secondsLeft"] <= evaluations[0]["secondsLeft"]

    document = json.loads(result.stdout)
    result_checker = validator("augment.schema.json")
    result_checker.validate(document)
    assert document["output"] == "out.h5" and document["model"] == "m.safetensors"
    assert document["classes"] == sorted(trained, key=lambda item: item["index"])
    failed = [item for item in trained if item["outcome"] == "not reached"]
    assert result.returncode == (QUALITY_GATE if failed else 0)
    assert [line["event"] for line in lines].count("error") == bool(failed)
    assert not result_checker.is_valid({**document, "surprise": 1})
    assert not result_checker.is_valid({**document, "classes": []})
    for line in (evaluations[0], lines[0]):
        assert not checker.is_valid({**line, "surprise": 1})
        assert not checker.is_valid({key: line[key] for key in line if key != "event"})
    assert not checker.is_valid({**evaluations[0], "event": "message"})

    # Quiet: warnings and errors alone; the document all the same.
    quiet, result = augment("--quiet")
    assert {line["event"] for line in quiet} <= {"warning", "error"}
    assert json.loads(result.stdout)["classes"] == document["classes"]
    # A refusal is a line, too.
    refused = run("augment", "none.hspy", "-o", "out.h5", "--json", cwd=tmp_path)
    line = json.loads(refused.stderr)
    checker.validate(line)
    assert line["event"] == "error" and refused.returncode == REFUSED and refused.stdout == ""


def test_progress_after_a_checkpoint(made, succeed, program, tmp_path, validator):
    """The iterations of a checkpoint are not counted as done since: neither in lines nor on a terminal."""
    checker = validator("progress.schema.json")
    iterations = 600
    arguments = [
        "augment", made.preprocessed, "-o", "out.h5", "--count", 5, "--train-count", 40,
        "--max-epochs", iterations]
    kept = tmp_path / "kept"
    process = subprocess.Popen(
        [program, *map(str, arguments), "--checkpoint", "kept", "--checkpoint-interval", "130"],
        cwd=tmp_path, stderr=subprocess.DEVNULL)
    while not list(kept.glob("class_*")) and process.poll() is None:
        time.sleep(0.002)
    process.kill()
    process.wait()
    first = (kept / "class_0.safetensors").read_bytes()
    assert b"finished" not in first[:4000]
    lines = [
        json.loads(line)
        for line in succeed(
            *arguments, "--resume", "kept", "--json", cwd=tmp_path, codes=(0, QUALITY_GATE)
        ).stderr.splitlines()
    ]
    for line in lines:
        checker.validate(line)
    before, *after = [line for line in lines if line["event"] == "evaluation"]
    # What the checkpoint holds is not timed; in the end no time is left.
    assert "secondsLeft" not in before
    start = before["iteration"] + 100
    assert [line["iteration"] for line in after] == list(range(start, iterations + 1, 100))
    assert after[-1]["secondsLeft"] == 0 < after[0]["secondsLeft"]

    (kept / "class_0.safetensors").write_bytes(first)
    master, terminal = pty.openpty()
    environment = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    process = subprocess.Popen(
        [program, *map(str, arguments), "--resume", "kept"], cwd=tmp_path, stderr=terminal,
        env={**environment, "TERM": "xterm"})
    os.close(terminal)
    said = b""
    try:
        while part := os.read(master, 65536):
            said += part
    except OSError:  # The terminal's other end is closed.
        pass
    os.close(master)
    assert process.wait() in (0, QUALITY_GATE)
    drawn = [line for line in said.decode().split("\r") if "training [" in line]
    assert " 0 %  0 iterations/s" in drawn[0] and " left" not in drawn[0]
    assert " 100 %" in drawn[-1] and "losses D" in drawn[-1] and "threshold" in drawn[-1]


def test_schemas_are_strict(made, info, validator):
    """What the schemas do not name, or a missing part, is found."""
    report = info(made.synthetic)
    checker = validator("info.schema.json")
    assert not checker.is_valid({**report, "surprise": 1})
    assert not checker.is_valid({key: report[key] for key in report if key != "signals"})
    record = report["signals"][0]["provenance"]
    assert not validator("provenance.schema.json").is_valid({**record, "inputs": [{"file": "x"}]})


def test_provenance_of_generate(made, succeed, tmp_path, validator):
    succeed(
        "augment", made.preprocessed, "-o", "a.hspy", "--model", "m.safetensors", "--count", 5,
        "--max-epochs", 2, cwd=tmp_path, codes=(0, QUALITY_GATE))
    succeed("generate", "m.safetensors", "-o", "b.hspy", "--count", 5, cwd=tmp_path)
    record = json.loads(load(tmp_path / "b.hspy")[0].metadata.eels_dag.provenance)
    validator("provenance.schema.json").validate(record)
    assert record["command"] == "generate"


def test_provenance_names_the_inputs(made):
    for path, source in ((made.preprocessed, made.simulated), (made.synthetic, made.preprocessed)):
        record = json.loads(load(path)[0].metadata.eels_dag.provenance)
        entry = record["inputs"][0]
        assert entry["file"] == source.name
        assert entry["sha256"] == hashlib.sha256(source.read_bytes()).hexdigest()
        assert entry["bytes"] == source.stat().st_size


def test_info_agrees_with_hyperspy(made, info):
    for name in FILES:
        path = getattr(made, name)
        signals = load(path)
        reports = info(path)["signals"]
        assert len(signals) == len(reports)
        for signal, report in zip(signals, reports):
            assert report["shape"] == list(signal.data.shape)
            assert report["elementType"] == signal.data.dtype.name
            assert report["title"] == signal.metadata.General.title
            for axis, described in zip(signal.axes_manager._axes, report["axes"]):
                assert described["role"] == ("navigation" if axis.navigate else "signal")
                assert described["size"] == axis.size
                assert described["scale"] == axis.scale and described["first"] == axis.offset


@pytest.mark.parametrize("classifier", ["svm", "ann"])
def test_classify(succeed, tmp_path, validator, classifier):
    """`classify --json`, with and without synthetic spectra; the same seed gives the same document."""
    checker = validator("classify.schema.json")
    messages = validator("progress.schema.json")
    succeed("simulate", "k", "-o", "k.hspy", cwd=tmp_path)
    command = ["classify", "--train", "k.hspy", "--train-count", 12, "--test", "k.hspy", "--json",
               "--classifier", classifier]
    result = succeed(*command, "--model", "m.safetensors", cwd=tmp_path)
    for line in result.stderr.splitlines():
        messages.validate(json.loads(line))
    document = json.loads(result.stdout)
    checker.validate(document)
    assert document["model"] == "m.safetensors"
    again = json.loads(succeed(*command, cwd=tmp_path).stdout)
    assert again == {key: value for key, value in document.items() if key != "model"}
    for key in set(document) - {"model"}:
        assert not checker.is_valid({k: v for k, v in document.items() if k != key})
    assert not checker.is_valid({**document, "accuracy": 1.1})
    assert not checker.is_valid({**document, "surprise": 1})
