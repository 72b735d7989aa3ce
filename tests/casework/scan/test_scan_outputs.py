"""What is written of a scan: labels, excerpts and a figure, a folder for each recording."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from micfp.casework.scan.found import NOBODY, Scan, Segment
from micfp.casework.scan.outputs import labels, write
from micfp.casework.scan.track import Change, Track
from micfp.errors import MicfpError

RATE_HZ = 8000
CHANGE = Change(4.0, (3.75, 4.25), "device", 1.3, "another device")
HUM = Change(4.2, (4.1, 4.3), "hum", None, "a jump of 90 degrees")
LATER = Change(7.0, (6.9, 7.1), "noise", None, "another background")


def scan(path: str = "a/strange\tname.wav") -> Scan:
    times_s = np.arange(2.0, 8.0, 0.1)
    device = Track("device", times_s, np.sin(times_s), "odds", (CHANGE, LATER), 1.0, None)
    nothing = np.full(2, np.nan)
    hum = Track("hum", np.arange(2.0), nothing, "degrees", (HUM,), 1.0, "no hum in most of it")
    segments = (Segment(0, 4, "phone"), Segment(4, 10, None, "too much noise"))
    return Scan(path, 10.0, (device, hum), segments, None, ("careful",))


def test_labels_are_lines_of_three_columns() -> None:
    """Audacity: start, stop and text, with tabs between; no other tab or line break."""
    rows = [line.split("\t") for line in labels(scan()).splitlines()]
    assert rows == [
        ["3.750000", "4.250000", "device: another device"],
        ["4.100000", "4.300000", "hum: a jump of 90 degrees"],
        ["6.900000", "7.100000", "noise: another background"],
        ["0.000000", "4.000000", "phone"],
        ["4.000000", "10.000000", "not concluded"],
    ]


def test_a_folder_holds_a_figure_and_the_sound_about_each_change(tmp_path: Path) -> None:
    """3 s about each change; the second recording of a name gets a folder of its own."""
    samples = np.random.default_rng(0).uniform(-0.1, 0.1, 10 * RATE_HZ).astype(np.float32)
    first, second = (write(scan(), samples, RATE_HZ, tmp_path) for _ in range(2))
    assert [one.parent.name for one in (first[0], second[0])] == [
        "strange\\x09name.wav",
        "strange\\x09name.wav-2",
    ]
    names = sorted(path.name for path in first)
    assert names == [
        "001-device-4.00s.wav",
        "002-hum-4.20s.wav",
        "003-noise-7.00s.wav",
        "labels.txt",
        "scan.png",
    ]
    excerpt, rate_hz = sf.read(first[0].parent / "001-device-4.00s.wav", dtype="float32")
    assert rate_hz == RATE_HZ
    np.testing.assert_allclose(excerpt, samples[20_000:44_000], atol=2**-15)
    pictures = [one[1].read_bytes() for one in (first, second)]
    assert pictures[0] == pictures[1]
    assert pictures[0].startswith(b"\x89PNG")


def test_a_folder_that_is_a_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(MicfpError, match="cannot be written"):
        write(scan(), np.zeros(100, np.float32), RATE_HZ, tmp_path / "file")


def test_changes_are_in_order_of_time_and_say_which_tracks_agree() -> None:
    """The hum's interval overlaps that of the device; the noise is 2.6 s away."""
    found = scan()
    assert [one.time_s for one in found.changes] == [4.0, 4.2, 7.0]
    assert [found.beside(one) for one in found.changes] == [("hum",), ("device",), ()]
    record = found.as_record()
    assert set(record) == {*("path", "duration_s", "changes", "segments", "refused", "warnings")}
    assert record["changes"][0]["interval_s"] == [3.75, 4.25]
    assert record["segments"][1] == {"start_s": 4, "stop_s": 10, "device": None}


def test_text_names_changes_segments_and_what_was_not_seen() -> None:
    text = scan().as_text()
    assert "3 changes in 10.0 s" in text
    assert (
        "4.00 s (95 %: 3.75 to 4.25): device, LR 20: another device; at the same place: hum" in text
    )
    assert "4.00 to 10.00 s: not named: too much noise" in text
    assert "hum: no hum in most of it" in text
    assert "careful: careful" in text


@pytest.mark.parametrize(
    ("segments", "said", "called"),
    [
        (
            (Segment(0, 10, "unknown 1", NOBODY),),
            ["one device throughout, as far as was seen"],
            ["one device"],
        ),
        (
            (Segment(0, 10, "unknown 1", "none of the enrolled devices"),),
            ["none of the enrolled devices; one device throughout, as far as was seen"],
            ["one device"],
        ),
        (
            (Segment(0, 4, "unknown 1", NOBODY), Segment(4, 10, "unknown 2", NOBODY)),
            ["unknown 1", "unknown 2"],
            ["unknown 1", "unknown 2"],
        ),
        (
            (Segment(0, 4, "unknown 1", "cannot be told: A, or none"), Segment(4, 10, "A")),
            ["unknown 1 (cannot be told: A, or none)", "A"],
            ["unknown 1", "A"],
        ),
        # An enrolled device of that name is one that is known.
        ((Segment(0, 10, "unknown 1"),), ["unknown 1"], ["unknown 1"]),
    ],
)
def test_a_number_stands_only_where_there_are_several_devices(
    segments: tuple[Segment, ...], said: list[str], called: list[str]
) -> None:
    """One `unknown 1` a file looks as if the files had one device; with a case it has an answer."""
    found = replace(scan(), segments=segments)
    assert [found.in_words(one) for one in segments] == said
    assert [found.called(one) for one in segments] == called
    assert all(one in found.as_text() for one in said)
