"""Split on silence in one pass, with the cuts of pydub."""

import itertools
import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.config.audio import SilenceConfig
from micfp.errors import MicfpError
from micfp.recordings.segmentation import Segments

_CHUNK_MS = 2000  # small enough for the processor's cache, large enough to hide numpy's overhead
_LOWEST_RATE_HZ = 2000  # below it, pydub's millisecond grid has several points per sample
_EXACT_FLOAT = 2.0**53  # up to here, sums of integers in float64 are exact


def split_on_silence(
    blocks: Iterable[NDArray[Any]],
    sample_rate_hz: int,
    full_scale: int,
    config: SilenceConfig,
) -> Segments:
    """Cut where pydub's `split_on_silence` (version 0.25.1) cuts, without its cost.

    A window of `min_silence_s` moves on by `seek_step_ms`; it is silent where its RMS, cut to an
    integer, is at most the threshold. pydub sums each window anew; here every sample is squared
    once, energies are summed per millisecond, and windows are differences of their cumulative sum.
    The decisions are pydub's own for 8, 16, 24 and 32 bit: where float64 sums are not exact (loud
    24 and 32 bit), windows near the threshold are summed again in the order of CPython's audioop.

    pydub pads a last segment with zeros where the length rounds up to a whole millisecond; here it
    ends with the audio. Where the length rounds down, the last part of a millisecond belongs to no
    segment, as in pydub.

    Parameters
    ----------
    blocks
        Integer samples of one channel, (n,) each, of any length; read once.
    sample_rate_hz
        At least 2000.
    full_scale
        Sample value of 0 dBFS: 128 (8 bit), 32768 (16 bit) or 2**31 (24 and 32 bit).
    config
        Seconds are rounded to whole milliseconds.

    Returns
    -------
    (k, 2) start and stop samples; none for nothing but silence, the whole for no silence.

    Raises
    ------
    MicfpError
        The sample rate is below 2000 Hz.
    TypeError
        Samples are not integers.
    """
    check_rate(sample_rate_hz)
    silences, n_samples = _silent_ranges_ms(blocks, sample_rate_hz, full_scale, config)
    length_ms = _length_ms(n_samples, sample_rate_hz)
    keep_ms = length_ms if config.keep_silence_s == "all" else round(config.keep_silence_s * 1000)
    ranges = _with_silence_kept(_between(silences, length_ms), keep_ms, length_ms)
    ends_ms = np.array(ranges, np.int64).reshape(-1, 2)
    segments = np.minimum(_sample_of(ends_ms, sample_rate_hz), n_samples)
    return segments[segments[:, 0] < segments[:, 1]]


def check_rate(sample_rate_hz: int, where: str = "") -> None:
    """Refuse a rate below 2000 Hz; `where` begins the sentence."""
    if sample_rate_hz < _LOWEST_RATE_HZ:
        raise MicfpError(
            f"{where}a sample rate of {sample_rate_hz} Hz is too low to split on silence: "
            f"give audio of at least {_LOWEST_RATE_HZ} Hz, or choose segments.method windows"
        )


def _sample_of(ms: NDArray[np.int64], sample_rate_hz: int) -> NDArray[np.int64]:
    """The sample at which pydub's slices start for a millisecond: the same float product, cut."""
    return (ms * (sample_rate_hz / 1000.0)).astype(np.int64)


def _length_ms(n_samples: int, sample_rate_hz: int) -> int:
    """The length that pydub gives a recording."""
    return round(1000 * (float(n_samples) / sample_rate_hz))


def _silent_ranges_ms(
    blocks: Iterable[NDArray[Any]], sample_rate_hz: int, full_scale: int, config: SilenceConfig
) -> tuple[list[list[int]], int]:
    """Silences as pydub's `detect_silence` gives them ([start, end] ms), and the samples read."""
    window_ms = max(1, round(config.min_silence_s * 1000))
    step_ms = config.seek_step_ms
    threshold = 10 ** (config.threshold_dbfs / 20) * float(full_scale)

    runs: list[list[int]] = []  # first and last start of windows that are silent together
    n_samples = 0
    first_ms = 0  # where `energies` and `samples` begin: the first window not yet judged
    energies = np.empty(0)
    samples = np.empty(0, np.int64)
    last_is_silent = False
    for chunk in _chunks(blocks, sample_rate_hz, max(_CHUNK_MS, window_ms)):
        chunk_ms = first_ms + len(energies)
        n_ms = _length_ms(n_samples + len(chunk), sample_rate_hz) - chunk_ms
        n_samples += len(chunk)
        if n_ms == 0:
            continue
        grid = _sample_of(np.arange(chunk_ms, chunk_ms + n_ms + 1), sample_rate_hz)
        chunk = _fitted(chunk, int(grid[-1] - grid[0]))
        squares = chunk.astype(np.float64)
        squares *= squares
        energies = np.concatenate([energies, np.add.reduceat(squares, grid[:-1] - grid[0])])
        # In the type of the samples: eight bytes each would take as long as all that follows.
        samples = np.concatenate([samples, chunk], dtype=chunk.dtype)

        n_windows = len(energies) - window_ms + 1
        if n_windows < 1:
            continue
        grid = _sample_of(np.arange(first_ms, first_ms + len(energies) + 1), sample_rate_hz)
        silent = _silent_windows(samples, energies, grid, window_ms, threshold)
        last_is_silent = bool(silent[-1])
        starts = first_ms + np.flatnonzero(silent)
        _append_runs(runs, starts[starts % step_ms == 0], step_ms, window_ms)
        samples = samples[grid[n_windows] - grid[0] :]
        energies = energies[n_windows:]
        first_ms += n_windows

    # The last possible window is always looked at, whether or not a step falls on it.
    if last_is_silent and (first_ms - 1) % step_ms:
        _append_runs(runs, np.array([first_ms - 1]), step_ms, window_ms)
    return [[first, last + window_ms] for first, last in runs], n_samples


def _chunks(
    blocks: Iterable[NDArray[Any]], sample_rate_hz: int, chunk_ms: int
) -> Iterator[NDArray[Any]]:
    """The same samples, cut where milliseconds begin, `chunk_ms` at a time."""
    stop_ms = chunk_ms
    stop = int(_sample_of(np.array([stop_ms]), sample_rate_hz)[0])
    start = 0
    pieces: list[NDArray[Any]] = []
    n_pieces = 0
    for block in blocks:
        if block.dtype.kind != "i":
            raise TypeError(f"split_on_silence needs integer samples, not {block.dtype}")
        begin = 0
        while n_pieces + len(block) - begin >= stop - start:
            end = begin + stop - start - n_pieces
            pieces.append(block[begin:end])
            yield pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
            begin, pieces, n_pieces, start = end, [], 0, stop
            stop_ms += chunk_ms
            stop = int(_sample_of(np.array([stop_ms]), sample_rate_hz)[0])
        if begin < len(block):
            # A copy, because a reader may fill the same array again.
            pieces.append(block[begin:].copy())
            n_pieces += len(block) - begin
    if pieces:
        yield np.concatenate(pieces)


def _fitted(chunk: NDArray[Any], n_samples: int) -> NDArray[Any]:
    """Cut to, or filled up with zeros to, whole milliseconds, as pydub does at the end."""
    if n_samples <= len(chunk):
        return chunk[:n_samples]
    return np.concatenate([chunk, np.zeros(n_samples - len(chunk), chunk.dtype)])


def _silent_windows(
    samples: NDArray[Any],
    energies: NDArray[np.float64],
    grid: NDArray[np.int64],
    window_ms: int,
    threshold: float,
) -> NDArray[np.bool_]:
    """Which windows are silent, one window per millisecond.

    Parameters
    ----------
    samples
        (n,) integers.
    energies
        (m,) sum of squares of each millisecond.
    grid
        (m + 1,) where the milliseconds begin; `samples` begins at grid[0].
    window_ms
        Length of a window.
    threshold
        Largest RMS of silence, in sample values.

    Returns
    -------
    (m - window_ms + 1,)
    """
    cumulative = np.concatenate([[0.0], np.cumsum(energies)])
    sums = cumulative[window_ms:] - cumulative[:-window_ms]
    n = (grid[window_ms:] - grid[:-window_ms]).astype(np.float64)
    silent: NDArray[np.bool_] = np.sqrt(np.maximum(sums, 0) / n).astype(np.int64) <= threshold
    if cumulative[-1] < _EXACT_FLOAT:
        return silent

    # The sums are rounded. Where that could turn the decision, add up as audioop does.
    limit = n * float(math.floor(threshold) + 1) ** 2  # silent means that the sum is below
    n_additions = len(energies) + float(n.max()) + 1000
    rounding = 2.0**-52 * n_additions * float(cumulative[-1])
    for i in np.flatnonzero(np.abs(sums - limit) <= rounding):
        window = samples[grid[i] - grid[0] : grid[i + window_ms] - grid[0]].astype(np.float64)
        total = float(np.add.accumulate(window * window)[-1])
        silent[i] = int(math.sqrt(total / len(window))) <= threshold
    return silent


def _append_runs(
    runs: list[list[int]], starts: NDArray[np.int64], step_ms: int, window_ms: int
) -> None:
    """Join starts of silent windows to runs: neighbours, and windows that touch (pydub's rule)."""
    if len(starts) == 0:
        return
    for run in np.split(starts, np.flatnonzero(np.diff(starts) > window_ms) + 1):
        first, last = int(run[0]), int(run[-1])
        gap = first - runs[-1][1] if runs else math.inf
        if gap == step_ms or gap <= window_ms:
            runs[-1][1] = last
        else:
            runs.append([first, last])


def _between(silences: list[list[int]], length_ms: int) -> list[list[int]]:
    """What lies before, between and after the silences (pydub's `detect_nonsilent`)."""
    starts = [0, *(end for _, end in silences)]
    ends = [*(start for start, _ in silences), length_ms]
    return [[start, end] for start, end in zip(starts, ends, strict=True) if start < end]


def _with_silence_kept(ranges: list[list[int]], keep_ms: int, length_ms: int) -> list[list[int]]:
    """Widen ranges by `keep_ms` at each side; neighbours that would overlap meet half-way."""
    widened = [[start - keep_ms, end + keep_ms] for start, end in ranges]
    for left, right in itertools.pairwise(widened):
        if right[0] < left[1]:
            left[1] = right[0] = (left[1] + right[0]) // 2
    return [[max(start, 0), min(end, length_ms)] for start, end in widened]
