"""Scored pairs of recordings of which it is known whether one device made them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Trials:
    """Scores of pairs.

    Attributes
    ----------
    score
        float64 (n,), natural log odds as the model has them, calibrated for nothing yet.
    same
        (n,), whether one device made both.
    first, second
        (n,) numbers of the devices of both sides.
    quality
        float64 (n, n_measures), what was measured of the pair.
    measures
        Names of its columns, with units.
    """

    score: Array
    same: Bools
    first: Ints
    second: Ints
    quality: Array
    measures: tuple[str, ...]

    def __len__(self) -> int:
        """Number of pairs."""
        return len(self.score)

    def only(self, chosen: Bools) -> "Trials":
        """Those of some rows (n,)."""
        return Trials(
            self.score[chosen],
            self.same[chosen],
            self.first[chosen],
            self.second[chosen],
            self.quality[chosen],
            self.measures,
        )

    def with_measures(self, n_measures: int) -> "Trials":
        """The same pairs with the first measures alone."""
        return replace(
            self, quality=self.quality[:, :n_measures], measures=self.measures[:n_measures]
        )

    @property
    def devices(self) -> list[int]:
        """Numbers of the devices that take part, in order."""
        return [int(one) for one in np.union1d(self.first, self.second)]

    @property
    def n_devices(self) -> int:
        """How many devices take part."""
        return len(self.devices)


def joined_trials(parts: Sequence[Trials]) -> Trials:
    """All pairs of one or more parts with the same measures."""
    return Trials(
        np.concatenate([one.score for one in parts]),
        np.concatenate([one.same for one in parts]),
        np.concatenate([one.first for one in parts]),
        np.concatenate([one.second for one in parts]),
        np.concatenate([one.quality for one in parts]),
        parts[0].measures,
    )
