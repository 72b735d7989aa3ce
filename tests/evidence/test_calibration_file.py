import json
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from micfp.errors import MicfpError
from micfp.evidence.bounds import Bounds
from micfp.evidence.calibration import Calibrated, Calibration, Validated
from micfp.evidence.calibration_file import MOST_BYTES, read_calibration, write_calibration
from micfp.evidence.logistic import Logistic
from micfp.evidence.strangers import Strangers

MAPPING = Logistic(
    np.array([0.5, 3.0]), np.array([2.0, 1.0]), np.array([[3.0, 0.25], [-1.0, 0.125]])
)
PLAIN = Logistic(np.zeros(1), np.ones(1), np.array([[np.log(10)], [0.0]]))
REPLICATES = np.array([[[3.0, 0.2], [-1.1, 0.1]], [[2.9, 0.3], [-0.9, 0.15]]])
OF_BEST = Logistic(np.zeros(3), np.ones(3), np.array([[2.0, 0, 0], [0, 0, -1.0]]))
ROW = Validated("ours", "Opus 24", "same", 1.0, 30, 900, 9000, 0.2, 0.1, 0.02, 0.01, 0.001)


@pytest.fixture
def calibration() -> Calibration:
    """One with a measure, two sittings and a row."""
    bounds, strangers = Bounds(-1.2, 1.5, "30 devices"), Strangers(OF_BEST, -0.25, 0.5)
    one = Calibrated(MAPPING, REPLICATES, bounds, PLAIN, strangers)
    return Calibration(
        name="Müller & Co",
        model_sha256="0" * 64,
        made_of="30 phones of ours",
        proposition="model",
        population="any other phone",
        sittings={"same": one, "any": replace(one, bounds=Bounds(0.0, 0.0, "none"))},
        validated=(ROW,),
    )


@pytest.fixture
def written(calibration: Calibration, tmp_path: Path) -> Path:
    """Its file."""
    write_calibration(calibration, tmp_path / "c.json")
    return tmp_path / "c.json"


def test_it_comes_back_equal_and_with_the_same_bytes(calibration, written, tmp_path) -> None:
    found = read_calibration(written)
    again = tmp_path / "again.json"
    write_calibration(found, again)
    assert again.read_bytes() == written.read_bytes()
    assert sorted(tmp_path.iterdir()) == [again, written]
    assert found.validated == calibration.validated
    assert (found.name, found.conditions) == ("Müller & Co", ("Opus 24",))
    assert list(found.sittings) == ["same", "any"]
    score, quality = np.array([-3.0, 0, 4]), np.array([[1.0], [2], [5]])
    for sitting, one in found.sittings.items():
        ours = calibration.sittings[sitting]
        assert one.bounds == ours.bounds
        for name in ("log10_lr", "low", "high"):
            theirs = getattr(one.weights(score, quality), name)
            assert theirs == pytest.approx(getattr(ours.weights(score, quality), name), abs=1e-5)
        assert (one.strangers.threshold, one.strangers.per_decade) == (-0.25, 0.5)


def test_weights_by_hand(calibration) -> None:
    # Score 2.5 and measure 4: z = 1 and 1. Slope 3 + 0.25, offset -1 + 0.125: log LR 2.375.
    # Replicates: 3.2 - 1.0 = 2.2 and 3.2 - 0.75 = 2.45; 2.5 and 97.5 % of two lie 1/40 inside.
    # A second measure is not used.
    found = calibration.sittings["same"].weights(np.array([2.5]), np.array([[4.0, 99.0]]))
    ln10 = np.log(10)
    assert found.log10_lr * ln10 == pytest.approx([2.375])
    assert found.low * ln10 == pytest.approx([2.2 + 0.25 / 40])
    assert found.high * ln10 == pytest.approx([2.45 - 0.25 / 40])


def test_the_best_against_none_of_them(calibration) -> None:
    one = calibration.sittings["same"]
    # By the plain mapping a score is the log10 LR; measures are left out.
    best, of_best, named = one.best(np.array([1.5, 0.5]), np.zeros((2, 4)))
    assert best == 0
    # 1.5 of two devices: 2 * 1.5 - log10(2), natural.
    assert of_best == pytest.approx((3 - np.log10(2)) / np.log(10))
    assert named == (of_best >= max(-0.25 + 0.5 * np.log10(2), 0))


def test_numbers_are_rounded_to_what_matters(written) -> None:
    content = json.loads(written.read_text())
    third = json.loads(written.read_text())
    third["sittings"]["same"]["logistic"]["slope"][0] = 1 / 3
    written.write_text(json.dumps(third))
    write_calibration(read_calibration(written), written)
    again = json.loads(written.read_text())
    assert again["sittings"]["same"]["logistic"]["slope"][0] == 0.333333
    content["sittings"]["same"]["logistic"]["slope"][0] = 0.333333
    assert again == content


def test_a_file_without_a_threshold_by_number_is_read(written) -> None:
    content = json.loads(written.read_text())
    del content["sittings"]["same"]["strangers"]["per_decade"]
    written.write_text(json.dumps(content))
    assert read_calibration(written).sittings["same"].strangers.per_decade == 0


def changed(*keys, to):
    """Content with a value in a place."""

    def change(content):
        place = content
        for key in keys[:-1]:
            place = place[key]
        place[keys[-1]] = to

    return change


ONE = ("sittings", "same")
HOSTILE = {
    "another version": changed("version", to=2),
    "no version": lambda content: content.pop("version"),
    "another key": changed("more", to=1),
    "infinite slope": changed(*ONE, "logistic", "slope", 0, to=float("inf")),
    "nan slope": changed(*ONE, "logistic", "slope", 0, to=float("nan")),
    "huge slope": changed(*ONE, "logistic", "slope", 0, to=1e300),
    "words for a number": changed(*ONE, "logistic", "offset", 0, to="one"),
    "spread of 0": changed(*ONE, "logistic", "spread", 0, to=0),
    "spread of next to 0": changed(*ONE, "logistic", "spread", 0, to=1e-300),
    "negative spread": changed(*ONE, "strangers", "logistic", "spread", 1, to=-1),
    "short row": changed(*ONE, "logistic", "slope", to=[1]),
    "empty row": changed(*ONE, "logistic", "slope", to=[]),
    "long row": changed(*ONE, "logistic", "slope", to=[1] * 17),
    "short replicate": changed(*ONE, "slopes", 0, to=[1]),
    "short replicates": lambda content: content["sittings"]["same"].update(
        slopes=[[1]] * 2, offsets=[[1]] * 2
    ),
    "replicates of two numbers": lambda content: content["sittings"]["same"]["slopes"].pop(),
    "no replicates": changed(*ONE, "slopes", to=[]),
    "strangers by two measures": changed(
        *ONE,
        "strangers",
        "logistic",
        to={name: [1, 1] for name in ("centre", "spread", "slope", "offset")},
    ),
    "nan threshold": changed(*ONE, "strangers", "threshold", to=float("nan")),
    "bounds that are crossed": changed(*ONE, "bounds", to={"lower": 1, "upper": -1, "why": ""}),
    "nan bound": changed(*ONE, "bounds", "upper", to=float("nan")),
    "wide bounds": changed(*ONE, "bounds", "upper", to=1e9),
    "no sitting": changed("sittings", to={}),
    "another proposition": changed("proposition", to="anything"),
    "a digest that is none": changed("model_sha256", to="../../etc/passwd"),
    "long name": changed("name", to="x" * 101),
    "no name": changed("name", to=""),
    "negative cost": changed("validated", 0, "cllr", to=-1),
    "a share above 1": changed("validated", 0, "eer", to=1.5),
    "a terminal's escape": changed("\x1b[31m", to=1),
}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_hostile_file_is_one_sentence(hostile, written) -> None:
    content = json.loads(written.read_text())
    HOSTILE[hostile](content)
    written.write_text(json.dumps(content))
    assert_one_sentence(written)


DAMAGED = {
    "empty": b"",
    "cut": None,
    "no JSON": b"calibration",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "too large": b" " * (MOST_BYTES + 1),
    "NUL": b"\0" * 100,
}


@pytest.mark.parametrize("damaged", DAMAGED)
def test_a_damaged_file_is_one_sentence(damaged, written) -> None:
    written.write_bytes(DAMAGED[damaged] or written.read_bytes()[:-300])
    assert_one_sentence(written)


def assert_one_sentence(path: Path) -> None:
    with pytest.raises(MicfpError) as caught:
        read_calibration(path)
    said = str(caught.value)
    assert said.startswith(f"{path}: not a calibration of this version (")
    assert said.endswith("); make it again with `micfp validate`")
    assert said.isprintable()
    assert len(said) < 600
    assert "(:" not in said


def test_another_version_is_named_though_other_keys_differ_too(written) -> None:
    written.write_text(json.dumps({"version": 7, "what": "came later"}))
    with pytest.raises(MicfpError, match="it is of version 7, not 1"):
        read_calibration(written)


def test_no_file_and_a_folder(tmp_path) -> None:
    with pytest.raises(MicfpError, match="no such file"):
        read_calibration(tmp_path / "none.json")
    os.mkfifo(tmp_path / "pipe")
    for other in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(MicfpError, match="not a calibration"):
            read_calibration(other)


def test_what_cannot_be_written_is_one_sentence(calibration, tmp_path) -> None:
    with pytest.raises(MicfpError, match=r"c.json: .*name"):
        write_calibration(replace(calibration, name="x" * 101), tmp_path / "c.json")
    with pytest.raises(MicfpError, match=r"c.json: .*name"):
        write_calibration(replace(calibration, name="\udcff"), tmp_path / "c.json")
    assert not (tmp_path / "c.json").exists()
    (tmp_path / "file").touch()
    for folder in ("no folder", "file"):
        with pytest.raises(
            MicfpError, match=r"c.json: the calibration could not be written there \(\w+"
        ):
            write_calibration(calibration, tmp_path / folder / "c.json")


def test_what_was_there_stays_where_writing_fails(calibration, written, monkeypatch) -> None:
    before = written.read_bytes()

    def full(self, text, **_):
        self.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(MicfpError, match=r"calibration could not be written there \(No space left"):
        write_calibration(calibration, written)
    assert written.read_bytes() == before
    assert list(written.parent.iterdir()) == [written]
