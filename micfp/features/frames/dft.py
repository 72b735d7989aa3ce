"""The magnitude of each point of the discrete Fourier transform, in dB.

Zeng, Zhao and Wang 2024, II-C: "Verma et al. conducted a comparison between Discrete Fourier
Transform (DFT) frequency features and BED features on a designed Convolutional Neural Network (CNN)
model." Verma and Khanna 2021 learn "from the magnitude of discrete Fourier transform of the audio".
"""

import numpy as np
from pydantic import Field

from micfp.errors import MicfpError
from micfp.features.frames.family import FrameFamily
from micfp.features.frames.linear import power
from micfp.features.frames.mel import FLOOR, windowed_frames
from micfp.features.frames.settings import CutSettings
from micfp.features.spectrum import Float32


class DftSettings(CutSettings):
    """How many points there are."""

    dft_points: int = Field(
        2048,
        ge=4,
        le=2**15,
        description="points of the transform of dft and bed, no fewer than a frame has samples",
    )


def decibels(samples: Float32, rate_hz: int, settings: DftSettings) -> Float32:
    """Squared magnitudes above 0 Hz in dB, float32 (n_frames, dft_points // 2).

    Raises MicfpError for frames of more samples than points.
    """
    frames = windowed_frames(samples, rate_hz, settings)
    if frames.shape[1] > settings.dft_points:
        raise MicfpError(
            f"a frame of {settings.frame_s:g} s has {frames.shape[1]} samples at {rate_hz} Hz, and "
            f"its transform {settings.dft_points} points: set frame_s of the frame set lower, or "
            "dft_points higher"
        )
    magnitudes = power(frames, settings.dft_points)[:, 1 : settings.dft_points // 2 + 1]
    in_db: Float32 = 10 * np.log10(np.maximum(magnitudes, np.float32(FLOOR)))
    return in_db


FAMILY = FrameFamily(DftSettings, lambda settings: settings.dft_points // 2, decibels)
