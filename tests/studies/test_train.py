"""What `micfp train` chooses for some recordings, and why."""

import pandas as pd
import pytest

from micfp.errors import MicfpError
from micfp.studies.train import choose


def recordings(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["device", "session"])


def test_one_session_is_tested_on_other_recordings():
    choice = choose(recordings(("a", ""), ("a", ""), ("b", "")), [8.0, 9.0, 7.5])
    assert choice.differences == {"segments": {"windows": {"length_s": 1.0, "hop_s": 1.0}}}
    assert choice.reasons[0] == "windows of 1 s: the shortest recording has 7.5 s"
    assert "place and day may be recognised" in choice.reasons[1]


def test_short_recordings_get_short_windows():
    choice = choose(recordings(("a", ""), ("b", "")), [1.9, 8.0])
    assert choice.differences["segments"]["windows"] == {"length_s": 0.5, "hop_s": 0.5}


def test_the_last_session_that_every_device_has_is_tested():
    """`b` was not there on day 3."""
    rows = [("a", "day-1"), ("a", "day-2"), ("a", "day-3"), ("b", "day-1"), ("b", "day-2")]
    choice = choose(recordings(*rows), [8.0] * 5)
    assert choice.differences["split"] == {"kind": "by_session", "test": ["day-2"], "folds": None}
    assert choice.reasons[1].startswith("tested on session day-2, trained on day-1: ")


def test_one_device_cannot_be_told_apart():
    with pytest.raises(MicfpError, match="recordings of 1 device"):
        choose(recordings(("a", ""), ("a", "")), [8.0, 8.0])
    with pytest.raises(MicfpError, match="can be read: 0"):
        choose(recordings(("a", ""), ("b", "")), [])
