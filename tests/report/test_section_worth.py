"""What the first page says of the confounds of a corpus."""

import math

import pytest

from micfp.report.published import Experiment, read_published
from micfp.report.section_worth import variance_explained, worth
from micfp.studies.registry import STUDIES

NO_BREAK = "\N{NO-BREAK SPACE}"


def said(results) -> str:
    experiment = read_published(results.write(), STUDIES).experiment
    assert isinstance(experiment, Experiment)
    return " ".join(worth(experiment)).replace(NO_BREAK, " ")


def test_variance_between_groups():
    # means 1 and 3, of all 2: between 2 * 1 + 2 * 1 = 4; within 4 * 0.5 ** 2 = 1
    assert variance_explained([[0.5, 1.5], [2.5, 3.5]]) == pytest.approx(4 / 5)
    assert variance_explained([[1.0, 3.0], [1.0, 3.0]]) == 0.0
    assert math.isnan(variance_explained([[2.0, 2.0], [2.0, math.nan]]))
    assert variance_explained([[0.0, -math.inf], [1.0, 1.0]]) == pytest.approx(1.0)


def test_one_session_a_device(new_results):
    results = new_results()
    for row in results.quality_rows:
        row["session"] = f"room of {row['device']}"
    assert "Each device recorded in one session only" in said(results)


def test_all_in_one_session(new_results):
    results = new_results()
    for row in results.quality_rows:
        row["session"] = "day-1"
    assert "All devices recorded in one session" in said(results)


def test_no_session_is_named(new_results):
    results = new_results()
    for row in results.quality_rows:
        row["session"] = ""
    assert "The corpus names no sessions" in said(results)


def test_sessions_on_both_sides(new_results):
    results = new_results()
    results.params["split"] = {"kind": "by_content", "test": ["b"], "test_share": None}
    assert "in up to 2 sessions, and each is in training and in test" in said(results)


def test_another_session_is_tested(new_results):
    results = new_results()
    results.params["split"] = {"kind": "by_session", "test": ["day-2"], "test_share": None}
    assert "It was tested on sessions that are not in training" in said(results)


def test_files_that_give_the_device_away(new_results):
    results = new_results()
    assert "by its files alone" not in said(results)
    one = new_results()
    one.folder = one.folder.with_name("one")
    for row in one.quality_rows:
        if row["device"] == one.classes[0]:
            row |= {"sample_rate_hz": 48000, "codec": "aac"}
    assert "The files of a device have one sample rate and codec" in said(one)
    mixed = new_results()
    mixed.folder = mixed.folder.with_name("mixed")
    mixed.quality_rows[0]["codec"] = "aac"  # one recording of the first device
    assert "by its files alone" not in said(mixed)


def test_the_level_that_goes_with_the_device(new_results):
    results = new_results()
    for number, row in enumerate(results.quality_rows):
        row["level_dbfs"] = -20.0 - 3 * results.classes.index(row["device"])
        row["noise_floor_dbfs"] = -60.0 + number % 4  # the same four of each device
    # 5 devices, 20 recordings: by chance 4 / 19
    expected = (
        "The device explains 100 % of the variance of the level and 0 % of the variance of the "
        "noise floor over the recordings (by chance 21 %)"
    )
    assert expected in said(results)


def test_identical_units(new_results):
    results = new_results()
    results.unit_rows[-1] |= {"accuracy": 0.9, "accuracy_low": 0.8, "accuracy_high": 0.95}
    results.unit_rows[-1] |= {"recording_accuracy": 1.0}
    expected = "By session, lda-ltas-plain: Neumann KM 184 told apart. These are units of one make"
    assert expected in said(results)
    without = new_results()
    without.folder = without.folder.with_name("without")
    without.unit_rows = []
    assert "does not say that it tells two units of one apart" in said(without)
