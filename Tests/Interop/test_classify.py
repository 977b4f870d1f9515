"""`classify`: what it learns from, what it tests, what it writes, and that it leaves out what would flatter."""

import json

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, USAGE, load, refuse

CHANNELS = 64
NAMES = ["FeO", "Fe₃O₄", "MnO"]


def white_lines(counts, seed):
    """Spectra whose line moves and grows by class, divided by their maxima, and their labels."""
    random = np.random.default_rng(seed)
    energies = np.arange(CHANNELS)
    rows, labels = [], []
    for label, count in enumerate(counts):
        for _ in range(count):
            centre = 24 + label + random.normal(0, 0.5)
            row = np.exp(-((energies - centre) / 4) ** 2)
            row += (0.5 + 0.05 * label) * np.exp(-((energies - centre - 18) / 4) ** 2)
            row += random.normal(0, 0.04, CHANNELS)
            rows.append(row / row.max())
            labels.append(label)
    order = random.permutation(len(labels))
    return np.float32(rows)[order], np.array(labels)[order]


@pytest.fixture
def labelled(write_image):
    """Writes a labelled file."""

    def labelled(name, counts, seed, names=NAMES, offset=500.0, keep=slice(None)):
        spectra, labels = white_lines(counts, seed)
        path = write_image(spectra[keep], name, offset=offset)
        write_image(labels[keep].astype(np.int32), name, navigate=True, title="labels")
        with h5py.File(path, "r+") as file:
            sample = file["Experiments/labels/metadata"].create_group("Sample")
            sample.create_dataset(
                "_list_class_names", data=np.array([n.encode() for n in names], dtype="S16"))
        return path

    return labelled


def document(result):
    return json.loads(result.stdout)


def test_accuracy_and_model(labelled, succeed, tmp_path):
    """Better than chance on other spectra, the table says what the document says, threads change nothing."""
    labelled("a.hspy", [60, 40, 30], 1)
    labelled("b.hspy", [50, 50, 50], 2)
    files = ["--train", "a.hspy", "--test", "b.hspy"]
    results = []
    for threads in (1, 2):
        results.append(document(succeed(
            "classify", *files, "--json", "--threads", threads, "--model", "m.safetensors",
            cwd=tmp_path)))
    assert results[0] == results[1]
    result = results[0]
    assert 0.6 < result["accuracy"] < 1
    confusion = np.array(result["confusion"])
    assert confusion.sum(1).tolist() == [50, 50, 50]
    assert np.trace(confusion) == round(150 * result["accuracy"])
    assert result["training"] == {"real": 130, "synthetic": 0}
    assert [c["training"]["real"] for c in result["classes"]] == [60, 40, 30]
    low, high = result["accuracyInterval"]
    assert low < result["accuracy"] < high
    text = succeed("classify", *files, cwd=tmp_path).stdout
    assert f"{np.trace(confusion)} of 150 spectra" in text
    for row in confusion:
        assert any(line.split()[-3:] == [str(v) for v in row] for line in text.splitlines())


def test_scikit_learn_agrees(labelled, succeed, tmp_path):
    """The classifier's file holds the machine that scikit-learn finds with the settings chosen."""
    svm = pytest.importorskip("sklearn.svm")
    a, b = labelled("a.hspy", [60, 40, 30], 1), labelled("b.hspy", [50, 50, 50], 2)
    result = document(succeed(
        "classify", "--train", a, "--test", b, "--json", cwd=tmp_path))
    settings = result["settings"]
    (x, y), (u, v) = (white_lines(*made) for made in (([60, 40, 30], 1), ([50, 50, 50], 2)))
    machine = svm.SVC(
        C=settings["fittedPenalty"], gamma=settings["steepness"], class_weight="balanced").fit(x, y)
    assert abs(machine.score(u, v) - result["accuracy"]) < 0.04
    assert machine.n_support_.sum() == settings["supportVectors"]


def test_a_part_trains_and_the_rest_tests(labelled, succeed, run, tmp_path):
    labelled("a.hspy", [60, 40, 30], 1)
    same = ["classify", "--train", "a.hspy", "--test", "a.hspy"]
    refuse(run, tmp_path, *same, code=USAGE, words=["a.hspy", "--train-count"])
    result = document(succeed(*same, "--train-count", 20, "--json", cwd=tmp_path))
    assert result["test"] == {
        "spectra": 70, "leftOut": {"trainedGenerators": 0, "trainsClassifier": 60}}
    result = document(succeed(*same, "--train-fraction", 0.5, "--json", cwd=tmp_path))
    assert result["test"]["spectra"] == 65
    # All of a class train: nothing of it is left to test.
    result = succeed(*same, "--train-count", 30, "--json", cwd=tmp_path)
    assert "no spectrum of MnO is left" in result.stderr
    assert "recall" not in document(result)["classes"][2]


def test_labels_of_another_file(labelled, succeed, run, tmp_path):
    """Spectra whose labels lie in a file of their own give what the file with both gives."""
    for name, counts, seed in (("a", [60, 40, 30], 1), ("b", [50, 50, 50], 2)):
        labelled(f"{name}.hspy", counts, seed)
        for part, other in (("spectra", "labels"), ("labels", "image")):
            (tmp_path / f"{name}_{part}.hspy").write_bytes((tmp_path / f"{name}.hspy").read_bytes())
            with h5py.File(tmp_path / f"{name}_{part}.hspy", "r+") as file:
                del file["Experiments"][other]
    both = document(succeed(
        "classify", "--train", "a.hspy", "--test", "b.hspy", "--json", cwd=tmp_path))
    apart = document(succeed(
        "classify", "--train", "a_spectra.hspy", "--labels", "a_labels.hspy", "--test",
        "b_spectra.hspy", "--test-labels", "b_labels.hspy", "--json", cwd=tmp_path))
    assert apart == both and both["test"]["spectra"] == 150
    # A file that trains and tests has one file of labels.
    same = ["--train-count", 20, "--json", "--test"]
    assert document(succeed("classify", "--train", "a.hspy", *same, "a.hspy", cwd=tmp_path)) == document(
        succeed("classify", "--train", "a_spectra.hspy", "--labels", "a_labels.hspy", *same,
                "a_spectra.hspy", cwd=tmp_path))
    refuse(run, tmp_path, "classify", "--train", "a_spectra.hspy", "b_spectra.hspy", "--labels",
           "a_labels.hspy", "--test", "b.hspy", code=USAGE, words=["--labels", "--test-labels"])
    refuse(run, tmp_path, "classify", "--train", "a.hspy", "--test", "a.hspy", "b_spectra.hspy",
           "--test-labels", "b_labels.hspy", code=USAGE, words=["--test-labels goes with one"])


def test_sample_data(made, succeed, tmp_path):
    """The image of the README, preprocessed, with its file of labels."""
    result = document(succeed(
        "classify", "--train", made.preprocessed, "--labels", made.labels, "--train-count", 60, "--test",
        made.preprocessed, "--json", cwd=tmp_path))
    sizes = np.bincount(load(made.labels)[0].data[load(made.labels)[0].data >= 0])
    assert result["test"]["spectra"] <= sizes.sum() - 60 * len(sizes)
    assert result["accuracy"] > 0.9


class TestSynthetic:
    @pytest.fixture(scope="class")
    def files(self, succeed, tmp_path_factory):
        """A simulated set, and synthetic spectra learned from 20 of each class, cut short."""
        folder = tmp_path_factory.mktemp("synthetic")
        succeed("simulate", "k", "-o", "k.hspy", "--seed", 2, cwd=folder)
        succeed(
            "augment", "k.hspy", "--out", "synth.h5", "--model", "gan.safetensors", "--count", 60,
            "--train-count", 20, "--seed", 5, "--max-epochs", 100, cwd=folder,
            codes=(0, QUALITY_GATE))
        succeed("generate", "gan.safetensors", "-o", "more.hspy", "--count", 30, "--seed", 9, cwd=folder)
        return folder

    def test_spectra_that_trained_a_generator_are_not_tested(self, files, succeed):
        """By the classifier's own count, and by the records that the synthetic file holds."""
        records = load(files / "synth.h5")[0].metadata.eels_dag.training.as_dictionary()
        trained = sum(len(record["training_spectra"]) for record in records.values())
        total = int((load(files / "k.hspy")[1].data >= 0).sum())
        unusable = int((load(files / "k.hspy")[3].data & 91 != 0).sum())
        assert trained == 40
        for synthetic, count in (("synth.h5", 60), ("more.hspy", 30)):
            result = succeed(
                "classify", "--train", synthetic, "--test", "k.hspy", "--json", cwd=files)
            assert document(result)["test"] == {
                "spectra": total - unusable - 40,
                "leftOut": {"trainedGenerators": 40, "trainsClassifier": 0}}
            assert document(result)["training"] == {"real": 0, "synthetic": 2 * count}
            assert "flatters" in document(result)["warnings"][0]
            assert f"generators of {synthetic} learned" in result.stderr
        # The same seed and number choose the same spectra for the classifier.
        result = document(succeed(
            "classify", "--train", "k.hspy", "synth.h5", "--test", "k.hspy", "--train-count", 20,
            "--seed", 5, "--json", cwd=files))
        assert result["test"]["leftOut"] == {"trainedGenerators": 40, "trainsClassifier": 0}
        assert result["training"] == {"real": 40, "synthetic": 120}
        assert result["settings"]["spectra"] == 40 and result["warnings"] == []
        # C n is the same for the spectra that chose and for all.
        settings = result["settings"]
        assert np.isclose(settings["fittedPenalty"] * 160, settings["penalty"] * 40)

    def test_other_spectra_are_left_out_too(self, files, succeed):
        result = document(succeed(
            "classify", "--train", "k.hspy", "synth.h5", "--test", "k.hspy", "--train-count", 30,
            "--seed", 6, "--json", cwd=files))
        left = result["test"]["leftOut"]
        assert left["trainedGenerators"] == 40 and 0 < left["trainsClassifier"] <= 60

    def test_a_preprocessed_copy_does_not_say_what_trained(self, files, succeed, run):
        succeed("preprocess", "more.hspy", "-o", "again.hspy", "--background", "none", "--pca", "none",
                cwd=files)
        (files / "here").mkdir()
        for name in ("again.hspy", "k.hspy"):
            (files / "here" / name).write_bytes((files / name).read_bytes())
        refuse(run, files / "here", "classify", "--train", "again.hspy", "--test", "k.hspy",
               code=REFUSED, words=["k.hspy", "not recorded"])


def test_two_files_of_one_measurement(made, succeed, tmp_path):
    """Warned of, whether spectra of the one train or generators that learned from it."""
    with h5py.File(made.simulated) as spectra, h5py.File(made.labels) as labels, h5py.File(
            tmp_path / "raw.hspy", "w") as raw:
        raw.attrs.update(spectra.attrs)
        spectra.copy("Experiments", raw)
        labels.copy(labels["Experiments"][next(iter(labels["Experiments"]))], raw["Experiments"], "labels")
    for name, fit in (("a", "two-area"), ("b", "least-squares")):
        succeed("preprocess", "raw.hspy", "-o", f"{name}.hspy", "--background-fit", fit, cwd=tmp_path)
    succeed("augment", "a.hspy", "-o", "synth.hspy", "--train-count", 30, "--count", 20,
            "--max-epochs", 2, cwd=tmp_path, codes=(0, QUALITY_GATE))
    for train, word in (("a.hspy", "train and test"), ("synth.hspy", "generators of synth.hspy")):
        result = document(succeed(
            "classify", "--train", train, "--test", "b.hspy", "--json", cwd=tmp_path))
        assert any(word in line and "b.hspy" in line for line in result["warnings"]), result["warnings"]


class TestApply:
    @pytest.fixture
    def model(self, labelled, succeed, tmp_path):
        labelled("a.hspy", [60, 40, 30], 1)
        labelled("b.hspy", [50, 50, 50], 2)
        return document(succeed(
            "classify", "--train", "a.hspy", "--test", "b.hspy", "--model", "m.safetensors", "--json",
            cwd=tmp_path))

    def test_image(self, model, write_image, succeed, tmp_path):
        """The labels of a 10 × 15 image are those of the test, whatever the scale of each spectrum."""
        spectra, truth = white_lines([50, 50, 50], 2)
        scale = np.random.default_rng(3).uniform(0.6, 1.8, (150, 1))
        image = np.float32(spectra * scale).reshape(10, 15, CHANNELS)
        image[3, 4] = np.nan
        image[7, 1] = 0
        write_image(image, "image.hspy", offset=500.0)
        for name, threads in (("map.hspy", 1), ("again.h5", 2)):
            result = succeed(
                "classify", "--apply", "m.safetensors", "image.hspy", "-o", name, "--plot", "map.png",
                "--threads", threads, cwd=tmp_path)
        assert "without a class: 2 spectra" in result.stderr and "warning" not in result.stderr
        labels, confidence = load(tmp_path / "map.hspy")
        assert labels.data.shape == (10, 15) and labels.data.dtype == np.int32
        assert list(labels.metadata.Sample.class_names) == NAMES
        assert labels.metadata.General.title == "Classes"
        assert confidence.metadata.General.title == "Confidence"
        assert labels.data[3, 4] == -1 and np.isnan(confidence.data[3, 4])
        assert labels.data[7, 1] == -1 and np.isnan(confidence.data[7, 1])
        usable = labels.data >= 0
        assert usable.sum() == 148
        told = confidence.data[usable]
        assert (told > 1 / 3 - 1e-6).all() and (told <= 1).all()
        right = (labels.data.ravel() == truth) & usable.ravel()
        correct = sum(item["correct"] for item in model["classes"])
        assert correct - 2 <= right.sum() <= correct
        # What it is surer of is right more often.
        sure = told > np.median(told)
        assert right[usable.ravel()][sure].mean() > right[usable.ravel()][~sure].mean()
        for one, other in zip(load(tmp_path / "again.h5"), (labels, confidence), strict=True):
            np.testing.assert_array_equal(one.data, other.data)
        record = json.loads(labels.metadata.eels_dag.provenance)
        assert record["command"] == "classify" and record["settings"]["classes"] == NAMES
        assert [item["file"] for item in record["inputs"]] == ["image.hspy", "m.safetensors"]
        assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")

    def test_line_and_single_spectrum(self, model, write_image, succeed, tmp_path):
        spectra, _ = white_lines([5, 5, 5], 4)
        write_image(spectra, "line.hspy", offset=500.0)
        write_image(spectra[0], "one.hspy", offset=500.0)
        for name, shape in (("line", (15,)), ("one", (1,))):
            succeed("classify", "--apply", "m.safetensors", f"{name}.hspy", "-o", f"{name}_map.hspy",
                    "--plot", f"{name}.svg", cwd=tmp_path)
            labels = load(tmp_path / f"{name}_map.hspy")[0]
            assert labels.data.size == shape[0] and (labels.data >= 0).all()

    def test_a_file_is_labels_for_others(self, model, write_image, succeed, tmp_path):
        """What --apply writes labels spectra for `classify` itself: all of them are told right."""
        spectra, _ = white_lines([20, 20, 20], 4)
        path = write_image(spectra, "c.hspy", offset=500.0)
        succeed("classify", "--apply", "m.safetensors", "c.hspy", "-o", "map.hspy", cwd=tmp_path)
        with h5py.File(tmp_path / "map.hspy") as source, h5py.File(path, "r+") as target:
            name = next(name for name, signal in source["Experiments"].items()
                        if signal["metadata/General"].attrs["title"] == "Classes")
            source.copy(f"Experiments/{name}", target["Experiments"], "labels")
        result = document(succeed(
            "classify", "--train", "a.hspy", "--test", "c.hspy", "--json", cwd=tmp_path))
        assert result["accuracy"] == 1
        # And `augment` takes them for its own.
        result = succeed(
            "augment", write_image(spectra, "d.hspy", offset=500.0), "--labels", "map.hspy", "-o", "s.hspy",
            "--count", 5, "--max-epochs", 2, cwd=tmp_path, codes=(0, QUALITY_GATE))
        assert list(load(tmp_path / "s.hspy")[1].metadata.Sample.class_names) == NAMES

    def test_other_energies_and_files(self, model, write_image, run, succeed, tmp_path):
        spectra, _ = white_lines([5, 5, 5], 4)
        write_image(spectra, "moved.hspy", offset=501.0)
        write_image(spectra[:, :60], "short.hspy", offset=500.0)
        for name in ("moved", "short"):
            refuse(run, tmp_path, "classify", "--apply", "m.safetensors", f"{name}.hspy", "-o",
                   "map.hspy", code=REFUSED, words=[f"{name}.hspy", "500 to 563 eV"])
        (tmp_path / "bad.safetensors").write_bytes(b"energy,counts\n")
        refuse(run, tmp_path, "classify", "--apply", "bad.safetensors", "a.hspy", "-o", "map.hspy",
               code=REFUSED, words=["bad.safetensors"])
        some = np.where(np.arange(15)[:, None] < 6, 1000 * spectra, spectra)
        counts = write_image(some, "some.hspy", offset=500.0)
        result = succeed("classify", "--apply", "m.safetensors", counts, "-o", "map.hspy", cwd=tmp_path)
        assert "6 spectra have maxima far from 1" in result.stderr
        counts = write_image(1000 * spectra, "counts.hspy", offset=500.0)
        refuse(run, tmp_path, "classify", "--apply", "m.safetensors", counts.name, "-o", "no.hspy",
               code=REFUSED, words=["counts.hspy", "maxima far from 1", "preprocess"])

    def test_classes_of_the_own_axis(self, labelled, write_image, succeed, tmp_path):
        """Of classes on two energy axes only those on that of the spectra are told."""
        labelled("a.hspy", [40, 40], 1, names=["FeO", "Fe₃O₄"])
        labelled("b.hspy", [40, 40], 2, names=["MnO", "MnO₂"], offset=600.0)
        succeed("classify", "--train", "a.hspy", "b.hspy", "--test", "a.hspy", "--train-count", 30,
                "--model", "two.safetensors", cwd=tmp_path)
        # The spectra of the first axis, as if recorded on the second.
        spectra, _ = white_lines([20, 20], 3)
        path = write_image(spectra, "c.hspy", offset=600.0)
        succeed("classify", "--apply", "two.safetensors", path, "-o", "map.hspy", cwd=tmp_path)
        classes, confidence = load(tmp_path / "map.hspy")
        assert set(np.unique(classes.data)) <= {2, 3}
        assert (confidence.data >= 0.5).all() and (confidence.data <= 1).all()

    def test_a_generators_file_is_no_classifier(self, model, made, succeed, run, tmp_path):
        refuse(run, tmp_path, "generate", "m.safetensors", "-o", "out.hspy", code=REFUSED,
               words=["m.safetensors", "classifier"])


class TestRefusals:
    def test_real_spectra_without_labels(self, labelled, write_image, succeed, run, tmp_path):
        """Beside synthetic ones of two classes they would be a third."""
        labelled("a.hspy", [30, 30], 1, names=["FeO", "Fe₃O₄"])
        succeed("augment", "a.hspy", "-o", "s.hspy", "--method", "smote", "--count", 20, cwd=tmp_path,
                codes=(0, QUALITY_GATE))
        spectra, _ = white_lines([20, 20], 2)
        write_image(spectra, "plain.hspy", offset=500.0)
        refuse(run, tmp_path, "classify", "--train", "plain.hspy", "s.hspy", "--test", "a.hspy",
               code=REFUSED, words=["no labels", "--labels"])

    def test_relabelled(self, labelled, write_image, succeed, run, tmp_path):
        """Spectra that made synthetic ones do not test under another class either."""
        path = labelled("a.hspy", [40, 40], 1, names=["FeO", "Fe₃O₄"])
        succeed("augment", "a.hspy", "-o", "s.hspy", "--method", "smote", "--count", 20,
                "--train-count", 25, cwd=tmp_path, codes=(0, QUALITY_GATE))
        with h5py.File(path) as file, h5py.File(tmp_path / "labels.hspy", "w") as new:
            new.attrs.update(file.attrs)
            file.copy("Experiments/labels", new.create_group("Experiments"))
            values = new["Experiments/labels/data"]
            values[...] = 1 - values[...]
        result = succeed("classify", "--train", "s.hspy", "--test", "a.hspy", "--test-labels",
                         "labels.hspy", "--json", cwd=tmp_path)
        assert document(result)["test"]["leftOut"]["trainedGenerators"] == 50
        assert np.sum(document(result)["confusion"]) == 30

    def test_classes_and_energies(self, labelled, run, tmp_path):
        labelled("a.hspy", [20, 20, 20], 1)
        labelled("moved.hspy", [20, 20, 20], 2, offset=502.0)
        labelled("other.hspy", [20, 20, 20], 3, names=["FeO", "Fe₃O₄", "NiO"])
        labelled("one.hspy", [20], 4, names=["FeO"])
        for train, test, words in (
            ("a.hspy", "moved.hspy", ["FeO", "502 to 565", "500 to 563"]),
            ("a.hspy", "other.hspy", ["NiO", "MnO"]),
            ("one.hspy", "one.hspy", ["only one class", "FeO"]),
            ("one.hspy", "a.hspy", ["Fe₃O₄"]),
        ):
            refuse(
                run, tmp_path, "classify", "--train", train, "--test", test, code=REFUSED, words=words)

    def test_too_many(self, labelled, run, tmp_path):
        """Refused at once, before anything of that size is worked out."""
        labelled("many.hspy", [13_000, 12_001, 5], 1)
        labelled("b.hspy", [20, 20, 20], 2)
        refuse(run, tmp_path, "classify", "--train", "many.hspy", "--test", "b.hspy", code=REFUSED,
               words=["FeO", "Fe₃O₄", "25001", "25000"])

    @pytest.mark.parametrize(
        "options, words",
        [
            ([], ["--train", "--apply"]), (["--train", "a.hspy"], ["--test"]),
            (["--train", "a.hspy", "--test", "b.hspy", "--train-count", "1"], ["--train-count"]),
            (["--train", "a.hspy", "--test", "b.hspy", "--model", "m.npz"], [".safetensors"]),
            (["--train", "a.hspy", "--test", "b.hspy", "-o", "x.hspy"], ["--apply"]),
            (["--apply", "m.safetensors", "a.hspy"], ["--out"]),
            (["--apply", "m.safetensors", "a.hspy", "-o", "x.hspy", "--test", "b.hspy"], ["--test"]),
            (["--apply", "m.safetensors", "a.hspy", "-o", "x.hspy", "--plot", "x.gif"], ["--plot"]),
            (["--train", "a.hspy", "--test", "b.hspy", "--classifier", "forest"], ["svm"]),
        ],
    )
    def test_command_lines(self, run, tmp_path, options, words):
        refuse(run, tmp_path, "classify", *options, code=USAGE, words=words)

    def test_the_same_file_twice(self, labelled, run, tmp_path):
        labelled("a.hspy", [20, 20, 20], 1)
        labelled("b.hspy", [20, 20, 20], 2)
        (tmp_path / "copy.hspy").write_bytes((tmp_path / "b.hspy").read_bytes())
        refuse(run, tmp_path, "classify", "--train", "a.hspy", "--test", "b.hspy", "copy.hspy",
               code=USAGE, words=["b.hspy", "copy.hspy", "once"])


class TestNetwork:
    """`--classifier ann`: learned, stored, applied, the same on any threads."""

    @pytest.fixture
    def trained(self, labelled, succeed, tmp_path):
        labelled("a.hspy", [60, 40, 30], 1)
        labelled("b.hspy", [50, 50, 50], 2)
        return document(self.classify(succeed, tmp_path, "m.safetensors", 1))

    def classify(self, succeed, folder, model, threads):
        return succeed(
            "classify", "--classifier", "ann", "--train", "a.hspy", "--test", "b.hspy", "--model", model,
            "--seed", 3, "--threads", threads, "--json", cwd=folder)

    def test_it_learns_and_is_the_same_on_any_threads(self, trained, succeed, tmp_path):
        assert trained["classifier"] == "ann" and trained["accuracy"] > 0.7
        assert trained["settings"]["steps"] == 900 and trained["warnings"] == []
        again = document(self.classify(succeed, tmp_path, "again.safetensors", 2))
        assert again["confusion"] == trained["confusion"]

    def test_applied_to_the_test_spectra(self, trained, write_image, succeed, tmp_path):
        spectra, truth = white_lines([50, 50, 50], 2)
        write_image(spectra.reshape(10, 15, CHANNELS), "image.hspy", offset=500.0)
        succeed("classify", "--apply", "m.safetensors", "image.hspy", "-o", "map.hspy", cwd=tmp_path)
        classes, confidence = load(tmp_path / "map.hspy")
        told = classes.data.ravel()
        confusion = [[int(((truth == i) & (told == j)).sum()) for j in range(3)] for i in range(3)]
        assert confusion == trained["confusion"]
        assert (confidence.data.ravel() > 1 / 3 - 1e-6).all() and (confidence.data <= 1).all()

    def test_spectra_of_methods_without_a_network_train_it(self, succeed, tmp_path):
        """Their files, too, record what they were made from, and that is not tested."""
        succeed("simulate", "k", "-o", "k.hspy", "--seed", 2, cwd=tmp_path)
        succeed("augment", "k.hspy", "--method", "mixup", "--out", "mixed.h5", "--count", 60,
                "--train-count", 20, "--seed", 5, cwd=tmp_path, codes=(0, QUALITY_GATE))
        result = document(succeed(
            "classify", "--classifier", "ann", "--train", "k.hspy", "mixed.h5", "--train-count", 20,
            "--seed", 5, "--test", "k.hspy", "--json", cwd=tmp_path))
        assert result["training"] == {"real": 40, "synthetic": 120}
        assert result["test"]["leftOut"] == {"trainedGenerators": 40, "trainsClassifier": 0}
        # Of noise as strong as the signal, 20 spectra a class teach a network not much.
        assert result["balancedAccuracy"] > 0.7
