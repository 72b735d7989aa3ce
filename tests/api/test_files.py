"""What takes files alone: inspecting, grouping, comparing, and cases with their reports."""

import io
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

import micfp
from micfp.api.inspecting import COLUMNS
from micfp.cli import app
from micfp.errors import MicfpError

Run = Callable[..., list[dict[str, Any]]]


def test_an_inspection_is_that_of_the_command(tmp_path: Path, command: Run) -> None:
    path = tmp_path / "<b>.wav"
    sf.write(path, 0.1 * np.random.default_rng(1).standard_normal(8000), 8000)
    ((expected),) = command("inspect", path)
    found = micfp.inspect(path)
    assert found.to_record() == expected
    frame = found.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert 8000 in frame[frame["name"] == "sample rate [Hz]"]["value"].tolist()
    assert repr(found).startswith(str(path))
    html = found._repr_html_()
    assert "&lt;b&gt;.wav: no rule found anything amiss" in html
    assert f"and {len(frame) - 30} more rows" in html  # a notebook shows thirty
    assert html.count("<tr>") == 1 + 30


def test_a_file_without_sound_says_why(tmp_path: Path) -> None:
    (tmp_path / "no-sound.wav").write_text("no sound")
    found = micfp.inspect(tmp_path / "no-sound.wav")
    assert found.refused is not None
    assert f"the sound could not be read: {found.refused}" in found._repr_html_()


def test_groups_are_those_of_the_command(phones: dict[str, list[Path]], command: Run) -> None:
    files = [path for some in phones.values() for path in some[:2]]
    expected = command("cluster", *files, "--sitting", "same")
    found = micfp.cluster(files, sitting="same")
    assert found.to_record() == expected
    frame = found.to_frame()
    assert frame["group"].tolist() == [one["cluster"] for one in expected]
    assert repr(found).startswith(f"6 recordings: {found.n_groups} groups")
    assert f"<strong>6 recordings: {found.n_groups} groups</strong>" in found._repr_html_()


def test_what_cannot_be_grouped_is_said_and_nothing_is_printed(
    phones: dict[str, list[Path]],
) -> None:
    found = micfp.cluster([phones["IPHONEX"][0], phones["IPHONEX"][1], "gone.wav"])
    frame = found.to_frame()
    assert frame["group"].isna().tolist() == [False, False, True]
    assert frame["refused"].tolist()[2].startswith("gone.wav: cannot be read")
    assert "Careful: gone.wav: cannot be read" in found._repr_html_()
    with pytest.raises(MicfpError, match="is no file, and a file is needed here"):
        micfp.cluster([(np.zeros(8000), 8000)])


def test_a_comparison_is_that_of_the_command(phones: dict[str, list[Path]], command: Run) -> None:
    a, b = phones["Apple_air1"], phones["IPHONEX"]
    sides = [
        word for side, some in (("--a", a), ("--b", b)) for one in some for word in (side, one)
    ]
    ((expected),) = command("compare", *sides)
    found = micfp.compare(a, b)
    assert found.to_record() == expected
    assert found.to_frame().to_dict(orient="records") == expected["bands"]
    n = sum(one["significant"] for one in expected["bands"])
    said = f"The responses differ significantly in {n} of {len(expected['bands'])} bands"
    assert f"<strong>{said}</strong>" in found._repr_html_()


def test_a_comparison_that_is_refused_says_why() -> None:
    found = micfp.compare(["gone.wav"], ["gone.wav"])
    assert found.to_frame().empty
    assert "<strong>No answer: 0 pieces of 1 s with speech" in found._repr_html_()


def test_the_report_of_a_case_is_that_of_the_command(
    phones: dict[str, list[Path]], tmp_path: Path
) -> None:
    place = tmp_path / "case.micfp"
    with micfp.open_case(place, create=True) as case:
        micfp.enroll({"phone": phones["IPHONEX"]}, case)
        micfp.identify(phones["Apple_air1"][0], case)
        written = micfp.write_report(
            case, tmp_path / "a.html", pdf=str(tmp_path / "a.pdf"), language="de"
        )
    assert written == (tmp_path / "a.html", tmp_path / "a.pdf")
    html, pdf = tmp_path / "b.html", tmp_path / "b.pdf"
    words = ["report", place, "--out", html, "--pdf", pdf, "--language", "de"]
    with redirect_stdout(io.StringIO()):
        app(list(map(str, words)), standalone_mode=False)
    assert [path.read_bytes() for path in written] == [html.read_bytes(), pdf.read_bytes()]


def test_a_case_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    with (
        pytest.raises(MicfpError, match=r"no .*case\.micfp here: enrol first"),
        micfp.open_case(str(tmp_path / "case.micfp")),
    ):
        pass
