"""`micfp identify`, `verify` and `validate` on real phones: answers, and what they hang on."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from encoded import encode

from micfp.cli import main
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION

KEYS = {
    *("path", "answer", "ranking", "none_of_these", "refused", "quality", "conditional_on"),
    "warnings",
}
Run = Callable[..., tuple[int, list[dict[str, Any]], str]]


@pytest.fixture(scope="module")
def phones(shared_data: Path) -> list[str]:
    """Names of eight phones, as their files have them; the last two are never enrolled."""
    names = sorted(
        {path.stem.rsplit("_", 1)[0] for path in (shared_data / "ccnu_mobile").glob("*.wav")}
    )
    return [name for name in names if name != "vivo_x7"][::4][:8]


@pytest.fixture(scope="module")
def case(phones: list[str], shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a case of six phones, three utterances each."""
    folder = tmp_path_factory.mktemp("case")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in phones[:6]:
            known = [recording(shared_data, name, number) for number in (1, 2, 3)]
            patch.setattr(sys, "argv", ["micfp", "enroll", name, *map(str, known)])
            main_status()
    return folder


def recording(shared_data: Path, name: str, number: int) -> Path:
    return shared_data / "ccnu_mobile" / f"{name}_{number}.wav"


def main_status() -> int:
    try:
        main()
    except SystemExit as end:
        return int(end.code or 0)
    return 0


@pytest.fixture
def asked(case: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs `micfp WORDS... --json` beside the case: its status, its records, its errors."""

    def run(*words: object) -> tuple[int, list[dict[str, Any]], str]:
        monkeypatch.chdir(case)
        monkeypatch.setattr(sys, "argv", ["micfp", *map(str, words), "--json"])
        status = main_status()
        said = capsys.readouterr()
        return status, [json.loads(line) for line in said.out.splitlines()], said.err

    return run


def as_messenger(source: Path, out: Path) -> Path:
    """The recording as Opus at 24 kbit/s, in a file as messengers send it."""
    import soxr

    samples, rate_hz = sf.read(source, dtype="float32")
    played = np.asarray(soxr.resample(samples, rate_hz, 48_000), np.float32)
    encode(out, played[:, None], "libopus", 48_000, "ogg", bit_s=24_000)
    return out


def test_messenger_copies_are_named_and_an_unknown_phone_is_none_of_these(
    asked: Run, phones: list[str], shared_data: Path, tmp_path: Path
) -> None:
    notes = [
        as_messenger(recording(shared_data, name, 4), tmp_path / f"{name}.ogg") for name in phones
    ]
    status, records, _ = asked("identify", *notes)
    assert status == 0
    assert [record["path"] for record in records] == [str(note) for note in notes]
    for record in records:
        assert record.keys() == KEYS
        assert record["refused"] is None
        ratios = [one["log10_lr"] for one in record["ranking"]]
        assert ratios == sorted(ratios, reverse=True)
        lower, upper = record["conditional_on"]["bounds_log10"]
        for one in record["ranking"]:
            assert lower <= one["interval"][0] <= one["log10_lr"] <= one["interval"][1] <= upper
    answers = [record["answer"] for record in records]
    right = sum(answer == name for answer, name in zip(answers[:6], phones[:6], strict=True))
    # Two of the six are alike, an iPad Air and an iPad 7: rather no answer than a wrong one.
    assert right >= 4
    assert all(answer in (name, None) for answer, name in zip(answers, phones, strict=True))
    assert answers[6:] == [None, None]
    assert all(record["none_of_these"] > 0 for record in records[6:])


def test_what_cannot_be_judged_is_refused_and_costs_no_other_its_answer(
    asked: Run, phones: list[str], shared_data: Path, tmp_path: Path
) -> None:
    sf.write(tmp_path / "silence.wav", np.zeros(48_000, np.float32), 48_000)
    (tmp_path / "no-sound.wav").write_text("no sound")
    good = recording(shared_data, phones[0], 4)
    status, records, _ = asked(
        "identify", tmp_path / "silence.wav", tmp_path / "no-sound.wav", good
    )
    assert status == 3
    assert [record["answer"] for record in records] == [None, None, phones[0]]
    assert "digital silence" in records[0]["refused"]
    assert "no-sound.wav" in records[1]["refused"]
    assert records[0]["ranking"] == []
    assert records[2]["refused"] is None


def test_two_recordings_of_one_phone_and_of_two(
    asked: Run, phones: list[str], shared_data: Path
) -> None:
    first, second = (recording(shared_data, phones[0], number) for number in (1, 4))
    other = recording(shared_data, phones[1], 4)
    status, (same,), _ = asked("verify", first, second, "--sitting", "same")
    assert status == 0
    assert {"a", "b", "log10_lr", "interval", "refused", "proposition", "warnings"} <= same.keys()
    assert same["log10_lr"] > 0.5
    assert same["proposition"] == "model"
    status, (different,), _ = asked("verify", first, other, "--sitting", "same")
    assert different["log10_lr"] < -0.5
    # The same pair the other way round.
    (turned,) = asked("verify", other, first, "--sitting", "same")[1]
    assert turned["log10_lr"] == pytest.approx(different["log10_lr"], abs=0.01)


def test_a_person_reads_both_hypotheses_and_what_it_hangs_on(
    case: Path,
    phones: list[str],
    shared_data: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(case)
    question = recording(shared_data, phones[0], 4)
    monkeypatch.setattr(sys, "argv", ["micfp", "identify", str(question)])
    assert main_status() == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{question}: {phones[0]}\n")
    claim = f"{phones[0]}, or one of its model that sounds like it, made it"
    assert f"times likelier if {claim} than if any other phone made it" in said
    assert f"support that {claim}" in said
    assert "calibration default (100 virtual phones" in said
    assert "it was not said whether recordings are of one sitting" in said
    assert "probab" not in said


def test_a_calibration_of_another_model_is_refused(
    asked: Run, phones: list[str], shared_data: Path, tmp_path: Path
) -> None:
    content = json.loads(SHIPPED_CALIBRATION.read_text())
    (tmp_path / "other.json").write_text(json.dumps(content | {"model_sha256": "0" * 64}))
    question = recording(shared_data, phones[0], 4)
    status, records, said = asked("identify", question, "--calibration", tmp_path / "other.json")
    assert (status, records) == (2, [])
    assert "is of another fingerprint model (000000000000)" in said
    mapping = content["sittings"]["any"]
    for rows in (mapping["logistic"].values(), mapping["slopes"], mapping["offsets"]):
        for row in rows:
            row += [1.0] * 9
    (tmp_path / "more.json").write_text(json.dumps(content))
    status, _, said = asked("identify", question, "--calibration", tmp_path / "more.json")
    assert status == 2
    assert "hangs on 9 measures of a pair, and " in said
    status, _, said = asked("identify", question, "--sitting", "yesterday")
    assert status == 2
    assert "'yesterday' is no sitting: give same, other, any" in said


def test_a_laboratory_validates_and_answers_name_its_calibration(
    phones: list[str],
    shared_data: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in phones:
        for number in (1, 2, 3, 4):
            folder = Path("own") / name / f"day-{1 + number % 2}"
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copy(recording(shared_data, name, number), folder / f"{number}.wav")
    monkeypatch.setattr(sys, "argv", ["micfp", "validate", "own", "--name", "our lab", "--json"])
    assert main_status() == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["sitting"] for row in rows} >= {"other", "any"}
    for row in rows:
        assert row["n_devices"] <= 8
        assert 0 <= row["cllr_min"] <= row["cllr"] + 1e-3
    clean = [row for row in rows if row["sitting"] == "any" and row["test_s"] == 3]
    assert clean[0]["verdict"] == "may be used"
    words = [
        "micfp",
        "verify",
        "--json",
        *(str(recording(shared_data, phones[0], n)) for n in (1, 4)),
    ]
    monkeypatch.setattr(sys, "argv", words)
    assert main_status() == 0
    record = json.loads(capsys.readouterr().out)
    assert record["conditional_on"]["calibration"] == "our lab"
    assert max(record["conditional_on"]["bounds_log10"]) <= np.log10(8) + 1e-9


def test_a_changed_speed_is_refused_beside_references_of_the_same_sitting(
    asked: Run, phones: list[str], shared_data: Path, tmp_path: Path
) -> None:
    samples, rate_hz = sf.read(recording(shared_data, phones[0], 4), dtype="float32")
    sf.write(tmp_path / "faster.wav", samples, round(1.12 * rate_hz))
    status, (record,), _ = asked("identify", tmp_path / "faster.wav", "--sitting", "same")
    assert status == 3
    assert "its pitch or speed seems changed by +12 %" in record["refused"]
    assert record["answer"] is None
