"""12 MFCC, log energy, their two slopes, and mel energies (Zeng, Zhao and Wang 2024, IV-A).

The paper says some of it twice, and both ways can be chosen. Log energy: Algorithm 1 pre-emphasises
(step 2), cuts (3), adds "window functions" `y_1(n) = w(n) y(n)` (4), and in step 5 does the
"simultaneous computation of FFT and logarithmic energy", `y_3(n) = log sum |y_1(n)|^2`: of the
windowed frame. The prose has "the logarithm of the sum of squares of all elements in a frame".
Mel bands: "Pre-Fbank features represent the characteristics before logarithmic operations and DCT"
(IV-A), and the abstract's "pre-Fbank log energy spectrum".
"""

from typing import Literal

import numpy as np
from pydantic import Field

from micfp.features.frames.family import FrameFamily
from micfp.features.frames.mel import (
    FLOOR,
    N_CEPSTRA,
    cepstra,
    frames_within,
    log_energies,
    mel_energies,
    windowed_frames,
    with_slopes,
)
from micfp.features.frames.settings import CepstraSettings
from micfp.features.spectrum import Float32


class TimingTandemSettings(CepstraSettings):
    """Which reading of the paper is taken."""

    log_energy: Literal["windowed", "samples"] = Field(
        "windowed",
        description="of the frame after pre-emphasis and window, or of its samples as they were "
        "recorded (timing_tandem)",
    )
    pre_fbank: Literal["energy", "log_energy"] = Field(
        "energy", description="the mel bands before the logarithm, or after it (timing_tandem)"
    )


def _matrix(samples: Float32, rate_hz: int, settings: TimingTandemSettings) -> Float32:
    windowed = windowed_frames(samples, rate_hz, settings)
    energies = mel_energies(windowed, rate_hz, settings)
    frames = (
        windowed
        if settings.log_energy == "windowed"
        else samples[frames_within(len(samples), rate_hz, settings)]
    )
    static = np.hstack([cepstra(energies)[:, 1:], _log_energy(frames)])
    bands = energies if settings.pre_fbank == "energy" else log_energies(energies)
    return np.hstack([with_slopes(static, settings.delta_width), bands])


def _log_energy(frames: Float32) -> Float32:
    """Natural logarithm of the sum of squares of each frame (n, frame), float32 (n, 1)."""
    energy = np.square(frames, dtype=np.float64).sum(axis=1, keepdims=True)
    logs: Float32 = np.log(np.maximum(energy, FLOOR)).astype(np.float32)
    return logs


FAMILY = FrameFamily(
    TimingTandemSettings, lambda settings: 3 * N_CEPSTRA + settings.n_mels, _matrix
)
