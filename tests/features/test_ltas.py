"""Long-term average and noise-floor spectra: levels, bands, gain, silence."""

import numpy as np
import pytest

from micfp.features import BandsConfig, FeatureSet, column_names, extract
from micfp.features.ltas import band_edges_hz, band_names, mean_power

ABSOLUTE = BandsConfig(n_bands=16, max_hz=4000.0, relative=False)


def settings(bands: BandsConfig, family: str = "ltas", **changed: object) -> FeatureSet:
    return FeatureSet.model_validate(
        {"families": (family,), "rate_hz": "native", "bands": bands, **changed}
    )


def noise(seconds: float, sr: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(seconds * sr))).astype(np.float32)


def test_a_sine_lies_in_its_band_at_its_level() -> None:
    t = np.arange(8000) / 8000
    values = extract(
        (0.5 * np.sin(2 * np.pi * 1125 * t)).astype(np.float32), 8000, settings(ABSOLUTE)
    )
    # Bands of 250 Hz: 1125 Hz is the middle of band 4. Mean square 0.5**2 / 2 = -9.031 dB.
    assert np.argmax(values) == 4
    assert values[4] == pytest.approx(-9.031, abs=0.01)
    assert np.delete(values, [3, 4, 5]).max() < -60


@pytest.mark.parametrize(("n_fft", "signs"), [(64, [1]), (65, [1]), (64, [1, -1])])
def test_power_sums_to_the_mean_square(n_fft: int, signs: list[int]) -> None:
    # Direct current and the Nyquist frequency are their own mirror images: they count once, all
    # other bins twice. 0.5 squared is 0.25.
    frames = np.resize(0.5 * np.array(signs, np.float32), (3, n_fft))
    assert mean_power(frames, n_fft).sum() == pytest.approx(0.25, rel=1e-5)


@pytest.mark.parametrize(("signs", "band"), [([1], 0), ([1, -1], 15)])
def test_bins_at_both_ends_lie_wholly_in_their_band(signs: list[int], band: int) -> None:
    samples = np.resize(0.5 * np.array(signs, np.float32), 8000)
    # 0.5 squared is 0.25, -6.021 dB, at 0 Hz or at 4000 Hz.
    assert extract(samples, 8000, settings(ABSOLUTE))[band] == pytest.approx(-6.021, abs=0.01)


@pytest.mark.parametrize("n_fft", [2048, 1001])
@pytest.mark.parametrize("sr", [8000, 11025, 48000])
def test_white_noise_has_the_same_density_at_every_rate(sr: int, n_fft: int) -> None:
    bands = BandsConfig(n_bands=8, max_hz=4000.0, relative=False)
    values = extract(noise(20.0, sr), sr, settings(bands, n_fft=n_fft))
    # Variance 0.01 spread over sr / 2; a band of 500 Hz takes 500 / (sr / 2) of it.
    np.testing.assert_allclose(values, 10 * np.log10(0.01 * 500 / (sr / 2)), atol=0.3)


def test_bands_narrower_than_a_bin_share_it() -> None:
    # 8000 / 256: a bin every 31.25 Hz; bands of 10 Hz, 10 / 4000 of the noise each.
    bands = BandsConfig(n_bands=100, min_hz=500.0, max_hz=1500.0, relative=False)
    values = extract(noise(20.0, 8000), 8000, settings(bands, n_fft=256, hop_samples=64))
    np.testing.assert_allclose(values, 10 * np.log10(0.01 * 10 / 4000), atol=0.5)


def test_bands_above_nyquist_are_nan_and_do_not_move_the_others() -> None:
    values = extract(noise(2.0, 8000), 8000, settings(BandsConfig(n_bands=32, max_hz=16000.0)))
    # Bands of 500 Hz: eight end at or below 4000 Hz; their mean is 0 dB.
    assert np.isnan(values).tolist() == [False] * 8 + [True] * 24
    assert np.nanmean(values) == pytest.approx(0.0, abs=1e-5)


def test_all_bands_above_nyquist_are_all_nan() -> None:
    bands = BandsConfig(n_bands=2, min_hz=5000.0, max_hz=9000.0)
    assert np.isnan(extract(noise(1.0, 8000), 8000, settings(bands))).all()


@pytest.mark.parametrize("family", ["ltas", "noise_floor"])
@pytest.mark.parametrize("gain_db", [-12.0, 12.0])
def test_gain_changes_nothing_when_relative(family: str, gain_db: float) -> None:
    samples = noise(2.0, 32000) * np.linspace(0.01, 1.0, 64000, dtype=np.float32)
    chosen = settings(BandsConfig(), family)
    gain = np.float32(10 ** (gain_db / 20))
    before, after = extract(samples, 32000, chosen), extract(gain * samples, 32000, chosen)
    assert np.ptp(before) > 1.0
    np.testing.assert_allclose(after, before, atol=1e-3)


@pytest.mark.parametrize("family", ["ltas", "noise_floor"])
def test_digital_silence_is_the_floor(family: str) -> None:
    silence = np.zeros(5000, np.float32)
    assert (extract(silence, 8000, settings(ABSOLUTE, family)) == -200.0).all()
    relative = ABSOLUTE.model_copy(update={"relative": True})
    assert (extract(silence, 8000, settings(relative, family)) == 0.0).all()


@pytest.mark.parametrize("family", ["ltas", "noise_floor"])
@pytest.mark.parametrize("n_samples", [1, 2, 3, 100, 2047, 2048, 2049])
def test_short_segments_are_one_frame(family: str, n_samples: int) -> None:
    values = extract(noise(1.0, 8000)[:n_samples], 8000, settings(ABSOLUTE, family))
    assert np.isfinite(values).all()
    if n_samples >= 100:
        # Sixteen bands hold the whole spectrum: their powers sum to the mean square, 0.01,
        # within what a single windowed draw of the noise allows.
        total = 10 * np.log10(np.sum(10 ** (values / 10)))
        assert total == pytest.approx(-20.0, abs=2.0)


def test_noise_floor_hears_the_quiet_frames_only() -> None:
    loud, quiet = noise(9.0, 8000), 0.01 * noise(1.5, 8000, seed=1)
    samples = np.concatenate([loud[:36000], quiet, loud[36000:]])
    floor = extract(samples, 8000, settings(ABSOLUTE, "noise_floor"))
    alone = extract(quiet, 8000, settings(ABSOLUTE, "ltas"))
    # 156 frames fit into 82000 of 84000 samples, the quietest tenth (16) into the pause, which
    # holds 12000 samples: (12000 - 2048) // 512 = 19 frames. Loud noise would be 40 dB higher.
    np.testing.assert_allclose(floor, alone, atol=1.5)


def test_noise_floor_takes_at_least_one_frame() -> None:
    bands = ABSOLUTE
    samples = noise(0.5, 8000)
    one = extract(samples, 8000, settings(bands, "noise_floor", quiet_share=1e-6))
    # The quietest of the frames, found by hand; the spectrum of that frame alone.
    starts = range(0, len(samples) - 2048 + 1, 512)
    quietest = min(starts, key=lambda s: np.square(samples[s : s + 2048]).sum())
    alone = extract(samples[quietest : quietest + 2048], 8000, settings(bands))
    np.testing.assert_allclose(one, alone, atol=1e-4)


def test_names_are_centres_that_sort_and_differ() -> None:
    bands = BandsConfig(n_bands=64, max_hz=16000.0)
    names = column_names(settings(bands))
    assert names[0] == "ltas_00125hz"
    assert names[-1] == "ltas_15875hz"
    assert names == sorted(names)
    narrow = BandsConfig(n_bands=100, max_hz=50.0)  # centres 0.25, 0.75, ...
    assert band_names(narrow)[:2] == ["00000.2hz", "00000.8hz"]
    assert len(set(band_names(narrow))) == 100


def test_mel_bands_are_even_in_mel() -> None:
    edges = band_edges_hz(BandsConfig(n_bands=15, max_hz=1000.0, scale="mel"))
    # The scale is linear below 1000 Hz.
    np.testing.assert_allclose(edges, np.linspace(0, 1000, 16), atol=1e-9)
    wide = np.diff(band_edges_hz(BandsConfig(n_bands=30, max_hz=16000.0, scale="mel")))
    assert wide[-1] > 5 * wide[0]
