"""The tiny pipeline on degraded recordings: what is made, what is seen of it, and made again."""

from pathlib import Path

import pandas as pd
import soundfile as sf
from tiny_pipeline import place, planned_jobs


def test_degraded_recordings_go_through_the_pipeline(corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path / "degraded", corpus)
    other.edit({"degrade": [{"kind": "mp3", "kbit_s": 64}]})
    said = other.make("features")
    made = {step: len(keys) for step, keys in other.entries().items()}
    assert made == {
        **{"degrade": 2, "check": 2, "quality": 1},  # two shards
        **{"segments": 2, "features": 2, "dataset": 1},
    }
    table = pd.read_parquet(other.folder / "results" / "features" / "thesis.parquet")
    assert len(table) == 96  # 3 devices x 2 sessions x 4 contents x 2.0 s / 0.5 s
    (quality,) = (other.store / "quality").glob("*/quality.parquet")
    flagged = pd.read_parquet(quality).set_index("path")
    broken = flagged.loc[str(corpus / "disc-1" / "morning" / "z.wav")]
    assert broken["flags"] == "unreadable"  # the file that is no audio, by its own name
    copies = sorted((other.store / "degrade").glob("*/*.wav"))
    assert len(copies) == 25
    lengths = [sf.info(path).frames for path in copies if path.stat().st_size > 1000]
    assert lengths == [32000] * 24

    # another chain: copies and all that is made of them; the same again: nothing
    jobs = planned_jobs(said)
    other.edit({"degrade": [{"kind": "noise", "snr_db": 10}]})
    assert planned_jobs(other.make("features", "-n")) == jobs
    other.edit({"degrade": [{"kind": "mp3", "kbit_s": 64}]})
    assert "Nothing to be done" in other.make("features", "-n")
