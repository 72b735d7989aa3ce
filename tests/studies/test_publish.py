"""Publishing: what DVC compares."""

import json
from pathlib import Path

import pandas as pd

from micfp.studies.publish import _write_metrics

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
