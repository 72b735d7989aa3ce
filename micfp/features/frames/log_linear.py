"""A spectrogram: energies in dB in bands of equal width in hertz."""

import numpy as np

from micfp.features.frames.family import FrameFamily
from micfp.features.frames.linear import linear_energies
from micfp.features.frames.mel import FLOOR
from micfp.features.frames.settings import MelSettings
from micfp.features.spectrum import Float32


def _matrix(samples: Float32, rate_hz: int, settings: MelSettings) -> Float32:
    energies = linear_energies(samples, rate_hz, settings)
    decibels: Float32 = 10 * np.log10(np.maximum(energies, np.float32(FLOOR)))
    return decibels


FAMILY = FrameFamily(MelSettings, lambda settings: settings.n_mels, _matrix)
