"""Bad input: one sentence, the right exit code, nothing written."""

import os
import shutil

import h5py
import numpy as np
import pytest
from conftest import REFUSED, ROOT, TEMPORARY, USAGE, refuse, spectra


COMMANDS = [("info",), ("preprocess",), ("augment", "--out", "synth.h5")]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
class TestUnreadableFiles:
    def test_missing(self, run, tmp_path, command):
        refuse(run, tmp_path, *command, "nothing.hspy", code=REFUSED, words=["nothing.hspy"])

    def test_folder(self, run, tmp_path, command):
        (tmp_path / "folder.hspy").mkdir()
        refuse(run, tmp_path, *command, "folder.hspy", code=REFUSED, words=["folder.hspy"])

    def test_not_hdf5(self, run, tmp_path, command):
        (tmp_path / "text.hspy").write_text("energy,counts\n1,2\n")
        refuse(run, tmp_path, *command, "text.hspy", code=REFUSED, words=["text.hspy", "HDF5"])

    def test_empty_file(self, run, tmp_path, command):
        (tmp_path / "empty.hspy").write_bytes(b"")
        refuse(run, tmp_path, *command, "empty.hspy", code=REFUSED, words=["empty.hspy"])

    def test_hdf5_without_signals(self, run, tmp_path, command):
        with h5py.File(tmp_path / "other.h5", "w") as file:
            file["values"] = np.arange(10)
        refuse(run, tmp_path, *command, "other.h5", code=REFUSED, words=["other.h5", "Experiments"])

    def test_truncated(self, run, tmp_path, command, write_image):
        path = write_image(spectra((4, 5, 400)))
        whole = path.read_bytes()
        path.write_bytes(whole[: len(whole) * 2 // 3])
        refuse(run, tmp_path, *command, path.name, code=REFUSED, words=[path.name])


class TestWhatItLooksLike:
    """A file that cannot be opened: what it is, and what to do."""

    @pytest.mark.parametrize(
        "content, words",
        [
            (b"", ["is empty", "copy it again"]),
            (b"energy,counts\n1,2\n", ["is text", "Signal1D"]),
            ("énergie;µ\n".encode(), ["is text"]),
            (b"\x93NUMPY\x01\x00v\x00{'descr'", ["NumPy array", "Signal1D"]),
            (b"PK\x03\x04rest", ["ZIP archive", "unpack"]),
            (b"\x89PNG\r\n\x1a\n", ["PNG picture"]),
            (b"II\x97\x01\x20\x02", ["TIA (.ser)", "hs.load"]),
            (b"\x80\x04\x95\x00", ["pickle", "not read"]),
            (b"\x00\x01\x02nothing known", ["not an HDF5 file"]),
        ],
    )
    def test_not_hdf5(self, run, tmp_path, content, words):
        (tmp_path / "a.hspy").write_bytes(content)
        for command in (("info",), ("validate",), ("convert", "a.hspy", "b.hspy")):
            arguments = command if command[0] == "convert" else (*command, "a.hspy")
            refuse(run, tmp_path, *arguments, code=REFUSED, words=["a.hspy is", *words])

    def test_microscope_file_has_no_rules(self, run, tmp_path):
        shutil.copy(ROOT / "Tests/SpectrumFilesTests/Fixtures/small.dm3", tmp_path / "a.dm3")
        refuse(run, tmp_path, "validate", "a.dm3", code=REFUSED, words=["DigitalMicrograph", "info", "convert"])

    @pytest.mark.parametrize(
        "name, words",
        [
            ("map.hspy", ["no such file", "do you mean map.dm3 or map.hspy.bak?"]),
            ("MAP.dm4", ["do you mean map.dm3"]),
            ("other.hspy", ["no such file; check the path"]),
            ("folder/map.hspy", ["no such folder as folder/"]),
            ("map.dm3/map.hspy", ["no such file"]),
        ],
    )
    def test_missing(self, run, tmp_path, name, words):
        for other in ("map.dm3", "map.hspy.bak"):
            (tmp_path / other).write_bytes(b"x")
        refuse(run, tmp_path, "info", name, code=REFUSED, words=[name, *words])
        (tmp_path / "si.npy").write_bytes(b"")
        refuse(run, tmp_path, "label", name, "--from", name, "-o", "o.hspy", code=REFUSED, words=words)

    def test_folder(self, run, tmp_path):
        (tmp_path / "a.hspy").mkdir()
        refuse(run, tmp_path, "info", "a.hspy", code=REFUSED, words=["is a folder"])

    @pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
    def test_permission(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        path.chmod(0)
        refuse(run, tmp_path, "info", path.name, code=REFUSED, words=["no permission"])


class TestContent:
    def test_three_channels(self, run, tmp_path, write_image):
        path = write_image(np.ones((4, 5, 3), np.float32))
        refuse(run, tmp_path, "preprocess", path.name, code=REFUSED, words=["3 channels"])
        refuse(
            run, tmp_path, "augment", path.name, "--out", "synth.h5", code=REFUSED,
            words=["3 channels"],
        )

    def test_all_zero(self, run, tmp_path, write_image):
        path = write_image(np.zeros((4, 5, 400), np.float32))
        refuse(run, tmp_path, "preprocess", path.name, code=REFUSED, words=["constant"])

    def test_all_nan(self, run, tmp_path, write_image):
        path = write_image(np.full((4, 5, 400), np.nan, np.float32))
        refuse(run, tmp_path, "preprocess", path.name, code=REFUSED, words=["finite"])

    @pytest.mark.parametrize("value, words", [(np.inf, "infinite"), (40.0, "not about 1")])
    def test_bad_spectrum(self, run, tmp_path, write_image, value, words):
        """It is named by its place in the file."""
        data = spectra((4, 5, 400))
        data /= data.max(axis=-1, keepdims=True)
        data[2, 3, 200] = value
        path = write_image(data)
        refuse(
            run, tmp_path, "augment", path.name, "--out", "synth.h5", code=REFUSED,
            words=[words, "[2, 3] of input.hspy"])

    def test_labels_of_another_shape(self, run, tmp_path, write_image):
        data = spectra((4, 5, 400))
        path = write_image(data / data.max(axis=-1, keepdims=True))
        labels = write_image(np.zeros((5, 4), np.int32), "labels.hspy", navigate=True)
        refuse(
            run, tmp_path, "augment", path.name, "--labels", labels.name, "--out", "synth.h5",
            code=REFUSED, words=["5", "4", "labels.hspy"],
        )

    def test_designs(self, run, tmp_path, write_image):
        data = spectra((4, 5, 400))
        path = write_image(data / data.max(axis=-1, keepdims=True))
        command = ("augment", path.name, "--out", "synth.h5")
        refuse(
            run, tmp_path, *command, "--design", "triple", code=USAGE,
            words=["triple", "single-monotrans", "multi-monotrans", "single-bitrans",
                   "multi-bitrans", "shared-heads"])
        refuse(
            run, tmp_path, *command, "--architecture", "tiny", code=USAGE,
            words=["tiny", "simple-dense"])
        refuse(run, tmp_path, *command, "--design", "none.json", code=REFUSED, words=["none.json"])
        for text, word in (("[1", "design"), ('{"scheme": "triple"}', "scheme"), ("{}", "lacks")):
            (tmp_path / "own.json").write_text(text)
            refuse(
                run, tmp_path, *command, "--design", "own.json", code=REFUSED,
                words=["own.json", word])

    def test_stopping(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        command = ("augment", path.name, "--out", "synth.h5")
        for value in ("soon", "epochs:", "epochs:x", "epochs:-3"):
            refuse(
                run, tmp_path, *command, "--stop", value, code=USAGE,
                words=["calibrated", "paper", "epochs:N"] if value != "epochs:-3" else ["epochs:-3"])
        refuse(
            run, tmp_path, *command, "--stop", "epochs:0", code=USAGE, words=["epochs:0", "from 1"])
        refuse(
            run, tmp_path, *command, "--stop", "epochs:9", "--max-epochs", 9, code=USAGE,
            words=["exclude"])

    def test_unnormalised(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        refuse(
            run, tmp_path, "augment", path.name, "--out", "synth.h5", code=REFUSED,
            words=["preprocess"],
        )

    def test_too_few_spectra(self, run, tmp_path, write_image):
        data = spectra((1, 3, 400))
        path = write_image(data / data.max(axis=-1, keepdims=True))
        refuse(
            run, tmp_path, "augment", path.name, "--out", "synth.h5", code=REFUSED,
            words=["3 spectra", "10"],
        )

    def test_window_outside(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        refuse(
            run, tmp_path, "preprocess", path.name, "--background", "100:200", code=REFUSED,
            words=["100:200"],
        )
        refuse(
            run, tmp_path, "preprocess", path.name, "--crop", "1000:2000", code=REFUSED,
            words=["1000:2000"],
        )


class TestUsage:
    def test_wrong_option(self, run, tmp_path):
        refuse(run, tmp_path, "preprocess", "x.hspy", "--nonsense", code=USAGE, words=["nonsense"])

    def test_window_not_a_window(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        refuse(run, tmp_path, "preprocess", path.name, "--crop", "7", code=USAGE, words=["7"])

    def test_no_preprocessed_file(self, run, tmp_path):
        refuse(run, tmp_path, "augment", "--out", "synth.h5", code=USAGE, words=["preprocess"])

    def test_two_preprocessed_files(self, run, tmp_path, write_image):
        write_image(spectra((2, 3, 400)), "a_preprocessed.hspy")
        write_image(spectra((2, 3, 400)), "b_preprocessed.hspy")
        refuse(
            run, tmp_path, "augment", "--out", "synth.h5", code=USAGE,
            words=["a_preprocessed.hspy", "b_preprocessed.hspy"],
        )

    def test_help_and_version(self, run, tmp_path):
        for arguments in (["--help"], ["preprocess", "--help"], ["--version"]):
            result = run(*arguments, cwd=tmp_path)
            assert result.returncode == 0
            assert "eels-dag" in result.stdout


class TestOutput:
    def test_folder_missing(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        refuse(
            run, tmp_path, "preprocess", path.name, "-o", "nowhere/out.hspy", code=TEMPORARY,
            words=["nowhere"],
        )

    def test_old_output_survives_a_refusal(self, run, tmp_path, write_image):
        path = write_image(np.zeros((4, 5, 400), np.float32))
        old = tmp_path / "out.hspy"
        old.write_bytes(b"the only copy")
        refuse(run, tmp_path, "preprocess", path.name, "-o", "out.hspy", code=REFUSED, words=["constant"])
        assert old.read_bytes() == b"the only copy"

    def test_input_is_never_the_output(self, run, tmp_path, write_image):
        path = write_image(spectra((4, 5, 400)))
        before = path.read_bytes()
        refuse(
            run, tmp_path, "preprocess", path.name, "-o", path.name, code=USAGE, words=[path.name]
        )
        assert path.read_bytes() == before

    def test_file_size_limit(self, run, tmp_path, write_image):
        if shutil.which("prlimit") is None:
            pytest.skip("prlimit is not installed")
        path = write_image(spectra((8, 9, 400)))
        before = sorted(p.name for p in tmp_path.iterdir())
        result = run(
            "preprocess", path.name, cwd=tmp_path, prefix=["prlimit", "--fsize=30000", "--"]
        )
        assert result.returncode == TEMPORARY, result.stderr
        assert sorted(p.name for p in tmp_path.iterdir()) == before
