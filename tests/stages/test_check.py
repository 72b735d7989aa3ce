"""The check's files hold what was measured, however many recordings share them."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from micfp.config.audio import CheckConfig
from micfp.engine.task import Recording, Spec
from micfp.recordings.quality.measuring import measure
from micfp.stages import check

RATE_HZ = 16000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The check of two good recordings, a very short one, and one of no audio."""
    rng = np.random.default_rng(0)
    for name, n_samples in (("a", 5 * RATE_HZ), ("b", 4 * RATE_HZ + 7), ("short", 20)):
        sf.write(tmp_path / f"{name}.wav", 0.1 * rng.standard_normal(n_samples), RATE_HZ)
    (tmp_path / "broken.wav").write_bytes(b"nothing")
    audio = tuple(
        Recording(name, str(tmp_path / f"{name}.wav"), {}, 0)
        for name in ("a", "broken", "short", "b")
    )
    out = tmp_path / "out"
    out.mkdir()
    settings = {"channel": "mean", "synchrony_minutes": 10.0}
    check.run(Spec(step="check", key="0", params=settings, inputs={}, audio=audio), out)
    return out


def test_envelopes_are_those_of_their_recordings(folder: Path) -> None:
    table = check.read_measured(folder).set_index("recording")
    assert list(table.index) == ["a", "broken", "short", "b"]
    for name in ("a", "b"):
        row = table.loc[name]
        found = check.read_envelope(Path(row["folder"]), row["envelope"], row["n_envelope"])
        expected = measure(folder.parent / f"{name}.wav", CheckConfig()).envelope
        np.testing.assert_array_equal(found, expected)
    assert table.loc["broken", "n_envelope"] == 0
    assert table.loc["broken", "error"]


def test_the_check_writes_few_files(folder: Path) -> None:
    names = sorted(path.name for path in folder.rglob("*"))
    assert names == ["envelopes.f32", "measured.parquet"]
