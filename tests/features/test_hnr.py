"""HNR against Praat's own command, and where there is no voice."""

from pathlib import Path

import numpy as np
import parselmouth
import pytest
import soundfile as sf
from parselmouth.praat import call

from micfp.features import FeatureSet, extract, hnr
from micfp.features.spectrum import Segment

NATIVE = FeatureSet(families=("hnr",), rate_hz="native", aggregates=("mean", "std"))


def test_the_mean_and_deviation_are_praats(shared_data: Path) -> None:
    path = sorted((shared_data / "speech").glob("**/*.flac"))[0]
    samples, sr = sf.read(path, frames=48000, dtype="float32")
    sound = parselmouth.Sound(samples.astype(np.float64), sampling_frequency=sr)
    theirs = call(sound, "To Harmonicity (cc)", 0.01, 75.0, 0.1, 1.0)
    mean, std = extract(samples, sr, NATIVE)
    assert mean == pytest.approx(call(theirs, "Get mean", 0, 0), abs=1e-4)
    # Praat divides by the number of voiced frames less one.
    voiced = np.sum(theirs.values > -200)
    assert std == pytest.approx(
        call(theirs, "Get standard deviation", 0, 0) * np.sqrt((voiced - 1) / voiced), abs=1e-4
    )


def test_a_tone_in_noise_has_its_ratio() -> None:
    # A sine of power 1/2 in noise of power 1/200: 100 to 1, 20 dB.
    t = np.arange(32000) / 16000
    rng = np.random.default_rng(0)
    samples = np.sin(2 * np.pi * 200 * t) + np.sqrt(1 / 200) * rng.standard_normal(len(t))
    assert extract(samples.astype(np.float32), 16000, NATIVE)[0] == pytest.approx(20.0, abs=1.0)


@pytest.mark.parametrize("samples", [np.zeros(16000), np.full(5, 0.1), np.ones(1)])
def test_no_voice_is_nan(samples: np.ndarray) -> None:
    assert np.isnan(extract(samples.astype(np.float32), 16000, NATIVE)).all()


def test_long_segments_go_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    t = np.arange(16000 * 3) / 8000
    tone = np.sin(2 * np.pi * 200 * t).astype(np.float32)
    whole = hnr.of_segment(Segment(tone, 8000, 2048, 512), hnr.HnrSettings())
    monkeypatch.setattr(hnr, "_PIECE_S", 2)
    pieces = hnr.of_segment(Segment(tone, 8000, 2048, 512), hnr.HnrSettings())
    # Three pieces of 2 s lose a few frames at their edges, nothing else.
    assert len(whole) - 12 <= len(pieces) < len(whole)
