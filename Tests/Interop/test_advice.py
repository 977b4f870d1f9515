"""Cross-validation on the training spectra: whether synthetic spectra help, said, written, repeated."""

import json

import pytest
from conftest import QUALITY_GATE, USAGE, load

QUICK = ("--train-count", 24, "--max-epochs", 100, "--count", 20)


@pytest.fixture(scope="module")
def sets(succeed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("advice")
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 9, cwd=folder)
    return folder


def advice(succeed, folder, *options):
    result = succeed(
        "augment", "k.hspy", "--out", "s.hspy", "--json", *QUICK, *options, cwd=folder,
        codes=(0, QUALITY_GATE))
    return json.loads(result.stdout).get("advice"), result.stderr


def test_advice(sets, succeed):
    """It is in the document, in the words, and in the file; threads do not change it."""
    found, said = advice(succeed, sets, "--validate")
    assert not found["isApart"] and found["count"] == 48 and found["judge"] == "SVM" and found["folds"] == 3
    methods = [item["method"] for item in found["comparisons"]]
    assert methods == ["gan", "noise-shift", "mixup", "pca-gaussian", "smote"]
    for item in found["comparisons"]:
        change = item["againstReal"]
        assert item["correct"] - found["realCorrect"] == change["gained"] - change["lost"]
        assert ("generatorsAgainst" in item) == (item["method"] != "gan")
    assert "advice: " in said
    written = load(sets / "s.hspy")[0].metadata.eels_dag.advice
    assert written.recommendation == found["recommendation"]
    assert json.loads(written.record) == found
    assert advice(succeed, sets, "--validate", "--threads", 1)[0] == found


def test_network(sets, succeed):
    found, _ = advice(succeed, sets, "--validate", "--validate-with", "ann")
    assert found["judge"] == "ANN"


def test_left_out(sets, succeed, run):
    assert advice(succeed, sets, "--no-validate")[0] is None
    found, said = advice(succeed, sets, "--validate", "--train-count", 12)
    assert found is None and "20 are needed" in said
    result = run(
        "augment", "k.hspy", "--out", "s.hspy", "--method", "smote", "--validate", cwd=sets)
    assert result.returncode == USAGE


def test_other_inputs_tell(sets, succeed):
    """Where every class comes from several files, each is told by what was learned from the others."""
    succeed("simulate", "k", "-o", "other.hspy", "--seed", 10, cwd=sets)
    result = succeed(
        "augment", "k.hspy", "other.hspy", "--out", "two.hspy", "--json", "--train-count", 40, "--max-epochs", 100,
        "--count", 20, "--validate", cwd=sets, codes=(0, QUALITY_GATE))
    found = json.loads(result.stdout)["advice"]
    assert found["isApart"] and found["folds"] == 2 and found["count"] == 80
    tried = [(item["method"], item.get("acquisitions")) for item in found["comparisons"]]
    assert tried == [
        ("gan", None), ("gan", "unseen"), ("noise-shift", None), ("noise-shift", "unseen"), ("mixup", None),
        ("pca-gaussian", None), ("pca-gaussian", "unseen"), ("smote", None)]
    assert "each part of the inputs told by what was learned from the others" in result.stderr
