"""Enrolling: what becomes a reference, what is refused, and what is said of each file."""

import faulthandler
import hashlib
import os
import signal
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from made_up import RATE_HZ, voice

from micfp.audio import read
from micfp.casework.case_file import open_case
from micfp.casework.enrol import Enrolled, enrol
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import SHIPPED, Loaded, load_model
from micfp.fingerprint.weighed import listening
from micfp.fingerprint.weighed.listening import Recording


@pytest.fixture(scope="module")
def model() -> Loaded:
    return load_model(SHIPPED)


def enrolled(folder: Path, model: Loaded, name: str, *paths: Path, **how: Any) -> list[Enrolled]:
    with open_case(folder / "case.micfp", create=True) as case:
        return list(enrol(case, name, paths, model, **how))


def kept(folder: Path) -> list[Recording]:
    with open_case(folder / "case.micfp") as case:
        return [one.recording for one in case.references()]


def test_a_reference_is_the_fingerprint_of_its_file(model: Loaded, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, voice(), RATE_HZ, "FLOAT")
    (one,) = enrolled(tmp_path, model, "desk", path)
    assert (one.device, one.path, one.accepted, one.refused) == ("desk", str(path), True, None)
    assert one.warnings == ()
    (found,) = kept(tmp_path)
    expected = model.model.fingerprint(voice(), RATE_HZ)
    np.testing.assert_array_equal(found.fingerprint.vectors, expected.vectors)
    # Half of 2 s is loud; a frame of 64 ms that touches it is heard, which adds some.
    assert 1.0 < found.fingerprint.active_s < 2.0
    assert (found.channel, found.track) == ("mean", 0)
    assert (found.sample_rate_hz, found.n_samples) == (16_000, 32_000)
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_real_recordings(model: Loaded, tmp_path: Path, shared_data: Path) -> None:
    """One utterance enrolled, another asked about: each phone is nearest to itself."""
    phones = ("IPHONEX", "SAMSUNG_S8", "huawei_honor10")
    for phone in phones:
        path = shared_data / "ccnu_mobile" / f"{phone}_1.wav"
        (one,) = enrolled(tmp_path, model, phone, path)
        assert one.accepted, one.refused
    references = [one.fingerprint for one in kept(tmp_path)]
    for number, phone in enumerate(phones):
        samples, rate_hz = read(shared_data / "ccnu_mobile" / f"{phone}_2.wav")
        asked = model.model.fingerprint(samples, rate_hz)
        scores = model.model.scores(references, [asked], "same")[:, 0]
        assert scores.argmax() == number


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        (np.zeros(RATE_HZ), "nothing but digital silence"),
        (voice(0.2), "are 0.200 s of sound: a fingerprint needs 0.25 s or more"),
        (np.r_[voice(0.1), np.full(RATE_HZ, 1e-6)], "a.wav: something "),
        (np.full(RATE_HZ, np.nan), "the samples hold NaN"),
        (np.zeros(0), "a.wav: "),
    ],
    ids=["silence", "0.2 s", "0.1 s in silence", "NaN", "no samples"],
)
def test_what_holds_nothing_is_refused(
    model: Loaded, tmp_path: Path, samples: Any, said: str
) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, samples, RATE_HZ, "FLOAT")
    (one,) = enrolled(tmp_path, model, "desk", path)
    assert not one.accepted
    assert one.refused is not None
    assert one.refused.startswith(f"{path}: ")
    assert said in one.refused
    assert kept(tmp_path) == []


def test_one_that_cannot_be_read_costs_its_own_answer(
    model: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / name for name in ("a.wav", "killer.wav", "none.wav", "text.wav", "b.wav")]
    for seed, path in enumerate(paths):
        sf.write(path, voice(seed=seed), RATE_HZ)
    paths[2].unlink()
    paths[3].write_text("no sound")
    real = listening.listen

    def listen(path: Path, model: FingerprintModel, *how: Any, **more: Any) -> listening.Heard:
        if path.name == "killer.wav":
            faulthandler.disable()
            os.kill(os.getpid(), signal.SIGSEGV)
        return real(path, model, *how, **more)

    monkeypatch.setattr(listening, "listen", listen)
    found = enrolled(tmp_path, model, "desk", *paths)
    assert [one.accepted for one in found] == [True, False, False, False, True]
    assert [one.path for one in found] == [str(path) for path in paths]
    for one, said in zip(
        found[1:4], ("died (SIGSEGV)", "no such file", "not an audio file"), strict=True
    ):
        assert said in str(one.refused)
    assert [one.path for one in kept(tmp_path)] == [str(paths[0]), str(paths[4])]


def test_twice_is_said_and_kept_once(model: Loaded, tmp_path: Path) -> None:
    path, copy = tmp_path / "a.wav", tmp_path / "copy.wav"
    for one in (path, copy):
        sf.write(one, voice(), RATE_HZ)
    first, again = enrolled(tmp_path, model, "desk", path, copy)
    assert first.warnings == ()
    assert again.accepted
    assert again.warnings == ("was enrolled before, and is not kept twice",)
    (other,) = enrolled(tmp_path, model, "disc", copy)
    assert other.refused == (
        f"{copy}: is enrolled as 'desk', and a recording is of one device: remove that one, or "
        "leave this file out"
    )
    assert len(kept(tmp_path)) == 1


def test_channels(model: Loaded, tmp_path: Path) -> None:
    """Of two that cancel each other one can be chosen."""
    path = tmp_path / "a.wav"
    sf.write(path, np.stack([voice(), -0.999 * voice()], axis=1), RATE_HZ, "FLOAT")
    (one,) = enrolled(tmp_path, model, "desk", path)
    assert one.warnings[0] == "it has 2 channels: their mean is used"
    # (1 - 0.999) / 2 = 0.0005, against the mean power of both, nearly 1: -66 dB
    assert "their mean is 66 dB below them; choose one by --channel" in one.warnings[1]
    (two,) = enrolled(tmp_path, model, "desk", path, channel=1)
    twice, which = two.warnings
    assert twice == "was enrolled before, and is not kept twice"
    assert which == "it has 2 channels: channel 1 is used"
    (three,) = enrolled(tmp_path, model, "desk", path, channel=2)
    assert "channel 2 was asked for, and it has 2" in str(three.refused)


def test_of_a_long_recording_the_beginning_serves(
    model: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "LONGEST_S", 1.0)
    path = tmp_path / "a.wav"
    sf.write(path, voice(3.0), RATE_HZ, "FLOAT")
    (one,) = enrolled(tmp_path, model, "desk", path)
    assert one.warnings == ("of its 3 s the first 1 s were used",)
    (found,) = kept(tmp_path)
    assert found.n_samples == 48_000
    expected = model.model.fingerprint(voice(3.0)[:RATE_HZ], RATE_HZ)
    np.testing.assert_array_equal(found.fingerprint.vectors, expected.vectors)


def test_another_model_is_refused_before_anything_is_read(model: Loaded, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, voice(), RATE_HZ)
    enrolled(tmp_path, model, "desk", path)
    other = Loaded(model.model, model.trained_on, "0" * 64)
    with pytest.raises(MicfpError, match=r"another fingerprint model \(\w{12}\) than this one \(0"):
        enrolled(tmp_path, other, "desk", tmp_path / "none.wav")


def test_the_digest_of_a_model_is_that_of_its_file(model: Loaded) -> None:
    assert model.sha256 == hashlib.sha256(SHIPPED.read_bytes()).hexdigest()


def test_what_a_person_reads() -> None:
    found = Fingerprint(np.zeros((4, 128), np.float32), 3.24, 4.0, 15_149.0, 41.4)
    one = Enrolled("a b", "x\n.wav", None, found, ("it has 2 channels: their mean is used",))
    assert one.as_text() == (
        "x\\x0a.wav: enrolled as a b, 3.2 s heard, to 15.1 kHz, 41 dB above its noise\n"
        "    careful: it has 2 channels: their mean is used"
    )
    assert Enrolled("a", "x", "x: why", None).as_text() == "not enrolled: x: why"


def test_a_name_is_said_as_it_is_kept(model: Loaded, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, voice(), RATE_HZ)
    (one,) = enrolled(tmp_path, model, " cafe\u0301", path)
    assert one.device == unicodedata.normalize("NFC", "café")
