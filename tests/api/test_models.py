"""A model of a closed set: the answer of `micfp identify --model`, for files and samples."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from small_model import RATE_HZ, device_noise, fit_under

import micfp
from micfp.api.models import COLUMNS
from micfp.errors import MicfpError

Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fitted model of the devices `dull` and `bright`."""
    return fit_under(tmp_path_factory.mktemp("model"))


@pytest.fixture
def question(tmp_path: Path) -> Path:
    path = tmp_path / "new.wav"
    sf.write(path, device_noise("bright", seed=7), RATE_HZ, "PCM_16")
    return path


def test_a_file_and_its_samples_get_the_numbers_of_the_command(
    folder: Path, question: Path, command: Run
) -> None:
    ((expected),) = command("identify", question, "--model", folder)
    model = micfp.load_model(folder)
    assert set(model.devices) == {"bright", "dull"}
    assert "lda-ltas-plain" in repr(model)
    for recording in (question, micfp.Samples(*sf.read(question), str(question))):
        found = model.identify(recording)
        assert found.found is not None
        assert found.found.as_record(model.model) == expected  # every digit
    assert found.answer == "bright"


def test_an_answer_is_read_in_a_line_a_table_and_a_frame(folder: Path, question: Path) -> None:
    found = micfp.load_model(str(folder)).identify(question)
    assert repr(found).startswith(f"{question}: bright, named by 8 of 8 segments")
    frame = found.to_frame()
    assert tuple(frame.columns) == COLUMNS
    assert frame["device"].tolist() == ["bright", "dull"]
    assert frame["segments"].tolist() == [8, 0]
    html = found._repr_html_()
    assert f"<strong>{question}: bright, or none that the model knows</strong>" in html
    assert "Closed set: " in html
    # Nothing of this corpus of noise calibrates: no probability is shown.
    assert frame["probability"].isna().all()
    assert "<td" in html
    assert html.count(">none</td>") == 2


def test_refusals_are_answers_that_say_why(folder: Path) -> None:
    model = micfp.load_model(folder)
    silence = micfp.Samples(np.zeros(RATE_HZ), RATE_HZ, "silence")
    for one, begin in ((silence, "silence: digital silence"), ("gone.wav", "gone.wav: ")):
        found = model.identify(one)  # type: ignore[arg-type]
        assert found.answer is None
        assert (found.refused or "").startswith(begin)
        assert repr(found).startswith(f"no answer: {begin}")
        assert f"<strong>No answer: {begin}" in found._repr_html_()
        assert found.to_frame()["refused"].tolist() == [found.refused]


def test_where_there_is_no_model_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    here = Path.cwd()
    os.chdir(tmp_path)
    try:
        with pytest.raises(MicfpError, match="there is no default model: no `snakemake all`"):
            micfp.load_model()
    finally:
        os.chdir(here)
