"""Matplotlib's viridis: the reference of ColourMap.

Usage: python make_viridis.py > viridis.json          (made with Matplotlib 3.11.2)

256 colours, red, green and blue in 0…1.
"""

import json

import matplotlib

print(json.dumps([[round(c, 6) for c in matplotlib.colormaps["viridis"](i)[:3]] for i in range(256)]))
