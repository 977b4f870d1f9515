"""Chunks that a careful reader meets: filter masks, fill values, old checksums, and damaged ones.

chunks.h5: datasets of 2 x 3 chunks of 4 x 8 elements that count from 0 in row-major order; in the
group `damaged` the chunk at [4, 8] is wrong, all others are as they should be.
chunks_v110.h5: the same in the format of HDF5 1.10, edge chunks without filters.

Bytes are shuffled by NumPy, compressed by Python's zlib and summed as HDF5's documentation has it.
"""

import ctypes
import os
import struct
import zlib

import h5py
import numpy as np
from h5py import h5d, h5p, h5s, h5t

os.chdir(os.path.dirname(os.path.abspath(__file__)))
SHAPE, CHUNK = (8, 24), (4, 8)
NUMBERS = np.arange(8 * 24).reshape(SHAPE)
BAD = (4, 8)


def fletcher32(data):
    first = second = 0
    for (word,) in struct.iter_unpack(">H", data + b"\0" * (len(data) % 2)):
        first = (first + word) % 65535
        second = (second + first) % 65535
    # HDF5 folds sums instead of dividing: 65535 stays where 0 would do, but for no words at all.
    first, second = first or 65535, second or 65535
    return struct.pack("<I", second << 16 | first)


def shuffled(data, size):
    return np.frombuffer(data, np.uint8).reshape(-1, size).T.tobytes()


def chunk(start, kind):
    rows, columns = (slice(s, s + c) for s, c in zip(start, CHUNK))
    return NUMBERS[rows, columns].astype(kind).tobytes()


def encoded(data, size, mask=0):
    """Shuffle (bit 0), gzip (bit 1), Fletcher32 (bit 2) unless the mask has their bits."""
    if not mask & 1:
        data = shuffled(data, size)
    if not mask & 2:
        data = zlib.compress(data, 6)
    return data if mask & 4 else data + fletcher32(data)


def starts():
    return [(y, x) for y in range(0, 8, 4) for x in range(0, 24, 8)]


def dataset(group, name, kind="<f4", **options):
    return group.create_dataset(
        name, SHAPE, kind, chunks=CHUNK, compression=4, shuffle=True, fletcher32=True, **options
    )


with h5py.File("chunks.h5", "w") as file:
    for kind in ["<i1", "<i2", "<u2", "<i4", "<f4", "<f8", "<i8"]:
        data = dataset(file, "python " + kind[1:], kind)
        for start in starts():
            data.id.write_direct_chunk(start, encoded(chunk(start, kind), int(kind[2:])))
    data = dataset(file, "masks")
    for mask, start in enumerate(starts()):
        mask += 2  # 2 to 7
        data.id.write_direct_chunk(start, encoded(chunk(start, "<f4"), 4, mask), filter_mask=mask)
    data = dataset(file, "old checksum")
    for start in starts():
        whole = encoded(chunk(start, "<f4"), 4)
        a, b, c, d = whole[-4:]
        data.id.write_direct_chunk(start, whole[:-4] + bytes([b, a, d, c]))
    data = dataset(file, "fill", fillvalue=7.5)
    data[0:4, 8:24] = NUMBERS[0:4, 8:24]
    data[4:8, 0:8] = NUMBERS[4:8, 0:8]
    dataset(file, "big endian", ">f4")[...] = NUMBERS
    dataset(file, "half", "<f2")[...] = NUMBERS
    # Twelve bits of sixteen, four bits up: plain in size only.
    bits = h5t.STD_U16LE.copy()
    bits.set_precision(12)
    bits.set_offset(4)
    creation = h5p.create(h5p.DATASET_CREATE)
    creation.set_chunk(CHUNK)
    creation.set_deflate(4)
    made = h5d.create(file.id, b"twelve bits", bits, h5s.create_simple(SHAPE), creation)
    made.write(h5s.ALL, h5s.ALL, NUMBERS.astype("<u2"))
    grown = file.create_dataset(
        "grown", (3, 5), "<i4", chunks=CHUNK, maxshape=(None, None), compression=1
    )
    grown[...] = NUMBERS[:3, :5]

    damaged = file.create_group("damaged")
    good = encoded(chunk(BAD, "<f4"), 4)
    body = good[:-4]
    raw = shuffled(chunk(BAD, "<f4"), 4)
    cut, short, long = body[: len(body) // 2], zlib.compress(raw[:-1]), zlib.compress(raw + b"\0")
    adler = body[:-1] + bytes([body[-1] ^ 1])
    cases = {
        "sum": body + bytes([good[-4] ^ 1]) + good[-3:],
        "bit": bytes([body[0], body[1], body[2] ^ 8]) + good[3:],
        "cut": cut + fletcher32(cut),
        "short": short + fletcher32(short),
        "long": long + fletcher32(long),
        "adler": adler + fletcher32(adler),
        "no stream": fletcher32(b""),
        "two bytes": b"\x78\x9c",
        "raw": raw + fletcher32(raw),
    }
    for name, stored in cases.items():
        data = dataset(damaged, name)
        for start in starts():
            data.id.write_direct_chunk(
                start, stored if start == BAD else encoded(chunk(start, "<f4"), 4)
            )
    # Chunks whose filters were all left out, and which are too short or too long.
    for name, stored in {"raw short": raw[:-1], "raw long": raw + b"\0"}.items():
        data = dataset(damaged, name)
        for start in starts():
            bad = start == BAD
            data.id.write_direct_chunk(
                start, stored if bad else encoded(chunk(start, "<f4"), 4), filter_mask=7 * bad
            )
    # 2 GB that 30 bytes cannot hold.
    size = 1 << 29
    data = damaged.create_dataset(
        "bomb", (size,), "<f4", chunks=(size,), compression=4, shuffle=True, fletcher32=True
    )
    stored = zlib.compress(bytes(100))
    data.id.write_direct_chunk((0,), stored + fletcher32(stored))

with h5py.File("chunks_v110.h5", "w", libver=("v110", "v110")) as file:
    folder = os.path.join(os.path.dirname(h5py.__file__), "..", "h5py.libs")
    library = next(name for name in os.listdir(folder) if name.startswith("libhdf5-"))
    chunk_options = ctypes.CDLL(os.path.join(folder, library)).H5Pset_chunk_opts
    chunk_options.argtypes = [ctypes.c_int64, ctypes.c_uint]
    for name, unfiltered in {"filtered": 0, "edges unfiltered": 2}.items():
        creation = h5p.create(h5p.DATASET_CREATE)
        creation.set_chunk((5, 7))
        creation.set_shuffle()
        creation.set_deflate(4)
        assert chunk_options(creation.id, unfiltered) >= 0
        made = h5d.create(
            file.id, name.encode(), h5t.IEEE_F32LE, h5s.create_simple(SHAPE), creation)
        made.write(h5s.ALL, h5s.ALL, NUMBERS.astype("<f4"))
