"""`micfp scan`: answers and refusals, files and exit statuses."""

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from made_up import RATE_HZ, voice

from micfp.audio import read, write_wav
from micfp.casework.scan.scanning import scan_samples
from micfp.casework.scan.weigh import shipped
from micfp.cli import main
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.spectra import HOP_S, WINDOW_S
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing

KEYS = {"path", "duration_s", "changes", "segments", "refused", "warnings"}
CUT_S = 5.0
Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Status, JSON objects, and everything that was printed."""

    def call(*arguments: object) -> tuple[int, list[dict[str, Any]], str]:
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, arguments)])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = int(end.code or 0)
        printed = capsys.readouterr()
        rows = [json.loads(line) for line in printed.out.splitlines() if line.startswith("{")]
        return status, rows, printed.out + printed.err

    return call


@pytest.fixture(scope="module")
def splice(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One utterance by one phone up to 5 s, then another by a phone of another make, as loud."""
    first, second = _spoken(shared_data, "xiaomi8se", 3), _spoken(shared_data, "IPHONE6", 4)
    a, b = first[: round(CUT_S * 32_000)], second[-160_000:]
    b = b * np.float32(np.sqrt(np.mean(a**2) / np.mean(b**2)))
    path = tmp_path_factory.mktemp("splice") / "splice.wav"
    write_wav(path, np.concatenate([a, b]), 32_000)
    return path


def _spoken(shared_data: Path, phone: str, utterance: int) -> np.ndarray:
    return read(shared_data / "ccnu_mobile" / f"{phone}_{utterance}.wav", channel=0)[0]


def test_a_splice_is_found_and_its_halves_are_named(
    run: Run, splice: Path, shared_data: Path, tmp_path: Path
) -> None:
    """Both phones are enrolled by other utterances; the cut is at 5 s."""
    case = tmp_path / "case.micfp"
    for phone in ("xiaomi8se", "IPHONE6"):
        known = [shared_data / "ccnu_mobile" / f"{phone}_{number}.wav" for number in (1, 2)]
        assert run("enroll", phone, *known, "--case", case)[0] == 0
    out = tmp_path / "out"
    asked = ["scan", splice, "--case", case, "--sitting", "same", "--out", out, "--json"]
    status, (found,), _ = run(*asked)
    assert status == 0
    assert set(found) == KEYS
    (change,) = (one for one in found["changes"] if one["track"] == "device")
    assert abs(change["time_s"] - CUT_S) < 0.2
    assert change["interval_s"][0] < CUT_S < change["interval_s"][1]
    assert change["log10_lr"] > 0
    assert [one["device"] for one in found["segments"]] == ["xiaomi8se", "IPHONE6"]
    assert found["segments"][0]["stop_s"] == found["segments"][1]["start_s"] == change["time_s"]
    written = {path.name for path in (out / "splice.wav").iterdir()}
    assert {"labels.txt", "scan.png"} < written
    assert any(name.startswith("001-") for name in written)


def test_a_change_of_device_that_passes_for_one_of_the_room_misnames_nothing(
    run: Run, shared_data: Path, tmp_path: Path
) -> None:
    """5 s of an iPhone X, then 5 s of an S8 of the same sitting: a room seems to change.

    By the whole recording one device would be named for both halves.
    """
    case, phones = tmp_path / "case.micfp", {"IPHONEX": "iPhone X", "SAMSUNG_S8": "S8"}
    for phone, name in phones.items():
        known = [shared_data / "ccnu_mobile" / f"{phone}_{number}.wav" for number in (1, 2, 3)]
        assert run("enroll", name, *known, "--case", case)[0] == 0
    a, b = (_spoken(shared_data, phone, 4) for phone in phones)
    a, b = a[: 5 * 32_000], b[-5 * 32_000 :]
    b = b * np.float32(np.sqrt(np.mean(a**2) / np.mean(b**2)))
    write_wav(tmp_path / "splice.wav", np.concatenate([a, b]), 32_000)
    status, (found,), _ = run("scan", tmp_path / "splice.wav", "--case", case, "--json")
    assert status == 0
    assert [one["device"] for one in found["segments"]] == ["iPhone X", "S8"]
    if not any(one["track"] == "device" for one in found["changes"]):
        (warning,) = found["warnings"]
        assert "the name of the device changes from iPhone X to S8" in warning
    assert run("devices", "remove", "S8", "--case", case)[0] == 0
    status, (found,), _ = run("scan", tmp_path / "splice.wav", "--case", case, "--json")
    first, second = found["segments"]
    assert first["device"] == "iPhone X"
    assert second["device"] != "iPhone X"


def test_without_a_case_both_halves_are_unknown(run: Run, splice: Path) -> None:
    status, _, printed = run("scan", splice)
    assert status == 0
    assert "unknown 1" in printed
    assert "unknown 2" in printed
    assert "no proof of a cut" in printed
    assert "counted in each recording anew" in printed


def test_who_is_not_named_has_the_answer_of_identify(
    run: Run, shared_data: Path, tmp_path: Path
) -> None:
    """An iPad is enrolled; a phone is scanned: none of the enrolled, and no number."""
    case, asked = tmp_path / "case.micfp", shared_data / "ccnu_mobile" / "xiaomi_mix2_3.wav"
    known = [shared_data / "ccnu_mobile" / f"Apple_air1_{number}.wav" for number in (1, 2)]
    assert run("enroll", "iPad", *known, "--case", case)[0] == 0
    _, _, identified = run("identify", asked, "--case", case)
    answer = identified.splitlines()[0].partition(".wav: ")[2]
    assert answer == "none of the enrolled devices"
    _, _, printed = run("scan", asked, "--case", case)
    assert f"s: {answer}; one device throughout, as far as was seen" in printed
    assert "unknown" not in printed
    _, _, printed = run("scan", asked)
    assert "s: one device throughout, as far as was seen" in printed
    assert "names of segments" not in printed


def test_one_phone_does_not_change(run: Run, shared_data: Path) -> None:
    path = shared_data / "ccnu_mobile" / "xiaomi_mix2_3.wav"
    status, (found,), _ = run("scan", path, "--json")
    assert status == 0
    assert [one for one in found["changes"] if one["track"] == "device"] == []
    (segment,) = found["segments"]
    assert segment["device"] == "unknown 1"
    assert segment["start_s"] == 0


def test_what_cannot_be_answered_is_said_and_the_rest_goes_on(run: Run, tmp_path: Path) -> None:
    """Silence, 3 s of a voice, no audio, and a voice, in this order."""
    names = ["silence.wav", "short.wav", "text.wav", "voice.wav"]
    sf.write(tmp_path / names[0], np.zeros(6 * RATE_HZ, np.float32), RATE_HZ)
    sf.write(tmp_path / names[1], voice(3.0), RATE_HZ)
    (tmp_path / names[2]).write_text("no audio")
    sf.write(tmp_path / names[3], voice(6.0), RATE_HZ)
    status, rows, _ = run("scan", *(tmp_path / name for name in names), "--json")
    assert status == 3
    assert [row["path"].rpartition("/")[2] for row in rows] == names
    reasons = [row["refused"] for row in rows]
    assert "digital silence" in reasons[0]
    assert "3.00 s long" in reasons[1]
    assert "text.wav" in reasons[2]
    assert reasons[3] is None
    assert [len(row["segments"]) for row in rows] == [0, 0, 0, 1]


def test_the_shortest_recording_has_one_moment() -> None:
    """Two windows of 126 frames: (2 x 126 - 1) x 0.016 s + 0.064 s = 4.08 s."""
    weighing = load_weighing("any", calibration=SHIPPED_CALIBRATION)
    n = round(((2 * 126 - 1) * HOP_S + WINDOW_S) * RATE_HZ)
    samples = voice(5.0)
    assert scan_samples(samples[: n - 400], RATE_HZ, weighing).refused is not None
    found = scan_samples(samples[:n], RATE_HZ, weighing)
    assert found.refused is None
    assert len(found.tracks[0].times_s) == 1
    assert found.tracks[0].threshold == shipped().moment_threshold


def test_samples_that_are_none_are_one_sentence() -> None:
    weighing = load_weighing("any", calibration=SHIPPED_CALIBRATION)
    samples = voice(6.0)
    samples[100] = np.nan
    with pytest.raises(MicfpError, match="NaN"):
        scan_samples(samples, RATE_HZ, weighing)


def test_ctrl_c_is_said(tmp_path: Path) -> None:
    """After the first answer, with many files to go."""
    sf.write(tmp_path / "voice.wav", voice(6.0), RATE_HZ)
    micfp = [sys.executable, "-c", "import micfp.cli; micfp.cli.main()", "scan"]
    started = subprocess.Popen(
        [*micfp, *[str(tmp_path / "voice.wav")] * 100],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A shell that runs the tests in the background has them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert started.stdout is not None
    assert "no change was found" in started.stdout.readline()
    started.send_signal(signal.SIGINT)
    _, said = started.communicate(timeout=60)
    assert started.returncode == 130
    assert said == "micfp: stopped by Ctrl-C; what was answered before stands\n"


def test_a_case_that_is_not_there_is_a_wrong_use(run: Run, tmp_path: Path) -> None:
    sf.write(tmp_path / "voice.wav", voice(6.0), RATE_HZ)
    status, _, printed = run("scan", tmp_path / "voice.wav", "--case", tmp_path / "none.micfp")
    assert status == 2
    assert "here: enrol first" in printed
