"""From scores to likelihood ratios by a normal distribution of either kind of pair.

Normal densities of unequal spread cross twice, so that far out a greater score would be weaker
evidence. Beyond the score at which that begins, the LR is held.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.trials import Trials

Array = NDArray[np.float64]
LEAST_SPREAD = 1e-9


@dataclass(frozen=True)
class Gaussian:
    """Two normal distributions of scores.

    Attributes
    ----------
    mean_same, mean_different
        Of pairs of one device and of two.
    sd_same, sd_different
        > 0.
    """

    mean_same: float
    mean_different: float
    sd_same: float
    sd_different: float

    def log10_lr(self, score: Array) -> Array:
        """Log10 likelihood ratios (n,) of scores (n,); 0 where pairs of one device score lower."""
        if self.mean_same <= self.mean_different:
            return np.zeros(len(score))
        held = np.clip(score, *self._rises)
        of_same = (held - self.mean_same) / self.sd_same
        of_different = (held - self.mean_different) / self.sd_different
        log_lr = np.log(self.sd_different / self.sd_same) + (of_different**2 - of_same**2) / 2
        return np.asarray(log_lr / np.log(10))

    @property
    def _rises(self) -> tuple[float, float]:
        """Scores between which the LR rises: one of them is infinite, or both."""
        sharp_same, sharp_different = self.sd_same**-2, self.sd_different**-2
        bend = sharp_different - sharp_same
        if bend == 0:
            return -np.inf, np.inf
        turn = (self.mean_different * sharp_different - self.mean_same * sharp_same) / bend
        return (turn, np.inf) if bend > 0 else (-np.inf, turn)


def fit_gaussian(trials: Trials) -> Gaussian:
    """Fit to the scores of pairs; measures are not looked at.

    Raises
    ------
    ValueError
        Pairs of one kind alone.
    """
    same, different = trials.score[trials.same], trials.score[~trials.same]
    if not (len(same) and len(different)):
        raise ValueError("pairs of one device and of two are needed")
    return Gaussian(
        float(same.mean()),
        float(different.mean()),
        max(float(same.std()), LEAST_SPREAD),
        max(float(different.std()), LEAST_SPREAD),
    )
