"""The program's random numbers a second time, so that a test can know what `generate` drew."""

import importlib.util

import numpy as np
from conftest import ROOT

_path = ROOT / "Tests" / "LinearAlgebraTests" / "Fixtures" / "make_random_stream.py"
_spec = importlib.util.spec_from_file_location("make_random_stream", _path)
_module = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_module)
Stream = _module.Stream


def index(stream, below):
    """A whole number below a limit, as Swift draws it: Lemire, arXiv 1805.10941."""
    product = stream.next() * below
    while product % 2**64 < (2**64 - below) % below:
        product = stream.next() * below
    return product >> 64


def philox(counters, key):
    """Philox4x32-10 of Salmon et al. (SC '11): counters 4 × n, key of two words."""
    x = [np.asarray(word, np.uint64) for word in counters]
    lower = np.uint64(0xFFFFFFFF)
    for round in range(10):
        keys = [np.uint64((word + round * step) % 2**32)
                for word, step in zip(key, (0x9E3779B9, 0xBB67AE85))]
        products = x[0] * np.uint64(0xD2511F53), x[2] * np.uint64(0xCD9E8D57)
        high, low = ([f(p) for p in products] for f in (lambda p: p >> np.uint64(32), lambda p: p & lower))
        x = [high[1] ^ x[1] ^ keys[0], low[1], high[0] ^ x[3] ^ keys[1], low[0]]
    return x


# Random123's known answers.
assert [int(w[0]) for w in philox([[0]] * 4, (0, 0))] == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
assert [int(w[0]) for w in philox([[0xFFFFFFFF]] * 4, (0xFFFFFFFF, 0xFFFFFFFF))] == [
    0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def normals(stream, rows, columns):
    """Normal deviates by Box–Muller, in groups of 64: 16 cosines and sines of two pairs of words."""
    key = stream.next()
    groups = -(-rows * columns // 64)
    lane, group = np.meshgrid(np.arange(16), np.arange(groups))
    zero = np.zeros_like(lane)
    words = philox([lane, group, zero, zero], (key % 2**32, key >> 32))
    parts = []
    for first, second in (words[:2], words[2:]):
        radius = np.sqrt(-2 * np.log(((first >> np.uint64(8)).astype(float) + 1) / 2**24))
        angle = 2 * np.pi * second.astype(float) / 2**32
        parts += [radius * np.cos(angle), radius * np.sin(angle)]
    return np.concatenate(parts, axis=1).ravel()[: rows * columns].reshape(rows, columns)


def uniforms(stream, count):
    return np.array([stream.uniform() for _ in range(count)])
