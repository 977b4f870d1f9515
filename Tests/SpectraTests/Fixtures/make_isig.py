"""What HyperSpy's isig[lower:upper] selects: the reference of EnergyWindow.channels(of:).

Usage: python make_isig.py > isig.json          (made with HyperSpy 2.5.0, NumPy 2.4.6)

Every case: axis (offset, scale, count), window, first and last+1 channel. Windows lie on channels,
between them, half-way between two (a tie), and beyond the ends.
"""

import json

import hyperspy.api as hs
import numpy as np

cases = []
AXES = [(460.0, 0.25, 40), (350.0, 0.5, 21), (615.0, 0.1, 33), (10.5, 1.0, 12), (-3.0, 0.25, 30)]
for offset, scale, count in AXES:
    signal = hs.signals.Signal1D(np.arange(count, dtype=float))
    axis = signal.axes_manager.signal_axes[0]
    axis.offset, axis.scale = offset, scale
    for lower, upper in [(2, 7), (2.3, 7.4), (2.6, 7.7), (2.5, 7.5), (3.5, 8.5), (0, 5), (4.2, count - 1)]:
        low, high = offset + scale * lower, offset + scale * upper
        chosen = signal.isig[float(low):float(high)].data
        cases.append(dict(
            offset=offset, scale=scale, count=count, lower=low, upper=high,
            first=int(chosen[0]), end=int(chosen[-1]) + 1))
print(json.dumps(cases))
