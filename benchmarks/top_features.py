"""What the 20 most informative columns give and cost beside all, on thirty real phones.

    python benchmarks/top_features.py ROOT

ROOT holds the public sample of CCNU_Mobile. The thesis (2.2) has of Kraetzer et al. (2011) "an
increase in speed by a factor of 30 when reducing the number of features extracted to the top 20
most useful ones". Asked is the feature set `study`, of segments of 1 s: all columns; the 20 that
tell most about the device by mutual information (`preparations.top20`), chosen on the rows that
train; and as many drawn at random, the mean of two draws, as a control. Extraction is of the
families that the columns are of, since a family is measured whole. Each utterance is held out in
turn; processor time is that of one core. Writes `results/top_features.csv`. Two minutes.
"""

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from micfp.audio import read
from micfp.config.audio import CorpusConfig
from micfp.config.models import PreparationConfig
from micfp.corpora import read_corpus
from micfp.features import FeatureSet, column_names, extract_many, family_of
from micfp.models.classical import build, fit
from micfp.models.preparation import MostInformative, preparation_steps
from micfp.plan.params import Params, load_params

CLASSIFIERS = ("svc", "lda")
TOP = 20
DRAWS = 2  # of columns at random


@dataclass(frozen=True)
class Table:
    """Segments of 1 s: features (n, p), their columns, phones and utterances (n,)."""

    X: NDArray[np.float32]
    columns: tuple[str, ...]
    device: NDArray[np.str_]
    utterance: NDArray[np.str_]


def main(root: Path) -> None:
    params = load_params([Path("params.yaml")])
    table = read_corpus(CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=root))
    sounds = [read(path) for path in table["path"]]
    settings = params.features["study"]
    measured(sounds[:1], settings, table)  # what is compiled at a first call is compiled
    segments, all_s = timed(partial(measured, sounds, settings, table))
    rows = []
    for held_out in np.unique(segments.utterance):
        train = segments.utterance != held_out
        for name, columns in chosen(segments, train, params.seed):
            took_s = all_s
            if name == "top 20":
                own = needed(settings, columns)
                took_s = timed(partial(measured, sounds, own, table))[1]
            row = {"held out": held_out, "columns": name, "n_columns": len(columns)}
            row |= {"families": families_of(columns), "extraction_s": took_s}
            for classifier in CLASSIFIERS:
                judged = judge(params, classifier, segments, columns, train)
                rows.append(row | {"classifier": classifier} | judged)
    Path("results").mkdir(exist_ok=True)
    found = pd.DataFrame(rows)
    found.to_csv("results/top_features.csv", index=False)
    print(found.groupby(["columns", "classifier"], sort=False).mean(numeric_only=True))


def timed(function: Callable[[], Any]) -> tuple[Any, float]:
    """Result and processor seconds of a call."""
    start = time.process_time()
    return function(), time.process_time() - start


def measured(
    sounds: list[tuple[NDArray[np.float32], int]], settings: FeatureSet, table: pd.DataFrame
) -> Table:
    """Features of every second of every recording."""
    features, device, utterance = [], [], []
    for (samples, rate_hz), phone, content in zip(
        sounds, table["device"], table["content"], strict=False
    ):
        starts = np.arange(0, len(samples) - rate_hz + 1, rate_hz)
        cuts = np.stack([starts, starts + rate_hz], axis=1)
        features.append(extract_many(samples, rate_hz, cuts, settings))
        device += [phone] * len(cuts)
        utterance += [content] * len(cuts)
    columns = tuple(column_names(settings))
    return Table(np.concatenate(features), columns, np.array(device), np.array(utterance))


def chosen(
    table: Table, train: NDArray[np.bool_], seed: int
) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The columns that are asked: all, the most informative, and such that chance chose."""
    yield "all", table.columns
    steps = preparation_steps(PreparationConfig(), seed)
    X = table.X[train].astype(np.float64)
    for _, step in steps:
        X = step.fit_transform(X)
    varying = np.array(table.columns)[dict(steps)["varying"].get_support()]
    best = MostInformative(TOP, seed).fit(X, table.device[train]).columns_
    yield "top 20", tuple(varying[best])
    rng = np.random.default_rng(seed)
    for _ in range(DRAWS):
        yield "20 at random", tuple(np.sort(rng.choice(varying, TOP, replace=False)))


def families_of(columns: tuple[str, ...]) -> str:
    return " ".join(dict.fromkeys(family_of(column) for column in columns))


def needed(settings: FeatureSet, columns: tuple[str, ...]) -> FeatureSet:
    """The set with the families that columns are of, and no other."""
    own = set(families_of(columns).split())
    kept = tuple(family for family in settings.families if family in own)
    return settings.model_copy(update={"families": kept})


def judge(
    params: Params,
    classifier: str,
    table: Table,
    columns: tuple[str, ...],
    train: NDArray[np.bool_],
) -> dict[str, float]:
    """Accuracy on the rows that do not train, and what fitting and naming them took."""
    X = table.X[:, np.isin(table.columns, columns)]
    n_classes = len(np.unique(table.device))
    plain = params.preparations["plain"]
    pipeline = build(classifier, params.classifiers, plain, n_classes, params.seed)
    start = time.process_time()
    fitted = fit(pipeline, X[train], table.device[train])
    middle = time.process_time()
    log_p = fitted.log_probabilities(X[~train])
    end = time.process_time()
    named = np.array(fitted.classes)[log_p.argmax(axis=1)]
    return {
        "accuracy": float(np.mean(named == table.device[~train])),
        "fit_s": middle - start,
        "predict_ms_a_segment": 1e3 * (end - middle) / len(log_p),
    }


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/top_features.py ROOT")
    main(Path(sys.argv[1]))
