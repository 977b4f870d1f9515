"""Whether synthetic spectra help on an experimental spectrum image (SrTiO3, three layers).

The image is 49 × 6 pixels (350 eV + 0.5 eV a channel). Labels come from one window, the classifiers see
another, and test pixels lie beside the training pixels, not among them:

- labels: the titanium edge's jump at 455 to 475 eV over the background fitted to 400 to 450 eV, averaged over
  five rows and the three columns of a half; two thresholds (Otsu) part the rows in three classes, poor,
  middling and rich in titanium;
- spectra: the oxygen K edge, 525 to 600 eV, background from 500 to 524 eV, divided by the maximum;
- training: 25 spectra of each class from the three left columns, which the seed chooses; test: the three
  right ones.
"""

import argparse
import pathlib
import subprocess
import tempfile

import hyperspy.api as hs
import numpy as np


def titanium_jump(counts, energies):
    """The edge's intensity over that of the background, pixel by pixel."""
    fit = (energies >= 400) & (energies < 450)
    edge = (energies >= 455) & (energies < 475)
    flat = counts.reshape(-1, energies.size)
    slope, level = np.polyfit(np.log(energies[fit]), np.log(flat[:, fit].T), 1)
    background = np.exp(level[:, None] + slope[:, None] * np.log(energies[edge]))
    return (flat[:, edge].sum(1) / background.sum(1) - 1).reshape(counts.shape[:-1])


def thresholds(values):
    """The two thresholds between three groups whose means differ most for their sizes (Otsu 1979)."""
    ordered, count = np.sort(values), len(values)
    def between(i, j):
        parts = ordered[:i], ordered[i:j], ordered[j:]
        return sum(len(part) * (part.mean() - ordered.mean()) ** 2 for part in parts)
    i, j = max(((i, j) for i in range(1, count - 1) for j in range(i + 1, count)),
               key=lambda cut: between(*cut))
    return (ordered[i - 1] + ordered[i]) / 2, (ordered[j - 1] + ordered[j]) / 2


def labels(counts, energies, limits=None):
    """0, 1 or 2 by a row's titanium, and the thresholds."""
    jump = titanium_jump(counts, energies).mean(1)
    smooth = np.convolve(np.pad(jump, 2, mode="edge"), np.ones(5) / 5, "valid")
    limits = limits or thresholds(smooth)
    return np.repeat(np.digitize(smooth, limits)[:, None], counts.shape[1], 1).astype(np.int32), limits


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--image", type=pathlib.Path, required=True, help="srtio3_si.hspy")
    parser.add_argument("--seeds", type=int, default=5)
    options = parser.parse_args()
    program = pathlib.Path(options.program).resolve()
    image = hs.load(options.image)
    energies = image.axes_manager.signal_axes[0].axis
    with tempfile.TemporaryDirectory() as folder:
        def call(*arguments):
            done = subprocess.run(
                [program, *map(str, arguments)], cwd=folder, capture_output=True, text=True)
            if done.returncode:
                raise SystemExit(f"{arguments}: {done.returncode}\n{done.stderr}")

        limits = None
        for name, part in (("train", image.inav[:3, :]), ("test", image.inav[3:, :])):
            found, limits = labels(part.data.astype(float), energies, limits)
            part.save(f"{folder}/{name}_raw.hspy", overwrite=True)
            truth = hs.signals.BaseSignal(found).T
            truth.metadata.General.title = "labels"
            truth.save(f"{folder}/{name}_labels.hspy", overwrite=True)
            print(f"{name}: " + ", ".join(map(str, np.bincount(found.ravel()))) + " spectra of the three classes")
            call("preprocess", f"{name}_raw.hspy", "-o", f"{name}.hspy", "--background", "500:524",
                 "--crop", "500:600", "--pca", "none")
        call("study", "train.hspy", "--labels", "train_labels.hspy", "--test", "test.hspy",
             "--test-labels", "test_labels.hspy", "--train-count", "25", "--seeds", f"1:{options.seeds}",
             "--acquisitions", "measured", "unseen", "--protocols", "clean", "--out", "study")
        print(pathlib.Path(folder, "study", "tables.md").read_text())


if __name__ == "__main__":
    main()
