"""Rows, their names, what cannot be measured, and memory."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pytest
from pydantic import ValidationError

from micfp.errors import MicfpError
from micfp.features import (
    FAMILIES,
    BandsConfig,
    FeatureSet,
    column_names,
    extract,
    extract_many,
    family_of,
)
from micfp.features.registry import LIBROSA_FAMILIES

ALL = FeatureSet(families=tuple(FAMILIES), aggregates=("mean", "std", 0.05, 0.5), rate_hz="native")


BY_LIBROSA = FeatureSet(families=LIBROSA_FAMILIES, engine="librosa", aggregates=("mean", "std"))


def noise(n_samples: int) -> np.ndarray:
    return (0.1 * np.random.default_rng(0).standard_normal(n_samples)).astype(np.float32)


def test_the_thesis_has_22_columns() -> None:
    names = column_names(FeatureSet())
    assert names[:2] == ["mfcc_00_mean", "mfcc_01_mean"]
    assert names[-3:] == ["mfcc_19_mean", "zero_crossing_rate_mean", "rms_mean"]
    assert len(names) == 22


def test_names_of_aggregates() -> None:
    settings = FeatureSet(families=("rms", "spectral_contrast"), aggregates=("std", 0.05, 0.975, 1))
    assert column_names(settings)[:5] == [
        "rms_std",
        "rms_q05",
        "rms_q97.5",
        "rms_q100",
        "spectral_contrast_0_std",
    ]


def test_every_column_has_a_value_a_name_and_a_family() -> None:
    names = column_names(ALL)
    row = extract(noise(20000), 16000, ALL)
    assert row.dtype == np.float32
    assert row.shape == (len(names),)
    assert len(set(names)) == len(names)
    assert list(dict.fromkeys(map(family_of, names))) == list(ALL.families)


def test_a_column_of_no_family() -> None:
    with pytest.raises(MicfpError, match="'loudness_mean' is no feature column"):
        family_of("loudness_mean")


def test_values_do_not_depend_on_what_else_is_chosen() -> None:
    samples = noise(20000)
    together = dict(zip(column_names(ALL), extract(samples, 16000, ALL), strict=True))
    for family in ALL.families:
        alone = ALL.model_copy(update={"families": (family,)})
        expected = [together[name] for name in column_names(alone)]
        np.testing.assert_array_equal(extract(samples, 16000, alone), expected)


def test_aggregates_are_over_frames() -> None:
    # Frames of 16 every 16, centred: 8 zeros 8 ones, 8 ones 8 threes, 8 threes 8 zeros.
    settings = FeatureSet(
        families=("rms",), rate_hz="native", n_fft=16, hop_samples=16, aggregates=("mean", 0.5, 1)
    )
    rms = np.sqrt([0.5, 5.0, 4.5])
    row = extract(np.repeat([1, 3], 16).astype(np.float32), 8000, settings)
    np.testing.assert_allclose(row, [rms.mean(), rms[2], rms[1]], rtol=1e-6)


@pytest.mark.parametrize("settings", [ALL, BY_LIBROSA], ids=["fast", "librosa"])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_what_is_not_finite_has_no_features(bad: float, settings: FeatureSet) -> None:
    samples = noise(5000)
    samples[777] = bad
    assert np.isnan(extract(samples, 16000, settings)).all()


@pytest.mark.parametrize("settings", [ALL, BY_LIBROSA], ids=["fast", "librosa"])
def test_an_empty_segment_has_no_features(settings: FeatureSet) -> None:
    row = extract(noise(0), 16000, settings)
    assert row.shape == (len(column_names(settings)),)
    assert np.isnan(row).all()


def test_by_librosa_a_family_does_not_depend_on_what_else_is_chosen() -> None:
    samples = noise(20000)
    together = dict(zip(column_names(BY_LIBROSA), extract(samples, 16000, BY_LIBROSA), strict=True))
    for family in LIBROSA_FAMILIES:
        alone = BY_LIBROSA.model_copy(update={"families": (family,)})
        expected = [together[name] for name in column_names(alone)]
        np.testing.assert_array_equal(extract(samples, 16000, alone), expected)


def test_librosa_has_no_function_for_some_families() -> None:
    with pytest.raises(
        ValidationError, match=r"no function for hnr, ltas \(it has: mfcc, delta_mf"
    ):
        FeatureSet(families=("mfcc", "hnr", "ltas"), engine="librosa")


def test_many_segments_are_each_by_itself() -> None:
    samples = noise(30000)
    segments = np.array([[0, 9000], [5000, 5000], [12345, 30000]])
    rows = extract_many(samples, 16000, segments, FeatureSet())
    assert rows.shape == (3, 22)
    np.testing.assert_array_equal(rows[0], extract(samples[:9000], 16000, FeatureSet()))
    assert np.isnan(rows[1]).all()
    np.testing.assert_array_equal(rows[2], extract(samples[12345:], 16000, FeatureSet()))


def test_no_segments_are_no_rows() -> None:
    empty = np.empty((0, 2), np.int64)
    assert extract_many(noise(100), 16000, empty, FeatureSet()).shape == (0, 22)


@pytest.mark.parametrize(
    "family",
    [
        *("mfcc", "spectral_contrast", "ltas", "noise_floor", "bed", "lfcc", "lpcc"),
        *("fourier_histogram", "non_speech_mfcc", "noise_mfcc"),
    ],
)
def test_memory_holds_no_spectrogram(family: str) -> None:
    settings = FeatureSet(families=(family,))
    samples = np.tile(noise(22050), 300)
    extract(samples[:22050], 22050, settings)  # filter banks are cached
    tracemalloc.start()
    extract(samples, 22050, settings)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # 12920 frames of 1025 float32 bins are 53 MB; 128 mel bands of them 6.6 MB, blocks 4 MB.
    assert peak < 14e6


def test_the_room_opens_without_slow_libraries() -> None:
    code = (
        "import numpy as np, sys; from micfp.features import FeatureSet, extract;"
        " extract(np.ones(4000, 'f4'), 8000, FeatureSet());"
        "print([m for m in ('librosa', 'numba', 'scipy.signal', 'sklearn', 'parselmouth', 'pandas')"
        " if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_planning_opens_no_library_for_the_families() -> None:
    code = (
        "import sys; from micfp.features import FAMILIES, FeatureSet, settings_read;"
        "settings_read(FeatureSet(families=tuple(FAMILIES)));"
        "print([m for m in ('scipy', 'librosa', 'soundfile', 'pandas') if m in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"families": ()}, "at least 1 item"),
        ({"families": ("rms", "rms")}, "once only"),
        ({"delta_width": 8}, "must be odd, not 8"),
        ({"n_mfcc": 50, "n_mels": 40}, r"n_mfcc \(50\) cannot exceed n_mels \(40\)"),
    ],
)
def test_settings_that_cannot_be(changed: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        FeatureSet.model_validate(changed)


def test_bands_that_cannot_be() -> None:
    with pytest.raises(ValidationError, match=r"max_hz \(50\) must be above min_hz \(100\)"):
        BandsConfig(min_hz=100.0, max_hz=50.0)
