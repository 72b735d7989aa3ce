"""Identical units: only the group's segments, only the group's classes."""

import numpy as np
import pytest

from micfp.evaluation import decision, metrics, units

CLASSES = ("sm7b", "km184 1", "km184 2", "nt1a")
MODELS = ("Shure SM7B", "Neumann KM 184", "Neumann KM 184", "Rode NT1-A")


def test_groups_are_models_with_two_or_more_units():
    assert units.group_units(MODELS) == {"Neumann KM 184": (1, 2)}
    assert units.group_units(["", "", "x", "y", "x", "y", "x"]) == {"x": (2, 4, 6), "y": (3, 5)}
    assert units.group_units(["", "a"]) == {}


def test_by_hand():
    # One row of another model (left out), five of the pair. What counts is the better of the two:
    # the row that is called nt1a over all classes is right within the pair.
    p = np.array(
        [
            [0.7, 0.1, 0.1, 0.1],  # sm7b
            [0.0, 0.6, 0.4, 0.0],  # 1, right
            [0.1, 0.2, 0.1, 0.6],  # 1, right within the pair: 2/3
            [0.0, 0.3, 0.7, 0.0],  # 1, wrong
            [0.0, 0.4, 0.6, 0.0],  # 2, right
            [0.0, 0.9, 0.1, 0.0],  # 2, wrong
        ]
    )
    with np.errstate(divide="ignore"):
        (group,) = units.identical_units(
            [0, 1, 1, 1, 2, 2], np.log(p), CLASSES, MODELS, ["x", "a", "a", "b", "c", "c"],
            rule="log_probability", rng=np.random.default_rng(0),
        )  # fmt: skip
    assert group.model == "Neumann KM 184"
    assert group.classes == ("km184 1", "km184 2")
    np.testing.assert_array_equal(group.segment.confusion, [[2, 1], [1, 1]])
    assert group.segment.n == 5
    assert group.segment.accuracy == pytest.approx(3 / 5)
    assert group.segment.balanced_accuracy == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert group.segment.chance == 0.5
    # Recordings: a 0.6 * 2/3 right; b wrong; c 0.4 * 0.9 against 0.6 * 0.1, wrong.
    np.testing.assert_array_equal(group.recording.confusion, [[1, 1], [1, 0]])
    assert group.recording.interval.n_recordings == 3
    # Three fair guesses: 0..3 right all have more than 2.5 %.
    assert (group.recording.chance_low, group.recording.chance_high) == (0, 1)


def test_a_classifier_that_guesses_the_unit_is_at_chance_though_it_names_the_model():
    rng = np.random.default_rng(3)
    y = np.repeat([0, 1, 2, 3], 400)
    guess = y.copy()
    pair = (y == 1) | (y == 2)
    guess[pair] = rng.integers(1, 3, size=pair.sum())
    log_p = decision.normalise_log(5 * np.eye(4)[guess])
    assert metrics.measure(y, log_p, CLASSES).accuracy > 0.7
    (group,) = units.identical_units(
        y, log_p, CLASSES, MODELS, np.arange(len(y)), rule="log_probability", rng=rng
    )
    assert group.segment.chance_low <= group.segment.accuracy <= group.segment.chance_high
    assert group.segment.interval.low < 0.5 < group.segment.interval.high


def test_very_small_probabilities_keep_their_order():
    # Both units far below what a float64 probability can hold; the second is the better.
    log_p = np.array([[0, -2000.0, -1900.0, -5]])
    (group,) = units.identical_units(
        [2], log_p, CLASSES, MODELS, ["r"], rule="log_probability", rng=np.random.default_rng(0)
    )
    assert group.segment.accuracy == 1
    assert group.segment.interval.method == "none"


def test_a_group_without_rows_is_left_out():
    found = units.identical_units(
        [0, 3],
        np.zeros((2, 4)),
        CLASSES,
        MODELS,
        ["a", "b"],
        rule="log_probability",
        rng=np.random.default_rng(0),
    )
    assert found == []
