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
    """Impulse responses of a second each, one after the other, one of each block.

    Spectral division with a floor under the divisor (Farina 2000, of any known sound). A block in
    which nothing was played gives silence.

    :param recorded: float32 (n,), full scale 1
    :param played: float32 (n,), at the same time
    :param sample_rate_hz: > 0
    :param block_s: length of what one response is estimated from, > 0
    """
    import numpy as np
    from scipy import fft

    n_block = round(block_s * sample_rate_hz)
    n_response = round(RESPONSE_S * sample_rate_hz)
    before = round(BEFORE_S * sample_rate_hz)
    n_fft = fft.next_fast_len(2 * max(n_block, n_response), real=True)
    found = []
    for start in range(0, len(recorded) - n_block + 1, n_block):
        x = fft.rfft(played[start : start + n_block].astype(np.float64), n_fft)
        y = fft.rfft(recorded[start : start + n_block].astype(np.float64), n_fft)
        power = np.square(x.real) + np.square(x.imag)
        floor = REGULARISATION * power.max()
        if floor == 0:
            found.append(np.zeros(n_response, np.float32))
            continue
        response = fft.irfft(y * x.conj() / (power + floor), n_fft)
        peak = int(np.abs(response).argmax())
        own = np.roll(response, before - peak)[:n_response]
        found.append((own * (PEAK / np.abs(own).max())).astype(np.float32))
    return np.concatenate(found) if found else np.zeros(0, np.float32)
