"""`micfp response`: a known filter comes back, through noise, other rates and clocks."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile as sf
import soxr

from micfp.bench.stimuli import content_signal, sine_sweep, start_marker
from micfp.casework.response.output import FIGURE, SOUND, TABLE
from micfp.casework.response.response import NoSweepError, response
from micfp.casework.response.sweeps import sweeps
from micfp.cli import main
from micfp.config.bench import BenchConfig, ContentConfig
from micfp.errors import MicfpError
from tests.casework.made_up import voice

CONFIG = BenchConfig()
RATE_HZ = CONFIG.adc.sample_rate_hz
PEAK_HZ, LOW_HZ = 3000.0, 120.0


@pytest.fixture(scope="module")
def stimulus() -> np.ndarray:
    """A marker, noise bursts, and what `micfp stimulus` plays as sweeps: three of them."""
    contents = (("noise", 4), ("sweep", 12))
    signals = [
        content_signal(CONFIG, 3, ContentConfig(name=f"{kind}-a", kind=kind, duration_s=s))
        for kind, s in contents
    ]
    return np.concatenate([start_marker(CONFIG.stimuli, RATE_HZ), *signals])


def filters(rate_hz: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A peak of 6 dB at 3 kHz, and a high-pass of second order at 120 Hz."""
    b, a = scipy.signal.iirpeak(PEAK_HZ, 3, fs=rate_hz)
    return b, a, scipy.signal.butter(2, LOW_HZ, btype="high", fs=rate_hz, output="sos")


def chain(
    played: np.ndarray, rate_hz: int, ppm: float, snr_db: float, offset_s: float
) -> np.ndarray:
    """What a device with a clock of its own records of a sound."""
    heard = soxr.resample(played, RATE_HZ, rate_hz * (1 + ppm / 1e6), quality="VHQ").astype(float)
    b, a, high_pass = filters(rate_hz)
    made = scipy.signal.sosfilt(high_pass, heard + scipy.signal.lfilter(b, a, heard))
    made = np.concatenate([np.zeros(round(offset_s * rate_hz)), made, np.zeros(rate_hz)])
    noise = np.random.default_rng(1).standard_normal(len(made))
    return (made + noise * made.std() * 10 ** (-snr_db / 20)).astype(np.float32)


def truth_db(hz: np.ndarray, rate_hz: int) -> np.ndarray:
    b, a, high_pass = filters(rate_hz)
    peak = 1 + scipy.signal.freqz(b, a, hz, fs=rate_hz)[1]
    found = 20 * np.log10(np.abs(peak * scipy.signal.sosfreqz(high_pass, hz, fs=rate_hz)[1]))
    return found - found[(hz >= 500) & (hz <= 2000)].mean()


@pytest.mark.parametrize(
    ("rate_hz", "ppm", "snr_db"), [(48_000, 80, 40), (44_100, 0, 40), (16_000, -150, 25)]
)
def test_a_known_filter_comes_back(
    stimulus: np.ndarray, rate_hz: int, ppm: float, snr_db: float
) -> None:
    found = response(chain(stimulus, rate_hz, ppm, snr_db, 1.3), rate_hz, stimulus, RATE_HZ)
    assert [one.sweep for one in found.arrivals] == [0, 1, 2]
    starts_s = [one.start_s for one in sweeps(stimulus, RATE_HZ)]
    expected_s = 1.3 + np.array(starts_s) * (1 + ppm / 1e6)
    heard_s = [one.start / rate_hz for one in found.arrivals]
    assert heard_s == pytest.approx(expected_s, abs=0.002)  # the filter itself delays a little
    assert found.clock_ppm == pytest.approx(ppm, abs=4)
    error_db = found.level_db - truth_db(found.hz, rate_hz)
    assert found.hz[0] < 30
    assert found.hz[-1] > min(17_000, 0.42 * rate_hz)
    assert np.isfinite(error_db[found.hz > 60]).all()
    assert np.nanmax(np.abs(error_db)) < 0.5
    assert np.sqrt(np.nanmean(error_db**2)) < 0.1
    assert np.nanmedian(found.high_db - found.low_db) < 0.5


def test_an_impulse_is_as_sharp_by_another_clock(stimulus: np.ndarray) -> None:
    """200 ppm of a sweep of 3 s are 29 samples, over which the impulse would be smeared."""
    alike, other = (
        response(chain(stimulus, RATE_HZ, ppm, 60, 0.5), RATE_HZ, stimulus, RATE_HZ)
        for ppm in (0, 200)
    )
    assert other.clock_ppm == pytest.approx(200, abs=4)
    # At the best shift, in eighths of a sample: arrivals are whole ones.
    a, b = (scipy.signal.resample(one.impulse[:2000], 16_000) for one in (alike, other))
    both = scipy.signal.correlate(a, b, "full", "fft").max()
    assert both / (np.linalg.norm(a) * np.linalg.norm(b)) > 0.98


def test_a_stimulus_that_was_played_twice_and_one_sweep_alone(stimulus: np.ndarray) -> None:
    twice = np.concatenate([stimulus, np.zeros(2 * RATE_HZ, np.float32), stimulus])
    found = response(chain(twice, RATE_HZ, 60, 40, 0.5), RATE_HZ, stimulus, RATE_HZ)
    assert [one.sweep for one in found.arrivals] == [0, 1, 2] * 2
    assert found.clock_ppm == pytest.approx(60, abs=10)
    first = sweeps(stimulus, RATE_HZ)[0]
    stop = round(first.start_s * RATE_HZ) + len(first.samples) + RATE_HZ // 2
    found = response(chain(stimulus[:stop], RATE_HZ, 0, 40, 0.5), RATE_HZ, stimulus, RATE_HZ)
    assert [one.sweep for one in found.arrivals] == [0]
    assert found.clock_ppm is None
    assert np.isnan(found.low_db).all()
    assert np.nanmax(np.abs(found.level_db - truth_db(found.hz, RATE_HZ))) < 0.5
    assert any("clocks are taken to be equal" in one for one in found.warnings)


def test_bands_below_the_noise_have_no_level(stimulus: np.ndarray) -> None:
    found = response(chain(stimulus, RATE_HZ, 0, 0, 0.5), RATE_HZ, stimulus, RATE_HZ)
    there = np.isfinite(found.level_db)
    assert there[(found.hz > 200) & (found.hz < 2000)].all()
    assert not there[found.hz > 12_000].any()  # a sweep has little there, white noise much
    error_db = np.abs(found.level_db - truth_db(found.hz, RATE_HZ))[there]
    assert np.quantile(error_db, 0.9) < 1.5


def test_what_is_no_sweep_is_none(stimulus: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    time_s = np.arange(3 * RATE_HZ) / RATE_HZ
    straight = np.sin(2 * np.pi * (100 * time_s + 3000 * time_s**2))
    tone = np.sin(2 * np.pi * 1000 * time_s)
    gap = np.zeros(RATE_HZ // 2)
    real = sine_sweep(40, 15_000, 1.5, RATE_HZ)
    noise = rng.standard_normal(len(time_s))
    voiced = soxr.resample(voice(3.0), 16_000, RATE_HZ)
    parts = [0.3 * straight, gap, 0.3 * tone, gap, 0.1 * noise, gap, voiced, gap, 0.5 * real]
    (found,) = sweeps(np.concatenate(parts).astype(np.float32), RATE_HZ)
    assert len(found.samples) == pytest.approx(1.5 * RATE_HZ, abs=100)
    assert (found.low_hz, found.high_hz) == pytest.approx((40, 15_000), rel=0.03)
    for other in (0.1 * noise, voiced, 0.3 * straight, 0.3 * tone):
        with pytest.raises(NoSweepError, match="none of the 3 sweeps"):
            response(other.astype(np.float32), RATE_HZ, stimulus, RATE_HZ)
    with pytest.raises(MicfpError, match="holds no exponential sweep"):
        response(stimulus, RATE_HZ, voiced.astype(np.float32), RATE_HZ)


def test_the_command(
    stimulus: np.ndarray,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    sf.write("played.wav", stimulus, RATE_HZ)
    sf.write("heard.wav", chain(stimulus, 44_100, 80, 40, 1.0), 44_100)
    sf.write("voice.wav", voice(5.0), 16_000)

    def micfp(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["micfp", "response", *words])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    status, out, _ = micfp("heard.wav", "--stimulus", "played.wav", "--out", "out")
    assert status == 0
    assert out.startswith("heard.wav: 3 sweeps found (3 in the stimulus), clock +")
    assert "loudspeaker, room and microphone together" in out
    rows = list(csv.DictReader(Path("out", TABLE).read_text().splitlines()))
    assert list(rows[0]) == ["frequency_hz", "level_db", "low_db", "high_db", "snr_db"]
    impulse, rate_hz = sf.read(Path("out", SOUND))
    assert (rate_hz, np.abs(impulse).max()) == (44_100, pytest.approx(0.5, abs=1e-3))
    assert np.argmax(np.abs(impulse)) == pytest.approx(0.01 * rate_hz, abs=20)
    assert Path("out", FIGURE).stat().st_size > 5000

    status, out, _ = micfp("heard.wav", "--stimulus", "played.wav", "--json")
    said = json.loads(out)
    assert (status, len(said["sweeps"]), len(said["bands"])) == (0, 3, len(rows))
    assert said["refused"] is None
    status, out, err = micfp("voice.wav", "--stimulus", "played.wav")
    assert (status, out) == (3, "")
    assert "none of the 3 sweeps" in err
    status, out, _ = micfp("voice.wav", "--stimulus", "played.wav", "--json")
    assert "none of the 3 sweeps" in json.loads(out)["refused"]
    status, _, err = micfp("none.wav", "--stimulus", "played.wav")
    assert status == 2
    assert "none.wav: no such file" in err
