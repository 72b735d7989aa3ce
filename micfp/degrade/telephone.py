"""The telephone: its band and its sample rate."""

from typing import Literal

import numpy as np

from micfp.degrade.codec import TELEPHONE_HZ, at_rate
from micfp.degrade.kind import DegradationConfig, DegradationKind, Float32, Sound
from micfp.errors import MicfpError

BAND_HZ = (300, 3400)
TRANSITION_HZ = 200  # on both sides of the band
STOP_DB = 80


class TelephoneConfig(DegradationConfig):
    """The telephone band, 300-3400 Hz, at 8 kHz."""

    kind: Literal["telephone"]


def telephone(samples: Float32, sample_rate_hz: int) -> Sound:
    """Keep the telephone band, 300-3400 Hz (ITU-T G.712), at the telephone's 8 kHz.

    Linear-phase FIR filter (Kaiser window) without its delay: within 0.01 dB from 300 to 3400 Hz,
    -6 dB at 200 and 3500 Hz, -80 dB below 100 Hz and above 3600 Hz.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: 8000 or more.

    Returns
    -------
        float32 (ceil(n 8000 / sample_rate_hz),) at 8 kHz, lined up with `samples`.

    Raises
    ------
        MicfpError: a lower sample rate.
    """
    from scipy.signal import firwin, kaiserord, oaconvolve

    if sample_rate_hz < TELEPHONE_HZ:
        raise MicfpError(
            f"{sample_rate_hz} Hz cannot hold the telephone band, which takes {TELEPHONE_HZ} Hz"
        )
    half = TRANSITION_HZ / 2
    n_taps, beta = kaiserord(STOP_DB, TRANSITION_HZ / (TELEPHONE_HZ / 2))
    edges = [BAND_HZ[0] - half, BAND_HZ[1] + half]
    taps = firwin(n_taps | 1, edges, window=("kaiser", beta), pass_zero=False, fs=TELEPHONE_HZ)
    sent = at_rate(samples, sample_rate_hz, TELEPHONE_HZ)
    heard = oaconvolve(sent, taps.astype(np.float32))[len(taps) // 2 :][: len(sent)]
    return Sound(heard, TELEPHONE_HZ)


KIND = DegradationKind(TelephoneConfig, lambda x, section, rng: telephone(x.samples, x.rate_hz))
