"""Answers of the API are those of the command, on real phones; refusals are answers, too."""

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
import soxr

import micfp
from micfp.api.enrolling import Enrolment
from micfp.api.identifying import COLUMNS
from micfp.errors import MicfpError

Run = Callable[..., list[dict[str, Any]]]
RecordingOf = Callable[[str, int], Path]


@pytest.fixture(scope="session")
def question(recording_of: RecordingOf) -> Path:
    return recording_of("IPHONEX", 4)


def test_a_file_and_its_samples_get_the_numbers_of_the_command(
    enrolled: Enrolment,
    phones: dict[str, list[Path]],
    question: Path,
    command: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, some in phones.items():
        command("enroll", name, *some)
    for sitting in ("any", "same", "other"):
        ((expected),) = command("identify", question, "--sitting", sitting)
        by_file = micfp.identify(question, enrolled, sitting=sitting)
        samples = micfp.Samples(*sf.read(question), str(question))
        by_samples = micfp.identify(samples, enrolled, sitting=sitting)
        by_dictionary = micfp.identify(str(question), phones, sitting=sitting)
        with micfp.open_case() as case:
            by_case = micfp.identify(question, case, sitting=sitting)
            assert case.entries()[-1].answer == by_case.to_record()
        for found in (by_file, by_samples, by_dictionary, by_case):
            record = found.to_record()
            record["quality"] = dict(record["quality"])
            assert record == expected  # every digit
        # Said of recordings of one sitting, *other* takes the room for the device: every phone is
        # at the bound, and none of them is named.
        assert expected["answer"] == (None if sitting == "other" else "IPHONEX")


def test_an_answer_is_read_in_a_line_a_table_and_a_frame(
    enrolled: Enrolment, question: Path
) -> None:
    found = micfp.identify(question, enrolled)
    assert repr(found).startswith(f"{question}: IPHONEX\n")
    assert "calibration default" in repr(found)
    frame = found.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["device"].tolist() == [one.device for one in found.ranking]
    assert frame["device"][0] == "IPHONEX"
    assert frame["support"][0] == "moderate support for"
    assert frame["support"][1].endswith("against")
    assert frame["log10_lr"].is_monotonic_decreasing
    assert (frame["log10_low"] <= frame["log10_lr"]).all()
    assert (frame["log10_lr"] <= frame["log10_high"]).all()
    assert frame["refused"].isna().all()


def test_refusals_are_answers_that_say_why(enrolled: Enrolment, tmp_path: Path) -> None:
    (tmp_path / "no-sound.wav").write_text("no sound")
    short = micfp.Samples(np.full(100, 0.1), 48_000, "short")
    slow = micfp.Samples(0.1 * np.random.default_rng(1).standard_normal(8000), 4000, "slow")
    silence = micfp.Samples(np.zeros(96_000), 48_000, "silence")
    other_channel = micfp.identify(silence, enrolled, channel=1).refused or ""
    assert other_channel.startswith("silence: channel 1 was asked for, and it has 1")
    said = {
        "gone.wav": "gone.wav: ",
        tmp_path / "no-sound.wav": f"{tmp_path / 'no-sound.wav'}: ",
        short: "short: 100 samples at 48000 Hz are 0.002 s of sound",
        slow: "slow: 4000 Hz: a fingerprint needs a rate of 8000 to 192000 Hz",
        silence: "silence: nothing but digital silence",
    }
    answers = [micfp.identify(one, enrolled) for one in said]  # type: ignore[arg-type]
    for answer, begin in zip(answers, said.values(), strict=True):
        assert answer.answer is None
        assert answer.refused is not None
        assert answer.refused.startswith(begin)
        assert repr(answer).startswith(f"no answer: {begin}")
        assert f"<strong>No answer: {begin}" in answer._repr_html_()
        assert answer.ranking == ()
    frame = pd.concat([one.to_frame() for one in answers], ignore_index=True)
    assert frame["recording"].tolist()[0] == "gone.wav"
    assert frame["refused"].tolist() == [one.refused for one in answers]


def test_a_change_of_speed_is_refused_in_one_sitting(
    enrolled: Enrolment, phones: dict[str, list[Path]], question: Path
) -> None:
    samples, rate_hz = sf.read(question)
    faster = soxr.resample(samples, rate_hz, rate_hz / 1.2), rate_hz  # a fifth faster, and higher
    said = "its pitch or speed seems changed by +20 %"
    assert said in (micfp.identify(faster, enrolled, sitting="same").refused or "")
    assert said in (micfp.verify(phones["IPHONEX"][0], faster, sitting="same").refused or "")


def test_references_that_were_refused_are_said_with_every_answer(
    phones: dict[str, list[Path]], question: Path
) -> None:
    found = micfp.identify(question, {"IPHONEX": [*phones["IPHONEX"], "gone.wav"]})
    assert found.answer == "IPHONEX"
    (said,) = [one for one in found.warnings if "gone.wav" in one]
    assert said.startswith("not enrolled: gone.wav: ")
    assert f"careful: {said}" in repr(found)
    assert f"Careful: {said}" in found._repr_html_()


def test_a_wrong_use_is_one_sentence(enrolled: Enrolment, question: Path, tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=r"^no device is enrolled: gone\.wav: "):
        micfp.identify(question, {"phone": ["gone.wav"]})
    with pytest.raises(MicfpError, match="give recordings of each device, by its name, such as"):
        micfp.identify(question, ["a.wav"])  # type: ignore[arg-type]
    with pytest.raises(MicfpError, match="'none' is no sitting: give same, other, any"):
        micfp.identify(question, enrolled, sitting="none")
    other = Enrolment(enrolled.files, enrolled.references, "0" * 64)
    with pytest.raises(MicfpError, match="enrolled by another fingerprint model"):
        micfp.identify(question, other)
    with micfp.open_case(tmp_path / "case.micfp", create=True) as case:
        with pytest.raises(MicfpError, match="no device is enrolled"):
            micfp.identify(question, case)
        with pytest.raises(MicfpError, match="is no file, and a file is needed here"):
            micfp.identify((np.zeros(16_000), 16_000), case)


class Tags(HTMLParser):
    """Tags of a page in order, and those that are open in the end."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.open.append(tag)
        if tag == "th":
            assert dict(attrs)["scope"] in ("col", "row")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_table_of_a_notebook_begins_with_the_answer_and_escapes_names(
    phones: dict[str, list[Path]], question: Path
) -> None:
    name = "<script>alert(1)</script>"
    found = micfp.identify(question, {name: phones["IPHONEX"], "other": phones["huawei_p20"]})
    assert found.answer == name
    html = found._repr_html_()
    assert "<script>" not in html
    page = Tags(html)
    assert page.open == []
    assert page.tags[:3] == ["section", "p", "strong"]  # the answer, then the table
    assert page.tags.count("tr") == 1 + 2
    assert "<caption" in html
    answer = f"<strong>{question}: &lt;script&gt;alert(1)&lt;/script&gt;</strong>"
    assert answer in html
    # Nothing but the colour of the page: it is read in light and dark.
    assert "background" not in html
    assert html.count("color:") == html.count("color: inherit") > 0
