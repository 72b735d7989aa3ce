"""G.711."""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.degrade.codec import TELEPHONE_HZ, at_rate, read_file, written
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound


class G711Config(DegradationConfig):
    """G.711, the codec of digital telephones, at 8 kHz: eight bits on a logarithmic scale."""

    kind: Literal["g711"]
    law: Literal["a", "mu"] = Field("a", description="a: Europe, mu: North America and Japan")


def g711(samples: Float32, sample_rate_hz: int, law: Literal["a", "mu"]) -> Sound:
    """A WAV file of G.711, as it is read: eight bits a sample; digital telephone lines.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off.
        sample_rate_hz: > 0.
        law: "a" in Europe, "mu" in North America and Japan.

    Returns
    -------
        float32 (ceil(n 8000 / sample_rate_hz),) at 8 kHz, lined up with `samples`.
    """
    sent = at_rate(samples, sample_rate_hz, TELEPHONE_HZ)
    subtype = {"a": "ALAW", "mu": "ULAW"}[law]
    return read_file(written(np.clip(sent, -1, 1), TELEPHONE_HZ, "WAV", subtype))


KIND = DegradationKind(G711Config, lambda x, section, rng: g711(x.samples, x.rate_hz, section.law))
