"""Band energy difference: how the mean power of each narrow band differs from the band below.

Luo, Korus and Huang 2018, "Band energy difference for source attribution in audio forensics", IEEE
Transactions on Information Forensics and Security 13(9): speech differs from recording to
recording, the small steps of a device's frequency response do not. As Zeng et al. 2024 set it up:
256 points, hence 128 bins above 0 Hz and 127 differences.

Always at the recording's own rate, whatever the rate of the feature set: resampling would put its
own filter into the highest bands. A column is a pair of bins, not of frequencies in hertz, so
recordings of different rates do not compare.
"""

import numpy as np
from pydantic import Field

from micfp.features.family import Family, numbered
from micfp.features.ltas import inner_frames, mean_power
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Float32, Segment

# Empty bins are raised to 200 dB below the fullest, so that the level has no influence on them.
_FLOOR_SHARE = 1e-20


class BedSettings(FrameSettings):
    """The frames of the differences, which are its own."""

    bed_n_fft: int = Field(
        256, ge=16, le=2**16, description="frame length of bed in samples; hop half of it"
    )


def of_segment(segment: Segment, settings: BedSettings) -> Float32:
    """Differences of neighbouring bins in dB, float32 (bed_n_fft // 2 - 1,), upper less lower.

    Of a segment at its own rate; frames overlap by half and lie wholly inside, as
    in `ltas`. Independent of level; 0 dB everywhere in digital silence.
    """
    n_fft = settings.bed_n_fft
    power = mean_power(inner_frames(segment.samples, n_fft, n_fft // 2), n_fft)[1:]
    if n_fft % 2 == 0:
        power[-1] *= 2.0  # what is there at the Nyquist frequency counted once, all else twice
    floor = max(_FLOOR_SHARE * float(power.max()), np.finfo(np.float64).tiny)
    differences: Float32 = np.diff(10.0 * np.log10(np.maximum(power, floor))).astype(np.float32)
    return differences


FAMILY = Family(
    settings=BedSettings,
    rows=lambda settings: numbered(settings.bed_n_fft // 2 - 1),
    spectrum=of_segment,
    at_recorded_rate=True,
)
