"""Recordings of a known sound, divided by it: what is left is loudspeaker, room and microphone."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RESPONSE_S = 1.0
BEFORE_S = 0.01
"""Of a response before its peak."""
PEAK = 0.5
# Of the strongest bin's power: what the sound hardly excites is not blown up.
REGULARISATION = 1e-6


def responses(
    recorded: "Samples", played: "Samples", sample_rate_hz: int, block_s: float
) -> "Samples":
    """Impulse responses of one second each, one after the other, one for each block.

    Spectral division with a floor under the divisor. A block in which nothing was played gives
    silence.

    Parameters
    ----------
    recorded
        float32 (n,), full scale 1.
    played
        float32 (n,), at the same time.
    sample_rate_hz
        > 0.
    block_s
        Length of what one response is estimated from, > 0.

    References
    ----------
    Farina (2000), Simultaneous measurement of impulse response and distortion with a swept-sine
    technique; here with any known sound.
    """
    import numpy as np
    from scipy import fft

    n_block = round(block_s * sample_rate_hz)
    n_response = round(RESPONSE_S * sample_rate_hz)
    before = round(BEFORE_S * sample_rate_hz)
    n_fft = fft.next_fast_len(2 * max(n_block, n_response), real=True)
    blocks = []
    for start in range(0, len(recorded) - n_block + 1, n_block):
        x = fft.rfft(played[start : start + n_block].astype(np.float64), n_fft)
        y = fft.rfft(recorded[start : start + n_block].astype(np.float64), n_fft)
        power = np.square(x.real) + np.square(x.imag)
        floor = REGULARISATION * power.max()
        if floor == 0:
            blocks.append(np.zeros(n_response, np.float32))
            continue
        response = fft.irfft(y * x.conj() / (power + floor), n_fft)
        peak = int(np.abs(response).argmax())
        aligned = np.roll(response, before - peak)[:n_response]
        blocks.append((aligned * (PEAK / np.abs(aligned).max())).astype(np.float32))
    return np.concatenate(blocks) if blocks else np.zeros(0, np.float32)
