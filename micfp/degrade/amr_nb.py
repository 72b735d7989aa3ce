"""AMR-NB."""

from typing import Literal

from pydantic import field_validator

from micfp.degrade.codec import TELEPHONE_HZ, decoded, decoder, encoded, with_silence
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32
from micfp.degrade.rates import at_rate

AMR_NB_KBIT_S = (4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2)  # 3GPP TS 26.071
# The encoder looks 5 ms ahead (3GPP TS 26.090, 4.4.1).
AMR_DELAY_SAMPLES = 40


class AmrNbConfig(DegradationConfig):
    """Encoded as AMR-NB, the speech codec of mobile telephones, at 8 kHz, and decoded again."""

    kind: Literal["amr_nb"]
    kbit_s: float = 12.2

    @field_validator("kbit_s")
    @classmethod
    def _is_a_mode(cls, kbit_s: float) -> float:
        if kbit_s not in AMR_NB_KBIT_S:
            raise ValueError(f"{kbit_s} is no mode of AMR-NB: {', '.join(map(str, AMR_NB_KBIT_S))}")
        return kbit_s


def amr_nb(samples: Float32, sample_rate_hz: int, kbit_s: float) -> Float32:
    """Encode as AMR-NB (OpenCORE) at 8 kHz, and decode again: mobile telephones.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off, the codec has 16 bits.
        sample_rate_hz: > 0.
        kbit_s: one of the codec's modes, 4.75 to 12.2.

    Returns
    -------
        float32 (n,), lined up with `samples`; nothing above 4 kHz.
    """

    def send(sent: Float32) -> Float32:
        bit_s = round(kbit_s * 1000)
        stream, _ = encoded(with_silence(sent), TELEPHONE_HZ, "libopencore_amrnb", bit_s)
        return decoded(stream, decoder("amrnb", TELEPHONE_HZ), len(sent), AMR_DELAY_SAMPLES)

    return at_rate(samples, sample_rate_hz, TELEPHONE_HZ, send)


KIND = DegradationKind(
    AmrNbConfig, lambda x, rate_hz, section, rng: amr_nb(x, rate_hz, section.kbit_s)
)
