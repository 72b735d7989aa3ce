"""AMR-NB."""

from typing import Literal

import numpy as np
from pydantic import Field, field_validator

from micfp.degrade.codec import TELEPHONE_HZ, at_rate, encoded, read_file
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound

AMR_NB_KBIT_S = (4.75, 5.15, 5.9, 6.7, 7.4, 7.95, 10.2, 12.2)  # 3GPP TS 26.071
# The encoder looks 5 ms ahead (3GPP TS 26.090, 4.4.1).
AMR_DELAY_SAMPLES = 40


class AmrNbConfig(DegradationConfig):
    """A file of AMR-NB, the speech codec of mobile telephones, at 8 kHz."""

    kind: Literal["amr_nb"]
    kbit_s: float = Field(12.2, description="one of the modes of the codec")

    @field_validator("kbit_s")
    @classmethod
    def _is_a_mode(cls, kbit_s: float) -> float:
        if kbit_s not in AMR_NB_KBIT_S:
            raise ValueError(f"{kbit_s} is no mode of AMR-NB: {', '.join(map(str, AMR_NB_KBIT_S))}")
        return kbit_s


def amr_nb(samples: Float32, sample_rate_hz: int, kbit_s: float) -> Sound:
    """Encode as an AMR-NB file (OpenCORE), and read it: mobile telephones.

    Such a file does not state the encoder's delay of 5 ms, and keeps it where it is read. Here it
    is taken off, so that the copy is lined up, and as much silence added at the end.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off, the codec has 16 bits.
        sample_rate_hz: > 0.
        kbit_s: one of the codec's modes, 4.75 to 12.2.

    Returns
    -------
        float32 (m,) at 8 kHz, whole frames of 20 ms, lined up with `samples`.
    """
    sent = at_rate(samples, sample_rate_hz, TELEPHONE_HZ)
    bit_s = round(kbit_s * 1000)
    heard = read_file(encoded(sent, TELEPHONE_HZ, "libopencore_amrnb", "amr", bit_s))
    return heard.having(np.pad(heard.samples[AMR_DELAY_SAMPLES:], (0, AMR_DELAY_SAMPLES)))


KIND = DegradationKind(
    AmrNbConfig,
    lambda x, section, rng: amr_nb(x.samples, x.rate_hz, section.kbit_s),
    is_mono=True,
)
