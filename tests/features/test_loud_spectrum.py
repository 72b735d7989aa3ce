"""Spectrum of what is loud: the loudest frames of each band, and the bands that are there."""

import numpy as np
import pytest
import soxr

from micfp.features import BandsConfig, FeatureSet, column_names, extract

RATE_HZ = 16000
BANDS = BandsConfig(n_bands=16, max_hz=8000.0, relative=False)


def settings(**changed: object) -> FeatureSet:
    chosen = {"families": ("loud_spectrum",), "rate_hz": "native", "bands": BANDS, "n_fft": 1024}
    return FeatureSet.model_validate(chosen | changed)


def noise(seconds: float = 4.0, deviation: float = 0.1, seed: int = 0) -> np.ndarray:
    drawn = np.random.default_rng(seed).standard_normal(round(seconds * RATE_HZ))
    return (deviation * drawn).astype(np.float32)


def test_each_band_by_its_loudest_frames() -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    low, high = (np.sin(2 * np.pi * f * time_s) for f in (1250.0, 5250.0))
    # The tone in band 2 (1000-1500 Hz) sounds in the first half, that in band 10 in the second.
    samples = np.where(time_s < 2, 0.5 * low, 0.05 * high).astype(np.float32)
    samples += noise(deviation=1e-4)  # so that all bands are there
    values = extract(samples, RATE_HZ, settings())
    # Mean squares 0.5^2 / 2 and 0.05^2 / 2, as if each sounded all the time.
    assert values[2] == pytest.approx(10 * np.log10(0.125), abs=0.05)
    assert values[10] == pytest.approx(10 * np.log10(0.00125), abs=0.05)
    mean = extract(samples, RATE_HZ, settings(families=("ltas",)))
    assert mean[2] == pytest.approx(10 * np.log10(0.125 / 2), abs=0.1)


def test_of_equal_frames_the_share_changes_nothing() -> None:
    time_s = np.arange(RATE_HZ) / RATE_HZ
    samples = (0.3 * np.sin(2 * np.pi * 1000 * time_s)).astype(np.float32)
    few, all_ = (extract(samples, RATE_HZ, settings(loud_share=s)) for s in (0.05, 1.0))
    np.testing.assert_allclose(few[[1, 2]], all_[[1, 2]], atol=0.05)


def test_noise_below_what_is_loud_hardly_counts() -> None:
    speech = noise() * (np.arange(4 * RATE_HZ) // 4000 % 4 == 0)  # loud a quarter of the time
    noisy = speech + noise(deviation=0.01, seed=1)
    clean, heard = (extract(x.astype(np.float32), RATE_HZ, settings()) for x in (speech, noisy))
    # 20 dB below: a hundredth is added, 10 log10(1.01) = 0.04 dB.
    np.testing.assert_allclose(heard, clean, atol=0.3)


@pytest.mark.parametrize("through_hz", [8000, 11025])
def test_bands_above_a_lower_rate_are_not_there(through_hz: int) -> None:
    sent = soxr.resample(noise(), RATE_HZ, through_hz)
    heard = soxr.resample(sent, through_hz, RATE_HZ).astype(np.float32)
    values = extract(heard, RATE_HZ, settings())
    there = ~np.isnan(values)
    edges_hz = np.arange(500, 8001, 500)
    # All of them lie below half that rate, and at most a tenth and a band are given away.
    assert edges_hz[there].max() <= through_hz / 2
    assert edges_hz[there].max() >= 0.9 * through_hz / 2 - 2 * 500
    assert there[: there.sum()].all()
    whole = extract(noise(), RATE_HZ, settings())
    np.testing.assert_allclose(values[there], whole[there], atol=0.2)
    assert not np.isnan(whole).any()


def test_sixteen_bits_do_not_bring_bands_back() -> None:
    sent = soxr.resample(noise(), RATE_HZ, 8000)
    heard = soxr.resample(sent, 8000, RATE_HZ)
    rounded = (np.round(heard * 32768) / 32768).astype(np.float32)
    values, exact = (extract(x.astype(np.float32), RATE_HZ, settings()) for x in (rounded, heard))
    np.testing.assert_array_equal(np.isnan(values), np.isnan(exact))


def test_above_half_the_rate_there_is_nothing() -> None:
    values = extract(noise()[:8000], 8000, settings())
    assert np.isnan(values[8:]).all()  # 4000 Hz and more
    assert not np.isnan(values[:8]).any()


def test_the_gain_is_in_the_level_alone() -> None:
    for bands in (BANDS, BANDS.model_copy(update={"relative": True})):
        plain, louder = (
            extract(gain * noise(), RATE_HZ, settings(bands=bands)) for gain in (1.0, 4.0)
        )
        level = 0.0 if bands.relative else 20 * np.log10(4)
        np.testing.assert_allclose(louder - plain, level, atol=1e-3)


def test_silence_and_short_segments() -> None:
    assert np.isnan(extract(np.zeros(8000, np.float32), RATE_HZ, settings())).all()
    assert extract(noise()[:100], RATE_HZ, settings()).shape == (16,)
    assert column_names(settings())[0] == "loud_spectrum_00250hz"
