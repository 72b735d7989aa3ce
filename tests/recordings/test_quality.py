"""The sanity check against signals whose numbers are worked out by hand, and real recordings."""

import dataclasses
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scipy.signal
import soundfile as sf

from micfp.config.audio import CheckConfig, CheckPolicy
from micfp.errors import MicfpError
from micfp.recordings.quality.levels import FRAME_S
from micfp.recordings.quality.measuring import (
    FRAMES_PER_BLOCK,
    NUMBERS,
    Quality,
    measure,
    measure_each,
    quality_row,
)
from micfp.recordings.quality.spectrogram import read_spectrogram
from micfp.recordings.quality.synchrony import MOST_COMPARED, _with, synchrony
from micfp.recordings.quality.table import (
    COLUMNS,
    apply_policy,
    flags,
    quality_table,
    usual_sample_rate,
)
from micfp.recordings.quality.wording import FLAG_MEANS, as_text, left_out_in_words

CONFIG = CheckConfig()
RATE = 44100
OUT_OF_SYNC = ("vivo_x7", "IPHONE7plus", "huawei_TAG_AL00")
WITH_DC = ("nubia_Z11", "xiaomi_mix2", "xiaomi8", "xiaomi note3")

Measure = Callable[..., Quality]


def sine(level_dbfs: float, seconds: float, hz: float = 440.0, rate: int = RATE) -> np.ndarray:
    """A sine of that RMS level: its peak is sqrt(2) times as high."""
    peak = 10 ** (level_dbfs / 20) * np.sqrt(2)
    return peak * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)


def noise(level_dbfs: float, seconds: float, seed: int = 0, rate: int = RATE) -> np.ndarray:
    return 10 ** (level_dbfs / 20) * np.random.default_rng(seed).standard_normal(
        round(seconds * rate)
    )


@pytest.fixture
def measured(tmp_path: Path) -> Measure:
    """Measures samples by way of a file."""

    def of(
        samples: np.ndarray, rate: int = RATE, subtype: str = "PCM_16", **values: object
    ) -> Quality:
        path = tmp_path / "signal.wav"
        sf.write(path, samples, rate, subtype=subtype)
        return measure(path, CheckConfig(**values))

    return of


def flags_of(q: Quality, **values: object) -> tuple[str, ...]:
    return flags(quality_row(q), CheckConfig(**values))


# Numbers


def test_sine_has_its_level_peak_and_duration(measured: Measure) -> None:
    q = measured(sine(-20, 12.5))  # more than one block of 10 s
    assert q.level_dbfs == pytest.approx(-20, abs=0.01)
    assert q.peak_dbfs == pytest.approx(-20 + 10 * np.log10(2), abs=0.01)  # -16.99
    assert (q.duration_s, q.n_samples, q.sample_rate_hz) == (12.5, 551250, 44100)
    assert q.dc_dbfs < -90  # half a step of 16 bits, from rounding down: -96
    assert (q.clipped_share, q.not_finite, q.truncated, q.error) == (0, 0, False, "")


def test_level_is_that_of_numpy_on_noise_and_dc_does_not_add_to_it(measured: Measure) -> None:
    samples = noise(-30, 11, seed=1)
    expected = 20 * np.log10(samples.std())
    assert measured(samples).level_dbfs == pytest.approx(expected, abs=0.01)
    assert measured(samples + 0.25).level_dbfs == pytest.approx(expected, abs=0.01)


def test_dc_of_a_hundredth_is_minus_forty_dbfs(measured: Measure) -> None:
    q = measured(noise(-40, 3) + 0.01)  # 20 log10(0.01) = -40
    assert q.dc_dbfs == pytest.approx(-40, abs=0.2)
    assert flags_of(q) == ("dc_offset", "low_snr")
    assert measured(np.full(RATE, -0.01)).dc_dbfs == pytest.approx(-40, abs=0.01)


def test_a_tone_that_ends_in_mid_period_has_no_dc(measured: Measure) -> None:
    tone = sine(-10, 1.5, hz=113.0)  # 169.5 periods: the mean is peak / (pi 169.5)
    assert 20 * np.log10(tone.mean()) == pytest.approx(-7 - 54.5, abs=0.1)  # would be flagged
    assert measured(tone).dc_dbfs < -80


def test_zero_share_counts_exact_zeros(measured: Measure) -> None:
    samples = np.r_[np.zeros(3 * RATE), np.full(9 * RATE, 0.1)]
    q = measured(samples)
    assert q.zero_share == 0.25  # 3 of 12 s
    assert "zeros" in flags_of(q)
    assert "zeros" not in flags_of(q, max_zero_share=0.25)


def test_clipped_share_is_that_of_the_flat_tops(measured: Measure) -> None:
    # |sin| > 1/2 in 2/3 of the time: a sine of peak 2 is clipped at 1 there.
    q = measured(np.clip(2 * np.sin(2 * np.pi * 100 * np.arange(12 * RATE) / RATE), -1, 1))
    assert q.clipped_share == pytest.approx(2 / 3, abs=0.005)
    assert "clipped" in flags_of(q)


def test_clipped_runs_are_counted_once_across_blocks(measured: Measure) -> None:
    block = round(RATE * FRAME_S) * FRAMES_PER_BLOCK
    samples = noise(-40, 25)
    samples[block - 2 : block + 2] = 1.0  # 4 samples, 2 on each side of the border
    samples[100:102] = 1.0  # two only: no flat top
    samples[200:203] = -1.0
    samples[300:310] = 0.9  # flat, but far from full scale
    samples[-5:] = -1.0
    q = measured(samples)
    assert q.clipped_share * q.n_samples == pytest.approx(4 + 3 + 5)


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "FLOAT"])
def test_clipping_is_seen_at_any_depth_and_full_scale_alone_is_none(
    measured: Measure, subtype: str
) -> None:
    tone = np.sin(2 * np.pi * 1000 * np.arange(2 * 48000) / 48000)
    clipped = measured(np.clip(1.5 * tone, -1, 1), 48000, subtype)
    # |sin| > 2/3 in 1 - 2/pi asin(2/3) = 0.535 of the time, in runs of 13 of 24 samples
    assert clipped.clipped_share == pytest.approx(0.535, abs=0.05)
    if subtype != "PCM_U8":  # whose steps make a flat top of their own
        assert measured(0.9999 * tone, 48000, subtype).clipped_share == 0


def test_samples_beyond_full_scale_count_as_clipped(measured: Measure) -> None:
    samples = noise(-40, 1)
    samples[1000:1010] = np.linspace(1.1, 1.5, 10)
    q = measured(samples, subtype="FLOAT")
    assert q.clipped_share == pytest.approx(10 / RATE)
    assert q.peak_dbfs == pytest.approx(20 * np.log10(1.5), abs=1e-4)


def test_not_finite_samples_are_counted_and_spoil_no_number(measured: Measure) -> None:
    samples = sine(-20, 2)
    samples[[10, 20000]] = np.nan
    samples[30] = np.inf
    q = measured(samples, subtype="FLOAT")
    assert q.not_finite == 3
    assert q.level_dbfs == pytest.approx(-20, abs=0.01)
    assert q.zero_share == pytest.approx(1 / (2 * RATE), abs=1 / RATE)  # not the three
    assert np.isfinite(q.envelope).all()
    assert "not_finite" in flags_of(q)


def test_digital_silence_is_at_the_lowest_level_and_silent(measured: Measure) -> None:
    q = measured(np.zeros(3 * RATE))
    assert (q.level_dbfs, q.peak_dbfs, q.dc_dbfs) == (-200, -200, -200)
    assert np.isnan(q.noise_floor_dbfs)
    assert np.isnan(q.snr_db)
    assert flags_of(q) == ("silent", "quiet", "zeros")


def test_dither_alone_is_silent_and_an_offset_does_not_hide_it(measured: Measure) -> None:
    rng = np.random.default_rng(2)
    step = 1 / 32768
    dither = np.round(rng.triangular(-1, 0, 1, 3 * RATE)) * step  # one step, up or down
    q = measured(dither + 100 * step)
    assert q.level_dbfs == pytest.approx(20 * np.log10(dither.std()), abs=0.1)  # about -96
    assert flags_of(q)[:2] == ("silent", "dc_offset")


# Noise floor and signal-to-noise ratio


@pytest.mark.parametrize("snr_db", [3, 10, 20, 40])
def test_snr_of_bursts_in_noise_is_the_ratio_they_were_mixed_at(
    measured: Measure, snr_db: float
) -> None:
    seconds, floor = 20, -60.0
    bursts = noise(floor + snr_db, seconds, seed=3)
    bursts[(np.arange(len(bursts)) // (RATE // 2)) % 2 == 0] = 0  # half a second on, half off
    q = measured(bursts + noise(floor, seconds, seed=4))
    assert q.noise_floor_dbfs == pytest.approx(floor, abs=0.6)
    assert q.snr_db == pytest.approx(snr_db, abs=1.5)
    assert ("low_snr" in flags_of(q)) == (snr_db < CONFIG.min_snr_db)


def test_speech_in_noise_reads_the_ratio_to_the_active_speech_level(
    measured: Measure, shared_data: Path
) -> None:
    clean = 0
    for file in sorted((shared_data / "speech").glob("*.flac"))[::40]:
        speech, rate = sf.read(file)
        powers = (speech[: len(speech) // 320 * 320].reshape(-1, 320) ** 2).mean(axis=1)
        active = powers.mean()
        for _ in range(30):  # ITU-T P.56: what is at most 15.9 dB below its own mean
            active = powers[powers > active / 10**1.59].mean()
        own_noise = np.percentile(powers, 10)
        if active < 100 * own_noise:  # what such a recording's ratio is, nobody knows
            continue
        clean += 1
        for snr_db in (10, 15, 20):
            added = noise(10 * np.log10(active) - snr_db, len(speech) / rate, rate=rate)
            expected = 10 * np.log10(active / (active / 10 ** (snr_db / 10) + own_noise))
            q = measured(speech + added[: len(speech)], rate, "FLOAT")
            assert q.snr_db == pytest.approx(expected, abs=0.5)
    assert clean >= 3


def test_steady_noise_has_no_signal(measured: Measure) -> None:
    q = measured(noise(-30, 5))
    assert q.snr_db < 0
    assert flags_of(q) == ("low_snr",)


def test_digital_silence_between_sounds_is_not_the_noise_floor(measured: Measure) -> None:
    samples = noise(-70, 10)
    samples[4 * RATE : 7 * RATE] += noise(-30, 3, seed=5)
    samples[: 3 * RATE] = 0  # a gate
    assert measured(samples).noise_floor_dbfs == pytest.approx(-70, abs=0.6)


# Envelope and spectrogram


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44056, 44100, 48000, 96000, 192000])
def test_envelope_of_a_modulated_tone_is_its_modulation(measured: Measure, rate: int) -> None:
    # Levels below -6 dBFS and 13 s: more than a block of audio and than a piece of the transform
    t = np.arange(13 * rate) / rate
    modulation = 0.2 + 0.1 * np.sin(2 * np.pi * 3 * t)
    q = measured(modulation * np.sin(2 * np.pi * 1000 * t), rate, "FLOAT")
    at_ms = 0.2 + 0.1 * np.sin(2 * np.pi * 3 * (np.arange(13000) + 0.5) / 1000)
    assert q.envelope.dtype == np.float32
    assert len(q.envelope) == 13000
    # 1 ms of delay changes the modulation by at most 0.1 * 2 pi * 3 / 1000 = 0.0019
    np.testing.assert_allclose(q.envelope[100:-100], at_ms[100:-100], atol=0.004)


@pytest.mark.parametrize(
    ("hz", "passes"), [(100, False), (350, True), (3300, True), (3600, False), (7700, False)]
)
def test_envelope_holds_the_speech_band_only(measured: Measure, hz: int, passes: bool) -> None:
    envelope = measured(sine(-20, 4, hz=hz)).envelope[500:-500]
    level_db = 20 * np.log10(envelope.mean() / (0.1 * np.sqrt(2)))
    assert abs(level_db) < 0.5 if passes else level_db < -35


def test_envelope_is_that_of_a_filter_and_hilbert(measured: Measure, shared_data: Path) -> None:
    samples, rate = sf.read(shared_data / "ccnu_mobile" / "IPHONEX_1.wav")
    spectrum = np.fft.fft(samples)
    hz = np.fft.fftfreq(len(samples), 1 / rate)
    spectrum[(hz < 300) | (hz > 3400)] = 0  # positive frequencies only: the analytic signal
    n_ms = len(samples) // 32
    reference = np.abs(2 * np.fft.ifft(spectrum))[: n_ms * 32].reshape(n_ms, 32).mean(axis=1)
    envelope = measured(samples, rate).envelope
    assert np.corrcoef(envelope, reference)[0, 1] > 0.99
    assert envelope.mean() == pytest.approx(reference.mean(), rel=0.01)


def test_envelope_and_memory_are_bounded_by_synchrony_minutes(measured: Measure) -> None:
    q = measured(noise(-20, 30, rate=8000), 8000, synchrony_minutes=0.2)
    assert len(q.envelope) == 12000
    assert q.n_samples == 240000


@pytest.mark.parametrize("start_s", [2, 12])  # in the first and in the second block
def test_spectrogram_shows_the_loudest_three_seconds_and_keeps_the_power(
    tmp_path: Path, start_s: int
) -> None:
    samples = noise(-70, 20)
    samples[start_s * RATE : (start_s + 3) * RATE] += sine(-20, 3, hz=2000)
    path = tmp_path / "loud.wav"
    sf.write(path, samples, RATE)
    loudest_s = measure(path, CONFIG).loudest_s
    spectrogram = read_spectrogram(path, loudest_s)
    db = spectrogram.db
    assert db.shape == (len(spectrogram.times_s), len(spectrogram.freqs_hz))
    assert max(db.shape) <= 200
    assert spectrogram.times_s[0] == pytest.approx(start_s, abs=0.05)
    assert spectrogram.times_s[-1] == pytest.approx(start_s + 3, abs=0.05)
    middle = db[len(db) // 2]
    assert spectrogram.freqs_hz[middle.argmax()] == pytest.approx(2000, abs=150)
    # The bands of a frame add up to its mean square: -20 dBFS.
    assert 10 * np.log10(np.sum(10 ** (middle / 10))) == pytest.approx(-20, abs=0.3)


def test_a_click_does_not_draw_the_spectrogram_to_it(measured: Measure) -> None:
    samples = noise(-70, 20)
    samples[5 * RATE : 5 * RATE + 20] = 0.9
    samples[13 * RATE : 16 * RATE] += noise(-40, 3, seed=6)
    assert measured(samples).loudest_s == pytest.approx(13, abs=0.05)


def test_spectrogram_of_too_little_is_one_sentence(tmp_path: Path) -> None:
    sf.write(tmp_path / "short.wav", np.zeros(20), RATE)
    with pytest.raises(MicfpError, match=r"short.wav: 20 samples are too few for a spectrogram"):
        read_spectrogram(tmp_path / "short.wav", 0.0)


def test_very_short_recordings_are_measured(measured: Measure) -> None:
    one = measured(np.array([0.5]))
    assert (one.n_samples, one.dc_dbfs) == (1, pytest.approx(-6.02, abs=0.01))
    assert one.loudest_s == 0
    assert len(one.envelope) == 0
    half = measured(sine(-20, 0.5))
    assert half.level_dbfs == pytest.approx(-20, abs=0.05)
    assert "short" in flags_of(half)


def test_channel_is_the_one_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "stereo.wav"
    sf.write(path, np.c_[sine(-20, 2), 0 * sine(-20, 2)], RATE)
    assert measure(path, CONFIG, 0).level_dbfs == pytest.approx(-20, abs=0.01)
    assert measure(path, CONFIG, 1).level_dbfs == -200
    assert measure(path, CONFIG, "mean").level_dbfs == pytest.approx(-26.02, abs=0.01)


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    def peak_mb(minutes: int) -> float:
        path = tmp_path / f"{minutes}.wav"
        with sf.SoundFile(path, "w", 16000, 1) as file:
            for i in range(minutes):
                file.write(noise(-30, 60, seed=i, rate=16000))
        tracemalloc.start()
        measure(path, CheckConfig(synchrony_minutes=1.0))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak / 1e6

    # A minute of float32 at 16 kHz has 3.8 MB; eight more would be 31 MB.
    assert peak_mb(10) < peak_mb(2) + 2


# Synchrony


def shifted(envelope: np.ndarray, seconds: float) -> np.ndarray:
    """The same programme, started that much earlier (positive) or later; same length."""
    n = round(seconds * 1000)
    quiet = np.full(abs(n), np.percentile(envelope, 5), np.float32)
    return np.r_[envelope[n:], quiet] if n > 0 else np.r_[quiet, envelope[:n]]


@pytest.fixture(scope="module")
def ccnu(shared_data: Path) -> pd.DataFrame:
    """Every recording of the corpus, measured: index (device, utterance), one column."""
    files = sorted((shared_data / "ccnu_mobile").glob("*.wav"))
    keys = [tuple(file.stem.rsplit("_", 1)) for file in files]
    index = pd.MultiIndex.from_tuples(keys, names=["device", "utterance"])
    return pd.DataFrame({"quality": [measure(file, CONFIG) for file in files]}, index=index)


def utterance(ccnu: pd.DataFrame, number: str) -> dict[str, np.ndarray]:
    return {device: q.envelope for device, q in ccnu["quality"].xs(number, level=1).items()}


def test_synchrony_marks_the_three_devices_and_no_fourth(ccnu: pd.DataFrame) -> None:
    assert len(ccnu) == 120
    for number in "1234":
        envelopes = utterance(ccnu, number)
        values = dict(
            zip(envelopes, synchrony(list(envelopes.values()), CONFIG.max_lag_s), strict=True)
        )
        low = {device for device, value in values.items() if value < CONFIG.min_synchrony}
        assert low == set(OUT_OF_SYNC)
        # Not a near thing: 0.40 and 0.79 are the nearest.
        assert max(values[device] for device in OUT_OF_SYNC) < 0.42
        assert min(value for device, value in values.items() if device not in OUT_OF_SYNC) > 0.75


@pytest.mark.parametrize("seconds", [-4.0, -3.0, 3.0, 4.0])
def test_a_displaced_recording_is_out_of_sync_whichever_it_is(
    ccnu: pd.DataFrame, seconds: float
) -> None:
    envelopes = utterance(ccnu, "4")
    for device in [d for d in envelopes if d not in OUT_OF_SYNC][::6]:
        values = synchrony(
            [shifted(e, seconds) if d == device else e for d, e in envelopes.items()],
            CONFIG.max_lag_s,
        )
        low = {d for d, v in zip(envelopes, values, strict=True) if v < CONFIG.min_synchrony}
        assert low == {*OUT_OF_SYNC, device}


def test_a_small_displacement_is_a_matter_of_starting_by_hand(ccnu: pd.DataFrame) -> None:
    envelopes = utterance(ccnu, "4")
    values = synchrony(
        [shifted(e, 0.4) if d == "IPHONEX" else e for d, e in envelopes.items()],
        CONFIG.max_lag_s,
    )
    assert values[list(envelopes).index("IPHONEX")] > 0.75


def test_another_utterance_in_its_place_is_out_of_sync(ccnu: pd.DataFrame) -> None:
    envelopes = utterance(ccnu, "2")
    for device in [d for d in envelopes if d not in OUT_OF_SYNC][::5]:
        for other in "134":
            swapped = envelopes | {device: utterance(ccnu, other)[device]}
            values = synchrony(list(swapped.values()), CONFIG.max_lag_s)
            low = {d for d, v in zip(swapped, values, strict=True) if v < CONFIG.min_synchrony}
            assert low == {*OUT_OF_SYNC, device}


def test_synchrony_is_that_of_numpy_at_the_best_lag() -> None:
    rng = np.random.default_rng(7)
    common = scipy.signal.lfilter([1], [1, -0.99], rng.standard_normal(8000)) ** 2
    envelopes = [
        (common[start : start + n] + rng.random(n)).astype(np.float32)
        for start, n in ((0, 6000), (300, 5000), (700, 7000))
    ]

    def curve(envelope: np.ndarray) -> np.ndarray:
        steps = envelope[: len(envelope) // 10 * 10].reshape(-1, 10).mean(axis=1)
        return np.sqrt(np.convolve(steps, np.ones(3) / 3, "valid"))

    def best(a: np.ndarray, b: np.ndarray) -> float:
        found = []
        for lag in range(-100, 101):
            i = np.arange(max(0, -lag), min(len(a), len(b) - lag))
            if len(i) * 2 >= min(len(a), len(b)):
                found.append(np.corrcoef(a[i], b[i + lag])[0, 1])
        return max(found)

    c = [curve(e) for e in envelopes]
    pairs = {(i, j): best(c[i], c[j]) for i in range(3) for j in range(3) if i != j}
    # Of two others, half is one: the better one.
    expected = [max(pairs[i, j] for j in range(3) if j != i) for i in range(3)]
    np.testing.assert_allclose(synchrony(envelopes, 1.0), expected, atol=1e-9)


@pytest.mark.parametrize(("k", "wrong"), [(3, 1), (4, 1), (5, 2), (7, 3)])
def test_a_wrong_minority_is_found_and_spoils_nobody_even_where_it_agrees(
    k: int, wrong: int
) -> None:
    rng = np.random.default_rng(8)
    right_one, wrong_one = (
        np.abs(scipy.signal.lfilter([1], [1, -0.995], rng.standard_normal(10000))) for _ in range(2)
    )
    programmes = [wrong_one] * wrong + [right_one] * (k - wrong)
    values = synchrony([(p + 0.1 * rng.random(10000)).astype(np.float32) for p in programmes], 1.5)
    if wrong == 1 or k > 2 * wrong:
        assert (values[:wrong] < 0.5).all()
    assert (values[wrong:] > 0.9).all()


def test_of_very_many_recordings_some_stand_for_all() -> None:
    """Time is linear beyond `MOST_COMPARED`, and the verdicts are the same."""
    rng = np.random.default_rng(8)
    right_one, wrong_one = (
        np.abs(scipy.signal.lfilter([1], [1, -0.995], rng.standard_normal(3000))) for _ in range(2)
    )
    k = 2 * MOST_COMPARED
    right = rng.random(k) > 0.1
    lengths = rng.integers(2000, 3000, k)
    lengths[0] = 500  # too short to be judged
    envelopes = [
        ((right_one if right[i] else wrong_one)[: lengths[i]] + 0.1 * rng.random(lengths[i]))
        for i in range(k)
    ]
    values = synchrony([envelope.astype(np.float32) for envelope in envelopes], 0.5)
    assert values[0] == 0
    assert (values[1:] > 0.8).tolist() == right[1:].tolist()


@pytest.mark.parametrize(("n_one", "n_other"), [(4000, 4000), (9000, 3000), (3000, 9000)])
def test_one_against_another_is_the_same_either_way(n_one: int, n_other: int) -> None:
    rng = np.random.default_rng(9)
    one, other = (rng.random(n).astype(np.float32) for n in (n_one, n_other))
    expected = synchrony([one, other, other], 0.5)[0]
    assert _with([other], [one], 0.5) == pytest.approx([expected], abs=1e-9)


def test_fewer_than_three_recordings_are_not_judged() -> None:
    envelope = np.random.default_rng(9).random(5000).astype(np.float32)
    assert np.isnan(synchrony([envelope, envelope], 1.5)).all()
    assert synchrony([], 1.5).shape == (0,)
    assert synchrony([envelope] * 3, 1.5) == pytest.approx([1, 1, 1])


def test_silence_and_scraps_line_up_with_nothing() -> None:
    envelope = np.random.default_rng(10).random(5000).astype(np.float32)
    silent, scrap = np.zeros(5000, np.float32), np.zeros(20, np.float32)
    constant = np.full(5000, 0.3, np.float32)
    values = synchrony([envelope, envelope, envelope, silent, scrap, constant], 1.5)
    np.testing.assert_allclose(values[3:], 0)


def test_a_scrap_of_overlap_is_no_synchrony() -> None:
    # At a lag of 1.18 of 1.2 s two steps overlap, and any two points lie on a line.
    rng = np.random.default_rng(12)
    envelopes = [rng.random(1200).astype(np.float32) for _ in range(3)]
    assert synchrony(envelopes, 1.19).max() < 0.7


# Flags, table, policy


def good_row(**values: object) -> dict[str, object]:
    row = {
        "duration_s": 10.0,
        "sample_rate_hz": 32000,
        "n_samples": 320000,
        "n_channels": 1,
        "codec": "pcm_s16",
        "level_dbfs": -30.0,
        "peak_dbfs": -10.0,
        "dc_dbfs": -110.0,
        "clipped_share": 0.0,
        "zero_share": 0.01,
        "not_finite": 0,
        "noise_floor_dbfs": -60.0,
        "snr_db": 25.0,
        "truncated": False,
        "loudest_s": 0.0,
        "mean_loss_db": np.nan,
        "weakest_channel_db": np.nan,
        "notes": "",
        "error": "",
        "synchrony": 0.9,
    }
    assert set(row) == {*NUMBERS, "synchrony"}
    return row | values


@pytest.mark.parametrize(
    ("values", "flag"),
    [
        ({"error": "x.wav: no audio"}, "unreadable"),
        ({"truncated": True}, "truncated"),
        ({"not_finite": 1}, "not_finite"),
        ({"clipped_share": 2e-4}, "clipped"),
        ({"dc_dbfs": -79.0}, "dc_offset"),
        ({"level_dbfs": -61.0}, "quiet"),
        ({"snr_db": 5.9}, "low_snr"),
        ({"zero_share": 0.21}, "zeros"),
        ({"duration_s": 0.9}, "short"),
        ({"sample_rate_hz": 7999}, "sample_rate"),
        ({"synchrony": 0.49}, "out_of_sync"),
    ],
)
def test_each_number_raises_its_flag_and_no_other(values: dict[str, object], flag: str) -> None:
    assert flags(good_row(), CONFIG) == ()
    assert flags(good_row(**values), CONFIG) == (flag,)


def test_flags_that_need_the_corpus() -> None:
    assert flags(good_row(), CONFIG, usual_rate_hz=44100) == ("sample_rate",)
    assert flags(good_row(), CONFIG, usual_rate_hz=32000) == ()
    assert flags(good_row(), CONFIG, duplicate=True) == ("duplicate",)
    assert flags(good_row(level_dbfs=-91.0), CONFIG) == ("silent", "quiet")


def test_what_is_not_judged_raises_no_flag() -> None:
    row = good_row(synchrony=np.nan, snr_db=np.nan, noise_floor_dbfs=np.nan)
    assert flags(row, CONFIG) == ()


def test_usual_rate_is_that_of_more_than_half() -> None:
    assert usual_sample_rate(pd.Series([8000, 8000, 16000])) == 8000
    assert usual_sample_rate(pd.Series([8000, 16000])) is None
    assert usual_sample_rate(pd.Series([], dtype=int)) is None


def recordings_table(names: list[str], content: str = "1") -> pd.DataFrame:
    return pd.DataFrame(
        {
            "recording": [f"digest of {name}" for name in names],
            "path": names,
            "device": names,
            "make": "",
            "session": "day",
            "content": content,
        }
    )


def test_flagged_devices_of_the_real_corpus(ccnu: pd.DataFrame) -> None:
    measured = list(ccnu["quality"])
    recordings = recordings_table([f"{device}_{u}.wav" for device, u in ccnu.index])
    recordings["device"] = ccnu.index.get_level_values("device")
    recordings["content"] = ccnu.index.get_level_values("utterance")
    asked: list[int] = []

    def envelope_of(i: int) -> np.ndarray:
        asked.append(i)
        return measured[i].envelope

    table = quality_table(recordings, [quality_row(q) for q in measured], envelope_of, CONFIG)
    assert tuple(table.columns) == COLUMNS
    assert sorted(asked) == list(range(120))
    flagged = {
        flag: set(table.loc[[flag in text.split(", ") for text in table["flags"]], "device"])
        for flag in CheckPolicy.model_fields
    }
    assert {flag: devices for flag, devices in flagged.items() if devices} == {
        "out_of_sync": set(OUT_OF_SYNC),
        "dc_offset": set(WITH_DC),
        "quiet": {"vivo_x7"},
        "zeros": {"vivo_x7"},
        "low_snr": {"vivo_x7"},
    }


def test_an_unreadable_recording_stands_in_the_table_with_its_sentence(tmp_path: Path) -> None:
    names = [str(tmp_path / f"{c} ü.wav") for c in "abcd"]
    common = np.abs(scipy.signal.lfilter([1], [1, -0.9999], noise(-60, 5)))
    for name in names[:3]:
        sf.write(name, common * noise(-20, 5) / common.max(), RATE)
    Path(names[3]).write_bytes(b"this is no audio")
    measured = list(measure_each(names, CONFIG))
    table = quality_table(
        recordings_table(names),
        [quality_row(q) for q in measured],
        lambda i: measured[i].envelope,
        CONFIG,
    )
    assert table["error"].tolist()[:3] == ["", "", ""]
    assert names[3] in table["error"].tolist()[3]
    assert table["flags"].tolist()[3] == "unreadable"
    assert table["synchrony"].iloc[:3].min() > 0.9
    assert np.isnan(table["synchrony"].iloc[3])
    assert "sample_rate" not in "".join(table["flags"])
    kept = apply_policy(table, CONFIG.policy)
    assert kept["path"].tolist() == names[:3]


def flagged_table(flags_of_each: list[str], **columns: list[str]) -> pd.DataFrame:
    names = [f"{i}.wav" for i in range(len(flags_of_each))]
    table = recordings_table(names).assign(flags=flags_of_each)
    return table.assign(**columns)


def test_policy_keeps_drops_and_stops() -> None:
    table = flagged_table(["", "quiet, zeros", "clipped", "unreadable"])
    assert apply_policy(table, CheckPolicy())["path"].tolist() == ["0.wav", "1.wav", "2.wav"]
    dropped = apply_policy(table, CheckPolicy(zeros="drop"))
    assert dropped["path"].tolist() == ["0.wav", "2.wav"]
    with pytest.raises(
        MicfpError, match=r"2 of 4 recordings: 1\.wav \(zeros\), 2\.wav \(clipped\)"
    ):
        apply_policy(table, CheckPolicy(zeros="stop", clipped="stop"))


def test_stop_names_some_of_many() -> None:
    with pytest.raises(MicfpError, match=r"4\.wav \(quiet\) and 3 more"):
        apply_policy(flagged_table(["quiet"] * 8), CheckPolicy(quiet="stop"))


def test_dropping_everything_is_an_error() -> None:
    with pytest.raises(MicfpError, match=r"drops all 2 recordings: 0\.wav \(quiet\)"):
        apply_policy(flagged_table(["quiet", "quiet"]), CheckPolicy(quiet="drop"))


def test_of_duplicates_the_first_goes_on_unless_their_devices_differ() -> None:
    table = flagged_table(
        ["duplicate"] * 4 + [""],
        recording=["a", "a", "b", "b", "c"],
        device=["one", "one", "one", "two", "two"],
    )
    kept = apply_policy(table, CheckPolicy(duplicate="drop"))
    assert kept["path"].tolist() == ["0.wav", "4.wav"]


def test_a_copy_is_flagged_and_is_no_second_witness() -> None:
    rng = np.random.default_rng(11)
    envelopes = [rng.random(5000).astype(np.float32) for _ in range(2)]
    envelopes.append(envelopes[0])
    recordings = recordings_table(["a", "b", "copy of a"])
    recordings.loc[2, "recording"] = recordings.loc[0, "recording"]
    rows = [{k: v for k, v in good_row().items() if k != "synchrony"}] * 3
    table = quality_table(recordings, rows, envelopes.__getitem__, CONFIG)
    assert table["flags"].tolist() == ["duplicate", "", "duplicate"]
    assert table["synchrony"].isna().all()  # two recordings are too few to judge


def test_unknown_content_is_not_judged() -> None:
    rows = [{k: v for k, v in good_row().items() if k != "synchrony"}] * 3
    table = quality_table(
        recordings_table(["a", "b", "c"], content=""), rows, lambda i: np.zeros(0, "f4"), CONFIG
    )
    assert table["synchrony"].isna().all()
    assert table["flags"].tolist() == ["", "", ""]


def test_numbers_are_the_fields_of_quality_without_arrays() -> None:
    names = {f.name for f in dataclasses.fields(Quality)}
    assert names - set(NUMBERS) == {"envelope"}


# ----------------------------------------------------------------------------
# In words


def test_flags_come_first_and_no_digest_is_shown(tmp_path: Path) -> None:
    names = [str(tmp_path / f"{c}.wav") for c in "abc"]
    for name in names:
        sf.write(name, noise(-20, 5), RATE)
    measured = list(measure_each(names, CONFIG))
    rows = [quality_row(q) for q in measured]
    table = quality_table(recordings_table(names), rows, lambda i: measured[i].envelope, CONFIG)
    table["flags"] = ["", "quiet, zeros", ""]
    text = as_text(table)
    first, *explained = text.splitlines()
    assert first.startswith("1 of 3 recordings of ")
    assert first.endswith("has a flag:")
    assert explained[0].strip().startswith("quiet (1): very quiet")
    rows = text.partition("\n\n")[2].splitlines()
    assert rows[0].split()[:2] == ["flags", "recording"]
    assert rows[1].split()[:3] == ["quiet,", "zeros", "b.wav"]
    assert rows[1].split()[3:6] == ["5.0", "44100", "pcm_s16"]
    assert [row.split()[0] for row in rows[2:]] == ["-", "-"]
    assert "digest" not in text


def test_every_flag_is_explained() -> None:
    assert set(FLAG_MEANS) == set(CheckPolicy.model_fields)


def test_what_is_left_out_is_said() -> None:
    table = flagged_table(["silent", "", "quiet"])
    table["device"] = ["a", "a", "b"]
    kept = apply_policy(table, CheckPolicy(silent="drop", quiet="drop"))
    said = list(left_out_in_words(table, kept))
    assert said[:2] == ["left out: 0.wav (silent)", "left out: 2.wav (quiet)"]
    assert said[2].startswith("no recording is left of b, which no model can name then")
    assert list(left_out_in_words(table, table)) == []
