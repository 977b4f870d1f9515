"""Files and places that nobody expects: nothing is lost, nothing crashes, the numbers stay right."""

import json
import os
import signal
import stat
import subprocess
import time

import h5py
import numpy as np
import pytest
from conftest import QUALITY_GATE, REFUSED, TEMPORARY, USAGE, load, refuse, spectra

TRAINING = ("--max-epochs", 5, "--count", 5)


def normalised(shape):
    data = spectra(shape)
    return data / data.max(axis=-1, keepdims=True)


class TestPrecious:
    """What lies at the name of an output and is no result of ours."""

    @pytest.mark.parametrize("name", ["soft.hspy", "hard.hspy", "folder/up/input.hspy"])
    def test_input_by_another_name(self, run, tmp_path, write_image, name):
        path = write_image(spectra((4, 5, 400)))
        before = path.read_bytes()
        (tmp_path / "soft.hspy").symlink_to(path)
        os.link(path, tmp_path / "hard.hspy")
        (tmp_path / "folder").mkdir()
        (tmp_path / "folder" / "up").symlink_to(tmp_path)
        refuse(run, tmp_path, "preprocess", path.name, "-o", name, code=USAGE, words=["input"])
        assert path.read_bytes() == before

    def test_write_protected(self, run, tmp_path):
        old = tmp_path / "night.hspy"
        old.write_bytes(b"the only copy")
        old.chmod(0o444)
        refuse(
            run, tmp_path, "simulate", "si", "-o", old.name, "--size", "5x6", code=TEMPORARY,
            words=["write-protected"],
        )
        assert old.read_bytes() == b"the only copy"

    def test_device(self, run, tmp_path):
        os.mkfifo(tmp_path / "pipe.hspy")
        refuse(
            run, tmp_path, "simulate", "si", "-o", "pipe.hspy", "--size", "5x6", code=TEMPORARY,
            words=["ordinary"],
        )
        assert stat.S_ISFIFO((tmp_path / "pipe.hspy").stat().st_mode)

    @pytest.mark.parametrize("name", ["out", "out.npz", "/dev/null"])
    def test_ending_that_hyperspy_cannot_open(self, run, tmp_path, name):
        refuse(
            run, tmp_path, "simulate", "si", "-o", name, "--size", "5x6", code=USAGE,
            words=[".hspy", ".nxs"],
        )

    def test_what_the_input_was_made_from(self, run, succeed, tmp_path):
        succeed("simulate", "si", "-o", "si.hspy", "--size", "20x18", cwd=tmp_path)
        succeed("preprocess", "si.hspy", cwd=tmp_path)
        raw = (tmp_path / "si.hspy").read_bytes()
        for command in (("augment", "--count", 5), ("preprocess", "si_preprocessed.hspy")):
            refuse(
                run, tmp_path, *command, "--out", "si.hspy", code=USAGE, words=["made from"]
            )
        assert (tmp_path / "si.hspy").read_bytes() == raw

    def test_quality_map_lost_in_a_save(self, run, succeed, tmp_path):
        succeed("simulate", "si", "-o", "si.hspy", "--size", "20x18", cwd=tmp_path)
        succeed("preprocess", "si.hspy", cwd=tmp_path)
        load(tmp_path / "si_preprocessed.hspy")[0].save(tmp_path / "saved.hspy")
        refuse(
            run, tmp_path, "augment", "saved.hspy", "--out", "s.h5", code=REFUSED,
            words=["flagged", "missing"],
        )

    def test_nothing_usable(self, run, succeed, tmp_path):
        succeed("simulate", "si", "-o", "si.hspy", "--size", "20x18", cwd=tmp_path)
        result = run("preprocess", "si.hspy", "--background", "462:492", "--crop", "492:520", cwd=tmp_path)
        assert result.returncode == QUALITY_GATE, result.stderr
        assert "no spectrum of si.hspy is usable" in result.stderr
        assert len(load(tmp_path / "si_preprocessed.hspy")) == 5  # spectra, A, r, chi2, quality

    def test_two_outputs_of_one_name(self, run, tmp_path):
        (tmp_path / "up").symlink_to(tmp_path)
        for labels in ("a.hspy", "./a.hspy", "up/a.hspy"):
            refuse(
                run, tmp_path, "simulate", "si", "-o", "a.hspy", "--labels", labels, "--size",
                "5x6", code=USAGE, words=["two outputs"],
            )

    def test_pictures(self, succeed, tmp_path, write_image):
        path = write_image(normalised((4, 5, 400)))
        succeed(
            "augment", path.name, "--out", "s.h5", "--count", 20, "--max-epochs", 20, "--plot",
            "s.png", "--plot-training", "t.svg", cwd=tmp_path, codes=(0, QUALITY_GATE),
        )
        assert (tmp_path / "s.png").read_bytes().startswith(b"\x89PNG")
        assert "Fréchet distance" in (tmp_path / "t.svg").read_text()

    def test_picture_over_the_input(self, run, tmp_path, write_image):
        path = write_image(normalised((4, 5, 400)), "input.png")
        before = path.read_bytes()
        refuse(
            run, tmp_path, "augment", path.name, "--out", "s.h5", "--plot", path.name, code=USAGE,
            words=["input.png"],
        )
        assert path.read_bytes() == before

    def test_flags_survive_a_second_run(self, succeed, tmp_path, write_image):
        data = spectra((6, 7, 400)).astype(np.uint16)
        data[2, 3, 10] = 65535
        path = write_image(data)
        succeed("preprocess", path.name, "-o", "once.hspy", cwd=tmp_path)
        succeed("preprocess", "once.hspy", "-o", "twice.hspy", cwd=tmp_path)
        once, twice = (load(tmp_path / name)[-1].data for name in ("once.hspy", "twice.hspy"))
        assert once[2, 3] & 8
        np.testing.assert_array_equal(once & twice, once)


class TestBeforeTheTraining:
    """What will not be written must not cost the training."""

    @pytest.mark.parametrize(
        "arguments, code, word",
        [
            (("--out", "nowhere/s.h5"), TEMPORARY, "nowhere"),
            (("--out", "s.h5", "--plot", "nowhere/s.png"), TEMPORARY, "nowhere"),
            (("--out", "s.h5", "--plot", "s.txt"), USAGE, "s.txt"),
            (("--out", "s.h5", "--count", 2**62), USAGE, "count"),
            (("--out", "s.h5", "--max-epochs", 2**62), USAGE, "max-epochs"),
            (("--out", "s.h5", "--seed", 2**64 - 1), USAGE, "seed"),
        ],
    )
    def test_refused_at_once(self, run, tmp_path, write_image, arguments, code, word):
        path = write_image(normalised((6, 7, 400)))
        start = time.monotonic()
        # Without --max-epochs 5, a training takes longer than this.
        refuse(run, tmp_path, "augment", path.name, *arguments, code=code, words=[word])
        assert time.monotonic() - start < 2


class TestStreams:
    def test_full_output(self, program, tmp_path, write_image):
        if not os.path.exists("/dev/full"):
            pytest.skip("there is no /dev/full")
        path = write_image(spectra((4, 5, 400)))
        for arguments in (["info", path], ["--help"]):
            with open("/dev/full", "w") as full:
                result = subprocess.run([program, *arguments], stdout=full, stderr=subprocess.PIPE)
            assert result.returncode == TEMPORARY
            assert b"standard output" in result.stderr

    def test_closed_streams(self, program, tmp_path, write_image):
        path = write_image(normalised((6, 7, 400)))
        arguments = " ".join(map(str, ("augment", path.name, "--out", "s.hspy", *TRAINING)))
        result = subprocess.run(
            ["sh", "-c", f"exec '{program}' {arguments} <&- >&- 2>&-"], cwd=tmp_path
        )
        assert result.returncode in (0, QUALITY_GATE)
        assert load(tmp_path / "s.hspy")[0].data.shape == (5, 400)

    def test_hangup_is_ignored_under_nohup(self, program, tmp_path, write_image):
        path = write_image(normalised((6, 7, 400)))
        process = subprocess.Popen(
            [program, "augment", path.name, "--out", "s.h5"], cwd=tmp_path,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN),
        )
        try:
            time.sleep(0.5)
            process.send_signal(signal.SIGHUP)
            time.sleep(0.5)
            assert process.poll() is None
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 130
        finally:
            process.kill()
            process.wait()
        assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


class TestLinks:
    """Signals behind soft links, as HyperSpy finds them."""

    @pytest.fixture
    def path(self, write_image):
        """A file whose one signal lies elsewhere, behind two links, one of which leads to the other."""
        path = write_image(spectra((6, 7, 400)))
        with h5py.File(path, "r+") as file:
            file.move("Experiments/image", "store")
            file["Experiments/b"] = h5py.SoftLink("/store")
            file["Experiments/a"] = h5py.SoftLink("b")
        return path

    def test_are_found_once(self, path, info, succeed, tmp_path):
        assert [signal["name"] for signal in info(path)["signals"]] == ["a"]
        succeed("preprocess", path.name, "-o", "out.hspy", cwd=tmp_path)
        assert load(tmp_path / "out.hspy")[0].data.shape[:2] == (6, 7)

    def test_come_through_convert(self, path, succeed, tmp_path):
        before = load(path)
        succeed("convert", path.name, "a.nxs", cwd=tmp_path)
        succeed("convert", "a.nxs", "b.hspy", cwd=tmp_path)
        succeed("convert", path.name, "c.hspy", cwd=tmp_path)
        for name in ("b.hspy", "c.hspy"):
            after = load(tmp_path / name)
            assert len(before) == len(after) == 2
            for signal in after:
                assert np.array_equal(signal.data, before[0].data)
                assert str(signal.axes_manager) == str(before[0].axes_manager)
                assert signal.metadata.General.title == "image"

    def test_loops_are_left_out(self, path, run, info, tmp_path):
        with h5py.File(path, "r+") as file:
            file["Experiments/x"] = h5py.SoftLink("/Experiments/y")
            file["Experiments/y"] = h5py.SoftLink("/Experiments/x")
            file["Experiments/none"] = h5py.SoftLink("/none")
        report = info(path)
        assert [signal["name"] for signal in report["signals"]] == ["a"]
        for name in ("x", "y", "none"):
            assert any(f"/Experiments/{name} is a link" in w for w in report["warnings"]), report
        with h5py.File(path, "r+") as file:
            del file["Experiments/a"], file["Experiments/b"]
        refuse(run, tmp_path, "info", path.name, code=REFUSED, words=["no HyperSpy signal"])


class TestContent:
    @pytest.mark.parametrize("shape", [(), (30,), (1, 30), (2, 3, 5), (2, 1, 3, 5)], ids=str)
    def test_navigation_of_any_dimension(self, succeed, tmp_path, write_image, shape):
        """Every spectrum stays at its place: without PCA, it depends on itself alone."""
        data = spectra((30, 400)).reshape(*shape, 400) if shape else spectra((400,))
        path = write_image(data)
        succeed(
            "preprocess", path.name, "-o", "out.hspy", "--background", "420:520", "--pca", "none",
            "--norm", "none", cwd=tmp_path,
        )
        signal, *_, quality = load(tmp_path / "out.hspy")
        assert signal.data.shape == data.shape
        assert quality.data.size == data[..., 0].size
        cropped = data[..., 140:].sum(axis=-1)
        above = signal.data[..., 140:].sum(axis=-1)
        assert (above > 0).all() and (above < cropped).all()
        # The background is a smooth curve, the noise of every spectrum is its own.
        noise = np.diff(data, 2)[..., 140:].reshape(-1, 258)
        kept = np.diff(signal.data, 2)[..., 140:].reshape(-1, 258)
        for own, other in zip(noise, kept, strict=True):
            assert np.corrcoef(own, other)[0, 1] > 0.999

    @pytest.mark.parametrize("kind", ["<u2", ">u2", "<f8", ">f8", "<i4", ">i8", "<u4"])
    def test_numbers_of_any_type(self, succeed, tmp_path, write_image, kind):
        data = spectra((6, 7, 400))
        for name, array in (("a", data), ("b", data.astype(kind))):
            path = write_image(array, f"{name}.hspy")
            succeed("preprocess", path.name, cwd=tmp_path)
        a, b = (load(tmp_path / f"{name}_preprocessed.hspy")[0].data for name in "ab")
        np.testing.assert_array_equal(a, b)

    @pytest.mark.parametrize(
        "offset, scale",
        [(np.nan, 1), (np.inf, 1), (1e300, 1), (400, np.nan), (400, 1e308), (400, 1e-25)],
    )
    def test_impossible_axis(self, run, succeed, tmp_path, write_image, offset, scale):
        """Channel numbers do not pass for energies."""
        path = write_image(spectra((6, 7, 400)), offset=offset, scale=scale)
        report = json.loads(succeed("info", path.name, "--json", cwd=tmp_path).stdout)
        assert any("axis-2" in warning for warning in report["warnings"])
        refuse(run, tmp_path, "preprocess", path.name, code=REFUSED, words=["channels", "eV"])

    @pytest.mark.parametrize("binned", [True, False])
    def test_density_or_counts(self, succeed, tmp_path, write_image, binned):
        """What is subtracted does not depend on the unit of A."""
        path = write_image(spectra((6, 7, 400)), "a.hspy", scale=0.5)
        with h5py.File(path, "r+") as file:
            file["Experiments/image/axis-2"].attrs["is_binned"] = np.bool_(binned)
        options = ("--background", "410:460", "--pca", "none", "--norm", "none")
        succeed("preprocess", path.name, "-o", "out.hspy", *options, cwd=tmp_path)
        signal = load(tmp_path / "out.hspy")[0]
        energy = 400 + 0.5 * np.arange(400)
        lower, upper = (energy >= 410) & (energy < 435), (energy >= 435) & (energy < 460)
        data = load(path)[0].data.astype(float)
        first, second = data[..., lower].sum(-1), data[..., upper].sum(-1)
        exponent = 2 * np.log(first / second) / np.log(460 / 410)
        # The law whose integral over the window is the window's counts times the channel width; the
        # program takes the halves' mean of that, which differs by less than a count.
        centre = np.sqrt(410 * 460)
        power = 1 - exponent
        integral = centre * ((460 / centre) ** power - (410 / centre) ** power) / power
        level = 0.5 * (first + second) / integral
        expected = data - level[..., None] * (energy / centre) ** -exponent[..., None]
        np.testing.assert_allclose(signal.data, expected, rtol=0, atol=1)

    def test_falling_axis(self, run, tmp_path, write_image):
        path = write_image(normalised((6, 7, 400))[..., ::-1], offset=799.0, scale=-1.0)
        for command in (("preprocess",), ("augment", "--out", "s.h5")):
            refuse(run, tmp_path, *command, path.name, code=REFUSED, words=["everse"])

    @pytest.mark.parametrize("value", [-1, 65536, np.nan])
    def test_quality_map_that_is_none(self, run, tmp_path, write_image, value):
        path = write_image(normalised((6, 7, 400)))
        write_image(
            np.full((6, 7), value), path.name, navigate=True, title="Quality flags", content="map"
        )
        for command in (("preprocess",), ("augment", "--out", "s.h5")):
            refuse(run, tmp_path, *command, path.name, code=REFUSED, words=["Quality flags"])

    def test_survey_image_beside_the_spectra(self, succeed, tmp_path, write_image):
        """Whole numbers that cannot be labels keep nobody from looking at the file."""
        path = write_image(spectra((6, 7, 400)))
        write_image(
            np.arange(42).reshape(6, 7) * 1000, path.name, navigate=True, title="survey"
        )
        report = json.loads(succeed("info", path.name, "--json", cwd=tmp_path).stdout)
        assert [signal.get("classes") for signal in report["signals"]] == [None, None]
        assert any("survey" in warning for warning in report["warnings"])

    @pytest.mark.parametrize("shape, step", [((6, 7), 1000), ((6, 7), 100), ((12, 14), 1000)])
    def test_survey_image_is_no_label_array(self, succeed, tmp_path, write_image, shape, step):
        path = write_image(spectra((6, 7, 400)))
        survey = np.arange(np.prod(shape)).reshape(shape) * step
        write_image(survey, path.name, navigate=True, title="survey")
        said = succeed(
            "preprocess", path.name, "-o", "out.hspy", "--maps", "none", cwd=tmp_path
        ).stderr
        assert "survey" in said and "does not" in said
        assert len(load(tmp_path / "out.hspy")) == 2  # the spectra and their quality flags

    @pytest.mark.parametrize(
        "labels",
        [
            np.arange(42).reshape(6, 7) % 2 == 1,
            (np.arange(42).reshape(6, 7) % 2).astype(np.uint8),
            (np.arange(42).reshape(6, 7) % 2).astype(">u8"),
            np.arange(42).reshape(6, 7) % 3 - 1,
        ],
        ids=["bool", "uint8", "uint64", "unlabelled"],
    )
    def test_labels_of_any_type(self, succeed, tmp_path, write_image, labels):
        path = write_image(normalised((6, 7, 400)))
        write_image(labels, "labels.hspy", navigate=True)
        succeed(
            "augment", path.name, "--labels", "labels.hspy", "--out", "s.hspy", *TRAINING,
            cwd=tmp_path, codes=(0, QUALITY_GATE),
        )
        synthetic, classes = load(tmp_path / "s.hspy")
        np.testing.assert_array_equal(classes.data, np.repeat([0, 1], 5))
        for number in (0, 1):
            training = synthetic.metadata.eels_dag.training[f"class_{number}"]
            np.testing.assert_array_equal(
                training.training_spectra, np.flatnonzero(labels.ravel() == number)
            )

    def test_names_that_meet(self, succeed, tmp_path, write_image):
        """An axis that is called as one without a name would be in NeXus, and a very long title."""
        path = write_image(spectra((6, 7, 400)), title="t" * 70000)
        with h5py.File(path, "r+") as file:
            (signal,) = file["Experiments"].values()
            signal["axis-0"].attrs["name"] = "axis_1"
            del signal["axis-1"].attrs["name"]
        succeed("preprocess", path.name, "-o", "out.hspy", cwd=tmp_path)
        with h5py.File(tmp_path / "out.hspy") as file:
            data = file["entry"][file["entry"].attrs["default"]]
            axes = [name.decode() for name in data.attrs["axes"]]
            assert len(set(axes)) == 3
            assert [data[name].size for name in axes] == [6, 7, 400]
        assert load(tmp_path / "out.hspy")[0].metadata.General.title == "t" * 70000

    def test_damaged_chunk(self, run, tmp_path, succeed):
        """A flipped bit in the data is an error, never a number."""
        succeed("simulate", "si", "-o", "si.hspy", "--size", "30x30", cwd=tmp_path)
        path = tmp_path / "si.hspy"
        with h5py.File(path) as file:
            (signal,) = file["Experiments"].values()
            chunk = signal["data"].id.get_chunk_info(0)
        whole = bytearray(path.read_bytes())
        whole[chunk.byte_offset + chunk.size // 2] ^= 4
        path.write_bytes(whole)
        refuse(run, tmp_path, "preprocess", path.name, code=REFUSED, words=["damaged"])

    def test_name_with_spaces_and_letters(self, succeed, tmp_path, write_image):
        path = write_image(spectra((6, 7, 400)), "mes données µÅ (1).hspy")
        result = succeed("preprocess", path.name, cwd=tmp_path)
        line = next(line for line in result.stderr.splitlines() if "hs.load" in line)
        assert (tmp_path / line.split('"')[1]).is_file()
