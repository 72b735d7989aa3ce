"""Slope of the MFCC over time (Furui 1986), as `librosa.feature.delta` with its defaults.

The slope of a straight line fitted to `width` frames around each frame (a Savitzky-Golay filter of
order 1). At both ends the line through the first or last `width` frames is used (`mode="interp"`).

librosa refuses a segment with fewer frames than `width`. Here the line then takes the widest odd
number of frames that the segment has; below three frames there is no slope and the result is NaN.
"""

from typing import Any

import numpy as np
from pydantic import Field, field_validator

from micfp.features import mfcc
from micfp.features.family import Family, Values
from micfp.features.settings import CepstraSettings
from micfp.features.spectrum import Float32


class DeltaMfccSettings(CepstraSettings):
    """Slopes of the MFCC."""

    delta_width: int = Field(9, ge=3, le=999, description="frames of the fitted line; odd")

    @field_validator("delta_width")
    @classmethod
    def _is_odd(cls, width: int) -> int:
        if width % 2 == 0:
            raise ValueError(f"must be odd, not {width}")
        return width


def slopes(cepstra: Float32, width: int) -> Float32:
    """Slopes a frame, float32 (frames, n_mfcc), of (frames, n_mfcc); `width` odd, in frames."""
    n_frames = len(cepstra)
    if n_frames < 3:
        return np.full_like(cepstra, np.nan)
    half = (min(width, n_frames) - 1) // 2
    n_inner = n_frames - 2 * half
    inner = np.zeros((n_inner, cepstra.shape[1]), np.float32)
    for k in range(1, half + 1):
        later = cepstra[half + k : half + k + n_inner]
        inner += np.float32(k) * (later - cepstra[half - k : half - k + n_inner])
    inner /= np.float32(2 * sum(k * k for k in range(1, half + 1)))
    # A straight line has one slope: the ends repeat that of the first and last full window.
    return np.pad(inner, ((half, half), (0, 0)), mode="edge")


def by_librosa(feature: Any, cepstra: Values, width: int) -> Values:
    """Slopes of (n_mfcc, frames) by librosa, which refuses fewer frames than the width."""
    n_frames = cepstra.shape[1]
    if n_frames < 3:
        return np.full_like(cepstra, np.nan)
    slopes: Values = feature.delta(cepstra, width=min(width, n_frames - 1 + n_frames % 2))
    return slopes


FAMILY = Family(
    settings=DeltaMfccSettings,
    rows=mfcc.FAMILY.rows,
    base=mfcc.FAMILY,
    finish=lambda cepstra, settings: slopes(cepstra, settings.delta_width),
    librosa=lambda feature, cepstra, settings: by_librosa(feature, cepstra, settings.delta_width),
    unit="dB per frame",
)
