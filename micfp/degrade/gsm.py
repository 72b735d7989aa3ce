"""GSM 6.10."""

from typing import Literal

from micfp.degrade.codec import TELEPHONE_HZ, through_file
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate


class GsmConfig(DegradationConfig):
    """GSM 6.10 full rate, at 8 kHz."""

    kind: Literal["gsm"]


def gsm(samples: Float32, sample_rate_hz: int) -> Float32:
    """GSM 6.10 full rate (13 kbit/s) at 8 kHz: the first mobile telephones.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off.
        sample_rate_hz: > 0.

    Returns
    -------
        float32 (n,), lined up with `samples`; nothing above 4 kHz.
    """
    return at_rate(
        samples,
        sample_rate_hz,
        TELEPHONE_HZ,
        lambda sent: through_file(sent, TELEPHONE_HZ, "WAV", "GSM610"),
    )


KIND = DegradationKind(GsmConfig, lambda x, rate_hz, section, rng: gsm(x, rate_hz))
