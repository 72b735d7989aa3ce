"""Band energy difference: 127 steps of the mean spectrum in dB, whatever the level."""

from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile as sf

from micfp.features import FeatureSet, column_names, extract

BED = FeatureSet(families=("bed",))


def noise(n_samples: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(n_samples)).astype(np.float32)


def test_256_points_have_127_columns() -> None:
    names = column_names(BED)
    assert (names[0], names[-1], len(names)) == ("bed_000", "bed_126", 127)
    few = FeatureSet(families=("bed",), bed_n_fft=65)
    # 65 points have 32 bins above 0 Hz, of which 31 pairs are neighbours.
    assert column_names(few)[-1] == "bed_30"
    assert extract(noise(3000), 8000, few).shape == (31,)


def test_a_phone_recording_as_welch_has_it(shared_data: Path) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=50001, dtype="float32")
    _, power = scipy.signal.welch(
        y.astype(np.float64), window="hann", nperseg=256, noverlap=128, detrend=False
    )
    power[-1] *= 2  # one-sided: all bins but the first and the last are doubled there
    expected = np.diff(10 * np.log10(power[1:]))
    np.testing.assert_allclose(extract(y, sr, BED), expected, atol=2e-3)


@pytest.mark.parametrize("gain_db", [-40.0, -6.0, 12.0])
def test_the_level_changes_nothing(gain_db: float) -> None:
    samples = np.cumsum(noise(20000)) * np.float32(1e-2)
    before = extract(samples, 16000, BED)
    assert np.ptp(before) > 5.0
    gain = np.float32(10 ** (gain_db / 20))
    np.testing.assert_allclose(extract(gain * samples, 16000, BED), before, atol=1e-3)


def test_nor_does_the_level_of_what_has_empty_bins() -> None:
    # A tone of 8 periods a frame lies in bins 7, 8 and 9 of its Hann window, the others are empty.
    tone = np.sin(2 * np.pi * 8 / 256 * np.arange(4096)).astype(np.float32)
    loud, quiet = extract(tone, 8000, BED), extract(np.float32(2.0**-10) * tone, 8000, BED)
    np.testing.assert_allclose(quiet, loud, atol=1e-3)


def test_a_filter_is_added_in_decibels() -> None:
    # x[n] + 0.5 x[n - 1] of white noise: power 1.25 + cos(2 pi k / 256) at bin k.
    samples = noise(2_000_000)
    filtered = samples.copy()
    filtered[1:] += np.float32(0.5) * samples[:-1]
    response = 10 * np.log10(1.25 + np.cos(2 * np.pi * np.arange(1, 129) / 256))
    step = extract(filtered, 16000, BED) - extract(samples, 16000, BED)
    np.testing.assert_allclose(step, np.diff(response), atol=0.02)


def test_the_rate_of_the_set_does_not_count() -> None:
    native = FeatureSet(families=("bed",), rate_hz="native")
    samples = noise(30000)
    np.testing.assert_array_equal(extract(samples, 44100, BED), extract(samples, 44100, native))


@pytest.mark.parametrize("n_samples", [1, 2, 100, 255, 256, 257])
def test_short_segments_are_one_frame(n_samples: int) -> None:
    assert np.isfinite(extract(noise(n_samples), 8000, BED)).all()


def test_digital_silence_has_no_steps() -> None:
    assert (extract(np.zeros(5000, np.float32), 8000, BED) == 0.0).all()
