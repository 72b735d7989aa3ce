"""Changes the sample rate."""

import numpy as np

from micfp.audio.decoding import Float32


def resample(samples: Float32, from_hz: int, to_hz: int) -> Float32:
    """Change the sample rate, band-limited: soxr HQ, as librosa.load's default.

    Parameters
    ----------
    samples
        float32 (n,).
    from_hz
        Rate of `samples`, > 0.
    to_hz
        Rate wanted, > 0.

    Returns
    -------
    float32 (ceil(n * to_hz / from_hz),); `samples` themselves where the rates are equal.
    """
    if from_hz == to_hz:
        return samples
    import soxr

    n_wanted = -(-len(samples) * to_hz // from_hz)
    changed = soxr.resample(samples, from_hz, to_hz, quality="HQ")[:n_wanted]
    if len(changed) < n_wanted:
        changed = np.pad(changed, (0, n_wanted - len(changed)))
    return np.asarray(changed, np.float32)
