"""White noise: its distance from the speech, its spectrum, its draws."""

import numpy as np
import pytest

from micfp.degrade.noise import active_power, white_noise

RATE_HZ = 16000


def phrases(share: float = 0.5, seconds: int = 10, amplitude: float = 0.1) -> np.ndarray:
    """Tones of 440 Hz in that share of each second, and between them digital silence."""
    time_s = np.arange(seconds * RATE_HZ) / RATE_HZ
    tone = amplitude * np.sin(2 * np.pi * 440 * time_s)
    return np.where(time_s % 1 < share, tone, 0).astype(np.float32)


def db(power: float) -> float:
    return 10 * float(np.log10(power))


def noise_in(samples: np.ndarray, snr_db: float, seed: int = 0) -> np.ndarray:
    noisy = white_noise(samples, RATE_HZ, snr_db, np.random.default_rng(seed))
    return noisy.astype(np.float64) - samples


@pytest.mark.parametrize("snr_db", [-10.0, 0.0, 20.0, 40.0])
@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_the_ratio_is_that_of_the_phrases_without_their_pauses(snr_db: float, share: float) -> None:
    noise = noise_in(phrases(share), snr_db)
    # a sine of amplitude 0.1 has a power of 0.1^2 / 2, however long the pauses are
    assert db(0.1**2 / 2) - db(np.mean(noise**2)) == pytest.approx(snr_db, abs=0.1)


def test_the_active_level_is_that_of_what_stands_out() -> None:
    samples = phrases(0.5)
    samples[samples == 0] = 0.001  # pauses at -60 dBFS are left out, though they are no silence
    assert db(active_power(samples, RATE_HZ)) == pytest.approx(db(0.005), abs=0.1)
    # pauses 10 dB below the tones count: (0.005 + 0.0005) / 2 = -25.6 dB
    near = phrases(0.5)
    near[near == 0] = phrases(1.0, amplitude=0.1 / np.sqrt(10))[near == 0]
    assert db(active_power(near, RATE_HZ)) == pytest.approx(db(0.00275), abs=0.1)


def test_neither_a_click_nor_an_offset_is_taken_for_speech() -> None:
    clean = active_power(phrases(), RATE_HZ)
    clicked = phrases()
    clicked[70_000] = 1.0  # a power of 1 / 320 in one frame of 500
    assert db(active_power(clicked, RATE_HZ)) == pytest.approx(db(clean), abs=0.1)
    moved = active_power(phrases(1.0) + np.float32(0.5), RATE_HZ)
    assert db(moved) == pytest.approx(db(0.005), abs=0.01)


def test_it_is_white_and_gaussian() -> None:
    noise = noise_in(phrases(seconds=20), 0)
    power = np.abs(np.fft.rfft(noise)) ** 2
    bands = [part.mean() for part in np.array_split(power, 16)]
    # 10 000 bins a band, each of 2 degrees of freedom: 1 %, which is 0.04 dB
    assert max(bands) / min(bands) < 10**0.025
    assert np.mean((noise / noise.std()) ** 4) == pytest.approx(3, abs=0.1)


def test_same_draws_same_bytes() -> None:
    samples = phrases()
    one, again, other = (
        white_noise(samples, RATE_HZ, 20, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert one.dtype == np.float32
    assert one.tobytes() == again.tobytes() != other.tobytes()
    np.testing.assert_array_equal(samples, phrases())  # what went in is left alone


def test_silence_stays_silence() -> None:
    silence = np.zeros(RATE_HZ, np.float32)
    assert not noise_in(silence, 0).any()
    assert np.abs(noise_in(silence + np.float32(0.3), 0)).max() < 1e-6  # an offset is no level


@pytest.mark.parametrize("n_samples", [1, 2, 319, 321])
def test_less_than_a_frame_or_little_more(n_samples: int) -> None:
    samples = phrases(1.0)[1 : n_samples + 1]
    noisy = white_noise(samples, RATE_HZ, 0, np.random.default_rng(0))
    assert noisy.shape == samples.shape
    assert np.isfinite(noisy).all()
    if n_samples > 1:  # of one sample all is offset
        assert np.any(noisy != samples)
