"""GSM 6.10."""

from typing import Literal

import numpy as np

from micfp.degrade.codec import TELEPHONE_HZ, at_rate, read_file, written
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound


class GsmConfig(DegradationConfig):
    """GSM 6.10 full rate, at 8 kHz."""

    kind: Literal["gsm"]


def gsm(samples: Float32, sample_rate_hz: int) -> Sound:
    """A WAV file of GSM 6.10 full rate (13 kbit/s), as it is read: the first mobile telephones.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off.
        sample_rate_hz: > 0.

    Returns
    -------
        float32 (m,) at 8 kHz, whole blocks of 320, lined up with `samples`.
    """
    sent = at_rate(samples, sample_rate_hz, TELEPHONE_HZ)
    return read_file(written(np.clip(sent, -1, 1), TELEPHONE_HZ, "WAV", "GSM610"))


KIND = DegradationKind(GsmConfig, lambda x, section, rng: gsm(x.samples, x.rate_hz), is_mono=True)
