"""Spectrograms of many recordings are a sample."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import soundfile

from micfp.engine.task import Recording, Spec
from micfp.report.captions import said_of
from micfp.stages import spectrograms
from micfp.stages.spectrograms import sample
from micfp.tables import write_table


def corpus(counts: dict[str, int]) -> pd.DataFrame:
    names = [(device, f"{device}{n}") for device, count in counts.items() for n in range(count)]
    return pd.DataFrame(names, columns=["device", "recording"])


def test_a_sample_is_even_over_devices() -> None:
    table = corpus({"a": 100, "b": 2, "c": 50})
    drawn = sample(table, 20, seed=1)
    assert drawn["device"].value_counts().to_dict() == {"a": 9, "b": 2, "c": 9}
    assert not drawn["recording"].duplicated().any()
    assert len(sample(table, 2, seed=1)) == 2
    assert len(sample(table, 0, seed=1)) == 0


def test_few_recordings_are_all_drawn() -> None:
    table = corpus({"a": 3, "b": 4})
    assert sorted(sample(table, 7, seed=1)["recording"]) == sorted(table["recording"])


def test_the_seed_makes_the_sample_and_the_order_of_rows_does_not() -> None:
    table = corpus({"a": 100, "b": 100})
    first = set(sample(table, 20, seed=1)["recording"])
    assert set(sample(table.iloc[::-1], 20, seed=1)["recording"]) == first
    assert set(sample(table, 20, seed=2)["recording"]) != first


def test_what_is_a_sample_says_so(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows, audio = [], []
    for n in range(5):
        path = tmp_path / f"{n}.wav"
        soundfile.write(path, 0.1 * rng.standard_normal(8000), 8000)
        labels = {"device": f"device {n % 2}", "session": "", "content": ""}
        rows.append({"recording": str(n), **labels, "duration_s": 1.0, "loudest_s": 0.0})
        audio.append(Recording(str(n), str(path), labels, 1))
    (tmp_path / "quality").mkdir()
    write_table(pd.DataFrame(rows), tmp_path / "quality" / "quality.parquet")
    captions = []
    for most in (4, 5, 0):
        out = tmp_path / str(most)
        out.mkdir()
        spectrograms.run(
            Spec(
                "spectrograms",
                "key",
                {"channel": "mean", "most": most, "seed": 0},
                {"quality": (tmp_path / "quality",)},
                tuple(audio),
            ),
            out,
        )
        pages = json.loads((out / "figures.json").read_text())
        captions.append([said_of(page["kind"], page["facts"]).caption for page in pages])
    assert captions == [
        [
            "The loudest three seconds of 4 of the 5 recordings, drawn by chance and evenly over "
            "devices (report.spectrograms)."
        ],
        ["The loudest three seconds of each recording."],
        [],
    ]
