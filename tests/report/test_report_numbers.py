"""Numbers as text, and verdicts that follow from them."""

import math

import pytest

from micfp.report.numbers import (
    count,
    enumeration,
    number,
    percent,
    percent_with_interval,
    points,
    share,
    share_range,
    share_with_interval,
    shares_told_apart,
    shuffle_verdict,
    units_verdict,
)

SPACE = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.925, "0.93"),  # the float is a little above
        (0.5, "0.50"),
        (1.0, "1.00"),
        (0.0, "0.00"),
        (0.996, "0.996"),  # two decimals would say 1.00
        (0.99967, "0.9997"),
        (0.004, "0.004"),
        (math.nan, "–"),
    ],
)
def test_a_share_is_never_rounded_to_certainty(value, text):
    assert share(value) == text


def test_a_share_with_its_interval():
    row = {"accuracy": 0.93, "accuracy_low": 0.853, "accuracy_high": 0.979}
    assert share_with_interval(row, "accuracy") == "0.93 (0.85–0.98)"
    near = {"accuracy": 0.997, "accuracy_low": 0.996, "accuracy_high": 1.0}
    assert share_with_interval(near, "accuracy") == "0.997 (0.996–1.000)"
    none = {"accuracy": 0.9, "accuracy_low": math.nan, "accuracy_high": math.nan}
    assert share_with_interval(none, "accuracy") == "0.90"
    assert share_range(0.0, 0.25) == "0.00–0.25"


def test_scores_that_differ_are_told_apart():
    assert [shares_told_apart([0.365, 0.361])(v) for v in (0.365, 0.361)] == ["0.365", "0.361"]
    assert [shares_told_apart([0.365, 0.351])(v) for v in (0.365, 0.351)] == ["0.36", "0.35"]
    equal = shares_told_apart([0.9, 0.9, math.nan])  # a tie is one
    assert [equal(0.9), equal(math.nan)] == ["0.90", "–"]
    assert shares_told_apart([0.9996, 0.9994])(0.9996) == "0.9996"


def test_per_cent():
    assert percent(0.93) == f"93{SPACE}%"
    assert percent(303 / 304) == f"99.7{SPACE}%"
    assert percent(1 / 30) == f"3.3{SPACE}%"
    assert percent(1.0) == f"100{SPACE}%"
    assert percent(0.99999) == f"over 99.9{SPACE}%"
    assert percent(0.00001) == f"under 0.1{SPACE}%"
    row = {"accuracy": 0.93, "accuracy_low": 0.886, "accuracy_high": 1.0}
    assert percent_with_interval(row, "accuracy") == f"93{SPACE}% (89–\N{WORD JOINER}100{SPACE}%)"
    row["accuracy_low"] = math.nan
    assert percent_with_interval(row, "accuracy") == f"93{SPACE}% (no interval)"


def test_differences_and_counts():
    assert points(0.041) == "+4.1"
    assert points(-0.003) == "−0.3"
    assert points(0.0001) == "0.0"
    assert number(-39.04) == "−39.0"
    assert number(math.nan) == "–"
    assert count(1, "recording") == "1 recording"
    assert count(12345, "segment") == f"12{SPACE}345 segments"
    assert enumeration(["a", "b", "c"]) == "a, b and c"
    assert enumeration(["a"]) == "a"
    assert enumeration(list("abcd"), 2) == "a, b and 2 more"


@pytest.mark.parametrize(
    ("low", "high", "recording_accuracy", "verdict"),
    [
        (0.4, 0.6, 0.5, "at chance within its interval"),
        (0.5, 0.9, 0.9, "at chance within its interval"),  # the end itself counts as within
        (0.6, 0.9, 1.0, "told apart"),
        (0.6, 0.9, 0.875, "above chance, but too few recordings to rule out guessing"),
        (0.1, 0.4, 0.0, "below chance: named the wrong way round"),
        (math.nan, math.nan, 1.0, "cannot be judged: one recording only"),
    ],
)
def test_units_are_judged_by_the_interval(low, high, recording_accuracy, verdict):
    row = {
        "accuracy_low": low,
        "accuracy_high": high,
        "chance": 0.5,
        "recording_accuracy": recording_accuracy,
        "recording_chance_high": 0.875,
    }
    assert units_verdict(row) == verdict


@pytest.mark.parametrize(
    ("low", "high", "start"),
    [
        (0.15, 0.25, "at chance"),
        (0.3, 0.4, "above chance"),
        (0.1, 0.15, "below chance"),
        (math.nan, math.nan, "one shuffle only"),
    ],
)
def test_the_control_is_judged_by_its_interval(low, high, start):
    row = {"shuffled_accuracy": 0.2, "shuffled_low": low, "shuffled_high": high, "chance": 0.2}
    assert shuffle_verdict(row).startswith(start)
