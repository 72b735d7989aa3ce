"""How well `micfp cluster` groups real phones that no training heard, and how fast it is.

    python benchmarks/cluster.py [--corpus data/ccnu_mobile] [--noise data/noise] [--choose]
    python benchmarks/cluster.py --speed 10000

30 phones of CCNU_Mobile, of which ten or more have one recording and the others one to four, drawn
twelve times; as they are, as one codec or street noise leaves them all, and mixed. With the model
that micfp brings (no real phone taught it), and with models blended with other real phones: the
phones are dealt into five parts, and a pair is scored by a model that neither part of its phones
and none of its two sentences taught. `--choose` prints what thresholds give on the 15 phones that
choose (docs/design/fingerprint.md); without it the figures of the other 15, and of all 30, at the
threshold of `micfp cluster`. Writes `results/cluster.csv`. What is heard is kept in `--kept`.
"""

import argparse
import resource
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import combinations_with_replacement
from pathlib import Path

import numpy as np
import pandas as pd
from cluster_heard import Phones, phones
from sklearn.metrics import adjusted_rand_score

from micfp.casework.cluster.clustering import PRIOR_ODDS
from micfp.casework.cluster.linkage import cut, groups, tree
from micfp.config.recipe import RecipeConfig
from micfp.evidence.logistic import fit_logistic
from micfp.evidence.trials import Trials
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import SETTINGS, whatever_the_sitting
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.embedding.training import fit_covariances
from micfp.fingerprint.embedding.vectors import VECTORS
from micfp.fingerprint.weighed.every_pair import PairBlock, every_pair
from micfp.fingerprint.weighed.weighing import Weighing, load_weighing
from micfp.plan.fingerprint_settings import KAPPA, SHARE
from micfp.progress import progress

CHOOSING = np.sort(np.random.default_rng(16).permutation(30)[:15])
DRAWS, SINGLES, MOST = 12, 1 / 3, 4
FOLDS, SEED = 5, 18
MIXED = "mixed"
THRESHOLDS = np.arange(0.0, 2.01, 0.1)
DEFAULT = -np.log10(PRIOR_ODDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    parser.add_argument("--noise", type=Path, default=Path("data/noise"))
    parser.add_argument("--kept", type=Path, default=Path("work/benchmark_cluster"))
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--speed", type=int)
    given = parser.parse_args()
    if given.speed:
        speed(given.speed)
        return
    weighings = {sitting: load_weighing(sitting) for sitting in ("same", "any")}
    found = phones(given.corpus, given.noise, weighings["any"].loaded.model, given.kept)
    fingerprints, _ = items(found)
    every = {
        ("default", sitting): lr_matrix(fingerprints, one) for sitting, one in weighings.items()
    }
    if (file := given.kept / "blended.npz").exists():
        scores = dict(np.load(file))
    else:
        scores = blended_scores(found, weighings["any"])
        np.savez(file, **scores)
    for sitting, score in scores.items():
        every["blended", sitting] = calibrated(found, score)
    if given.choose:
        table = pd.DataFrame(judged(found, every, {"choosing": CHOOSING}, THRESHOLDS))
    else:
        parts = {"judging": np.setdiff1d(np.arange(30), CHOOSING), "all": np.arange(30)}
        table = pd.DataFrame(judged(found, every, parts, np.array([DEFAULT])))
        Path("results").mkdir(exist_ok=True)
        table.to_csv("results/cluster.csv", index=False)
    by = ["model", "sitting", "phones", "threshold", "condition"]
    mean = table.groupby(by, sort=False).mean(numeric_only=True)
    if given.choose:
        print(mean["ari"].unstack().round(3).to_string())
        return
    print(markdown(table))


def markdown(table: pd.DataFrame) -> str:
    """The table of docs/cluster-recordings.md."""
    lines = [["model", "sitting", "phones", *table["condition"].unique(), "groups found, mixed"]]
    lines[0] += ["of devices", "undecided, mixed"]
    lines.append(["---"] * 3 + ["---:"] * (len(lines[0]) - 3))
    for names, own in table.groupby(["model", "sitting", "phones"], sort=False):
        mean = own.groupby("condition", sort=False).mean(numeric_only=True)
        mixed = mean.loc[MIXED]
        lines.append(
            [
                *map(str, names),
                *(f"{ari:.3f}" for ari in mean["ari"]),
                *(f"{mixed[name]:.1f}" for name in ("found", "devices")),
                f"{mixed['undecided']:.3f}",
            ]
        )
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def items(found: Phones) -> tuple[list[Fingerprint], list[str]]:
    """Every recording under every condition, condition by condition."""
    return [one for some in found.heard.values() for one in some], list(found.heard)


def lr_matrix(fingerprints: Sequence[Fingerprint], weighing: Weighing) -> np.ndarray:
    """Log10 LRs (n, n) of every two; 0 where they do not compare."""
    matrix = np.zeros((len(fingerprints), len(fingerprints)))
    for block in every_pair(fingerprints, weighing):
        matrix[np.ix_(block.rows, block.columns)] = block.log10_lr
        matrix[np.ix_(block.columns, block.rows)] = block.log10_lr.T
    return matrix


def part_of(found: Phones) -> np.ndarray:
    """Part (n_phones,) of each phone."""
    part = np.empty(len(found.names), np.int64)
    part[np.random.default_rng(SEED).permutation(len(part))] = np.arange(len(part)) % FOLDS
    return part


def blended_scores(found: Phones, weighing: Weighing) -> dict[str, np.ndarray]:
    """Scores (n, n) of every two items by sitting, each by a model that heard of neither."""
    fingerprints, conditions = items(found)
    n, recipe = len(found.device), RecipeConfig()
    part = part_of(found)[found.device]
    scores = {sitting: np.zeros((len(fingerprints),) * 2) for sitting in ("same", "any")}
    pairs = list(combinations_with_replacement(range(FOLDS), 2))
    said = list(combinations_with_replacement(range(int(found.content.max()) + 1), 2))
    every = [(a, b, c, d) for a, b in pairs for c, d in said]
    for a, b, c, d in progress(every, len(every), "blending"):
        teaches = ~np.isin(part, (a, b)) & ~np.isin(found.content, (c, d))
        taught = found.taught.only(teaches[found.taught.recordings])
        taught = replace(taught, devices=found.device[taught.recordings])
        own = fit_covariances(taught, recipe, whole=False)
        model = weighing.loaded.model.blended(own, SHARE, KAPPA)
        for first, second in {((a, c), (b, d)), ((a, d), (b, c))}:
            rows, columns = (
                np.flatnonzero(np.tile((part == p) & (found.content == s), len(conditions)))
                for p, s in (first, second)
            )
            known, asked = ([fingerprints[k] for k in some] for some in (rows, columns))
            same, other = (model.scores(known, asked, setting) for setting in SETTINGS)
            for sitting, score in (("same", same), ("any", whatever_the_sitting(same, other))):
                scores[sitting][np.ix_(rows, columns)] = score
                scores[sitting][np.ix_(columns, rows)] = score.T
    assert n * len(conditions) == len(fingerprints)
    return scores


def calibrated(found: Phones, score: np.ndarray) -> np.ndarray:
    """Log10 LRs of blended scores: of two parts by the pairs of the phones of the others."""
    n_conditions = len(found.heard)
    device = np.tile(found.device, n_conditions)
    recording = np.tile(np.arange(len(found.device)), n_conditions)
    usable = ~np.concatenate(list(found.refused.values()))
    part = part_of(found)[device]
    matrix = np.zeros_like(score)
    for a, b in combinations_with_replacement(range(FOLDS), 2):
        others = np.flatnonzero(~np.isin(part, (a, b)) & usable)
        first, second = (others[k] for k in np.triu_indices(len(others), 1))
        apart = recording[first] != recording[second]
        first, second = first[apart], second[apart]
        trials = Trials(
            score[first, second],
            device[first] == device[second],
            device[first],
            device[second],
            np.zeros((len(first), 0)),
            (),
        )
        mapping = fit_logistic(trials)
        for rows, columns in ((a, b), (b, a)):
            here = np.ix_(np.flatnonzero(part == rows), np.flatnonzero(part == columns))
            matrix[here] = mapping.log10_lr(score[here].ravel()).reshape(score[here].shape)
    return matrix


def drawn(found: Phones, chosen: np.ndarray, draw: int) -> tuple[np.ndarray, np.ndarray]:
    """Recordings of a draw, and the number of a condition for each, should they be mixed."""
    rng = np.random.default_rng([SEED, draw, len(chosen)])
    order = rng.permutation(chosen)
    n_single = round(SINGLES * len(order))
    rows: list[int] = []
    for place, phone in enumerate(order):
        own = np.flatnonzero(found.device == phone)
        n = 1 if place < n_single else int(rng.integers(1, MOST + 1))
        rows += rng.permutation(own)[:n].tolist()
    return np.array(rows), rng.integers(len(found.heard), size=len(rows))


def judged(
    found: Phones,
    every: dict[tuple[str, str], np.ndarray],
    parts: dict[str, np.ndarray],
    thresholds: np.ndarray,
) -> Iterator[dict[str, object]]:
    """A row for each model, sitting, condition, draw and threshold."""
    n, names = len(found.device), list(found.heard)
    usable = ~np.concatenate(list(found.refused.values()))
    for (model, sitting), matrix in every.items():
        for part, chosen in parts.items():
            for condition in (*names, MIXED):
                for draw in range(DRAWS):
                    rows, mixed = drawn(found, chosen, draw)
                    of = mixed if condition == MIXED else names.index(condition)
                    asked = of * n + rows
                    kept = asked[usable[asked]]
                    truth = np.tile(found.device, len(names))[kept]
                    own = np.arange(len(kept))
                    block = PairBlock(own, own, matrix[np.ix_(kept, kept)])
                    merges = tree(len(kept), [block])
                    for threshold in thresholds:
                        group = cut(merges, threshold)
                        yield {
                            "model": model,
                            "sitting": sitting,
                            "phones": part,
                            "threshold": round(float(threshold), 2),
                            "condition": condition,
                            "draw": draw,
                            "recordings": len(asked),
                            "undecided": 1 - len(kept) / len(asked),
                            "devices": len(np.unique(truth)),
                            "found": len(np.unique(group)),
                            "single": int((np.bincount(truth) == 1).sum()),
                            "ari": adjusted_rand_score(truth, group),
                        }


def speed(n: int) -> None:
    """Group n recordings whose fingerprints are made up: of a fourth as many devices.

    Then once more at prior odds at which most of them hang together: the most that it costs.
    """
    rng = np.random.default_rng(SEED)
    weighing = load_weighing("any")
    fingerprints, device = made_up(n, weighing, rng)
    for threshold in (DEFAULT, 0.01):
        began = time.perf_counter()
        found, _ = groups(
            n, lambda rows: every_pair([fingerprints[k] for k in rows], weighing), threshold
        )
        wall_s = time.perf_counter() - began
        memory_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        index = adjusted_rand_score(device, found)
        print(
            f"{n} recordings, threshold {threshold:.2f}: {found.max() + 1} groups, adjusted Rand "
            f"index {index:.2f}, {wall_s:.0f} s, {memory_mib:.0f} MiB at most so far",
            flush=True,
        )


def made_up(
    n: int, weighing: Weighing, rng: np.random.Generator
) -> tuple[list[Fingerprint], np.ndarray]:
    """Fingerprints of the model's own devices and words, with six bandwidths and six lengths."""
    device = rng.integers(n // 4, size=n)
    drawn = {}
    for name, model in weighing.loaded.model.covariances.items():
        between = np.linalg.cholesky(model.between)
        centre = model.mean + rng.standard_normal((n // 4, len(between))) @ between.T
        drawn[name] = centre, np.linalg.cholesky(model.content + 0.1 * model.copies)
    found = []
    for one in device:
        active_s = float(rng.choice([1.0, 2.0, 3.0, 5.0, 10.0, 20.0]))
        words = rng.standard_normal(N_BANDS) / np.sqrt(active_s)
        vectors = np.array([drawn[name][0][one] + drawn[name][1] @ words for name in VECTORS])
        vectors[:, rng.choice([56, 96, 112, 120, 124, 128]) :] = np.nan
        found.append(Fingerprint(vectors.astype(np.float32), active_s, 2 * active_s, 8000.0, 30.0))
    return found, device


if __name__ == "__main__":
    main()
