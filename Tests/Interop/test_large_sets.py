"""Training on very many spectra: memory a small multiple of them."""

import numpy as np
from conftest import QUALITY_GATE


def test_memory_of_many_spectra(peak_memory, write_image, tmp_path):
    """Once read and once normalised, and little else beside."""
    channels, random = 128, np.random.default_rng(6)
    peaks, sizes = [], []
    for count in (5_000, 80_000):
        energy = np.arange(channels, dtype=np.float32)
        shift = random.standard_normal((count, 1), dtype=np.float32)
        data = np.exp(-(((energy - 60 - shift) / 8) ** 2))
        data += 0.05 * random.standard_normal(data.shape, dtype=np.float32)
        data /= data.max(axis=1, keepdims=True)
        path = write_image(data, f"{count}.hspy")
        peaks.append(
            peak_memory(
                "augment", path.name, "-o", "out.h5", "--count", 10, "--max-epochs", 5, cwd=tmp_path,
                codes=(0, QUALITY_GATE)))
        sizes.append(data.nbytes / 1024)
    growth = (peaks[1] - peaks[0]) / (sizes[1] - sizes[0])
    assert growth < 3.5, f"{growth:.1f} times the spectra: {peaks} kB"
