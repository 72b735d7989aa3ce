"""The features of a recording are those that the pipeline makes of its segments."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

import micfp
from micfp.audio import read
from micfp.config.audio import SegmentsConfig
from micfp.errors import MicfpError
from micfp.features import column_names, extract_many
from micfp.plan.params import Params
from micfp.recordings.segmentation.file import segment


@pytest.fixture(scope="module")
def path(recording_of: Callable[[str, int], Path]) -> Path:
    return recording_of("IPHONEX", 4)


@pytest.mark.parametrize("name", ["thesis", "ltas"])
@pytest.mark.parametrize("method", ["silence", "windows", "whole"])
def test_the_table_is_that_of_the_pipeline(path: Path, name: str, method: str) -> None:
    settings = Params().features[name]
    cuts = segment(path, SegmentsConfig(method=method), "mean")  # type: ignore[arg-type]
    expected = extract_many(*read(path), cuts, settings)
    found = micfp.features(path, name, segments=method)
    assert list(found) == ["recording", "start_sample", "stop_sample", *column_names(settings)]
    np.testing.assert_array_equal(found[column_names(settings)], expected)
    np.testing.assert_array_equal(found[["start_sample", "stop_sample"]], cuts)
    assert set(found["recording"]) == {str(path)}


def test_samples_have_the_features_of_their_file(path: Path) -> None:
    sound = micfp.Samples(*sf.read(path), "call")
    by_file, by_samples = (micfp.features(one, "study") for one in (path, sound))
    assert set(by_samples["recording"]) == {"call"}
    np.testing.assert_array_equal(by_file.iloc[:, 1:], by_samples.iloc[:, 1:])


def test_several_sets_stand_side_by_side(path: Path) -> None:
    both = micfp.features(path, ["thesis", "ltas"], segments="windows")
    for name in ("thesis", "ltas"):
        alone = micfp.features(path, name, segments="windows")
        np.testing.assert_array_equal(both[list(alone)], alone)
    assert both["mfcc_00_mean"].dtype == np.float32


def test_settings_are_those_of_the_parameter_file(path: Path) -> None:
    cutting = {"method": "windows", "windows": {"length_s": 2.0, "hop_s": 2.0}}
    found = micfp.features(path, {"families": ["rms"], "rate_hz": "native"}, segments=cutting)
    info = sf.info(path)
    lengths = found["stop_sample"] - found["start_sample"]
    assert (lengths == 2 * info.samplerate).all()
    assert len(found) == int(info.duration) // 2
    assert list(found)[3:] == ["rms_mean"]


def test_silence_has_no_segment_and_all_columns() -> None:
    found = micfp.features((np.zeros(48_000), 48_000))
    assert len(found) == 0
    assert "rms_mean" in found


def test_what_cannot_be_done_is_one_sentence(path: Path) -> None:
    with pytest.raises(MicfpError, match=r"'thesi' is no feature set: give thesis, ltas, study"):
        micfp.features(path, "thesi")
    with pytest.raises(MicfpError, match=r"^features: .*famlies"):
        micfp.features(path, {"famlies": ["rms"]})
    with pytest.raises(MicfpError, match=r"^features: .*method"):
        micfp.features(path, segments="phonemes")
    with pytest.raises(
        MicfpError, match="several of these feature sets have the column mfcc_00_me"
    ):
        micfp.features(path, ["thesis", "study"])
    with pytest.raises(MicfpError, match=r"^gone\.wav: "):
        micfp.features("gone.wav")
    with pytest.raises(MicfpError, match=r"^call: channel 1 was asked for"):
        micfp.features(micfp.Samples(np.zeros(48_000), 48_000, "call"), channel=1)
