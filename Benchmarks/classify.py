"""The grid search of the support vector machine against scikit-learn: same spectra, folds and combinations.

20 combinations of C and γ in 3 folds on 4,000 spectra of 700 channels, drawn from the simulated WL set
(five classes); classes weigh alike. The contestants take turns: ours, one distance matrix for everything;
scikit-learn's GridSearchCV, which works the kernel out for every fit, in as many processes as ours has
threads; and scikit-learn given our idea, one distance matrix and a kernel of its own for every γ, its fits
in threads, for libsvm works without Python's lock.

Beside the times stands the processor time of all threads, which a busy machine disturbs less; that of
GridSearchCV's processes is not known.

All must choose the same combination by the same numbers of right spectra, and tell the same classes of
the spectra that are left. The test spectra's classes are those by vote, as scikit-learn tells them.
"""

import argparse
import concurrent.futures
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import sklearn
from sklearn.model_selection import GridSearchCV, PredefinedSplit, StratifiedKFold
from sklearn.svm import SVC

from labelled import Signal

PENALTIES = (1, 10, 100, 1000)
STEEPNESSES = (0.03, 0.1, 0.3, 1, 3)


def whole_set(path):
    """All spectra of a simulated set, their classes counted through."""
    signals = Signal.all(path)
    spectra, labels, first = [], [], 0
    for signal in (s for s in signals if s.is_spectra):
        own = next(s for s in signals if s.class_names and s.spectra == signal.title)
        keep = own.values >= 0
        spectra.append(signal.values[keep] / signal.values[keep].max(1, keepdims=True))
        labels.append(own.values[keep] + first)
        first += len(own.class_names)
    return np.concatenate(spectra).astype(np.float32), np.concatenate(labels)


def squared_distances(a, b):
    a, b = a.astype(float), b.astype(float)
    return np.maximum((a * a).sum(1)[:, None] + (b * b).sum(1) - 2 * a @ b.T, 0)


def chosen(scores):
    """Most right, then the smaller C, then the smaller γ."""
    return min(scores, key=lambda key: (-scores[key], *key))


def grid_search(train, labels, folds, unit, threads):
    part = np.empty(len(labels), int)
    for number, members in enumerate(folds):
        part[members] = number
    search = GridSearchCV(
        SVC(class_weight="balanced"),
        {"C": PENALTIES, "gamma": [s / unit for s in STEEPNESSES]},
        cv=PredefinedSplit(part), n_jobs=threads, refit=False).fit(train, labels)
    sizes = np.array([len(members) for members in folds])
    results = search.cv_results_
    scores = {}
    for index, parameters in enumerate(results["params"]):
        right = sum(results[f"split{i}_test_score"][index] * size for i, size in enumerate(sizes))
        steepness = min(STEEPNESSES, key=lambda s: abs(s / unit - parameters["gamma"]))
        scores[parameters["C"], steepness] = int(round(right))
    return scores


def shared_matrix(train, labels, folds, unit, threads):
    distances = squared_distances(train, train)
    scores = {}
    everything = np.arange(len(labels))
    for steepness in STEEPNESSES:
        kernel = np.exp(-steepness / unit * distances)

        def right(job):
            penalty, members = job
            rest = np.setdiff1d(everything, members)
            machine = SVC(C=penalty, kernel="precomputed", class_weight="balanced")
            machine.fit(kernel[np.ix_(rest, rest)], labels[rest])
            return int((machine.predict(kernel[np.ix_(members, rest)]) == labels[members]).sum())

        jobs = [(penalty, members) for penalty in PENALTIES for members in folds]
        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            for (penalty, _), count in zip(jobs, pool.map(right, jobs)):
                key = penalty, steepness
                scores[key] = scores.get(key, 0) + count
    return scores


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", type=pathlib.Path, required=True, help="classify-work")
    parser.add_argument("--spectra", type=int, default=4000)
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3, help="times each contestant works")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    random = np.random.default_rng(options.seed)
    eels_dag = options.program.with_name("eels-dag")

    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([eels_dag, "simulate", "wl", "-o", folder / "wl.hspy", "--seed",
                        str(options.seed), "--quiet"], check=True)
        spectra, labels = whole_set(folder / "wl.hspy")
        order = random.permutation(len(labels))
        train, test = order[:options.spectra], order[options.spectra:]
        splits = StratifiedKFold(options.folds, shuffle=True, random_state=options.seed)
        folds = [members for _, members in splits.split(train, labels[train])]
        spectra[train].tofile(folder / "train.f32")
        spectra[test].tofile(folder / "test.f32")
        (folder / "task.json").write_text(json.dumps(dict(
            channels=spectra.shape[1], labels=labels[train].tolist(),
            folds=[members.tolist() for members in folds], penalties=PENALTIES,
            steepnesses=STEEPNESSES, threads=options.threads)))
        print(f"{len(train)} spectra of {spectra.shape[1]} channels, {options.folds} folds, "
              f"{len(PENALTIES) * len(STEEPNESSES)} combinations, {options.threads} threads; "
              f"scikit-learn {sklearn.__version__}", flush=True)

        times, work, scores = {}, {}, {}
        for _ in range(options.rounds):
            ours = json.loads(subprocess.run(
                [options.program, folder], check=True, capture_output=True, text=True).stdout)
            times.setdefault("eels-dag", []).append(ours["seconds"])
            work.setdefault("eels-dag", []).append(ours["processorSeconds"])
            scores["eels-dag"] = {
                (s["penalty"], s["steepness"]): s["correct"] for s in ours["scores"]}
            for name, search in (("GridSearchCV", grid_search), ("shared matrix", shared_matrix)):
                before, worked = time.perf_counter(), time.process_time()
                scores[name] = search(
                    spectra[train], labels[train], folds, ours["unit"], options.threads)
                times.setdefault(name, []).append(time.perf_counter() - before)
                if name != "GridSearchCV":
                    work.setdefault(name, []).append(time.process_time() - worked)

        faults = []
        own = chosen(scores["eels-dag"])
        for name, seconds in times.items():
            middle = statistics.median(seconds)
            ratio = middle / statistics.median(times["eels-dag"])
            worst = max(abs(scores[name][key] - scores["eels-dag"][key]) for key in scores[name])
            processor = f", processor {min(work[name]):.2f}" if name in work else ""
            print(f"{name:14} {middle:6.2f} s (best {min(seconds):.2f}{processor})  {ratio:5.1f} x ours; chooses "
                  f"C = {chosen(scores[name])[0]:g}, γ = {chosen(scores[name])[1]:g} / median; right "
                  f"spectra differ from ours by at most {worst}")
            if chosen(scores[name]) != own:
                faults.append(f"{name} chooses {chosen(scores[name])}, we {own}")

        machine = SVC(C=own[0], gamma=own[1] / ours["unit"], class_weight="balanced")
        machine.fit(spectra[train], labels[train])
        theirs = machine.predict(spectra[test])
        votes, told = np.array(ours["votes"]), np.array(ours["predictions"])
        print(f"test: {len(test)} spectra, {(votes != theirs).sum()} told otherwise by vote; accuracy "
              f"{(theirs == labels[test]).mean():.4f}, ours by vote {(votes == labels[test]).mean():.4f}, by "
              f"probability {(told == labels[test]).mean():.4f}; fit {ours['fitSeconds']:.2f} s, "
              f"prediction {ours['predictionSeconds']:.2f} s")
        if (votes != theirs).any():
            faults.append("other classes than scikit-learn's")
    for fault in faults:
        print(f"FAULT: {fault}")
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
