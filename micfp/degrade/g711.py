"""G.711."""

from typing import Literal

from micfp.degrade.codec import TELEPHONE_HZ, through_file
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate


class G711Config(DegradationConfig):
    """G.711, the codec of digital telephones, at 8 kHz: eight bits on a logarithmic scale."""

    kind: Literal["g711"]
    law: Literal["a", "mu"] = "a"


def g711(samples: Float32, sample_rate_hz: int, law: Literal["a", "mu"]) -> Float32:
    """G.711 at 8 kHz: eight bits a sample on a logarithmic scale; digital telephone lines.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off.
        sample_rate_hz: > 0.
        law: "a" in Europe, "mu" in North America and Japan.

    Returns
    -------
        float32 (n,), lined up with `samples`; nothing above 4 kHz.
    """
    subtype = {"a": "ALAW", "mu": "ULAW"}[law]
    return at_rate(
        samples,
        sample_rate_hz,
        TELEPHONE_HZ,
        lambda sent: through_file(sent, TELEPHONE_HZ, "WAV", subtype),
    )


KIND = DegradationKind(G711Config, lambda x, rate_hz, section, rng: g711(x, rate_hz, section.law))
