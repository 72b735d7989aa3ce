"""Every frame-wise family against librosa, computed here, on real and synthetic segments."""

import warnings
from pathlib import Path

import librosa
import numpy as np
import pytest
import soundfile as sf

from micfp.config.features import FeatureSet
from micfp.features import column_names, extract

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


def reference(family: str, y: np.ndarray, sr: int, settings: FeatureSet) -> np.ndarray:
    """(rows, frames) as librosa gives them."""
    frames = {"n_fft": settings.n_fft, "hop_length": settings.hop_samples}
    if family == "zero_crossing_rate":
        return librosa.feature.zero_crossing_rate(
            y, frame_length=settings.n_fft, hop_length=settings.hop_samples
        )
    if family == "rms":
        return librosa.feature.rms(
            y=y, frame_length=settings.n_fft, hop_length=settings.hop_samples
        )
    if family == "spectral_flatness":
        return librosa.feature.spectral_flatness(y=y, **frames)
    if family in ("mfcc", "delta_mfcc"):
        mfcc = librosa.feature.mfcc(
            y=y, sr=sr, n_mfcc=settings.n_mfcc, n_mels=settings.n_mels, **frames
        )
        return mfcc if family == "mfcc" else librosa.feature.delta(mfcc)
    options = {
        "spectral_rolloff": {"roll_percent": settings.rolloff_share},
        "spectral_contrast": {
            "n_bands": settings.contrast_bands,
            "fmin": settings.contrast_min_hz,
        },
    }.get(family, {})
    return getattr(librosa.feature, family)(y=y, sr=sr, **frames, **options)


def summary(values: np.ndarray) -> np.ndarray:
    """Mean, std and quartile and median of (rows, frames), all of a row together."""
    values = values.astype(np.float64)
    return np.stack(
        [
            values.mean(axis=1),
            values.std(axis=1),
            np.quantile(values, 0.25, axis=1),
            np.quantile(values, 0.5, axis=1),
        ],
        axis=1,
    ).ravel()


def assert_equal_to_librosa(
    y: np.ndarray, sr: int, families: tuple[str, ...] = tuple(TOLERANCE), **changed: object
) -> None:
    y = np.asarray(y, np.float32)
    settings = FeatureSet.model_validate(
        {"families": families, "aggregates": AGGREGATES, "rate_hz": "native", **changed}
    )
    row = dict(zip(column_names(settings), extract(y, sr, settings), strict=True))
    if settings.rate_hz != "native":
        y = librosa.resample(y, orig_sr=sr, target_sr=settings.rate_hz, res_type="soxr_hq")
        sr = settings.rate_hz
    for family in families:
        ours = np.array([v for k, v in row.items() if k.startswith(family)])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = summary(reference(family, y, sr, settings))
        rounding = 1e-9
        if family == "delta_mfcc":
            rounding = SLOPE_ROUNDING * np.abs(reference("mfcc", y, sr, settings)).max()
        np.testing.assert_allclose(
            ours,
            theirs,
            rtol=0,
            atol=TOLERANCE[family] * np.abs(theirs).max() + rounding,
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


def test_the_segment_as_librosa_load_gives_it(shared_data: Path) -> None:
    path = shared_data / "ccnu_mobile" / "xiaomi8_2.wav"
    settings = FeatureSet()
    samples, sr = sf.read(path, start=40000, frames=33333, dtype="float32")
    y, _ = librosa.load(path, sr=22050, offset=40000 / sr, duration=33333 / sr)
    expected = np.concatenate(
        [
            librosa.feature.mfcc(y=y, sr=22050, n_mfcc=20).mean(axis=1),
            librosa.feature.zero_crossing_rate(y).mean(axis=1),
            librosa.feature.rms(y=y).mean(axis=1),
        ]
    )
    np.testing.assert_allclose(extract(samples, sr, settings), expected, rtol=1e-5, atol=1e-3)


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
