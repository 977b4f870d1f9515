"""The studies behind Documentation/Results.md.

Each study is one `eels-dag study`, kept in a folder of its own: an interrupted run goes on with the same
command. From their tables.json the tables of Results.md are made, between its lines `<!-- table NAME -->`
and `<!-- end -->`; the words around them are written by hand.
"""

import argparse
import json
import pathlib
import re
import subprocess

# Seeds that had no part in the choice of any setting.
SEEDS = "71:75"
GRID_SEEDS = "71:73"
SCHEMES = ["single-monotrans", "multi-monotrans", "single-bitrans", "multi-bitrans", "shared-heads"]
ARCHITECTURES = ["simple-dense", "large-dense", "simple-convo", "subspace"]
STUDIES = {
    "apart": ["--apart", "--acquisitions", "measured", "unseen",
              "--protocols", "clean", "shifted", "fewer-counts"],
    "leak": ["--apart", "--leak", "--acquisitions", "measured", "unseen",
             "--protocols", "clean", "shifted", "fewer-counts"],
    "few": ["--apart", "--acquisitions", "measured", "unseen", "--protocols", "few-shot", "unbalanced"],
    "same": ["--acquisitions", "measured", "unseen"],
    "grid": ["--methods", "gan", "--designs", *SCHEMES, "--architectures", *ARCHITECTURES],
}
GAN = "gan"


def name(source):
    """What a classifier learned from, for a table."""
    words = {None: "real alone", GAN: "GAN"}.get(source.get("method"), source.get("method"))
    return words + (", unseen" if "acquisitions" in source else "")


def cell(mean, bold=False, scale=100):
    half = f" ± {scale * mean['halfWidth']:.1f}" if "halfWidth" in mean else ""
    text = f"{scale * mean['mean']:.1f}{half}"
    return f"**{text}**" if bold else text


def markdown(rows):
    lines = [rows[0], ["---"] + ["--:"] * (len(rows[0]) - 1), *rows[1:]]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


class Study:
    """The tables of a study."""

    def __init__(self, folder):
        self.tables = json.loads((folder / "tables.json").read_text())
        self.columns = []
        for item in self.tables["accuracies"]:
            column = (item["situation"]["set"], item["classifier"])
            if column not in self.columns:
                self.columns.append(column)

    def sources(self, with_real):
        found = []
        for item in self.tables["accuracies"]:
            source = item["source"]
            if source["withReal"] == with_real and source not in found:
                found.append(source)
        return found

    def accuracy(self, source, column, variant="clean", count=None, unbalanced=False):
        for item in self.tables["accuracies"]:
            situation = item["situation"]
            if (item["source"] == source and item["variant"] == variant
                    and (situation["set"], item["classifier"]) == column
                    and situation["isUnbalanced"] == unbalanced
                    and count in (None, situation["trainCount"])):
                return item["balancedAccuracy" if unbalanced else "accuracy"]
        return None

    def accuracies(self, with_real, **which):
        """Accuracy by source and column, the best of a column in bold."""
        sources = self.sources(with_real)
        rows = [["learned from"] + [f"{s}, {c}" for s, c in self.columns]]
        found = [[self.accuracy(source, column, **which) for column in self.columns]
                 for source in sources]
        if not with_real:
            sources = sources + self.real()
            found.append([self.accuracy(self.real()[0], column, **which) for column in self.columns])
        best = [max((row[i]["mean"] for row in found if row[i]), default=0)
                for i in range(len(self.columns))]
        for source, row in zip(sources, found):
            title = name(source) + (" + real" if source.get("method") and with_real else "")
            rows.append([title] + [
                cell(mean, mean["mean"] == best[i]) if mean else "–" for i, mean in enumerate(row)])
        return markdown(rows)

    def real(self):
        return [source for source in self.sources(True) if "method" not in source]

    def lost(self, variants):
        """Points of accuracy lost against the clean test spectra under each variant, by source + real."""
        rows = [["learned from"] + [f"{s}, {c}" for s, c in self.columns]]
        for source in self.sources(True):
            row = [name(source) + (" + real" if source.get("method") else "")]
            for column in self.columns:
                clean = self.accuracy(source, column)["mean"]
                lost = [clean - self.accuracy(source, column, v)["mean"] for v in variants]
                row.append(", ".join(f"{100 * points:.1f}" for points in lost))
            rows.append(row)
        return markdown(rows)

    def differences(self, unseen=True, variant="clean", unbalanced=False, count=None):
        """Generators + real against everything else, with the p-value of the paired t-test."""
        rows = [["GAN" + (", unseen" if unseen else "") + " + real against"]
                + [f"{s}, {c}" for s, c in self.columns]]
        items = [
            item for item in self.tables["comparisons"]
            if item["source"].get("method") == GAN and ("acquisitions" in item["source"]) == unseen
            and item["variant"] == variant and item["situation"]["isUnbalanced"] == unbalanced
            and count in (None, item["situation"]["trainCount"])]
        for against in [s for s in self.sources(True) if s.get("method") != GAN]:
            row = [name(against) + (" + real" if against.get("method") else "")]
            for column in self.columns:
                found = [item for item in items if item["against"] == against
                         and (item["situation"]["set"], item["classifier"]) == column]
                row.append(self.difference(found[0]["comparison"]) if found else "–")
            rows.append(row)
        return markdown(rows)

    @staticmethod
    def difference(comparison):
        mean = comparison["difference"]
        text = ("+" if mean["mean"] > 0 else "") + cell(mean)
        p = comparison.get("probability")
        if p is None:
            return text
        text = f"{text} ({'p < 0.001' if p < 0.001 else f'p {p:.3f}'})"
        return f"**{text}**" if p < 0.05 else text

    def designs(self):
        """Accuracy of synthetic spectra alone by design and architecture, and how many meet all measures."""
        rows = [["design, architecture"] + [f"{s}, {c}" for s, c in self.columns] + ["meet all measures"]]
        reached = {json.dumps(item["source"] | {"withReal": False}, sort_keys=True): [0, 0]
                   for item in self.tables["quality"]}
        for item in self.tables["quality"]:
            own = reached[json.dumps(item["source"] | {"withReal": False}, sort_keys=True)]
            own[0] += item["reached"]
            own[1] += item["count"]
        for source in self.sources(False):
            found = [self.accuracy(source, column) for column in self.columns]
            met = reached[json.dumps(source, sort_keys=True)]
            rows.append([f"{source['scheme']}, {source['architecture']}"]
                        + [cell(mean) if mean else "–" for mean in found]
                        + [f"{met[0]} of {met[1]}"])
        real = [self.accuracy(self.real()[0], column) for column in self.columns]
        rows.append(["real alone"] + [cell(mean) for mean in real] + [""])
        return markdown(rows)


def tables(studies):
    """The tables of Results.md by their names; those of studies that were not run are absent."""
    made = {}
    if apart := studies.get("apart"):
        made["apart, alone"] = apart.accuracies(False)
        made["apart, with real"] = apart.accuracies(True)
        made["apart, differences"] = apart.differences()
        made["apart, measured, differences"] = apart.differences(unseen=False)
        made["shifted"] = apart.lost(["shift:4", "shift:8"])
        made["fewer counts"] = apart.lost(["counts:0.5", "counts:0.25"])
    if leak := studies.get("leak"):
        made["leak"] = leak.accuracies(True)
    if few := studies.get("few"):
        for count in (10, 20, 40):
            made[f"few, {count}"] = few.accuracies(True, count=count)
            made[f"few, {count}, differences"] = few.differences(count=count)
        made["unbalanced"] = few.accuracies(True, count=125, unbalanced=True)
        made["unbalanced, differences"] = few.differences(count=125, unbalanced=True)
    if same := studies.get("same"):
        made["same, alone"] = same.accuracies(False)
        made["same, with real"] = same.accuracies(True)
        made["same, differences"] = same.differences(unseen=False)
        made["same, unseen, differences"] = same.differences()
    if grid := studies.get("grid"):
        made["designs"] = grid.designs()
    return made


def filled(page, made):
    """The page with the tables put in; those that were not made stay as they are."""
    def put(match):
        return f"{match[1]}\n{made[match[2]]}\n{match[4]}" if match[2] in made else match[0]

    return re.sub(r"(<!-- table ([^>]+?) -->)\n(.*?)(<!-- end -->)", put, page, flags=re.DOTALL)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("reproduced"))
    parser.add_argument("--quick", action="store_true",
                        help="other acquisitions alone, two seeds of the sets wl and k: minutes instead of hours")
    parser.add_argument("--studies", nargs="+", choices=STUDIES, help="only these")
    parser.add_argument("--seeds", help="other seeds")
    parser.add_argument("--page", type=pathlib.Path, default=pathlib.Path("Documentation/Results.md"))
    options = parser.parse_args()
    chosen = options.studies or (["apart"] if options.quick else list(STUDIES))
    sets = ["wl", "k"] if options.quick else ["wl", "w", "k", "mf"]
    studies = {}
    for study in chosen:
        seeds = options.seeds or (
            "71:72" if options.quick else GRID_SEEDS if study == "grid" else SEEDS)
        folder = options.out / study
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [options.program, "study", "--out", folder,
             # No other set is denoised.
             "--sets", *(["mf"] if study == "leak" else sets), "--seeds", seeds,
             *STUDIES[study]], check=True, stdout=subprocess.DEVNULL)
        studies[study] = Study(folder)
    page = options.out / "Results.md"
    page.write_text(filled(options.page.read_text(), tables(studies)))
    print(f"wrote {page}; its tables of {', '.join(chosen)} are new")


if __name__ == "__main__":
    main()
