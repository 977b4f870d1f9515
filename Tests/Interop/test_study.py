"""`study`: what it writes, that it goes on where it was stopped, and that nothing depends on how it runs."""

import json
import pathlib
import shutil
import signal
import subprocess
import time

import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, ROOT, UNUSABLE, USAGE, load, refuse

TINY = ("--sets", "k", "--train-count", 20, "--max-epochs", 20, "--methods", "gan", "smote",
        "--classifiers", "svm")


def check(tables):
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.validate(tables, json.loads((ROOT / "Schemas" / "study.schema.json").read_text()))


def written(folder):
    """All files of a study but for the times in them."""
    files = {}
    for path in sorted(pathlib.Path(folder).rglob("*")):
        if path.is_file():
            text = path.read_text()
            if path.parent.name == "jobs":
                record = json.loads(text)
                assert record.pop("processorSeconds") > 0
                text = json.dumps(record)
            files[str(path.relative_to(folder))] = text
    return files


@pytest.fixture(scope="module")
def study(succeed, tmp_path_factory):
    """Two seeds, one job after the other, and what was printed."""
    folder = tmp_path_factory.mktemp("study")
    result = succeed("study", "--out", "d", *TINY, "--seeds", "1:2", "--jobs", 1, cwd=folder)
    return folder / "d", result


def test_files_and_tables(study):
    folder, result = study
    assert (folder / "tables.md").read_text() == result.stdout
    assert len(list((folder / "jobs").iterdir())) == 6
    tables = json.loads((folder / "tables.json").read_text())
    check(tables)
    assert tables["seeds"] == [1, 2]
    # Every mean is that of what the jobs' confusion matrices say.
    records = [json.loads(path.read_text()) for path in (folder / "jobs").iterdir()]
    assert len(tables["accuracies"]) == 5
    for row in tables["accuracies"]:
        values = []
        for seed in tables["seeds"]:
            record, = [r for r in records if r["job"]["seed"] == seed
                       and r["job"].get("method") == row["source"].get("method")]
            told, = [t for t in record["outcome"]["told"]
                     if t["withReal"] == row["source"]["withReal"]]
            counts = np.array(told["confusion"]["counts"])
            assert counts.sum(1).tolist() == [c["tested"] for c in record["outcome"]["classes"]]
            values.append(np.trace(counts) / counts.sum())
        np.testing.assert_allclose(row["accuracy"]["values"], values, rtol=1e-12)
        assert f"{100 * np.mean(values):.1f} ± " in result.stdout
    differences = {
        (row["source"]["method"], row["against"].get("method")): row["comparison"]["difference"]["mean"]
        for row in tables["comparisons"]}
    assert set(differences) == {("gan", None), ("gan", "smote"), ("smote", None)}
    assert np.isclose(
        differences["gan", None], differences["gan", "smote"] + differences["smote", None])


def test_best_is_bold(study):
    _, result = study
    lines = result.stdout.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("| learned from"))
    rows = {}
    for line in lines[start + 2:]:
        if not line.startswith("|"):
            break
        name, cell = [part.strip() for part in line.strip("|").split("|")]
        rows[name] = cell
    means = {name: float(cell.strip("*").split()[0]) for name, cell in rows.items()}
    assert set(rows) == {"GAN single-bitrans simple-dense", "smote", "real alone"}
    del means["real alone"]
    bold = {name for name, cell in rows.items() if cell.startswith("**")}
    assert bold and all(means[name] == max(means.values()) for name in bold)


def test_the_spectra_are_those_of_augment(study, succeed, tmp_path):
    """`augment` of the same seed and number of training spectra writes what the study's classifiers learn from.

    Then `classify` finds nearly the study's accuracy: the folds that choose its settings are others.
    """
    folder, _ = study
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 2, cwd=tmp_path)
    succeed("augment", "k.hspy", "-o", "s.hspy", "--method", "smote", "--train-count", 20, "--count", 3000,
            "--seed", 2, cwd=tmp_path, codes=(0, QUALITY_GATE))
    record = json.loads((folder / "jobs" / "k-seed-2-20-smote.json").read_text())
    parts = np.split(load(tmp_path / "s.hspy")[0].data.astype(float), 2)
    for part, item in zip(parts, record["outcome"]["classes"], strict=True):
        np.testing.assert_allclose(
            (part.mean(0) / part.std(0)).mean(), item["synthetic"]["signalToNoise"], rtol=1e-6)
    succeed("augment", "k.hspy", "-o", "few.hspy", "--method", "smote", "--train-count", 20, "--count", 800,
            "--seed", 2, cwd=tmp_path, codes=(0, QUALITY_GATE))
    document = json.loads(succeed(
        "classify", "--train", "k.hspy", "few.hspy", "--train-count", 20, "--test", "k.hspy", "--seed", 2,
        "--json", cwd=tmp_path).stdout)
    told, = [t for t in record["outcome"]["told"] if t["withReal"]]
    counts = np.array(told["confusion"]["counts"])
    assert document["test"]["spectra"] == counts.sum()
    assert abs(np.trace(counts) / counts.sum() - document["accuracy"]) < 0.05


def test_it_goes_on_after_a_kill(study, program, succeed, tmp_path):
    """Stopped hard after its first job, it ends with the same bytes, with several jobs side by side."""
    folder, _ = study
    arguments = ["study", "--out", "d", *map(str, TINY), "--seeds", "1:2"]
    for number, stop in enumerate((signal.SIGKILL, signal.SIGINT)):
        # Nicely, so that this loop sees the first file in time also on a busy machine.
        process = subprocess.Popen(
            ["nice", "-n", "19", program, *arguments, "--jobs", "1"], cwd=tmp_path, stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(tmp_path.glob("d/jobs/*.json"))) > number:
                break
            time.sleep(0.005)
        process.send_signal(stop)
        assert process.wait() == (-signal.SIGKILL if stop == signal.SIGKILL else 130)
        assert not (tmp_path / "d" / "tables.md").exists()
    begun = {path: path.stat().st_mtime_ns for path in tmp_path.glob("d/jobs/*.json")}
    assert 1 < len(begun) < 6
    result = succeed(*arguments, "--jobs", 2, cwd=tmp_path)
    assert f"{len(begun)} of 6 jobs are done" in result.stderr
    for path, changed in begun.items():
        assert path.stat().st_mtime_ns == changed
    # SIGKILL leaves no time to remove a file that was being written.
    for path in tmp_path.glob("d/jobs/.*"):
        path.unlink()
    assert written(tmp_path / "d") == written(folder)


def test_a_broken_file_is_done_anew(study, succeed, tmp_path):
    folder, _ = study
    shutil.copytree(folder, tmp_path / "d")
    broken = tmp_path / "d" / "jobs" / "k-seed-2-20-smote.json"
    broken.write_text(broken.read_text()[:1000])
    result = succeed("study", "--out", "d", *TINY, "--seeds", "1:2", cwd=tmp_path)
    assert "5 of 6 jobs are done" in result.stderr
    assert written(tmp_path / "d") == written(folder)


def test_protocols(succeed, tmp_path):
    """Which spectra train and test in each protocol, and that disturbed test spectra are harder to tell."""
    options = ("--out", "d", "--sets", "k", "--seeds", "2:3", "--train-count", 50, "--methods", "noise-shift",
               "--classifiers", "svm", "--apart")
    succeed("study", *options, "--protocols", "clean", "few-shot", "shifted", "fewer-counts", "unbalanced",
            cwd=tmp_path)
    tables = json.loads((tmp_path / "d" / "tables.json").read_text())
    check(tables)
    assert tables["isApart"]
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 3, cwd=tmp_path)
    _, labels, acquisitions, quality = load(tmp_path / "k.hspy")
    later = (acquisitions.data > acquisitions.data.max() // 2) & (quality.data & UNUSABLE == 0)
    trained = {}
    for path in (tmp_path / "d" / "jobs").glob("k-seed-3-*-real.json"):
        record = json.loads(path.read_text())
        classes = record["outcome"]["classes"]
        assert [c["tested"] for c in classes] == [
            int((later & (labels.data == label)).sum()) for label in (0, 1)]
        job = record["job"]
        trained[job["trainCount"], job["isUnbalanced"]] = [c["training"] for c in classes]
    # Seed 3 of two classes: the second is scarce.
    assert trained == {(50, False): [50, 50], (10, False): [10, 10], (20, False): [20, 20],
                       (40, False): [40, 40], (50, True): [50, 10]}
    rows = {row["variant"]: row["accuracy"]["mean"] for row in tables["accuracies"]
            if row["situation"] == {"set": "k", "trainCount": 50, "isUnbalanced": False}
            and row["source"] == {"withReal": True}}
    assert list(rows) == ["clean", *(f"shift:{n}" for n in (1, 2, 4, 8)), "counts:0.5", "counts:0.25"]
    assert rows["clean"] > rows["shift:4"] > rows["shift:8"]
    assert rows["clean"] > rows["counts:0.5"] > rows["counts:0.25"] > 0.5


def test_other_settings_are_done_anew(study, succeed, tmp_path):
    folder, _ = study
    listed = succeed("study", "--out", folder, *TINY, "--seeds", "1:3", "--dry-run", cwd=tmp_path).stdout
    assert listed.count("done ") == 6 and "3 of 9 jobs to do" in listed
    assert not list(tmp_path.iterdir())
    listed = succeed("study", "--out", folder, *TINY, "--max-epochs", 21, "--seeds", "1:2", "--dry-run",
                     cwd=tmp_path).stdout
    # What does not train generators has no such setting.
    assert [line.split()[-1] for line in listed.splitlines() if line.startswith("to do")] == [
        f"k-seed-{seed}-20-gan-single-bitrans-simple-dense" for seed in (1, 2)]


def test_files_of_ones_own(made, succeed, tmp_path):
    """A spectrum image and its labels, an SVM and a network."""
    succeed("study", "--out", "d", made.preprocessed, "--labels", made.labels, "--train-count", 20,
            "--methods", "noise-shift", "--seeds", "3", cwd=tmp_path)
    record = json.loads((tmp_path / "d" / "jobs" / "si_preprocessed-seed-3-20-noise-shift.json").read_text())
    assert len(record["job"]["inputs"]) == 2
    assert {(t["judge"], t["withReal"]) for t in record["outcome"]["told"]} == {
        (judge, real) for judge in ("SVM", "ANN") for real in (False, True)}
    tables = json.loads((tmp_path / "d" / "tables.json").read_text())
    check(tables)
    assert all("halfWidth" not in row["accuracy"] for row in tables["accuracies"])


def test_refusals(made, run, tmp_path):
    refuse(run, tmp_path, "study", "--out", "d", "--seeds", "5:1", code=USAGE, words=["seeds"])
    refuse(run, tmp_path, "study", "--out", "d", "--train-count", 5, code=USAGE, words=["--train-count"])
    refuse(run, tmp_path, "study", "--out", "d", made.preprocessed, "--labels", made.labels, "--apart",
           code=USAGE, words=["--apart"])
    refuse(run, tmp_path, "study", "--out", "d", "--methods", "smote", "--designs", "multi-bitrans",
           code=USAGE, words=["--designs"])
    refuse(run, tmp_path, "study", "--out", "d", made.preprocessed, code=REFUSED, words=["one class"])
    (tmp_path / "file").write_text("")
    refuse(run, tmp_path, "study", "--out", "file", "--sets", "k", code=75, words=["file/jobs"])


@pytest.fixture(scope="module")
def halves(succeed, tmp_path_factory):
    """Two simulated acquisitions of the same two classes."""
    folder = tmp_path_factory.mktemp("halves")
    for name, seed in (("a", 3), ("b", 4)):
        succeed("simulate", "k", "-o", f"{name}.hspy", "--seed", seed, cwd=folder)
    return folder


def test_tests_on_another_file(halves, succeed):
    """All usable spectra of the other file test, and none of the first."""
    tiny = ("--train-count", 30, "--methods", "pca-gaussian", "--classifiers", "svm", "--seeds", "1:2")
    succeed("study", "a.hspy", "--test", "b.hspy", "--out", "s", *tiny, cwd=halves)
    records = [json.loads(path.read_text()) for path in (halves / "s" / "jobs").iterdir()]
    signals = load(halves / "b.hspy")
    labels = next(s for s in signals if s.metadata.has_item("Sample.class_names")
                  and s.metadata.Signal.signal_type != "EELS").data
    flags = next(s for s in signals if "Quality" in s.metadata.General.title).data
    usable = np.bincount(labels[(labels >= 0) & (flags == 0)], minlength=2)
    assert len(records) == 4
    for record in records:
        tested = [c["tested"] for c in record["outcome"]["classes"]]
        assert all(n >= m > 800 for n, m in zip(np.bincount(labels[labels >= 0]), tested))
        np.testing.assert_allclose(tested, usable, atol=30)
        assert len(record["job"]["inputs"]) == 2
        told = record["outcome"]["told"][-1]["confusion"]["counts"]
        assert np.trace(told) / np.sum(told) > 0.8


def test_other_files_that_cannot_test(halves, run, succeed):
    refuse(run, halves, "study", "a.hspy", "--test", "b.hspy", "--sets", "k", "--out", "x",
           code=USAGE, words=["--test goes with one file"])
    refuse(run, halves, "study", "--test-labels", "b.hspy", "--out", "x",
           code=USAGE, words=["--test-labels goes with --test"])
    for preset, words in (("w", "energy axis"), ("mf", "holds no class “FeO”")):
        succeed("simulate", preset, "-o", f"{preset}.hspy", "--seed", 1, cwd=halves)
        refuse(run, halves, "study", "a.hspy", "--test", f"{preset}.hspy", "--out", "x",
               code=REFUSED, words=[words])


def test_leak(succeed, run, tmp_path):
    """Denoised sets: the components come from the training spectra alone, with --leak from all."""
    options = ("--sets", "mf", "--seeds", 2, "--train-count", 30, "--methods", "smote", "--classifiers", "svm")
    noise = []
    for extra in ((), ("--leak",)):
        succeed("study", "--out", "d", *options, *extra, cwd=tmp_path)
        path = tmp_path / "d" / "jobs" / f"mf-seed-2-30{'-leak' if extra else ''}-real.json"
        record = json.loads(path.read_text())
        assert record["job"].get("leaks", False) == bool(extra)
        noise.append([c["signalToNoise"] for c in record["outcome"]["classes"]])
    # Ten components of 60 spectra hold less of the others than ten of all.
    assert noise[0] != noise[1]
    result = run("study", "--out", "d", "x.hspy", "--leak", cwd=tmp_path)
    assert result.returncode == USAGE and "--leak goes with presets" in result.stderr


def test_designs_of_files(succeed, run, tmp_path):
    """Whole designs and the paper's own procedure beside a scheme, each by its name."""
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 2, cwd=tmp_path)
    succeed("augment", "k.hspy", "-o", "s.hspy", "--train-count", 20, "--max-epochs", 20, "--count", 2, cwd=tmp_path,
            codes=(0, QUALITY_GATE))
    provenance = json.loads(load(tmp_path / "s.hspy")[0].metadata.eels_dag.provenance)
    design = provenance["settings"]["design"] | {"offsetRounds": 0}
    (tmp_path / "plain.json").write_text(json.dumps(design))
    options = ("--sets", "k", "--seeds", 1, "--train-count", 20, "--max-epochs", 20, "--methods", "gan",
               "--classifiers", "svm", "--designs", "single-bitrans", "plain.json", "--faithful")
    succeed("study", "--out", "d", *options, cwd=tmp_path)
    tables = json.loads((tmp_path / "d" / "tables.json").read_text())
    check(tables)
    named = {row["source"].get("scheme") for row in tables["accuracies"]}
    assert named == {None, "single-bitrans", "faithful-single-bitrans", "plain"}
    record = json.loads((tmp_path / "d" / "jobs" / "k-seed-1-20-gan-plain-simple-dense.json").read_text())
    assert record["job"]["design"]["settings"]["offsetRounds"] == 0
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "plain.json").write_text(json.dumps(design))
    result = run("study", "--out", "e", *options[:-1], "other/plain.json", cwd=tmp_path)
    assert result.returncode == USAGE and "two designs are named plain" in result.stderr
    result = run("study", "--out", "e", "--designs", "shared-heads", "--faithful", cwd=tmp_path)
    assert result.returncode == USAGE and "the paper's four schemes" in result.stderr
