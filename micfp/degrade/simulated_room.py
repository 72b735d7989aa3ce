"""A simulated room."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rooms import as_loud_as, shoebox_response, through


class SimulatedRoomConfig(DegradationConfig):
    """Played in a shoebox room (image sources), its size and places drawn per recording."""

    kind: Literal["simulated_room"]
    rt60_s: float = Field(0.4, ge=0.1, le=2, description="reverberation time")


def simulated_room(
    samples: Float32, sample_rate_hz: int, rt60_s: float, rng: np.random.Generator
) -> Float32:
    """Play samples in a drawn shoebox room: see `shoebox_response`.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        rt60_s: reverberation time, 0.1 to 2 s.
        rng: draws room and places.

    Returns
    -------
        float32 (n,), its direct sound lined up to the sample.
    """
    response = shoebox_response(sample_rate_hz, rt60_s, rng)
    return as_loud_as(samples, through(samples, response), sample_rate_hz)


KIND = DegradationKind(
    SimulatedRoomConfig,
    lambda x, section, rng: x.having(simulated_room(x.samples, x.rate_hz, section.rt60_s, rng)),
)
