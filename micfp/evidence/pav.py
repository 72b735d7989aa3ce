"""From scores to likelihood ratios by pool-adjacent-violators (PAV): any mapping that rises.

Where only one kind of pair was seen, PAV has infinite LRs. One misleading pair of either kind is
added, so that none is greater than the number of pairs, plus one, can bear.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evaluation.verification import pooled_log_lr
from micfp.evidence.trials import Trials

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pav:
    """A fitted mapping.

    Attributes
    ----------
    scores
        (n_knots,), rising.
    log10_lrs
        (n_knots,) of these, not falling.
    """

    scores: Array
    log10_lrs: Array

    def log10_lr(self, score: Array) -> Array:
        """Log10 likelihood ratios (n,) of scores (n,), straight between those that were fitted."""
        return np.asarray(np.interp(score, self.scores, self.log10_lrs))


def fit_pav(trials: Trials) -> Pav:
    """Fit to the scores of pairs; measures are not looked at.

    Raises
    ------
    ValueError
        Pairs of one kind alone.
    """
    same, different = trials.score[trials.same], trials.score[~trials.same]
    if not (len(same) and len(different)):
        raise ValueError("pairs of one device and of two are needed")
    # The misleading pairs come last of their kind, and are no knots.
    of_same, of_different = pooled_log_lr(np.append(same, -np.inf), np.append(different, np.inf))
    log_lr = np.concatenate([of_same[:-1], of_different[:-1]])
    scores, place = np.unique(np.concatenate([same, different]), return_index=True)
    return Pav(scores, log_lr[place] / np.log(10))
