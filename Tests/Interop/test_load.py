"""Files of eels-dag in HyperSpy: as HSPY, as NeXus, and with the line that the program prints."""

import shutil

import h5py
import hyperspy.api as hs
import numpy as np
import pytest
from conftest import HYPERSPY, load


def eels_class(lazy=False):
    """The class that HyperSpy has for (lazy) EELS spectra."""
    return "LazyEELSSpectrum" if lazy else "EELSSpectrum"


def values(signal):
    """A signal's data in memory."""
    if signal._lazy:
        signal.compute()
    return signal.data


def calibration(axis):
    """All that describes a uniform axis."""
    return (axis.name, str(axis.units), axis.size, axis.scale, axis.offset, axis.navigate)


@pytest.fixture(params=["preprocessed", "synthetic"])
def path(request, made):
    """A file with spectra that eels-dag wrote."""
    return getattr(made, request.param)


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
class TestSpectra:
    def test_are_an_eels_spectrum_with_the_energy_axis_of_the_input(self, made, path, lazy):
        spectra = load(path, lazy=lazy)[0]
        assert type(spectra).__name__ == eels_class(lazy)
        original = load(made.simulated)[0]
        assert len(spectra.axes_manager.signal_axes) == 1
        energy, expected = (s.axes_manager.signal_axes[0] for s in (spectra, original))
        assert calibration(energy) == calibration(expected)
        assert energy.units == "eV" and energy.is_binned and not energy.navigate
        if path == made.preprocessed:
            assert [calibration(a) for a in spectra.axes_manager.navigation_axes] == [
                calibration(a) for a in original.axes_manager.navigation_axes
            ]

    def test_are_the_numbers_of_the_file(self, path, lazy):
        spectra = load(path, lazy=lazy)[0]
        data = values(spectra)
        with h5py.File(path) as file:
            nexus = file["entry"][file["entry"].attrs["default"]]
            stored = nexus[nexus.attrs["signal"]][()]
            energy = nexus[nexus.attrs["axes"][-1]][()]
        np.testing.assert_array_equal(data, stored)
        assert data.dtype == np.float32
        np.testing.assert_allclose(spectra.axes_manager.signal_axes[0].axis, energy, rtol=1e-12)

    def test_are_normalised(self, made, path, lazy):
        flagged = np.zeros(1, bool)
        if path == made.preprocessed:
            flagged = load(path)[-1].data != 0
        maxima = values(load(path, lazy=lazy)[0]).max(axis=-1)
        assert np.isfinite(maxima).all()
        np.testing.assert_allclose(maxima[~np.broadcast_to(flagged, maxima.shape)], 1, atol=1e-5)


@pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
class TestLabels:
    def test_of_synthetic_spectra(self, made, lazy):
        spectra, labels = load(made.synthetic, lazy=lazy)
        self.check(spectra, labels, lazy)
        names = labels.metadata.Sample.class_names
        classes, counts = np.unique(values(labels), return_counts=True)
        assert list(classes) == list(range(len(names)))
        assert (counts == 30).all()

    def test_of_simulated_spectra(self, made, lazy):
        (labels,) = load(made.labels, lazy=lazy)
        self.check(load(made.simulated)[0], labels, lazy)

    def test_select_the_spectra_of_a_class(self, made, lazy):
        spectra, labels = load(made.synthetic, lazy=lazy)
        labels = values(labels)
        first = spectra.inav[: int((labels == 0).sum())]
        np.testing.assert_array_equal(values(first), values(spectra)[labels == 0])

    @staticmethod
    def check(spectra, labels, lazy):
        assert labels.metadata.Signal.get_item("signal_type", "") == ""
        assert type(labels).__name__ == ("LazySignal" if lazy else "BaseSignal")
        assert labels.axes_manager.signal_dimension == 0
        assert labels.axes_manager.navigation_shape == spectra.axes_manager.navigation_shape
        for mine, theirs in zip(
            labels.axes_manager.navigation_axes, spectra.axes_manager.navigation_axes
        ):
            assert calibration(mine) == calibration(theirs)
        data = values(labels)
        assert data.dtype.kind == "i"
        names = labels.metadata.Sample.class_names
        assert all(isinstance(name, str) and name for name in names)
        assert data.min() >= -1 and data.max() == len(names) - 1


class TestQualityMap:
    def test_has_a_value_a_pixel_and_says_what_bits_mean(self, made):
        spectra, *_, quality = load(made.preprocessed)
        assert quality.axes_manager.signal_dimension == 0
        assert quality.axes_manager.navigation_shape == spectra.axes_manager.navigation_shape
        bits = quality.metadata.eels_dag.quality_flags.as_dictionary()
        allowed = sum(int(name.removeprefix("bit_")) for name in bits)
        assert (quality.data & ~allowed == 0).all()


class TestPrintedLine:
    @pytest.mark.parametrize("command", ["preprocess", "augment"])
    def test_loads_the_file(self, made, command, monkeypatch):
        lines = [
            line.strip()
            for line in getattr(made.said, command).splitlines()
            if line.startswith("    ") and "hs.load(" in line
        ]
        assert len(lines) == 1
        monkeypatch.chdir(made.folder)
        names = {"hs": hs}
        exec(lines[0], names)
        assert type(names["s"]).__name__ == eels_class()


class TestNeXus:
    @pytest.fixture
    def nexus(self, path, tmp_path):
        """The file under a NeXus name."""
        return shutil.copy(path, tmp_path / "spectra.nxs")

    @pytest.mark.parametrize("lazy", [False, True], ids=["eager", "lazy"])
    def test_reader_gives_one_eels_spectrum(self, path, nexus, lazy):
        expected = load(path)[0]
        options = {} if HYPERSPY.major < 2 else {"skip_array_metadata": True}
        spectra = hs.load(str(nexus), lazy=lazy, use_default=True, **options)
        assert not isinstance(spectra, list)
        assert type(spectra).__name__ == eels_class(lazy)
        np.testing.assert_array_equal(values(spectra), expected.data)
        energy, wanted = (s.axes_manager.signal_axes[0] for s in (spectra, expected))
        np.testing.assert_allclose(energy.axis, wanted.axis, rtol=1e-9)
        assert energy.units == "eV"

    def test_reader_gives_spectra_and_labels(self, path, nexus):
        signals = hs.load(str(nexus), nxdata_only=True)
        assert len(signals) == len(load(path))
        assert type(signals[0]).__name__ == eels_class()

    def test_nexusformat_finds_the_spectra(self, path, nexus):
        nexusformat = pytest.importorskip("nexusformat.nexus")
        expected = load(path)[0]
        data = nexusformat.nxload(str(nexus)).plottable_data
        np.testing.assert_array_equal(data.nxsignal.nxdata, expected.data)
        assert len(data.nxaxes) == expected.data.ndim
        np.testing.assert_allclose(
            data.nxaxes[-1].nxdata, expected.axes_manager.signal_axes[0].axis, rtol=1e-12
        )
        assert data.nxaxes[-1].attrs["units"] == "eV"


@pytest.mark.skipif(HYPERSPY.major < 2, reason="HyperSpy 1.7.3 warns of every file of later formats")
def test_loading_gives_no_warning(made, recwarn, caplog):
    for file in (made.simulated, made.labels, made.preprocessed):
        load(file)
    assert [str(w.message) for w in recwarn if not issubclass(w.category, DeprecationWarning)] == []
    assert [r.message for r in caplog.records if r.levelname in ("WARNING", "ERROR")] == []


def test_saved_again_by_hyperspy_nothing_is_lost(made, tmp_path):
    spectra = load(made.preprocessed)[0]
    spectra.save(str(tmp_path / "again.hspy"))
    (again,) = load(tmp_path / "again.hspy")
    assert type(again).__name__ == eels_class()
    np.testing.assert_array_equal(again.data, spectra.data)
    record = spectra.metadata.eels_dag.provenance
    assert again.metadata.eels_dag.provenance == record
