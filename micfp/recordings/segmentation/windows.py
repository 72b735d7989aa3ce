"""Windows of one length, and the shortest and longest segment."""

import math

import numpy as np

from micfp.config.audio import WindowsConfig
from micfp.errors import MicfpError
from micfp.recordings.segmentation import Segments


def fixed_windows(n_samples: int, sample_rate_hz: int, config: WindowsConfig) -> Segments:
    """Windows of one length at a regular distance; an incomplete last one is left out.

    Parameters
    ----------
    n_samples
        Length of the recording.
    sample_rate_hz
        Rate of the recording, > 0.
    config
        Length and hop in seconds, each rounded to whole samples; window i starts at
        round(i * hop), so that the hop's rounding does not add up.

    Returns
    -------
    (k, 2) start and stop samples.
    """
    length = max(1, round(config.length_s * sample_rate_hz))
    hop = max(1.0, config.hop_s * sample_rate_hz)
    if n_samples < length:
        return np.empty((0, 2), np.int64)
    starts = np.rint(np.arange(math.ceil((n_samples - length + 1) / hop)) * hop).astype(np.int64)
    starts = starts[starts + length <= n_samples]
    return np.column_stack([starts, starts + length])


def limit_lengths(
    segments: Segments, sample_rate_hz: int, min_length_s: float, max_length_s: float | None
) -> Segments:
    """Cut what is too long into consecutive pieces, then leave out what is too short.

    Parameters
    ----------
    segments
        (k, 2) start and stop samples.
    sample_rate_hz
        Rate that they are counted in, > 0.
    min_length_s
        Shorter segments are left out, the remainder of a cut included.
    max_length_s
        Length of the pieces; None: nothing is cut.

    Returns
    -------
    (k', 2) start and stop samples, in the same order.

    Raises
    ------
    MicfpError
        `max_length_s` is below `min_length_s`.
    """
    if max_length_s is not None:
        if max_length_s < min_length_s:
            raise MicfpError(
                f"segments.max_length_s {max_length_s:g} is below segments.min_length_s "
                f"{min_length_s:g}: no segment can be both; raise the first or lower the second"
            )
        longest = max(1, round(max_length_s * sample_rate_hz))
        pieces = [
            (start, min(start + longest, stop))
            for first, stop in segments.tolist()
            for start in range(first, stop, longest)
        ]
        segments = np.array(pieces, np.int64).reshape(-1, 2)
    shortest = max(1, round(min_length_s * sample_rate_hz))
    return segments[segments[:, 1] - segments[:, 0] >= shortest]
