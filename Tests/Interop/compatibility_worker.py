"""Runs in one environment for Scripts/compatibility: writes files of every kind, or says what is in files.

    compatibility_worker.py write hyperspy FOLDER         every kind that this HyperSpy can write
    compatibility_worker.py write nexusformat FOLDER      every kind that NeXus has words for
    compatibility_worker.py write h5py FOLDER VERSION FILE...    the same files in a version of HDF5's format
    compatibility_worker.py save hyperspy FOLDER FILE...    the same files as HyperSpy loads and saves them, as .hspy
    compatibility_worker.py read hyperspy|nexusformat|h5py FILE...    what is in files

The answer is one line of JSON: for every file its content, or as a text why it cannot be read; for every kind
null, or why it cannot be written.
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
    axis.convert_to_functional_data_axis(expression="a * x ** 2 + b", a=1.5, b=2.0)
    return signal


def results():
    signal = eels()
    signal.decomposition(output_dimension=3, print_info=False)
    signal.cluster_analysis("decomposition", n_clusters=2, random_state=1)
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


def named(signal, title):
    """Gives every axis a name and a unit, without which HyperSpy 1.7.3 cannot load what later versions save."""
    signal.metadata.General.title = title
    for axis, name in zip(reversed(signal.axes_manager._axes), ("x", "y", "z", "v", "w")):
        axis.name, axis.units = name, "nm"
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
    return named(signal, "ragged")


def rgba():
    import hyperspy.api as hs

    signal = named(hs.signals.Signal1D(np.arange(3 * 4 * 4, dtype="u1").reshape(3, 4, 4)), "rgba")
    signal.change_dtype("rgba8")
    return signal


def plain(data):
    import hyperspy.api as hs

    return named(hs.signals.Signal1D(data), "plain")


def image():
    import hyperspy.api as hs

    return named(hs.signals.Signal2D(counts()), "image")


def labels():
    import hyperspy.api as hs

    signal = named(hs.signals.BaseSignal(np.arange(12).reshape(3, 4) % 3 - 1), "labels")
    return signal.transpose(navigation_axes=[0, 1])


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
    "image": image,
    "labels": labels,
    "axes of one channel": lambda: eels(counts()[:1, :, :1]),
    "RGBA": rgba,
    "ragged": ragged,
    "axis of coordinates": lambda: coordinates(eels()),
    "axis by a function": lambda: function(eels()),
    "metadata of every kind": every_metadata_kind,
    "decomposition and clusters": results,
    "markers": markers,
    "model": model,
}


def attempt(write):
    """Why something cannot be written; null when it can."""
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
    for kind, ending in (("spectrum image", "nxs"), ("single spectrum", "msa")):
        path = folder / f"{kind}.{ending}"
        failures[path.name] = attempt(lambda: KINDS[kind]().save(str(path)))
    return failures


# MARK: Writing with others

# Data and axes of the kinds that NeXus has words for: names, units and coordinates, the slowest first.
POSITIONS = [("y", "nm", 0.5 * np.arange(SHAPE[0])), ("x", "nm", 0.5 * np.arange(SHAPE[1]))]
LOSSES = ("energy", "eV", ENERGY)
IMAGE = [*POSITIONS, LOSSES]
NEXUS_KINDS = {
    "spectrum image": (counts(), IMAGE),
    "single spectrum": (counts()[0, 0], [LOSSES]),
    "line scan": (counts()[0], IMAGE[1:]),
    "four navigation dimensions": (
        np.arange(48.0).reshape(2, 2, 2, 2, 3),
        [*((name, "nm", np.arange(2.0)) for name in "wzyx"), ("energy", "eV", np.arange(3.0))]),
    "whole numbers": (counts("u2"), IMAGE),
    "image": (counts()[..., 0], POSITIONS),
    "labels": (np.arange(12).reshape(3, 4) % 3 - 1, POSITIONS),
    "axes of one channel": (counts()[:1, :, :1], [
        (name, units, points[: 1 if name != "x" else None]) for name, units, points in IMAGE]),
    "big-endian": (counts(">f8"), IMAGE),
    "half precision": (counts("f2"), IMAGE),
    "truth values": (counts() > 90, IMAGE),
    "complex": (counts() + 1j, IMAGE),
    "axis of coordinates": (counts(), [*POSITIONS, ("energy", "eV", ENERGY**2 / 400)]),
}


def write_nexusformat(folder):
    from nexusformat.nexus import NXdata, NXentry, NXfield, NXroot

    def save(kind):
        values, axes = NEXUS_KINDS[kind]
        fields = [NXfield(points, name=name, units=units) for name, units, points in axes]
        data = NXdata(NXfield(values, name="counts"), fields)
        NXroot(NXentry(data)).save(str(folder / f"{kind}.nxs"), "w")

    return {f"{kind}.nxs": attempt(lambda: save(kind)) for kind in NEXUS_KINDS}


def write_h5py(folder, version, paths):
    """Writes what is in files anew, object by object."""
    def save(path):
        with h5py.File(path) as old, h5py.File(folder / path.name, "w", libver=version) as new:
            copy_members(old, new)

    return {path.name: attempt(lambda: save(path)) for path in paths}


def save_hyperspy(folder, paths):
    import hyperspy.api as hs

    return {
        path.name: attempt(lambda: hs.load(str(path)).save(str(folder / f"{path.name}.hspy")))
        for path in paths}


def copy_members(old, new, seen=None):
    """Copies a group; what several links lead to becomes one object again."""
    seen = {} if seen is None else seen
    copy_attributes(old, new)
    for name, item in old.items():
        place = h5py.h5o.get_info(item.id).addr
        if place in seen:
            new[name] = seen[place]
        elif isinstance(item, h5py.Group):
            seen[place] = new.create_group(name, track_order=True)
            copy_members(item, seen[place], seen)
        else:
            options = {
                key: getattr(item, key)
                for key in ("chunks", "compression", "compression_opts", "shuffle", "maxshape")}
            if item.shape == () or item.chunks is None:
                options = {}
            # Of a data set without elements h5py gives an array that it cannot write.
            values = {} if item.shape is not None and 0 in item.shape else {"data": item[()]}
            made = new.create_dataset(name, shape=item.shape, dtype=item.dtype, **values, **options)
            copy_attributes(item, made)
            seen[place] = made


def copy_attributes(old, new):
    for name in old.attrs:
        attribute = old.attrs.get_id(name)
        if attribute.get_type().get_class() == h5py.h5t.OPAQUE:
            made = h5py.h5a.create(
                new.id, name.encode(), attribute.get_type(), attribute.get_space())
            values = np.empty(attribute.shape, attribute.dtype)
            attribute.read(values)
            made.write(values)
        else:
            new.attrs.create(name, old.attrs[name], dtype=attribute.dtype)


# MARK: Reading


def digest(array):
    array = np.asarray(array)
    if array.dtype.hasobject:
        items = [digest(x) if isinstance(x, np.ndarray) else repr(x) for x in array.ravel()]
        return ["objects", list(array.shape), items]
    array = array.astype(array.dtype.newbyteorder("<"))
    return [str(array.dtype), list(array.shape), hashlib.sha256(array.tobytes()).hexdigest()]


def plainly(value):
    """A metadata value, with its type; entries that only HyperSpy's own loading adds are left out."""
    if hasattr(value, "metadata") and hasattr(value, "data"):
        return [type(value).__name__, digest(value.data), plainly(value.metadata), axes_of(value)]
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
        return f"{type(value).__name__} {value.item()!r}"
    return repr(value)


def axes_of(signal):
    return [
        [str(axis.name), str(axis.units), bool(axis.navigate), bool(axis.is_binned),
         [] if axis.size == 0 else [round(float(value), 9) for value in np.asarray(axis.axis)]]
        for axis in signal.axes_manager._axes]


def read_hyperspy(path):
    import hyperspy.api as hs

    options = {}
    if path.suffix == ".nxs":
        # HyperSpy's own files name no default.
        with h5py.File(path) as file:
            options = {"use_default" if "default" in file.attrs else "nxdata_only": True}
    if path.suffix == ".h5":
        options = {"reader": "hspy"}
    loaded = hs.load(str(path), **options)
    if isinstance(loaded, list) and not loaded:
        raise ValueError("HyperSpy finds no signal")
    return [
        {
            "class": type(signal).__name__,
            "title": signal.metadata.get_item("General.title"),
            "data": digest(signal.data),
            "axes": axes_of(signal),
            "metadata": plainly(signal.metadata),
            "original metadata": plainly(signal.original_metadata),
            "learning results": plainly(
                {k: v for k, v in vars(signal.learning_results).items() if v is not None}),
            "models": sorted(getattr(signal.models, "_models", {}).keys())
            if hasattr(signal, "models") else [],
        }
        for signal in (loaded if isinstance(loaded, list) else [loaded])]


def read_nexusformat(path):
    from nexusformat.nexus import nxload

    data = nxload(str(path)).plottable_data
    if data is None:
        raise ValueError("nexusformat finds nothing to plot")
    return [{
        "data": digest(data.nxsignal.nxvalue),
        "axes": [[axis.nxname, str(axis.attrs.get("units", "")), [round(float(v), 9) for v in np.atleast_1d(axis.nxvalue)]]
                 for axis in data.nxaxes],
    }]


def read_h5py(path):
    """HyperSpy's tree, object by object, and the contents of all data sets."""
    tree, contents = {}, []

    def look(name, item):
        if isinstance(item, h5py.Dataset):
            contents.append(digest(item[()]))
        if name.split("/")[0] not in ("Experiments", "Analysis"):
            return
        for key in item.attrs:
            # A mark for NeXus readers, which HyperSpy does not see.
            if key != "signal":
                tree[f"{name}@{key}"] = plainly(item.attrs[key])
        tree[name] = digest(item[()]) if isinstance(item, h5py.Dataset) else "group"

    with h5py.File(path) as file:
        file.visititems(look)
    return [{"tree": tree, "contents": contents}]


READERS = {"hyperspy": read_hyperspy, "nexusformat": read_nexusformat, "h5py": read_h5py}


def main():
    what, program, *arguments = sys.argv[1:]
    if what == "read":
        answer = {}
        for path in map(pathlib.Path, arguments):
            try:
                answer[str(path)] = READERS[program](path)
            except Exception as error:  # However it stops.
                answer[str(path)] = f"{type(error).__name__}: {error}"[:200]
    else:
        folder, *arguments = arguments
        folder = pathlib.Path(folder)
        if (what, program) == ("write", "hyperspy"):
            answer = write_hyperspy(folder)
        elif (what, program) == ("write", "nexusformat"):
            answer = write_nexusformat(folder)
        elif (what, program) == ("write", "h5py"):
            answer = write_h5py(folder, arguments[0], list(map(pathlib.Path, arguments[1:])))
        else:
            answer = save_hyperspy(folder, list(map(pathlib.Path, arguments)))
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
