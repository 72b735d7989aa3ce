"""Recordings as they are given: what is taken, and one sentence for each thing that is not."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

import micfp
from micfp.api.hearing import warnings_of
from micfp.api.sound import LARGEST, Samples, as_file, file_of, sound_of, sounds_of
from micfp.audio import read
from micfp.errors import MicfpError

GOOD = np.zeros(16_000)


@pytest.mark.parametrize(
    ("samples", "rate_hz", "sentence"),
    [
        ([0.0], 16_000, r"^samples: \[0\.0\] is no numpy array: give samples of shape \(n,\)"),
        (GOOD.astype(np.int16), 16_000, r"int16 samples: .* \(divide by 32768\)$"),
        (GOOD.astype(complex), 16_000, r"complex128 samples: give floating point"),
        (np.zeros((2, 3, 4)), 16_000, r"shape \(2, 3, 4\): give \(n,\), or \(n, channels\)"),
        (np.zeros((2, 16_000)), 16_000, r"\(2, 16000\).* this one is turned: give samples\.T$"),
        (np.zeros(0), 16_000, r"shape \(0,\): there is nothing in them"),
        (np.array([0, 0, np.nan]), 16_000, r"sample 2 is nan: give finite samples"),
        (np.array([0.1, 1234.0]), 16_000, r"a sample of 1234: full scale is 1; divide"),
        (GOOD, 0, r"a sample rate of 0: give a whole number of Hz above 0"),
        (GOOD, 44_100.5, r"a sample rate of 44100\.5: give a whole number"),
        (GOOD, True, r"a sample rate of True: give a whole number"),
        (GOOD, "48000", r"a sample rate of '48000': give a whole number"),
    ],
)
def test_samples_of_another_kind_are_one_sentence(
    samples: Any, rate_hz: Any, sentence: str
) -> None:
    with pytest.raises(MicfpError, match=sentence):
        Samples(samples, rate_hz)
    with pytest.raises(MicfpError, match=sentence):
        micfp.identify((samples, rate_hz), {"phone": [(GOOD, 16_000)]})


def test_what_a_decoder_makes_of_full_scale_is_taken() -> None:
    assert Samples(np.array([LARGEST, -LARGEST]), 8000).duration_s == 2 / 8000


@pytest.mark.parametrize("given", [3, None, np.zeros(5), (GOOD, 16_000, "name")])
def test_what_is_no_recording_is_one_sentence(given: Any) -> None:
    with pytest.raises(MicfpError, match="is no recording: give the path of a file, or a tuple"):
        sound_of(given)


def test_a_folder_is_no_recording(tmp_path: Path) -> None:
    said = re.escape(f"{tmp_path}: is a folder: give its files; micfp.recordings(folder) lists")
    with pytest.raises(MicfpError, match=said):
        micfp.identify(tmp_path, {"phone": ["a.wav"]})


def test_where_a_list_is_wanted_one_recording_is_none() -> None:
    for one in ("a.wav", Path("a.wav"), (GOOD, 16_000)):
        with pytest.raises(MicfpError, match=r"^phone: give a list of recordings"):
            sounds_of(one, "phone")  # type: ignore[arg-type]


def test_where_a_file_is_wanted_samples_are_none() -> None:
    with pytest.raises(MicfpError, match="is no file, and a file is needed here"):
        file_of((GOOD, 16_000))


def test_channels_are_those_of_a_file(tmp_path: Path) -> None:
    stereo = np.random.default_rng(1).uniform(-0.5, 0.5, (1000, 2)).astype(np.float32)
    sf.write(tmp_path / "stereo.wav", stereo, 16_000, "FLOAT")
    sound = Samples(stereo, 16_000)
    for channel in ("mean", 0, 1):
        expected, _ = read(tmp_path / "stereo.wav", channel=channel)  # type: ignore[arg-type]
        np.testing.assert_array_equal(sound.one_channel(channel, 60.0), expected)  # type: ignore[arg-type]
    with pytest.raises(MicfpError, match=r"channel 2 was asked for, and it has 2 \(0 to 1\)"):
        sound.one_channel(2, 60.0)


def test_the_beginning_is_used_and_that_is_said() -> None:
    sound = Samples(np.zeros((30, 2)), 10)  # 3 s
    assert len(sound.one_channel("mean", 2.0)) == 20
    assert warnings_of(sound, 0, 2.0) == (
        "it has 2 channels: channel 0 is used",
        "of its 3 s the first 2 s were used",
    )


def test_channels_that_cancel_are_said() -> None:
    one = 0.1 * np.random.default_rng(1).standard_normal(1000)
    said = warnings_of(Samples(np.stack([one, -one], axis=1), 16_000), "mean", 60.0)
    assert "its channels cancel each other" in said[1]
    assert said[1].endswith("choose one by channel")


def test_a_file_of_samples_holds_each_of_them_and_goes_away() -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, (100, 2)).astype(np.float32)
    with as_file(Samples(samples, 16_000, "call")) as path:
        found, rate_hz = sf.read(path, dtype="float32")
        np.testing.assert_array_equal(found, samples)
        assert rate_hz == 16_000
    assert not path.exists()
    with (
        pytest.raises(MicfpError, match=r"^call: broken$"),
        as_file(Samples(samples, 16_000, "call")) as path,
    ):
        raise MicfpError(f"{path}: broken")
