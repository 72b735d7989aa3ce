"""Every family that librosa has by both engines, on real and synthetic segments."""

from pathlib import Path
from typing import Any

import librosa
import numpy as np
import pytest
import soundfile as sf

from micfp.features import FeatureSet, column_names, extract, family_of

AGGREGATES = ("mean", "std", 0.25, 0.5)
# Relative to the family's largest value. A bin within rounding of the roll-off threshold may fall
# on either side, so that family is given a little more.
TOLERANCE = {
    "mfcc": 2e-6,
    "delta_mfcc": 2e-6,
    "spectral_centroid": 2e-6,
    "spectral_bandwidth": 2e-6,
    "spectral_rolloff": 2e-5,
    "spectral_flatness": 2e-6,
    "spectral_contrast": 2e-6,
    "zero_crossing_rate": 1e-6,
    "rms": 1e-6,
}
# Slopes are small differences of large MFCC, sums of 128 float32 products in an order that the
# processor chooses: of silence, C0 is -1131, of which 4e-7 are four steps of float32 (2**-23).
SLOPE_ROUNDING = 4e-7


def assert_equal_to_librosa(
    y: np.ndarray, sr: int, families: tuple[str, ...] = tuple(TOLERANCE), **changed: object
) -> None:
    """The fast engine gives what the engine librosa gives."""
    y = np.asarray(y, np.float32)
    settings = FeatureSet.model_validate(
        {"families": families, "aggregates": AGGREGATES, "rate_hz": "native", **changed}
    )
    by_librosa = settings.model_copy(update={"engine": "librosa"})
    assert column_names(by_librosa) == column_names(settings)
    fast, reference = extract(y, sr, settings), extract(y, sr, by_librosa)
    column_families = np.array(list(map(family_of, column_names(settings))))
    largest_mfcc = np.abs(reference[column_families == "mfcc"]).max(initial=0)
    for family in families:
        own = column_families == family
        rounding = SLOPE_ROUNDING * largest_mfcc if family == "delta_mfcc" else 1e-9
        np.testing.assert_allclose(
            fast[own],
            reference[own],
            rtol=0,
            atol=TOLERANCE[family] * np.abs(reference[own]).max() + rounding,
            err_msg=family,
        )


NO_DELTA = tuple(family for family in TOLERANCE if family != "delta_mfcc")


@pytest.mark.parametrize(
    ("rate_hz", "n_samples"), [(22050, 64000), ("native", 50001), (8000, 40000)]
)
def test_a_phone_recording(shared_data: Path, rate_hz: int | str, n_samples: int) -> None:
    y, sr = sf.read(shared_data / "ccnu_mobile" / "IPHONE6_1.wav", frames=n_samples)
    # Six octaves from 200 Hz do not fit below 4000 Hz: four do.
    bands = 4 if rate_hz == 8000 else 6
    assert_equal_to_librosa(y, sr, rate_hz=rate_hz, contrast_bands=bands)


@pytest.mark.parametrize("engine", ["fast", "librosa"])
def test_the_segment_as_librosa_load_gives_it(shared_data: Path, engine: str) -> None:
    """Straight from librosa's functions, without the engine."""
    path = shared_data / "ccnu_mobile" / "xiaomi8_2.wav"
    settings = FeatureSet.model_validate(
        {
            "families": tuple(TOLERANCE),
            "engine": engine,
            "rolloff_share": 0.7,
            "contrast_bands": 5,
            "contrast_min_hz": 150.0,
            "delta_width": 7,
        }
    )
    samples, sr = sf.read(path, start=40000, frames=33333, dtype="float32")
    y, _ = librosa.load(path, sr=22050, offset=40000 / sr, duration=33333 / sr)
    mfcc = librosa.feature.mfcc(y=y, sr=22050, n_mfcc=20)
    frames = [
        mfcc,
        librosa.feature.delta(mfcc, width=7),
        librosa.feature.spectral_centroid(y=y, sr=22050),
        librosa.feature.spectral_bandwidth(y=y, sr=22050),
        librosa.feature.spectral_rolloff(y=y, sr=22050, roll_percent=0.7),
        librosa.feature.spectral_flatness(y=y),
        librosa.feature.spectral_contrast(y=y, sr=22050, n_bands=5, fmin=150.0),
        librosa.feature.zero_crossing_rate(y),
        librosa.feature.rms(y=y),
    ]
    expected = np.concatenate([values.mean(axis=1) for values in frames])
    np.testing.assert_allclose(extract(samples, sr, settings), expected, rtol=1e-4, atol=1e-3)


def test_music(shared_data: Path) -> None:
    path = sorted((shared_data / "music").glob("*.ogg"))[0]
    y, sr = sf.read(path, frames=90001, always_2d=True)
    assert_equal_to_librosa(y.mean(axis=1), sr, rate_hz=22050)


def test_other_frames_filters_and_shares() -> None:
    rng = np.random.default_rng(3)
    assert_equal_to_librosa(
        0.1 * rng.standard_normal(30011),
        16000,
        n_fft=1001,
        hop_samples=300,
        n_mels=40,
        n_mfcc=13,
        rolloff_share=0.5,
        contrast_bands=3,
        contrast_min_hz=300.0,
    )


@pytest.mark.parametrize("n_samples", [1, 2, 511, 1023, 2047])
def test_segments_shorter_than_a_frame(n_samples: int) -> None:
    rng = np.random.default_rng(n_samples)
    assert_equal_to_librosa(0.3 * rng.standard_normal(n_samples), 22050, families=NO_DELTA)


def test_digital_silence() -> None:
    assert_equal_to_librosa(np.zeros(20000), 22050)


def test_a_burst_in_digital_silence() -> None:
    y = np.zeros(50000)
    y[20000:25000] = 0.2 * np.random.default_rng(5).standard_normal(5000)
    assert_equal_to_librosa(y, 44100, rate_hz=22050)


def test_full_scale_square_wave() -> None:
    t = np.arange(40000) / 44100
    assert_equal_to_librosa(np.sign(np.sin(2 * np.pi * 441.3 * t + 0.1)), 44100)


def test_values_within_1e_10_of_zero_do_not_cross() -> None:
    y = np.tile([0.5, -0.5, 9e-11, -9e-11, 0.0, -0.0, 2e-10, -2e-10], 1000)
    assert_equal_to_librosa(y, 22050, families=("zero_crossing_rate",))


def test_more_frames_than_a_block_holds() -> None:
    # 60 blocks of 64 frames and a rest; the loudest frame, which sets the floor of the MFCC,
    # and the loudest peaks of the contrast are in the last block.
    rng = np.random.default_rng(6)
    y = 1e-4 * rng.standard_normal(60 * 64 * 512 + 7001)
    y[-6000:] *= 5000.0
    assert_equal_to_librosa(y, 22050, families=("mfcc", "spectral_contrast", "rms"))


def test_fewer_frames_than_the_slopes_are_wide() -> None:
    """2000 samples in hops of 512 are four frames: a line over three. Two frames have no slope."""
    noise = 0.3 * np.random.default_rng(8).standard_normal(2000)
    assert_equal_to_librosa(noise, 22050, families=("mfcc", "delta_mfcc"))
    settings = FeatureSet(families=("delta_mfcc",), engine="librosa")
    assert np.isfinite(extract(noise.astype(np.float32), 22050, settings)).all()
    assert np.isnan(extract(noise[:600].astype(np.float32), 22050, settings)).all()


@pytest.mark.parametrize(
    ("rate_hz", "changed"),
    [(8000, {}), (48000, {"n_fft": 64, "contrast_min_hz": 20.0})],
    ids=["a band above 4 kHz", "bands narrower than 750 Hz"],
)
def test_a_contrast_that_librosa_refuses_is_missing(rate_hz: int, changed: dict[str, Any]) -> None:
    settings = FeatureSet(
        families=("spectral_contrast", "rms"), engine="librosa", rate_hz="native", **changed
    )
    noise = 0.1 * np.random.default_rng(9).standard_normal(rate_hz)
    row = extract(noise.astype(np.float32), rate_hz, settings)
    assert np.isnan(row[:-1]).all()
    assert row[-1] == pytest.approx(0.1, rel=0.05)
