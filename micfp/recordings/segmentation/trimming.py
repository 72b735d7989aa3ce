"""Which part of each recording trains and which is tested (thesis 4.2.2, Fig. 4F)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from micfp.config.audio import TrimConfig, Uniform, Window
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd


def trim_windows(
    recordings: pd.DataFrame, config: TrimConfig, rng: np.random.Generator
) -> pd.DataFrame:
    """Cut each recording to the part that is used, for training or for testing.

    Each uniform value is drawn once, in the order train start, train length, test start, test
    length, so that all microphones share the same piece of the programme. A recording that ends
    within its window is used to its end. Positions are int(minute * 60 * rate), as in Fig. 4C.

    Recordings of one `content` are taken to begin at the same point of the programme; recordings
    without a content could all be the same one, and count as such.

    Parameters
    ----------
    recordings
        Recordings table: `path`, `session`, `content`, `sample_rate_hz`, `n_samples`.
    config
        Windows in minutes; None is all of a recording.
    rng
        Gives the uniform values.

    Returns
    -------
    The table, one row per recording in the same order, with `start_sample`, `stop_sample` and
    `role`: "train" or "test", and "" where neither window is given (all of it is used).

    Raises
    ------
    MicfpError
        A window begins after a recording's end or is empty; a test window holds programme that
        training used; a test session is unknown or not given.

    References
    ----------
    Thesis 4.2.2, Fig. 4F.
    """
    windows = draw_windows(config, recordings["session"].astype(str).tolist(), rng)
    trimmed = cut_windows(recordings, windows)
    check_test_is_unheard(trimmed)
    return trimmed


@dataclass(frozen=True)
class TrimWindows:
    """The windows of one run in minutes, start and end; an infinite end is the recording's.

    Attributes
    ----------
    test_sessions
        Sessions that the test window is cut from; the others train.
    """

    train: tuple[float, float]
    test: tuple[float, float]
    test_sessions: tuple[str, ...]


def draw_windows(
    config: TrimConfig, sessions: Sequence[str], rng: np.random.Generator
) -> TrimWindows | None:
    """Draw the windows of a run; None where recordings are used whole. See `trim_windows`.

    Raises
    ------
    MicfpError
        A test session is unknown or not given.
    """
    _check_sessions(sessions, config)
    if config.train is None and config.test is None:
        return None
    return TrimWindows(*_draw_windows(config, rng), config.test_sessions)


def cut_windows(recordings: pd.DataFrame, windows: TrimWindows | None) -> pd.DataFrame:
    """The recordings with `start_sample`, `stop_sample` and `role`. See `trim_windows`.

    Raises
    ------
    MicfpError
        A window begins after a recording's end or is empty.
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
    """Refuse a test recording that holds a part of the programme that a training recording holds.

    Parameters
    ----------
    trimmed
        `path`, `content`, `sample_rate_hz`, `start_sample`, `stop_sample`, `role` of all
        recordings of the run.

    Raises
    ------
    MicfpError
        There is such a recording; the sentence names it.
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
        trained_from, trained_to = start_s[train].min(), stop_s[train].max()
        tested_again = of_content & is_test & (start_s < trained_to - tolerance_s)
        tested_again &= stop_s > trained_from + tolerance_s
        if tested_again.any():
            first = tested_again.idxmax()
            whose = f"content {content}" if content else "recordings of unknown content"
            raise MicfpError(
                f"{trimmed.loc[first, 'path']}: the test window (minute {start_s[first] / 60:.2f} "
                f"to {stop_s[first] / 60:.2f}) holds programme that training heard (minute "
                f"{trained_from / 60:.2f} to {trained_to / 60:.2f} of {whose}): move trim.test, "
                "or set trim.test_after_training, or name different contents in the corpus"
            )
