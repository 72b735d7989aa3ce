"""A calibration: what scores of one fingerprint model are worth, for whom and by what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.bounds import Bounds
from micfp.evidence.logistic import Logistic
from micfp.evidence.strangers import Strangers, best_of

Array = NDArray[np.float64]
CONFIDENCE = 0.95
Population = Literal["any", "make", "model"]
"""Whom the alternative speaks of: any other device, others of the same make, of the same model."""
POPULATIONS: tuple[Population, ...] = get_args(Population)


@dataclass(frozen=True)
class Weights:
    """What scores are worth.

    Attributes
    ----------
    log10_lr
        (n,) likelihood ratios, not bounded.
    low, high
        (n,) ends of their intervals over devices that calibrate, not bounded.
    """

    log10_lr: Array
    low: Array
    high: Array


@dataclass(frozen=True)
class Calibrated:
    """The mapping for what is known of a sitting.

    Attributes
    ----------
    logistic
        From scores and measures to log10 LRs.
    replicates
        (n_replicates, 2, 1 + n_measures): its weights by devices that were drawn anew.
    bounds
        Beyond which nothing is stated.
    matched
        Another mapping, matched to what `strangers` has to know: of many seconds a stranger's best
        score is greater than of few.
    strangers
        Whether the best of some devices, by `matched`, made a recording.
    """

    logistic: Logistic
    replicates: Array
    bounds: Bounds
    matched: Logistic
    strangers: Strangers

    def weights(self, score: Array, quality: Array) -> Weights:
        """Of scores (n,) with measures (n, n_measures)."""
        used = quality[:, : self.logistic.n_measures]
        drawn = [
            Logistic(self.logistic.centre, self.logistic.spread, one).log10_lr(score, used)
            for one in self.replicates
        ]
        tail = 100 * (1 - CONFIDENCE) / 2
        low, high = np.percentile(drawn, [tail, 100 - tail], axis=0)
        return Weights(self.logistic.log10_lr(score, used), low, high)

    def best(self, score: Array, quality: Array) -> tuple[int, float, bool]:
        """The best of devices by their scores (n,) and measures (n, n_measures).

        Its number, its log10 LR against none of them, and whether it is named.
        """
        log10_lr = self.matched.log10_lr(score, quality[:, : self.matched.n_measures])
        found = best_of(log10_lr[:, None], np.ones((len(log10_lr), 1), np.bool_))
        of_best = float(self.strangers.log10_lr(found)[0])
        return int(np.argmax(log10_lr)), of_best, bool(self.strangers.named(found)[0])


@dataclass(frozen=True)
class Validated:
    """How good likelihood ratios were in a condition, on devices that had no part in them.

    Attributes
    ----------
    corpus, condition
        Of the recordings asked about.
    sitting
        What was known: same, other or any.
    test_s
        Seconds of them.
    n_devices, n_same, n_different
        Numbers of devices, and of pairs of one and of two.
    cllr, cllr_min
        Bits, before bounding; the least that another mapping could give.
    eer
        Equal error rate.
    misleading_10, misleading_100
        Shares of pairs of two devices with an LR above that.
    """

    corpus: str
    condition: str
    sitting: str
    test_s: float
    n_devices: int
    n_same: int
    n_different: int
    cllr: float
    cllr_min: float
    eer: float
    misleading_10: float
    misleading_100: float


@dataclass(frozen=True)
class Calibration:
    """A named calibration of a fingerprint model.

    Attributes
    ----------
    name
        By which answers name it.
    model_sha256
        Digest of the file of the model whose scores it maps.
    made_of
        What it was calibrated on, in words.
    proposition
        "model": devices of one make and model are not told apart; "unit": where a validation of
        units says so.
    population
        The relevant population of the alternative, in words.
    sittings
        By what is known of the recordings: same, other, any; against any other device.
    validated
        What it was tested on.
    narrower
        Mappings against devices of one make ("make") and units of one model ("model"), by sitting,
        where there were enough of them.
    """

    name: str
    model_sha256: str
    made_of: str
    proposition: str
    population: str
    sittings: Mapping[str, Calibrated]
    validated: tuple[Validated, ...]
    narrower: Mapping[Population, Mapping[str, Calibrated]] = field(default_factory=dict)

    def of(self, population: Population) -> Mapping[str, Calibrated]:
        """Mappings by sitting against a population; none where it was not calibrated."""
        return self.sittings if population == "any" else self.narrower.get(population, {})

    @cached_property
    def conditions(self) -> tuple[str, ...]:
        """Names of the conditions that were tested, each once."""
        return tuple(dict.fromkeys(one.condition for one in self.validated))
