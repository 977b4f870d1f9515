"""Writes small DigitalMicrograph files, tag by tag, for tests.

The format, as far as it is known (C. Boothroyd, http://www.er-c.org/cbb/info/dmformat/): a header
(version, size, byte order of values) and a tree of tags. Lengths and counts are big-endian, 4 bytes in
.dm3 and 8 bytes in .dm4. A tag is its kind (20 group, 21 value), the length of its name, its name, in
.dm4 the size of what follows, then a group (sorted, open, number of tags, tags) or a value ("%%%%", the
length of its description, the description, its bytes). A description is a code for a number; 15 for a
structure: length of its name, number of fields, and for each field the length of its name and its code;
20 for an array: the description of its elements and their number. Texts are arrays of uint16.

`python digital_micrograph.py FOLDER` writes the files beside the Swift tests.
"""

import pathlib
import struct
import sys

import numpy as np

# Codes of numbers in tags, and how Python's struct calls them.
INT16, INT32, UINT16, UINT32, FLOAT32, FLOAT64, BOOL, OCTET, INT64, UINT64 = (
    2, 3, 4, 5, 6, 7, 8, 10, 11, 12,
)
LETTERS = {2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "B", 9: "b", 10: "b", 11: "q", 12: "Q"}

# Codes of images' numbers, as in DigitalMicrograph's scripting language.
DATA_TYPES = {
    "int16": 1, "float32": 2, "complex64": 3, "uint8": 6, "int32": 7, "int8": 9, "uint16": 10,
    "uint32": 11, "float64": 12, "complex128": 13, "bool": 14,
}
# The codes under which images' numbers stand as arrays in tags.
ELEMENTS = {
    "int16": INT16, "float32": FLOAT32, "uint8": OCTET, "int32": INT32, "int8": OCTET,
    "uint16": UINT16, "uint32": UINT32, "float64": FLOAT64, "bool": BOOL,
}


class Number:
    """A number of a given code."""

    def __init__(self, code, value):
        self.code, self.value = code, value


class Structure:
    """A structure: numbers of given codes."""

    def __init__(self, codes, values):
        self.codes, self.values = codes, values


class Array:
    """An array of numbers of one code, or of structures of given codes."""

    def __init__(self, element, values):
        self.element, self.values = element, values


class Pixels:
    """The numbers of an image."""

    def __init__(self, data):
        self.data = data


class Writer:
    """Turns a tree of tags into bytes."""

    def __init__(self, version, order):
        self.version = version
        self.order = {"little": "<", "big": ">"}[order]

    def length(self, value):
        return struct.pack(">i" if self.version == 3 else ">q", value)

    def group(self, members):
        if isinstance(members, dict):
            members = members.items()
        elif isinstance(members, list):
            members = [("", member) for member in members]
        tags = [self.tag(name, value) for name, value in members]
        return b"\x01\x00" + self.length(len(tags)) + b"".join(tags)

    def tag(self, name, value):
        name = name.encode("utf8") if isinstance(name, str) else name
        is_group = isinstance(value, (dict, list))
        body = self.group(value) if is_group else self.value(value)
        size = struct.pack(">q", len(body)) if self.version == 4 else b""
        return bytes([20 if is_group else 21]) + struct.pack(">h", len(name)) + name + size + body

    def value(self, value):
        if isinstance(value, bool):
            value = Number(BOOL, value)
        elif isinstance(value, int):
            value = Number(INT32, value)
        elif isinstance(value, float):
            value = Number(FLOAT64, value)
        elif isinstance(value, str):
            units = np.frombuffer(value.encode("utf-16-le"), "<u2")
            value = Array(UINT16, units.tolist())
        description, data = self.described(value)
        return (
            b"%%%%" + self.length(len(description))
            + b"".join(self.length(number) for number in description) + data
        )

    def described(self, value):
        if isinstance(value, Number):
            return [value.code], self.pack([value.code], [value.value])
        if isinstance(value, Structure):
            return self.fields(value.codes), self.pack(value.codes, value.values)
        if isinstance(value, Pixels):
            data = value.data
            if data.dtype.kind == "c":
                part = FLOAT32 if data.dtype.itemsize == 8 else FLOAT64
                description = [20, *self.fields([part, part]), data.size]
            else:
                description = [20, ELEMENTS[data.dtype.name], data.size]
            return description, data.astype(data.dtype.newbyteorder(self.order)).tobytes()
        if isinstance(value.element, list):
            data = b"".join(self.pack(value.element, values) for values in value.values)
            return [20, *self.fields(value.element), len(value.values)], data
        data = self.pack([value.element] * len(value.values), value.values)
        return [20, value.element, len(value.values)], data

    @staticmethod
    def fields(codes):
        return [15, 0, len(codes), *[number for code in codes for number in (0, code)]]

    def pack(self, codes, values):
        return struct.pack(self.order + "".join(LETTERS[code] for code in codes), *values)


def image(data, axes=(), name="image", signal=None, kind=None, tags=None, brightness=None):
    """The tags of an image.

    `data` is in the order of arrays, slowest dimension first; `axes` are (origin, scale, units), the
    fastest first, as DigitalMicrograph has them. `signal` and `kind` are its words for what was
    recorded ("EELS") and what it is ("Spectrum image").
    """
    meta = {}
    if kind is not None:
        meta["Format"] = kind
    if signal is not None:
        meta["Signal"] = signal
    tags = dict(tags or {})
    if meta:
        tags["Meta Data"] = meta
    dimensions = [
        {"Origin": Number(FLOAT32, origin), "Scale": Number(FLOAT32, scale), "Units": units}
        for origin, scale, units in axes
    ]
    origin, scale, units = brightness or (0.0, 1.0, "Counts")
    return {
        "ImageData": {
            "Calibrations": {
                "Brightness": {
                    "Origin": Number(FLOAT32, origin), "Scale": Number(FLOAT32, scale),
                    "Units": units,
                },
                "Dimension": dimensions,
                "DisplayCalibratedUnits": True,
            },
            "Data": Pixels(data),
            "DataType": Number(UINT32, DATA_TYPES[data.dtype.name]),
            "Dimensions": [Number(UINT32, size) for size in reversed(data.shape)],
            "PixelDepth": Number(UINT32, data.dtype.itemsize),
        },
        "ImageTags": tags,
        "Name": name,
        "UniqueID": [Number(UINT32, number) for number in (1, 2, 3, 4294967295)],
    }


def thumbnail():
    """A small picture, as DigitalMicrograph puts it before the first image."""
    return image(np.arange(12, dtype=np.int32).reshape(3, 4), name="")


def encode(images, version=3, order="little", with_thumbnail=True, more=None):
    """The bytes of a file with some images."""
    root = {
        "ApplicationBounds": Structure([INT32] * 4, (0, 0, 1065, 1916)),
        "DocumentObjectList": [
            {
                "AnnotationType": 20,
                "BackgroundColor": Structure([INT16] * 3, (-1, -1, -1)),
                "Colours": Array([INT16] * 3, [(0, 0, 0), (257, -257, 1)]),
                "Rectangle": Structure([FLOAT32] * 4, (0.0, 1.5, 2.25, 3.0)),
            }
        ],
        "DocumentTags": {},
        "HasWindowPosition": True,
        "ImageList": ([thumbnail()] if with_thumbnail else []) + list(images),
        "InImageMode": True,
        "Numbers": Array(FLOAT64, [0.5, -1.5, 2.0]),
        "Empty": Array(UINT16, []),
        "v1.2 of Å": "α–β",
        "Long": Number(INT64, -(1 << 40)) if version == 4 else Number(INT32, -7),
        "SentinelList": [],
    }
    if with_thumbnail:
        root["Thumbnails"] = [{"ImageIndex": 0, "SourceSize_Pixels": 0}]
    root.update(more or {})
    writer = Writer(version, order)
    body = writer.group(root)
    header = struct.pack(">i", version) + writer.length(len(body))
    return header + struct.pack(">i", order == "little") + body + bytes(8)


def small(version, order):
    """A spectrum image of 3 × 4 pixels with 20 energies, of whole numbers."""
    energies, rows, columns = np.mgrid[0:20, 0:3, 0:4]
    data = (1000 * rows + 100 * columns + energies).astype(np.int16)
    axes = [(0.0, 0.5, "nm"), (2.0, 0.5, "nm"), (-1400.0, 0.25, "eV")]
    tags = {
        "EELS": {
            "Acquisition": {
                "Date": "12/14/2019", "Exposure (s)": 0.5, "Number of frames": 3,
                "Start time": "3:14:24 PM",
            },
            "Experimental Conditions": {
                "Collection semi-angle (mrad)": 33.0, "Convergence semi-angle (mrad)": 30.0,
            },
        },
        "Microscope Info": {"Illumination Mode": "STEM", "Voltage": 200000.0},
    }
    return encode(
        [image(data, axes, "small", "EELS", "Spectrum image", tags)], version, order
    )


if __name__ == "__main__":
    folder = pathlib.Path(sys.argv[1])
    (folder / "small.dm3").write_bytes(small(3, "little"))
    (folder / "small.dm4").write_bytes(small(4, "little"))
    (folder / "small_big_endian.dm3").write_bytes(small(3, "big"))
