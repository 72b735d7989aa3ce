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
        Float32 (n,) of finite samples, their rate in Hz, the section and a generator to float32 of
        as many samples, lined up with them. MicfpError for what the rate cannot have.
    folder
        The folder of recordings that it draws from; None: it reads no files.
    """

    section: type[S]
    degraded: Callable[[Float32, int, S, np.random.Generator], Float32]
    folder: Callable[[S], str | None] = lambda _: None
