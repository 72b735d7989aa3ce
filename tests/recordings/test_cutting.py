"""Start markers are found, and the parts of a programme are cut at the same places."""

from pathlib import Path

import numpy as np
import pytest

from micfp.audio import read, write_wav
from micfp.bench.days import Day
from micfp.bench.stimuli import start_marker, stimulus
from micfp.config.bench import BenchConfig, ContentConfig, SessionConfig
from micfp.errors import MicfpError
from micfp.recordings.cutting import cut_sessions
from micfp.recordings.markers import find_markers, marker_scores, tonality

RATE_HZ = 44_100


def tone(frequency_hz: float, duration_s: float, rate_hz: int = 8000) -> np.ndarray:
    return np.sin(2 * np.pi * frequency_hz * np.arange(round(duration_s * rate_hz)) / rate_hz)


def short_bench() -> BenchConfig:
    """Two sessions whose programmes have two parts of 2 and 3 s."""

    def session(name: str, letter: str) -> SessionConfig:
        contents = (
            ContentConfig(name=f"music-{letter}", kind="music", duration_s=2.0),
            ContentConfig(name=f"sweep-{letter}", kind="sweep", duration_s=3.0),
        )
        first = BenchConfig().sessions[0]
        return first.model_copy(update={"name": name, "contents": contents})

    return BenchConfig(sessions=(session("day-1", "a"), session("day-2", "b")))


def programme(bench: BenchConfig, session: int) -> np.ndarray:
    samples, rate_hz = stimulus(
        bench, np.random.default_rng(session), Day(bench.sessions[session].contents)
    )
    assert rate_hz == RATE_HZ
    return samples


def recorded(*pieces: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
    samples = np.concatenate(pieces)
    return (samples + noise * rng.standard_normal(len(samples))).astype(np.float32)


def test_a_tone_that_fills_the_window_is_all_of_the_power():
    assert tonality(tone(1000, 0.4), 1000)[0] == pytest.approx(1, abs=1e-9)
    assert tonality(tone(2000, 0.4), 1000)[0] == pytest.approx(0, abs=1e-9)
    # 0.1 s of tone, 0.1 s of nothing: the sum is half as large, so its square a quarter; the power
    # is half: 0.25 / 0.5
    half = np.concatenate([tone(1000, 0.1), np.zeros(800)])
    assert tonality(half, 1000)[0] == pytest.approx(0.5, abs=1e-9)
    assert not tonality(np.zeros(4000), 1000).any()


def test_the_order_of_the_beeps_counts():
    marker = start_marker(BenchConfig().stimuli, 8000).astype(float)
    assert marker_scores(marker).max() > 0.9
    assert marker_scores(marker[::-1]).max() < 0.1  # the high beep comes first
    four_alike = np.tile(np.concatenate([tone(1000, 0.2), np.zeros(1600)]), 4)
    assert marker_scores(four_alike).max() < 0.1


@pytest.mark.parametrize(("rate_hz", "noise"), [(48_000, 0.0), (44_100, 0.03), (8_000, 0.05)])
def test_markers_are_found_where_they_are(tmp_path, rate_hz, noise):
    """-20 dBFS beeps (0.1 RMS) in noise; the second one lies across the end of the first minute."""
    rng = np.random.default_rng(3)
    marker = start_marker(BenchConfig().stimuli, rate_hz)
    samples = np.zeros(round(70 * rate_hz), np.float32)
    for at_s in (5.4321, 59.2):
        start = round(at_s * rate_hz)
        samples[start : start + len(marker)] += marker
    write_wav(tmp_path / "a.wav", recorded(samples, noise=noise, rng=rng), rate_hz)
    assert find_markers(tmp_path / "a.wav") == pytest.approx([5.4321, 59.2], abs=0.005)


def test_speech_and_music_have_no_markers(tmp_path):
    bench = short_bench()
    samples = programme(bench, 0)[round(2.6 * RATE_HZ) :]  # without the marker
    write_wav(tmp_path / "a.wav", samples, RATE_HZ)
    assert find_markers(tmp_path / "a.wav") == []


def test_parts_are_the_same_sound_on_every_device(tmp_path):
    """Two devices started by hand: the parts of both begin at the same sample of the programme."""
    rng, bench = np.random.default_rng(4), short_bench()
    played = [programme(bench, 0), programme(bench, 1)]
    for name, before_s in (("near", 1.25), ("far", 3.5)):
        before, between = np.zeros(round(before_s * RATE_HZ)), np.zeros(RATE_HZ)
        samples = recorded(before, played[0], between, played[1], before, noise=0.001, rng=rng)
        write_wav(tmp_path / f"{name}.wav", samples, RATE_HZ)
        cuts = cut_sessions(tmp_path / f"{name}.wav", ["day-1", "day-2"], bench, tmp_path / name)
        assert [cut.written for cut in cuts] == [("music-a", "sweep-a"), ("music-b", "sweep-b")]
        assert cuts[0].start_s == pytest.approx(before_s, abs=0.005)
    near, _ = read(tmp_path / "near/day-1/sweep-a.wav")
    far, _ = read(tmp_path / "far/day-1/sweep-a.wav")
    assert len(near) == len(far) == 3 * RATE_HZ
    # marker 1.6 s, silence 1 s, then 2 s of silence before each part; the first lasts 2 s
    start = round((1.6 + 1 + 2 + 2 + 2) * RATE_HZ)
    expected = played[0][start : start + 3 * RATE_HZ]
    for heard in (near, far):
        lags = np.fft.irfft(np.fft.rfft(heard) * np.conj(np.fft.rfft(expected)))
        lag = int(np.argmax(lags))
        assert min(lag, len(heard) - lag) <= 0.005 * RATE_HZ


def test_samples_are_copied_as_they_are(tmp_path):
    rng, bench = np.random.default_rng(5), short_bench()
    samples = recorded(np.zeros(4410), programme(bench, 0), np.zeros(RATE_HZ), noise=0.001, rng=rng)
    write_wav(tmp_path / "a.wav", samples, RATE_HZ, "PCM_24")
    (cut,) = cut_sessions(tmp_path / "a.wav", ["day-1"], bench, tmp_path / "out")
    whole, _ = read(tmp_path / "a.wav")
    part, _ = read(tmp_path / "out/day-1/music-a.wav")
    start = round((cut.start_s + 4.6) * RATE_HZ)
    np.testing.assert_array_equal(part, whole[start : start + len(part)])


def test_what_the_recording_does_not_have_whole_is_said(tmp_path):
    rng, bench = np.random.default_rng(6), short_bench()
    samples = recorded(programme(bench, 0)[:-RATE_HZ], noise=0.001, rng=rng)
    write_wav(tmp_path / "a.wav", samples, RATE_HZ)
    (cut,) = cut_sessions(tmp_path / "a.wav", ["day-1"], bench, tmp_path / "out")
    assert (cut.written, cut.left_out) == (("music-a",), ("sweep-a",))
    assert "left out, since the recording ends before: sweep-a" in cut.as_text()
    assert [path.name for path in (tmp_path / "out/day-1").iterdir()] == ["music-a.wav"]


def test_a_wrong_number_of_sessions_writes_nothing(tmp_path):
    rng, bench = np.random.default_rng(7), short_bench()
    samples = recorded(programme(bench, 0), noise=0.001, rng=rng)
    write_wav(tmp_path / "a.wav", samples, RATE_HZ)
    with pytest.raises(MicfpError, match=r"1 start marker found \(at 0.00 s\), and 2 given"):
        cut_sessions(tmp_path / "a.wav", ["day-1", "day-2"], bench, tmp_path / "out")
    write_wav(tmp_path / "b.wav", np.zeros(RATE_HZ, np.float32), RATE_HZ)
    with pytest.raises(MicfpError, match="no start marker was found"):
        cut_sessions(tmp_path / "b.wav", ["day-1"], bench, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten(tmp_path):
    rng, bench = np.random.default_rng(8), short_bench()
    write_wav(tmp_path / "a.wav", recorded(programme(bench, 0), noise=0.001, rng=rng), RATE_HZ)
    taken = tmp_path / "out/day-1/sweep-a.wav"
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    with pytest.raises(MicfpError, match=r"sweep-a\.wav: is there already"):
        cut_sessions(Path(tmp_path / "a.wav"), ["day-1"], bench, tmp_path / "out")
    assert taken.read_text() == "mine"
    assert not (tmp_path / "out/day-1/music-a.wav").exists()


def test_a_later_session_that_is_there_already_keeps_the_first_from_being_written(tmp_path):
    rng, bench = np.random.default_rng(9), short_bench()
    pieces = (programme(bench, 0), np.zeros(RATE_HZ), programme(bench, 1))
    write_wav(tmp_path / "a.wav", recorded(*pieces, noise=0.001, rng=rng), RATE_HZ)
    taken = tmp_path / "out/day-2/music-b.wav"
    taken.parent.mkdir(parents=True)
    taken.write_text("mine")
    with pytest.raises(MicfpError, match=r"music-b\.wav: is there already"):
        cut_sessions(tmp_path / "a.wav", ["day-1", "day-2"], bench, tmp_path / "out")
    assert not (tmp_path / "out/day-1").exists()
    with pytest.raises(MicfpError, match="give each session once"):
        cut_sessions(tmp_path / "a.wav", ["day-1", "day-1"], bench, tmp_path / "out")


def test_what_holds_no_part_is_one_sentence(tmp_path):
    marker = start_marker(BenchConfig().stimuli, RATE_HZ)
    write_wav(tmp_path / "a.wav", marker, RATE_HZ)
    with pytest.raises(MicfpError, match="ends before the first part of day-1 does"):
        cut_sessions(tmp_path / "a.wav", ["day-1"], short_bench(), tmp_path / "out")
    assert not (tmp_path / "out").exists()
    write_wav(tmp_path / "b.wav", marker[::8], 5512)
    with pytest.raises(MicfpError, match="5512 Hz: the beep at 2 kHz"):
        find_markers(tmp_path / "b.wav")
