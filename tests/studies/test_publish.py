"""Publishing: what DVC compares, and what was left out of the corpus."""

import json
from pathlib import Path

import pandas as pd

from micfp.plan.order import Order
from micfp.plan.params import parse_params
from micfp.studies.publish import _write_left_out, _write_metrics

NAMES = ("accuracy", "balanced_accuracy", "f1_macro", "recording_accuracy")


def write(results: Path, models: dict[str, float], chosen: str) -> None:
    rows = [{"model": name, **dict.fromkeys(NAMES, value)} for name, value in models.items()]
    (results / "tables").mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(results / "tables" / "models.csv", index=False)
    _write_metrics(results, chosen)


def test_metrics_of_the_chosen_model_and_a_file_for_each(tmp_path: Path) -> None:
    write(tmp_path, {"svc-thesis-plain": 0.75, "nb-thesis-plain": 2 / 3}, "nb-thesis-plain")
    of_nb = dict.fromkeys(NAMES, 0.666667)
    found = json.loads((tmp_path / "metrics.json").read_text())
    assert found == {"model": "nb-thesis-plain"} | of_nb
    files = {path.name: json.loads(path.read_text()) for path in (tmp_path / "metrics").iterdir()}
    assert files == {
        "svc-thesis-plain.json": dict.fromkeys(NAMES, 0.75),
        "nb-thesis-plain.json": of_nb,
    }


def test_metrics_of_a_model_that_is_gone_go(tmp_path: Path) -> None:
    write(tmp_path, {"svc-thesis-plain": 0.75, "nb-thesis-plain": 0.5}, "svc-thesis-plain")
    write(tmp_path, {"nb-thesis-plain": 0.5}, "nb-thesis-plain")
    assert [path.name for path in (tmp_path / "metrics").iterdir()] == ["nb-thesis-plain.json"]


def test_what_was_left_out_is_listed_with_escaped_names(tmp_path: Path) -> None:
    root = tmp_path / "corpus"
    root.mkdir()
    (root / "=1+1\n\udcff.pdf").touch()
    (root / "notes.txt").touch()
    params = parse_params({"corpus": {"reader": "folder", "root": str(root)}}, "here")
    _write_left_out(Order("all", {}, params), tmp_path)
    said = (tmp_path / "tables" / "left_out.csv").read_text()
    assert said == "file,reason\n'=1+1\\n\\udcff.pdf',no sound\n"
    root.rename(tmp_path / "gone")  # a run is not lost with its disk
    _write_left_out(Order("all", {}, params), tmp_path)
    assert (tmp_path / "tables" / "left_out.csv").read_text() == "file,reason\n"
