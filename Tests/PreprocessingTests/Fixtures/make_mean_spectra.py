"""Mean spectra of experimental files, on which the automatic window is tried.

Usage: python make_mean_spectra.py FOLDER > mean_spectra.json     (made with h5py 3, NumPy 2.4.6)

FOLDER holds srtio3_si.hspy and srtio3_spectrum.hspy (SrTiO3, from pycroscopy/SciFiDatasets) and
mn2_whitelines_659.hspy (Mn2+ L2,3, background removed, from
MichaelChatzidakis/Mn_Classifier_CNNs); all are published under the MIT licence, copyright of
their authors.
"""

import json
import sys

import h5py
import numpy as np

FILES = {
    "srtio3_si": (350.0, 0.5), "srtio3_spectrum": (350.0, 0.25), "mn2_whitelines_659": (615.0, 0.1)}
result = {}
for name, (offset, scale) in FILES.items():
    with h5py.File(f"{sys.argv[1]}/{name}.hspy") as file:
        experiments = file["Experiments"]
        data = experiments[next(iter(experiments))]["data"][...].astype(float)
    mean = data.reshape(-1, data.shape[-1]).mean(0)
    result[name] = dict(offset=offset, scale=scale, mean=[float(f"{v:.5g}") for v in mean])
print(json.dumps(result))
