"""What a degradation is: its section of the parameters, its function, what it reads."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micfp.config.base import Section

Float32 = NDArray[np.float32]
SnrDb = Annotated[float, Field(ge=-100, le=200, description="active level over noise, in dB")]


@dataclass(frozen=True)
class Sound:
    """One channel: float32 (n,) of finite samples, full scale 1, and their rate in Hz."""

    samples: Float32
    rate_hz: int

    def having(self, samples: Float32) -> "Sound":
        """Other samples at the same rate."""
        return Sound(samples, self.rate_hz)


class DegradationConfig(Section):
    """One degradation of a chain; the kinds are told apart by `kind`."""

    kind: str


S = TypeVar("S", bound=DegradationConfig)


@dataclass(frozen=True)
class DegradationKind(Generic[S]):
    """A kind of degradation.

    Attributes
    ----------
    section
        Its parameters.
    degraded
        A sound, the section and a generator to another sound, lined up with it: time 0 is time 0.
        What is written to a file comes at the rate and length of that file as it is read; of the
        others both stay. MicfpError for what the rate cannot have.
    folder
        The folder of recordings that it draws from; None: it reads no files.
    is_mono
        Its files hold one channel, whatever was recorded.
    """

    section: type[S]
    degraded: Callable[[Sound, S, np.random.Generator], Sound]
    folder: Callable[[S], str | None] = lambda _: None
    is_mono: bool = False
