"""Labels of every form come to the spectra, and HyperSpy finds them where it looks for its own."""

import json

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, ROOT, USAGE, load, refuse, spectra

import hyperspy.api as hs

SHAPE = (4, 6)
NAMES = ["oxide", "metal", "hole"]


@pytest.fixture
def labels():
    """Three classes and some pixels without one."""
    labels = np.random.default_rng(4).integers(-1, 3, SHAPE)
    labels.flat[:4] = [-1, 0, 1, 2]
    return labels


@pytest.fixture
def image(write_image):
    """A spectrum image of counts."""
    return write_image(spectra((*SHAPE, 400)), "image.hspy")


@pytest.fixture
def label(succeed, tmp_path, image):
    """Labels the image and gives its spectra and labels."""

    def label(*options, codes=(0,)):
        result = succeed("label", image.name, "-o", "out.hspy", *options, cwd=tmp_path, codes=codes)
        signals = load(tmp_path / "out.hspy")
        return signals[0], signals[1], result

    return label


def names_of(signal):
    return list(signal.metadata.Sample.class_names)


def one_hot(labels, count=3):
    return np.stack([labels == index for index in range(count)])


def write_hspy(path, data, class_names=None):
    """A label array as a user of h5py writes it: all axes navigate."""
    with h5py.File(path, "w") as file:
        file.attrs["file_format_version"] = "3.3"
        signal = file.create_group("Experiments/labels")
        signal.create_dataset("data", data=data, chunks=data.shape)
        for index, size in enumerate(data.shape):
            axis = signal.create_group(f"axis-{index}")
            axis.attrs["navigate"] = np.bool_(True)
            axis.attrs["size"] = size
        signal.create_group("original_metadata")
        metadata = signal.create_group("metadata")
        metadata.create_group("Signal").attrs["signal_type"] = ""
        if class_names:
            sample = metadata.create_group("Sample")
            sample.create_dataset("_list_class_names", data=class_names, dtype=h5py.string_dtype())


class TestForms:
    """The same labels, however they are given."""

    @pytest.mark.parametrize(
        "form",
        [
            "int64", "int8", "big-endian", "fortran", "float", "flat", "names", "bytes", "one-hot",
            "one-hot-last", "one-hot-int", "one-hot-flat", "version-2",
        ],
    )
    def test_npy(self, label, labels, tmp_path, form):
        names = np.array([*NAMES, "none"])[labels]
        arrays = {
            "int64": labels, "int8": labels.astype(np.int8), "big-endian": labels.astype(">i4"),
            "fortran": np.asfortranarray(labels), "flat": labels.ravel(),
            "float": np.where(labels < 0, np.nan, labels), "names": names,
            "bytes": np.asfortranarray(names.astype("S")), "one-hot": one_hot(labels),
            "one-hot-last": np.moveaxis(one_hot(labels), 0, -1),
            "one-hot-int": one_hot(labels).astype(np.uint8),
            "one-hot-flat": one_hot(labels).reshape(3, -1), "version-2": labels,
        }
        version = (2, 0) if form == "version-2" else None
        with open(tmp_path / "labels.npy", "wb") as file:
            np.lib.format.write_array(file, arrays[form], version=version)
        _, found, _ = label("--from", "labels.npy", "--names", ",".join(NAMES))
        assert np.array_equal(found.data, labels) and names_of(found) == NAMES

    @pytest.mark.parametrize(
        "form", ["grid", "column", "semicolons", "headings", "indices", "flat indices", "names"]
    )
    def test_csv(self, label, labels, tmp_path, form):
        places = [(y, x) for y in range(SHAPE[0]) for x in range(SHAPE[1])]
        rows = {
            "grid": [",".join(map(str, row)) for row in labels],
            "column": [str(value) for value in labels.ravel()],
            "semicolons": ["# mine", *["; ".join(map(str, row)) for row in labels], ""],
            "headings": [",".join("abcdef"), *[",".join(map(str, row)) for row in labels]],
            "indices": ["y,x,label", *[f"{y},{x},{labels[y, x]}" for y, x in places[::-1]]],
            "flat indices": [
                ",label", *[f"{at},{value}" for at, value in enumerate(labels.ravel())]],
            "names": [
                ",".join('"' + [*NAMES, ""][value] + '"' for value in row) for row in labels],
        }[form]
        (tmp_path / "labels.csv").write_text("\n".join(rows) + "\n")
        _, found, _ = label("--from", "labels.csv", "--names", ",".join(NAMES))
        assert np.array_equal(found.data, labels) and names_of(found) == NAMES

    @pytest.mark.parametrize("form", ["indices", "one-hot"])
    @pytest.mark.parametrize("named", [True, False])
    def test_hspy(self, label, labels, tmp_path, form, named):
        data = labels if form == "indices" else one_hot(labels)
        write_hspy(tmp_path / "labels.hspy", data, NAMES if named else None)
        _, found, _ = label("--from", "labels.hspy")
        assert np.array_equal(found.data, labels)
        assert names_of(found) == (NAMES if named else ["class 0", "class 1", "class 2"])

    def test_saved_by_hyperspy(self, label, labels, tmp_path):
        """What s.get_cluster_labels() gives, saved by HyperSpy, in both of its forms."""
        np.save(tmp_path / "labels.npy", labels)
        marked, _, _ = label("--from", "labels.npy")
        for merged in (False, True):
            marked.get_cluster_labels(merged=merged).save(tmp_path / "c.hspy", overwrite=True)
            _, found, _ = label("--from", "c.hspy")
            assert np.array_equal(found.data, labels)

    def test_learning_results(self, succeed, label, labels, tmp_path, image):
        """HyperSpy's own cluster analysis, in the file of the spectra itself or another one."""
        (signal,) = load(image)
        signal.learning_results.cluster_labels = one_hot(labels).reshape(3, -1)
        signal.learning_results.number_of_clusters = 3
        signal.save(tmp_path / "clustered.hspy")
        _, found, result = label("--from", "clustered.hspy", "--json")
        assert np.array_equal(found.data, labels)
        assert "learning results" in json.loads(result.stdout)["from"]
        succeed("label", "clustered.hspy", "--from", "clustered.hspy", "-o", "own.hspy", cwd=tmp_path)
        assert np.array_equal(load(tmp_path / "own.hspy")[1].data, labels)

    @pytest.mark.parametrize("form", ["indices", "one-hot", "mask", "clusters"])
    def test_nexus(self, succeed, label, labels, tmp_path, image, form):
        """A file that is NeXus alone: a map, masks, or the clusters that are kept with the spectra."""
        if form == "clusters":
            (signal,) = load(image)
            signal.learning_results.cluster_labels = one_hot(labels).reshape(3, -1)
            signal.save(tmp_path / "l.hspy")
        else:
            data = {"indices": labels, "one-hot": one_hot(labels), "mask": labels == 1}[form]
            write_hspy(tmp_path / "l.hspy", data, NAMES if form == "indices" else None)
        succeed("convert", "l.hspy", "l.nxs", cwd=tmp_path)
        _, found, _ = label("--from", "l.nxs")
        expected = (labels == 1).astype(int) if form == "mask" else labels
        assert np.array_equal(found.data, expected)
        if form == "indices":
            assert names_of(found) == NAMES

    def test_nexus_of_another_program(self, label, labels, tmp_path):
        """An NXdata of whole numbers, with nothing of HyperSpy's beside it."""
        with h5py.File(tmp_path / "l.nxs", "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            data = entry.create_group("classes")
            data.attrs.update({"NX_class": "NXdata", "signal": "phase", "axes": ["y", "x"]})
            data["phase"] = labels
        _, found, _ = label("--from", "l.nxs", "--names", ",".join(NAMES))
        assert np.array_equal(found.data, labels) and names_of(found) == NAMES

    @pytest.mark.parametrize("names, values", [("A", (0, -1)), ("A,B", (1, 0)), (None, (1, 0))])
    def test_mask(self, label, labels, tmp_path, names, values):
        np.save(tmp_path / "mask.npy", labels == 1)
        _, found, _ = label("--from", "mask.npy", *(["--names", names] if names else []))
        assert np.array_equal(found.data, np.where(labels == 1, *values))
        assert names_of(found) == (names.split(",") if names else ["class 0", "class 1"])

    def test_names_without_a_list_are_sorted(self, label, labels, tmp_path):
        np.save(tmp_path / "labels.npy", np.array([*NAMES, "none"])[labels])
        _, found, _ = label("--from", "labels.npy")
        assert names_of(found) == ["hole", "metal", "oxide"]
        for index, name in enumerate(names_of(found)):
            assert np.array_equal(found.data == index, labels == NAMES.index(name))


class TestOutput:
    def test_spectra_stay_as_they_are(self, succeed, tmp_path, write_image, labels):
        np.save(tmp_path / "labels.npy", labels)
        for dtype in ("uint16", "int32", "float64", ">f4"):
            data = spectra((*SHAPE, 64)).astype(dtype)
            if dtype == "float64":
                data = data + 1 / 3
            path = write_image(data, f"{dtype.strip('>')}.hspy")
            succeed("label", path.name, "--from", "labels.npy", "-o", "out.hspy", cwd=tmp_path)
            signal, _ = load(tmp_path / "out.hspy")
            assert np.array_equal(signal.data, data) and signal.data.dtype == data.dtype.newbyteorder("=")
            assert str(signal.axes_manager) == str(load(path)[0].axes_manager)

    def test_hyperspy_finds_the_clusters(self, label, labels, tmp_path):
        np.save(tmp_path / "labels.npy", labels)
        signal, found, _ = label("--from", "labels.npy")
        assert np.array_equal(signal.get_cluster_labels(merged=True).data, labels)
        masks = signal.get_cluster_labels()
        assert np.array_equal(np.asarray(masks.data).reshape(3, *SHAPE), one_hot(labels))
        means = np.stack([signal.data[labels == index].mean(axis=0) for index in range(3)])
        assert np.allclose(signal.get_cluster_signals().data, means, rtol=1e-6)
        assert np.allclose(signal.get_cluster_signals("sum").data, [
            signal.data[labels == index].sum(axis=0) for index in range(3)], rtol=1e-6)
        signal.plot_cluster_labels()
        signal.plot_cluster_signals()
        found.plot()

    def test_labels_are_a_navigation_mask(self, label, labels, tmp_path):
        np.save(tmp_path / "labels.npy", labels)
        signal, found, _ = label("--from", "labels.npy")
        signal.change_dtype("float64")
        mask = hs.signals.BaseSignal(found.data != 1).T
        signal.decomposition(navigation_mask=mask)
        loadings = signal.get_decomposition_loadings().data
        assert np.array_equal(np.isnan(loadings[0]), labels != 1)

    def test_learning_results_are_kept(self, succeed, made, tmp_path):
        """The decomposition of preprocessed spectra, and their maps."""
        result = succeed(
            "label", made.preprocessed, "--clusters", 3, "-o", "out.hspy", "--seed", 2, "--json",
            cwd=tmp_path,
        )
        before = load(made.preprocessed)
        # Denoised spectra have as many components as were kept.
        components = before[0].learning_results.output_dimension
        assert json.loads(result.stdout)["clusters"]["components"] == components
        after = load(tmp_path / "out.hspy")
        assert np.array_equal(before[0].data, after[0].data)
        for name in ("factors", "loadings", "explained_variance"):
            assert np.array_equal(
                getattr(before[0].learning_results, name), getattr(after[0].learning_results, name),
                equal_nan=True,
            )
        titles = [signal.metadata.General.title for signal in after]
        assert titles[1] == "Labels" and titles[0] == before[0].metadata.General.title
        assert titles[2:] == [signal.metadata.General.title for signal in before[1:]]
        for old, new in zip(before[1:], after[2:]):
            assert np.array_equal(old.data, new.data, equal_nan=True)
        assert after[0].get_cluster_labels(merged=True).data.shape == before[0].data.shape[:-1]

    def test_new_labels_take_the_place_of_old_ones(self, succeed, label, labels, tmp_path):
        np.save(tmp_path / "labels.npy", labels)
        label("--from", "labels.npy")
        np.save(tmp_path / "new.npy", 2 - np.abs(labels))
        succeed("label", "out.hspy", "--from", "new.npy", "-o", "again.hspy", cwd=tmp_path)
        signal, found = load(tmp_path / "again.hspy")
        assert np.array_equal(found.data, 2 - np.abs(labels))
        assert np.array_equal(signal.get_cluster_labels(merged=True).data, found.data)

    def test_a_line_and_a_single_spectrum(self, succeed, tmp_path, write_image):
        for shape in ((7, 64), (64,)):
            path = write_image(spectra(shape), f"{len(shape)}.hspy")
            labels = np.arange(7)[: shape[0]] % 2 if len(shape) > 1 else np.array([1])
            np.save(tmp_path / "l.npy", labels)
            succeed(
                "label", path.name, "--from", "l.npy", "-o", "out.hspy", "--plot", "p.png",
                cwd=tmp_path,
            )
            assert np.array_equal(load(tmp_path / "out.hspy")[1].data.ravel(), labels)

    def test_augment_takes_it(self, succeed, made, tmp_path):
        succeed("label", made.preprocessed, "--clusters", 2, "-o", "in.hspy", "--names", "A,B",
                cwd=tmp_path)
        succeed(
            "augment", "in.hspy", "--out", "synth.hspy", "--max-epochs", 5, "--count", 6,
            cwd=tmp_path, codes=(0, QUALITY_GATE),
        )
        _, found = load(tmp_path / "synth.hspy")
        assert names_of(found) == ["A", "B"] and np.array_equal(found.data, [0] * 6 + [1] * 6)

    @pytest.mark.parametrize("name", ["l.npy", "l.csv", "masks.npy"])
    def test_augment_takes_the_same_files(self, succeed, made, tmp_path, name):
        """--labels of the commands that train and test reads what --from does."""
        labels = load(made.labels)[0].data
        np.save(tmp_path / "l.npy", labels)
        np.savetxt(tmp_path / "l.csv", labels, fmt="%d", delimiter=",")
        count = labels.max() + 1
        np.save(tmp_path / "masks.npy", one_hot(labels, count))
        synthetic = []
        for given in (name, made.labels):
            succeed(
                "augment", made.preprocessed, "--labels", given, "--out", "synth.hspy",
                "--max-epochs", 5, "--count", 3, cwd=tmp_path, codes=(0, QUALITY_GATE),
            )
            synthetic.append(load(tmp_path / "synth.hspy"))
        for one, other in zip(*synthetic):
            assert np.array_equal(one.data, other.data)

    def test_picture(self, label, labels, tmp_path):
        np.save(tmp_path / "labels.npy", labels)
        for name in ("map.png", "map.svg"):
            label("--from", "labels.npy", "--names", ",".join(NAMES), "--plot", name)
        drawn = (tmp_path / "map.svg").read_text()
        assert all(name in drawn for name in [*NAMES, "no class", "Mean spectra"])
        assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")

    def test_nobody_has_a_class(self, label, tmp_path):
        np.save(tmp_path / "labels.npy", np.full(SHAPE, -1))
        _, found, result = label("--from", "labels.npy", codes=(QUALITY_GATE,))
        assert (found.data == -1).all() and "no spectrum" in result.stderr


class TestClusters:
    @pytest.fixture
    def phases(self, write_image):
        """Spectra of three phases, of any thickness, and which is where."""
        rng = np.random.default_rng(8)
        energies = np.arange(400.0, 800.0)
        truth = rng.choice(3, (12, 10), p=[0.5, 0.3, 0.2])
        shapes = np.stack([
            np.exp(-((energies - centre) / 30) ** 2) for centre in (500, 530, 640)])
        data = shapes[truth] * rng.uniform(50, 500, truth.shape)[..., None]
        data = rng.poisson(data + 5).astype(np.float32)
        return write_image(data, "phases.hspy"), data, truth

    def test_phases_are_found(self, succeed, tmp_path, phases):
        path, data, truth = phases
        result = succeed(
            "label", path.name, "--clusters", 3, "-o", "out.hspy", "--json", cwd=tmp_path)
        signal, found = load(tmp_path / "out.hspy")
        pairs = {(own, other) for own, other in zip(truth.ravel(), found.data.ravel())}
        assert len(pairs) == 3, "the partition is the truth"
        sizes = [(found.data == index).sum() for index in range(3)]
        assert sizes == sorted(sizes, reverse=True) and names_of(found)[0] == "cluster 0"
        report = json.loads(result.stdout)
        assert [entry["spectra"] for entry in report["classes"]] == sizes
        assert report["clusters"]["converged"] and 0.5 < report["clusters"]["explained"] <= 1
        distances = signal.get_cluster_distances().data.reshape(3, *truth.shape)
        assert np.array_equal(distances.argmin(axis=0), found.data)

    def test_same_as_scikit_learn(self, succeed, tmp_path, phases):
        """The partition of scikit-learn's k-means on the same normalised spectra."""
        cluster = pytest.importorskip("sklearn.cluster")
        path, data, truth = phases
        rows = data.reshape(-1, data.shape[-1]).astype(np.float64)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        left, sizes, right = np.linalg.svd(rows, full_matrices=False)
        theirs = cluster.KMeans(3, n_init=20, random_state=1).fit_predict(left[:, :4] * sizes[:4])
        succeed("label", path.name, "--clusters", 3, "--components", 4, "-o", "out.hspy", cwd=tmp_path)
        ours = load(tmp_path / "out.hspy")[1].data.ravel()
        assert len(set(zip(ours, theirs))) == 3

    def test_seed_and_threads(self, succeed, tmp_path, phases):
        path, *_ = phases
        files = []
        for threads in (1, 2):
            succeed("label", path.name, "--clusters", 4, "-o", f"{threads}.hspy", "--seed", 3,
                    "--threads", threads, cwd=tmp_path)
            with h5py.File(tmp_path / f"{threads}.hspy") as file:
                results = file["Experiments/image/learning_results"]
                files.append({name: results[name][...] for name in results})
        assert files[0].keys() == files[1].keys() and len(files[0]) == 4
        assert all(np.array_equal(files[0][name], files[1][name]) for name in files[0])

    def test_unusable_spectra_get_no_label(self, succeed, tmp_path, write_image):
        data = spectra((6, 6, 400))
        data[0, 0] = 0
        data[1, 2] = np.nan
        path = write_image(data)
        succeed("label", path.name, "--clusters", 2, "-o", "raw.hspy", cwd=tmp_path)
        none = np.zeros((6, 6), bool)
        none[0, 0] = none[1, 2] = True
        assert np.array_equal(load(tmp_path / "raw.hspy")[1].data == -1, none)
        succeed("preprocess", path.name, "-o", "p.hspy", cwd=tmp_path)
        succeed("label", "p.hspy", "--clusters", 2, "-o", "done.hspy", cwd=tmp_path)
        signals = load(tmp_path / "done.hspy")
        assert (signals[1].data[none] == -1).all()


class TestRefusals:
    def test_shape(self, run, tmp_path, image):
        np.save(tmp_path / "wrong.npy", np.zeros((6, 5), int))
        refuse(
            run, tmp_path, "label", image.name, "--from", "wrong.npy", "-o", "out.hspy",
            code=REFUSED, words=["wrong.npy", "shape 6 × 5", "spectra 4 × 6", "one label for each"],
        )
        write_hspy(tmp_path / "wrong.hspy", np.zeros((3, 3), int))
        refuse(
            run, tmp_path, "label", image.name, "--from", "wrong.hspy", "-o", "out.hspy",
            code=REFUSED, words=["wrong.hspy", "shape 3 × 3", "spectra 4 × 6"],
        )
        (tmp_path / "wrong.csv").write_text("0,1\n1,0\n")
        refuse(
            run, tmp_path, "label", image.name, "--from", "wrong.csv", "-o", "out.hspy",
            code=REFUSED, words=["wrong.csv", "shape 2 × 2", "spectra 4 × 6"],
        )

    @pytest.mark.parametrize(
        "array, words",
        [
            (np.full(SHAPE, 0.5), ["0.5", "[0, 0]", "whole numbers"]),
            (np.full(SHAPE, -2), ["-2", "no label"]),
            (np.full(SHAPE, 1 << 40), ["no label"]),
            (np.ones((2, *SHAPE), bool), ["[0, 0]", "two classes"]),
            (np.full((2, *SHAPE), 7), ["shape 2 × 4 × 6"]),
            (np.zeros(SHAPE, complex), ["holds <c16"]),
            (np.full(SHAPE, None), ["holds |O"]),
        ],
    )
    def test_values(self, run, tmp_path, image, array, words):
        np.save(tmp_path / "l.npy", array)
        refuse(
            run, tmp_path, "label", image.name, "--from", "l.npy", "-o", "out.hspy",
            code=REFUSED, words=["l.npy", *words],
        )

    def test_names(self, run, tmp_path, image):
        np.save(tmp_path / "l.npy", np.full(SHAPE, 2))
        refuse(
            run, tmp_path, "label", image.name, "--from", "l.npy", "-o", "out.hspy", "--names", "A,B",
            code=REFUSED, words=["2 class names", "need 3"],
        )
        np.save(tmp_path / "l.npy", np.full(SHAPE, "C"))
        refuse(
            run, tmp_path, "label", image.name, "--from", "l.npy", "-o", "out.hspy", "--names", "A,B",
            code=REFUSED, words=["class C is not among"],
        )

    @pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"\xff\xfe\xff", b"1,2\n3\n"])
    def test_no_table(self, run, tmp_path, image, content):
        (tmp_path / "l.csv").write_bytes(content)
        refuse(
            run, tmp_path, "label", image.name, "--from", "l.csv", "-o", "out.hspy", code=REFUSED,
            words=["l.csv"],
        )

    def test_broken_npy(self, run, tmp_path, image, labels):
        np.save(tmp_path / "l.npy", labels)
        whole = (tmp_path / "l.npy").read_bytes()
        for length in (7, 11, 60, 130, len(whole) - 1):
            (tmp_path / "l.npy").write_bytes(whole[:length])
            refuse(
                run, tmp_path, "label", image.name, "--from", "l.npy", "-o", "out.hspy",
                code=REFUSED, words=["l.npy"],
            )
        (tmp_path / "l.npy").write_bytes(whole.replace(b"(4, 6)", b"(4,99)"))
        refuse(
            run, tmp_path, "label", image.name, "--from", "l.npy", "-o", "out.hspy", code=REFUSED,
            words=["shape 4 × 99"],
        )

    def test_several_arrays(self, run, tmp_path, image):
        write_hspy(tmp_path / "two.hspy", np.zeros(SHAPE, int))
        with h5py.File(tmp_path / "two.hspy", "a") as file:
            file.copy("Experiments/labels", "Experiments/others")
        refuse(
            run, tmp_path, "label", image.name, "--from", "two.hspy", "-o", "out.hspy", code=REFUSED,
            words=["several label arrays: labels, others"],
        )

    def test_no_labels(self, run, tmp_path, image, write_image):
        write_image(spectra((*SHAPE, 50)), "other.hspy")
        refuse(
            run, tmp_path, "label", image.name, "--from", "other.hspy", "-o", "out.hspy",
            code=REFUSED, words=["other.hspy holds no labels"],
        )

    def test_too_many_clusters(self, run, tmp_path, write_image):
        path = write_image(np.broadcast_to(np.arange(1, 65, dtype=np.float32), (3, 64)).copy())
        refuse(
            run, tmp_path, "label", path.name, "--clusters", 2, "-o", "out.hspy", code=REFUSED,
            words=["fewer than 2 usable spectra differ"],
        )

    @pytest.mark.parametrize(
        "options",
        [
            [], ["--clusters", "1"], ["--from", "l.npy", "--clusters", "2"],
            ["--clusters", "2", "--names", "A"], ["--clusters", "2", "--names", "A,A"],
            ["--clusters", "2", "--names", "A,"], ["--from", "l.npy", "--components", "3"],
            ["--clusters", "2", "--plot", "map.bmp"], ["--clusters", "2", "--starts", "0"],
        ],
    )
    def test_usage(self, run, tmp_path, image, options):
        np.save(tmp_path / "l.npy", np.zeros(SHAPE, int))
        refuse(
            run, tmp_path, "label", image.name, "-o", "out.hspy", *options, code=USAGE, words=["--"]
        )


def test_report_keeps_to_its_schema(label, labels, tmp_path):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "Schemas" / "label.schema.json").read_text())
    validator = jsonschema.Draft202012Validator(schema)
    np.save(tmp_path / "labels.npy", labels)
    for options in (["--from", "labels.npy"], ["--clusters", 2]):
        _, _, result = label(*options, "--json")
        report = json.loads(result.stdout)
        validator.validate(report)
        assert not validator.is_valid({**report, "classes": 3})
