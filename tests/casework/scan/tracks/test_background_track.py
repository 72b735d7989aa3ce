import numpy as np
import pytest

from micfp.casework.scan.tracks.background import background, band_levels_db

RATE_HZ = 16_000


def talk_over(noise_level: np.ndarray, seed: int = 3) -> np.ndarray:
    """Bursts of 0.2 s every half second at -20 dB over noise of the level given per sample."""
    rng = np.random.default_rng(seed)
    n = len(noise_level)
    seconds = np.arange(n) / RATE_HZ
    speech = 0.1 * rng.normal(size=n) * (seconds % 0.5 < 0.2)
    return (speech + noise_level * rng.normal(size=n)).astype(np.float32)


def test_a_step_of_8_db_is_found_and_the_same_speech_without_it_is_quiet() -> None:
    n = 30 * RATE_HZ
    level = np.full(n, 0.002)
    assert background(talk_over(level), RATE_HZ).changes == ()
    level[14 * RATE_HZ :] *= 10 ** (8 / 20)
    track = background(talk_over(level), RATE_HZ)
    assert [change.time_s for change in track.changes] == [pytest.approx(14, abs=1.5)]
    assert "rise, 0 fall, by" in track.changes[0].what


def test_speech_without_a_pause_hides_the_background() -> None:
    rng = np.random.default_rng(3)
    n = 30 * RATE_HZ
    level = 10 ** (np.repeat(rng.uniform(-60, -20, n // 800), 800) / 20)
    track = background((level * rng.normal(size=n)).astype(np.float32), RATE_HZ)
    assert track.changes == ()
    assert np.isnan(track.values).mean() > 0.8
    assert "of the recording only" in str(track.unseen)


def test_levels_are_those_of_full_scale() -> None:
    # A full-scale sine of 1 kHz is 0 dB in its band, and nothing elsewhere.
    sine = np.sin(2 * np.pi * 1000 * np.arange(RATE_HZ) / RATE_HZ).astype(np.float32)
    levels = band_levels_db(sine, RATE_HZ)
    assert levels.max(axis=0) == pytest.approx(0, abs=2)
    assert np.sort(levels, axis=0)[-3].max() < -60


def test_a_short_recording() -> None:
    track = background(np.zeros(7 * RATE_HZ, np.float32), RATE_HZ)
    assert track.unseen == "The recording is shorter than 8 s."
