"""What the ways to calibrate cost on one and the same pairs."""

from dataclasses import dataclass

import numpy as np

from micfp.evaluation.verification import cllr, cllr_min
from micfp.evidence.gaussian import fit_gaussian
from micfp.evidence.logistic import fit_logistic
from micfp.evidence.pav import fit_pav
from micfp.evidence.trials import Array, Trials


@dataclass(frozen=True)
class Compared:
    """Cllr in bits, before bounding, on pairs that were not fitted.

    Attributes
    ----------
    matched
        Logistic regression, with what was measured of a pair.
    logistic, gaussian, pav
        Of scores alone: one mapping for all pairs.
    least
        Cllr_min of the scores: what no mapping of scores alone can go below.
    """

    matched: float
    logistic: float
    gaussian: float
    pav: float
    least: float


def compared(fitted: Trials, tested: Trials) -> Compared:
    """Calibrate by some pairs and test on others, of other devices.

    Raises
    ------
    ValueError
        Pairs of one kind alone are fitted.
    """
    same = tested.same

    def cost(log10_lr: Array) -> float:
        log_lr = log10_lr * np.log(10)
        return cllr(log_lr[same], log_lr[~same])

    return Compared(
        matched=cost(fit_logistic(fitted).log10_lr(tested.score, tested.quality)),
        logistic=cost(fit_logistic(fitted.with_measures(0)).log10_lr(tested.score)),
        gaussian=cost(fit_gaussian(fitted).log10_lr(tested.score)),
        pav=cost(fit_pav(fitted).log10_lr(tested.score)),
        least=cllr_min(tested.score[same], tested.score[~same]),
    )
