"""13 MFCC and their two slopes."""

import numpy as np
from pydantic import Field

from micfp.features.frames.family import FrameFamily
from micfp.features.frames.mel import N_CEPSTRA, cepstra, mel_energies, windowed_frames, with_slopes
from micfp.features.frames.settings import CepstraSettings
from micfp.features.spectrum import Float32


class Mfcc39Settings(CepstraSettings):
    """Whether cepstra are normalised."""

    cmvn: bool = Field(
        False, description="cepstral mean and variance normalised over each segment (mfcc39)"
    )


def _matrix(samples: Float32, rate_hz: int, settings: Mfcc39Settings) -> Float32:
    energies = mel_energies(windowed_frames(samples, rate_hz, settings), rate_hz, settings)
    static = cepstra(energies)
    return with_slopes(_normalised(static) if settings.cmvn else static, settings.delta_width)


def _normalised(static: Float32) -> Float32:
    """Each coefficient with mean 0 and standard deviation 1 over the frames; constant ones 0."""
    centred = static - static.mean(axis=0)
    deviation = centred.std(axis=0)
    normalised: Float32 = centred / np.where(deviation > 1e-6, deviation, 1.0)
    return normalised


FAMILY = FrameFamily(Mfcc39Settings, lambda settings: 3 * N_CEPSTRA, _matrix)
