"""Runs in one environment for Scripts/compatibility: writes files of every kind, or says what is in files.

    compatibility_worker.py write FOLDER             every kind that this HyperSpy can write, as KIND.hspy or .nxs
    compatibility_worker.py read hyperspy FILE...    what HyperSpy loads, as JSON
    compatibility_worker.py write-nexusformat FOLDER, write-h5py FOLDER, read nexusformat FILE..., read h5py FILE...

A file that cannot be written or read gives the reason in place of its content.
"""

import hashlib
import json
import pathlib
import sys
import warnings

import h5py
import numpy as np

warnings.simplefilter("ignore")

SHAPE = (3, 4, 32)
ENERGY = 400.0 + 0.5 * np.arange(SHAPE[-1])


def counts(kind="f4"):
    return np.random.default_rng(1).poisson(90, SHAPE).astype(kind)


# MARK: Writing with HyperSpy


def eels(data=None):
    import hyperspy.api as hs

    signal = hs.signals.Signal1D(counts() if data is None else data)
    signal.set_signal_type("EELS")
    signal.metadata.General.title = "spectra"
    names, units = ("z", "y", "x", "Energy loss")[-data.ndim if data is not None else -3:], "nm"
    for axis, name in zip(signal.axes_manager._axes, names):
        axis.name, axis.units, axis.scale = name, units, 0.5
    energy = signal.axes_manager.signal_axes[0]
    energy.units, energy.offset = "eV", 400.0
    return signal


def every_metadata_kind():
    signal = eels()
    from metadata_kinds import KINDS

    signal.metadata.add_dictionary({"Kinds": KINDS})
    signal.original_metadata.add_dictionary({"Kinds": KINDS})
    return signal


def coordinates(signal):
    axis = signal.axes_manager.signal_axes[0]
    axis.convert_to_non_uniform_axis()
    axis.axis = ENERGY**2 / 400
    return signal


def function(signal):
    axis = signal.axes_manager.signal_axes[0]
    axis.convert_to_functional_data_axis(expression="a * x + b", a=1.5, b=2.0)
    return signal


def results():
    signal = eels()
    signal.decomposition(output_dimension=3, print_info=False)
    return signal


def markers():
    import hyperspy.api as hs

    signal = eels()
    try:
        marker = hs.plot.markers.VerticalLines(offsets=[405.0])
    except AttributeError:  # HyperSpy 1.
        marker = hs.plot.markers.vertical_line(405.0)
    signal.add_marker(marker, permanent=True, plot_marker=False)
    return signal


def model():
    import hyperspy.api as hs

    signal = eels(counts()[0, 0])
    signal.set_signal_type("")
    made = signal.create_model()
    made.append(hs.model.components1D.Gaussian())
    made.store("g")
    return signal


def ragged():
    import hyperspy.api as hs

    data = np.empty((2, 3), dtype=object)
    for index in np.ndindex(2, 3):
        data[index] = np.arange(1.0 + sum(index))
    try:
        signal = hs.signals.BaseSignal(data, ragged=True)
    except TypeError:  # HyperSpy 1.
        signal = hs.signals.BaseSignal(data)
    signal.metadata.General.title = "ragged"
    for axis, name in zip(signal.axes_manager._axes, "yx"):
        axis.name = name
    return signal


def rgba():
    import hyperspy.api as hs

    signal = hs.signals.Signal1D(np.arange(3 * 4 * 4, dtype="u1").reshape(3, 4, 4))
    signal.metadata.General.title = "rgba"
    for axis, name in zip(signal.axes_manager._axes, "yxc"):
        axis.name = name
    signal.change_dtype("rgba8")
    return signal


def plain(data):
    import hyperspy.api as hs

    signal = hs.signals.Signal1D(data)
    signal.metadata.General.title = "plain"
    for axis, name in zip(signal.axes_manager._axes, "yxe"):
        axis.name = name
    return signal


KINDS = {
    "spectrum image": eels,
    "single spectrum": lambda: eels(counts()[0, 0]),
    "line scan": lambda: eels(counts()[0]),
    "four navigation dimensions": lambda: plain(
        np.arange(48.0).reshape(2, 2, 2, 2, 3)),
    "whole numbers": lambda: eels(counts("u2")),
    "big-endian": lambda: eels(counts(">f8")),
    "half precision": lambda: eels(counts("f2")),
    "truth values": lambda: plain(counts() > 90),
    "complex": lambda: plain(counts() + 1j),
    "RGBA": rgba,
    "ragged": ragged,
    "axis of coordinates": lambda: coordinates(eels()),
    "axis by a function": lambda: function(eels()),
    "metadata of every kind": every_metadata_kind,
    "decomposition": results,
    "markers": markers,
    "model": model,
}


def attempt(write):
    try:
        write()
        return None
    except Exception as error:  # Whatever this version cannot do.
        return f"{type(error).__name__}: {error}"[:200]


def write_hyperspy(folder):
    failures = {}
    for kind, make in KINDS.items():
        path = folder / f"{kind}.hspy"
        failures[path.name] = attempt(lambda: make().save(str(path)))
    path = folder / "spectrum image.nxs"
    failures[path.name] = attempt(lambda: eels().save(str(path)))
    return failures


# MARK: Writing with others


def write_nexusformat(folder):
    from nexusformat.nexus import NXdata, NXentry, NXfield, NXroot

    def save():
        axes = [
            NXfield(0.5 * np.arange(size), name=name, units="nm")
            for name, size in zip("yx", SHAPE)]
        energy = NXfield(ENERGY, name="energy", units="eV")
        data = NXdata(NXfield(counts(), name="counts"), [*axes, energy])
        NXroot(NXentry(data)).save(str(folder / "spectrum image.nxs"), "w")

    return {"spectrum image.nxs": attempt(save)}


def write_h5py(folder):
    """By hand, with no more than HyperSpy and NeXus ask for."""
    def hspy():
        with h5py.File(folder / "spectrum image.hspy", "w") as file:
            file.attrs["file_format_version"] = "3.3"
            signal = file.create_group("Experiments/spectra")
            signal.create_dataset("data", data=counts(), chunks=True)
            for index, name in enumerate(("y", "x", "Energy loss")):
                axis = signal.create_group(f"axis-{index}")
                axis.attrs.update(
                    name=name, units="eV" if index == 2 else "nm", scale=0.5, size=SHAPE[index],
                    offset=400.0 if index == 2 else 0.0, navigate=np.bool_(index < 2))
            signal.create_group("original_metadata")
            signal.create_group("metadata/General").attrs["title"] = "spectra"
            signal.create_group("metadata/Signal").attrs["signal_type"] = "EELS"

    def nexus():
        with h5py.File(folder / "spectrum image.nxs", "w") as file:
            entry = file.create_group("entry")
            entry.attrs["NX_class"] = "NXentry"
            data = entry.create_group("spectra")
            data.attrs.update(NX_class="NXdata", signal="counts", axes=["y", "x", "energy"])
            data["counts"] = counts()
            for name, size in zip("yx", SHAPE):
                data[name] = 0.5 * np.arange(size)
                data[name].attrs["units"] = "nm"
            data["energy"] = ENERGY
            data["energy"].attrs["units"] = "eV"

    return {"spectrum image.hspy": attempt(hspy), "spectrum image.nxs": attempt(nexus)}


# MARK: Reading


def digest(array):
    array = np.asarray(array)
    if array.dtype.hasobject:
        return [digest(item) if isinstance(item, np.ndarray) else repr(item) for item in array.ravel()]
    array = array.astype(array.dtype.newbyteorder("<"))
    return [str(array.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]


def plainly(value):
    """A metadata value without what differs between versions of NumPy and HyperSpy."""
    if hasattr(value, "as_dictionary"):
        value = value.as_dictionary()
    if isinstance(value, dict):
        skipped = ("FileIO", "_HyperSpy")
        return {str(k): plainly(v) for k, v in sorted(value.items()) if k not in skipped}
    if isinstance(value, (list, tuple)):
        return [type(value).__name__, *map(plainly, value)]
    if isinstance(value, np.ndarray):
        return digest(value)
    if isinstance(value, np.generic):
        value = value.item()
    return repr(value)


def read_hyperspy(path):
    import hyperspy.api as hs

    options = {"use_default": True} if path.suffix == ".nxs" else {}
    if path.suffix in (".h5", ".hdf5"):
        options = {"reader": "hspy"}
    loaded = hs.load(str(path), **options)
    if isinstance(loaded, list) and not loaded:
        raise ValueError("HyperSpy finds no signal")
    described = []
    for signal in loaded if isinstance(loaded, list) else [loaded]:
        described.append({
            "class": type(signal).__name__, "title": signal.metadata.get_item("General.title"),
            "data": digest(signal.data),
            "axes": [
                [str(a.name), str(a.units), bool(a.navigate),
                 [] if a.size == 0 else [round(float(v), 9) for v in np.asarray(a.axis)]]
                for a in signal.axes_manager._axes],
            "metadata": plainly(signal.metadata), "original": plainly(signal.original_metadata),
            "results": plainly(
                {k: v for k, v in vars(signal.learning_results).items() if v is not None}),
            "models": sorted(getattr(signal.models, "_models", {}).keys())
            if hasattr(signal, "models") else [],
        })
    return described


def read_nexusformat(path):
    from nexusformat.nexus import nxload

    data = nxload(str(path)).plottable_data
    return [{
        "data": digest(data.nxsignal.nxvalue),
        "axes": [[a.nxname, a.attrs.get("units", ""), [round(float(v), 9) for v in a.nxvalue]]
                 for a in data.nxaxes],
    }]


def read_h5py(path):
    """All numbers that h5py finds in data sets called data or counts, those with two names once."""
    found = {}
    with h5py.File(path) as file:
        def look(name, item):
            if isinstance(item, h5py.Dataset) and name.split("/")[-1] in ("data", "counts"):
                found.setdefault(str(h5py.h5o.get_info(item.id).addr), digest(item[()]))

        file.visititems(look)
    if not found:
        raise ValueError("no data")
    return [{"data": values} for values in found.values()]


def main():
    what, *arguments = sys.argv[1:]
    if what == "read":
        reader, *paths = arguments
        read = {"hyperspy": read_hyperspy, "nexusformat": read_nexusformat, "h5py": read_h5py}[reader]
        answer = {}
        for path in map(pathlib.Path, paths):
            try:
                answer[str(path)] = read(path)
            except Exception as error:  # However it stops.
                answer[str(path)] = f"{type(error).__name__}: {error}"[:200]
    else:
        write = {"write": write_hyperspy, "write-nexusformat": write_nexusformat,
                 "write-h5py": write_h5py}[what]
        answer = write(pathlib.Path(arguments[0]))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
