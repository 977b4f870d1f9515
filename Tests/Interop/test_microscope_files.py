"""What microscopes write is read as HyperSpy reads it: data, axes, and everything in the tags."""

import json
import math

import digital_micrograph as dm
import numpy as np
import pytest
from conftest import HYPERSPY, QUALITY_GATE, REFUSED, ROOT, load, refuse

DATA = ROOT.parent / "shared" / "data"
REAL = ["srtio3_si.dm3", "srtio3_spectrum.dm4"]

pytestmark = pytest.mark.skipif(
    HYPERSPY.major < 2, reason="read once, beside the newer HyperSpy's rosettasciio"
)

# Nothing is done to the spectra but that they become Float32.
RAW = ("--background", "none", "--norm", "none", "--pca", "none", "--maps", "none")


def hyperspy(path):
    """All signals that HyperSpy finds."""
    import hyperspy.api as hs

    loaded = hs.load(str(path))
    return loaded if isinstance(loaded, list) else [loaded]


def plain(value):
    """A metadata value as JSON has it; entries that only HyperSpy's own loading adds are left out."""
    if isinstance(value, dict):
        skipped = ("FileIO", "_HyperSpy", "root")
        return {key: plain(member) for key, member in value.items() if key not in skipped}
    if isinstance(value, (list, tuple)):
        return [plain(member) for member in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def without_empty(tree):
    """A tree without branches that hold nothing, which say nothing."""
    if not isinstance(tree, dict):
        return tree
    pruned = {key: without_empty(value) for key, value in tree.items()}
    return {key: value for key, value in pruned.items() if value != {}}


def same_axes(report, signal):
    """Whether a report's axes are those of a signal of HyperSpy."""
    axes = list(signal.axes_manager._axes)
    axes = [axis for axis in axes if axis.navigate] + [axis for axis in axes if not axis.navigate]
    assert len(report["axes"]) == len(axes)
    for ours, theirs in zip(report["axes"], axes):
        name = theirs.name if isinstance(theirs.name, str) else None
        assert ours.get("name") == name
        assert ours.get("units", "") == (theirs.units if isinstance(theirs.units, str) else "")
        assert ours["size"] == theirs.size and ours["kind"] == "uniform"
        assert ours["scale"] == theirs.scale and ours["first"] == theirs.offset
        assert ours["role"] == ("navigation" if theirs.navigate else "signal")
        assert ours["isBinned"] == theirs.is_binned


def same(report, signal, metadata=None):
    """Whether a report says of a signal what HyperSpy does, or of its metadata what is given."""
    assert report["title"] == signal.metadata.General.title
    assert report["signalType"] == signal.metadata.Signal.signal_type
    same_axes(report, signal)
    assert report["shape"] == list(signal.data.shape)
    assert report["elementType"] == signal.data.dtype.name
    metadata = metadata or signal.metadata.as_dictionary()
    assert report["metadata"] == without_empty(plain(metadata))
    theirs = without_empty(plain(signal.original_metadata.as_dictionary()))
    assert without_empty(report["originalMetadata"]) == theirs


@pytest.fixture
def raw(succeed, tmp_path):
    """The numbers of a file's spectra, by the road of every command, and where they went."""

    def raw(path):
        # Numbers made up for a test are flagged as spectra without a signal.
        succeed("preprocess", path, "-o", "raw.hspy", *RAW, cwd=tmp_path, codes=(0, QUALITY_GATE))
        return load(tmp_path / "raw.hspy")[0]

    return raw


@pytest.mark.skipif(not DATA.is_dir(), reason=f"no experimental data in {DATA}")
@pytest.mark.parametrize("name", REAL)
class TestRealFiles:
    def test_everything_is_read(self, info, name):
        (signal,) = hyperspy(DATA / name)
        report = info(DATA / name)
        assert report["format"] == f"DigitalMicrograph {name[-1]}" and report["warnings"] == []
        same(report["signals"][0], signal)

    def test_numbers(self, raw, name):
        (signal,) = hyperspy(DATA / name)
        assert np.array_equal(raw(DATA / name).data, signal.data)

    def test_tags_come_through(self, raw, name):
        """The tags of the microscope are in the output, where HyperSpy finds them."""
        (signal,) = hyperspy(DATA / name)
        ours = without_empty(plain(raw(DATA / name).original_metadata.as_dictionary()))
        assert ours == without_empty(plain(signal.original_metadata.as_dictionary()))

    def test_same_as_converted_by_hyperspy(self, succeed, tmp_path, name):
        """The whole of preprocessing gives the same, whichever file it starts from."""
        for path in (DATA / name, (DATA / name).with_suffix(".hspy")):
            succeed("preprocess", path, "-o", f"{path.suffix[1:]}.hspy", cwd=tmp_path)
        ours, theirs = (
            load(tmp_path / f"{suffix}.hspy") for suffix in (name.split(".")[1], "hspy")
        )
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs):
            assert np.array_equal(one.data, other.data)


def spectrum_image(dtype=np.int16, shape=(64, 3, 4)):
    """Energies along the slowest dimension, every number another one."""
    return np.arange(math.prod(shape)).reshape(shape).astype(dtype)


AXES = [(0.0, 0.5, "nm"), (2.0, 0.5, "nm"), (-1400.0, 0.25, "eV"), (1.0, 2.0, "s")]


@pytest.mark.parametrize("version", [3, 4])
class TestConstructedFiles:
    @pytest.fixture
    def write(self, tmp_path, version):
        def write(*images, **options):
            path = tmp_path / f"made.dm{version}"
            path.write_bytes(dm.encode(images, version, **options))
            return path

        return write

    @pytest.mark.parametrize("dtype", list(dm.DATA_TYPES))
    def test_number_types(self, info, raw, write, dtype):
        data = spectrum_image(np.uint16) % 100
        if dtype == "bool":
            data = np.random.default_rng(1).integers(0, 2, data.shape)
        data = (data - 50 * (dtype[0] in "if")).astype(dtype)
        path = write(dm.image(data, AXES[:3], "types", "EELS", "Spectrum image"))
        (signal,) = hyperspy(path)
        (report,) = info(path)["signals"]
        same(report, signal)
        if "complex" not in dtype:
            assert np.array_equal(raw(path).data, np.moveaxis(data, 0, -1).astype(np.float32))
            assert np.array_equal(raw(path).data, signal.data.astype(np.float32))

    def test_complex_numbers_are_no_spectra(self, run, tmp_path, write):
        path = write(dm.image(spectrum_image(np.complex64), AXES[:3], "c", "EELS", "Spectrum image"))
        refuse(
            run, tmp_path, "preprocess", path.name, code=REFUSED,
            words=["holds no spectra", "complex numbers"],
        )
        refuse(
            run, tmp_path, "convert", path.name, "out.hspy", code=REFUSED,
            words=["nothing that can be written", "complex numbers"],
        )

    @pytest.mark.parametrize("dtype", ["int16", "uint32", "float32", "float64"])
    def test_big_endian(self, info, raw, write, dtype):
        """Old Macintosh files; rosettasciio takes their numbers for little-endian."""
        data = spectrum_image(dtype)
        image = dm.image(data, AXES[:3], "mac", "EELS", "Spectrum image")
        same_report = info(write(image))["signals"][0]
        path = write(image, order="big")
        (report,) = info(path)["signals"]
        assert np.array_equal(raw(path).data, np.moveaxis(data, 0, -1).astype(np.float32))
        assert report["axes"] == same_report["axes"]
        assert report["originalMetadata"]["DocumentObjectList"] == (
            same_report["originalMetadata"]["DocumentObjectList"]
        )

    @pytest.mark.parametrize(
        "shape, axes, kind",
        [
            ((64,), [AXES[2]], "Spectrum"),
            ((64,), [AXES[2]], None),
            ((5, 64), [AXES[2], AXES[0]], "Spectrum image"),
            ((1, 64), [AXES[2], AXES[0]], "Spectrum image"),
            ((5, 64), [AXES[2], AXES[0]], "Spectrum"),
            ((64, 3, 4), [AXES[0], AXES[1], AXES[2]], "Spectrum image"),
            ((64, 1, 4), [AXES[0], AXES[1], AXES[2]], "Spectrum image"),
            ((64, 3, 1), [AXES[0], AXES[1], AXES[2]], "Spectrum image"),
            ((64, 2, 3, 4), [AXES[0], AXES[1], AXES[3], AXES[2]], "Spectrum image"),
        ],
    )
    def test_shapes(self, info, raw, write, shape, axes, kind):
        path = write(dm.image(spectrum_image(np.float32, shape), axes, "shapes", "EELS", kind))
        (signal,) = hyperspy(path)
        (report,) = info(path)["signals"]
        same(report, signal)
        assert np.array_equal(raw(path).data, signal.data)

    @pytest.mark.parametrize("kind", ["Image", None])
    def test_images_are_no_spectra(self, info, run, tmp_path, write, kind):
        path = write(dm.image(spectrum_image(np.float32, (6, 7)), AXES[:2], "survey", None, kind))
        (signal,) = hyperspy(path)
        same(info(path)["signals"][0], signal)
        refuse(
            run, tmp_path, "preprocess", path.name, code=REFUSED,
            words=["holds no spectra, only: survey (6 × 7)"],
        )

    def test_fewer_calibrations_than_dimensions(self, info, write):
        path = write(dm.image(spectrum_image(), AXES[:2], "few", "EELS", "Spectrum image"))
        (signal,) = hyperspy(path)
        same_axes(info(path)["signals"][0], signal)

    def test_units_tell_the_energy_axis_where_tags_do_not(self, info, raw, write):
        """rosettasciio makes it a stack of images."""
        data = spectrum_image(np.float32)
        path = write(dm.image(data, AXES[:3], "untold"))
        report = info(path)
        assert "taken for the energy axis" in report["warnings"][0]
        assert [axis["role"] for axis in report["signals"][0]["axes"]] == ["navigation"] * 2 + ["signal"]
        assert np.array_equal(raw(path).data, np.moveaxis(data, 0, -1))

    def test_spectra_are_found_among_images(self, info, raw, write):
        spectra = dm.image(
            spectrum_image(np.float32), AXES[:3], "EELS Spectrum Image (dark ref corrected)", "EELS",
            "Spectrum image",
        )
        survey = dm.image(spectrum_image(np.int32, (3, 4)), AXES[:2], "survey", None, "Image")
        path = write(survey, spectra)
        signals = hyperspy(path)
        report = info(path)
        assert report["warnings"] == [] and len(report["signals"]) == 2
        for ours, theirs in zip(report["signals"], signals):
            same(ours, theirs)
        assert np.array_equal(raw(path).data, signals[1].data)

    def test_spectra_that_are_not_dark_corrected(self, info, write):
        """Their offset would be taken for background."""
        for processing, warns in (("Unprocessed", True), ("Dark Subtracted", False)):
            tags = {"Acquisition": {"Parameters": {"High Level": {"Processing": processing}}}}
            path = write(
                dm.image(spectrum_image(), AXES[:3], "dark", "EELS", "Spectrum image", tags)
            )
            warnings = info(path)["warnings"]
            assert warns == any("not dark-corrected" in warning for warning in warnings)

    @pytest.mark.parametrize("order", ["little", "big"])
    def test_kinds_of_tags(self, info, write, order):
        """Names, numbers, texts, lists, structures and lists of structures, as rosettasciio has them."""
        more = {
            "Numbers of all types": [
                dm.Number(dm.INT16, -2), dm.Number(dm.INT32, -70000), dm.Number(dm.UINT16, 65535),
                dm.Number(dm.UINT32, 4294967295), dm.Number(dm.FLOAT32, 0.1),
                dm.Number(dm.FLOAT64, 0.1), dm.Number(dm.BOOL, 1), dm.Number(dm.OCTET, -3),
                dm.Number(dm.INT64, -(1 << 60)), dm.Number(dm.UINT64, 1 << 60),
            ],
            "Lists": {
                "short": dm.Array(dm.INT16, [1, -2, 3]), "real": dm.Array(dm.FLOAT32, [0.5, 1e30]),
                "pairs": dm.Array([dm.INT32, dm.FLOAT64], [(1, 2.5), (3, 4.5)]),
                "none": dm.Array(dm.FLOAT64, []),
            },
            "twice": 1, "Mixed": dm.Structure([dm.INT16, dm.FLOAT32, dm.BOOL], (1, 2.5, 1)),
            "Latin \xb5": "\u4e2d\u6587 \xe9\n second line", "": 5, "3": {"": 6},
        }
        path = write(dm.image(spectrum_image(), AXES[:3], "tags", "EELS", "Spectrum image"),
                     order=order, more=more)
        (signal,) = hyperspy(path)
        same(info(path)["signals"][0], signal)

    @pytest.mark.parametrize(
        "tags",
        [
            {"Microscope Info": {
                "Illumination Mode": "TEM", "Imaging Mode": "DIFFRACTION", "Voltage": 300000.0,
                "Indicated Magnification": 0.5, "Name": "Titan", "Microscope": "other",
                "Probe Current (nA)": 0.25,
                "Stage Position": {
                    "Stage Alpha": 1.5, "Stage Beta": -2.5, "Stage X": 100.0, "Stage Y": -3.0,
                    "Stage Z": 7.0,
                },
            }},
            {"Microscope Info": {
                "Illumination Mode": "TEM", "Imaging Mode": "IMAGING",
                "Indicated Magnification": 5000.0, "Microscope": "only",
            }},
            {"Microscope Info": {"Illumination Mode": "SEM", "Voltage": 30000.0, "Name": "[]"},
             "Session Info": {"Operator": "A. Person", "Specimen": "SrTiO3 α", "Microscope": "X"}},
            {"Microscope Info": {"Illumination Mode": "STEM NANOPROBE", "STEM Camera Length": 20.0},
             "Session Info": {"Operator": "", "Specimen": ""}},
            {"DigiScan": {"Sample Time": 2.5}, "EELS": {
                "Acquisition": {"Exposure (s)": 0.1, "Number of frames": 4, "Date": "01/02/2020",
                                "Start time": "12:05:00 AM"},
                "Experimental Conditions": {"Collection semi-angle (mrad)": 33.0},
            }},
            {"EELS": {"Acquisition": {"Integration time (s)": 7.5, "Exposure (s)": 0.1}},
             "EELS Spectrometer": {"Aperture label": "2.5 mm", "Instrument name": "GIF"}},
            {"EELS": {"Acquisition": {"Exposure (s)": 0.1}},
             "EELS Spectrometer": {"Aperture label": "large"}},
            {"DataBar": {"Acquisition Date": "25/12/2011", "Acquisition Time": "23:59"},
             "SI": {"Acquisition": {"Date": "2019-12-14", "Start time": "15:14:24.250"}}},
            {"DataBar": {"Acquisition Date": "14 Dec 2019", "Acquisition Time": "3:04 PM"}},
            {"DataBar": {"Acquisition Date": "December 4, 2019", "Acquisition Time": "noon"}},
            {"DataBar": {"Acquisition Date": "14.12.2019", "Acquisition Time": "9:00:01"}},
            {"DataBar": {"Acquisition Date": "2/29/16", "Acquisition Time": "09:00:01 am"}},
            {"source": {"Tags at creation": {"Microscope Info": {
                "Illumination Mode": "STEM", "Voltage": 60000.0, "Name": "stacked"}}}},
        ],
    )
    @pytest.mark.parametrize("signal_type", ["EELS", None])
    def test_metadata(self, info, write, tags, signal_type):
        path = write(dm.image(
            spectrum_image(np.float32, (64,)), [AXES[2]], "metadata", signal_type, "Spectrum", tags,
            brightness=(0.5, 2.0, "e-"),
        ))
        (signal,) = hyperspy(path)
        same(info(path)["signals"][0], signal)


class TestBrokenFiles:
    """One sentence and exit code 3, whatever the bytes say."""

    @pytest.fixture
    def whole(self):
        return dm.small(3, "little")

    def test_truncated(self, run, tmp_path, whole):
        for length in (20, 500, 1400, 1800, len(whole) - 200):
            (tmp_path / "cut.dm3").write_bytes(whole[:length])
            refuse(run, tmp_path, "info", "cut.dm3", code=REFUSED, words=["cut.dm3 is truncated"])

    @pytest.mark.parametrize(
        "old, new, words",
        [
            (b"\x15\x00\x08DataType", b"\x17\x00\x08DataType", ["unknown kind 23"]),
            (b"%%%%", b"%%%&", ["does not begin where it should"]),
        ],
    )
    def test_damaged(self, run, tmp_path, whole, old, new, words):
        (tmp_path / "bad.dm3").write_bytes(whole.replace(old, new, 1))
        refuse(run, tmp_path, "info", "bad.dm3", code=REFUSED, words=["damaged", *words])

    @pytest.mark.parametrize(
        "code, fields",
        [
            (20, (dm.FLOAT64, 0x7FFFFFFF)), (20, (dm.UINT16, 0x7FFFFFFF)), (18, (0x7FFFFFFF,)),
            (20, (15, 0, 0, 0x7FFFFFFF)), (20, (20, 4, 0, 0x7FFFFFFF)), (15, (0, 0x7FFFFFFF)),
            (20, (18, 0, 0x7FFFFFFF)), (20, (20, 4, 0x7FFFFFFF, 0x7FFFFFFF)),
            (20, (dm.INT16, 0x80000000)), (99, (1,)), (15, (0, 1, 0, 15)),
        ],
    )
    def test_absurd_sizes(self, run, tmp_path, whole, peak_memory, code, fields):
        """A declared size costs nothing before the file is known to hold it."""
        words = b"".join(number.to_bytes(4, "big") for number in (1 + len(fields), code, *fields))
        old = whole.index(b"InImageMode") + len("InImageMode")
        (tmp_path / "big.dm3").write_bytes(whole[:old] + b"%%%%" + words + whole[old + 13:])
        refuse(run, tmp_path, "info", "big.dm3", code=REFUSED, words=["big.dm3"])
        assert peak_memory("info", "big.dm3", cwd=tmp_path, codes=(REFUSED,)) < 100_000

    def test_deep_nesting(self, run, tmp_path, whole):
        start = whole.index(b"\x14\x00\x0cDocumentTags")
        group = b"\x14\x00\x00\x01\x00\x00\x00\x00\x01"
        (tmp_path / "deep.dm3").write_bytes(whole[:start] + group * 100_000 + whole[start:])
        refuse(run, tmp_path, "info", "deep.dm3", code=REFUSED, words=["nest too deeply"])

    def test_numbers_that_do_not_fit(self, run, tmp_path, info):
        """The rest of such a file can be looked at; its spectra cannot be used."""
        image = dm.image(spectrum_image(np.float32), AXES[:3], "odd", "EELS", "Spectrum image")
        image["ImageData"]["Dimensions"][0] = dm.Number(dm.UINT32, 5)
        path = tmp_path / "odd.dm4"
        path.write_bytes(dm.encode([image], 4))
        assert info(path)["signals"][0]["title"] == "odd"
        refuse(
            run, tmp_path, "preprocess", "odd.dm4", code=REFUSED,
            words=["holds 3072 bytes where 64 × 3 × 5 numbers of type float32 belong"],
        )

    def test_unknown_number_type(self, run, tmp_path):
        image = dm.image(spectrum_image(np.float32), AXES[:3], "new", "EELS", "Spectrum image")
        image["ImageData"]["DataType"] = dm.Number(dm.UINT32, 77)
        (tmp_path / "new.dm4").write_bytes(dm.encode([image], 4))
        refuse(
            run, tmp_path, "preprocess", "new.dm4", code=REFUSED, words=["type 77", "convert"]
        )


def test_many_tags_are_shown_on_demand(succeed, tmp_path):
    path = tmp_path / "a.dm3"
    path.write_bytes((ROOT / "Tests/SpectrumFilesTests/Fixtures/small.dm3").read_bytes())
    short = succeed("info", path.name, cwd=tmp_path).stdout
    long = succeed("info", path.name, "--verbose", cwd=tmp_path).stdout
    (line,) = (line for line in short.splitlines() if "original metadata" in line)
    count = int(line.split(": ")[1].split()[0])
    assert count > 40 and "--verbose" in line and "ImageData" not in short
    assert len(long.splitlines()) == len(short.splitlines()) + count


def test_name_does_not_matter(info, tmp_path):
    path = tmp_path / "renamed.hspy"
    path.write_bytes(dm.small(4, "little"))
    assert info(path)["format"] == "DigitalMicrograph 4"


def test_big_files_stream(succeed, peak_memory, tmp_path):
    """Memory does not grow with the file: 100 MB and 200 MB take the same."""
    peaks = []
    for rows in (100, 200):
        rng = np.random.default_rng(3)
        data = rng.integers(50, 100, (1024, rows, 256), dtype=np.int32)
        image = dm.image(data, AXES[:3], "big", "EELS", "Spectrum image")
        (tmp_path / "big.dm4").write_bytes(dm.encode([image], 4))
        del data, image
        peaks.append(peak_memory("preprocess", "big.dm4", "-o", "out.hspy", *RAW, cwd=tmp_path, codes=(0, QUALITY_GATE)))
    assert peaks[1] < peaks[0] + 30_000 and peaks[1] < 400_000, peaks


MSA = """\
#FORMAT      : EMSA/MAS Spectral Data File
#VERSION     : 1.0
#TITLE       : NIO EELS
#TITLE       :  OK SHELL
#DATE        : 01-OCT-1991
#TIME        : 12:00
#OWNER       : EMSA/MAS TASK FORCE
#NPOINTS     : 20.
#NCOLUMNS    : {columns}
#XUNITS      : eV
#YUNITS      : Intensity
#DATATYPE    : {kind}
#XPERCHAN    : 3.1
#OFFSET      : 520.13
#CHOFFSET    : -168.
#SIGNALTYPE  : {signal}
#XLABEL      : Energy
#YLABEL      : Counts
#BEAMKV   -kV: {voltage}
#EMISSION -uA: 5.5
#PROBECUR -nA: 12.345
#BEAMDIAM -nm: 100.0
#MAGCAM      : 100.
#CONVANGLE-mR: 1.5
#COLLANGLE-mR: 3.4
#OPERMODE    : IMAG
#THICKNESS-nm: 50
#DWELLTIME-ms: 100.
#INTEGTIME-ms: 1.5 E+02
#XTILTSTGE-dg: 45.
#ELSDET      : SERIAL
#FWHMMNKA-ev : 130
##SECRET     : of the maker \xb5
#COMMENT     : 
#SPECTRUM    : Spectral Data Starts Here
{data}
#ENDOFDATA   : End Of Data and File
"""


class TestMSA:
    @pytest.mark.parametrize("kind, columns", [("XY", 1), ("XY", 2), ("Y", 1), ("Y", 4)])
    @pytest.mark.parametrize(
        "signal, voltage", [("ELS", 120.0), ("EDS", 120.0), ("EDS", 20.0), ("CLS", 120.0), ("XRF", 1)]
    )
    def test_everything_is_read(self, info, tmp_path, kind, columns, signal, voltage):
        values = [4066 + 17.5 * index for index in range(20)]
        pairs = [f"{520.13 + 3.1 * index:.2f}, {value}" for index, value in enumerate(values)]
        numbers = pairs if kind == "XY" else [str(value) for value in values]
        rows = [", ".join(numbers[at:at + columns]) for at in range(0, 20, columns)]
        path = tmp_path / "spectrum.msa"
        text = MSA.format(
            columns=columns, kind=kind, signal=signal, voltage=voltage, data="\n".join(rows)
        )
        path.write_bytes(text.encode("latin-1"))
        from rsciio.msa import file_reader

        (theirs,) = hyperspy(path)
        report = info(path)
        assert report["format"] == "EMSA/MSA 1.0" and report["warnings"] == []
        # HyperSpy's class for X-rays adds defaults of its own.
        same(report["signals"][0], theirs, file_reader(str(path))[0]["metadata"])
        assert theirs.data.tolist() == values

    @pytest.mark.parametrize("format", ["Y", "XY"])
    def test_written_by_hyperspy(self, info, raw, succeed, tmp_path, format):
        """A spectrum that HyperSpy writes comes back with its numbers, after all of preprocessing."""
        import hyperspy.api as hs

        rng = np.random.default_rng(7)
        energies = 400 + 0.5 * np.arange(600)
        counts = rng.poisson(2e4 * (energies / 400) ** -3 + 800 * (energies > 530)).astype(float)
        signal = hs.signals.Signal1D(counts)
        signal.set_signal_type("EELS")
        signal.metadata.General.title = "written: by HyperSpy"
        axis = signal.axes_manager[0]
        axis.offset, axis.scale, axis.units, axis.name = 400, 0.5, "eV", "Energy loss"
        signal.save(tmp_path / "written.msa", format=format, overwrite=True)
        (report,) = info(tmp_path / "written.msa")["signals"]
        assert report["title"] == "written: by HyperSpy"
        assert np.array_equal(raw(tmp_path / "written.msa").data, counts.astype(np.float32))
        assert report["axes"][0]["first"] == 400 and report["axes"][0]["scale"] == 0.5

    def test_written_by_hyperspy_1(self, info, tmp_path):
        """HyperSpy 1 writes its own word for energy-loss spectra, EELS, in place of the format's."""
        text = MSA.format(columns=1, kind="Y", signal="EELS", voltage=1, data="1\n" * 20)
        (tmp_path / "one.msa").write_text(text, encoding="latin-1")
        (signal,) = info(tmp_path / "one.msa")["signals"]
        assert signal["signalType"] == "EELS" and signal["axes"][0]["isBinned"]

    def test_truncated(self, run, tmp_path):
        text = MSA.format(columns=1, kind="Y", signal="ELS", voltage=1, data="1\n2\n3")
        (tmp_path / "cut.msa").write_text(text[: text.index("#ENDOFDATA")], encoding="latin-1")
        refuse(
            run, tmp_path, "preprocess", "cut.msa", code=REFUSED, words=["truncated", "3 of 20"]
        )
