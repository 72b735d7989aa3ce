"""How strong evidence may be said to be: no stronger than what was seen allows.

References
----------
Vergeer, van Es, de Jongh, Alberink and Stoel (2016), Numerical likelihood ratios outputted by LR
systems are often based on extrapolation: when to stop extrapolating? (ELUB)
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

FURTHEST = 10
"""Log10 LRs beyond this are not looked for."""
PER_DECADE = 200
"""Log10 LRs that are tried, between one and the next power of ten."""


@dataclass(frozen=True)
class Bounds:
    """Least and greatest log10 LR that may be stated.

    Attributes
    ----------
    lower, upper
        <= 0 and >= 0.
    why
        What sets them, in words.
    """

    lower: float
    upper: float
    why: str

    def clip(self, log10_lr: Array) -> Array:
        """Log10 LRs within the bounds."""
        return np.clip(log10_lr, self.lower, self.upper)

    def reached(self, log10_lr: float) -> bool:
        """Whether an LR that is stated is at a bound, and may be stronger."""
        return not self.lower < log10_lr < self.upper

    def hides(self, interval: tuple[float, float]) -> bool:
        """Whether nothing of an interval lies inside, so that neither end may be stated."""
        low, high = interval
        return low >= self.upper or high <= self.lower


def bounds(same: Array, different: Array, n_devices: int) -> Bounds:
    """The tighter of what the number of devices and what the trials allow.

    Parameters
    ----------
    same, different
        Log10 LRs of trials of real devices that neither taught nor calibrated; none of a kind: the
        number of devices alone counts.
    n_devices
        Independent real devices among them; virtual ones do not count.
    """
    upper = float(np.log10(max(n_devices, 1)))
    lower = 0.0 - upper  # not -0
    why = f"{n_devices} independent devices"
    if len(same) and len(different):
        least, greatest = elub(same, different)
        if least > lower or greatest < upper:
            why += ", and what their trials show (ELUB)"
        lower, upper = max(lower, least), min(upper, greatest)
    return Bounds(lower, upper, why)


def elub(same: Array, different: Array) -> tuple[float, float]:
    """Empirical lower and upper bound of log10 LRs.

    Stating LRs costs, in empirical normalised Bayes error rate with one misleading LR of either
    kind added, less than never stating any between the bounds alone: (0, 0) where it never does.

    Parameters
    ----------
    same, different
        Log10 LRs of trials, one or more of each.
    """
    zero = FURTHEST * PER_DECADE
    threshold = np.arange(-zero, zero + 1) / PER_DECADE
    missed = (_below(same, threshold) + 1) / (len(same) + 1)
    alarmed = (len(different) - _below(different, threshold) + 1) / (len(different) + 1)
    # Error rates over that of a system that says nothing, at prior odds of 1 / threshold.
    lr = 10**threshold
    rate = np.where(threshold >= 0, missed + alarmed * lr, missed / lr + alarmed)
    if rate[zero] >= 1:
        return 0.0, 0.0
    over = np.flatnonzero(rate >= 1)
    upper = threshold[over[over > zero].min() - 1] if (over > zero).any() else FURTHEST
    lower = threshold[over[over < zero].max() + 1] if (over < zero).any() else -FURTHEST
    return float(lower), float(upper)


def _below(values: Array, threshold: Array) -> NDArray[np.int64]:
    """How many values are below each threshold; equal ones are where it is negative.

    Both hypotheses are then treated alike: a value that is equal is as strong as the threshold.
    """
    ordered = np.sort(values)
    return np.where(
        threshold < 0,
        np.searchsorted(ordered, threshold, side="right"),
        np.searchsorted(ordered, threshold, side="left"),
    )
