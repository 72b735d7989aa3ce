"""A splice of two devices is not named as if it were of one."""

from pathlib import Path

import numpy as np
import pytest

from micfp.audio import read, write_wav
from micfp.evidence.calibration import Calibration
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.weighed.halves import halves_of, log10_lr_of_halves, unlike_halves
from micfp.fingerprint.weighed.identify import identify_each
from micfp.fingerprint.weighed.listening import listen
from micfp.fingerprint.weighed.verify import verify
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, Weighing, load_weighing

PHONES = Path(__file__).parents[4] / "shared" / "data" / "ccnu_mobile"
needs_phones = pytest.mark.skipif(not PHONES.is_dir(), reason="shared/data/ccnu_mobile is not here")


@pytest.fixture(scope="module")
def weighing() -> Weighing:
    return load_weighing("any", calibration=SHIPPED_CALIBRATION)


def said(path: Path, weighing: Weighing) -> str | None:
    heard = listen(path, weighing.loaded.model)
    return unlike_halves(heard.halves, weighing.loaded.model, weighing.calibration)


@needs_phones
def test_a_splice_of_two_phones_is_said_by_identify_and_verify(tmp_path, weighing):
    first, rate_hz = read(PHONES / "IPHONEX_3.wav")
    second, _ = read(PHONES / "SAMSUNG_S8_3.wav")
    splice = tmp_path / "splice.wav"
    write_wav(splice, np.concatenate([first, second]), rate_hz)
    reference = PHONES / "IPHONEX_1.wav"
    model = weighing.loaded.model
    references = {"X": [listen(reference, model).recording.fingerprint]}
    (answer,) = identify_each(references, [splice], weighing)
    (warning,) = (one for one in answer.warnings if "halves" in one or "half" in one)
    assert warning.startswith("its first and second half are unlike (LR 0.")
    lines = answer.as_text(weighing).splitlines()
    assert lines[2].strip().startswith("careful: its first and second half")  # before the ranking
    verified = verify(splice, reference, weighing)
    assert any(one.startswith(f"{splice}: its first and second half") for one in verified.warnings)


@needs_phones
@pytest.mark.parametrize("phone", ["IPHONEX", "SAMSUNG_S8", "xiaomi8", "nubia_Z11", "oppo_R9s"])
def test_nothing_is_said_of_one_phone(phone, weighing):
    for utterance in (1, 2, 3, 4):
        assert said(PHONES / f"{phone}_{utterance}.wav", weighing) is None


def test_a_short_recording_has_no_halves(weighing):
    noise = np.random.default_rng(0).standard_normal(5 * 16_000).astype(np.float32) * 0.1
    content = weighing.loaded.model.content
    assert halves_of(band_spectra(noise[: 2 * 16_000], 16_000), content) == ()
    # frames every 16 ms: (80 000 - 1024) / 256 + 1 = 309.5, so 309; 154 of them are the first half
    first, second = halves_of(band_spectra(noise, 16_000), content)
    assert first.duration_s == pytest.approx(154 * 0.016, abs=0.016 * 4)
    assert first.duration_s + second.duration_s == pytest.approx(5, abs=0.1)


def test_without_a_calibration_of_one_sitting_nothing_can_be_said(weighing):
    noise = np.random.default_rng(0).standard_normal(5 * 16_000).astype(np.float32) * 0.1
    noise *= np.repeat([1, 0.01] * 10, 4000)  # something is heard, a quarter of a second at a time
    model: FingerprintModel = weighing.loaded.model
    halves = halves_of(band_spectra(noise, 16_000), model.content)
    given = weighing.calibration
    without = Calibration(**{**vars(given), "sittings": {"any": given.sittings["any"]}})
    assert log10_lr_of_halves(halves, model, given) is not None
    assert log10_lr_of_halves(halves, model, without) is None
