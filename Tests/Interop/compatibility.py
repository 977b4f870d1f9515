"""What Scripts/compatibility does: files of every kind go through eels-dag and through other programs, and
Documentation/Compatibility.md says how they come out.

A cell that is not a plain yes must be one of the limits below, which say whose they are; else there is no page,
and the exit code is 1.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import h5py
import nexusformat

from compatibility_worker import KINDS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("EELS_DAG", ROOT / ".build" / "release" / "eels-dag")).resolve()
WORKER = pathlib.Path(__file__).with_name("compatibility_worker.py")
FIXTURES = ROOT / "Tests" / "SpectrumFilesTests" / "Fixtures"
TARGET = ROOT / "Documentation" / "Compatibility.md"

# The column's title, the environment, and how its worker is called.
PROGRAMS = [
    ("HyperSpy 1.7.3", "hyperspy-1.7.3", "hyperspy"),
    ("HyperSpy 2.0.1", "hyperspy-2.0.1", "hyperspy"),
    ("HyperSpy 2.5.0", "hyperspy-2.5", "hyperspy"),
    (f"nexusformat {nexusformat.__version__}", "hyperspy-2.5", "nexusformat"),
    (f"h5py {h5py.__version__} (HDF5 {h5py.version.hdf5_version})", "hyperspy-2.5", "h5py"),
]
COLUMNS = [title for title, *_ in PROGRAMS]
H5PY = COLUMNS[-1]

# Files that nobody writes any more, and those of microscopes.
OLD = {
    "HSPY 1.0": "version_1.0.hspy", "HSPY 1.1": "version_1.1.hspy", "HSPY 2.1": "version_2.1.hspy",
    "a version yet to come (4.0)": "version_4.0.hspy",
    "HSPY and NeXus in one": "dual_hspy_nexus.hspy",
    "clusters and names of classes": "dual_with_cluster_labels_and_class_names.hspy",
    "clusters by HyperSpy 2.5": "hyperspy250_decomposition_cluster.hspy",
    "metadata by HyperSpy 2.5": "hyperspy250_all_metadata_kinds.hspy",
    "axis of coordinates by HyperSpy 2.5": "hyperspy250_dataaxis.hspy",
    "axis by a function by HyperSpy 2.5": "hyperspy250_funcaxis.hspy",
    "labels by HyperSpy 2.5": "hyperspy250_labels.hspy",
    "markers by HyperSpy 2.5": "hyperspy250_markers.hspy",
    "model by HyperSpy 2.5": "hyperspy250_model.hspy",
    "ragged by HyperSpy 2.5": "hyperspy250_ragged.hspy",
}
MICROSCOPE = {"DigitalMicrograph 3 (`.dm3`)": "small.dm3", "DigitalMicrograph 4 (`.dm4`)": "small.dm4"}
NEXUS_ROW, MSA_ROW = "spectrum image as NeXus (`.nxs`)", "single spectrum as EMSA/MSA (`.msa`)"
LATEST_ROW = "spectrum image in the newest format of HDF5 2.0 (`libver=\"latest\"`)"
ROWS = [*KINDS, NEXUS_ROW, MSA_ROW, *OLD, *MICROSCOPE, LATEST_ROW]

# What the program makes itself: the file, and the commands.
MADE = {
    "simulated image": ("si.hspy", ["simulate", "si", "-o", "si.hspy", "--seed", "1", "--size", "24x30"]),
    "preprocessed spectra and maps": ("p.hspy", ["preprocess", "si.hspy", "-o", "p.hspy"]),
    "spectra with labels": (
        "labelled.hspy", ["label", "p.hspy", "--clusters", "2", "-o", "labelled.hspy", "--seed", "1"]),
    "synthetic spectra": (
        "synth.hspy",
        ["augment", "labelled.hspy", "--out", "synth.hspy", "--count", "5", "--max-epochs", "20",
         "--seed", "1", "--no-validate"]),
}
OURS = {"HSPY": ".hspy", "HSPY as .h5": ".h5", "NeXus": ".nxs"}

# A pattern of "table / row / column / what is the matter"; what the cell says; whose limit it is.
LIMITS = [
    (
        r"^read / ragged / HyperSpy 1.7.3 / cannot write it", "not written",
        "HyperSpy 1.7.3 cannot save the ragged array that it makes: *Object dtype has no native HDF5 equivalent*.",
    ),
    (
        r"HyperSpy 1.7.3 / (not readable before: |.*the original: )TraitError: The '(name|units)' trait", "no",
        "HyperSpy 1.7.3 stops at what HyperSpy 2.5 writes for an axis without a name or a unit (`_None_`), in the "
        "original as well. `validate` notes such axes. `preprocess` and the other commands that make spectra leave "
        "the attribute out, and `convert` copies it to the bit.",
    ),
    (
        r"/ ragged( by HyperSpy 2.5)? / HyperSpy 1.7.3 / (not readable before|.*the original: [A-Z])", "no",
        "HyperSpy 1.7.3 cannot read ragged arrays of later versions, in the original as well.",
    ),
    (
        r"^read / DigitalMicrograph .* / HyperSpy 1.7.3 / differs in original metadata$", "yes, but for a name",
        "HyperSpy 1.7.3 keeps dots in the names of tags (`v1.2`); later versions leave them out, and so does "
        "eels-dag.",
    ),
    (
        r"^read / .* / nexusformat .* / is not written", "no such file",
        "nexusformat writes NeXus, which has no word for this kind: it is HyperSpy's own, or another program's.",
    ),
    (
        r"^read / .*`\.(msa|dm3|dm4)`.* / h5py .* / is not written", "no such file", "No file of HDF5.",
    ),
    (
        r"^read / .*latest.* / HyperSpy .* / is not written", "no such file",
        "HyperSpy does not let its user choose the format's version.",
    ),
    (
        r"^read / .*latest.* / h5py .* / .*of a format newer than this libhdf5 reads", "no",
        "Debian's libhdf5 is of version 1.10, and cannot read what HDF5 2.0 writes when h5py is told "
        "`libver=\"latest\"`; `eels-dag` says so. What h5py writes without that, or with `libver=\"v110\"` as in "
        "the other rows of this column, is read.",
    ),
    (
        r"^NeXus / (RGBA|ragged) / (HyperSpy|nexusformat)", "no",
        "NeXus has no word for ragged arrays and for records: they stay in HyperSpy's part of the file, which "
        "`convert` says, and from where they come back into `.hspy`.",
    ),
    (
        r"^HSPY.* / (RGBA|ragged) / nexusformat .* / ValueError: nexusformat finds nothing to plot", "no",
        "nexusformat plots numbers, in the NeXus side of the file. NeXus has no word for ragged arrays and for "
        "records.",
    ),
    (
        r"^NeXus / axis (of coordinates|by a function) / HyperSpy .* / differs in axes$", "yes, but for this axis",
        "HyperSpy's NeXus reader counts the channels of an axis that is not uniform. The coordinates are in the "
        "file, and are there again in `.hspy`.",
    ),
]


class Page:
    """Cells, and the notes that explain them."""

    def __init__(self):
        self.notes, self.unexplained = [], []

    def cell(self, table, row, column, problem):
        """What a cell says: yes, or a limit with a note."""
        if problem is None:
            return "yes"
        key = f"{table} / {row} / {column} / {problem}"
        for pattern, word, note in LIMITS:
            if re.search(pattern, key):
                if note not in self.notes:
                    self.notes.append(note)
                return f"{word} [^{self.notes.index(note) + 1}]"
        self.unexplained.append(key)
        return f"**no**: {problem}".replace("|", "\\|")


def work(environment, *arguments):
    """What the worker answers in an environment."""
    python = ROOT / ".environments" / environment / "bin" / "python"
    result = subprocess.run(
        [python, WORKER, *map(str, arguments)], capture_output=True, text=True, cwd=WORKER.parent)
    if result.returncode:
        raise SystemExit(f"compatibility: {environment} {arguments[:2]}:\n{result.stderr}")
    return json.loads(result.stdout.splitlines()[-1])


def run(*arguments, cwd=None, codes=(0,)):
    """Runs the program; its error where there is one."""
    result = subprocess.run(
        [PROGRAM, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)
    if result.returncode in codes:
        return None
    return result.stderr.strip().splitlines()[-1].removeprefix("eels-dag: ")


def convert(*steps):
    """Converts from one file to the next; the error where there is one."""
    for source, target in zip(steps, steps[1:]):
        error = run("convert", "--quiet", source, target)
        if error:
            return error
    return None


def differences(before, after, keys=None):
    """What differs between two answers of a reader, in words; nothing when they are the same."""
    if isinstance(before, str):
        return f"not readable before: {before}"
    if isinstance(after, str):
        return after
    if len(before) != len(after):
        return f"{len(after)} signals for {len(before)}"
    different = {
        key for a, b in zip(before, after) for key in keys or a if a.get(key) != b.get(key)}
    return f"differs in {', '.join(sorted(different))}" if different else None


# MARK: Read by us


def without_empty(value):
    """A tree without branches that hold nothing, which a reader of tags may leave out."""
    if isinstance(value, list):
        return [without_empty(member) for member in value]
    if not isinstance(value, dict):
        return value
    pruned = {key: without_empty(member) for key, member in value.items()}
    return {key: member for key, member in pruned.items() if member != {}}


def files_of(title, environment, program, place, page, cells, others):
    """The files that a program writes, by their rows, and those that it is given to read."""
    files = {}
    if program == "h5py":
        for version, rows in (("v110", list(others)), ("latest", ["spectrum image"])):
            (place / version).mkdir()
            failures = work(
                environment, "write", "h5py", place / version, version, *(others[r] for r in rows))
            for row in rows:
                failure = failures[others[row].name]
                if failure:
                    raise SystemExit(f"compatibility: h5py cannot write {row}: {failure}")
                files[row if version == "v110" else LATEST_ROW] = place / version / others[row].name
        return files
    for name, failure in work(environment, "write", program, place).items():
        stem, ending = name.rsplit(".", 1)
        row = {"nxs": NEXUS_ROW if program == "hyperspy" else stem, "msa": MSA_ROW}.get(ending, stem)
        if failure:
            cells[row, title] = page.cell("read", row, title, f"cannot write it: {failure}")
        else:
            files[row] = place / name
    if program == "hyperspy":
        for row, name in {**OLD, **MICROSCOPE}.items():
            files[row] = pathlib.Path(shutil.copy(FIXTURES / name, place / name))
    return files


def read_by_us(folder, page):
    """For every kind and program: whether what it wrote comes out of eels-dag as it went in, straight and by way
    of NeXus."""
    cells = {}
    originals = {}
    for title, environment, program in PROGRAMS:
        place = folder / environment / program
        place.mkdir(parents=True)
        files = files_of(title, environment, program, place, page, cells, originals)
        if title == "HyperSpy 2.5.0":
            originals = {r: p for r, p in files.items() if p.suffix in (".hspy", ".nxs")}
        results = {}
        for row, source in files.items():
            straight = source.with_name(f"{source.stem} from {source.suffix[1:]}.hspy")
            back = straight.with_name(f"{straight.stem} back.hspy")
            problem = convert(source, straight) or convert(source, straight.with_suffix(".nxs"), back)
            if problem:
                cells[row, title] = page.cell("read", row, title, problem)
            else:
                results[row] = (source, straight, back)
        # What is no HDF5 is held against what HyperSpy makes of it.
        foreign = {row: paths for row, paths in results.items() if paths[0].suffix in (".msa", ".dm3", ".dm4")}
        if foreign:
            work(environment, "save", "hyperspy", place, *(paths[0] for paths in foreign.values()))
            for row, (source, *after) in foreign.items():
                results[row] = (source.with_name(f"{source.name}.hspy"), *after)
        # HyperSpy says more than h5py about what h5py rewrote.
        reader = "hyperspy" if program == "h5py" else program
        answers = work(environment, "read", reader, *(p for paths in results.values() for p in paths))
        for row, paths in results.items():
            before, *after = (answers[str(path)] for path in paths)
            if row in foreign:
                before, *after = map(without_empty, (before, *after))
            keys = ("class", "data", "axes") if row == NEXUS_ROW else None
            problem = next(filter(None, (differences(before, answer, keys) for answer in after)), None)
            cells[row, title] = page.cell("read", row, title, problem)
    return cells, {row: path for row, path in originals.items() if row in KINDS}


# MARK: Written by us


def written_by_us(folder, originals, page):
    """For every kind of ours and program: whether it reads in our file what it reads in HyperSpy's."""
    place = folder / "ours"
    place.mkdir()
    sources = dict(originals)
    for row, (name, command) in MADE.items():
        error = run(*command, cwd=place, codes=(0, 4))
        if error:
            raise SystemExit(f"compatibility: {' '.join(command)}: {error}")
        sources[row] = place / name
    files = {}
    for row, source in sources.items():
        for ours, ending in OURS.items():
            files[row, ours] = place / f"{row} converted{ending}"
            error = convert(source, files[row, ours])
            if error:
                raise SystemExit(f"compatibility: {files[row, ours].name}: {error}")
    cells = {}
    contents = work("hyperspy-2.5", "read", "h5py", *sources.values())
    for title, environment, reader in PROGRAMS:
        answers = work(environment, "read", reader, *files.values(), *sources.values())
        for (row, ours), path in files.items():
            original, answer = answers[str(sources[row])], answers[str(path)]
            problem = verdict(reader, ours, original, answer, contents[str(sources[row])])
            cells[row, ours, title] = page.cell(ours, row, title, problem)
    return cells, list(sources)


def verdict(reader, ours, original, answer, content):
    """What the matter is with a reader's answer; nothing when there is none."""
    if isinstance(answer, str):
        return f"{answer}; the original: {original[:60] if isinstance(original, str) else 'is read'}"
    if reader == "h5py":
        if ours == "NeXus":
            lost = [values for values in content[0]["contents"] if values not in answer[0]["contents"]]
            return f"{len(lost)} data sets are lost" if lost else None
        return differences(original, answer, ["tree"])
    if reader == "nexusformat":
        return None if answer[0]["data"] in content[0]["contents"] else "other data"
    if ours == "NeXus" and not isinstance(original, str):
        # The one that is to be shown; its axes carry their NeXus names.
        return differences(
            [nexus_side(original[0])], [nexus_side(signal) for signal in answer],
            ["class", "data", "axes"])
    return differences(original, answer)


def nexus_side(signal):
    axes = [
        [re.sub("[^a-z0-9]+", "_", name.lower()), units.replace("<undefined>", ""), navigates, points]
        for name, units, navigates, _, points in signal["axes"]]
    return {**signal, "axes": axes}


# MARK: The page


def table(rows, cell):
    lines = ["| | " + " | ".join(COLUMNS) + " |", "|---" * (len(COLUMNS) + 1) + "|"]
    for row in rows:
        lines.append(f"| {row} | " + " | ".join(cell(row, column) for column in COLUMNS) + " |")
    return "\n".join(lines)


def main():
    page = Page()
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        read, originals = read_by_us(folder, page)
        written, rows = written_by_us(folder, originals, page)

    def read_cell(row, column):
        return read.get((row, column)) or page.cell("read", row, column, "is not written")

    sections = [
        "# What opens where",
        "Made by `Scripts/compatibility`, which writes, converts and reads every file anew and compares what comes "
        "out with what went in: data to the bit, class, title, axes, metadata with their types, learning results, "
        "models. A cell without a yes says whose limit it is; for anything else the script makes no page.",
        "## Files of other programs, read by eels-dag",
        "Converted to `.hspy`, and to `.nxs` and from there to `.hspy`, and both read by the program that wrote the "
        "file. HyperSpy's NeXus files: class, data, axes; microscopes' files: what HyperSpy makes of them and saves. The "
        "column of h5py: the files of HyperSpy 2.5.0, written anew object by object, and read in HyperSpy. *Metadata of every kind* are the values that HyperSpy has a form for: texts, truth "
        "values, numbers of all widths, complex numbers, None, bytes, lists and tuples, empty, nested and mixed, "
        "arrays, dictionaries.",
        table(ROWS, read_cell),
    ]
    introductions = {
        "HSPY": "What HyperSpy 2.5.0 or this program wrote, converted; read by `hs.load(file)`. A yes: HyperSpy "
        "finds what it finds in the original, nexusformat plots its data, and h5py finds HyperSpy's tree as it was.",
        "HSPY as .h5": "Read by `hs.load(file, reader=\"hspy\")`, for the ending belongs to several readers.",
        "NeXus": "Read by `hs.load(file, use_default=True)`: class, data and axes, under their NeXus names "
        "(`energy_loss`). Of the metadata, HyperSpy's NeXus reader takes the microscope's; all of them, and whether "
        "an axis is binned, are there again in `.hspy` (first table).",
    }
    for ours, ending in OURS.items():
        sections += [
            f"## `{ending}` files of eels-dag, read by other programs", introductions[ours],
            table(rows, lambda row, column, ours=ours: written[row, ours, column])]
    # Cells are made before the notes are complete.
    sections += ["\n".join(f"[^{n + 1}]: {note}" for n, note in enumerate(page.notes))]
    if page.unexplained:
        print("\n".join(page.unexplained), file=sys.stderr)
        raise SystemExit(f"compatibility: {len(page.unexplained)} cells are no known limit")
    text = "\n\n".join(sections) + "\n"
    assert "|  |" not in text
    TARGET.write_text(text)
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
