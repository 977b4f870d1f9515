"""What Scripts/compatibility does: files of every kind go through eels-dag and through other programs, and
Documentation/Compatibility.md says how they come out."""

import json
import os
import pathlib
import subprocess
import tempfile

import h5py
import nexusformat

from compatibility_worker import KINDS

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAM = pathlib.Path(os.environ.get("EELS_DAG", ROOT / ".build" / "release" / "eels-dag")).resolve()
WORKER = pathlib.Path(__file__).with_name("compatibility_worker.py")
TARGET = ROOT / "Documentation" / "Compatibility.md"
# The column's title, the environment, and how its worker is called.
PROGRAMS = [
    ("HyperSpy 1.7.3", "hyperspy-1.7.3", "hyperspy"),
    ("HyperSpy 2.0.1", "hyperspy-2.0.1", "hyperspy"),
    ("HyperSpy 2.5.0", "hyperspy-2.5", "hyperspy"),
    (f"nexusformat {nexusformat.__version__}", "hyperspy-2.5", "nexusformat"),
    (f"h5py {h5py.__version__} (HDF5 {h5py.version.hdf5_version})", "hyperspy-2.5", "h5py"),
]
READERS = [title for title, *_ in PROGRAMS]
# The key under which the answer of one of our files is found, and how the file is named.
OURS = [("HSPY", ".hspy"), ("HSPY as .h5", ".h5"), ("NeXus", ".nxs")]


def work(environment, *arguments):
    """What the worker answers in an environment."""
    python = ROOT / ".environments" / environment / "bin" / "python"
    result = subprocess.run(
        [python, WORKER, *map(str, arguments)], capture_output=True, text=True, cwd=WORKER.parent)
    if result.returncode:
        raise SystemExit(f"compatibility: {environment} {arguments[0]}:\n{result.stderr}")
    return json.loads(result.stdout.splitlines()[-1])


def convert(source, target):
    """Converts; the error where there is one."""
    result = subprocess.run(
        [PROGRAM, "convert", "--quiet", source, target], capture_output=True, text=True)
    return None if result.returncode == 0 else result.stderr.strip().removeprefix("eels-dag: ")


def parts_that_differ(a, b):
    """The names of what differs in two descriptions of files."""
    if len(a) != len(b):
        return [f"{len(b)} signals for {len(a)}"]
    return sorted({key for x, y in zip(a, b) for key in x if x[key] != y.get(key)})


def shorter(text):
    return text.replace("|", "\\|").replace("\n", " ")[:90]


# MARK: Read by us


def read_by_us(folder):
    """For every kind and program: whether what it wrote comes out of eels-dag as it went in."""
    cells = {}
    for title, environment, kind in PROGRAMS:
        place = folder / title.split(" (")[0].replace(" ", "_")
        place.mkdir()
        command = {"hyperspy": "write", "nexusformat": "write-nexusformat", "h5py": "write-h5py"}[kind]
        failures = work(environment, command, place)
        pairs = {}
        for name, failure in failures.items():
            stem, ending = name.rsplit(".", 1)
            row = f"{stem} (NeXus)" if ending == "nxs" else stem
            if failure:
                cells[row, title] = f"cannot write it: {shorter(failure)}"
                continue
            source, target = place / name, place / f"{stem} from {ending}.hspy"
            error = convert(source, target)
            if error:
                cells[row, title] = f"**no**: {shorter(error)}"
            else:
                pairs[row] = (source, target)
        answers = work(
            environment, "read", "hyperspy" if kind == "hyperspy" else "h5py",
            *(path for pair in pairs.values() for path in pair))
        for row, pair in pairs.items():
            cells[row, title] = unchanged(row, kind, *(answers[str(path)] for path in pair))
    return cells


def unchanged(row, kind, before, after):
    """Whether a file and what eels-dag made of it are the same to their reader."""
    if isinstance(before, str):
        return f"it cannot read its own file: {shorter(before)}"
    if isinstance(after, str):
        return f"**no**: {shorter(after)}"
    if row.endswith("(NeXus)"):
        # Of its own NeXus file HyperSpy does not read the metadata of kinds that it cannot tell.
        keys = ("class", "data", "axes") if kind == "hyperspy" else ("data",)
        before, after = ([{k: s[k] for k in keys} for s in x] for x in (before, after))
    different = parts_that_differ(before, after)
    return "yes" if not different else f"yes, but for {', '.join(different)}"


# MARK: Written by us


def written_by_us(folder):
    """For every kind of ours and program: whether it reads what HyperSpy 2.5 does in the original."""
    place = folder / "ours"
    place.mkdir()
    sources = folder / "HyperSpy_2.5.0"
    files = {}
    for kind in KINDS:
        for ours, ending in OURS:
            target = place / f"{kind}{ending}"
            error = convert(sources / f"{kind}.hspy", target)
            if error:
                raise SystemExit(f"compatibility: {target.name}: {error}")
            files[kind, ours] = target
    originals = work("hyperspy-2.5", "read", "hyperspy", *(sources / f"{k}.hspy" for k in KINDS))
    plain = work("hyperspy-2.5", "read", "h5py", *(sources / f"{k}.hspy" for k in KINDS))
    cells = {}
    for title, environment, reader in PROGRAMS:
        answers = work(environment, "read", reader, *files.values())
        for (kind, ours), path in files.items():
            original = (originals if reader == "hyperspy" else plain)[
                str(sources / f"{kind}.hspy")]
            cells[kind, ours, title] = verdict(reader, ours, original, answers[str(path)])
    return cells


def verdict(reader, ours, original, answer):
    if isinstance(answer, str):
        return f"no: {shorter(answer)}"
    if reader == "hyperspy" and ours == "NeXus":
        original, answer = ([{k: s[k] for k in ("data", "axes")} for s in x] for x in (original, answer))
    elif reader == "nexusformat":
        same = any(signal["data"] == original[0]["data"] for signal in answer)
        return "yes" if same else "other data"
    elif reader == "h5py":
        missing = [s for s in original if s["data"] not in [a["data"] for a in answer]]
        return "yes" if not missing else "other data"
    different = parts_that_differ(original, answer)
    return "yes" if not different else f"yes, but for {', '.join(different)}"


# MARK: The page


def table(rows, columns, cell):
    lines = ["| | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    for row in rows:
        lines.append(f"| {row} | " + " | ".join(cell(row, column) for column in columns) + " |")
    return "\n".join(lines)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = pathlib.Path(temporary)
        read = read_by_us(folder)
        written = written_by_us(folder)
    rows = [*KINDS, "spectrum image (NeXus)"]
    none = {"nexusformat": "writes no HSPY", "h5py": "no kind of its own"}

    def read_cell(row, column):
        return read.get((row, column)) or none[column.split()[0]]

    sections = [
        "# What opens where",
        "Made by `Scripts/compatibility`. Every file is made, converted and read anew, and what comes out is "
        "compared with what went in: data to the bit, axes, title, class, metadata, learning results, models.",
        "## Files of other programs, read by eels-dag",
        "Converted to `.hspy` and read again by the program that wrote the file (HyperSpy), or by h5py. *Cannot "
        "write it* is what the other program says.",
        table(rows, READERS, read_cell),
    ]
    for ours, ending in OURS:
        sections += [
            f"## `{ending}` files of eels-dag, read by other programs",
            {
                "HSPY": "`hs.load(file)`.",
                "HSPY as .h5": "`hs.load(file, reader=\"hspy\")`: the ending belongs to several readers.",
                "NeXus": "`hs.load(file, use_default=True)`: data and axes; the metadata that HyperSpy's NeXus "
                "reader takes are the microscope's. Back in `.hspy`, all of them are there.",
            }[ours],
            table(KINDS, READERS, lambda row, column, ours=ours: written[row, ours, column]),
        ]
    text = "\n\n".join(sections) + "\n"
    assert "|  |" not in text
    TARGET.write_text(text)
    print(f"wrote {TARGET.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
