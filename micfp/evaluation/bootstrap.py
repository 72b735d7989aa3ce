"""How far a metric may be trusted: intervals that respect which segments belong together.

Segments of one recording are correct or wrong together, so they are not independent trials; an
interval over segments would be far too narrow. Here whole recordings are drawn with replacement,
with all their segments (the cluster bootstrap: Davison and Hinkley 1997, section 3.8; Field and
Welsh 2007), and the interval runs between percentiles of the metric.

Where the percentile interval says nothing
------------------------------------------
- One recording: there is nothing to resample. The interval is NaN, and `note` says why.
- Fewer than `FEW_RECORDINGS`: it is given, and `note` says that it is likely too narrow.
- The metric is the same in every resample, as when no recording has an error: the interval would
  have no width, and an examiner would read certainty into it. Wilson's interval for the same
  value over the number of recordings takes its place (`method` is "wilson"): 5 recordings
  without an error bound the accuracy to 0.57..1 only, 30 to 0.89..1. It is made for a share of
  recordings, so it is valid for accuracies, and indicative for precision, F1 and ROC area.

Arguments are as in `micfp.evaluation.inputs`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from micfp.config.models import DecisionRule
from micfp.evaluation.decision import pool_recordings, predict
from micfp.evaluation.inputs import BoolArray, FloatArray, IntArray, group_recordings, validate
from micfp.evaluation.metrics import SCALAR_METRICS, averaged, in_top_k

FEW_RECORDINGS = 10
# The ROC area needs a table of every recording against every other.
MOST_RECORDINGS_FOR_ROC = 3000
_BATCH_CELLS = 4_000_000


@dataclass(frozen=True)
class Interval:
    """Confidence interval of one metric.

    Attributes
    ----------
    low, high
        its ends; NaN where there is no interval
    n_recordings
        that it rests on
    method
        "bootstrap", "wilson" or "none"
    note
        what limits it, in words, or ""
    """

    low: float
    high: float
    n_recordings: int
    method: str
    note: str = ""


@dataclass(frozen=True)
class Intervals:
    """Intervals of `SCALAR_METRICS`, by name, for segments and for pooled recordings."""

    segment: dict[str, Interval]
    recording: dict[str, Interval]


def evaluate_intervals(
    y: ArrayLike,
    log_p: ArrayLike,
    classes: Sequence[str],
    recording: ArrayLike,
    *,
    rule: DecisionRule,
    rng: np.random.Generator,
    top_k: int = 3,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Intervals:
    """Compute the intervals of what `metrics.evaluate` measures, from the same arguments.

    Parameters
    ----------
    rng
        draws the resamples: first those of the segments, then those of the pooled recordings
    samples
        number of resamples
    confidence
        0..1
    """
    rows, scores = validate(y, log_p, classes)
    names, pooled_scores, pooled_rows = pool_recordings(rows, scores, classes, recording, rule)
    return Intervals(
        bootstrap_intervals(
            rows, scores, recording, rng=rng, top_k=top_k, samples=samples, confidence=confidence
        ),
        bootstrap_intervals(
            pooled_rows,
            pooled_scores,
            names,
            rng=rng,
            top_k=top_k,
            samples=samples,
            confidence=confidence,
        ),
    )


def bootstrap_intervals(
    y: IntArray,
    log_p: FloatArray,
    recording: ArrayLike,
    *,
    rng: np.random.Generator,
    top_k: int = 3,
    samples: int = 1000,
    confidence: float = 0.95,
) -> dict[str, Interval]:
    """Compute the interval of each of `SCALAR_METRICS` by resampling recordings.

    A resample that lacks a class averages over the classes it has.

    Parameters as in `evaluate_intervals`, `y` and `log_p` as `validate` returns them.
    """
    _, start, order = group_recordings(recording, len(y))
    n_recordings = len(start)
    if n_recordings < 2:
        note = "one recording only: nothing to resample, so there is no interval"
        return {name: Interval(np.nan, np.nan, 1, "none", note) for name in SCALAR_METRICS}
    y, log_p = y[order], log_p[order]
    counts = _Counts.of(y, log_p, start, top_k)
    columns: dict[str, list[FloatArray]] = {name: [] for name in SCALAR_METRICS}
    batch = max(1, _BATCH_CELLS // n_recordings)
    for done in range(0, samples, batch):
        weights = _draw(n_recordings, min(batch, samples - done), rng)
        for name, values in counts.metrics(weights).items():
            columns[name].append(values)
    # The metrics of the set itself: every recording drawn once.
    point = counts.metrics(np.ones((1, n_recordings)))
    intervals = {
        name: _interval(np.concatenate(parts), float(point[name][0]), n_recordings, confidence)
        for name, parts in columns.items()
    }
    if counts.wins is None:
        note = f"not computed: over {MOST_RECORDINGS_FOR_ROC} recordings"
        intervals["roc_auc_macro"] = Interval(np.nan, np.nan, n_recordings, "none", note)
    return intervals


def share_interval(
    n_correct: FloatArray,
    n: FloatArray,
    *,
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Interval:
    """Compute the interval of a share by resampling recordings.

    Parameters
    ----------
    n_correct
        rows of each recording that are correct, shape (n_recordings,)
    n
        all rows of each recording, same shape
    rng, samples, confidence
        as in `evaluate_intervals`
    """
    n_recordings = len(n)
    if n_recordings < 2:
        note = "one recording only: nothing to resample, so there is no interval"
        return Interval(np.nan, np.nan, n_recordings, "none", note)
    weights = _draw(n_recordings, samples, rng)
    values = (weights @ n_correct) / (weights @ n)
    return _interval(values, float(n_correct.sum() / n.sum()), n_recordings, confidence)


def wilson_interval(share: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Compute Wilson's score interval of a share of independent trials.

    It keeps a width where the share is 0 or 1 (Wilson 1927; recommended by Brown, Cai and DasGupta
    2001).

    Parameters
    ----------
    share
        observed, 0..1
    n
        number of trials, at least 1
    confidence
        0..1
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At the ends the closed form is 0 or 1 but for rounding.
    low = 0.0 if share == 0 else max(0.0, float(centre - half))
    high = 1.0 if share == 1 else min(1.0, float(centre + half))
    return low, high


def chance_interval(n: int, p: float, confidence: float = 0.95) -> tuple[float, float]:
    """Compute the range of accuracies that guessing reaches.

    The central interval of the binomial distribution, which holds at least `confidence` of it: an
    accuracy inside cannot be told from guessing.

    Parameters
    ----------
    n
        number of independent guesses, at least 1. Segments of one recording are not independent:
        give the number of recordings where they go together.
    p
        probability that a guess is correct, 0..1
    confidence
        0..1
    """
    from scipy.stats import binom

    tail = (1 - confidence) / 2
    return float(binom.ppf(tail, n, p)) / n, float(binom.ppf(1 - tail, n, p)) / n


def interval_text(confidence: float) -> str:
    """Write the confidence of an interval, 0..1, as it is: `95 %`, `99.5 %`."""
    return f"{100 * confidence:g}\N{NO-BREAK SPACE}%"


def _interval(values: FloatArray, point: float, n: int, confidence: float) -> Interval:
    defined = values[~np.isnan(values)]
    if np.isnan(point) or not defined.size:
        return Interval(np.nan, np.nan, n, "none", "the metric is not defined for these scores")
    tail = (1 - confidence) / 2
    low, high = (float(q) for q in np.quantile(defined, [tail, 1 - tail]))
    note = ""
    if n < FEW_RECORDINGS:
        note = f"{n} recordings only: the interval is likely too narrow"
    if np.ptp(defined) < 1e-12:
        low, high = wilson_interval(min(max(point, 0.0), 1.0), n, confidence)
        note = f"the same in every resample: Wilson's interval over {n} recordings"
        return Interval(low, high, n, "wilson", note)
    return Interval(low, high, n, "bootstrap", note)


def _draw(n_recordings: int, samples: int, rng: np.random.Generator) -> FloatArray:
    """How often each recording is drawn, shape (samples, n_recordings)."""
    drawn = rng.integers(n_recordings, size=(samples, n_recordings))
    drawn += np.arange(samples)[:, None] * n_recordings
    counts = np.bincount(drawn.ravel(), minlength=samples * n_recordings)
    return counts.reshape(samples, n_recordings).astype(np.float64)


@dataclass(frozen=True)
class _Counts:
    """What each recording adds to the counts that every metric is made of.

    Attributes
    ----------
    hits, support, predicted
        as in `metrics.class_report`, shape (n_recordings, n_classes)
    in_top_k
        rows whose true class is among the most probable, shape (n_recordings,)
    wins
        for each class the positions of its recordings, shape (k,), and, of the pairs of one
        segment of such a recording and one of another class, how many are ranked correctly, shape
        (k, n_recordings); None where there are too many recordings
    """

    hits: FloatArray
    support: FloatArray
    predicted: FloatArray
    in_top_k: FloatArray
    wins: tuple[tuple[IntArray, FloatArray], ...] | None

    @staticmethod
    def of(y: IntArray, log_p: FloatArray, start: IntArray, top_k: int) -> "_Counts":
        """Count rows that are ordered by recording; `start`: where each recording starts."""
        n_recordings, n_classes = len(start), log_p.shape[1]
        group = np.repeat(np.arange(n_recordings), np.diff(np.append(start, len(y))))
        decided = predict(log_p)

        def table(labels: IntArray, rows: IntArray) -> FloatArray:
            flat = np.bincount(rows * n_classes + labels, minlength=n_recordings * n_classes)
            return flat.reshape(n_recordings, n_classes).astype(np.float64)

        correct = decided == y
        wins = None
        if n_recordings <= MOST_RECORDINGS_FOR_ROC:
            wins = tuple(_wins(y == c, log_p[:, c], group, n_recordings) for c in range(n_classes))
        return _Counts(
            hits=table(y[correct], group[correct]),
            support=table(y, group),
            predicted=table(decided, group),
            in_top_k=np.add.reduceat(in_top_k(y, log_p, top_k).astype(np.float64), start),
            wins=wins,
        )

    def metrics(self, weights: FloatArray) -> dict[str, FloatArray]:
        """Compute `SCALAR_METRICS` for each row of `weights`, shape (samples, n_recordings)."""
        support = weights @ self.support
        values = averaged(weights @ self.hits, support, weights @ self.predicted)
        values["top_k_accuracy"] = (weights @ self.in_top_k) / support.sum(axis=-1)
        values["roc_auc_macro"] = self._roc_auc_macro(weights, support)
        return values

    def _roc_auc_macro(self, weights: FloatArray, support: FloatArray) -> FloatArray:
        if self.wins is None:
            return np.full(len(weights), np.nan)
        won = np.stack(
            [np.sum(weights[:, of] * (weights @ table.T), axis=1) for of, table in self.wins],
            axis=1,
        )
        pairs = support * (support.sum(axis=1, keepdims=True) - support)
        defined = pairs > 0
        area = np.divide(won, pairs, out=np.zeros_like(won), where=defined)
        n_defined = defined.sum(axis=1)
        mean = np.full(len(weights), np.nan)
        np.divide(area.sum(axis=1), n_defined, out=mean, where=n_defined > 0)
        return mean


def _wins(
    truly: BoolArray, score: FloatArray, group: IntArray, n_recordings: int
) -> tuple[IntArray, FloatArray]:
    """Pairs won by a class's segments, by recording of the class and recording of the others.

    A tie counts one half. A recording may hold segments of both kinds.
    """
    of_class = np.unique(group[truly])
    table = np.zeros((len(of_class), n_recordings))
    if truly.all():
        return of_class, table
    other_score, other_group = score[~truly], group[~truly]
    others, other_start = np.unique(other_group, return_index=True)
    for row, recording in enumerate(of_class):
        # Wins of one segment over another, 1 or 1/2 (tie), summed by rank.
        ranked = np.sort(score[truly & (group == recording)])
        above = len(ranked) - np.searchsorted(ranked, other_score, side="right")
        tied = np.searchsorted(ranked, other_score, side="right") - np.searchsorted(
            ranked, other_score, side="left"
        )
        table[row, others] = np.add.reduceat(above + tied / 2, other_start)
    return of_class, table
