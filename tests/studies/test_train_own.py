"""What `micfp train` leaves out, what it chooses for the rest, and why."""

from pathlib import Path

import pandas as pd
import pytest
import yaml

from micfp.config.audio import CheckPolicy
from micfp.errors import MicfpError
from micfp.studies.train import PRESET, project_of
from micfp.studies.train_choice import POLICY, choose, usable

CHECKOUT = Path(__file__).parents[2]
Row = tuple[str, str, str, float, str]


def recordings(*rows: Row) -> pd.DataFrame:
    """Device, session, content, seconds, flags."""
    columns = ["device", "session", "content", "duration_s", "flags"]
    table = pd.DataFrame(rows, columns=columns)
    names = [f"{i}.wav" for i in range(len(rows))]
    return table.assign(path=names, recording=[f"digest of {name}" for name in names])


def plain(device: str, n: int, session: str = "", seconds: float = 8.0) -> list[Row]:
    """Recordings of the same sounds by every device."""
    return [(device, session, f"text-{i}", seconds, "") for i in range(n)]


def test_the_policy_is_that_of_the_preset():
    preset = yaml.safe_load((CHECKOUT / PRESET).read_text())
    assert CheckPolicy.model_validate(preset["check"]["policy"]) == POLICY


def test_silent_files_and_devices_of_which_less_than_two_are_left_go():
    """Of `a` one of three is silent; of `b` one of two; `c` has a clip shorter than any window."""
    table = recordings(
        *plain("a", 3),
        ("a", "", "text-3", 8.0, "silent, quiet"),
        ("b", "", "text-0", 8.0, ""),
        ("b", "", "text-1", 8.0, "quiet"),
        *plain("c", 2),
        ("c", "", "text-2", 0.2, "short"),
    )
    found = usable(table)
    assert found.kept["device"].value_counts().to_dict() == {"a": 3, "c": 2}
    assert found.left_out == ("b",)
    assert found.said == (
        "left out: 3.wav (silent, quiet)",
        "left out: 5.wav (quiet)",
        "left out: 8.wav (short)",
        "left out: the device b, of which 1 usable recordings are left and 2 are needed; the model "
        "cannot name it",
    )
    # the clip of 0.2 s has no say in the windows
    assert choose(found.kept).reasons[0] == "windows of 1 s: the shortest recording has 8.0 s"


def test_one_device_cannot_be_told_apart():
    with pytest.raises(MicfpError, match="two usable recordings each of 1 devices"):
        usable(recordings(*plain("a", 2)))
    with pytest.raises(MicfpError, match=r"of 1 devices.*left out: the device b"):
        usable(recordings(*plain("a", 2), *plain("b", 1)))


def test_one_session_is_tested_on_other_recordings():
    choice = choose(recordings(*plain("a", 2), *plain("b", 2, seconds=7.5)))
    assert choice.differences == {"segments": {"windows": {"length_s": 1.0, "hop_s": 1.0}}}
    assert choice.reasons[0] == "windows of 1 s: the shortest recording has 7.5 s"
    assert "place and day may be recognised" in choice.reasons[1]


def test_short_recordings_get_short_windows():
    choice = choose(recordings(*plain("a", 2, seconds=1.9), *plain("b", 2)))
    assert choice.differences["segments"]["windows"] == {"length_s": 0.5, "hop_s": 0.5}


def test_names_that_no_two_devices_share_say_nothing_of_what_is_said():
    rows = [(device, "", f"{device}-{i}", 8.0, "") for device in "ab" for i in range(3)]
    choice = choose(recordings(*rows))
    assert choice.differences["split"] == {"kind": "by_recording"}
    assert choice.differences["split_comparison"] == {"by_content": None}
    assert choice.reasons[1].startswith("recordings are kept apart, and not what is said")


def test_the_last_session_that_every_device_has_is_tested():
    """`b` was not there on day 11; day 10 comes after day 2."""
    rows = [*plain("a", 1, "day-1"), *plain("a", 1, "day-2"), *plain("a", 1, "day-10")]
    rows += [*plain("a", 1, "day-11"), *plain("b", 1, "day-1"), *plain("b", 1, "day-10")]
    choice = choose(recordings(*rows))
    assert choice.differences["split"] == {
        "kind": "by_session",
        "test": ["day-10"],
        "folds": None,
    }
    assert choice.reasons[1].startswith(
        "tested on session day-10, trained on day-1, day-2, day-11: "
    )


def test_a_device_with_one_session_keeps_all_from_being_tested_by_session():
    rows = [*plain("a", 1, "day-1"), *plain("a", 1, "day-2"), *plain("b", 2, "day-2")]
    assert "split" not in choose(recordings(*rows)).differences


def test_a_project_never_lies_within_the_recordings(tmp_path, monkeypatch):
    phones = tmp_path / "phones"
    phones.mkdir()
    monkeypatch.chdir(tmp_path)
    assert project_of(Path("phones")) == Path("phones-model")
    assert project_of(phones / "recordings.csv").name == "recordings.csv-model"  # not there
    (phones / "recordings.csv").write_text("path,device\n")
    assert project_of(phones / "recordings.csv") == Path("phones-model")
    monkeypatch.chdir(phones)
    assert project_of(Path()) == tmp_path / "phones-model"
    (phones / "Snakefile").write_text("")  # somebody else's
    assert project_of(Path()) == tmp_path / "phones-model"


def in_rooms(*sessions: str) -> pd.DataFrame:
    """Two devices with two contents in each session, whose first letter is its room."""
    rows = [row for session in sessions for device in "xy" for row in plain(device, 2, session)]
    table = recordings(*rows)
    return table.assign(room=table["session"].str[0])


@pytest.mark.parametrize(
    ("table", "target", "kind", "reason"),
    [
        # each room has two sessions, so that one of each trains
        (in_rooms("a1", "a2", "b1", "b2"), "room", "by_session", "sessions that are not in"),
        # one session each: whatever is tested, the session is known and tells the room
        (in_rooms("a1", "b1"), "room", "by_recording", "nothing that gives it away"),
        (in_rooms("a1", "a2"), "content", "by_session", "they tell no content"),
        (in_rooms("a1", "a2"), "session", "by_unit", "tested on devices"),
    ],
)
def test_another_target_is_split_by_what_does_not_give_it_away(
    table: pd.DataFrame, target: str, kind: str, reason: str
) -> None:
    choice = choose(usable(table, target).kept, target)
    assert choice.differences["split"] == {"kind": kind, "test": None, "folds": "auto"}
    assert reason in choice.reasons[-1]


def test_recordings_without_the_label_are_said() -> None:
    table = in_rooms("a1", "b1").assign(room=["", *"aaabbbb"])
    with pytest.raises(MicfpError, match="1 of 8 recordings have no room label"):
        usable(table, "room")
