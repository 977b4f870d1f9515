"""Arrays of which a few chunks alone were written; writes sparse.h5 beside itself. Run with h5py installed.

`few`: 1,000,000,000 integers in chunks of 1,000 behind the filter scale-offset; `many`: 6,000 of them. Three
chunks of each count from 0, the others have the fill value -3.
"""

import os

import h5py
import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))
with h5py.File("sparse.h5", "w") as file:
    for name, count, starts in (
        ("few", 1_000_000_000, (0, 700_000, 999_999_000)), ("many", 6_000, (0, 2_000, 4_000))):
        data = file.create_dataset(name, (count,), "<i4", chunks=(1000,), scaleoffset=0, fillvalue=-3)
        for start in starts:
            data[start : start + 1000] = np.arange(1000)
