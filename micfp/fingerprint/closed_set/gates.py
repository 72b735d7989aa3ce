"""Copies through gates, made in the band domain: noise reduction for training.

They copy no program: how often a band is closed, how far, and how soon are spread wide.
"""

from dataclasses import dataclass

import numpy as np

from micfp.fingerprint.embedding.spectra import FLOOR, Spectra, present_bands

SMOOTH_BANDS = 2.0


@dataclass(frozen=True)
class Gate:
    """A gate in each band, open where it is louder than in so many of the frames.

    Attributes
    ----------
    closed
        Share of the frames in which it is closed, 0..1.
    floor_db
        Gain of a closed one, < 0.
    smooth_frames
        Standard deviation in frames over which its gain is smoothed.
    """

    closed: float
    floor_db: float
    smooth_frames: float


GATES = tuple(
    Gate(closed, floor_db, smooth_frames)
    for closed in (0.6, 0.75, 0.88)
    for floor_db in (-40.0, -120.0)
    for smooth_frames in (1.0, 3.0)
)


def gated(spectra: Spectra, gate: Gate) -> Spectra:
    """A copy of a recording's frames through a gate."""
    from scipy.ndimage import gaussian_filter

    level_db = spectra.level_db
    is_open = level_db > np.quantile(level_db, gate.closed, axis=0)
    smooth = gaussian_filter(is_open.astype(np.float64), (gate.smooth_frames, SMOOTH_BANDS))
    floor = 10 ** (gate.floor_db / 20)
    gain_db = 20 * np.log10(floor + (1 - floor) * smooth)
    found = np.maximum(level_db + gain_db, 10 * np.log10(FLOOR)).astype(np.float32)
    return Spectra(found, present_bands(found) & spectra.present)
