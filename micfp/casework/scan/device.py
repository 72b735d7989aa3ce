"""Where the device seems to change: windows to the left and to the right of each moment compared.

What is seen is a change of recording conditions; `causes` says which.
"""

from collections import defaultdict
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.casework.scan.peaks import peaks
from micfp.casework.scan.windows import Sliding, Windows
from micfp.fingerprint.embedding.scoring import LEAST_BANDS, ScoreEngine, Scorer
from micfp.fingerprint.embedding.spectra import HOP_S, WINDOW_S
from micfp.fingerprint.embedding.two_covariance import PairScore, TwoCovariance, Within

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

WINDOW_FRAMES = 126
"""2 s."""
HOP_FRAMES = 6
"""0.096 s; goes into a window, so that each window serves two moments."""
CLOSE_FRAMES = 62
"""1 s: windows of the second pass."""
AROUND_FRAMES, CLOSE_HOP_FRAMES = 30, 2
"""0.5 s: how far the second pass looks, and 0.032 s: how finely."""
SMOOTHED = 3
WITHIN = Within(copies=1.0, sessions=0.0, kappa=0.5)
SHORTEST_S = (2 * WINDOW_FRAMES - 1) * HOP_S + WINDOW_S
"""Of a shorter recording there is no moment with a whole window on either side."""


@dataclass(frozen=True)
class Scores:
    """How far both sides of moments differ.

    Attributes
    ----------
    frames
        (n,) moments, as frames of the spectra.
    score
        (n,) -log LR of one device against two, natural, calibrated for nothing; 0 where a side is
        digital silence.
    """

    frames: Ints
    score: Array

    @property
    def times_s(self) -> Array:
        """(n,), the moments in seconds."""
        return time_s(self.frames)

    def above(self, threshold: float) -> list[int]:
        """Places of what stands above a threshold, none within a window of a greater."""
        found = peaks(self.score, threshold, (WINDOW_FRAMES - 1) // HOP_FRAMES)
        return [int(place) for place in found]


def time_s(frames: Ints) -> Array:
    """When the windows to the left of these frames end and those to the right begin."""
    # Frames overlap: the left one ends (WINDOW_S - HOP_S) after the right one has begun.
    return np.asarray(frames * HOP_S + (WINDOW_S - HOP_S) / 2)


class DeviceScores:
    """Scores of moments by one two-covariance model; forms are made once and kept.

    Parameters
    ----------
    model
        Of the vector `content`.
    within
        What counts as within a device.
    """

    def __init__(self, model: TwoCovariance, within: Within = WITHIN) -> None:
        self._model = model
        self._engine = ScoreEngine(model, Scorer("content", within), None, True)

    def over_time(self, recording: Sliding) -> Scores:
        """Of every HOP_FRAMES-th moment that has a whole window on either side, smoothed."""
        n = len(recording.spectra.level_db)
        frames = np.arange(WINDOW_FRAMES, n - WINDOW_FRAMES + 1, HOP_FRAMES)
        starts = np.arange(0, n - WINDOW_FRAMES + 1, HOP_FRAMES)
        windows = recording.windows(starts, WINDOW_FRAMES)
        left, right = windows.only(slice(len(frames))), windows.only(slice(-len(frames), None))
        return Scores(frames, smoothed(self._score(left, right)))

    def refined(self, recording: Sliding, frame: int) -> int:
        """The moment within half a second at which windows of 1 s differ the most."""
        frames = np.arange(frame - AROUND_FRAMES, frame + AROUND_FRAMES + 1, CLOSE_HOP_FRAMES)
        left = recording.windows(frames - CLOSE_FRAMES, CLOSE_FRAMES)
        right = recording.windows(frames, CLOSE_FRAMES)
        return int(frames[np.argmax(smoothed(self._score(left, right)))])

    def _score(self, left: Windows, right: Windows) -> Array:
        """-log LR of each pair of windows, on the bands that both have."""
        found = np.zeros(len(left.starts))
        a, b = (one.vectors.astype(np.float64) - self._model.mean for one in (left, right))
        there = np.isfinite(a) & np.isfinite(b)
        groups: dict[tuple[bytes, float, float], list[int]] = defaultdict(list)
        for k, (left_s, right_s) in enumerate(zip(left.active_s, right.active_s, strict=True)):
            if np.count_nonzero(there[k]) >= LEAST_BANDS:
                groups[there[k].tobytes(), float(left_s), float(right_s)].append(k)
        for (bands, left_s, right_s), rows in groups.items():
            chosen = np.frombuffer(bands, np.bool_)
            pair = (_levelled(one[rows][:, chosen]) for one in (a, b))
            found[rows] = -_of_pairs(self._engine.form(chosen, left_s, right_s), *pair)
        return found


def _levelled(vectors: Array) -> Array:
    """Rows less their mean: levels say nothing, and what is small is summed exactly."""
    return np.asarray(vectors - vectors.mean(axis=1, keepdims=True))


def _of_pairs(form: PairScore, a: Array, b: Array) -> Array:
    """Scores (n,) of rows, each with its own."""
    return np.asarray(
        np.einsum("ij,ij->i", a @ form.first, a)
        + np.einsum("ij,ij->i", b @ form.second, b)
        + np.einsum("ij,ij->i", a @ form.cross, b)
        + form.constant
    )


def smoothed(scores: Array) -> Array:
    """Running mean of SMOOTHED; fewer at the ends."""
    ones, side = np.ones(SMOOTHED), SMOOTHED // 2
    sums = np.convolve(scores, ones)[side:-side]
    return np.asarray(sums / np.convolve(np.ones(len(scores)), ones)[side:-side])
