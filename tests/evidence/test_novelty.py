"""How far a recording lies from what was learned, on points whose distances are known."""

from dataclasses import replace

import numpy as np
import pytest

from micfp.evidence.novelty import KnownSpace, fit_limit, fit_space, limit_of
from micfp.recordings.splits import Fold

LINE = KnownSpace(np.array([10.0, 0.0]), np.array([[2.0], [0.0]]), np.array([[0.0], [8.0]]))
"""Devices at 10 and 14 in the first column, whose unit is half; the second says nothing."""


def test_distances_to_the_nearest_device() -> None:
    """11 is 2 from the first, 13.5 is 1 from the second, 20 is 12 from it; NaN is the centre."""
    rows = [[11, 5], [13.5, -5], [20, np.nan], [np.nan, 0]]
    assert LINE.distances(rows).tolist() == [2, 1, 12, 0]
    assert LINE.novelty(rows) == 1.5  # median of 0, 1, 2, 12
    assert LINE.novelty(rows[:1]) == 2


def test_distances_over_discriminants_are_a_root_mean_square() -> None:
    space = KnownSpace(np.zeros(2), np.eye(2), np.array([[0.0, 0.0]]))
    assert space.distances([[3, 4]]) == pytest.approx(np.sqrt(25 / 2))


def test_columns_that_no_segment_has() -> None:
    assert LINE.empty_columns([[np.nan, 1], [np.inf, 1]]) == 1
    assert LINE.empty_columns([[np.nan, 1], [3, 1]]) == 0
    assert LINE.empty_columns([[3, np.nan]]) == 0  # it tells nothing apart


@pytest.mark.parametrize(
    ("n", "place", "share"),
    [(19, 19, 0.05), (99, 95, 0.05), (39, 38, 0.05), (9, 9, 0.1), (1, 1, 0.5)],
)
def test_limit_is_a_place_among_the_held_out(n: int, place: int, share: float) -> None:
    """The ceil(0.95 (n + 1))-th of them: of 99 the 95th; of nine the last: 1 in 10 tops it."""
    found = limit_of(np.arange(n, 0, -1))
    assert (found.novelty, found.n_recordings) == (place, n)
    assert found.false_alarms == pytest.approx(share)


def test_false_alarms_are_as_rare_as_is_said() -> None:
    """Of 4 000 draws of 40 held out and one new: 5 % to within three standard errors, 1 %."""
    drawn = np.random.default_rng(0).exponential(size=(4000, 41))
    beyond = [new > limit_of(held_out).novelty for *held_out, new in drawn]
    # ceil(0.95 x 41) = 39 of 40: two places of 41 lie beyond
    assert np.mean(beyond) == pytest.approx(2 / 41, abs=0.01)


def test_sentences() -> None:
    limit = replace(limit_of(np.full(19, 3.0)), empty_columns=0)
    assert limit.why_outside(LINE, [[11, 0]]) is None
    assert limit.why_outside(LINE, [[20, 0]]) == (
        "it is further from every device that the model knows (12.0) than all but 5 % of their own "
        "recordings are (3.0): another device, or something changed the sound"
    )
    assert limit.why_outside(LINE, [[np.nan, 0]]) == (
        "1 of its feature columns are empty, and at most 0 were in the recordings that the model "
        "learned from: it has another bandwidth"
    )


def devices(rng: np.random.Generator, n_recordings: int = 8) -> tuple[np.ndarray, ...]:
    """Three devices 20 apart in the first of four columns, five segments a recording, spread 1."""
    recording = np.repeat(np.arange(3 * n_recordings), 5)
    device = recording // n_recordings
    X = rng.standard_normal((len(device), 4))
    X[:, 0] += 20 * device
    X[:, 3] = 7.0  # constant
    return X, np.char.mod("%d", device), np.char.mod("%02d", recording)


def test_unit_is_the_spread_inside_a_device() -> None:
    """A device 20 beyond the last: on the first discriminant 20, the second says nothing of it."""
    X, y, _ = devices(np.random.default_rng(1), 200)
    space = fit_space(X, y)
    assert space.weights.shape == (4, 2)
    assert (space.weights[3] == 0).all()
    away = space.distances([[60, 0, 0, 7.0]])
    assert away == pytest.approx(20 / np.sqrt(2), rel=0.1)


def test_limit_comes_from_recordings_that_were_held_out() -> None:
    rng = np.random.default_rng(2)
    X, y, recording = devices(rng)
    number = recording.astype(int)
    folds = [
        Fold(np.flatnonzero(number % 2 != part), np.flatnonzero(number % 2 == part))
        for part in (0, 1)
    ]
    X[0:5, 1] = np.nan  # one recording lacks a column
    space = fit_space(X, y)
    limit = fit_limit(space, X, y, recording, folds)
    assert (limit.n_recordings, limit.false_alarms, limit.empty_columns) == (24, 0.05, 1)
    assert limit.why_outside(space, X[:5]) is None
    new, _, _ = devices(rng, 1)
    assert [limit.why_outside(space, new[k : k + 5]) for k in (0, 5, 10)] == [None] * 3
    assert (
        limit.why_outside(space, new[:5] + np.array([10, 0, 0, 0])) is not None
    )  # between two devices
    gap = new[:5].copy()
    gap[:, :2] = np.nan
    assert "2 of its feature columns are empty" in str(limit.why_outside(space, gap))


def test_limit_is_of_models_that_had_not_heard_the_recordings() -> None:
    """Two sessions 5 apart: from one the other is about 5 / sqrt(2) = 3.5 away, of both under 1.

    The limit is more, since of these distances 5 % lie beyond it.
    """
    X, y, recording = devices(np.random.default_rng(3), 40)
    number = recording.astype(int)
    X[number % 2 == 1, 0] += 5
    folds = [
        Fold(np.flatnonzero(number % 2 != part), np.flatnonzero(number % 2 == part))
        for part in (0, 1)
    ]
    space = fit_space(X, y)
    assert np.median(space.distances(X)) < 1
    assert 3.5 < fit_limit(space, X, y, recording, folds).novelty < 5
