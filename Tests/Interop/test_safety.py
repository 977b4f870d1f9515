"""Files that are damaged or mean harm, filters that HDF5 lacks, and the torture in short."""

import os
import random

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
import torture
from conftest import REFUSED, refuse, spectra

UNSAFE = 5
hdf5plugin = pytest.importorskip("hdf5plugin", reason="its environment has no hdf5plugin")


class TestRefusals:
    """One sentence that names the object and what to do, from every command, before anything is read."""

    @pytest.fixture(params=[("info",), ("preprocess",), ("augment", "--out", "synth.h5")],
                    ids=lambda command: command[0])
    def refused(self, request, run, tmp_path, write_image):
        def refused(change, words):
            path = write_image(spectra((4, 5, 400)))
            with h5py.File(path, "a") as file:
                change(file)
            refuse(run, tmp_path, *request.param, path.name, code=REFUSED, words=words)

        return refused

    def test_external_link(self, refused):
        def change(file):
            file["Experiments/image/metadata/more"] = h5py.ExternalLink("other.h5", "/there")

        refused(change, ["/Experiments/image/metadata/more", "external link", "other.h5", "/there"])

    def test_external_storage(self, refused):
        def change(file):
            file["Experiments/image/original_metadata"].create_dataset(
                "secret", (100,), "u1", external=[("/etc/passwd", 0, 100)])

        refused(change, ["/Experiments/image/original_metadata/secret", "external", "/etc/passwd"])

    def test_virtual_dataset(self, refused):
        def change(file):
            layout = h5py.VirtualLayout((4, 5, 400), "f4")
            layout[:] = h5py.VirtualSource("other.h5", "data", (4, 5, 400))
            del file["Experiments/image/data"]
            file.create_virtual_dataset("Experiments/image/data", layout)

        refused(change, ["/Experiments/image/data", "virtual", "other.h5"])

    def test_terabytes(self, refused):
        def change(file):
            file.create_dataset("Experiments/image/learning_results/loadings", (1 << 20, 1 << 20), "f4")

        refused(change, ["/Experiments/image/learning_results/loadings", "4398046511104"])

    def test_many_gigabytes(self, refused):
        def change(file):
            for index in range(100):
                file.create_dataset(f"Experiments/image/metadata/d{index}", (16_000_000,), "f4")

        refused(change, ["declare", "6400"])

    def test_ring(self, refused):
        def change(file):
            file["Experiments/image/metadata/again"] = file["Experiments/image"]

        refused(change, ["/Experiments/image/metadata/again", "contains itself"])


@pytest.mark.parametrize("kind", ["attribute", "link"])
def test_damaged_entry_among_many(run, tmp_path, write_image, kind):
    """libhdf5 crashes when it lists the entries of an object's header of which one cannot be decoded."""
    path = write_image(spectra((4, 5, 400)))
    with h5py.File(path, "a") as file:
        general = file["Experiments/image/metadata/General"]
        creation = h5py.h5p.create(h5py.h5p.GROUP_CREATE)
        # Links in the header of the object.
        creation.set_link_creation_order(h5py.h5p.CRT_ORDER_TRACKED)
        group = h5py.Group(h5py.h5g.create(general.id, b"group", gcpl=creation))
        for index in range(8):
            group.attrs[f"attribute {index}"] = index
            group.create_group(f"link {index}")
    data = bytearray(path.read_bytes())
    # The version: eight bytes before an attribute's name; before a link's name are also the flags, the place
    # in the order of creation (eight bytes) and the name's length.
    place = data.index(b"%s 4" % kind.encode()) - (8 if kind == "attribute" else 11)
    assert data[place] == 1
    data[place] = 0xEE
    path.write_bytes(data)
    for command in (("info",), ("preprocess",), ("convert",)):
        out = ["copy.hspy"] if command == ("convert",) else []
        refuse(run, tmp_path, *command, path.name, *out, code=REFUSED, words=["General/group"])


class TestAborted:
    """What an aborted acquisition left: every command works, and says what was never written."""

    @pytest.fixture
    def aborted(self, tmp_path, write_image):
        """15 MiB declared, of which 2 of 120 rows were written."""
        shape = (120, 64, 1024)
        path = write_image(spectra((2, 2, 1024)))
        rows = spectra((2, 64, 1024)).astype(np.uint16)
        with h5py.File(path, "a") as file:
            group = file["Experiments/image"]
            del group["data"]
            data = group.create_dataset("data", shape, "u2", chunks=(1, 64, 1024), compression=1)
            data[:2] = rows
            for index, size in enumerate(shape[:2]):
                group[f"axis-{index}"].attrs["size"] = size
        return path, rows

    def test_commands(self, run, tmp_path, aborted):
        path, rows = aborted
        said = "98.3 % of the chunks of /Experiments/image/data were never written"
        outputs = {
            "info": [], "validate": [], "convert": ["copy.hspy"],
            "preprocess": ["-o", "out.hspy", "--background", "none", "--norm", "none", "--pca", "none"],
            "label": ["--clusters", 2, "-o", "labelled.hspy"],
        }
        for command, options in outputs.items():
            result = run(command, path.name, *options, cwd=tmp_path)
            assert result.returncode in (0, 4), (command, result.stderr)
            assert (result.stdout + result.stderr).count(said) == (command != "validate"), command
        for name in ("copy.hspy", "out.hspy"):
            with h5py.File(tmp_path / name) as file:
                data = next(
                    group["data"] for group in file["Experiments"].values() if group["data"].ndim == 3)
                assert np.array_equal(data[:2], rows), name
                assert not data[2:].any(), name
        # The copy holds no more than there was.
        assert (tmp_path / "copy.hspy").stat().st_size < 2 * path.stat().st_size

    def test_never_begun(self, info, write_image):
        path = write_image(spectra((4, 5, 400)))
        with h5py.File(path, "a") as file:
            group = file["Experiments/image"]
            del group["data"]
            group.create_dataset("data", (4, 5, 400), "u2")
        assert any("none of the values of /Experiments/image/data" in line for line in info(path)["warnings"])


def test_damage_that_crashes_libhdf5(run, program, tmp_path, write_image):
    """Some of the mutants crash libhdf5 or hold it up: exit code 5 and one sentence, from every command."""
    whole = write_image(spectra((4, 5, 400))).read_bytes()
    chance = random.Random(1)
    found = 0
    for _ in range(400):
        data, _ = torture.mutate(whole, chance)
        (tmp_path / "input.hspy").write_bytes(data)
        if run("info", "input.hspy", cwd=tmp_path).returncode != UNSAFE:
            continue
        found += 1
        for command in (("info",), ("preprocess",), ("augment", "--out", "synth.h5")):
            refuse(run, tmp_path, *command, "input.hspy", code=UNSAFE, words=["input.hspy", "damaged"])
        if found == 3:
            return
    if h5py.version.hdf5_version_tuple < (1, 14, 4):
        assert found, "no mutant of 400 crashes libhdf5"
    pytest.skip(f"libhdf5 crashes on {found} of 400 mutants")


@pytest.mark.parametrize("name", ["lzf", "lz4", "zstd", "blosc", "scaleoffset", "szip", "nbit"])
def test_filters(succeed, info, tmp_path, name):
    """What HyperSpy and h5py write with other compressions is read as with gzip."""
    data = np.random.default_rng(1).poisson(900, (5, 6, 300)).astype(np.int32)
    signal = hs.signals.Signal1D(data)
    signal.axes_manager[-1].offset = 400
    signal.axes_manager[-1].units = "eV"
    signal.save(tmp_path / "gzip.hspy")
    options = {
        "lzf": dict(compression="lzf"),
        "lz4": dict(compression=hdf5plugin.LZ4().filter_id, compression_opts=(0,)),
        "zstd": dict(**hdf5plugin.Zstd()),
        "blosc": dict(**hdf5plugin.Blosc(shuffle=hdf5plugin.Blosc.BITSHUFFLE)),
        "scaleoffset": dict(scaleoffset=0),
        "szip": dict(compression="szip"),
        "nbit": None,
    }[name]
    (tmp_path / "other.hspy").write_bytes((tmp_path / "gzip.hspy").read_bytes())
    with h5py.File(tmp_path / "other.hspy", "a") as file:
        group = next(iter(file["Experiments"].values()))
        del group["data"]
        if name == "nbit":
            creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
            creation.set_chunk((5, 6, 300))
            creation.set_filter(h5py.h5z.FILTER_NBIT, 0, ())
            kind = h5py.h5t.STD_I32LE.copy()
            kind.set_precision(17)
            h5py.h5d.create(
                group.id, b"data", kind, h5py.h5s.create_simple(data.shape), creation
            ).write(h5py.h5s.ALL, h5py.h5s.ALL, data)
        else:
            if name == "szip" and not h5py.h5z.filter_avail(h5py.h5z.FILTER_SZIP):
                pytest.skip("h5py cannot write szip here")
            group.create_dataset("data", data=data, chunks=(2, 6, 300), **options)
    said = info(tmp_path / "other.hspy")["signals"][0]
    assert name in said["filters"]
    results = []
    for path in ("gzip", "other"):
        succeed(
            "preprocess", f"{path}.hspy", "--background", "none", "--norm", "none", "--pca", "none", "-o",
            f"{path}_out.hspy", cwd=tmp_path, codes=(0, 4))
        loaded = hs.load(tmp_path / f"{path}_out.hspy")
        results.append((loaded[0] if isinstance(loaded, list) else loaded).data)
    assert np.array_equal(results[0], data.astype(np.float32))
    assert np.array_equal(results[1], results[0])


def test_unknown_filter(run, info, tmp_path, write_image):
    path = write_image(spectra((4, 5, 400)))
    with h5py.File(path, "a") as file:
        data = file["Experiments/image/data"][...]
        del file["Experiments/image/data"]
        file["Experiments/image"].create_dataset(
            "data", data=data, chunks=(2, 5, 400), **hdf5plugin.Bitshuffle())
    assert info(path)["signals"][0]["filters"] == ["bitshuffle"]
    refuse(
        run, tmp_path, "preprocess", path.name, code=REFUSED,
        words=["bitshuffle", "32008", "gzip", "image"])


@pytest.mark.parametrize("kind, count", [("fuzz", 25), ("kill", 8), ("disk", 6)])
def test_torture(program, tmp_path, monkeypatch, kind, count):
    """The short version of Scripts/torture."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1735689600")
    seed = int(os.environ.get("TORTURE_SEED", 20))
    options = dict(bound=30.0) if kind == "fuzz" else {}
    report = getattr(torture, kind)(program, tmp_path, count, seed, **options)
    assert not report.failures, report.text()


def test_a_shape_beyond_its_own_limit(tmp_path, run):
    """One flipped bit makes six rows half a million, which libhdf5 takes as it is."""
    path = tmp_path / "rows.hspy"
    hs.signals.Signal1D(np.ones((6, 7, 200), "u2")).save(path)
    data = bytearray(path.read_bytes())
    shape = b"".join(extent.to_bytes(8, "little") for extent in (6, 7, 200))
    # The shape, and behind it the largest one.
    place = data.find(shape + shape)
    assert place > 0
    data[place + 2] ^= 8
    path.write_bytes(data)
    for command in (("info", "rows.hspy"), ("preprocess", "rows.hspy", "-o", "out.hspy")):
        result = run(*command, cwd=tmp_path)
        assert result.returncode == REFUSED, result.stderr
        assert "exceeds what it allows itself along axis 0, 6" in result.stderr
