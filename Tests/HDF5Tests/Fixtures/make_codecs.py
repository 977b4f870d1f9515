"""Chunks of the compressions that HDF5 itself does not have; writes codecs.h5 beside itself.

Run with h5py and hdf5plugin installed. The group `good`: arrays of 40 x 24 numbers that count from 0 in
row-major order modulo 97, in chunks of 16 x 10, and `long`, 60,000 numbers that count modulo 251 and then
stay 7, whose matches are long and overlap themselves, and `noise`, which does not get smaller. The group
`damaged`: chunks that are cut, longer than they should be, or changed in one byte. `bitshuffle`: a
compression that the program lacks.
"""

import os

import h5py
import hdf5plugin
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
SHAPE, CHUNK = (40, 24), (16, 10)
NUMBERS = np.arange(40 * 24).reshape(SHAPE) % 97
LONG = np.where(np.arange(60_000) < 20_000, np.arange(60_000) % 251, 7)
NOISE = np.random.default_rng(1).integers(0, 1 << 31, 3000)
CODECS = {
    "lzf": dict(compression="lzf"),
    "lz4": dict(**hdf5plugin.LZ4()),
    "lz4 blocks": dict(**hdf5plugin.LZ4(nbytes=128)),
    "zstd": dict(**hdf5plugin.Zstd(clevel=5)),
    "blosc": dict(**hdf5plugin.Blosc()),
    "blosc lz4 bits": dict(**hdf5plugin.Blosc(cname="lz4", shuffle=hdf5plugin.Blosc.BITSHUFFLE)),
    "blosc zlib": dict(**hdf5plugin.Blosc(cname="zlib", shuffle=hdf5plugin.Blosc.NOSHUFFLE)),
    "blosc zstd": dict(**hdf5plugin.Blosc(cname="zstd")),
}

with h5py.File("codecs.h5", "w", libver=("v110", "v110")) as file:
    good = file.create_group("good")
    for name, options in CODECS.items():
        for kind in ("<i2", "<f4", ">f8"):
            good.create_dataset(
                f"{name} {kind[1:]}", data=NUMBERS.astype(kind), chunks=CHUNK, **options)
        good.create_dataset(
            f"{name} all", data=NUMBERS.astype("<f4"), chunks=CHUNK, shuffle=True, fletcher32=True,
            **options)
        good.create_dataset(f"{name} long", data=LONG.astype("<u1"), chunks=(60_000,), **options)
        good.create_dataset(f"{name} noise", data=NOISE.astype("<i4"), chunks=(1000,), **options)
    damaged = file.create_group("damaged")
    for name, options in CODECS.items():
        def dataset(how):
            return damaged.create_dataset(
                f"{name}, {how}", (1000,), "<f4", chunks=(1000,), **options)

        whole = dataset("whole")
        whole[...] = np.arange(1000) % 97
        file.flush()
        mask, stored = whole.id.read_direct_chunk((0,))
        assert mask == 0
        for how, size in {"half": len(stored) // 2, "all but one": len(stored) - 1, "one": 1}.items():
            dataset(how).id.write_direct_chunk((0,), stored[:size])
        other = damaged.create_dataset(
            f"{name}, other size", (900,), "<f4", chunks=(900,), **options)
        other.id.write_direct_chunk((0,), stored)
        for place in range(0, len(stored), max(len(stored) // 8, 1)):
            changed = bytearray(stored)
            changed[place] ^= 0x55
            dataset(f"byte {place}").id.write_direct_chunk((0,), bytes(changed))
    file.create_dataset(
        "bitshuffle", data=NUMBERS.astype("<f4"), chunks=CHUNK, **hdf5plugin.Bitshuffle())
