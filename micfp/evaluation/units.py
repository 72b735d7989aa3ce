"""Whether identical units are told apart: the confusion of microphones of one model.

A classifier trained on all devices may find the correct *model* every time and guess the unit.
Within each group of devices of one make and model, only the segments of the group are scored, and
the classifier has only the group to choose from: its log-probabilities are restricted to the
group's classes and renormalised, which is its belief given that the model is known.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike

from micfp.config.models import DecisionRule
from micfp.evaluation.bootstrap import Interval, bootstrap_intervals, chance_interval
from micfp.evaluation.decision import LOG_TINY, normalise_log, pool_recordings
from micfp.evaluation.inputs import FloatArray, IntArray, validate
from micfp.evaluation.metrics import measure


@dataclass(frozen=True)
class UnitScore:
    """How well the units of one group are told apart.

    Attributes
    ----------
    n
        number of rows
    interval
        of the accuracy, over recordings
    chance
        1 / number of units: what balanced accuracy is for any guess, and accuracy for units with
        equally many rows
    chance_low, chance_high
        range of accuracies that `n` independent guesses reach
    confusion
        as in `metrics.Metrics`
    """

    n: int
    accuracy: float
    balanced_accuracy: float
    interval: Interval
    chance: float
    chance_low: float
    chance_high: float
    confusion: IntArray


@dataclass(frozen=True)
class UnitGroup:
    """Devices of one make and model, and how well they are told apart.

    The chance range of the segments is too narrow where segments of a recording go together: judge
    by that of the recordings, and by the interval of the segments.
    """

    model: str
    classes: tuple[str, ...]
    segment: UnitScore
    recording: UnitScore


def group_units(models: Sequence[str]) -> dict[str, tuple[int, ...]]:
    """Group classes of one model: class indices of each model that has at least two.

    Parameters
    ----------
    models
        make and model of each class, "" where unknown (such classes are in no group)
    """
    groups: dict[str, list[int]] = {}
    for index, model in enumerate(models):
        if model:
            groups.setdefault(model, []).append(index)
    return {model: tuple(indices) for model, indices in groups.items() if len(indices) > 1}


def identical_units(
    y: ArrayLike,
    log_p: ArrayLike,
    classes: Sequence[str],
    models: Sequence[str],
    recording: ArrayLike,
    *,
    rule: DecisionRule,
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> list[UnitGroup]:
    """Judge every group of identical units that has rows, in the order of the classes.

    Parameters as in `bootstrap.evaluate_intervals`, and `models` as in `group_units`.
    """
    rows, scores = validate(y, log_p, classes)
    names = np.asarray(recording)
    groups = []
    for model, units in group_units(models).items():
        inside = np.isin(rows, units)
        if not inside.any():
            continue
        labels = tuple(classes[index] for index in units)
        restricted = _restrict(scores[inside][:, list(units)])
        true = np.searchsorted(units, rows[inside])
        pooled_names, pooled, pooled_true = pool_recordings(
            true, restricted, labels, names[inside], rule
        )
        score = partial(_score, rng=rng, samples=samples, confidence=confidence)
        groups.append(
            UnitGroup(
                model=model,
                classes=labels,
                segment=score(true, restricted, labels, names[inside]),
                recording=score(pooled_true, pooled, labels, pooled_names),
            )
        )
    return groups


def _restrict(log_p: FloatArray) -> FloatArray:
    """Renormalised over the columns that are left; a row of nothing but -inf becomes even."""
    best = log_p.max(axis=1, keepdims=True)
    # The best is taken off first, so that the order of very small probabilities is kept.
    return normalise_log(np.maximum(log_p - np.where(np.isneginf(best), 0.0, best), LOG_TINY))


def _score(
    y: IntArray,
    log_p: FloatArray,
    classes: tuple[str, ...],
    recording: ArrayLike,
    *,
    rng: np.random.Generator,
    samples: int,
    confidence: float,
) -> UnitScore:
    metrics = measure(y, log_p, classes)
    chance = 1 / len(classes)
    low, high = chance_interval(metrics.n, chance, confidence)
    intervals = bootstrap_intervals(
        y, log_p, recording, rng=rng, samples=samples, confidence=confidence
    )
    return UnitScore(
        n=metrics.n,
        accuracy=metrics.accuracy,
        balanced_accuracy=metrics.balanced_accuracy,
        interval=intervals["accuracy"],
        chance=chance,
        chance_low=low,
        chance_high=high,
        confusion=metrics.confusion,
    )
