"""Whether one method is better than another on the same recordings.

Intervals of two methods may overlap though one is better on nearly every recording: what is
compared is the difference on the same ones.
"""

from dataclasses import dataclass

import numpy as np

from micfp.evaluation.inputs import BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Paired:
    """Two methods on the same recordings.

    Attributes
    ----------
    first_only, second_only
        recordings that one method alone named correctly
    p
        two-sided, that so uneven a share would come about if both were as good (`mcnemar`)
    """

    first_only: int
    second_only: int
    p: float


def mcnemar(first: BoolArray, second: BoolArray) -> Paired:
    """Compare which recordings two methods named correctly, by McNemar's exact test.

    Where both are as good, each recording on which they differ is a fair coin: the p-value is that
    of a binomial test (McNemar 1947; Dietterich 1998, "Approximate statistical tests for comparing
    supervised classification learning algorithms").

    Parameters
    ----------
    first, second
        whether each recording is named correctly, shape (n,), in the same order

    Raises
    ------
    ValueError
        if they are not as many
    """
    from scipy.stats import binomtest

    if first.shape != second.shape:
        raise ValueError(f"{len(first)} recordings of one method and {len(second)} of the other")
    first_only, second_only = int((first & ~second).sum()), int((second & ~first).sum())
    differ = first_only + second_only
    p = float(binomtest(first_only, differ, 0.5).pvalue) if differ else 1.0
    return Paired(first_only, second_only, p)


def holm(p: FloatArray) -> FloatArray:
    """Adjust p-values for their number, so that one false finding in all is as rare as said.

    Holm (1979), "A simple sequentially rejective multiple test procedure".

    Parameters
    ----------
    p
        0..1, shape (n,)
    """
    order = np.argsort(p, kind="stable")
    times = np.arange(len(p), 0, -1)
    adjusted = np.empty(len(p))
    adjusted[order] = np.minimum(1, np.maximum.accumulate(times * p[order]))
    return adjusted


def paired_difference(
    first: FloatArray,
    second: FloatArray,
    n: IntArray,
    *,
    rng: np.random.Generator,
    samples: int,
    confidence: float,
) -> tuple[float, float]:
    """Interval of the difference of two accuracies, by drawing whole groups with replacement.

    Recordings of one device are correct or wrong together, so devices are drawn.

    Parameters
    ----------
    first, second
        correct rows of each group, shape (n_groups,)
    n
        rows of each group, same shape
    rng, samples, confidence
        as in `bootstrap.evaluate_intervals`
    """
    weights = rng.multinomial(len(n), np.full(len(n), 1 / len(n)), size=samples)
    difference = (weights @ (first - second)) / (weights @ n)
    tail = (1 - confidence) / 2
    low, high = np.quantile(difference, (tail, 1 - tail))
    return float(low), float(high)
