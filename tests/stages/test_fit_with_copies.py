"""A model that can know its recordings by heart finds out whether copies leak."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from micfp.engine.task import Spec
from micfp.models.classifiers import ClassifiersConfig
from micfp.stages import augmented, fit, inner_cv
from micfp.tables import LABELS, read_table, write_table

N_RECORDINGS, N_SEGMENTS, N_COPIES = 24, 4, 2


def datasets(folder: Path) -> tuple[Path, ...]:
    """Recordings that have nothing to do with their devices, and copies that are hardly changed."""
    rng = np.random.default_rng(3)
    own = rng.standard_normal((N_RECORDINGS, 6))
    folders = []
    for copy in range(1 + N_COPIES):
        rows = []
        for number in range(N_RECORDINGS):
            name = f"{copy}-{number:02d}"
            labels = dict.fromkeys(LABELS, "") | {"device": "xyz"[number % 3]}
            labels |= {"session": str(number), "content": str(number // 3)}
            for piece in range(N_SEGMENTS):
                x = own[number] + 0.01 * rng.standard_normal(6)
                features = {f"mfcc_{i}_mean": np.float32(v) for i, v in enumerate(x)}
                place = {"start_sample": piece, "stop_sample": piece + 1}
                rows.append(
                    {"segment": f"{name}-{piece}", "recording": name, **labels, **place, **features}
                )
        path = folder / str(copy)
        path.mkdir()
        write_table(pd.DataFrame(rows), path / "table.parquet")
        about = {"sample_rates_hz": [8000], "codecs": [], "segments": {"method": "windows"}}
        (path / "about.json").write_text(json.dumps(about))
        folders.append(path)
    return tuple(folders)


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("leak")
    params = {
        "about": {"segments": {"method": "windows"}},
        "originals": {
            f"{copy}-{n:02d}": f"0-{n:02d}"
            for copy in range(1, 1 + N_COPIES)
            for n in range(N_RECORDINGS)
        },
    }
    out = folder / "augmented"
    out.mkdir()
    augmented.run(Spec("augmented", "0", params, {"datasets": datasets(folder)}, ()), out)
    return out


def spec(table: Path, kind: str) -> Spec:
    nearest = ClassifiersConfig().knn.model_dump(mode="json") | {"n_neighbors": 1}
    params = {
        **{"model": "knn", "classifier": "knn", "hyperparameters": nearest, "families": None},
        **{"preparation": {}, "target": "device", "seed": 1, "keep_model": False},
        "split": {"kind": kind, "folds": 4, "test": None},
        "selection": {"kind": kind, "folds": 3},
    }
    return Spec("fit", "0", params, {"dataset": (table,)}, ())


def accuracy(folder: Path) -> float:
    scores = read_table(folder / "scores.parquet")
    columns = [name for name in scores if name.startswith("logp:")]
    best = scores[columns].to_numpy().argmax(axis=1)
    return float(np.mean(np.array([c[5:] for c in columns])[best] == scores["truth"]))


@pytest.mark.parametrize("kind", ["by_recording", "by_content", "by_session"])
def test_copies_of_what_is_tested_are_not_learned_from(
    table: Path, tmp_path: Path, kind: str
) -> None:
    """A third is right by chance; with a copy of what is tested at hand, all would be."""
    fit.run(spec(table, kind), tmp_path)
    found = read_table(tmp_path / "scores.parquet")
    assert set(found["recording"]) == {f"0-{n:02d}" for n in range(N_RECORDINGS)}
    # 24 recordings, 8 of each of three: the standard deviation by chance is 0.096
    assert accuracy(tmp_path) < 1 / 3 + 3 * 0.096
    # of 24 recordings 18 train, each with two copies of four segments
    assert json.loads((tmp_path / "fit.json").read_text())["n_train"] == [18 * 3 * 4] * 4


@pytest.mark.parametrize("kind", ["by_recording", "by_content"])
def test_nor_on_folds_inside_the_training_part(table: Path, tmp_path: Path, kind: str) -> None:
    inner_cv.run(spec(table, kind), tmp_path)
    found = read_table(tmp_path / "scores.parquet")
    assert len(found) == 4 * 18 * 3 * 4  # copies are scored, too
    assert accuracy(tmp_path) < 1 / 3 + 3 * 0.096
