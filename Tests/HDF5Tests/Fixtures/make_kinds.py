"""Files with everything that a reader of HDF5 meets, and their contents as JSON.

kinds.h5: datasets and attributes of many types, links, refused storage, in the oldest format.
dense.h5: a group with many members and attributes, in the format of HDF5 1.8 to 1.10.
"""

import json
import os

import h5py
import hdf5plugin
import numpy as np
from h5py import h5a, h5d, h5p, h5s, h5t

os.chdir(os.path.dirname(os.path.abspath(__file__)))
expected = {"numbers": {}, "texts": {}, "made by": f"h5py {h5py.__version__}, "
            f"HDF5 {h5py.version.hdf5_version}, hdf5plugin {hdf5plugin.version}"}


def fixed(size, padding, charset):
    kind = h5t.C_S1.copy()
    kind.set_size(size)
    kind.set_strpad(padding)
    kind.set_cset(charset)
    return kind


def low_level_attribute(owner, name, kind, shape, data):
    space = h5s.create(h5s.SCALAR) if shape == () else h5s.create_simple(shape)
    attribute = h5a.create(owner.id, name.encode(), kind, space)
    attribute.write(data, mtype=kind)


def boolean(base):
    kind = h5t.enum_create(base)
    kind.enum_insert(b"FALSE", 0)
    kind.enum_insert(b"TRUE", 1)
    return kind


with h5py.File("kinds.h5", "w", libver=("earliest", "v110")) as file:
    numbers = file.create_group("numbers")
    for order, word in (("<", "little"), (">", "big")):
        for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"):
            values = (np.arange(6).reshape(2, 3) * 19 + 3).astype(order + code)
            if code[0] != "u":
                values[1] *= -1
            if code[0] == "f":
                values /= 4
            numbers.create_dataset(f"{code} {word}", data=values)
            expected["numbers"][f"{code} {word}"] = values.astype(float).ravel().tolist()
    truth = np.array([[True, False, False], [False, True, True]])
    numbers.create_dataset("bool", data=truth)
    expected["numbers"]["bool"] = truth.astype(float).ravel().tolist()
    for name, options in {
        "gzip": dict(compression="gzip"),
        "everything": dict(compression="gzip", shuffle=True, fletcher32=True),
        "scaleoffset": dict(scaleoffset=0),
    }.items():
        values = np.arange(6).reshape(2, 3) * 7 - 11
        numbers.create_dataset(name, data=values, chunks=(1, 2), **options)
        expected["numbers"][name] = values.astype(float).ravel().tolist()
    compact = h5p.create(h5p.DATASET_CREATE)
    compact.set_layout(h5d.COMPACT)
    values = np.array([[1.5, -2, 3], [4, 5, 6]])
    h5d.create(numbers.id, b"compact", h5t.IEEE_F64LE, h5s.create_simple((2, 3)), compact).write(
        h5s.ALL, h5s.ALL, values)
    expected["numbers"]["compact"] = values.ravel().tolist()

    other = file.create_group("other")
    other.create_dataset("complex64", data=np.array([1 + 2j, 3 - 4j], "c8"))
    other.create_dataset("complex128 big", data=np.array([1 + 2j, 3 - 4j], ">c16"))
    rgba = np.dtype([(name, "u1") for name in "RGBA"])
    other.create_dataset("rgba", data=np.array([(1, 2, 3, 4), (5, 6, 7, 8)], rgba))
    ragged = other.create_dataset("ragged", (2,), h5py.vlen_dtype("f8"))
    ragged[0], ragged[1] = [1.0], [2.0, 3.0]
    other.create_dataset("opaque", data=np.array([b"\0\1\2", b"\3\0\5"], "V3"))
    other.create_dataset("enumeration", data=np.array([0, 1], h5py.enum_dtype({"false": 0, "true": 1}, "i1")))
    other.create_dataset("empty", data=h5py.Empty("f4"))
    other.create_dataset("nothing", (0, 3), "f4")
    other.create_dataset("fraction", data=np.array([1.0, 2.5]))
    other.create_dataset("whole", data=np.array([1.0, -2.0]))
    other.create_dataset("beyond", data=np.array([2**64 - 1, 1], "u8"))
    other.create_dataset("reference", data=np.array([other.ref], h5py.ref_dtype))
    other.create_dataset("long", data=np.array([1.0], np.longdouble))
    other["named type"] = np.dtype("f4")

    texts = file.create_group("texts")
    words = ["Mn", "", "L₂,₃ µm", "end "]
    texts.create_dataset("variable UTF-8", data=words, dtype=h5py.string_dtype())
    expected["texts"]["variable UTF-8"] = words
    texts.create_dataset("fixed UTF-8", data=[w.encode() for w in words],
                         dtype=h5py.string_dtype("utf-8", 16))
    expected["texts"]["fixed UTF-8"] = words
    plain = ["Fe", "O K", "x"]
    texts.create_dataset("variable ASCII", data=plain, dtype=h5py.string_dtype("ascii"))
    texts.create_dataset("fixed ASCII", data=np.array(plain, "S3"))
    for name, padding, byte in (("null-terminated", h5t.STR_NULLTERM, b"\0"),
                                ("space-padded", h5t.STR_SPACEPAD, b" ")):
        data = np.array([w.encode().ljust(5, byte) for w in plain], "S5")
        kind = fixed(5, padding, h5t.CSET_ASCII)
        h5d.create(texts.id, name.encode(), kind, h5s.create_simple((3,))).write(
            h5s.ALL, h5s.ALL, data, mtype=kind)
    for name in ("variable ASCII", "fixed ASCII", "null-terminated", "space-padded"):
        expected["texts"][name] = plain
    texts.create_dataset("Latin-1", data=np.array(["µm".encode("latin-1"), b"\xc5"], "S2"))
    expected["texts"]["Latin-1"] = ["µm", "Å"]
    texts.create_dataset("scalar", data="one text")
    expected["texts"]["scalar"] = ["one text"]

    # Attributes: the Swift test writes out what it expects.
    holder = file.create_group("attributes")
    set_ = holder.attrs.create
    for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8"):
        set_(f"{code}", 42, dtype="<" + code)
        set_(f"{code} big", 42, dtype=">" + code)
    for code in ("f2", "f4", "f8"):
        set_(f"{code}", -1.5, dtype="<" + code)
        set_(f"{code} big", -1.5, dtype=">" + code)
    set_("long", 2.5, dtype=np.longdouble)
    set_("u8 beyond", 2**64 - 1, dtype="u8")
    set_("i8 array beyond", np.array([2**53 + 1, 1]))
    for name, base in (("bool int8", h5t.STD_I8LE), ("bool uint8", h5t.STD_U8LE),
                       ("bool int32", h5t.STD_I32LE), ("bool int32 big", h5t.STD_I32BE)):
        low_level_attribute(holder, name, boolean(base), (), np.array(1, base.dtype))
    set_("bools", np.array([True, False]))
    set_("enumeration", 2, dtype=h5py.enum_dtype({"FALSE": 0, "TRUE": 2}, "i1"))
    set_("c8", 1 - 2j, dtype="c8")
    set_("c16 big", 1 - 2j, dtype=">c16")
    set_("one integer", np.array([7], "i4"))
    set_("one real", np.array([7.5]))
    set_("one text", ["data"], dtype=h5py.string_dtype())
    set_("one fixed text", np.array([b"data"]))
    set_("table", np.arange(6, dtype="i2").reshape(2, 3))
    set_("vlen UTF-8", "µm", dtype=h5py.string_dtype())
    set_("vlen ASCII", "nm", dtype=h5py.string_dtype("ascii"))
    set_("fixed UTF-8", "µm".encode(), dtype=h5py.string_dtype("utf-8", 8))
    set_("fixed ASCII", np.bytes_(b"nm"))
    low_level_attribute(holder, "fixed null-terminated", fixed(5, h5t.STR_NULLTERM, h5t.CSET_ASCII),
                        (), np.array(b"nm\0xx", "S5"))
    low_level_attribute(holder, "fixed space-padded", fixed(5, h5t.STR_SPACEPAD, h5t.CSET_ASCII),
                        (), np.array(b"nm   ", "S5"))
    set_("texts", ["a", "µ", ""], dtype=h5py.string_dtype())
    set_("fixed texts", np.array([b"y", b"x", b"energy_loss"]))
    set_("opaque", np.void(b"\0\1\0"))
    set_("empty", h5py.Empty("f4"))
    set_("empty text", h5py.Empty(h5py.string_dtype()))
    set_("null text", "", dtype=h5py.string_dtype())
    set_("reference", holder.ref, dtype=h5py.ref_dtype)
    set_("rgba", np.array((1, 2, 3, 4), rgba))
    sequence = np.empty(1, object)
    sequence[0] = np.array([1.0, 2.0])
    set_("ragged", sequence, (1,), h5py.vlen_dtype("f8"))
    set_("complex array", np.array([1j, 2]))

    links = file.create_group("links")
    links["hard"] = numbers["compact"]
    links["soft"] = h5py.SoftLink("/numbers/compact")
    links["dangling"] = h5py.SoftLink("/nowhere")
    links["external"] = h5py.ExternalLink("dense.h5", "/many")
    links["through"] = h5py.SoftLink("/links/external/m00")

    refused = file.create_group("refused")
    layout = h5py.VirtualLayout((2, 3), "f8")
    layout[:] = h5py.VirtualSource("dense.h5", "many/m00", (2, 3))
    refused.create_virtual_dataset("virtual", layout)
    refused.create_dataset("elsewhere", (4,), "f4", external=[("absent.raw", 0, 16)])
    values = np.arange(24.0).reshape(4, 6)
    refused.create_dataset("lzf", data=values, compression="lzf")
    refused.create_dataset("zstd", data=values, **hdf5plugin.Zstd())
    refused.create_dataset("blosc", data=values, **hdf5plugin.Blosc())
    refused.create_dataset("blosc2", data=values, **hdf5plugin.Blosc2())
    refused.create_dataset("bitshuffle", data=values, **hdf5plugin.Bitshuffle())
    refused.create_dataset("lz4", data=values, **hdf5plugin.LZ4())

with h5py.File("kinds.h5") as file:
    expected["stored"] = {
        name: file["refused"][name].id.read_direct_chunk((0, 0))[1].hex()
        for name in ("lzf", "zstd")}

with h5py.File("dense.h5", "w", libver=("v108", "v110")) as file:
    many = file.create_group("many", track_order=True)
    names = [f"m{i:02}" for i in (7, 0, 11, 3)] + [f"m{i:02}" for i in range(20, 40)]
    for name in names:
        many.create_dataset(name, data=np.full((2, 3), float(name[1:])))
        many.attrs[name] = int(name[1:])
    untracked = file.create_group("untracked")
    for name in names:
        untracked.attrs[name] = "text " + name
expected["dense"] = names

with open("kinds.json", "w") as out:
    json.dump(expected, out, indent=1, ensure_ascii=False)
    out.write("\n")
