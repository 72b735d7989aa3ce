"""`micfp compare`: a known filter, noise and hum between two devices; what is refused."""

import csv
import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import scipy.signal
import soundfile as sf

from micfp.casework.compare.hum import hum
from micfp.casework.compare.output import FIGURE, TABLE
from micfp.cli import main
from tests.casework.made_up import RATE_HZ, voice

Run = Callable[..., tuple[int, str, str]]
CENTRE_HZ, GAIN_DB = 2000.0, 9.0


def peaked(samples: np.ndarray) -> np.ndarray:
    """A peak of 9 dB at 2 kHz, an octave wide (the audio-EQ cookbook of Bristow-Johnson)."""
    w, amplitude = 2 * np.pi * CENTRE_HZ / RATE_HZ, 10 ** (GAIN_DB / 40)
    alpha = np.sin(w) / (2 * 1.4)
    b = [1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude]
    a = [1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude]
    return scipy.signal.lfilter(b, a, samples).astype(np.float32)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """plain0.wav to plain3.wav, and the first two through the filter."""
    out = tmp_path_factory.mktemp("recorded")
    for seed in range(4):
        samples = voice(12.0, seed)
        sf.write(out / f"plain{seed}.wav", samples, RATE_HZ)
        if seed < 2:
            sf.write(out / f"peaked{seed}.wav", 0.5 * peaked(samples), RATE_HZ)
    return out


@pytest.fixture
def micfp(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Run:
    monkeypatch.chdir(recorded)

    def run(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_known_filter_is_found_where_it_is(micfp: Run) -> None:
    asked = ("--a", "peaked0.wav", "--a", "peaked1.wav", "--b", "plain2.wav", "--b", "plain3.wav")
    status, out, _ = micfp("compare", *asked, "--sitting", "same", "--json")
    said = json.loads(out)
    assert status == 0
    assert said["refused"] is None
    hz = np.array([one["frequency_hz"] for one in said["bands"]])
    found = np.array([one["difference_db"] for one in said["bands"]])
    # What the filter does, less its mean over bands, since gain says nothing.
    w, amplitude = 2 * np.pi * CENTRE_HZ / RATE_HZ, 10 ** (GAIN_DB / 40)
    alpha = np.sin(w) / (2 * 1.4)
    b = [1 + alpha * amplitude, -2 * np.cos(w), 1 - alpha * amplitude]
    a = [1 + alpha / amplitude, -2 * np.cos(w), 1 - alpha / amplitude]
    truth = 20 * np.log10(np.abs(scipy.signal.freqz(b, a, hz, fs=RATE_HZ)[1]))
    truth -= truth.mean()
    assert np.abs(found - truth).max() < 2.5
    low, high = (np.array([one[key] for one in said["bands"]]) for key in ("low_db", "high_db"))
    assert ((low <= truth) & (truth <= high)).all()
    (most,) = [one for one in said["significant"] if one["low_hz"] < 2000 < one["high_hz"]]
    assert most["difference_db"] > 5
    assert len(said["a"]["recordings"]) == len(said["b"]["recordings"]) == 2

    status, out, _ = micfp("compare", *asked, "--out", "out")  # sittings may differ: wider
    assert status == 0
    assert "beyond what rooms, places and speakers make" in out
    rows = list(csv.DictReader(Path("out", TABLE).read_text().splitlines()))
    wider = [float(one["high_db"]) - float(one["low_db"]) for one in rows]
    assert (np.array(wider) > high - low + 2).all()
    assert Path("out", FIGURE).stat().st_size > 10_000


def test_one_device_does_not_differ_from_itself(micfp: Run) -> None:
    asked = ("--a", "plain0.wav", "--a", "plain1.wav", "--b", "plain2.wav", "--b", "plain3.wav")
    status, out, _ = micfp("compare", *asked, "--sitting", "same")
    assert status == 0
    assert "responses differ significantly in 0 of" in out
    again = micfp("compare", *asked, "--sitting", "same")[1]
    assert again == out


def test_too_little_is_refused_and_the_rest_is_named(micfp: Run) -> None:
    sf.write("short.wav", voice(3.0), RATE_HZ)
    Path("none.wav").write_text("no audio")
    asked = ("--a", "plain0.wav", "--a", "none.wav", "--b", "short.wav")
    status, out, err = micfp("compare", *asked)
    assert (status, out) == (3, "")
    assert "has no part: none.wav" in err
    assert "3 pieces of 1 s with speech are in the recordings of B, and 5 are needed" in err
    status, out, _ = micfp("compare", *asked, "--json")
    said = json.loads(out)
    assert (status, said["bands"], said["significant"]) == (3, [], [])
    assert "are needed" in said["refused"]
    status, _, err = micfp("compare", *asked, "--sitting", "maybe")
    assert status == 2
    assert "'maybe' is no sitting" in err


def test_pauses_are_no_pieces(micfp: Run) -> None:
    samples = voice(12.0)
    samples[6 * RATE_HZ :] *= 0.0003  # what is left there is as quiet as its noise
    samples += np.random.default_rng(0).normal(0, 5e-4, len(samples)).astype(np.float32)
    sf.write("paused.wav", samples, RATE_HZ)
    said = json.loads(micfp("compare", "--a", "paused.wav", "--b", "plain1.wav", "--json")[1])
    assert said["a"]["recordings"][0]["pieces"] in (5, 6)
    assert said["b"]["recordings"][0]["pieces"] in (11, 12)


@pytest.mark.parametrize("mains_hz", [50.0, 60.0])
def test_hum_is_measured(mains_hz: float) -> None:
    time_s = np.arange(16 * RATE_HZ) / RATE_HZ
    exact_hz = mains_hz * 1.0005  # 25 mHz off, as mains are
    amplitudes = (0.004, 0.003, 0.002)
    lines = sum(
        one * np.sin(2 * np.pi * k * exact_hz * time_s + k) for k, one in enumerate(amplitudes, 1)
    )
    # Bursts of noise that come and go: the voice of these tests glides in circles, and has lines.
    rng = np.random.default_rng(0)
    level = np.repeat(rng.choice([0.001, 0.05], 16 * 5), RATE_HZ // 5)
    noise = level * rng.standard_normal(len(time_s))
    samples = (noise + lines).astype(np.float32)
    found = hum(samples, RATE_HZ)
    assert found is not None
    assert (found.mains_hz, found.n_lines) == (mains_hz, 3)
    # Mean square of the lines: sum of A^2 / 2.
    assert found.level_dbfs == pytest.approx(
        10 * np.log10(sum(one**2 / 2 for one in amplitudes)), abs=1.5
    )
    assert hum(noise.astype(np.float32), RATE_HZ) is None
    assert hum(samples[: 5 * RATE_HZ], RATE_HZ) is None  # too short to tell
