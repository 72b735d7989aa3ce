"""What the spectral families share: frames, spectra and filter banks, computed once a segment.

A segment is walked through in blocks of frames that fit the processor's cache. Each block computes
a spectrum when the first family asks for it and forgets it afterwards, so that memory does not
grow with the length of the segment. Only numpy and scipy.fft are used: importing librosa or
scipy.signal would cost seconds at every start. scipy.fft is imported where it is used, because
planning imports all families for their settings.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]
FilterBank = Callable[[int, int, int], Float32]
_Scalar = TypeVar("_Scalar", bound=np.generic)

# Frames of a block hold about this many samples: half a megabyte, which stays in the cache.
_BLOCK_SAMPLES = 1 << 17
# Filters are applied in groups of neighbours, each to the bins it needs and no others.
_FILTERS_A_GROUP = 16
# The Slaney mel scale: linear below 1000 Hz, 27 steps to a factor of 6.4 above.
_LINEAR_HZ_PER_MEL = 200.0 / 3.0
_LOG_START_HZ = 1000.0
_LOG_START_MEL = _LOG_START_HZ / _LINEAR_HZ_PER_MEL
_LOG_STEP = np.log(6.4) / 27.0


@lru_cache(maxsize=32)
def hann(n_samples: int) -> Float64:
    """Periodic Hann window, float64 (n_samples,)."""
    phase = 2.0 * np.pi * np.arange(n_samples) / n_samples
    return read_only(0.5 - 0.5 * np.cos(phase))


@lru_cache(maxsize=32)
def bin_frequencies_hz(sample_rate_hz: int, n_fft: int) -> Float64:
    """Centre frequencies of the bins of a real FFT, float64 (n_fft // 2 + 1,)."""
    return read_only(np.arange(n_fft // 2 + 1, dtype=np.float64) * (sample_rate_hz / n_fft))


def hz_to_mel(frequency_hz: Float64) -> Float64:
    """Slaney's mel scale (Auditory Toolbox, Technical Report 1998-010), as librosa's default."""
    linear = frequency_hz / _LINEAR_HZ_PER_MEL
    logarithmic = _LOG_START_MEL + np.log(np.maximum(frequency_hz, 1.0) / _LOG_START_HZ) / _LOG_STEP
    return np.where(frequency_hz < _LOG_START_HZ, linear, logarithmic)


def mel_to_hz(mel: Float64) -> Float64:
    """Inverse of `hz_to_mel`."""
    linear = mel * _LINEAR_HZ_PER_MEL
    logarithmic = _LOG_START_HZ * np.exp(_LOG_STEP * (mel - _LOG_START_MEL))
    return np.where(mel < _LOG_START_MEL, linear, logarithmic)


@lru_cache(maxsize=32)
def mel_filters(sample_rate_hz: int, n_fft: int, n_mels: int) -> Float32:
    """Triangular filters of equal area on the mel scale from 0 Hz to Nyquist.

    Float32 (n_mels, n_fft // 2 + 1); the same numbers as `librosa.filters.mel` (Slaney scale and
    normalisation). A filter narrower than a bin may be all zero, as there.
    """
    top_mel = float(hz_to_mel(np.array(sample_rate_hz / 2.0)))
    edges_hz = mel_to_hz(np.linspace(0.0, top_mel, n_mels + 2))
    return read_only(_triangles(edges_hz, bin_frequencies_hz(sample_rate_hz, n_fft)))


@lru_cache(maxsize=32)
def linear_filters(sample_rate_hz: int, n_fft: int, n_filters: int) -> Float32:
    """Triangular filters of equal area and width from 0 Hz to Nyquist.

    Float32 (n_filters, n_fft // 2 + 1), normalised as `mel_filters`.
    """
    edges_hz = np.linspace(0.0, sample_rate_hz / 2.0, n_filters + 2)
    return read_only(_triangles(edges_hz, bin_frequencies_hz(sample_rate_hz, n_fft)))


def _triangles(edges_hz: Float64, bins_hz: Float64) -> Float32:
    """Triangles of area 1, each from an edge over the next, its top, to the one after that."""
    widths_hz = np.diff(edges_hz)
    distance_hz = edges_hz[:, None] - bins_hz[None, :]
    rising = -distance_hz[:-2] / widths_hz[:-1, None]
    falling = distance_hz[2:] / widths_hz[1:, None]
    triangles = np.maximum(0.0, np.minimum(rising, falling))
    area = 2.0 / (edges_hz[2:] - edges_hz[:-2])
    return (triangles * area[:, None]).astype(np.float32)


@lru_cache(maxsize=32)
def _groups(
    bank: FilterBank, sample_rate_hz: int, n_fft: int, n_filters: int
) -> tuple[tuple[slice, slice, Float32], ...]:
    """The filters as (filters, bins, weights (bins, filters)) without the zeros outside."""
    filters = bank(sample_rate_hz, n_fft, n_filters)
    groups = []
    for first in range(0, n_filters, _FILTERS_A_GROUP):
        rows = slice(first, min(first + _FILTERS_A_GROUP, n_filters))
        used = np.flatnonzero(filters[rows].any(axis=0))
        bins = slice(int(used[0]), int(used[-1]) + 1) if used.size else slice(0, 1)
        groups.append((rows, bins, np.ascontiguousarray(filters[rows, bins].T)))
    return tuple(groups)


@dataclass(frozen=True)
class Segment:
    """One segment and the frames it is cut into.

    `samples` float32 (n,) with n >= 1, finite. Frame t is centred on sample t * hop_samples, as
    librosa's `center=True`: n_fft // 2 zeros are thought before and after the segment.
    """

    samples: Float32
    sample_rate_hz: int
    n_fft: int
    hop_samples: int

    @property
    def n_frames(self) -> int:
        """Number of centred frames."""
        padded = len(self.samples) + 2 * (self.n_fft // 2)
        return 1 + (padded - self.n_fft) // self.hop_samples

    @property
    def for_librosa(self) -> dict[str, Any]:
        """What librosa's spectral features call these."""
        return {
            **{"y": self.samples, "sr": self.sample_rate_hz},
            **{"n_fft": self.n_fft, "hop_length": self.hop_samples},
        }

    def blocks(self) -> Iterator["Block"]:
        """All frames in order, a few at a time."""
        step = max(1, _BLOCK_SAMPLES // self.n_fft)
        for first in range(0, self.n_frames, step):
            yield Block(self, first, min(first + step, self.n_frames))


@dataclass(frozen=True)
class Block:
    """Frames `first` to `stop` (exclusive) of a segment, with their spectra on demand."""

    segment: Segment
    first: int
    stop: int

    @property
    def start_sample(self) -> int:
        """First sample of the first frame; negative inside the padding."""
        return self.first * self.segment.hop_samples - self.segment.n_fft // 2

    @property
    def stop_sample(self) -> int:
        """End of the last frame; beyond the segment's end inside the padding."""
        return self.start_sample + (self.stop - self.first - 1) * self.hop + self.segment.n_fft

    @property
    def hop(self) -> int:
        """Samples from frame to frame."""
        return self.segment.hop_samples

    @cached_property
    def frames(self) -> Float32:
        """Samples of the frames, not windowed, float32 (frames, n_fft); a view where it can be."""
        samples = self.segment.samples
        start, stop = self.start_sample, self.stop_sample
        inside = samples[max(start, 0) : min(stop, len(samples))]
        if len(inside) < stop - start:
            inside = np.pad(inside, (max(-start, 0), max(stop - len(samples), 0)))
        return frame(inside, self.segment.n_fft, self.hop)

    @cached_property
    def magnitude(self) -> Float32:
        """Magnitude of the Hann-windowed spectrum, float32 (frames, n_fft // 2 + 1).

        Transformed in double precision: contrast and flatness look at the emptiest bins, where
        the rounding of a single-precision FFT would be heard.
        """
        import scipy.fft

        windowed = self.frames * hann(self.segment.n_fft)
        spectrum = scipy.fft.rfft(windowed, axis=1, overwrite_x=True)
        result: Float32 = np.abs(spectrum.astype(np.complex64))
        return result

    @cached_property
    def power(self) -> Float32:
        """Power of the Hann-windowed spectrum in single precision, same shape: fast."""
        return power_spectrum(self.frames, self.segment.n_fft)

    def mel_power(self, n_mels: int) -> Float32:
        """Power through the mel filters, float32 (frames, n_mels)."""
        segment = self.segment
        return filtered(self.power, mel_filters, segment.sample_rate_hz, segment.n_fft, n_mels)


def frame(samples: Float32, n_fft: int, hop_samples: int) -> Float32:
    """Whole frames of (n,) samples without padding, a view (frames, n_fft)."""
    return np.lib.stride_tricks.sliding_window_view(samples, n_fft)[::hop_samples]


def power_spectrum(frames: Float32, n_fft: int) -> Float32:
    """Squared magnitude of the Hann-windowed spectrum of (frames, n), (frames, n_fft // 2 + 1).

    Frames shorter than n_fft are continued by zeros.
    """
    import scipy.fft

    windowed = frames * hann(frames.shape[1]).astype(np.float32)
    spectrum = scipy.fft.rfft(windowed, n_fft, axis=1, overwrite_x=True)
    power: Float32 = np.abs(spectrum)
    return np.square(power, out=power)


def filtered(
    power: Float32, bank: FilterBank, sample_rate_hz: int, n_fft: int, n_filters: int
) -> Float32:
    """Power (frames, n_fft // 2 + 1) through the filters of a bank, float32 (frames, n_filters)."""
    out = np.empty((len(power), n_filters), np.float32)
    for filters, bins, weights in _groups(bank, sample_rate_hz, n_fft, n_filters):
        np.matmul(power[:, bins], weights, out=out[:, filters])
    return out


def quietest(energy: Float32, share: float) -> NDArray[np.intp]:
    """Numbers of the quietest frames in order of time: `share` of them, at least one.

    `energy` (frames,), in any unit.
    """
    n_quiet = max(1, int(share * len(energy)))
    # A stable sort, so that equally quiet frames are taken in order of time.
    return np.sort(np.argsort(energy, kind="stable")[:n_quiet])


def power_to_db(power: Float32, floor: float = 1e-10) -> Float32:
    """10 log10 of `power`, at least `floor`; librosa's `power_to_db` without its `top_db`."""
    decibels: Float32 = np.float32(10.0) * np.log10(np.maximum(power, np.float32(floor)))
    return decibels


def read_only(values: NDArray[_Scalar]) -> NDArray[_Scalar]:
    """Cached arrays are handed to everybody: nobody may write into them."""
    values.flags.writeable = False
    return values
