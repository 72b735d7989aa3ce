"""Harmonics-to-noise ratio of voiced frames, by Praat.

Boersma 1993, "Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound", IFA Proceedings 17; Praat's `To Harmonicity (cc)`
with its standard settings: 10 ms step, silence below 0.1 of the highest amplitude, one period a
window. Praat's manual prefers this command to the autocorrelation for its time resolution.
"""

import numpy as np
from pydantic import Field

from micfp.features.family import Family
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Float32, Segment

_STEP_S = 0.01
_SILENCE_SHARE = 0.1
_PERIODS_A_WINDOW = 1.0
_UNVOICED_DB = -200.0
# Praat holds float64 copies of what it analyses: long segments are analysed in pieces, each with
# its own highest amplitude.
_PIECE_S = 300


class HnrSettings(FrameSettings):
    """Where voice begins."""

    hnr_min_pitch_hz: float = Field(75.0, gt=0, description="lowest pitch that hnr looks for")


def of_segment(segment: Segment, settings: HnrSettings) -> Float32:
    """HNR in dB of the voiced frames, float32 (voiced frames, 1).

    No rows where Praat hears no voice or the segment is too short for it. Segments over five
    minutes are analysed in pieces of five minutes.
    """
    samples, rate_hz = segment.samples, segment.sample_rate_hz
    piece = _PIECE_S * rate_hz
    parts = [
        _voiced_db(samples[start : start + piece], rate_hz, settings.hnr_min_pitch_hz)
        for start in range(0, len(samples), piece)
    ]
    return np.concatenate(parts).astype(np.float32)[:, None]


def _voiced_db(samples: Float32, sample_rate_hz: int, min_pitch_hz: float) -> Float32:
    import parselmouth

    sound = parselmouth.Sound(samples.astype(np.float64), sampling_frequency=sample_rate_hz)
    try:
        harmonicity = sound.to_harmonicity_cc(
            _STEP_S, min_pitch_hz, _SILENCE_SHARE, _PERIODS_A_WINDOW
        )
    except parselmouth.PraatError:
        return np.empty(0, np.float32)
    values: Float32 = harmonicity.values[0].astype(np.float32)
    return values[values > np.float32(_UNVOICED_DB)]


FAMILY = Family(settings=HnrSettings, of_segment=of_segment)
