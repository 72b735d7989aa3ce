"""How far a metric may be trusted: intervals that respect which segments belong together.

Segments of one recording are right or wrong together, so they are no independent trials; an
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
  recordings, so it is right for accuracies, and indicative for precision, F1 and ROC area.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

from micfp.config.models import DecisionRule
from micfp.evaluation.decision import predict
from micfp.evaluation.metrics import (
    SCALAR_METRICS,
    FloatArray,
    IntArray,
    averaged,
    group_recordings,
    in_top_k,
    pool_recordings,
    validate,
)

FEW_RECORDINGS = 10
# The ROC area needs a table of every recording against every other.
MOST_RECORDINGS_FOR_ROC = 3000
_BATCH_CELLS = 4_000_000


@dataclass(frozen=True)
class Interval:
    """Confidence interval of one metric; `low` and `high` are NaN where there is none.

    `method` is "bootstrap", "wilson" or "none"; `note` says in words what limits it, or is "".
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
    """Intervals that go with `metrics.evaluate`, for segments and recordings; arguments alike.

    `samples` resamples of the recordings are drawn from `rng`; `confidence` in 0..1.
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
    """Interval of each of `SCALAR_METRICS` by resampling recordings.

    Arguments: `y` int (n,), `log_p` float64 (n, n_classes), `recording` (n,), as validated; the
    rest as `evaluate_intervals`. A resample that lacks a class averages over the classes it has.
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
    # The metric of the set itself: every recording drawn once.
    itself = counts.metrics(np.ones((1, n_recordings)))
    intervals = {
        name: _interval(np.concatenate(parts), float(itself[name][0]), n_recordings, confidence)
        for name, parts in columns.items()
    }
    if counts.wins is None:
        note = f"not computed: over {MOST_RECORDINGS_FOR_ROC} recordings"
        intervals["roc_auc_macro"] = Interval(np.nan, np.nan, n_recordings, "none", note)
    return intervals


def share_interval(
    right: FloatArray,
    n: FloatArray,
    *,
    rng: np.random.Generator,
    samples: int = 1000,
    confidence: float = 0.95,
) -> Interval:
    """Interval of a share, `right` of `n` rows of each recording, by resampling recordings.

    `right` and `n` float64 (n_recordings,); the rest as `evaluate_intervals`.
    """
    n_recordings = len(n)
    if n_recordings < 2:
        note = "one recording only: nothing to resample, so there is no interval"
        return Interval(np.nan, np.nan, n_recordings, "none", note)
    weights = _draw(n_recordings, samples, rng)
    values = (weights @ right) / (weights @ n)
    return _interval(values, float(right.sum() / n.sum()), n_recordings, confidence)


def wilson_interval(share: float, n: int, confidence: float = 0.95) -> tuple[float, float]:
    """Interval of a proportion observed as `share` in `n` independent trials.

    Wilson's score interval (Wilson 1927; recommended by Brown, Cai and DasGupta 2001), which
    keeps a width where the share is 0 or 1. `share` in 0..1, `n` >= 1, `confidence` in 0..1.
    """
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    centre = (share + z**2 / (2 * n)) / (1 + z**2 / n)
    half = z / (1 + z**2 / n) * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    # At the ends the closed form is 0 or 1 but for rounding.
    low = 0.0 if share == 0 else max(0.0, float(centre - half))
    high = 1.0 if share == 1 else min(1.0, float(centre + half))
    return low, high


def chance_interval(n: int, p: float, confidence: float = 0.95) -> tuple[float, float]:
    """Shares of `n` independent guesses that a guesser right with probability `p` stays within.

    The central interval of the binomial distribution, which holds at least `confidence` of it:
    an accuracy inside cannot be told from guessing. `n` >= 1, `p` in 0..1. Segments of one
    recording are not independent: give the number of recordings where they go together.
    """
    from scipy.stats import binom

    tail = (1 - confidence) / 2
    return float(binom.ppf(tail, n, p)) / n, float(binom.ppf(1 - tail, n, p)) / n


def _interval(values: FloatArray, itself: float, n: int, confidence: float) -> Interval:
    defined = values[~np.isnan(values)]
    if np.isnan(itself) or not defined.size:
        return Interval(np.nan, np.nan, n, "none", "the metric is not defined for these scores")
    tail = (1 - confidence) / 2
    low, high = (float(q) for q in np.quantile(defined, [tail, 1 - tail]))
    note = ""
    if n < FEW_RECORDINGS:
        note = f"{n} recordings only: the interval is likely too narrow"
    if np.ptp(defined) < 1e-12:
        low, high = wilson_interval(min(max(itself, 0.0), 1.0), n, confidence)
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
    """What each recording adds to the counts every metric is made of.

    `hits`, `support` and `predicted`: (n_recordings, n_classes); `in_top_k`: (n_recordings,).
    `wins`: a class -> its recordings' positions (k,) and, of the pairs of one segment of such a
    recording and one of another class, how many are ranked rightly (k, n_recordings); None where
    there are too many recordings.
    """

    hits: FloatArray
    support: FloatArray
    predicted: FloatArray
    in_top_k: FloatArray
    wins: tuple[tuple[IntArray, FloatArray], ...] | None

    @staticmethod
    def of(y: IntArray, log_p: FloatArray, start: IntArray, top_k: int) -> "_Counts":
        """Counts of rows that are ordered by recording; `start`: where each recording starts."""
        n_recordings, n_classes = len(start), log_p.shape[1]
        group = np.repeat(np.arange(n_recordings), np.diff(np.append(start, len(y))))
        called = predict(log_p)

        def table(cells: IntArray, chosen: IntArray) -> FloatArray:
            flat = np.bincount(chosen * n_classes + cells, minlength=n_recordings * n_classes)
            return flat.reshape(n_recordings, n_classes).astype(np.float64)

        right = called == y
        wins = None
        if n_recordings <= MOST_RECORDINGS_FOR_ROC:
            wins = tuple(_wins(y == c, log_p[:, c], group, n_recordings) for c in range(n_classes))
        return _Counts(
            hits=table(y[right], group[right]),
            support=table(y, group),
            predicted=table(called, group),
            in_top_k=np.add.reduceat(in_top_k(y, log_p, top_k).astype(np.float64), start),
            wins=wins,
        )

    def metrics(self, weights: FloatArray) -> dict[str, FloatArray]:
        """Each of `SCALAR_METRICS` for each row of `weights`, (samples, n_recordings)."""
        support = weights @ self.support
        found = averaged(weights @ self.hits, support, weights @ self.predicted)
        found["top_k_accuracy"] = (weights @ self.in_top_k) / support.sum(axis=-1)
        found["roc_auc_macro"] = self._roc_auc_macro(weights, support)
        return found

    def _roc_auc_macro(self, weights: FloatArray, support: FloatArray) -> FloatArray:
        if self.wins is None:
            return np.full(len(weights), np.nan)
        won = np.stack(
            [np.sum(weights[:, own] * (weights @ table.T), axis=1) for own, table in self.wins],
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
    truly: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    score: FloatArray,
    group: IntArray,
    n_recordings: int,
) -> tuple[IntArray, FloatArray]:
    """Pairs won by a class's segments, a recording of it and a recording of others.

    A tie counts one half. A recording may hold segments of both kinds.
    """
    own = np.unique(group[truly])
    table = np.zeros((len(own), n_recordings))
    if truly.all():
        return own, table
    other_score, other_group = score[~truly], group[~truly]
    others, other_start = np.unique(other_group, return_index=True)
    for row, recording in enumerate(own):
        mine = score[truly & (group == recording)]
        # Wins of one segment and another, as 2, 1 (tie) and 0, summed over mine by rank.
        ranked = np.sort(mine)
        above = len(mine) - np.searchsorted(ranked, other_score, side="right")
        tied = np.searchsorted(ranked, other_score, side="right") - np.searchsorted(
            ranked, other_score, side="left"
        )
        table[row, others] = np.add.reduceat(above + tied / 2, other_start)
    return own, table
