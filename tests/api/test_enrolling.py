"""Devices whose recordings are known."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

import micfp
from micfp.api.enrolling import COLUMNS, Enrolment
from micfp.errors import MicfpError

SILENCE = micfp.Samples(np.zeros(96_000), 48_000, "silence")


def test_each_recording_is_said(enrolled: Enrolment, phones: dict[str, list[Path]]) -> None:
    assert enrolled.devices == tuple(phones)
    assert [len(some) for some in enrolled.references.values()] == [3, 3, 3]
    assert repr(enrolled).startswith("3 devices are enrolled by 9 recordings\n")
    frame = enrolled.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["enrolled"].tolist() == [True] * 9
    assert frame["recording"].tolist() == [str(one) for some in phones.values() for one in some]
    assert frame["duration_s"].between(5, 15).all()
    assert "3 devices are enrolled by 9 recordings" in enrolled._repr_html_()


def test_what_cannot_be_judged_is_refused_and_the_others_are_enrolled(
    phones: dict[str, list[Path]], recording_of: Callable[[str, int], Path]
) -> None:
    good = phones["IPHONEX"][0]
    found = micfp.enroll({"phone": [good, SILENCE, "gone.wav", good], "other": [good]})
    assert found.devices == ("phone",)
    assert len(found.references["phone"]) == 1  # the same file twice is kept once
    assert [one.accepted for one in found.files] == [True, False, False, True, False]
    assert found.files[3].warnings[0] == "was enrolled before, and is not kept twice"
    silent, gone, owned = found.refused
    assert silent.startswith("silence: nothing but digital silence")
    assert gone.startswith("gone.wav: ")
    assert "is enrolled as 'phone', and a recording is of one device" in owned
    frame = found.to_frame()
    assert frame["refused"].notna().tolist() == [False, True, True, False, True]
    assert frame.loc[1, "active_s"] != frame.loc[1, "active_s"]  # NaN
    assert "1 device is enrolled by 2 recordings; 3 recordings were refused" in repr(found)


def test_samples_and_files_have_the_same_fingerprint(phones: dict[str, list[Path]]) -> None:
    path = phones["IPHONEX"][0]
    samples = micfp.Samples(*sf.read(path), str(path))
    by_file, by_samples = (micfp.enroll({"a": [one]}).references["a"][0] for one in (path, samples))
    np.testing.assert_array_equal(by_file.vectors, by_samples.vectors)
    assert by_file.snr_db == by_samples.snr_db


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({}, "give recordings of each device, by its name"),
        (["a.wav"], "give recordings of each device, by its name"),
        ({"phone": []}, "^phone: give one recording of it or more"),
        ({"phone": "a.wav"}, "^phone: give a list of recordings"),
        ({"phone": None}, "^phone: give a list of recordings"),
        ({"phone": [0.5]}, r"^0\.5 is no recording: give the path of a file"),
        ({3: ["a.wav"]}, "^3: give the name of a device as text"),
        ({"phone": ["a.wav"], " phone": ["b.wav"]}, "^phone: is given twice"),
        ({" ": ["a.wav"]}, "a device needs a name"),
        ({"Phone": ["a.wav"], "phone": ["b.wav"]}, "there is a device 'Phone'"),
    ],
)
def test_a_wrong_use_is_one_sentence(given: dict[str, list[str]], sentence: str) -> None:
    with pytest.raises(MicfpError, match=sentence):
        micfp.enroll(given)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"channel": "left"}, "channel 'left': give the number of one, from 0, or \"mean\""),
        ({"channel": -1}, "channel -1: give the number of one"),
        ({"track": 0.5}, "track 0.5: give the number of one, from 0, or None"),
        ({"fingerprint": 3}, "3 is no path: give the name of a file or folder"),
        ({"fingerprint": "gone.safetensors"}, "gone.safetensors: "),
        ({"case": "case.micfp"}, "'case.micfp' is no opened case: give what `with micfp.open_case"),
    ],
)
def test_a_wrong_setting_is_one_sentence(wrong: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MicfpError, match=f"^{re.escape(sentence)}"):
        micfp.enroll({"phone": [SILENCE]}, **wrong)


def test_a_case_that_was_closed_is_one_sentence(tmp_path: Path) -> None:
    with micfp.open_case(tmp_path / "case.micfp", create=True) as case:
        pass
    for ask in (case.devices, lambda: micfp.identify("a.wav", case)):
        with pytest.raises(MicfpError, match="this case was opened and closed again; ask while"):
            ask()


def test_a_case_keeps_what_is_enrolled_as_the_command_does(
    phones: dict[str, list[Path]], tmp_path: Path, enrolled: Enrolment
) -> None:
    with micfp.open_case(tmp_path / "case.micfp", create=True) as case:
        found = micfp.enroll(phones, case)
        assert [one.name for one in case.devices()] == list(phones)
        assert [entry.kind for entry in case.entries()][-9:] == ["enroll"] * 9
        with pytest.raises(MicfpError, match="is no file, and a file is needed here"):
            micfp.enroll({"phone": [SILENCE]}, case)
    assert repr(found) == repr(enrolled)
    for name, some in found.references.items():
        for one, other in zip(some, enrolled.references[name], strict=True):
            np.testing.assert_array_equal(one.vectors, other.vectors)
