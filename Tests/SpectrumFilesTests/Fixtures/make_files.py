"""HSPY files in every form that a reader meets, and what HyperSpy's own reader finds in them.

Usage: python make_files.py            writes the files and expected.json beside this script
(made with HyperSpy 2.5.0, exspy 0.3.2, RosettaSciIO 0.15, h5py 3.16, NumPy 2.4.6)

hyperspy250_*.hspy, dual_*.hspy and rosettasciio015_written.nxs were written before by HyperSpy 2.5.0,
h5py and RosettaSciIO 0.15; they are read only.

expected.json: for every file and signal the title, class, axes, metadata trees as tagged values and a
digest of the data. What RosettaSciIO does otherwise than this project, on purpose:
- it sorts the members of mixed lists as texts (0, 1, 10, 11, 2); the lists' true order is expected;
- it puts the EELS entries of versions below 1.2 into Detector; they are expected in Detector/EELS.
"""

import json
import pathlib
import warnings

import h5py
import hyperspy.api as hs
import numpy as np
from rsciio._hierarchical import get_signal_chunks
from rsciio.hspy import file_reader

HERE = pathlib.Path(__file__).parent
LONG = [1, "a", None, 2.5, True, (1, 2), [3], "é", -7, {"x": 1}, "k", 12]


def axis(group, name, size, navigate=None, scale=1.0, offset=0.0, units="nm", **more):
    group.attrs.update(name=name, size=size, scale=scale, offset=offset, units=units, **more)
    if navigate is not None:
        group.attrs["navigate"] = navigate


def experiment(file, name, data, navigate, metadata=None, names=("metadata", "original_metadata"), **dataset):
    group = file.require_group("Experiments").create_group(name)
    if isinstance(data, h5py.Dataset):
        raise TypeError(name)
    group.create_dataset("data", data=data, **dataset)
    labels = ["a", "b", "c", "d"]
    for index, size in enumerate(np.shape(data)):
        axis(group.create_group(f"axis-{index}"), labels[index], size,
             None if navigate is None else np.bool_(navigate[index]), scale=0.5, offset=index)
    fill(group.create_group(names[0]), metadata or {"General": {"title": name}, "Signal": {"signal_type": ""}})
    fill(group.create_group(names[1]), {})
    return group


def fill(group, tree):
    for key, value in tree.items():
        if isinstance(value, dict):
            fill(group.create_group(key), value)
        else:
            group.attrs[key] = value


def hspy(name, version="3.3", libver="earliest"):
    file = h5py.File(HERE / name, "w", libver=libver)
    if version is not None:
        file.attrs["file_format"] = "HyperSpy"
        file.attrs["file_format_version"] = version
    return file


def make():
    rng = np.random.default_rng(7)

    with hspy("version_1.0.hspy", None) as f:
        g = experiment(f, "old", rng.poisson(9, (2, 3, 5)).astype("f4"), None, {
            "title": np.bytes_("an old one"), "signal_type": np.bytes_("EELS"), "record_by": np.bytes_("spectrum"),
            "_datetime_date": "datetime.date(1991, 10, 1)", "_datetime_time": "datetime.time(12, 0)",
            "TEM": {"beam_energy": 100.0, "tilt_stage": 0.5, "dwell_time": 0.1, "exposure": 2.0,
                    "EELS": {"collection_angle": 3.4}},
        }, ("mapped_parameters", "original_parameters"))
        g["axis-0"].attrs["index_in_array"] = 0
        g.create_group("mva_results")

    with hspy("version_1.1.hspy", "1.1") as f:
        experiment(f, "old", rng.poisson(9, (3, 5)).astype("i2"), None, {
            "title": "one point one", "signal_type": "EELS", "record_by": "spectrum",
            "_internal_parameters": {"folding": {"unfolded": np.bool_(False)}},
            "Variance_estimation": {"gain_factor": 2.0},
            "SEM": {"beam_energy": 5.0, "EDS": {"azimuth_angle": 10.0}},
            "Sample": {"Xray_lines": "Fe_Ka"},
        }, ("mapped_parameters", "original_parameters"))

    with hspy("version_2.1.hspy", "2.1") as f:
        experiment(f, "old", rng.poisson(9, (3, 5)).astype("f8"), (True, False), {
            "General": {"title": "two point one"},
            "Signal": {"signal_type": "EELS", "record_by": "spectrum", "binned": np.bool_(True)},
            "Acquisition_instrument": {
                "TEM": {"tilt_stage": 1.5, "exposure": 0.2}, "SEM": {"tilt_stage": 2.5}},
        })

    with hspy("version_4.0.hspy", "4.0") as f:
        experiment(f, "new", rng.poisson(9, (3, 5)).astype("f4"), (True, False))

    with hspy("number_types.hspy", libver=("earliest", "v110")) as f:
        values = rng.integers(0, 2, (2, 3, 4))
        for kind in ["?", ">i2", "<i2", "u1", "i1", "<u2", ">u4", "<i4", "<i8", "<u8", "<f2", ">f2", "<f4", ">f4",
                     "<f8", ">f8"]:
            data = values.astype(kind) if kind == "?" else (values * 100 + np.arange(4)).astype(kind)
            name = kind.replace("?", "bool").replace("<", "little ").replace(">", "big ")
            experiment(f, name, data, (True, True, False), chunks=(1, 3, 4), compression=4, shuffle=True)
        experiment(f, "complex", (values + 1j).astype("c8"), (True, True, False))
        experiment(f, "rgba", np.zeros((2, 3), [(c, "u1") for c in "RGBA"]), (True, True))

    with hspy("axis_orders.hspy") as f:
        experiment(f, "energy first", rng.poisson(50, (5, 2, 3)).astype(">i2"), (False, True, True), chunks=(2, 2, 2))
        experiment(f, "energy between", rng.poisson(50, (2, 5, 3)).astype("f4"), (True, False, True))
        experiment(f, "four", rng.poisson(50, (2, 3, 4, 5)).astype("f4"), (True, True, True, False),
                   chunks=(1, 2, 3, 5), compression=4)
        experiment(f, "images", rng.poisson(50, (3, 4, 5)).astype("f4"), (True, False, False))
        experiment(f, "map", rng.poisson(50, (3, 4)).astype("f4"), (True, True))
        experiment(f, "single", rng.poisson(50, 6).astype("f4"), (False,))
        g = experiment(f, "list of axes", rng.poisson(50, (3, 4)).astype("f4"), (True, False))
        for index in range(2):
            f.move(f"Experiments/list of axes/axis-{index}", f"Experiments/list of axes/_list_2_axes/{index}")

    with hspy("filters.hspy", libver=("earliest", "v110")) as f:
        data = rng.poisson(50, (4, 6)).astype("i4")
        for name, options in dict(
            contiguous={}, chunked=dict(chunks=(2, 6)), lzf=dict(compression="lzf"), gzip9=dict(compression=9),
            fletcher=dict(fletcher32=True), scaleoffset=dict(scaleoffset=0),
        ).items():
            experiment(f, name, data, (True, False), **options)

    s = hs.signals.BaseSignal(np.arange(4.0).reshape(4)).T
    spectra = hs.signals.Signal1D(rng.poisson(9, (2, 3, 8)).astype("f4"))
    spectra.metadata.General.title = "more/metadata"
    spectra.set_signal_type("EELS")
    spectra.metadata.add_node("Test")
    test = {
        "long": LONG, "nested": [(1, 2), (3.5, "x")], "dictionaries": [{"a": 1}, {"b": [1, 2]}],
        "signals": s, "deep": {"a": {"b": {"c": {"d": 1}}}}, "none": [None, None],
        "big": 2**62 + 1, "minus": -5, "bigs": [2**53 + 1, -(2**60)], "truths": [True, False],
        "special": [float("nan"), float("inf"), -0.0], "integers": np.arange(6, dtype="u2").reshape(2, 3),
        "single": np.array([1.5, 2.5], "f4"), "truth array": np.array([True, False]),
        "complexes": np.array([1 + 2j]), "texts": ("a", "bé", ""),
        "Größe (1/nm)": 2.5, "text": "x" * 3000, "mixed numbers": [1, 2.5], "mixed truths": [True, 2],
    }
    for key, value in test.items():
        spectra.metadata.Test[key] = value
    for key, value in [("a/b c", 1), ("tags", [{"x": i} for i in range(3)])]:
        spectra.original_metadata[key] = value
    spectra.save(HERE / "more_metadata.hspy", overwrite=True)
    with h5py.File(HERE / "more_metadata.hspy", "a") as f:  # HyperSpy cannot write these two itself
        f["Experiments/more-metadata/metadata/Test/zero_d"] = 3
        f["Experiments/more-metadata/metadata/Test/empty"] = np.zeros(0)

    with hspy("labels.hspy") as f:
        spectra = {"General": {"title": "si"}, "Signal": {"signal_type": "EELS"}}
        experiment(f, "a spectra", rng.poisson(9, (3, 4, 8)).astype("u2"), (True, True, False), spectra)
        g = experiment(f, "b labels", rng.integers(-1, 3, (3, 4)), (True, True))
        g.create_dataset("metadata/Sample/_list_class_names", data=["core", "shell", "none"])
    with hspy("labels_without_names.hspy") as f:
        experiment(f, "phases", rng.integers(0, 3, (3, 4)).astype("u1"), (False, False))
    with hspy("labels_of_another_shape.hspy") as f:
        experiment(f, "a spectra", rng.poisson(9, (3, 4, 8)).astype("u2"), (True, True, False), spectra)
        experiment(f, "b labels", rng.integers(0, 3, (4, 3)), (True, True))
    with hspy("several_spectra_and_labels.hspy") as f:
        for name in "ab":
            experiment(f, f"{name} spectra", rng.poisson(9, (3, 8)).astype("f4"), (True, False), spectra)
            experiment(f, f"{name} labels", rng.integers(0, 3, 3), (True,))

    with h5py.File(HERE / "hdf5_only.h5", "w") as f:
        f["a"] = 1
    with h5py.File(HERE / "no_signal.hspy", "w") as f:
        f.create_group("Experiments/x")
    (HERE / "not_hdf5.hspy").write_text("this is no HDF5 file\n")
    (HERE / "truncated.hspy").write_bytes((HERE / "hyperspy250_dataaxis.hspy").read_bytes()[:9000])


def tagged(value):
    """A value with its kind: what Swift's MetadataValue can say; "o" for what is not taken apart."""
    if value is None:
        return {"n": 0}
    if isinstance(value, (bool, np.bool_)):
        return {"b": bool(value)}
    if isinstance(value, (int, np.integer)):
        return {"i": str(int(value))}
    if isinstance(value, (float, np.floating)):
        return {"r": repr(float(value))}
    if isinstance(value, (complex, np.complexfloating)):
        return {"c": [value.real, value.imag]}
    if isinstance(value, str):
        return {"s": str(value)}
    if isinstance(value, (bytes, np.void)):
        return {"x": list(bytes(value))}
    if isinstance(value, dict):
        if "data" in value and "axes" in value:
            return {"o": "signal"}
        return {"d": {key.removeprefix("_sig_"): tagged(member) for key, member in value.items()}}
    if isinstance(value, (list, tuple)):
        return {"l" if isinstance(value, list) else "t": [tagged(member) for member in value]}
    if isinstance(value, np.ndarray) and value.dtype.kind in "iu":
        return {"ai": list(value.shape), "v": [str(int(v)) for v in value.ravel()]}
    if isinstance(value, np.ndarray) and value.dtype.kind == "f":
        return {"ar": list(value.shape), "v": [repr(float(v)) for v in value.ravel()]}
    return {"o": type(value).__name__}


def corrected(name, metadata):
    """Undoes what RosettaSciIO gets wrong; see above."""
    if name == "more_metadata.hspy":
        metadata["Test"]["long"] = LONG
    tem = metadata.get("Acquisition_instrument", {}).get("TEM", {})
    if name == "version_1.0.hspy":
        tem["Detector"] = {"EELS": tem["Detector"]}
    return metadata


def summary(name):
    found = []
    signals = hs.load(HERE / name, reader="hspy")
    signals = signals if isinstance(signals, list) else [signals]
    for signal, raw in zip(signals, file_reader(HERE / name), strict=True):
        if "data" not in raw:
            continue
        data = signal.data
        axes = [dict(
            name=None if str(a.name) == "<undefined>" else str(a.name),
            units=None if str(a.units) == "<undefined>" else str(a.units),
            navigate=bool(a.navigate), binned=bool(a.is_binned), size=int(a.size),
            values=[float(v) for v in a.axis],
        ) for a in signal.axes_manager._axes]
        entry = dict(
            title=signal.metadata.General.title, kind=type(signal).__name__, axes=axes,
            dtype=data.dtype.name if data.dtype.names is None else "rgba",
            metadata=tagged(corrected(name, raw["metadata"])),
            original_metadata=tagged(raw["original_metadata"]),
        )
        if data.dtype.kind in "biuf":
            # Navigation first, flattened row by row; then the energy.
            order = [i for i, a in enumerate(axes) if a["navigate"]] + [
                i for i, a in enumerate(axes) if not a["navigate"]]
            moved = np.transpose(np.asarray(data), order).astype("f8").ravel()
            weights = np.arange(1, moved.size + 1) % 97
            entry["digest"] = [float(moved.sum()), float((moved * weights).sum())]
        found.append(entry)
    return found


def chunks():
    """The chunk shapes of RosettaSciIO's own rule, for navigation sizes, signal sizes and bytes a number."""
    cases = [
        ((64, 64), (1024,), 4), ((64, 64), (2048,), 4), ((100000,), (300,), 4), ((17, 19), (2048,), 4),
        ((1107,), (700,), 8), ((), (2048,), 4), ((49, 6), (1024,), 4), ((5, 3), (500_000,), 4), ((5, 3), (10,), 4),
        ((3, 40, 50), (512,), 4), ((2, 3, 400, 500), (64,), 2), ((90, 3), (2048,), 4), ((70, 80), (), 4),
        ((3000, 2000), (), 4), ((12,), (64, 64), 2), ((300,), (200_000,), 4), ((8, 8), (125_000,), 4),
    ]
    return [dict(navigation=n, signal=s, bytes=b, chunk=[int(c) for c in get_signal_chunks(
        (*n, *s), f"V{b}", list(range(len(n), len(n) + len(s))))]) for n, s, b in cases]


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    make()
    names = sorted(p.name for p in HERE.glob("*.hspy"))
    skipped = ["no_signal.hspy", "not_hdf5.hspy", "truncated.hspy"]
    result = {name: summary(name) for name in names if name not in skipped}
    (HERE / "chunks.json").write_text(json.dumps(chunks()))
    (HERE / "expected.json").write_text(json.dumps(result, ensure_ascii=False, sort_keys=True, indent=0))
