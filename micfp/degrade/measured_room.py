"""A room whose response was measured."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.files import audio_files
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rooms import as_loud_as, measured_response, through


class MeasuredRoomConfig(DegradationConfig):
    """Played in a room whose response was measured: one file of a folder a recording."""

    kind: Literal["measured_room"]
    rooms_from: str = Field(description="folder of impulse responses")
    max_s: float = Field(1.0, gt=0, description="length of room response that is used")


def measured_room(
    samples: Float32, sample_rate_hz: int, folder: str, max_s: float, rng: np.random.Generator
) -> Float32:
    """Play samples in a room whose impulse response was measured.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        folder: impulse responses, of which one and a channel of it are drawn.
        max_s: length in seconds of the response that is used, from its direct sound on.
        rng: draws file and channel.

    Returns
    -------
        float32 (n,). Lined up by the strongest sample of the direct sound (`direct_sound`).

    Raises
    ------
        MicfpError: a folder without recordings; a file that is no response.
    """
    from micfp.audio import probe

    files = audio_files(folder)
    file = files[rng.integers(len(files))]
    channel = int(rng.integers(probe(file).n_channels))
    response, direct = measured_response(file, channel, sample_rate_hz, max_s)
    return as_loud_as(samples, through(samples, response, direct), sample_rate_hz)


KIND = DegradationKind(
    MeasuredRoomConfig,
    lambda x, section, rng: x.having(
        measured_room(x.samples, x.rate_hz, section.rooms_from, section.max_s, rng)
    ),
    folder=lambda section: section.rooms_from,
)
