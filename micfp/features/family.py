"""What a feature family is: its settings, its columns and how its values are made."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32, Segment

Values = NDArray[np.floating[Any]]
S = TypeVar("S", bound=FrameSettings)


@dataclass(frozen=True, eq=False)
class Family(Generic[S]):
    """A family of features; `of_block`, `of_segment`, `spectrum` or `base` makes its values.

    Attributes
    ----------
    settings
        Its fields are what the family reads of a feature set: the key of its results holds these.
    rows
        Names of the values of a frame, or of the spectrum; "" for a single one.
    of_block
        Values of each frame of a block, float32 (frames, rows).
    of_segment
        Values of each frame that counts of a segment, float32 (frames, rows).
    spectrum
        Values of the whole segment, float32 (rows,); no aggregates are taken of them.
    base
        The family whose values `finish` makes this one's of.
    finish
        What depends on all frames of a segment: its values, from what `of_block` gave for them.
    at_recorded_rate
        Whether it is given the segment at its own rate, not at that of the feature set.
    librosa
        Values (rows, frames) by librosa, given `librosa.feature` and the segment, or the base's.
        None: librosa has no function for it.
    unit
        Of its values where librosa has them too, in words.
    version
        Is raised whenever the same settings give other values: above 1 it is part of the key of
        every result that has them.
    """

    settings: type[S]
    rows: Callable[[S], list[str]] = lambda _: [""]
    of_block: Callable[[Block, S], Float32] | None = None
    of_segment: Callable[[Segment, S], Float32] | None = None
    spectrum: Callable[[Segment, S], Float32] | None = None
    base: "Family[Any] | None" = None
    finish: Callable[[Float32, S], Float32] | None = None
    at_recorded_rate: bool = False
    librosa: Callable[[Any, Any, S], Values] | None = None
    unit: str = ""
    version: int = 1


def numbered(n_rows: int, least_digits: int = 1) -> list[str]:
    """Row numbers from 0 on, all with as many digits as the last."""
    digits = max(least_digits, len(str(n_rows - 1)))
    return [f"{k:0{digits}d}" for k in range(n_rows)]
