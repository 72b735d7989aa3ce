"""Packets lost on a network, and what a receiver puts in their place."""

import math
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.errors import MicfpError

FADE_A_PACKET = 0.5  # 6 dB for each packet that is repeated once more


class PacketLossConfig(DegradationConfig):
    """Packets lost in bursts (Gilbert's channel), and concealed."""

    kind: Literal["packet_loss"]
    share: float = Field(ge=0, lt=1, description="of packets that are lost")
    packet_ms: float = Field(20.0, gt=0, description="length of a packet")
    mean_burst: float = Field(1.5, ge=1, description="packets lost in a row, on average")
    concealment: Literal["silence", "repeat"] = Field(
        "repeat", description="what stands in the place of a lost packet"
    )


def lose_packets(
    samples: Float32,
    sample_rate_hz: int,
    share: float,
    packet_ms: float,
    mean_burst: float,
    concealment: Literal["silence", "repeat"],
    rng: np.random.Generator,
) -> Float32:
    """Lose packets in bursts, and conceal them.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        share: of packets that are lost in the long run, 0 to below 1.
        packet_ms: length of a packet in milliseconds.
        mean_burst: packets lost in a row, on average.
        concealment: silence, or the last packet received, again and again, each time 6 dB lower.
        rng: draws which packets are lost.

    Returns
    -------
        float32 (n,).

    Raises
    ------
        MicfpError: a share that bursts so short cannot reach.
    """
    size = max(1, round(packet_ms * 1e-3 * sample_rate_hz))
    lost = lost_packets(-(-len(samples) // size), share, mean_burst, rng)
    received = samples.copy()
    last, weight = np.zeros(size, np.float32), 0.0
    for number, is_lost in enumerate(lost):
        piece = received[number * size : (number + 1) * size]
        if not is_lost:
            last[: len(piece)], weight = piece, 1.0
        elif concealment == "silence":
            piece[:] = 0
        else:
            weight *= FADE_A_PACKET
            piece[:] = last[: len(piece)] * np.float32(weight)
    return received


def lost_packets(
    n_packets: int, share: float, mean_burst: float, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Which packets are lost, bool (n_packets,): a channel of two states (Gilbert 1960).

    A burst ends with the probability 1 / mean_burst, and one begins so often that `share` of the
    packets is lost. Raises MicfpError where that would be more often than always.
    """
    if share == 0:
        return np.zeros(n_packets, bool)
    ends = 1 / mean_burst
    begins = ends * share / (1 - share)
    if begins > 1 + 1e-9:  # what is exactly 1 may be rounded to a little more
        raise MicfpError(
            f"packet_loss: {share:g} of the packets cannot be lost in bursts of {mean_burst:g} on "
            f"average; set mean_burst to {math.ceil(100 * share / (1 - share)) / 100:.2f} or more"
        )
    lost = np.empty(n_packets, bool)
    state = rng.random() < share
    for number, drawn in enumerate(rng.random(n_packets)):
        lost[number] = state
        state = drawn >= ends if state else drawn < begins
    return lost


KIND = DegradationKind(
    PacketLossConfig,
    lambda x, section, rng: x.having(
        lose_packets(
            x.samples,
            x.rate_hz,
            section.share,
            section.packet_ms,
            section.mean_burst,
            section.concealment,
            rng,
        )
    ),
)
