"""12 MFCC, log energy, their two slopes, and mel energies (Zeng, Zhao and Wang 2024, IV-A)."""

import numpy as np

from micfp.features.frames.family import FrameFamily
from micfp.features.frames.mel import FLOOR, N_CEPSTRA, cepstra, mel_frames, with_slopes
from micfp.features.frames.settings import CepstraSettings
from micfp.features.spectrum import Float32


def _matrix(samples: Float32, rate_hz: int, settings: CepstraSettings) -> Float32:
    """The mel energies are those before the logarithm."""
    within, energies = mel_frames(samples, rate_hz, settings)
    frame_energy = np.square(samples[within], dtype=np.float64).sum(axis=1)
    log_energy = np.log(np.maximum(frame_energy, FLOOR))[:, None].astype(np.float32)
    static = np.hstack([cepstra(energies)[:, 1:], log_energy])
    return np.hstack([with_slopes(static, settings.delta_width), energies])


FAMILY = FrameFamily(CepstraSettings, lambda settings: 3 * N_CEPSTRA + settings.n_mels, _matrix)
