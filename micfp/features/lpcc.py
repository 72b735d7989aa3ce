"""Linear prediction cepstral coefficients (Atal 1974).

Each Hann-windowed frame is modelled as white noise through an all-pole filter 1 / A(z) by the
autocorrelation method (Makhoul 1975, "Linear prediction: a tutorial review"), solved by the
recursion of Levinson and Durbin. Coefficient n, counted from 1, of the cepstrum of 1 / A(z) follows
without a Fourier transform: c[n] = -a[n] - sum over k < n of (k / n) c[k] a[n - k].

The gain of the filter is left out, so the level of the recording has no influence. To the energy of
each frame a billionth is added (-90 dB of white noise), which keeps the recursion stable for tones;
digital silence is white then and has the cepstrum 0.
"""

from typing import Self

import numpy as np
from pydantic import Field, model_validator

from micfp.features.family import Family, numbered
from micfp.features.settings import FrameSettings
from micfp.features.spectrum import Block, Float32, Float64, hann

_WHITE_NOISE_SHARE = 1e-9


class LpccSettings(FrameSettings):
    """The order of the all-pole filter."""

    lpc_order: int = Field(12, ge=1, le=512, description="order of the linear prediction of lpcc")

    @model_validator(mode="after")
    def _has_samples_for_its_order(self) -> Self:
        if self.lpc_order >= self.n_fft:
            raise ValueError(f"lpc_order ({self.lpc_order}) must be below n_fft ({self.n_fft})")
        return self


def of_block(block: Block, order: int) -> Float32:
    """Cepstral coefficients 1 to `order`, float32 (frames, order)."""
    windowed = block.frames * hann(block.segment.n_fft)
    return cepstrum(prediction_filter(autocorrelation(windowed, order))).astype(np.float32)


def autocorrelation(frames: Float64, order: int) -> Float64:
    """Lags 0 to `order` of each of (frames, n_fft), with the white noise, (frames, order + 1)."""
    n_fft = frames.shape[1]
    lags = [np.vecdot(frames[:, lag:], frames[:, : n_fft - lag]) for lag in range(order + 1)]
    lags[0] = lags[0] * (1.0 + _WHITE_NOISE_SHARE) + np.finfo(np.float64).tiny
    return np.stack(lags, axis=1)


def prediction_filter(lags: Float64) -> Float64:
    """Coefficients a[1], ..., a[order] of A(z) = 1 + sum of a[k] z^-k, (frames, order).

    `lags` (frames, order + 1) of the autocorrelation; the first above 0.
    """
    order = lags.shape[1] - 1
    a = np.zeros((len(lags), order))
    error = lags[:, 0].copy()
    for m in range(order):
        reflection = -(lags[:, m + 1] + np.vecdot(a[:, :m], lags[:, m:0:-1])) / error
        a[:, :m] += reflection[:, None] * a[:, :m][:, ::-1]
        a[:, m] = reflection
        error *= 1.0 - np.square(reflection)
    return a


def cepstrum(a: Float64) -> Float64:
    """Coefficients c[1], ..., c[order] of the cepstrum of 1 / A(z), (frames, order)."""
    c = np.zeros_like(a)
    for n in range(1, a.shape[1] + 1):
        k = np.arange(1, n)
        c[:, n - 1] = -a[:, n - 1] - (k / n * c[:, : n - 1] * a[:, : n - 1][:, ::-1]).sum(axis=1)
    return c


FAMILY = Family(
    settings=LpccSettings,
    rows=lambda settings: numbered(settings.lpc_order, least_digits=2),
    of_block=lambda block, settings: of_block(block, settings.lpc_order),
)
