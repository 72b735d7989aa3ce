"""A data set and copies of its recordings, as one."""

import json
from pathlib import Path

import pandas as pd

from micfp.engine.task import Spec
from micfp.stages import augmented
from micfp.tables import LABELS, read_table, write_table


def write_dataset(folder: Path, name: str, rate_hz: int, n_segments: int) -> Path:
    """Half seconds of two recordings, `a` and `b`, at a rate."""
    folder.mkdir()
    rows = [
        {
            "segment": f"{name}-{content}-{k}",
            "recording": f"{name}-{content}",
            **dict.fromkeys(LABELS, ""),
            "content": content,
            "start_sample": k * rate_hz // 2,
            "stop_sample": (k + 1) * rate_hz // 2,
            "level": float(k),
        }
        for content in "ab"
        for k in range(n_segments)
    ]
    write_table(pd.DataFrame(rows), folder / "table.parquet")
    about = {"sample_rates_hz": [rate_hz], "codecs": [name]}
    (folder / "about.json").write_text(json.dumps(about))
    return folder


def test_segments_follow_those_of_the_same_time_whatever_the_rates(tmp_path: Path) -> None:
    folders = (
        write_dataset(tmp_path / "originals", "pcm_s16", 32000, 3),
        write_dataset(tmp_path / "copies", "gsm610", 8000, 4),  # a little longer
    )
    out = tmp_path / "out"
    out.mkdir()
    augmented.run(Spec("augmented", "0", {}, {"datasets": folders}, ()), out)
    table = read_table(out / "table.parquet")
    wanted = [
        f"{name}-{content}-{k}"
        for content in "ab"
        for k in range(4)
        for name in ("pcm_s16", "gsm610")
        if (name, k) != ("pcm_s16", 3)
    ]
    assert table["segment"].tolist() == wanted
    about = json.loads((out / "about.json").read_text())
    assert about == {"sample_rates_hz": [8000, 32000], "codecs": ["gsm610", "pcm_s16"]}
