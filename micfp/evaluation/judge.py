"""How good the scores of a model are: one row of a results table, and the tables beside it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from micfp.config.models import EvaluationConfig
from micfp.evaluation.bootstrap import Intervals, evaluate_intervals
from micfp.evaluation.decision import RULES, pool_recordings
from micfp.evaluation.metrics import Evaluation, Metrics, evaluate, measure
from micfp.evaluation.scores import Scores, read_scores
from micfp.evaluation.units import identical_units


@dataclass(frozen=True)
class Judged:
    """Scores, their metrics, and the intervals of these."""

    scores: Scores
    evaluation: Evaluation
    intervals: Intervals

    def row(self) -> dict[str, Any]:
        """Every metric with its interval; those per recording begin with `recording_`."""
        values: dict[str, Any] = {"n_recordings": self.evaluation.recording.n}
        for prefix, metrics, intervals in (
            ("", self.evaluation.segment, self.intervals.segment),
            ("recording_", self.evaluation.recording, self.intervals.recording),
        ):
            for name, interval in intervals.items():
                values[f"{prefix}{name}"] = getattr(metrics, name)
                values[f"{prefix}{name}_low"] = interval.low
                values[f"{prefix}{name}_high"] = interval.high
            values[f"{prefix}interval_note"] = intervals["accuracy"].note
        return values


def judge(scores: Scores, config: EvaluationConfig, seed: int) -> Judged:
    """Judge scores per segment and per recording, with intervals over recordings.

    Parameters
    ----------
    scores
        at least one row
    config
        rule of decision, k of the top-k accuracy, number of resamples, confidence
    seed
        of the resamples: the same for all models, so that they are compared on the same ones
    """
    args = (scores.truth, scores.log_p, scores.classes, scores.recording)
    return Judged(
        scores,
        evaluate(*args, rule=config.decision, top_k=config.top_k),
        evaluate_intervals(
            *args,
            rule=config.decision,
            rng=np.random.default_rng(seed),
            top_k=config.top_k,
            samples=config.bootstrap_samples,
            confidence=config.confidence,
        ),
    )


def judge_each(
    rows: Iterable[Mapping[str, Any]],
    folders: Iterable[Path],
    config: EvaluationConfig,
    seed: int,
) -> Iterator[tuple[Mapping[str, Any], Judged]]:
    """Judge the scores of many models.

    Parameters
    ----------
    rows
        labels of each model, which its row in a table begins with
    folders
        as many, each with the model's `scores.parquet`
    config, seed
        as in `judge`

    Yields
    ------
    The labels of each model, and its scores judged.
    """
    for labels, folder in zip(rows, folders, strict=True):
        yield labels, judge(read_scores(folder), config, seed)


def inner_values(scores: Scores, metric: str) -> list[float]:
    """Judge scores on inner folds: the metric of each outer fold, which choices are made by."""
    values = []
    for fold in sorted(set(scores.fold.tolist())):
        rows = scores.fold == fold
        metrics = measure(scores.truth[rows], scores.log_p[rows], scores.classes)
        values.append(float(getattr(metrics, metric)))
    return values


def decision_rows(scores: Scores) -> Iterator[dict[str, Any]]:
    """How often each rule of decision is correct, on folds inside the training part.

    Parameters
    ----------
    scores
        those of `inner_cv`: recordings of all outer folds count together
    """
    # A recording has one row per outer fold that trained with it.
    recording = np.char.add(scores.recording, np.char.mod("/%d", scores.fold))
    for rule in RULES:
        _, pooled, true = pool_recordings(
            scores.truth, scores.log_p, scores.classes, recording, rule
        )
        metrics = measure(true, pooled, scores.classes)
        yield {
            "decision": rule,
            "accuracy": metrics.accuracy,
            "n_recordings": metrics.n,
            "n_correct": int(np.diag(metrics.confusion).sum()),
        }


def class_rows(metrics: Metrics) -> Iterator[dict[str, Any]]:
    """Precision, recall, F1, ROC area and support of each class."""
    for i, name in enumerate(metrics.classes):
        yield {
            "class": name,
            "precision": metrics.precision[i],
            "recall": metrics.recall[i],
            "f1": metrics.f1[i],
            "roc_auc": metrics.roc_auc[i],
            "support": metrics.support[i],
        }


def unit_rows(
    scores: Scores, model_of_device: Mapping[str, str], config: EvaluationConfig, seed: int
) -> Iterator[dict[str, Any]]:
    """How well identical units are told apart: a row for each group of one make and model.

    Parameters
    ----------
    scores
        as in `judge`, and so are `config` and `seed`
    model_of_device
        make and model of each class; a class that is not there, or blank, is in no group
    """
    for group in identical_units(
        scores.truth,
        scores.log_p,
        scores.classes,
        [model_of_device.get(name, "").strip() for name in scores.classes],
        scores.recording,
        rule=config.decision,
        rng=np.random.default_rng(seed),
        samples=config.bootstrap_samples,
        confidence=config.confidence,
    ):
        yield {
            "make_and_model": group.model,
            "devices": " / ".join(group.classes),
            "n_segments": group.segment.n,
            "accuracy": group.segment.accuracy,
            "accuracy_low": group.segment.interval.low,
            "accuracy_high": group.segment.interval.high,
            "chance": group.segment.chance,
            "n_recordings": group.recording.n,
            "recording_accuracy": group.recording.accuracy,
            "recording_chance_low": group.recording.chance_low,
            "recording_chance_high": group.recording.chance_high,
        }
