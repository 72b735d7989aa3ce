"""Where a recording changes: the numbers of the command, for files and samples."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

import micfp
from micfp.api.enrolling import Enrolment
from micfp.api.scanning import CHANGES, SEGMENTS

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def spliced(
    recording_of: Callable[[str, int], Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Two phones, one after the other: the change is at 10 s or before."""
    parts = []
    for name in ("Apple_air1", "huawei_p20"):
        samples, rate_hz = sf.read(recording_of(name, 4))
        parts.append(samples[: 10 * rate_hz])
    path = tmp_path_factory.mktemp("spliced") / "spliced.wav"
    sf.write(path, np.concatenate(parts), rate_hz)
    return path


def test_a_file_and_its_samples_get_the_numbers_of_the_command(
    spliced: Path, enrolled: Enrolment, phones: dict[str, list[Path]], command: Run, tmp_path: Path
) -> None:
    place = tmp_path / "case.micfp"
    for name, some in phones.items():
        command("enroll", name, *some, "--case", place)
    ((expected),) = command("scan", spliced, "--case", place)
    samples = micfp.Samples(*sf.read(spliced), str(spliced))
    with micfp.open_case(place) as case:
        by_case = micfp.scan(spliced, case)
    for found in (micfp.scan(spliced, enrolled), micfp.scan(samples, enrolled), by_case):
        assert found.to_record() == expected  # every digit
    assert [one["device"] for one in expected["segments"]] == ["Apple_air1", "huawei_p20"]
    ((alone),) = command("scan", spliced)
    assert micfp.scan(spliced).to_record() == alone


def test_a_scan_is_read_in_lines_a_table_and_frames(spliced: Path, enrolled: Enrolment) -> None:
    found = micfp.scan(spliced, enrolled)
    frame, segments = found.to_frame(), found.segments_frame()
    assert tuple(frame.columns) == CHANGES
    assert tuple(segments.columns) == SEGMENTS
    device = frame[frame["track"] == "device"]
    assert device["time_s"].between(8, 11).all()
    assert (frame["low_s"] <= frame["time_s"]).all()
    assert (frame["time_s"] <= frame["high_s"]).all()
    assert segments["device"].tolist() == ["Apple_air1", "huawei_p20"]
    assert str(spliced) in repr(found)
    assert f"change{'' if len(frame) == 1 else 's'} in 20.0 s</strong>" in found._repr_html_()


def test_what_is_refused_says_why() -> None:
    silence = micfp.Samples(np.zeros(5 * 8000), 8000, "silence")
    slow = micfp.Samples(np.zeros(5 * 4000), 4000, "slow")
    for one, begin in (
        ("gone.wav", "gone.wav: "),
        (silence, "silence: nothing but digital silence"),
        (slow, "slow: 4000 Hz: a fingerprint needs a rate of 8000"),
    ):
        found = micfp.scan(one)  # type: ignore[arg-type]
        assert (found.refused or "").startswith(begin)
        assert found.segments_frame().empty
        assert f"<strong>Nothing is said of the device: {begin}" in found._repr_html_()
