"""Mel-frequency cepstral coefficients (Davis and Mermelstein 1980), as `librosa.feature.mfcc`.

Hann window, power spectrum, Slaney mel filters, decibels no further than 80 below the segment's
highest value, orthonormal DCT-II over the mel bands; the first `n_mfcc` coefficients.
"""

from functools import lru_cache

import numpy as np

from micfp.features.family import Family, numbered
from micfp.features.settings import CepstraSettings
from micfp.features.spectrum import Block, Float32, power_to_db, read_only

TOP_DB = 80.0


def log_mel(block: Block, n_mels: int) -> Float32:
    """Mel spectrum of a block in dB, not yet limited to 80 dB, float32 (frames, n_mels)."""
    return power_to_db(block.mel_power(n_mels))


def cepstra(log_mel_db: Float32, n_mfcc: int) -> Float32:
    """MFCC of a whole segment, float32 (frames, n_mfcc), from its mel spectrum in dB.

    The lowest values are raised in place to 80 dB below the highest: with hours of audio a second
    copy would not fit.
    """
    np.maximum(log_mel_db, log_mel_db.max() - np.float32(TOP_DB), out=log_mel_db)
    coefficients: Float32 = log_mel_db @ dct_matrix(log_mel_db.shape[1], n_mfcc)
    return coefficients


@lru_cache(maxsize=32)
def dct_matrix(n_mels: int, n_mfcc: int) -> Float32:
    """Orthonormal DCT-II as a matrix, float32 (n_mels, n_mfcc)."""
    band = np.arange(n_mels)[:, None] + 0.5
    matrix = np.sqrt(2.0 / n_mels) * np.cos(np.pi / n_mels * band * np.arange(n_mfcc)[None, :])
    matrix[:, 0] /= np.sqrt(2.0)
    return read_only(matrix.astype(np.float32))


FAMILY = Family(
    settings=CepstraSettings,
    rows=lambda settings: numbered(settings.n_mfcc, least_digits=2),
    of_block=lambda block, settings: log_mel(block, settings.n_mels),
    finish=lambda log_mel_db, settings: cepstra(log_mel_db, settings.n_mfcc),
    librosa=lambda feature, segment, settings: feature.mfcc(
        n_mfcc=settings.n_mfcc, n_mels=settings.n_mels, **segment.for_librosa
    ),
    unit="dB",
)
