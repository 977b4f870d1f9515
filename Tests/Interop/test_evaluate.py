"""`eels-dag evaluate`: verdicts on files as a user has them, other axes, missing classes."""

import base64
import html.parser
import json
import shutil

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, TEMPORARY

COUNT = 100


class Sets:
    """A file with real spectra, and copies whose other spectra stand for synthetic ones."""

    def __init__(self, source, folder):
        self.source, self.folder = source, folder
        with h5py.File(source) as file:
            labels = next(name for name in file["Experiments"] if name.endswith("__labels"))
            self.labels, self.spectra = f"Experiments/{labels}", f"Experiments/{labels[:-8]}"
            values = file[f"{self.labels}/data"][...]
        self.parts = {}
        for part, start in (("real", 0), ("synthetic", COUNT)):
            mine = np.full_like(values, -1)
            random = np.random.default_rng(3)  # the same order for both parts
            for label in range(2):
                members = np.flatnonzero(values == label)
                mine[random.permutation(members)[start:start + COUNT]] = label
            self.parts[part] = mine
        self.real = self.write("real", lambda spectra: spectra)

    def write(self, part, change, edit=None):
        """A file in which `change` has been at the spectra of a part, and `edit` at the rest."""
        path = self.folder / f"{part}_{len(list(self.folder.iterdir()))}.hspy"
        shutil.copy(self.source, path)
        with h5py.File(path, "r+") as file:
            labels = self.parts["real" if part == "real" else "synthetic"]
            file[f"{self.labels}/data"][...] = labels
            data = file[f"{self.spectra}/data"]
            spectra = change(data[...].astype(np.float64))
            data[...] = spectra / spectra.max(1, keepdims=True)
            if edit:
                edit(file[self.spectra], file[self.labels])
        return path


@pytest.fixture(scope="module")
def sets(succeed, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluate")
    succeed("simulate", "k", "-o", "k.hspy", "--seed", 9, cwd=folder)
    return Sets(folder / "k.hspy", tmp_path_factory.mktemp("sets"))


@pytest.fixture
def evaluate(run, tmp_path):
    def evaluate(real, synthetic, *options, code=0):
        result = run("evaluate", real, synthetic, "--json", *options, cwd=tmp_path)
        assert result.returncode == code, result.stderr
        return json.loads(result.stdout) if result.stdout else None, result.stderr

    return evaluate


def test_good(sets, evaluate):
    """Other real spectra are good; the seed repeats, threads change nothing."""
    good = sets.write("synthetic", lambda spectra: spectra)
    found, _ = evaluate(sets.real, good)
    (group,) = found["groups"]
    assert [item["verdict"] for item in group["classes"]] == ["good", "good"]
    for item in group["classes"]:
        for measure, value in item["quality"].items():
            if measure in ("noiseRatio", "diversity", "nearestNeighbourRatio"):
                assert 0.8 < value < 1.2, measure
        assert item["nullLow"]["noiseRatio"] < 1 < item["nullHigh"]["noiseRatio"]
    assert evaluate(sets.real, good, "--threads", 1)[0] == found
    assert evaluate(sets.real, good, "--seed", 2)[0] != found


def noisy(spectra):
    return spectra + np.random.default_rng(1).normal(0, 0.3, spectra.shape)


def shifted(spectra):
    return np.roll(spectra, 4, axis=1)


def collapsed(spectra):
    return np.repeat(spectra[:1], len(spectra), axis=0)


@pytest.mark.parametrize("change, verdict", [
    (noisy, "too noisy"), (shifted, "shifted"), (collapsed, "collapsed")])
def test_faults(sets, evaluate, change, verdict):
    path = sets.write("synthetic", change)
    found, said = evaluate(sets.real, path, code=QUALITY_GATE)
    (group,) = found["groups"]
    assert {item["verdict"] for item in group["classes"]} == {verdict}
    assert verdict in said.splitlines()[-1]
    assert "look like the real ones" not in said or change is collapsed


def test_few_or_equal_by_another_name(sets, evaluate):
    """What a class is called does not decide how it is compared."""

    def one_class(spectra, labels):
        values = labels["data"]
        chosen = np.flatnonzero(values[...] == 0)[:8]
        new = np.full_like(values[...], -1)
        new[chosen] = 1
        values[...] = new
        stored = labels["metadata/Sample/_list_class_names"]
        stored[...] = np.array([b"x", b"other"], dtype=stored.dtype)

    def only_first(spectra, labels):
        values = labels["data"]
        values[...] = np.where(values[...] == 0, 0, -1)

    real = sets.write("real", lambda spectra: spectra, only_first)
    path = sets.write("synthetic", collapsed, one_class)
    found, said = evaluate(real, path, code=QUALITY_GATE)
    (item,) = found["groups"][0]["classes"]
    assert item["name"] == "FeO" and item["verdict"] == "collapsed" and item["groupSize"] == 8
    assert "only gross faults" in said


def test_roles(sets, evaluate, succeed, tmp_path):
    """Generated spectra in the place of the real ones, and a report over a protected file."""
    succeed(
        "augment", sets.real, "--max-epochs", 20, "--count", 60, "--out", "s.hspy", cwd=tmp_path,
        codes=(0, QUALITY_GATE))
    _, said = evaluate(tmp_path / "s.hspy", sets.real, code=QUALITY_GATE)
    assert "the real ones come first" in said
    report = tmp_path / "old.html"
    report.write_text("precious")
    report.chmod(0o444)
    _, said = evaluate(sets.real, tmp_path / "s.hspy", "--report", report, code=TEMPORARY)
    assert report.read_text() == "precious" and "write-protected" in said
    report = tmp_path / "new.html"
    _, said = evaluate(sets.real, tmp_path / "s.hspy", "--report", report, code=QUALITY_GATE)
    assert "keep some back" in said and "keep some back" in report.read_text()


def test_relabelled(sets, succeed, tmp_path):
    """Spectra that trained a generator do not test under another class."""
    succeed(
        "augment", sets.real, "--count", 60, "--train-count", 40, "--method",
        "smote", "--out", "s.hspy", cwd=tmp_path, codes=(0, QUALITY_GATE))
    training = set()
    with h5py.File(tmp_path / "s.hspy") as file:
        def visit(name, item):
            if name.endswith("training_spectra"):
                training.update(item[...].tolist())
        file.visititems(visit)
    assert len(training) == 80
    labels = tmp_path / "labels.hspy"
    with h5py.File(sets.real) as file, h5py.File(labels, "w") as new:
        new.attrs.update(file.attrs)
        file.copy(sets.labels, new.create_group("Experiments"))
        values = new["Experiments"][sets.labels.split("/")[1]]["data"]
        values[...] = np.where(values[...] < 0, -1, 1 - values[...])
        members = np.flatnonzero(values[...] >= 0)
    result = succeed(
        "evaluate", sets.real, "s.hspy", "--labels", labels, "--report", "r.html", cwd=tmp_path,
        codes=(QUALITY_GATE,))
    # The mean of the noisier class knows its shape too little.
    assert "spectra of Fe3O4 look like the real ones of FeO" in result.stderr
    page = (tmp_path / "r.html").read_text()
    usable = sum(int(line.split("taking ")[1].split()[0]) for line in result.stderr.splitlines()
                 if "real" in line and "taking" in line)
    assert usable <= len(members)
    assert f"told the classes of the other {usable - 80} real spectra" in page


def test_copies(sets, evaluate):
    """The real file itself, in the place of synthetic spectra."""
    copy = shutil.copy(sets.real, sets.folder / "copy.hspy")
    found, _ = evaluate(sets.real, copy, code=QUALITY_GATE)
    for item in found["groups"][0]["classes"]:
        assert item["verdict"] == "copied" and item["quality"]["nearestNeighbourRatio"] < 1e-5


def test_other_axis(sets, evaluate):
    """Synthetic spectra of finer channels are resampled, with a warning; of fewer energies, refused."""

    def rename(spectra, labels):
        axis = spectra["axis-1"].attrs
        axis["scale"], axis["offset"] = axis["scale"] * 1.01, axis["offset"] - 1

    path = sets.write("synthetic", lambda spectra: spectra, rename)
    found, said = evaluate(sets.real, path, code=QUALITY_GATE)
    assert "resampled" in said and len(found["groups"][0]["classes"]) == 2

    def crop(spectra, labels):
        spectra["axis-1"].attrs["scale"] *= 0.9

    path = sets.write("synthetic", lambda spectra: spectra, crop)
    _, said = evaluate(sets.real, path, code=REFUSED)
    assert "crop the real ones" in said


def test_classes(sets, evaluate):
    """A class without a counterpart is named; with none in common there is nothing to compare."""

    def names(*wanted):
        def edit(spectra, labels):
            stored = labels["metadata/Sample/_list_class_names"]
            stored[...] = np.array([name.encode() for name in wanted], dtype=stored.dtype)
        return edit

    path = sets.write("synthetic", lambda spectra: spectra, names("FeO", "other"))
    found, said = evaluate(sets.real, path, code=QUALITY_GATE)
    assert "Fe3O4 missing" in said.splitlines()[-1]
    assert [item["name"] for item in found["groups"][0]["classes"]] == ["FeO"]
    assert "no synthetic spectra of Fe3O4" in said and "no real spectra of other" in said
    assert "leaks" not in found["groups"][0]
    path = sets.write("synthetic", lambda spectra: spectra, names("one", "other"))
    _, said = evaluate(sets.real, path, code=REFUSED)
    assert "no class is in both files" in said


def test_paper_metrics(sets, run, tmp_path):
    good = sets.write("synthetic", lambda spectra: spectra)
    result = run("evaluate", sets.real, good, "--metrics", "paper", cwd=tmp_path)
    assert all(name in result.stdout for name in ("FID", "PCC", "CosD", "SNR", "KL divergence"))
    assert "Fréchet distance " not in result.stdout


class Page(html.parser.HTMLParser):
    """What a page holds: its headings, the rows of its tables, its pictures, its links."""

    def __init__(self, text):
        super().__init__()
        self.headings, self.rows, self.pictures, self.links, self.inside = [], [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.links += [attributes[name] for name in ("src", "href") if name in attributes]
        if tag == "img":
            self.pictures.append(base64.b64decode(attributes["src"].split("base64,")[1]))
        if tag == "tr":
            self.rows.append([])
        self.inside.append(tag)

    def handle_endtag(self, tag):
        while self.inside and self.inside.pop() != tag:
            pass

    def handle_data(self, text):
        if self.inside[-1:] == ["h2"]:
            self.headings.append(text)
        if self.inside[-1:] in (["th"], ["td"]):
            self.rows[-1].append(text)


def test_report(sets, succeed, tmp_path):
    """One page that needs nothing else; what classifiers told adds up; copies among many are found."""
    succeed(
        "augment", sets.source, "--train-count", 40, "--max-epochs", 200, "--count", 120, "--out",
        "synth.h5", cwd=tmp_path, codes=(0, QUALITY_GATE))
    succeed(
        "evaluate", sets.source, "synth.h5", "--report", "report.html", cwd=tmp_path,
        codes=(0, QUALITY_GATE))
    page = Page((tmp_path / "report.html").read_text())
    assert all(link.startswith("data:") for link in page.links)
    assert all(picture.startswith(b"\x89PNG") for picture in page.pictures)
    assert len(page.pictures) == 2  # spectra, training
    assert {"Verdicts", "What classifiers learn from them", "Signal to noise", "Training"} <= set(
        page.headings)
    accuracies = next(page.rows[i:i + 4] for i, row in enumerate(page.rows)
                      if row == ["learned from", "SVM", "ANN"])
    assert [row[0] for row in accuracies] == ["learned from", "real", "synthetic", "both"]
    told = [row for row in page.rows if len(row) == 4 and row[0] in ("FeO", "Fe3O4")
            and row[1].isdigit()]
    assert len(told) == 12  # SVM and ANN; from real and synthetic spectra and both; two classes
    totals = {row[0]: int(row[1]) + int(row[2]) for row in told}
    for name, first, second, found in told:
        right = int(first if name == "FeO" else second)
        assert totals[name] == int(first) + int(second)
        assert float(found.split()[0]) == pytest.approx(100 * right / totals[name], abs=0.06)
