"""Hits found and repaired in small spectra, an independent writing of SpikeRemoval's rule.

Usage: python make_spikes.py > spikes.json     (made with NumPy 2.4.6)
"""

import json

import numpy as np

rng = np.random.default_rng(5)
rows, channels = 40, 72
j = np.arange(channels)
shape = 400 * np.exp(-j / 40) + 300 * np.exp(-((j - 45) ** 2) / 2 / 2.0**2)
spectra = rng.poisson(shape * rng.uniform(0.5, 1.5, (rows, 1))).astype(float)
# Several hits in one spectrum of this size would hide each other in its own noise.
hits = [(3, 20, [500]), (17, 44, [900, 850]), (29, 55, [300, 310, 290]), (33, 60, [60, 4000, 900])]
searched = spectra.copy()
for row, first, heights in hits:
    searched[row, first : first + len(heights)] += heights


def difference(x, scale, mean):
    d = x - scale * mean
    return d, d[2:-2] - (d[:-4] + d[4:]) / 2


def learn(x):
    mean = x.mean(0)
    e = np.array([difference(v, v.sum() / mean.sum(), mean)[1] for v in x])
    sizes = np.abs(e).mean(1, keepdims=True)
    ratio = np.minimum(np.abs(e) / sizes, 5).mean(0)
    ratio /= ratio.mean()
    profile = np.empty(channels)
    for i in range(channels):
        low, high = max(2, min(i, channels - 3) - 8), min(channels - 3, max(i, 2) + 8)
        profile[i] = ratio[low - 2 : high - 1].mean()
    variance = 1.2533**2 * (sizes**2).mean() / 1.5 * profile**2
    gain = np.polyfit(mean, variance, 1)[0]
    return mean, profile, max(gain, 0)


def search(x, mean, profile, gain, closed=()):
    """The first hit, or None; and what is to be put there."""
    scale = x.sum() / mean.sum()
    d, e = difference(x, scale, mean)
    opened = np.array([i not in closed for i in j])
    phi = 1.2533 * np.abs(e / profile[2:-2])[opened[2:-2]].mean()
    near = np.array([(x[max(i - 2, 0)] + x[min(i + 2, channels - 1)]) / 2 for i in j])
    sigma = phi * profile * np.sqrt(np.maximum(1, near / (scale * mean)))
    sigma[~opened] = np.inf
    limit = 7 * sigma + 5 * gain
    for i in range(2, channels - 2):
        if e[i - 2] <= limit[i]:
            continue
        for width in (1, 2, 3):
            for first in range(max(i - width + 1, 1), i + 1):
                last = first + width - 1
                if last + 1 >= channels:
                    continue
                a, b = max(first - 2, 0), min(last + 2, channels - 1)
                run = np.arange(first, last + 1)
                if not opened[run].all():
                    continue
                h = d[run] - np.interp(run, [a, b], [d[a], d[b]])
                own = scale * np.abs(mean[run] - np.interp(run, [a, b], [mean[a], mean[b]])).max()
                fall = min(d[first] - d[first - 1], d[last] - d[last + 1])
                if h.max() > limit[i] + own and h.min() > h.max() / 2 and fall > 0.6 * h.max():
                    level = max(d[max(first - 4, 0)], d[min(last + 4, channels - 1)])
                    low, high = first, last
                    while low > max(first - 3, 0) and d[low - 1] - level > 3 * sigma[low - 1]:
                        low -= 1
                    while high < min(last + 3, channels - 1) and d[high + 1] - level > 3 * sigma[high + 1]:
                        high += 1
                    left, right = d[max(low - 2, 0) : low].mean(), d[high + 1 : high + 3].mean()
                    run = np.arange(low, high + 1)
                    return run, scale * mean[run] + np.interp(run, [low - 1, high + 1], [left, right])
    return None


def repaired(row, x, model, closed=()):
    x = x.copy()
    found = []
    while (hit := search(x, *model, closed)) is not None:
        x[hit[0]] = hit[1]
        found.append([row, int(hit[0][0]), int(hit[0][-1]) + 1, [float(f"{v:.7g}") for v in hit[1]]])
    return found


def survey(x):
    """The model of spectra that hold hits, the closed channels and the hits."""
    closed, clean, model = set(), np.arange(len(x)), learn(x)
    while True:
        hits = [repaired(row, v, model, closed) for row, v in enumerate(x)]
        near = np.array([sum(any(a - 2 <= c < b + 2 for _, a, b, _ in h) for h in hits) for c in j])
        expected = near.sum() / (channels - len(closed))
        repeats = set()
        for c in np.flatnonzero(near >= 3):
            bound = np.exp(near[c] - expected) * (expected / near[c]) ** near[c]
            if near[c] > expected and channels * bound < 0.1:
                repeats |= {max(c - 1, 0), c, min(c + 1, channels - 1)}
        if repeats - closed:
            closed |= repeats
            continue
        remaining = np.array([row for row, h in enumerate(hits) if not h])
        assert len(x) - len(remaining) <= 0.2 * len(x)
        if np.array_equal(remaining, clean):
            return model, sorted(int(c) for c in closed), sum(hits, [])
        clean, model = remaining, learn(x[remaining])


model = learn(spectra)
found = [hit for row in range(rows) for hit in repaired(row, searched[row], model)]

# A feature in some spectra and scattered hits in one of eight.
crowded = rng.poisson(shape * rng.uniform(0.5, 1.5, (2 * rows, 1))).astype(float)
crowded[4::9, 25] += 900
for row, channel in zip(range(1, 2 * rows, 8), rng.permutation(np.r_[4:20, 30:68])):
    crowded[row, channel] += 2000
crowded_model, closed, crowded_found = survey(crowded)


def hits_of(found):
    return [dict(row=r, first=a, end=b, values=v) for r, a, b, v in found]


print(
    json.dumps(
        dict(
            rows=rows,
            channels=channels,
            clean=spectra.astype(int).ravel().tolist(),
            searched=searched.astype(int).ravel().tolist(),
            gain=float(f"{model[2]:.6g}"),
            found=hits_of(found),
            crowded=crowded.astype(int).ravel().tolist(),
            crowdedGain=float(f"{crowded_model[2]:.6g}"),
            crowdedMean=[float(f"{v:.7g}") for v in crowded_model[0]],
            closed=closed,
            crowdedFound=hits_of(crowded_found),
        )
    )
)
