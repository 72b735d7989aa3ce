"""What is played, and the room it is played in."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from bench_recipes import KM1, RATE_HZ, SEED, level_db, one_sweep, tiny

from micfp.bench.days import day_of
from micfp.bench.room import paths, place
from micfp.bench.speech import sentences, speak, utterances
from micfp.bench.stimuli import _share, content_signal, start_marker, stimulus
from micfp.config.bench import BenchConfig, ContentConfig, StimuliConfig
from micfp.errors import MicfpError
from micfp.plan.params import load_params

PRESETS = Path(__file__).parents[2] / "workflow" / "presets"


def test_speech_does_not_depend_on_what_was_spoken_before() -> None:
    config = tiny()
    first, second = (session.contents[0] for session in config.sessions)
    forth = [content_signal(config, SEED, content) for content in (first, second)]
    back = [content_signal(config, SEED, content) for content in (second, first)]
    assert np.array_equal(forth[0], back[1])
    assert np.array_equal(forth[1], back[0])
    assert not np.array_equal(forth[0], forth[1])


def test_no_sentence_is_in_two_contents() -> None:
    config = BenchConfig()
    speech = [
        content
        for session in config.sessions
        for content in session.contents
        if content.kind == "speech"
    ]
    shares = [set(_share(sentences(), config, content)) for content in speech]
    assert sum(map(len, shares)) == len(set.union(*shares)) == len(sentences()) >= 140


def test_who_says_what_comes_again_after_all_have_spoken() -> None:
    """2 voices of 2 phrases each and 3 texts: lcm(2 x 2, 3) = 12 before the first pair is back."""
    settings = StimuliConfig(voices=("en-us", "en-us+f2"), phrases_per_paragraph=2)
    first = list(islice(utterances(settings, "abc", np.random.default_rng(1)), 24))
    assert first[:12] == first[12:]
    assert [voice for voice, _ in first[:4]] == [first[0][0]] * 2 + [first[2][0]] * 2
    assert len({(voice, text) for voice, text in first}) == 6


def test_six_hours_of_training_repeat_nothing() -> None:
    """Of the preset, a content that trains is 15 minutes at most, and its speech is longer."""
    preset = PRESETS / "duration_hours.yaml"
    params = load_params([preset])
    (session,) = params.bench.sessions
    trained = [c for c in session.contents if c.name not in (params.split.test or ())]
    longest_s = 60 * params.duration.most_min / len(trained)
    assert longest_s == 900
    settings = params.bench.stimuli
    for content in trained:
        texts = _share(sentences(), params.bench, content)
        n = 67 * len(texts)  # every voice with every text: 67 is a prime number
        said = list(islice(utterances(settings, texts, np.random.default_rng(SEED)), n))
        assert len(set(said)) == n
        if content.name in ("train-16", "train-21"):  # those whose sentences are shortest
            spoken, rate_hz = speak(said, settings.words_per_minute)
            said_s = sum(len(one) for one in spoken) / rate_hz
            assert said_s + n * settings.long_pause_s > longest_s


def test_voices_speak_and_an_unknown_one_is_named() -> None:
    texts = [(voice, "Nobody waved at the train.") for voice in StimuliConfig().voices]
    spoken, rate_hz = speak(texts, 170)
    assert rate_hz == 22_050
    for samples in spoken:
        assert 1 < len(samples) / rate_hz < 3
        assert level_db(samples) > -35
    with pytest.raises(MicfpError, match="no voice 'nobody'"):
        speak([("nobody", "hello")], 170)


@pytest.mark.parametrize("kind", ["speech", "music", "sweep", "noise"])
def test_phrases_have_their_level_and_pauses_are_silent(kind: str) -> None:
    config = BenchConfig()
    content = ContentConfig.model_validate({"name": f"{kind}-a", "kind": kind, "duration_s": 25})
    signal = content_signal(config, SEED, content)
    assert len(signal) == 25 * RATE_HZ
    assert np.abs(signal).max() <= 0.9001
    # Phrases are what stands between runs of at least 0.7 s of exact zeros.
    sounding = np.flatnonzero(signal)
    cuts = np.flatnonzero(np.diff(sounding) > 0.7 * RATE_HZ)
    starts, stops = sounding[np.r_[0, cuts + 1]], sounding[np.r_[cuts, -1]]
    pauses_s = (starts[1:] - stops[:-1]) / RATE_HZ
    assert len(starts) >= 5
    assert sum(pauses_s > 1.7) == len(starts[:-1]) // 4
    lengths_s = (stops - starts) / RATE_HZ
    assert 1 < np.median(lengths_s) < 4
    levels = [level_db(signal[a:b]) for a, b in zip(starts, stops, strict=True)]
    assert np.abs(np.array(levels) + 20).max() < 2.5


def test_music_has_bass_and_treble() -> None:
    config = BenchConfig()
    content = ContentConfig(name="music-a", kind="music", duration_s=20)
    music = content_signal(config, SEED, content)
    power = np.abs(np.fft.rfft(music)) ** 2
    frequency_hz = np.fft.rfftfreq(len(music), 1 / RATE_HZ)

    def band_db(low_hz: float, high_hz: float) -> float:
        inside = (frequency_hz >= low_hz) & (frequency_hz < high_hz)
        return float(10 * np.log10(power[inside].sum() / power.sum()))

    assert band_db(30, 160) > -10
    assert band_db(500, 2000) > -25
    assert band_db(6000, 18_000) > -35


def test_sweep_runs_from_20_hz_to_20_khz() -> None:
    config = one_sweep()
    sweep = content_signal(config, SEED, config.sessions[0].contents[0])
    start = RATE_HZ // 2
    assert not np.any(sweep[:start])
    # Exponential: 1000 ^ 0.5 of the way up after half of the time, 20 Hz * 31.6 = 632 Hz.
    middle = sweep[start + RATE_HZ - 4410 : start + RATE_HZ + 4410]
    crossings = np.count_nonzero(np.diff(np.signbit(middle)))
    assert crossings / 2 / 0.2 == pytest.approx(632, rel=0.05)
    assert not np.any(sweep[start + 2 * RATE_HZ :])


def test_stimulus_starts_with_its_marker_and_follows_its_generator() -> None:
    config = tiny()
    samples, rate_hz = stimulus(config, np.random.default_rng(3), day_of(config, None))
    marker = start_marker(config.stimuli, rate_hz)
    assert rate_hz == RATE_HZ
    assert np.array_equal(samples[: len(marker)], marker)
    assert len(samples) == len(marker) + (2 + 6 + 2 + 4) * rate_hz
    again, _ = stimulus(config, np.random.default_rng(3), day_of(config, "day-1"))
    assert np.array_equal(samples, again)
    other, _ = stimulus(config, np.random.default_rng(3), day_of(config, "day-2"))
    assert not np.array_equal(samples, other)


# The room


def test_microphones_stand_on_a_semicircle_and_look_at_the_loudspeaker() -> None:
    config = tiny(placement={"position_error_m": 0.0, "aiming_error_deg": 0.0})
    session = config.sessions[0]
    placed = place(config, config.microphones, session, SEED)
    for microphone, at in zip(config.microphones, placed, strict=True):
        ray = at.position_m - np.array(session.loudspeaker_m)
        assert np.linalg.norm(ray) == pytest.approx(0.7)
        assert np.rad2deg(np.arctan2(ray[1], ray[0])) == pytest.approx(microphone.angle_deg)
        assert at.off_axis_deg == pytest.approx(0, abs=1e-4)


def test_direct_sound_follows_distance_and_cardioid() -> None:
    own = next(item for item in BenchConfig().microphones if item.device == KM1)
    config = one_sweep(placement={"max_order": 0, "aiming_error_deg": 0.0, "position_error_m": 0.0})
    near = config.sessions[0]
    far = near.model_copy(update={"distance_m": 1.4})
    responses = [paths(config, [own], session, SEED)[0].loudspeaker for session in (near, far)]
    peaks = [int(np.argmax(np.abs(response))) for response in responses]
    assert (peaks[1] - peaks[0]) / RATE_HZ * 343 == pytest.approx(0.7, abs=0.01)
    # The sum of a delayed pulse is its gain at 0 Hz, but there is a high-pass: take the energy.
    energy_db = [level_db(response) + 10 * np.log10(len(response)) for response in responses]
    assert energy_db[0] - energy_db[1] == pytest.approx(20 * np.log10(2), abs=0.2)


def test_reverberation_time_is_about_the_configured_one() -> None:
    from pyroomacoustics.experimental import measure_rt60

    config = one_sweep(placement={"max_order": 40})
    omni = config.microphones[4].model_copy(update={"cardioid": 1.0})
    for t60_s in (0.2, 0.4):
        session = config.sessions[0].model_copy(update={"t60_s": t60_s})
        response = paths(config, [omni], session, SEED)[0].loudspeaker
        assert measure_rt60(response, RATE_HZ, decay_db=30) == pytest.approx(t60_s, rel=0.4)


def test_noise_is_pink() -> None:
    config = BenchConfig()
    content = ContentConfig(name="noise-a", kind="noise", duration_s=60)
    power = np.abs(np.fft.rfft(content_signal(config, 1, content))) ** 2
    frequency_hz = np.fft.rfftfreq(60 * config.adc.sample_rate_hz, 1 / config.adc.sample_rate_hz)
    octaves_hz = 125 * 2.0 ** np.arange(7)
    levels = [
        10 * np.log10(power[(frequency_hz >= low) & (frequency_hz < 2 * low)].mean())
        for low in octaves_hz
    ]
    # power a bin halves from octave to octave
    np.testing.assert_allclose(np.diff(levels), -3.01, atol=0.5)


def test_silence_is_silent() -> None:
    content = ContentConfig(name="silence-a", kind="silence", duration_s=3)
    assert not content_signal(BenchConfig(), 1, content).any()
