"""Whether one device made two recordings: the numbers of the command, refusals and tables."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

import micfp
from micfp.api.verifying import COLUMNS
from micfp.errors import MicfpError

Run = Callable[..., list[dict[str, Any]]]


def test_files_and_samples_get_the_numbers_of_the_command(
    phones: dict[str, list[Path]], command: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    a, b = phones["IPHONEX"][:2]
    command("enroll", "x", phones["huawei_p20"][0])
    for sitting in ("any", "same"):
        ((expected),) = command("verify", a, b, "--sitting", sitting)
        assert micfp.verify(a, str(b), sitting=sitting).to_record() == expected  # every digit
        of_a = micfp.Samples(*sf.read(a), str(a))
        assert micfp.verify(of_a, b, sitting=sitting).to_record() == expected
        with micfp.open_case() as case:
            found = micfp.verify(a, b, sitting=sitting, case=case)
            assert case.entries()[-1].answer == found.to_record() == expected
    assert expected["log10_lr"] > 0.5


def test_an_answer_is_read_in_a_line_a_table_and_a_frame(phones: dict[str, list[Path]]) -> None:
    a, b = phones["IPHONEX"][0], phones["Apple_air1"][0]
    found = micfp.verify(a, b, sitting="same")
    assert found.log10_lr is not None
    assert found.log10_lr < -0.5
    assert repr(found).startswith(f"{a}, {b}: LR 0.")
    (row,) = found.to_frame().to_dict(orient="records")
    assert tuple(row) == COLUMNS
    assert (row["log10_low"], row["log10_high"]) == found.interval
    assert row["support"].endswith("support against")
    said = (
        "times likelier if two devices that sound different made them than if one device, or two "
    )
    assert said in found._repr_html_()


def test_refusals_are_answers_that_say_why(phones: dict[str, list[Path]]) -> None:
    good = phones["IPHONEX"][0]
    silence = micfp.Samples(np.zeros(96_000), 48_000, "silence")
    for a, b, begin in (
        (good, silence, "silence: nothing but digital silence"),
        ("gone.wav", good, "gone.wav: "),
    ):
        found = micfp.verify(a, b)
        assert found.log10_lr is None
        assert found.interval is None
        assert (found.refused or "").startswith(begin)
        assert repr(found).startswith(f"no answer: {begin}")
        assert f"<strong>No answer: {begin}" in found._repr_html_()
        assert found.to_frame()["refused"].tolist() == [found.refused]


def test_a_case_takes_files_alone(phones: dict[str, list[Path]], tmp_path: Path) -> None:
    with (
        micfp.open_case(tmp_path / "case.micfp", create=True) as case,
        pytest.raises(MicfpError, match="is no file, and a file is needed here"),
    ):
        micfp.verify(phones["IPHONEX"][0], (np.zeros(16_000), 16_000), case=case)
