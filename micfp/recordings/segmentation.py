"""From recordings to segments: trim windows, split on silence, fixed windows.

Segments are rows of start and stop samples (`start` inclusive, `stop` exclusive) that point into a
recording; no audio is written here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from micfp.config.audio import (
    SegmentsConfig,
    SilenceConfig,
    TrimConfig,
    Uniform,
    Window,
    WindowsConfig,
)
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

Segments = NDArray[np.int64]
"""(k, 2): start and stop samples."""
SilenceEngine = Callable[[Iterable[NDArray[Any]], int, int, SilenceConfig], Segments]

_CHUNK_MS = 2000  # small enough for the processor's cache, large enough to hide numpy's overhead
_BLOCK_SAMPLES = 1 << 18
_LOWEST_RATE_HZ = 2000  # below it, pydub's millisecond grid has more than one point a sample
_EXACT_FLOAT = 2.0**53  # up to here, sums of integers in float64 are exact


# --- a whole file -------------------------------------------------------------------------------


def segment(path: str | Path, config: SegmentsConfig, channel: Literal["mean"] | int) -> Segments:
    """Segments of one audio file, in samples of its own rate.

    Memory does not grow with the length of the file, unless pydub cuts it.

    Args:
        path: any audio file that `micfp.audio` opens.
        config: method, and the shortest and longest segment.
        channel: of a recording with several channels, their mean or one of them (0 = first).

    Returns:
        (k, 2) start and stop samples; none where there is nothing but silence.

    Raises:
        MicfpError: the file is no audio, or the lengths contradict each other.
    """
    from micfp import audio

    info = audio.probe(path)
    if config.method == "whole":
        segments = np.array([[0, info.n_samples]], np.int64)
    elif config.method == "windows":
        segments = fixed_windows(info.n_samples, info.sample_rate_hz, config.windows)
    else:
        blocks = audio.pcm_blocks(path, _BLOCK_SAMPLES, channel=channel)
        full_scale = audio.full_scale(info)
        _check_rate(info.sample_rate_hz, f"{path}: ")
        split = silence_engine(config.silence.engine)
        segments = split(blocks, info.sample_rate_hz, full_scale, config.silence)
    return limit_lengths(segments, info.sample_rate_hz, config.min_length_s, config.max_length_s)


def fixed_windows(n_samples: int, sample_rate_hz: int, config: WindowsConfig) -> Segments:
    """Windows of one length at a regular distance; an incomplete last one is left out.

    Args:
        n_samples: length of the recording.
        sample_rate_hz: its rate.
        config: length and hop in seconds, each rounded to whole samples; window i starts at
            round(i * hop), so that the hop's rounding does not add up.

    Returns:
        (k, 2) start and stop samples.
    """
    length = max(1, round(config.length_s * sample_rate_hz))
    hop = max(1.0, config.hop_s * sample_rate_hz)
    if n_samples < length:
        return np.empty((0, 2), np.int64)
    starts = np.rint(np.arange(math.ceil((n_samples - length + 1) / hop)) * hop).astype(np.int64)
    starts = starts[starts + length <= n_samples]
    return np.column_stack([starts, starts + length])


def limit_lengths(
    segments: Segments, sample_rate_hz: int, min_length_s: float, max_length_s: float | None
) -> Segments:
    """Cut what is too long into consecutive pieces, then leave out what is too short.

    Args:
        segments: (k, 2) start and stop samples.
        sample_rate_hz: rate they are counted in.
        min_length_s: shorter ones are left out, the remainder of a cut included.
        max_length_s: length of the pieces; None: nothing is cut.

    Returns:
        (k', 2) start and stop samples, in the same order.

    Raises:
        MicfpError: `max_length_s` is below `min_length_s`.
    """
    if max_length_s is not None:
        if max_length_s < min_length_s:
            raise MicfpError(
                f"segments.max_length_s {max_length_s:g} is below segments.min_length_s "
                f"{min_length_s:g}: no segment can be both; raise the first or lower the second"
            )
        longest = max(1, round(max_length_s * sample_rate_hz))
        pieces = [
            (start, min(start + longest, stop))
            for first, stop in segments.tolist()
            for start in range(first, stop, longest)
        ]
        segments = np.array(pieces, np.int64).reshape(-1, 2)
    shortest = max(1, round(min_length_s * sample_rate_hz))
    return segments[segments[:, 1] - segments[:, 0] >= shortest]


# --- split on silence ---------------------------------------------------------------------------


def silence_engine(engine: Literal["fast", "pydub"]) -> SilenceEngine:
    """Give what splits on silence: `split_on_silence`, or pydub itself with the same arguments."""
    if engine == "fast":
        return split_on_silence
    from micfp.recordings import segmentation_pydub

    return segmentation_pydub.split_on_silence


def split_on_silence(
    blocks: Iterable[NDArray[Any]],
    sample_rate_hz: int,
    full_scale: int,
    config: SilenceConfig,
) -> Segments:
    """The segments that pydub's `split_on_silence` cuts (version 0.25.1), found without its cost.

    A window of `min_silence_s` moves on by `seek_step_ms`; it is silent where its RMS, cut to an
    integer, is at most the threshold. pydub sums each window anew; here every sample is squared
    once, energies are summed a millisecond, and windows are differences of their cumulative sum.
    The decisions are pydub's own for 8, 16, 24 and 32 bit: where float64 sums are not exact (loud
    24 and 32 bit), windows near the threshold are summed again in the order of CPython's audioop.

    pydub pads a last segment with zeros where the length rounds up to a whole millisecond; here it
    ends with the audio. Where the length rounds down, the last part of a millisecond belongs to no
    segment, as in pydub.

    Args:
        blocks: integer samples of one channel, (n,) each, of any length; read once.
        sample_rate_hz: at least 2000.
        full_scale: sample value of 0 dBFS: 128 (8 bit), 32768 (16 bit) or 2**31 (24 and 32 bit).
        config: seconds are rounded to whole milliseconds.

    Returns:
        (k, 2) start and stop samples; none for nothing but silence, the whole for no silence.

    Raises:
        MicfpError: the sample rate is below 2000 Hz.
        TypeError: samples are not integers.
    """
    _check_rate(sample_rate_hz)
    silences, n_samples = _silent_ranges_ms(blocks, sample_rate_hz, full_scale, config)
    length_ms = _length_ms(n_samples, sample_rate_hz)
    keep_ms = length_ms if config.keep_silence_s == "all" else round(config.keep_silence_s * 1000)
    ranges = _with_silence_kept(_between(silences, length_ms), keep_ms, length_ms)
    ends_ms = np.array(ranges, np.int64).reshape(-1, 2)
    segments = np.minimum(_sample_of(ends_ms, sample_rate_hz), n_samples)
    return segments[segments[:, 0] < segments[:, 1]]


def _check_rate(sample_rate_hz: int, where: str = "") -> None:
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
        samples = np.concatenate([samples, chunk])

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
    wanted = int(_sample_of(np.array([stop_ms]), sample_rate_hz)[0])
    given = 0
    pieces: list[NDArray[Any]] = []
    n_pieces = 0
    for block in blocks:
        if block.dtype.kind != "i":
            raise TypeError(f"split_on_silence needs integer samples, not {block.dtype}")
        begin = 0
        while n_pieces + len(block) - begin >= wanted - given:
            end = begin + wanted - given - n_pieces
            pieces.append(block[begin:end])
            yield pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
            begin, pieces, n_pieces, given = end, [], 0, wanted
            stop_ms += chunk_ms
            wanted = int(_sample_of(np.array([stop_ms]), sample_rate_hz)[0])
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
    """Which windows are silent, one a millisecond.

    Args:
        samples: (n,) integers.
        energies: (m,) sum of squares of each millisecond.
        grid: (m + 1,) where the milliseconds begin; `samples` begins at grid[0].
        window_ms: length of a window.
        threshold: largest RMS of silence, in sample values.

    Returns:
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


# --- trim ---------------------------------------------------------------------------------------


def trim_windows(
    recordings: pd.DataFrame, config: TrimConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Which part of each recording is used, for training or for testing (thesis 4.2.2, Fig. 4F).

    Each uniform value is drawn once, in the order train start, train length, test start, test
    length, so that all microphones share the same piece of the programme. A recording that ends
    within its window is used to its end. Positions are int(minute * 60 * rate), as in Fig. 4C.

    Recordings of one `content` are taken to begin at the same point of the programme; recordings
    without a content could all be the same one, and count as such.

    Args:
        recordings: recordings table: `path`, `session`, `content`, `sample_rate_hz`, `n_samples`.
        config: windows in minutes; None is all of a recording.
        rng: gives the uniform values.

    Returns:
        The table, one row a recording in the same order, with `start_sample`, `stop_sample` and
        `role`: "train" or "test", and "" where neither window is given (all of it is used).

    Raises:
        MicfpError: a window begins after a recording's end or is empty; a test window holds
            programme that training heard; a test session is unknown or not given.
    """
    windows = draw_windows(config, recordings["session"].astype(str).tolist(), rng)
    trimmed = cut_windows(recordings, windows)
    check_test_is_unheard(trimmed)
    return trimmed


@dataclass(frozen=True)
class TrimWindows:
    """The windows of one run in minutes, start and end; an infinite end is the recording's.

    `test_sessions`: whose recordings the test window is cut from; the others train.
    """

    train: tuple[float, float]
    test: tuple[float, float]
    test_sessions: tuple[str, ...]


def draw_windows(
    config: TrimConfig, sessions: Sequence[str], rng: np.random.Generator
) -> TrimWindows | None:
    """Draw the windows of a run; None where recordings are used whole. See `trim_windows`.

    Raises MicfpError where a test session is unknown or not given.
    """
    _check_sessions(sessions, config)
    if config.train is None and config.test is None:
        return None
    return TrimWindows(*_draw_windows(config, rng), config.test_sessions)


def cut_windows(recordings: pd.DataFrame, windows: TrimWindows | None) -> pd.DataFrame:
    """The recordings with `start_sample`, `stop_sample` and `role`. See `trim_windows`.

    Raises MicfpError where a window begins after a recording's end or is empty.
    """
    trimmed = recordings.copy()
    if windows is None:
        trimmed["start_sample"] = np.zeros(len(trimmed), np.int64)
        trimmed["stop_sample"] = recordings["n_samples"].astype("int64")
        trimmed["role"] = ""
        return trimmed
    in_test = recordings["session"].isin(windows.test_sessions).to_numpy()
    rows = zip(
        recordings["path"].tolist(),
        recordings["sample_rate_hz"].tolist(),
        recordings["n_samples"].tolist(),
        in_test.tolist(),
        strict=True,
    )
    cuts = [
        _cut(path, rate, n, windows.test, "test")
        if is_test
        else _cut(path, rate, n, windows.train, "train")
        for path, rate, n, is_test in rows
    ]
    positions = np.array(cuts, np.int64).reshape(-1, 2)
    trimmed["start_sample"] = positions[:, 0]
    trimmed["stop_sample"] = positions[:, 1]
    trimmed["role"] = np.where(in_test, "test", "train")
    return trimmed


def _check_sessions(sessions: Sequence[str], config: TrimConfig) -> None:
    known = sorted(set(sessions))
    names = ", ".join(known) or "none"
    if config.test is not None and not config.test_sessions:
        raise MicfpError(
            "trim.test needs trim.test_sessions: name the sessions that the test window is cut "
            f"from (there are: {names})"
        )
    unknown = [session for session in config.test_sessions if session not in known]
    if unknown:
        raise MicfpError(
            f"trim.test_sessions names {', '.join(unknown)}, which no recording has: "
            f"choose among {names}"
        )
    if known and set(known) <= set(config.test_sessions):
        raise MicfpError(
            f"trim.test_sessions names every session ({names}): leave one of them to train on"
        )


_Minutes = tuple[float, float]
"""Start and end; the end is infinite where the window goes to the end of the recording."""


def _draw_windows(config: TrimConfig, rng: np.random.Generator) -> tuple[_Minutes, _Minutes]:
    """The windows of this run, for training and for testing."""
    train = _draw(config.train or Window(), "train", 0.0, rng)
    if config.test is None:
        return train, (0.0, math.inf)
    if config.test_after_training and math.isinf(train[1]):
        raise MicfpError(
            "trim.test counts from the end of the training window, which has none: give "
            "trim.train.length_minutes, or set trim.test_after_training to false"
        )
    offset = train[1] if config.test_after_training else 0.0
    return train, _draw(config.test, "test", offset, rng)


def _draw(window: Window, name: str, offset: float, rng: np.random.Generator) -> _Minutes:
    def value(minutes: float | Uniform) -> float:
        return float(rng.uniform(*minutes.uniform)) if isinstance(minutes, Uniform) else minutes

    start = offset + value(window.start_minute)
    length = math.inf if window.length_minutes is None else value(window.length_minutes)
    if length <= 0:
        raise MicfpError(f"trim.{name}.length_minutes is 0: give a length above 0, or null")
    return start, start + length


def _cut(
    path: str, sample_rate_hz: int, n_samples: int, minutes: _Minutes, role: str
) -> tuple[int, int]:
    start_minute, end_minute = minutes
    start = int(start_minute * 60 * sample_rate_hz)
    stop = n_samples if math.isinf(end_minute) else int(end_minute * 60 * sample_rate_hz)
    stop = min(stop, n_samples)
    if start >= n_samples:
        raise MicfpError(
            f"{path}: ends at minute {n_samples / sample_rate_hz / 60:.2f}, before the {role} "
            f"window begins (minute {start_minute:.2f}): lower trim.{role}.start_minute, "
            "or leave the recording out"
        )
    if start >= stop:
        raise MicfpError(
            f"trim.{role}.length_minutes is shorter than one sample of {path}: give a longer one"
        )
    return start, stop


def check_test_is_unheard(trimmed: pd.DataFrame) -> None:
    """No test recording may hold a part of the programme that a training recording holds.

    Args:
        trimmed: `path`, `content`, `sample_rate_hz`, `start_sample`, `stop_sample`, `role` of all
            recordings of the run.

    Raises:
        MicfpError: one does.
    """
    start_s = trimmed["start_sample"] / trimmed["sample_rate_hz"]
    stop_s = trimmed["stop_sample"] / trimmed["sample_rate_hz"]
    # Cutting to whole samples moves a boundary by up to one sample of the slower rate.
    tolerance_s = 1.5 / trimmed["sample_rate_hz"].min()
    is_test = trimmed["role"] == "test"
    contents = trimmed["content"].astype(str)
    for content in sorted(set(contents[is_test])):
        of_content = contents == content
        train = of_content & ~is_test
        if not train.any():
            continue
        heard_from, heard_to = start_s[train].min(), stop_s[train].max()
        heard_again = of_content & is_test & (start_s < heard_to - tolerance_s)
        heard_again &= stop_s > heard_from + tolerance_s
        if heard_again.any():
            first = heard_again.idxmax()
            what = f"content {content}" if content else "recordings of unknown content"
            raise MicfpError(
                f"{trimmed.loc[first, 'path']}: the test window (minute {start_s[first] / 60:.2f} "
                f"to {stop_s[first] / 60:.2f}) holds programme that training heard (minute "
                f"{heard_from / 60:.2f} to {heard_to / 60:.2f} of {what}): move trim.test, "
                "or set trim.test_after_training, or name different contents in the corpus"
            )
