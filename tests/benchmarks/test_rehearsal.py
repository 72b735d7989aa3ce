"""The corpora of the full-size rehearsal, small."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from benchmarks import rehearsal
from micfp.config.audio import SegmentsConfig, SilenceConfig
from micfp.corpora import thesis
from micfp.recordings.segmentation.file import segment

RATE_HZ = 44100


@pytest.fixture(scope="module", autouse=True)
def little_material() -> object:
    """Seconds of rendered material in place of minutes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rehearsal, "RENDERED_S", {"speech": 20.0, "music": 15.0})
        yield


@pytest.fixture(scope="module")
def long(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("long")
    files = rehearsal.write_long(root, 90 / 3600)
    assert len(files) == 10
    return root


def test_long_files_are_the_thesis_corpus(long: Path) -> None:
    table = thesis.read(long)
    assert len(table) == 10
    assert table["device"].nunique() == 5
    assert table["content"].nunique() == table["session"].nunique() == 2
    for path in table["path"]:
        info = sf.info(path)
        assert (info.samplerate, info.channels, info.subtype) == (RATE_HZ, 1, "PCM_24")
        assert info.frames == 90 * RATE_HZ


def test_phrases_have_pauses_between_them(long: Path) -> None:
    silence = SilenceConfig(min_silence_s=1.1, threshold_dbfs=-55.0, keep_silence_s=0.1)
    cuts = segment(next(long.rglob("*-1.wav")), SegmentsConfig(silence=silence), "mean")
    lengths_s = np.diff(cuts, axis=1) / RATE_HZ
    assert 8 < len(cuts) < 60
    assert lengths_s.max() < 25
    assert 0.4 < lengths_s.sum() / 90 < 0.95


def test_microphones_of_a_day_hear_one_programme(long: Path) -> None:
    envelopes = {path: envelope(path) for path in sorted(long.rglob("*.wav"))}
    first, *others = [e for path, e in envelopes.items() if path.parent.name == rehearsal.DATES[0]]
    for other in others:
        assert np.corrcoef(first, other)[0, 1] > 0.9
    (elsewhere, *_) = [e for p, e in envelopes.items() if p.parent.name == rehearsal.DATES[1]]
    assert abs(np.corrcoef(first, elsewhere)[0, 1]) < 0.5


def envelope(path: Path) -> np.ndarray:
    samples, _ = sf.read(path)
    power = (samples[: len(samples) // 4410 * 4410].reshape(-1, 4410) ** 2).mean(axis=1)
    return np.log10(power + 1e-9)


def test_nothing_is_repeated(long: Path) -> None:
    samples, _ = sf.read(next(long.rglob("*-3.wav")), dtype="int32")
    steps = (samples >> 8).astype(np.uint64)
    # A digest of the 16 samples from each position on.
    factors = np.random.default_rng(0).integers(2**63, size=16, dtype=np.uint64)
    digests = sum(steps[k : len(steps) - 16 + k] * factor for k, factor in enumerate(factors))
    assert len(np.unique(digests)) == len(digests)


def test_short_files_and_same_seed_same_bytes(tmp_path: Path) -> None:
    files = rehearsal.write_short(tmp_path / "a", 3, 2.0)
    again = rehearsal.write_short(tmp_path / "b", 3, 2.0)
    other = rehearsal.write_short(tmp_path / "c", 3, 2.0, seed=1)
    contents = [path.read_bytes() for path in files]
    assert len(set(contents)) == len(files) == 30
    assert [path.read_bytes() for path in again] == contents
    assert other[0].read_bytes() != contents[0]
    table = thesis.read(tmp_path / "a")
    assert table["content"].nunique() == 6
    assert {sf.info(path).frames for path in files} == {2 * RATE_HZ}
