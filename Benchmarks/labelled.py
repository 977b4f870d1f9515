"""Real spectra of labelled files and what `augment` made of them, class by class."""

import shutil

import h5py
import numpy as np

# The quality flags of spectra that `augment` leaves out.
UNUSABLE = 1 | 2 | 8 | 16 | 64


class Signal:
    """A signal of a file: its values, one row a spectrum, and what its metadata say."""

    def __init__(self, group):
        metadata = group["metadata"]
        self.title = str(metadata["General"].attrs["title"])
        self.is_spectra = metadata["Signal"].attrs["signal_type"] == "EELS"
        names = metadata.get("Sample/_list_class_names", ())
        self.class_names = [name.decode() for name in names]
        own = metadata.get("eels_dag")
        # Labels and maps say whose they are where a file holds several sets.
        self.spectra = own.attrs.get("spectra") if own else None
        self.training = [
            dict(item.attrs) | {"training_spectra": item["training_spectra"][...]}
            for item in own.get("training", {}).values()] if own else []
        data = group["data"][...]
        self.values = data.reshape(-1, data.shape[-1]) if self.is_spectra else data.ravel()

    @classmethod
    def all(cls, path):
        with h5py.File(path) as file:
            return [cls(group) for group in file["Experiments"].values()]


def real_classes(paths, apart):
    """By name of the class: all real spectra of its signal, and indices of those that may test."""
    signals = [signal for path in paths for signal in Signal.all(path)]
    classes = {}
    for signal in (signal for signal in signals if signal.is_spectra):
        others = [s for s in signals if not s.is_spectra and s.spectra in (None, signal.title)]
        usable = np.ones(len(signal.values), bool)
        for flags in (s for s in others if s.title == "Quality flags"):
            usable = flags.values & UNUSABLE == 0
        labels = next((s for s in others if s.class_names), None)
        for index, name in enumerate(labels.class_names if labels else [signal.title]):
            mine = labels.values == index if labels else True
            if apart:
                acquisitions = next(s for s in others if s.title.endswith("acquisitions"))
                mine &= is_later(acquisitions.values)
            # As `augment` does: the maxima of denoised spectra, for one, are not 1.
            # Only unusable spectra have no positive maximum.
            maxima = signal.values.max(1, keepdims=True)
            spectra = signal.values / np.where(maxima > 0, maxima, 1)
            classes[name] = spectra.astype(np.float32), np.flatnonzero(mine & usable)
    return classes


def is_later(acquisitions):
    """Whether each of these is of the later half of the acquisitions."""
    return acquisitions > acquisitions.max() // 2


def without_later_half(path, copy):
    """Copies a simulated set; spectra of the later half of the acquisitions get no class there."""
    shutil.copy(path, copy)
    with h5py.File(copy, "r+") as file:
        signals = file["Experiments"]
        for name in list(signals):
            if name.endswith("__labels"):
                acquisitions = signals[name.replace("__labels", "__acquisitions")]["data"][...]
                labels = signals[name]["data"]
                labels[...] = np.where(is_later(acquisitions), -1, labels[...])


class SpectrumClass:
    """A class: its real spectra that trained, fresh ones that did not, and its generator's spectra.

    `record` is that of its training; `synthetic` holds what each method made.
    """

    def __init__(self, label, record, real, drawn, random):
        self.label, self.name, self.drawn, self.synthetic = label, record["name"], drawn, {}
        self.record = record
        spectra, members = real[self.name]
        chosen = record["training_spectra"]
        rest = np.setdiff1d(members, chosen)
        self.training = spectra[chosen]
        # A class that trains with nearly all that it has is compared with these. In random order,
        # so that the first are of all acquisitions.
        self.fresh = random.permutation(spectra[rest if len(rest) >= 50 else chosen])
        # As far as the generator may shift the spectra of a class that is not denoised.
        self.widest_shift = record["transform_shift_channels"] / 2
        self.reached = record["outcome"] == "reached"


def class_groups(output, real, random):
    """The classes that `augment` wrote into a file, those of one energy axis together."""
    groups, label = [], 0
    for signal in Signal.all(output):
        if not signal.training:
            continue
        groups.append([])
        parts = np.split(signal.values, len(signal.training))
        for record, part in zip(signal.training, parts):
            groups[-1].append(SpectrumClass(label, record, real, part, random))
            label += 1
    return groups
