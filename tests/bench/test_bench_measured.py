"""The bench built from measured data: real responses, rooms, noise and speech."""

from pathlib import Path

import numpy as np
import pytest
import soundfile as sf
from bench_recipes import ALL_OFF, RATE_HZ, SEED, level_db, one_sweep, recordings, transfer_db

from micfp.bench.build import planned_recordings, source_files
from micfp.bench.stimuli import content_signal
from micfp.config.bench import ContentConfig
from micfp.config.bench_microphones import FLAT
from micfp.errors import MicfpError

ANECHOIC = {"loudspeaker": {"response_db": FLAT}, "placement": {"max_order": 0}}


def test_calibration_files_become_units_of_one_model(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "umik1"
    config = one_sweep(measured={"microphones_from": folder, "microphones_max": 3}, **ANECHOIC)
    table = planned_recordings(config)
    assert list(table["device"]) == ["7005700", "7005701", "7005702"]
    assert set(table["model"]) == {"umik1"}
    assert table["unit"].is_unique
    heard = recordings(config, tmp_path)
    one, two = (np.loadtxt(folder / f"{name}.txt", skiprows=1) for name in ("7005700", "7005701"))
    frequency_hz = np.geomspace(40, 16_000, 200)
    wanted_db = np.interp(frequency_hz, *one.T) - np.interp(frequency_hz, *two.T)
    measured_db = transfer_db(heard["day-1", "7005700"], heard["day-1", "7005701"], frequency_hz)
    difference_db = measured_db - wanted_db
    assert np.std(difference_db) < 0.05  # a constant is the calibration's level
    assert np.std(wanted_db) > 0.1


def test_impulse_responses_become_microphones(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "micirp"
    names = ["RCA_44BX_1", "RCA_44BX_2", "RCA_74B"]
    everything = sorted(file.name for file in folder.glob("*.wav"))
    config = one_sweep(
        measured={
            "microphones_from": folder,
            "microphones_exclude": [n for n in everything if n[:-4] not in names],
        },
        **ANECHOIC,
    )
    table = planned_recordings(config).set_index("device")
    assert list(table.index) == names
    assert list(table["model"]) == ["RCA_44BX", "RCA_44BX", "RCA_74B"]
    assert list(table["unit"]) == ["1", "2", "1"]
    heard = recordings(config, tmp_path)
    played = content_signal(config, SEED, config.sessions[0].contents[0])
    response, rate_hz = sf.read(folder / "RCA_74B.wav")
    assert rate_hz == RATE_HZ
    n_fft = 1 << 16
    spectrum = np.abs(np.fft.rfft(response, n_fft))
    # Thirds of an octave, because the files keep 0.18 s of the responses.
    centres = 1000 * 2.0 ** (np.arange(-9, 12) / 3)
    grid = np.array([centre * 2 ** np.linspace(-1 / 6, 1 / 6, 40) for centre in centres])
    wanted = np.interp(grid, np.fft.rfftfreq(n_fft, 1 / rate_hz), spectrum)
    wanted_db = 10 * np.log10(np.mean(wanted**2, axis=1))
    measured = 10 ** (transfer_db(heard["day-1", "RCA_74B"], played, grid) / 10)
    measured_db = 10 * np.log10(measured.mean(axis=1))
    difference_db = measured_db - wanted_db
    assert np.std(difference_db) < 0.25
    assert np.ptp(wanted_db) > 5


def test_measured_rooms_give_channels_to_positions(shared_data: Path, tmp_path: Path) -> None:
    measured = {"rooms_from": shared_data / "rooms"}
    together = recordings(one_sweep(measured=measured, unit_deviation_db=0.0), tmp_path / "off")
    assert np.array_equal(
        together["day-1", "1st Neumann KM 184"], together["day-1", "2nd Neumann KM 184"]
    )
    confounds = ALL_OFF | {"position": True}
    config = one_sweep(measured=measured, unit_deviation_db=0.0, confounds=confounds)
    apart = recordings(config, tmp_path / "on")
    assert not np.allclose(
        apart["day-1", "1st Neumann KM 184"], apart["day-1", "2nd Neumann KM 184"], atol=1e-3
    )
    # Half a second after the sweep the hall of the file is still heard; the shoebox is silent.
    after = slice(3 * RATE_HZ, round(3.2 * RATE_HZ))
    shoebox = recordings(one_sweep(), tmp_path / "shoebox")["day-1", "RODE NT1-A"]
    assert level_db(together["day-1", "RODE NT1-A"][after]) > -80
    assert not np.any(np.abs(shoebox[after]) > 1e-5)


def test_measured_noise_is_the_rooms_noise(shared_data: Path, tmp_path: Path) -> None:
    measured = {"noise_from": shared_data / "noise"}
    config = one_sweep(measured=measured, confounds=ALL_OFF | {"noise": True})
    session = config.sessions[0].model_copy(update={"ambient_level_dba": 50.0})
    heard = recordings(config.model_copy(update={"sessions": (session,)}), tmp_path)
    # One source for all: what two microphones record in a pause is the same but for themselves.
    pauses = [
        heard["day-1", name][3 * RATE_HZ :] for name in ("1st Neumann KM 184", "2nd Neumann KM 184")
    ]
    assert np.corrcoef(pauses)[0, 1] > 0.95
    assert -65 < level_db(pauses[0]) < -35


def test_measured_speech_and_music_are_played(shared_data: Path) -> None:
    measured = {"speech_from": shared_data / "speech", "music_from": shared_data / "music"}
    config = one_sweep(measured=measured, stimuli={"pause_s": (0.75, 1.0)})
    contents = tuple(
        ContentConfig.model_validate({"name": name, "kind": name[:-2], "duration_s": 25})
        for name in ("speech-a", "speech-b", "music-a", "music-b")
    )
    session = config.sessions[0].model_copy(update={"contents": contents})
    config = config.model_copy(update={"sessions": (session,)})
    signals = [content_signal(config, SEED, content) for content in contents]
    for signal in signals:
        assert np.mean(signal != 0) > 0.25
        assert not np.any(signal[: RATE_HZ // 2])
    assert not np.array_equal(signals[0], signals[1])
    # The first phrase is the first file of the share, at the bench's rate and level.
    first = sorted((shared_data / "speech").iterdir())[0]
    length_s = sf.info(first).duration
    sounding = np.flatnonzero(signals[0])
    gap = sounding[np.flatnonzero(np.diff(sounding) > 0.7 * RATE_HZ)[0]]
    assert 0.8 * length_s < (gap - sounding[0]) / RATE_HZ <= length_s
    assert len(source_files(config)) == 140 + 4


def test_folders_that_do_not_do_are_named(tmp_path: Path) -> None:
    config = one_sweep(measured={"microphones_from": tmp_path / "nowhere"})
    with pytest.raises(MicfpError, match=r"microphones_from: .*nowhere is no folder"):
        planned_recordings(config)
    (tmp_path / "x_90deg.txt").write_text("off axis")
    with pytest.raises(MicfpError, match="microphones_exclude leaves no file"):
        planned_recordings(one_sweep(measured={"microphones_from": tmp_path}))
    (tmp_path / "x.txt").write_text("no rows here\n")
    config = one_sweep(measured={"microphones_from": tmp_path})
    with pytest.raises(MicfpError, match=r"x\.txt: has no rows of `Hz dB`"):
        recordings(config, tmp_path / "out")
