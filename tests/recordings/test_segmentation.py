"""Segments against pydub, windows and trim against hand-made figures."""

import tracemalloc
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import soundfile as sf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from micfp.config.audio import (
    SegmentsConfig,
    SilenceConfig,
    TrimConfig,
    Uniform,
    Window,
    WindowsConfig,
)
from micfp.errors import MicfpError
from micfp.recordings.segmentation import silence, silence_pydub
from micfp.recordings.segmentation.file import SilenceEngine, segment
from micfp.recordings.segmentation.silence import split_on_silence
from micfp.recordings.segmentation.trimming import trim_windows
from micfp.recordings.segmentation.windows import fixed_windows, limit_lengths

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # pydub: no ffmpeg, which is not needed here
    import pydub
    import pydub.silence

# --- split on silence: pydub is the reference ---------------------------------------------------

ENGINES = (split_on_silence, silence_pydub.split_on_silence)
FULL_SCALE = {8: 2**7, 16: 2**15, 24: 2**31, 32: 2**31}


def in_blocks(samples: np.ndarray, size: int) -> Iterator[np.ndarray]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def as_read(samples: np.ndarray, bits: int) -> np.ndarray:
    """Samples of that depth as `micfp.audio.pcm_blocks` gives them: pydub widens 24 bit so."""
    return (samples << 8 | (samples >> 31 & 0xFF) if bits == 24 else samples).astype(np.int32)


def by_pydub(samples: np.ndarray, bits: int, rate: int, config: SilenceConfig) -> np.ndarray:
    return silence_pydub.split_on_silence([samples], rate, FULL_SCALE[bits], config)


def pieces_of_pydub(recording: pydub.AudioSegment, config: SilenceConfig) -> list[np.ndarray]:
    """The samples that pydub's own function cuts, without the engine."""
    keep = config.keep_silence_s
    pieces = pydub.silence.split_on_silence(
        recording,
        min_silence_len=round(config.min_silence_s * 1000),
        silence_thresh=config.threshold_dbfs,
        keep_silence=True if keep == "all" else round(keep * 1000) or False,
        seek_step=config.seek_step_ms,
    )
    return [np.array(piece.get_array_of_samples(), np.int64) for piece in pieces]


def assert_same_cuts(
    ours: np.ndarray, samples: np.ndarray, reference: list[np.ndarray], rate: int
) -> None:
    """Same number, lengths and content; pydub fills its last one up with < 1 ms of zeros."""
    reference = [piece for piece in reference if len(piece)]
    assert len(ours) == len(reference)
    for (start, stop), piece in zip(ours.tolist(), reference, strict=True):
        padding = len(piece) - (stop - start)
        if stop == len(samples):
            assert 0 <= padding <= rate / 1000
        else:
            assert padding == 0
        np.testing.assert_array_equal(samples[start:stop], piece[: stop - start])
        assert not piece[stop - start :].any()


@st.composite
def cases(draw: st.DrawFn) -> tuple[np.ndarray, int, int, SilenceConfig]:
    """Bursts and silences, many with a level within a hair of the threshold."""
    bits = draw(st.sampled_from([8, 16, 16, 24, 32]))
    rate = draw(st.sampled_from([8000, 11025, 22050, 44100, 48000]))
    low, high = {8: (-36, -6), 16: (-85, -10), 24: (-120, -10), 32: (-120, -10)}[bits]
    threshold_dbfs = draw(st.one_of(st.integers(low, high), st.floats(low, high)))
    config = SilenceConfig(
        min_silence_s=draw(st.integers(2, 150)) / 1000,
        threshold_dbfs=threshold_dbfs,
        keep_silence_s=draw(st.sampled_from([0.0, 0.1, 0.013, "all"])),
        seek_step_ms=draw(st.sampled_from([1, 1, 5, 7, 10, 200])),
    )
    largest = 2 ** (bits - 1) - 1
    threshold = 10 ** (threshold_dbfs / 20) * 2 ** (bits - 1)
    window = config.min_silence_s * rate
    # Drawn from a seed, because hypothesis itself prefers few and short pieces.
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    pieces = []
    for _ in range(rng.integers(0, 12)):
        n = int(window * rng.choice([0.3, 0.9, 1.0, 1.1, 1.5, 2.5])) + int(rng.integers(-3, 4))
        n = max(n, 0)
        kind = rng.choice(
            ["zeros", "burst", "near", "square", "click"], p=[0.3, 0.3, 0.2, 0.1, 0.1]
        )
        if kind == "zeros":
            piece = np.zeros(n)
        elif kind == "burst":
            piece = rng.normal(size=n) * min(10 * threshold, largest / 4)
        elif kind == "near":
            piece = rng.normal(size=n) * threshold * rng.uniform(0.95, 1.05)
        elif kind == "square":  # an RMS of exactly the threshold, a step below or above
            piece = (np.floor(threshold) + rng.integers(-1, 3)) * rng.choice([-1, 1], size=n)
        else:
            piece = np.zeros(n)
            piece[:2] = largest
        pieces.append(np.clip(np.rint(piece), -largest - 1, largest))
    return np.concatenate([[], *pieces]).astype(np.int64), bits, rate, config


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    case=cases(),
    block=st.sampled_from([333, 1000, 4410, 10**7]),
    chunk_ms=st.sampled_from([1, 20, 77, 300, 2000]),
)
def test_cuts_are_those_of_pydub(
    case: tuple[np.ndarray, int, int, SilenceConfig],
    block: int,
    chunk_ms: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(silence, "_CHUNK_MS", chunk_ms)
    native, bits, rate, config = case
    samples = as_read(native, bits)
    ours = split_on_silence(in_blocks(samples, block), rate, FULL_SCALE[bits], config)
    np.testing.assert_array_equal(ours, by_pydub(samples, bits, rate, config))


@pytest.mark.parametrize("apart_ms", [0, 1, 2, 3])
@pytest.mark.parametrize("chunk_ms", [1, 1000])
@pytest.mark.parametrize("seek_step_ms", [1, 2])
def test_two_blips_that_are_loud_only_together(
    apart_ms: int, chunk_ms: int, seek_step_ms: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # 50 ms windows at 8 kHz: 400 samples. One blip: sqrt(100**2 / 400) = 5, both: 7.07.
    # The threshold lies between. Windows with both blips begin at 50 - apart_ms milliseconds in a
    # row, so the next silent one begins 51 - apart_ms after the last: over 50 only for 0.
    monkeypatch.setattr(silence, "_CHUNK_MS", chunk_ms)
    samples = np.zeros(8000, np.int32)
    samples[8 * 400] = 100
    samples[8 * (400 + apart_ms) + 1] = 100
    config = SilenceConfig(
        min_silence_s=0.05,
        threshold_dbfs=20 * np.log10(6.5 / 32768),
        keep_silence_s=0,
        seek_step_ms=seek_step_ms,
    )
    ours = split_on_silence([samples], 8000, 32768, config)
    np.testing.assert_array_equal(ours, by_pydub(samples, 16, 8000, config))
    if seek_step_ms == 1:
        assert len(ours) == (1 if apart_ms == 0 else 0)


@pytest.mark.parametrize("bits", [8, 16, 32])
def test_a_level_of_exactly_the_threshold_is_silent(bits: int) -> None:
    samples = np.full(8000, -(2 ** (bits - 1)), np.int32)  # RMS of exactly 0 dBFS
    config = SilenceConfig(min_silence_s=0.1, threshold_dbfs=0)
    assert len(by_pydub(samples, bits, 8000, config)) == 0
    assert len(split_on_silence([samples], 8000, FULL_SCALE[bits], config)) == 0


def test_known_cuts() -> None:
    # 8 kHz, 8 samples a millisecond: 300 ms of sound, 500 ms of silence, 200 ms of sound.
    samples = np.repeat(np.array([9000, 0, 9000], np.int32), [2400, 4000, 1600])
    config = SilenceConfig(min_silence_s=0.2, threshold_dbfs=-40, keep_silence_s=0.1)
    # The threshold is 327.68: a 200 ms window may hold (327/9000)**2 * 200 ms < 0.27 ms of sound,
    # so silence is 300-800 ms, and 100 ms of it stay at each side.
    expected = [[0, 400 * 8], [700 * 8, 1000 * 8]]
    assert split_on_silence([samples], 8000, 32768, config).tolist() == expected
    assert by_pydub(samples, 16, 8000, config).tolist() == expected


@pytest.mark.parametrize("split", ENGINES)
def test_nothing_but_silence_no_silence_and_nothing_at_all(split: SilenceEngine) -> None:
    config = SilenceConfig(min_silence_s=0.2, threshold_dbfs=-40)
    silence, sound = np.zeros(8000, np.int32), np.full(8000, 9000, np.int32)
    assert split([silence], 8000, 32768, config).tolist() == []
    assert split([sound], 8000, 32768, config).tolist() == [[0, 8000]]
    assert split([silence[:99]], 8000, 32768, config).tolist() == [[0, 12 * 8]]
    assert split([], 8000, 32768, config).shape == (0, 2)
    assert split([silence[:0]], 8000, 32768, config).shape == (0, 2)


@pytest.mark.parametrize("split", ENGINES)
def test_a_reader_may_fill_the_same_array_again(split: SilenceEngine) -> None:
    samples = np.repeat(np.array([9000, 0, 9000], np.int32), [2400, 4000, 1600])
    config = SilenceConfig(min_silence_s=0.2, threshold_dbfs=-40)

    def refilled() -> Iterator[np.ndarray]:
        buffer = np.empty(100, np.int32)
        for block in in_blocks(samples, 100):
            buffer[:] = block
            yield buffer

    expected = split([samples], 8000, 32768, config)
    np.testing.assert_array_equal(split(refilled(), 8000, 32768, config), expected)


def test_memory_does_not_grow_with_length() -> None:
    block = np.random.default_rng(1).normal(0, 3000, 44_100).astype(np.int32)
    block[:22_050] = 0
    config = SilenceConfig(min_silence_s=0.3, threshold_dbfs=-40)

    def peak_bytes(minutes: int) -> int:
        tracemalloc.start()
        segments = split_on_silence((block for _ in range(60 * minutes)), 44_100, 32768, config)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert len(segments) == 60 * minutes
        return peak

    # Eight more minutes of samples would be 8 * 60 * 44 100 * 4 bytes = 85 MB.
    assert peak_bytes(9) < peak_bytes(1) + 1e6


def test_refuses_what_it_cannot_judge() -> None:
    with pytest.raises(MicfpError, match="1000 Hz is too low"):
        split_on_silence([np.zeros(9, np.int32)], 1000, 32768, SilenceConfig())
    for split in ENGINES:
        with pytest.raises(TypeError, match="integer samples, not float32"):
            split([np.zeros(9, np.float32)], 8000, 32768, SilenceConfig())


# --- a whole file -------------------------------------------------------------------------------


def test_a_recording_may_be_one_segment(tmp_path: Path) -> None:
    """1.25 s at 8 kHz are 10 000 samples, silence or not; lengths are limited as everywhere."""
    path = tmp_path / "one.wav"
    sf.write(path, np.zeros(10_000), 8000)
    whole = SegmentsConfig(method="whole", min_length_s=0)
    assert segment(path, whole, "mean").tolist() == [[0, 10_000]]
    short = SegmentsConfig(method="whole", min_length_s=0, max_length_s=1.0)
    assert all(stop - start <= 8000 for start, stop in segment(path, short, "mean"))
    assert len(segment(path, SegmentsConfig(method="whole", min_length_s=1.3), "mean")) == 0


def assert_engines_cut_as_pydub(path: Path, silence: SilenceConfig) -> np.ndarray:
    """Both engines' cuts of a file are those of pydub's own reader and function."""
    recording = pydub.AudioSegment.from_wav(path)
    samples = np.array(recording.get_array_of_samples(), np.int64)
    fast = segment(path, SegmentsConfig(silence=silence, min_length_s=0), "mean")
    assert_same_cuts(fast, samples, pieces_of_pydub(recording, silence), recording.frame_rate)
    silence = silence.model_copy(update={"engine": "pydub"})
    reference = segment(path, SegmentsConfig(silence=silence, min_length_s=0), "mean")
    np.testing.assert_array_equal(reference, fast)
    return fast


@pytest.mark.parametrize("name", ["IPHONE6_1.wav", "vivo_x7_2.wav", "xiaomi8_3.wav"])
@pytest.mark.parametrize("threshold_dbfs", [-55, -45])
def test_real_recordings_are_cut_as_pydub_cuts_them(
    shared_data: Path, name: str, threshold_dbfs: float
) -> None:
    silence = SilenceConfig(
        min_silence_s=0.1, threshold_dbfs=threshold_dbfs, keep_silence_s=0.05, seek_step_ms=1
    )
    assert_engines_cut_as_pydub(shared_data / "ccnu_mobile" / name, silence)


@pytest.mark.parametrize(("subtype", "bits"), [("PCM_U8", 8), ("PCM_16", 16), ("PCM_24", 24)])
def test_files_of_every_depth_are_cut_as_pydub_cuts_them(
    tmp_path: Path, subtype: str, bits: int
) -> None:
    # Levels of a few steps below and above the threshold: depth and rounding decide.
    rng = np.random.default_rng(3)
    threshold_dbfs = {8: -30, 16: -60, 24: -110}[bits]
    levels = 10 ** (threshold_dbfs / 20) * np.repeat([3, 1, 0.99, 3, 0, 1.01, 3], 2205)
    path = tmp_path / "a b\u00fc.wav"
    sf.write(path, levels * rng.normal(size=len(levels)), 22_050, subtype=subtype)
    silence = SilenceConfig(min_silence_s=0.05, threshold_dbfs=threshold_dbfs, keep_silence_s=0)
    assert len(assert_engines_cut_as_pydub(path, silence)) > 1


def test_the_engine_is_the_one_that_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cuts are the same, so pydub's are put in its place by others."""
    monkeypatch.setattr(silence_pydub, "split_on_silence", lambda *given: np.array([[123, 4567]]))
    path = tmp_path / "sound.wav"
    sf.write(path, np.full(8000, 0.3), 8000)
    fast, by_pydub = SilenceConfig(), SilenceConfig(engine="pydub")
    assert segment(path, SegmentsConfig(silence=fast), "mean").tolist() == [[0, 8000]]
    assert segment(path, SegmentsConfig(silence=by_pydub), "mean").tolist() == [[123, 4567]]


@pytest.mark.parametrize("channel", ["mean", 0, 1])
def test_of_several_channels_both_engines_cut_the_same_one(
    tmp_path: Path, channel: Literal["mean"] | int
) -> None:
    # 8 kHz: the first channel sounds in the first half second, the second in the last.
    samples = np.zeros((12_000, 2))
    samples[:4000, 0] = samples[8000:, 1] = 0.3
    path = tmp_path / "two.wav"
    sf.write(path, samples, 8000)
    cuts = [
        segment(path, SegmentsConfig(silence=silence, min_length_s=0), channel).tolist()
        for silence in (
            SilenceConfig(min_silence_s=0.2, keep_silence_s=0),
            SilenceConfig(min_silence_s=0.2, keep_silence_s=0, engine="pydub"),
        )
    ]
    first, second = [0, 4000], [8000, 12_000]
    expected = {"mean": [first, second], 0: [first], 1: [second]}[channel]
    assert cuts == [expected, expected]


def test_segment_limits_lengths_and_can_cut_windows(tmp_path: Path) -> None:
    samples = np.repeat(np.array([9000, 0, 9000], np.int16), [8000, 4000, 1600])
    path = tmp_path / "a.wav"
    sf.write(path, samples, 8000)
    silence = SilenceConfig(min_silence_s=0.2, threshold_dbfs=-40, keep_silence_s=0)
    config = SegmentsConfig(silence=silence, min_length_s=0.3, max_length_s=0.6)
    # Sound of 1 s: 0.6 s and 0.4 s; sound of 0.2 s: too short.
    assert segment(path, config, "mean").tolist() == [[0, 4800], [4800, 8000]]
    windows = SegmentsConfig(method="windows", windows=WindowsConfig(length_s=1, hop_s=0.5))
    assert segment(path, windows, 0).tolist() == [[0, 8000], [4000, 12000]]
    sf.write(tmp_path / "low.wav", samples, 1000)
    with pytest.raises(MicfpError, match=r"low\.wav: a sample rate of 1000 Hz is too low"):
        segment(tmp_path / "low.wav", config, "mean")
    with pytest.raises(MicfpError, match=r"none\.wav"):
        segment(tmp_path / "none.wav", config, "mean")


# --- windows and lengths ------------------------------------------------------------------------


def test_fixed_windows() -> None:
    def starts(n: int, length_s: float, hop_s: float, rate: int = 10) -> list[int]:
        windows = fixed_windows(n, rate, WindowsConfig(length_s=length_s, hop_s=hop_s))
        assert np.all(windows[:, 1] - windows[:, 0] == round(length_s * rate))
        assert np.all(windows[:, 1] <= n)
        return windows[:, 0].tolist()

    assert starts(30, 1, 1) == [0, 10, 20]
    assert starts(29, 1, 1) == [0, 10]
    assert starts(30, 1, 0.5) == [0, 5, 10, 15, 20]
    assert starts(10, 1, 1) == [0]
    assert starts(9, 1, 1) == []
    assert starts(0, 1, 1) == []
    assert starts(21, 0.5, 0.33) == [0, 3, 7, 10, 13, 16]  # round(3.3 i)
    assert starts(9, 0.5, 5) == [0]


def test_limit_lengths() -> None:
    segments = np.array([[0, 25], [30, 32], [40, 50], [60, 83]])
    # 10 Hz: shorter than 3 samples is out; 25 = 10 + 10 + 5, 23 = 10 + 10 + 3
    expected = [[0, 10], [10, 20], [20, 25], [40, 50], [60, 70], [70, 80], [80, 83]]
    assert limit_lengths(segments, 10, 0.3, 1.0).tolist() == expected
    assert limit_lengths(segments, 10, 0.4, 1.0).tolist() == expected[:-1]
    assert limit_lengths(segments, 10, 0.3, None).tolist() == [[0, 25], [40, 50], [60, 83]]
    assert limit_lengths(segments[:0], 10, 0.3, 1.0).shape == (0, 2)
    with pytest.raises(MicfpError, match=r"max_length_s 0\.2 is below segments\.min_length_s 0\.3"):
        limit_lengths(segments, 10, 0.3, 0.2)


# --- trim ---------------------------------------------------------------------------------------


def recordings(
    minutes: tuple[float, ...] = (60, 60, 60, 60), rates: tuple[int, ...] = (44_100, 48_000) * 2
) -> pd.DataFrame:
    """Two microphones on two days, one programme."""
    return pd.DataFrame(
        {
            "path": ["day1/a.wav", "day1/b.wav", "day2/a.wav", "day2/b.wav"],
            "device": ["a", "b", "a", "b"],
            "session": ["day1", "day1", "day2", "day2"],
            "content": "book",
            "sample_rate_hz": rates,
            "n_samples": [
                round(minute * 60 * rate) for minute, rate in zip(minutes, rates, strict=True)
            ],
        },
        index=[3, 1, 4, 2],
    )


def trim(table: pd.DataFrame, seed: int = 0, **parameters: object) -> pd.DataFrame:
    return trim_windows(table, TrimConfig.model_validate(parameters), np.random.default_rng(seed))


THESIS = {
    "train": Window(start_minute=Uniform(uniform=(0, 30)), length_minutes=10),
    "test": Window(start_minute=Uniform(uniform=(0, 5)), length_minutes=5),
    "test_sessions": ("day2",),
}


def test_no_windows_is_all_of_every_recording() -> None:
    table = recordings()
    trimmed = trim(table)
    assert (trimmed["start_sample"] == 0).all()
    assert trimmed["stop_sample"].tolist() == table["n_samples"].tolist()
    assert (trimmed["role"] == "").all()
    assert "role" not in table  # the caller's table stays as it was


def test_fixed_windows_in_minutes() -> None:
    trimmed = trim(
        recordings(),
        train=Window(start_minute=1, length_minutes=10),
        test=Window(start_minute=2.5, length_minutes=5),
        test_sessions=("day2",),
    )
    assert trimmed["role"].tolist() == ["train", "train", "test", "test"]
    assert trimmed.index.tolist() == [3, 1, 4, 2]
    # Training 1 to 11 minutes, the test 2.5 minutes after it, 13.5 to 18.5.
    minute = [60 * 44_100, 60 * 48_000]
    assert trimmed["start_sample"].tolist() == [
        minute[0], minute[1], int(13.5 * minute[0]), int(13.5 * minute[1]),
    ]  # fmt: skip
    assert trimmed["stop_sample"].tolist() == [
        11 * minute[0], 11 * minute[1], int(18.5 * minute[0]), int(18.5 * minute[1]),
    ]  # fmt: skip


@pytest.mark.parametrize("seed", range(20))
def test_all_microphones_share_one_draw(seed: int) -> None:
    trimmed = trim(recordings(), seed, **THESIS)
    pd.testing.assert_frame_equal(trimmed, trim(recordings(), seed, **THESIS))
    rng = np.random.default_rng(seed)
    train = rng.uniform(0, 30)
    test = train + 10 + rng.uniform(0, 5)
    for (_, row), start, length in zip(
        trimmed.iterrows(), [train, train, test, test], [10, 10, 5, 5], strict=True
    ):
        rate = row["sample_rate_hz"]
        assert row["start_sample"] == int(start * 60 * rate)
        assert row["stop_sample"] == int((start + length) * 60 * rate)


@pytest.mark.parametrize("seed", range(10))
def test_a_test_window_may_touch_the_training_window_at_any_rate(seed: int) -> None:
    # Each rate cuts the shared minute to its own whole samples, up to one sample apart.
    parameters = THESIS | {"test": Window(start_minute=0, length_minutes=5)}
    trimmed = trim(recordings(rates=(48_000, 44_100, 8_000, 11_025)), seed, **parameters)
    assert trimmed["role"].tolist() == ["train", "train", "test", "test"]


def test_a_window_that_partly_fits_ends_with_the_recording() -> None:
    trimmed = trim(recordings((60, 9, 60, 60)), train=Window(start_minute=5, length_minutes=10))
    assert trimmed["stop_sample"].tolist()[:2] == [15 * 60 * 44_100, 9 * 60 * 48_000]


def test_a_recording_that_ends_before_its_window_is_named() -> None:
    with pytest.raises(MicfpError, match=r"day1/b\.wav: ends at minute 4\.00, .*minute 5\.00"):
        trim(recordings((60, 4, 60, 60)), train=Window(start_minute=5))


def test_only_a_training_window_keeps_the_rest_of_another_programme() -> None:
    table = recordings()
    table["content"] = ["book", "book", "music", "music"]
    trimmed = trim(table, train=Window(length_minutes=10), test_sessions=("day2",))
    assert trimmed["stop_sample"].tolist()[2:] == table["n_samples"].tolist()[2:]
    assert trimmed["role"].tolist()[2:] == ["test", "test"]


@pytest.mark.parametrize(
    ("test_start", "heard"), [(0, True), (9.9, True), (10, False), (30, False)]
)
def test_no_test_window_on_programme_that_training_heard(test_start: float, heard: bool) -> None:
    parameters = {
        "train": Window(start_minute=0, length_minutes=10),
        "test": Window(start_minute=test_start, length_minutes=5),
        "test_sessions": ("day2",),
        "test_after_training": False,
    }
    table = recordings()
    if not heard:
        assert (trim(table, **parameters)["role"] == "test").sum() == 2
        return
    for content in ("book", ""):  # unknown contents could be the same
        with pytest.raises(MicfpError, match=r"day2/a\.wav: the test window .*training heard"):
            trim(table.assign(content=content), **parameters)
    table["content"] = ["book", "book", "music", "music"]
    assert (trim(table, **parameters)["role"] == "test").sum() == 2


def test_programme_before_the_training_window_is_unheard() -> None:
    window = {"test_sessions": ("day2",), "test_after_training": False}
    train = Window(start_minute=7.3, length_minutes=10)
    trim(recordings(), train=train, test=Window(length_minutes=7.3), **window)
    with pytest.raises(MicfpError, match="training heard"):
        trim(recordings(), train=train, test=Window(length_minutes=7.31), **window)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"test": Window()}, r"trim\.test needs trim\.test_sessions.*day1, day2"),
        ({"test_sessions": ("day3",)}, "names day3, which no recording has: .*day1, day2"),
        ({"test_sessions": ("day1", "day2")}, "names every session"),
        ({"test": Window(), "test_sessions": ("day2",)}, "counts from the end of the training"),
        ({"train": Window(length_minutes=0)}, r"trim\.train\.length_minutes is 0"),
        ({"train": Window(length_minutes=1e-9)}, "shorter than one sample of day1/a"),
    ],
)
def test_trim_says_what_is_wrong(parameters: dict[str, object], message: str) -> None:
    with pytest.raises(MicfpError, match=message):
        trim(recordings(), **parameters)
