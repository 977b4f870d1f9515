"""Whether synthetic spectra help on an experimental spectrum image (SrTiO3, three layers).

The image is 49 × 6 pixels (350 eV + 0.5 eV a channel). Labels come from one window, the classifiers see
another, and test pixels lie beside the training pixels, not among them:

- labels: the titanium edge's jump at 455 to 475 eV over the background fitted to 400 to 450 eV, averaged over
  five rows and the three columns of a half; two thresholds (Otsu) part the rows in three classes, poor,
  middling and rich in titanium;
- spectra: the oxygen K edge, 525 to 600 eV, background from 500 to 524 eV, divided by the maximum;
- training: the three left columns; test: the three right ones.

Every seed draws other synthetic spectra and other first weights of the network.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import hyperspy.api as hs
import numpy as np

CONDITIONS = {
    "real alone": None,
    "GAN": ["--method", "gan"],
    "GAN, unseen": ["--method", "gan", "--acquisitions", "unseen"],
    "noise-shift": ["--method", "noise-shift"],
    "pca-gaussian": ["--method", "pca-gaussian"],
    "mixup": ["--method", "mixup"],
    "smote": ["--method", "smote"],
}


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
        def call(*arguments, codes=(0,)):
            done = subprocess.run(
                [program, *map(str, arguments)], cwd=folder, capture_output=True, text=True)
            if done.returncode not in codes:
                raise SystemExit(f"{arguments}: {done.returncode}\n{done.stderr}")
            return done.stdout

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
        print("| learned from | SVM | ANN |\n| --- | --: | --: |")
        for title, choice in CONDITIONS.items():
            cells = []
            for classifier in ("svm", "ann"):
                correct = []
                for seed in range(1, options.seeds + 1):
                    train = ["train.hspy", "--labels", "train_labels.hspy"]
                    if choice:
                        made = f"{seed}-{title}.hspy".replace(" ", "").replace(",", "-")
                        if not pathlib.Path(folder, made).exists():
                            call("augment", *train, "--out", made, "--seed", seed, "--count", 1000,
                                 "--no-validate", *choice, codes=(0, 4))
                        train.insert(1, made)
                    found = call(
                        "classify", "--train", *train, "--test", "test.hspy", "--test-labels",
                        "test_labels.hspy", "--classifier", classifier, "--seed", seed, "--json")
                    correct.append(json.loads(found)["balancedAccuracy"])
                mean, spread = 100 * np.mean(correct), 100 * np.std(correct, ddof=1)
                cells.append(f"{mean:.1f} (seeds scatter by {spread:.1f})")
            print(f"| {title}{' + real' if choice else ''} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
