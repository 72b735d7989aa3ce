"""What is measured on either side of a change, on sounds made for it."""

import numpy as np
import pytest

from micfp.casework.scan.sides import Side, side
from micfp.casework.scan.voice import pitch_hz
from micfp.fingerprint.embedding.fingerprint import range_of
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import band_spectra

RATE_HZ = 16_000
CONTENT = load_model(SHIPPED).model.content


def measured(samples: np.ndarray) -> Side:
    spectra = band_spectra(samples.astype(np.float32), RATE_HZ)
    return side(spectra, samples.astype(np.float32), RATE_HZ, CONTENT, range_of(spectra))


def bursts(decay_db_s: float, noise: float = 1e-4, seed: int = 0) -> np.ndarray:
    """Noise that begins every half second and falls from then on, in steady noise; 4 s."""
    rng = np.random.default_rng(seed)
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ % 0.5
    falling = 10 ** (-decay_db_s * time_s / 20) * rng.standard_normal(4 * RATE_HZ)
    return 0.1 * falling + noise * rng.standard_normal(4 * RATE_HZ)


@pytest.mark.parametrize("hz", [90.0, 130.0, 240.0])
def test_pitch_of_harmonics(hz: float) -> None:
    """20 harmonics, the lowest two missing, as a telephone takes them."""
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    tone = sum(np.cos(2 * np.pi * k * hz * time_s + k) / k for k in range(3, 21))
    found = pitch_hz((0.1 * tone).astype(np.float32), RATE_HZ)
    assert len(found) > 100
    assert np.median(found) == pytest.approx(hz, rel=0.01)


def test_noise_has_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(2 * RATE_HZ).astype(np.float32)
    assert len(pitch_hz(noise, RATE_HZ)) <= 2


def test_less_than_a_frame_has_no_pitch() -> None:
    assert len(pitch_hz(np.zeros(100, np.float32), RATE_HZ)) == 0


def test_noise_level_is_against_what_is_heard() -> None:
    """Ten times the noise is 20 dB; bursts fall by 50 dB in 0.5 s, so that they leave it alone."""
    quiet, loud = (measured(bursts(200, noise)) for noise in (1e-4, 1e-3))
    assert loud.noise_level_db - quiet.noise_level_db == pytest.approx(20, abs=2.5)


def test_a_room_slows_down_how_sound_falls() -> None:
    """60 dB in 0.3 s against 60 dB in 0.6 s; the steepest falls in noise are steeper than that."""
    dry, live = measured(bursts(200)), measured(bursts(100))
    assert dry.fall_db_s > live.fall_db_s + 50


def test_holes_of_an_encoder_are_deep() -> None:
    """A tenth of the frames above 3 kHz lose 40 dB, in stretches of 0.1 s."""
    noise = np.random.default_rng(1).standard_normal(4 * RATE_HZ) * 0.01
    spectrum = np.fft.rfft(noise)
    spectrum[np.fft.rfftfreq(len(noise), 1 / RATE_HZ) > 2500] *= 0.01
    closed = np.arange(len(noise)) // (RATE_HZ // 10) % 10 == 0
    holes = np.where(closed, np.fft.irfft(spectrum, len(noise)), noise)
    whole, dug = measured(noise), measured(holes)
    assert whole.dips_high_db < 6
    assert dug.dips_high_db > 20
