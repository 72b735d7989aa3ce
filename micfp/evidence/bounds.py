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

STEPS = 4001
FURTHEST = 10.0
"""Log10 LRs beyond this are not looked for."""


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
    most = float(np.log10(max(n_devices, 1)))
    lower, upper = -most, most
    why = f"{n_devices} independent devices"
    if len(same) and len(different):
        least, greatest = elub(same, different)
        if least > lower or greatest < upper:
            why += ", and what their trials show (ELUB)"
        lower, upper = max(lower, least), min(upper, greatest)
    return Bounds(min(lower, 0.0), max(upper, 0.0), why)


def elub(same: Array, different: Array) -> tuple[float, float]:
    """Empirical lower and upper bound of log10 LRs.

    Stating LRs costs, in empirical normalised Bayes error rate with one misleading LR of either
    kind added, less than never stating any between the bounds alone: (0, 0) where it never does.

    Parameters
    ----------
    same, different
        Log10 LRs of trials, one or more of each.
    """
    threshold = np.linspace(-FURTHEST, FURTHEST, STEPS)
    missed = (np.searchsorted(np.sort(same), threshold, side="left") + 1) / (len(same) + 1)
    passed = len(different) - np.searchsorted(np.sort(different), threshold, side="left")
    alarmed = (passed + 1) / (len(different) + 1)
    # Error rates over that of a system that says nothing, at prior odds of 1 / threshold.
    lr = 10**threshold
    rate = np.where(threshold >= 0, missed + alarmed * lr, missed / lr + alarmed)
    zero = STEPS // 2
    if rate[zero] >= 1:
        return 0.0, 0.0
    over = np.flatnonzero(rate >= 1)
    upper = threshold[over[over > zero].min() - 1] if (over > zero).any() else FURTHEST
    lower = threshold[over[over < zero].max() + 1] if (over < zero).any() else -FURTHEST
    return float(lower), float(upper)
