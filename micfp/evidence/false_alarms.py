"""How often a stranger is named, by how many devices are enrolled: what was meant, and what is.

Of more enrolled devices than there are, the best and the second are drawn from the tail of those
that there are: beyond the threshold of a stranger's scores their excesses follow a generalised
Pareto distribution, of one shape for all strangers and a scale for each. The tail errs upwards:
from 300 simulated devices it gave 2 to 5 % for 1 000 and 10 000, where 0 to 4 % were named.

References
----------
Pickands (1975), Statistical inference using extreme order statistics. Hosking and Wallis (1987),
Parameter and quantile estimation for the generalized Pareto distribution.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.strangers import NOMINAL_FALSE_ALARMS, Best, Strangers, best_of
from micfp.evidence.trials import Bools

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

N_SHOWN = (30, 1000, 10_000)
DRAWS = 20
"""Of who is enrolled, for each stranger."""
TAIL = 0.03
"""Share of a stranger's greatest scores from which the tail is fitted; of more the best of many
devices comes out too low, of fewer it is chance."""
LEAST_TAIL = 5
"""Scores of a tail."""
SHAPES = (-0.5, 0.5)
"""Range of shapes: what few scores show beyond it is chance."""


@dataclass(frozen=True)
class FalseAlarms:
    """Strangers that are named.

    Attributes
    ----------
    n_enrolled
        Number of devices.
    nominal
        Share that the threshold was set for, 0..1.
    true
        Share that is named, 0..1.
    n_strangers
        Recordings that it was found with.
    extrapolated
        There were fewer devices: the best of so many is drawn from the tail of their scores.
    """

    n_enrolled: int
    nominal: float
    true: float
    n_strangers: int
    extrapolated: bool


@dataclass(frozen=True)
class _Tail:
    """Scores (n_others,) of a stranger, and how they go on beyond the greatest ones."""

    ordered: Array
    start: float
    share: float
    scale: float
    shape: float

    def score(self, above: Array) -> Array:
        """The score that a share `above` (n,) of devices is above."""
        beyond = above < self.share
        rank = np.minimum((above * len(self.ordered)).astype(int), len(self.ordered) - 1)
        ratio = np.minimum(above / self.share, 1.0)
        if abs(self.shape) < 1e-6:
            excess = -self.scale * np.log(ratio)
        else:
            excess = self.scale * (ratio**-self.shape - 1) / self.shape
        return np.where(beyond, self.start + excess, self.ordered[rank])


def false_alarms(
    log10_lr: Array,
    compares: Bools,
    of: Ints,
    by: Ints,
    strangers: Strangers,
    rng: np.random.Generator,
    n_enrolled: Sequence[int] = N_SHOWN,
) -> tuple[FalseAlarms, ...]:
    """Ask every recording of devices that did not make it, and count who is named.

    Parameters
    ----------
    log10_lr, compares
        (n_devices, n_tests), of one reference of each device, which had no part in `strangers`.
    of, by
        (n_devices,) and (n_tests,) numbers of the devices.
    strangers
        Says whether the best is named.
    rng
        Draws who is enrolled.
    n_enrolled
        Numbers of devices, one row for each.

    Raises
    ------
    ValueError
        No recording compares with two devices or more that did not make it.
    """
    each = [log10_lr[(of != device) & compares[:, test], test] for test, device in enumerate(by)]
    each = [others for others in each if len(others) > 1]
    if not each:
        raise ValueError("no recording compares with two devices that did not make it")
    fewest = min(map(len, each))
    tails = _tails(each) if max(n_enrolled) > fewest else []
    rows = []
    for n in n_enrolled:
        enough = n <= fewest
        best = _drawn_from(each, n, rng) if enough else _drawn_beyond(tails, n, rng)
        named = strangers.named(best)
        rows.append(
            FalseAlarms(n, NOMINAL_FALSE_ALARMS, float(named.mean()), len(each), not enough)
        )
    return tuple(rows)


def _drawn_from(each: Sequence[Array], n: int, rng: np.random.Generator) -> Best:
    """The best of n of the devices that there are, `DRAWS` times for each stranger."""
    drawn = [rng.choice(others, n, replace=False) for others in each for _ in range(DRAWS)]
    table = np.stack(drawn, axis=1)
    return best_of(table, np.ones_like(table, np.bool_))


def _drawn_beyond(tails: Sequence[_Tail], n: int, rng: np.random.Generator) -> Best:
    """The best of n devices like those that there are.

    The share of devices above the best of n is 1 - u^(1 / n) of a uniform u; the others are n - 1
    of the rest, which holds the second.
    """
    first, second = rng.random((2, len(tails), DRAWS))
    above_best = -np.expm1(np.log(first) / n)
    above_second = above_best + (1 - above_best) * -np.expm1(np.log(second) / max(n - 1, 1))
    drawn = [above_best] if n == 1 else [above_best, above_second]
    table = np.stack(
        [
            np.concatenate([one.score(row) for one, row in zip(tails, rows, strict=True)])
            for rows in drawn
        ]
    )
    best = best_of(table, np.ones_like(table, np.bool_))
    return replace(best, n_enrolled=np.full(table.shape[1], float(n)))


def _tails(each: Sequence[Array]) -> list[_Tail]:
    """Fit the tails of all strangers, with the shape that all of them have together."""
    found = []
    for others in each:
        ordered = np.sort(others)[::-1]
        n_tail = min(max(round(TAIL * len(ordered)), LEAST_TAIL), len(ordered) - 1)
        excess = ordered[:n_tail] - ordered[n_tail]
        found.append((ordered, n_tail, excess))
    relative = [excess / max(excess.mean(), 1e-9) for _, _, excess in found]
    shape = _shape(np.concatenate(relative))
    return [
        _Tail(
            ordered,
            float(ordered[n_tail]),
            n_tail / len(ordered),
            # The mean excess is scale / (1 - shape).
            max(float(excess.mean()), 1e-9) * (1 - shape),
            shape,
        )
        for ordered, n_tail, excess in found
    ]


def _shape(relative: Array) -> float:
    """Of a generalised Pareto distribution, by its first two probability-weighted moments."""
    rising = np.sort(relative)
    n = len(rising)
    weight = 1 - (np.arange(1, n + 1) - 0.35) / n
    mean, weighted = rising.mean(), (weight * rising).mean()
    shape = 2 - mean / (mean - 2 * weighted) if mean > 2 * weighted else SHAPES[1]
    return float(np.clip(shape, *SHAPES))
