"""The rendered files: which there are, same bytes, and what the parameters did to them."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from bench_recipes import (
    ALL_OFF,
    KM1,
    KM2,
    RATE_HZ,
    SEED,
    level_db,
    microphone,
    one_sweep,
    recordings,
    tiny,
    transfer_db,
)

from micfp.bench.build import planned_recordings, render, write_bench
from micfp.bench.stimuli import content_signal
from micfp.config.bench import BenchConfig
from micfp.config.bench_microphones import FLAT
from micfp.errors import MicfpError

REFERENCE_PA = 20e-6


def digests(folder: Path) -> dict[str, str]:
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*.wav"))
    }


def pa_a_sample(config: BenchConfig) -> float:
    """Free-field pressure at the microphone of a played sample of 1: level at 1 m, over 0.7 m."""
    rms_played = 10 ** (config.stimuli.level_dbfs / 20)
    rms_pa = REFERENCE_PA * 10 ** (config.loudspeaker.level_db_spl / 20)
    return rms_pa / rms_played / 0.7


# Which recordings


def test_default_bench_is_the_thesis_experiment() -> None:
    table = planned_recordings(BenchConfig())
    assert len(table) == 5 * 2 * 4  # microphones, sessions, contents
    devices = table.drop_duplicates("device").set_index("device")
    assert list(devices.index) == ["Shure SM7B", "t.bone MB 7 Beta", KM1, KM2, "RODE NT1-A"]
    assert list(devices["make"]) == ["Shure", "t.bone", "Neumann", "Neumann", "RØDE"]
    assert devices.loc[KM1, "model"] == devices.loc[KM2, "model"]
    assert devices.loc[KM1, "unit"] != devices.loc[KM2, "unit"]
    assert table["path"].is_unique
    assert table["path"].str.fullmatch(r"[a-z0-9./-]+\.wav").all()
    heard = table.groupby("session")["content"].agg(set)
    assert not heard["day-1"] & heard["day-2"]
    for session in BenchConfig().sessions:
        assert sum(content.duration_s for content in session.contents) >= 5 * 60


def test_planning_opens_no_audio_library() -> None:
    code = (
        "import sys; from micfp.bench.build import planned_recordings as p;"
        "from micfp.config.bench import BenchConfig as B; assert len(p(B()));"
        "print([m for m in ('soundfile', 'pyroomacoustics', 'scipy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_same_bytes_again_and_in_the_other_order(tmp_path: Path) -> None:
    config = tiny()
    assert write_bench(config, SEED, tmp_path / "one") == 20
    for session in ("day-2", "day-1"):
        render(config, SEED, session, tmp_path / "two")
    first = digests(tmp_path / "one")
    assert first == digests(tmp_path / "two")
    assert set(first) == set(planned_recordings(config)["path"])
    assert len(set(first.values())) == 20
    render(config, SEED + 1, "day-1", tmp_path / "three")
    assert not set(digests(tmp_path / "three").values()) & set(first.values())
    listed = (tmp_path / "one" / "recordings.csv").read_text(encoding="utf-8").splitlines()
    assert listed[0] == "path,device,make,model,unit,session,content"
    assert len(listed) == 21
    for path in first:
        info = sf.info(tmp_path / "one" / path)
        assert (info.samplerate, info.subtype, info.channels) == (RATE_HZ, "PCM_16", 1)
        assert info.frames == (6 if "speech" in path else 4) * RATE_HZ


# Two units of one model


def test_units_without_deviation_and_confounds_are_one_microphone(tmp_path: Path) -> None:
    config = one_sweep(unit_deviation_db=0.0)
    heard = recordings(config, tmp_path / "undithered")
    assert np.array_equal(heard["day-1", KM1], heard["day-1", KM2])
    assert level_db(heard["day-1", KM1][RATE_HZ : 2 * RATE_HZ]) > -30

    config = one_sweep(unit_deviation_db=0.0, adc={"bit_depth": 16, "dither_lsb": 1.0})
    heard = recordings(config, tmp_path / "dithered")
    difference_lsb = (heard["day-1", KM1] - heard["day-1", KM2]) * 2**15
    # Rounding and triangular dither: 1/12 + 2/12 LSB^2 each, 1/2 LSB^2 for the difference.
    assert np.var(difference_lsb) == pytest.approx(0.5, rel=0.02)
    assert np.abs(difference_lsb).max() <= 4
    assert np.mean(difference_lsb) == pytest.approx(0, abs=0.01)


@pytest.mark.parametrize("deviation_db", [0.3, 1.5])
def test_unit_deviation_has_its_size(tmp_path: Path, deviation_db: float) -> None:
    heard = recordings(one_sweep(unit_deviation_db=deviation_db), tmp_path)
    frequency_hz = np.geomspace(20, 20_000, 500)
    # Room, loudspeaker and model are the same and fall out of the ratio; a level stays.
    difference_db = transfer_db(heard["day-1", KM1], heard["day-1", KM2], frequency_hz)
    assert np.std(difference_db) == pytest.approx(deviation_db, rel=0.05)
    # Smooth: a twelfth of an octave further it is nearly the same.
    step = round(len(frequency_hz) / 120)
    assert np.std(difference_db[step:] - difference_db[:-step]) < 0.35 * deviation_db


# Levels, noise, converter


@pytest.mark.parametrize("device", ["Shure SM7B", "t.bone MB 7 Beta", KM1, "RODE NT1-A"])
def test_recorded_sweep_shows_the_configured_curve(tmp_path: Path, device: str) -> None:
    own = microphone(BenchConfig(), device)
    config = one_sweep(
        microphones=[own],
        loudspeaker={"response_db": FLAT},
        placement={"max_order": 0},
    )
    heard = recordings(config, tmp_path)["day-1", device]
    played = content_signal(config, SEED, config.sessions[0].contents[0])
    points = np.array([point for point in own["response_db"] if 25 <= point[0] <= 17_000])
    measured_db = transfer_db(heard, played, points[:, 0])
    reference_db = transfer_db(heard, played, [1000.0])
    # pyroomacoustics lets nothing through below 10 Hz: 0.5 dB at 30 Hz.
    assert np.abs(measured_db - reference_db - points[:, 1])[points[:, 0] < 60].max(initial=0) < 0.7
    assert np.abs(measured_db - reference_db - points[:, 1])[points[:, 0] >= 60].max() < 0.25


def silence_pa(tmp_path: Path, device: str, **differences: object) -> np.ndarray:
    """Four seconds of a recorded pause, in Pa by the calibration that the sweep gives."""
    own = microphone(BenchConfig(), device) | {"response_db": FLAT}
    quiet = {"noise_dbu": -200.0, "hum_spread_db": 0.0}
    preamplifier = quiet | dict(differences.pop("preamplifier", {}))  # type: ignore[call-overload]
    own |= {"self_noise_dba": -60.0, "hum_db_spl": -60.0}
    own |= dict(differences.pop("microphone", {}))  # type: ignore[call-overload]
    config = one_sweep(
        duration_s=7.0,
        microphones=[own],
        loudspeaker={"response_db": FLAT},
        placement={"max_order": 0},
        confounds=ALL_OFF | {"noise": True},
        preamplifier=preamplifier,
    )
    sessions = [config.sessions[0].model_copy(update={"ambient_level_dba": -60.0} | differences)]
    config = config.model_copy(update={"sessions": tuple(sessions)})
    heard = recordings(config, tmp_path)["day-1", device]
    played = content_signal(config, SEED, config.sessions[0].contents[0])
    sweep = slice(0, 3 * RATE_HZ)
    gain = 10 ** (float(transfer_db(heard[sweep], played[sweep], [1000.0])[0]) / 20)
    return np.asarray(heard[3 * RATE_HZ :] / (gain / pa_a_sample(config)))


def a_weighted_db_spl(pressure_pa: np.ndarray) -> float:
    frequency_hz = np.fft.rfftfreq(len(pressure_pa), 1 / RATE_HZ)[1:]
    # IEC 61672-1, written out from its pole frequencies.
    poles = (20.598997, 107.65265, 737.86223, 12194.217)
    gain = poles[3] ** 2 * frequency_hz**4
    gain /= (frequency_hz**2 + poles[0] ** 2) * (frequency_hz**2 + poles[3] ** 2)
    gain /= np.sqrt((frequency_hz**2 + poles[1] ** 2) * (frequency_hz**2 + poles[2] ** 2))
    power = np.abs(np.fft.rfft(pressure_pa)[1:]) ** 2 * gain**2 * 10**0.2
    return float(10 * np.log10(2 * power.sum() / len(pressure_pa) ** 2 / REFERENCE_PA**2))


@pytest.mark.parametrize(("device", "level_dba"), [("RODE NT1-A", 30.0), ("Shure SM7B", 41.0)])
def test_self_noise_has_its_level(tmp_path: Path, device: str, level_dba: float) -> None:
    pause = silence_pa(tmp_path, device, microphone={"self_noise_dba": level_dba})
    assert a_weighted_db_spl(pause) == pytest.approx(level_dba, abs=0.3)


def test_room_noise_has_its_level(tmp_path: Path) -> None:
    pause = silence_pa(tmp_path, KM1, ambient_level_dba=36.0)
    assert a_weighted_db_spl(pause) == pytest.approx(36.0, abs=0.4)


def test_preamplifier_noise_weighs_by_sensitivity(tmp_path: Path) -> None:
    pause = silence_pa(
        tmp_path, "Shure SM7B", preamplifier={"noise_dbu": -110.0}, microphone={"thd_percent": 0.0}
    )
    # -110 dBu = 2.449 uV; at 1.12 mV/Pa that is 2.187 mPa, 40.8 dB SPL, in 20 Hz-20 kHz.
    spectrum = np.abs(np.fft.rfft(pause)) ** 2
    frequency_hz = np.fft.rfftfreq(len(pause), 1 / RATE_HZ)
    inside = (frequency_hz >= 20) & (frequency_hz <= 20_000)
    level = 10 * np.log10(2 * spectrum[inside].sum() / len(pause) ** 2 / REFERENCE_PA**2)
    assert level == pytest.approx(40.8, abs=0.2)


def test_hum_stands_at_the_mains_frequency_and_its_harmonics(tmp_path: Path) -> None:
    pause = silence_pa(
        tmp_path,
        "t.bone MB 7 Beta",
        microphone={"hum_db_spl": 45.0},
        preamplifier={"mains_hz": 60.0, "hum_harmonics_db": (0.0, -200.0, -12.0)},
    )
    amplitude = 2 * np.abs(np.fft.rfft(pause * np.hanning(len(pause)) * 2)) / len(pause)
    bins = np.fft.rfftfreq(len(pause), 1 / RATE_HZ)

    def line_db(frequency_hz: float) -> float:
        near = np.abs(bins - frequency_hz) < 2
        return float(20 * np.log10(amplitude[near].max() / np.sqrt(2) / REFERENCE_PA))

    assert line_db(60) == pytest.approx(45, abs=0.2)
    assert line_db(180) == pytest.approx(33, abs=0.2)
    assert line_db(120) < 10
    assert line_db(50) < 10


def test_bit_depth(tmp_path: Path) -> None:
    for bits, subtype, step in ((16, "PCM_16", 1), (12, "PCM_16", 16), (24, "PCM_24", 1)):
        config = one_sweep(adc={"bit_depth": bits, "dither_lsb": 1.0})
        render(config, SEED, "day-1", tmp_path / str(bits))
        file = tmp_path / str(bits) / "day-1/sweep/rode-nt1-a.wav"
        assert sf.info(file).subtype == subtype
        if subtype == "PCM_16":
            samples = sf.read(file, dtype="int16")[0]
            assert np.gcd.reduce(samples) == step
            # Digital silence before the sweep holds dither and rounding alone: 1/4 LSB^2.
            assert np.var(samples[:20_000] / step) == pytest.approx(0.25, rel=0.05)


def test_default_levels_leave_pauses_quiet_and_peaks_clear(tmp_path: Path) -> None:
    heard = recordings(tiny(), tmp_path)
    for samples in heard.values():
        frames = samples[: len(samples) // 441 * 441].reshape(-1, 441)
        levels = 10 * np.log10(np.mean(frames**2, axis=1))
        assert np.percentile(levels, 10) < -65
        assert np.percentile(levels, 75) > -35
        assert np.abs(samples).max() < 0.999


# Confounds, each for itself


def confounds(**on: bool) -> dict[str, bool]:
    return ALL_OFF | on


def test_session_confound(tmp_path: Path) -> None:
    same = recordings(one_sweep("day-1", "day-2"), tmp_path / "off")
    assert np.array_equal(same["day-1", KM1], same["day-2", KM1])
    config = one_sweep("day-1", "day-2", confounds=confounds(session=True))
    other = recordings(config, tmp_path / "on")
    assert np.array_equal(same["day-1", KM1], other["day-1", KM1])
    assert not np.array_equal(other["day-1", KM1], other["day-2", KM1])
    # Places and gains, too, are drawn anew for each session only where the confound is there.
    everything = confounds(position=True, level=True)
    held = recordings(one_sweep("day-1", "day-2", confounds=everything), tmp_path / "held")
    assert np.array_equal(held["day-1", KM1], held["day-2", KM1])


def test_session_confound_draws_noise_of_its_own_for_each_take(tmp_path: Path) -> None:
    config = one_sweep("day-1", "day-2", confounds=confounds(noise=True))
    # Without the room's noise, which is one for all microphones.
    sessions = [item.model_copy(update={"ambient_level_dba": -60.0}) for item in config.sessions]
    heard = recordings(config.model_copy(update={"sessions": tuple(sessions)}), tmp_path)
    pause = slice(3 * RATE_HZ, None)
    first, second = heard["day-1", KM1][pause], heard["day-2", KM1][pause]
    assert level_db(first) == pytest.approx(level_db(second), abs=1)
    # Above the hum there is nothing that two takes, or two units, share.
    pair = heard["day-1", KM1][pause], heard["day-1", KM2][pause]
    for one, two in ((first, second), pair):
        high = [np.diff(item, n=4) for item in (one, two)]
        assert abs(np.corrcoef(high)[0, 1]) < 0.02


def test_position_confound(tmp_path: Path) -> None:
    frequency_hz = np.geomspace(200, 8000, 400)

    def roughness_db(heard: dict[tuple[str, str], np.ndarray]) -> float:
        ratio_db = transfer_db(heard["day-1", KM1], heard["day-1", KM2], frequency_hz)
        return float(np.std(np.diff(ratio_db)))

    together = recordings(one_sweep(unit_deviation_db=0.0), tmp_path / "off")
    assert roughness_db(together) == 0
    config = one_sweep(unit_deviation_db=0.0, confounds=confounds(position=True))
    apart = recordings(config, tmp_path / "on")
    assert roughness_db(apart) > 1  # reflections of a place of one's own
    # In the free field, aimed and placed exactly, a place of one's own is only a delay.
    still = {"max_order": 0, "position_error_m": 0.0, "aiming_error_deg": 0.0}
    config = one_sweep(unit_deviation_db=0.0, confounds=confounds(position=True), placement=still)
    assert roughness_db(recordings(config, tmp_path / "free")) < 0.05


def test_level_confound_is_a_factor(tmp_path: Path) -> None:
    off = recordings(one_sweep(), tmp_path / "off")
    config = one_sweep(confounds=confounds(level=True), preamplifier={"gain_error_db": 0.0})
    on = recordings(config, tmp_path / "on")
    for (session, device), samples in on.items():
        offset_db = microphone(config, device)["level_offset_db"]
        assert np.allclose(samples, off[session, device] * 10 ** (offset_db / 20), atol=3e-7)
    levels_db = [level_db(samples) for samples in off.values()]
    assert max(levels_db) - min(levels_db) < 3  # a sweep is nearly pink noise: curves differ


def test_noise_confound_adds_noise_and_nothing_else(tmp_path: Path) -> None:
    off = recordings(one_sweep(), tmp_path / "off")
    on = recordings(one_sweep(confounds=confounds(noise=True)), tmp_path / "on")
    for key, samples in off.items():
        assert not np.any(samples[round(3.2 * RATE_HZ) :])
        noise = on[key] - samples
        assert -95 < level_db(noise) < -65
        assert level_db(noise[RATE_HZ : 2 * RATE_HZ]) == pytest.approx(level_db(noise), abs=2)


# What a person can mend


def test_divided_by_what_was_played_the_difference_of_two_microphones_is_left(
    tmp_path: Path,
) -> None:
    plain = recordings(one_sweep(), tmp_path / "plain")
    divided = recordings(one_sweep(deconvolve_s=4.0), tmp_path / "divided")
    hz = np.geomspace(100, 15_000, 40)
    pair = [("day-1", KM1), ("day-1", "t.bone MB 7 Beta")]
    assert len(divided[pair[0]]) == RATE_HZ  # a second, of one block of four
    impulse = np.zeros(RATE_HZ)
    impulse[0] = 1.0
    wanted = transfer_db(*(plain[one] for one in pair), hz)
    first, second = (transfer_db(divided[one], impulse, hz) for one in pair)
    found = first - second
    np.testing.assert_allclose(found - found.mean(), wanted - wanted.mean(), atol=0.5)
    assert np.ptp(wanted) > 5  # they do differ


def test_a_bench_of_recordings_as_they_are_has_the_digest_that_it_had() -> None:
    assert "deconvolve_s" not in BenchConfig().model_dump()
    assert BenchConfig(deconvolve_s=2.0).model_dump()["deconvolve_s"] == 2.0


def test_unknown_session_names_the_right_ones(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=r"no session 'day-9'.*day-1, day-2"):
        render(tiny(), SEED, "day-9", tmp_path)


def test_two_devices_with_one_file_name() -> None:
    own = microphone(BenchConfig(), KM1)
    config = tiny(microphones=[own, own | {"device": "1st-Neumann KM-184"}])
    with pytest.raises(
        MicfpError, match=r"'1st-Neumann KM-184' and '1st Neumann KM 184'.*1st-neumann-km-184.wav"
    ):
        planned_recordings(config)


def test_microphone_outside_of_the_room(tmp_path: Path) -> None:
    config = one_sweep()
    session = config.sessions[0].model_copy(update={"facing_deg": 180.0, "distance_m": 1.5})
    with pytest.raises(MicfpError, match=r"'Shure SM7B' would stand at \[-0.5.*outside"):
        render(config.model_copy(update={"sessions": (session,)}), SEED, "day-1", tmp_path)


def test_reverberation_that_no_wall_gives(tmp_path: Path) -> None:
    config = one_sweep()
    session = config.sessions[0].model_copy(update={"t60_s": 0.02})
    with pytest.raises(MicfpError, match=r"cannot have a t60_s of 0\.02"):
        render(config.model_copy(update={"sessions": (session,)}), SEED, "day-1", tmp_path)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"sessions": [{"name": "a/b", "contents": []}]}, "may have letters"),
        ({"stimuli": {"pause_s": (2.0, 1.0)}}, "pause_s"),
        ({"stimuli": {"sweep_hz": (20.0, 30_000.0)}}, "sweep_hz"),
        ({"loudspeaker": {"response_db": [(100, 0), (50, 0)]}}, "frequencies rising"),
    ],
)
def test_wrong_parameters_are_named(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        BenchConfig.model_validate(wrong)
