"""Labels that give a target away, by tables of a few rows."""

import pandas as pd
import pytest

from micfp.recordings.leaks import leaks


def rows(*cells: str) -> pd.DataFrame:
    """A table of `device session room` a row."""
    table = pd.DataFrame([cell.split() for cell in cells], columns=["device", "session", "room"])
    return table.replace("-", "")


TWO_ROOMS = rows(*(f"{d} {s} {s[0]}" for d in "xy" for s in ("a1", "a2", "b1", "b2")))


def test_sessions_of_a_room_on_both_sides_are_a_leak() -> None:
    (said,) = leaks(TWO_ROOMS, "by_content", "room")
    assert "each session has one room" in said
    assert "split.kind = by_session has no session on both sides" in said
    assert leaks(TWO_ROOMS, "by_session", "room") == []
    # every device was in both rooms, so that no device tells one
    assert len(leaks(TWO_ROOMS, "by_unit", "room")) == 1


def test_one_session_a_room_cannot_be_taken_apart() -> None:
    table = rows("x a1 a", "y a1 a", "x b1 b", "y b1 b")
    (said,) = leaks(table, "by_recording", "room")
    assert "no split can tell them apart before each room has two sessions" in said


def test_a_device_gives_away_how_it_was_used_but_its_model_is_no_leak() -> None:
    table = rows("x s1 new", "x s2 new", "y s1 new", "z s1 old", "z s2 old", "w s2 old")
    (said,) = leaks(table, "by_session", "room")
    assert "each device has one room" in said
    assert "split.kind = by_unit" in said
    assert leaks(table, "by_unit", "room") == []
    assert leaks(table.rename(columns={"room": "model"}), "by_session", "model") == []


@pytest.mark.parametrize("nothing", ["session", "device"])
def test_labels_that_are_not_known_or_all_alike_tell_nothing(nothing: str) -> None:
    table = TWO_ROOMS.assign(device="x", session="")
    assert leaks(table, "by_recording", "room") == []
    assert leaks(TWO_ROOMS, "by_recording", nothing) == []
