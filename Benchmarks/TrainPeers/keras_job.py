"""The work of `eels-dag augment` in Keras: DESIGN OUTPUT COUNT THREADS XLA, then FILE:ITERATIONS a class.

Reads a class a file (HSPY), trains as many iterations as given, evaluates the moving average every
evaluationInterval of them and keeps the best, draws COUNT spectra of every class and writes them with
their labels. The classes train one after the other through the same compiled functions.
"""

import json
import sys

import h5py
import numpy as np
from scipy.ndimage import gaussian_filter1d

import keras_gan
import measures


def read(path):
    with h5py.File(path) as file:
        signal = next(iter(file["Experiments"].values()))
        data = signal["data"][()].reshape(-1, signal["data"].shape[-1]).astype("float32")
    return data / data.max(1, keepdims=True)


class Job:
    def __init__(self, sets, design, threads, compiled, axes):
        """`axes`: the classes that share an energy axis, and so a basis, have the same number."""
        bases = {
            axis: measures.shared_basis([s for s, a in zip(sets, axes) if a == axis], design)
            for axis in set(axes)}
        self.facts = [
            measures.calibrated(s, bases[axis], design) for s, axis in zip(sets, axes)]
        for name in ("transform_reach", "generator_reach"):
            widest = max(getattr(f, name) for f in self.facts)
            for facts in self.facts:
                setattr(facts, name, widest)
        self.sets, self.design = sets, design
        self.gan = keras_gan.GAN(self.facts[0], sets[0], threads, compiled)

    def train(self, index, iterations):
        gan, design, facts, spectra = self.gan, self.design, self.facts[index], self.sets[index]
        gan.begin(facts, spectra)
        reference = measures.Reference(spectra, facts, gan.random)
        mean = spectra.mean(0)
        real_noise = measures.high_frequency_noise(measures.outside(spectra, facts.basis, mean))
        best = (np.inf, None, None)
        for iteration in range(1, iterations + 1):
            losses = gan.train()
            if iteration % design["evaluationInterval"]:
                continue
            if not np.isfinite([float(loss) for loss in losses]).all():
                sys.exit(f"class {index} diverged after {iteration} iterations")
            offset = np.zeros_like(mean)
            for _ in range(design["stretchRounds"] + design["offsetRounds"]):
                missing = mean - gan.sample(design["momentCount"], offset).mean(0)
                offset += gaussian_filter1d(missing, measures.SMOOTHING)
            generated = gan.sample(design["evaluationCount"], offset)
            quality = reference.quality(generated)
            if quality["frechet"] < best[0]:
                best = quality["frechet"], gan.snapshot(), offset
            noise = measures.high_frequency_noise(
                measures.outside(generated, facts.basis, mean))
            gan.scale_noise((real_noise / noise) ** (2 * design["noiseServoExponent"]))
        gan.restore(best[1])
        quality = {"threshold": reference.threshold,
                   **reference.quality(gan.sample(1000, best[2]))}
        print(f"class {index}", *(f"{name} {value:.3g}" for name, value in quality.items()),
              flush=True)
        return best[2]


def main():
    design, output, count, threads, compiled = sys.argv[1:6]
    with open(design) as file:
        design = json.load(file)
    classes = [argument.rpartition(":")[::2] for argument in sys.argv[6:]]
    axes = []
    for path, _ in classes:
        with h5py.File(path) as file:
            signal = next(iter(file["Experiments"].values()))
            axes.append((signal["axis-1"].attrs["offset"], signal["axis-1"].attrs["scale"]))
    sets = [read(path) for path, _ in classes]
    job = Job(sets, design, int(threads), compiled == "xla", axes)
    count = int(count)
    with h5py.File(output, "w") as file:
        data = file.create_dataset(
            "spectra", (len(sets) * count, sets[0].shape[1]), "float32",
            chunks=(512, sets[0].shape[1]), compression="gzip", compression_opts=1, shuffle=True)
        file["labels"] = np.repeat(np.arange(len(sets), dtype="int32"), count)
        for index, (_, iterations) in enumerate(classes):
            offset = job.train(index, int(iterations))
            data[index * count : (index + 1) * count] = job.gan.sample(count, offset)


main()
