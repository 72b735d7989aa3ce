"""The notebooks of docs/tutorials run to their last cell, and end with what they promise."""

import json
import resource
import shutil
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

TUTORIALS = Path(__file__).parents[2] / "docs" / "tutorials"
NAMES = ("examiner", "journalist", "student")
LONGEST_S = 60.0
"""Of a processor, so that it does not hang on what else runs here."""


def processor_s() -> float:
    """Seconds of a processor that children took which have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a notebook in an empty folder on some recordings: what an expression gives then."""

    def in_folder(name: str, recordings: Path, reader: str, expression: str) -> Any:
        monkeypatch.setenv("MICFP_RECORDINGS", str(recordings))
        monkeypatch.setenv("MICFP_READER", reader)
        notebook = nbformat.read(TUTORIALS / f"{name}.ipynb", as_version=4)
        asked = f"import json\nprint(json.dumps({expression}))"
        notebook.cells.append(nbformat.v4.new_code_cell(asked))
        begun_s = processor_s()
        NotebookClient(
            notebook,
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": tmp_path}},
        ).execute()
        assert processor_s() - begun_s < LONGEST_S
        said = [
            output
            for cell in notebook.cells
            for output in cell.get("outputs", ())
            if output.get("name") == "stderr"
        ]
        assert said == []
        return json.loads(notebook.cells[-1].outputs[0].text)

    return in_folder


@pytest.mark.parametrize("name", NAMES)
def test_no_output_is_kept_and_prose_stands_between_the_cells(name: str) -> None:
    notebook = nbformat.read(TUTORIALS / f"{name}.ipynb", as_version=4)
    nbformat.validate(notebook)
    kinds = [cell.cell_type for cell in notebook.cells]
    assert (kinds[0], kinds[-1]) == ("markdown", "markdown")
    assert ("code", "code") not in pairwise(kinds)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)
    assert any("## What this does not show" in cell.source for cell in notebook.cells)


def test_the_examiner_names_a_voice_note_and_no_stranger(
    shared_data: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    found = run(
        "examiner",
        shared_data / "ccnu_mobile",
        "ccnu_mobile",
        "{'known': known, 'named': named.answer, 'unknown': unknown.answer, "
        "'none': unknown.none_of_these, 'refused': unknown.refused, "
        "'trial': trial['named'].tolist()}",
    )
    assert found["named"] == found["known"][1]
    assert found["unknown"] is None
    assert found["refused"] is None
    assert found["none"] > 0
    *of_known, of_stranger = found["trial"]
    right = sum(one == name for one, name in zip(of_known, found["known"], strict=True))
    assert right >= 5
    assert all(one in (name, "no name") for one, name in zip(of_known, found["known"], strict=True))
    assert of_stranger == "no name"
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")


def test_the_journalist_sees_one_phone_and_two(
    shared_data: Path, run: Callable[..., Any], tmp_path: Path
) -> None:
    folder = tmp_path / "recordings"
    folder.mkdir()
    corpus = shared_data / "ccnu_mobile"
    for name, source in (("a", "IPHONEX_1"), ("b", "IPHONEX_4"), ("c", "Apple_air1_4")):
        shutil.copy(corpus / f"{source}.wav", folder / f"{name}.wav")
    found = run(
        "journalist",
        folder,
        "folder",
        "{'same': answer.log10_lr, 'other': other.log10_lr, 'sent': sent.log10_lr, "
        "'changes': len(scanned.changes)}",
    )
    assert found["same"] > 0.5
    assert found["other"] < 0
    assert found["sent"] > 0
    assert found["changes"] == 0


def test_the_student_compares_a_classifier_with_likelihood_ratios(
    shared_data: Path, run: Callable[..., Any]
) -> None:
    found = run(
        "student",
        shared_data / "ccnu_mobile",
        "ccnu_mobile",
        "{'shuffled': shuffled.mean(), 'by_content': by_content.mean(), "
        "'nonsense': nonsense.tolist(), 'own': own_right, 'ours': ours_right, 'none': ours_none, "
        "'named_strangers': sum(one is not None for one in by_micfp.values())}",
    )
    assert found["shuffled"] > found["by_content"] > 0.8
    leaking, strict, chance = found["nonsense"]
    assert chance == pytest.approx(1 / 30)
    assert leaking > 0.5  # it knows recordings again, whatever they are called
    assert strict < 0.1
    assert found["own"] >= 25
    assert found["ours"] >= 25
    assert found["ours"] + found["none"] == 30  # no wrong name
    assert found["named_strangers"] <= 1
