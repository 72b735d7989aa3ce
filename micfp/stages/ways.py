"""Step `ways`: the chosen model asked about the test recordings after what may happen on their way.

Reads: the choice of `evaluate`, fits, the tables that they learned from, and tables of copies of
all recordings. Under k folds a model is fitted on the training part of each, as `fit` did, and
asked about copies of its test part alone. Writes: `ways.csv`, a row for each way (all its chains
counted together) and one for each of its chains, with intervals over the recordings that were
copied; `scores/<number>/scores.parquet` of each chain.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from micfp.config.models import DecisionRule, EvaluationConfig, SplitConfig
from micfp.engine.task import Spec
from micfp.evaluation.bootstrap import share_interval
from micfp.evaluation.decision import pool_recordings
from micfp.evaluation.scores import Scores, read_scores, scores_table
from micfp.models.classical import Fitted, fit
from micfp.models.persistence import load
from micfp.recordings.copies import COPY, make_folds_with_copies, with_originals
from micfp.recordings.splits import Asked, Fold
from micfp.stages.fitting import Data, build_model, read_data
from micfp.tables import write_table

TOGETHER = ""  # the name of all chains of a way


def run(spec: Spec, out: Path) -> None:
    """Ask about every chain, and judge."""
    chosen = json.loads((spec.entry("evaluate") / "chosen.json").read_text())["model"]
    # As the fit of the chosen model has it.
    own = replace(spec, params=spec.params | spec.params["models"][chosen])
    place, n_tables = spec.params["tables"][chosen], len(spec.inputs["learned"])
    learned = read_data(spec.inputs["learned"][place], own.params)
    fitted = _fitted(own, learned, spec.inputs["fits"][list(spec.params["models"]).index(chosen)])
    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    right: dict[str, dict[str, pd.DataFrame]] = {}
    asked = spec.inputs["asked"][place::n_tables]
    for number, ((way, chain), table) in enumerate(zip(spec.params["asked"], asked, strict=True)):
        folder = out / "scores" / str(number)
        folder.mkdir(parents=True)
        scores = _scores(own, fitted, learned.labels, read_data(table, own.params))
        write_table(scores, folder / "scores.parquet")
        right.setdefault(way, {})[chain] = right_of_originals(
            read_scores(folder), spec.params["originals"], config.decision
        )
    rows = []
    for way, chains in right.items():
        together = pd.concat(chains.values()).groupby(level=0).sum()
        for chain, counts in {TOGETHER: together, **chains}.items():
            labels = {"way": way, "chain": chain, "chains": ", ".join(chains)}
            rows.append(labels | shares(counts, config, own.params["seed"]))
    pd.DataFrame(rows).to_csv(out / "ways.csv", index=False)


def _folds(spec: Spec, labels: pd.DataFrame, copies_tested: bool) -> list[Fold]:
    split = SplitConfig.model_validate(spec.params["split"])
    rng = np.random.default_rng(spec.params["seed"])
    return make_folds_with_copies(
        labels, split, spec.params["target"], rng, Asked(spec.where), copies_tested
    )


def _fitted(spec: Spec, learned: Data, fit_of_chosen: Path) -> list[Fitted]:
    """The chosen model of each fold; of one fold it is the model that was kept."""
    folds = _folds(spec, learned.labels, copies_tested=False)
    if len(folds) == 1:
        return [load(fit_of_chosen / "model" / "model.skops")]
    return [
        fit(build_model(spec, len(np.unique(y))), learned.X[fold.train], y)
        for fold in folds
        for y in [learned.y[fold.train]]
    ]


def _scores(
    spec: Spec, fitted: Sequence[Fitted], learned: pd.DataFrame, asked: Data
) -> pd.DataFrame:
    """A scores table of the copies of what each fold tests."""
    originals = learned[learned[COPY] == 0] if COPY in learned else learned
    labels = pd.concat([originals.assign(**{COPY: 0}), asked.labels.assign(**{COPY: 1})])
    labels = labels.reset_index(drop=True)
    labels = with_originals(labels, spec.params["originals"], spec.params["by_number"])
    tables = []
    for number, fold in enumerate(_folds(spec, labels, copies_tested=True)):
        rows: NDArray[np.int64] = fold.test[fold.test >= len(originals)] - len(originals)
        model = fitted[number]
        log_p = model.log_probabilities(asked.X[rows])
        tables.append(
            scores_table(
                asked.labels.iloc[rows],
                log_p,
                model.classes,
                number,
                spec.params["model"],
                spec.params["target"],
            )
        )
    return pd.concat(tables, ignore_index=True)


def right_of_originals(
    scores: Scores, original_of: Mapping[str, str], rule: DecisionRule
) -> pd.DataFrame:
    """Count by the recording that was copied, since copies of one are right or wrong together.

    Returns
    -------
    A row for each, and the columns `right` and `n` of segments, and `recording_right` and
    `recording_n` of copies.
    """
    of_segments = pd.DataFrame(
        {"right": scores.predicted == scores.truth, "n": 1},
        index=[original_of[name] for name in scores.recording.tolist()],
    )
    names, pooled, true = pool_recordings(
        scores.truth, scores.log_p, scores.classes, scores.recording, rule
    )
    of_copies = pd.DataFrame(
        {"recording_right": pooled.argmax(axis=1) == true, "recording_n": 1},
        index=[original_of[str(name)] for name in names],
    )
    both = [table.astype(float).groupby(level=0).sum() for table in (of_segments, of_copies)]
    return both[0].join(both[1])


def shares(counts: pd.DataFrame, config: EvaluationConfig, seed: int) -> dict[str, Any]:
    """Accuracies of what was counted, with intervals over the recordings that were copied."""
    row: dict[str, Any] = {"n_recordings": len(counts), "n_test": int(counts["n"].sum())}
    for prefix in ("", "recording_"):
        right, n = counts[f"{prefix}right"].to_numpy(), counts[f"{prefix}n"].to_numpy()
        interval = share_interval(
            right,
            n,
            rng=np.random.default_rng(seed),
            samples=config.bootstrap_samples,
            confidence=config.confidence,
        )
        row[f"{prefix}accuracy"] = right.sum() / n.sum()
        row[f"{prefix}accuracy_low"] = interval.low
        row[f"{prefix}accuracy_high"] = interval.high
    return row
