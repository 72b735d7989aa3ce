"""The families that librosa has, by librosa itself: the reference engine.

Each of its functions is called as a user of librosa would call it, and so computes its own spectra.
What librosa refuses where the fast engine has a rule of its own is NaN: the spectral contrast with
a band above the Nyquist frequency, or with one that is narrower than the bins. A segment with fewer
frames than `delta_width` gets slopes over the widest odd number of frames that it has, as in the
fast engine.
"""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.config.features import FamilyName, FeatureSet
from micfp.features.spectrum import Float32

Values = NDArray[np.floating[Any]]


def resample(samples: Float32, from_hz: int, to_hz: int) -> Float32:
    """Change the rate of float32 (n,) samples as `librosa.load` does."""
    import librosa

    changed: Float32 = librosa.resample(
        samples, orig_sr=from_hz, target_sr=to_hz, res_type="soxr_hq"
    )
    return changed


def frame_values(
    samples: Float32, sample_rate_hz: int, settings: FeatureSet
) -> dict[FamilyName, Values]:
    """Values of every frame, (frames, rows), of each chosen family.

    Parameters
    ----------
    samples
        Float32 (n,) with n >= 1, finite, at the rate of the feature set.
    sample_rate_hz
        Rate of the samples, > 0.
    settings
        Families, all of them in `LIBROSA_FAMILIES`, and what they read.
    """
    from librosa import feature

    spectral: dict[str, Any] = {
        "y": samples,
        "sr": sample_rate_hz,
        "n_fft": settings.n_fft,
        "hop_length": settings.hop_samples,
    }
    framed: dict[str, Any] = {"frame_length": settings.n_fft, "hop_length": settings.hop_samples}
    functions: dict[FamilyName, Callable[[], Values]] = {
        "spectral_centroid": lambda: feature.spectral_centroid(**spectral),
        "spectral_bandwidth": lambda: feature.spectral_bandwidth(**spectral),
        "spectral_rolloff": lambda: feature.spectral_rolloff(
            roll_percent=settings.rolloff_share, **spectral
        ),
        "spectral_flatness": lambda: feature.spectral_flatness(
            y=samples, n_fft=settings.n_fft, hop_length=settings.hop_samples
        ),
        "spectral_contrast": lambda: _contrast(spectral, settings),
        "zero_crossing_rate": lambda: feature.zero_crossing_rate(samples, **framed),
        "rms": lambda: feature.rms(y=samples, **framed),
    }
    values: dict[FamilyName, Values] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a segment that is shorter than a frame is padded
        if not {"mfcc", "delta_mfcc"}.isdisjoint(settings.families):
            values["mfcc"] = feature.mfcc(
                n_mfcc=settings.n_mfcc, n_mels=settings.n_mels, **spectral
            )
        if "delta_mfcc" in settings.families:
            values["delta_mfcc"] = _slopes(values["mfcc"], settings.delta_width)
        for family, function in functions.items():
            if family in settings.families:
                values[family] = function()
    return {family: values[family].T for family in settings.families}


def _slopes(mfcc: Values, width: int) -> Values:
    """Slopes of (n_mfcc, frames); librosa refuses fewer frames than the width."""
    from librosa import feature

    n_frames = mfcc.shape[1]
    if n_frames < 3:
        return np.full_like(mfcc, np.nan)
    slopes: Values = feature.delta(mfcc, width=min(width, n_frames - 1 + n_frames % 2))
    return slopes


def _contrast(spectral: dict[str, Any], settings: FeatureSet) -> Values:
    """Contrast (bands, frames); NaN where librosa refuses a band."""
    import librosa

    try:
        contrast: Values = librosa.feature.spectral_contrast(
            n_bands=settings.contrast_bands, fmin=settings.contrast_min_hz, **spectral
        )
    except (librosa.ParameterError, IndexError):  # above the Nyquist frequency; without a bin
        contrast = np.full((settings.contrast_bands + 1, 1), np.nan)
    return contrast
