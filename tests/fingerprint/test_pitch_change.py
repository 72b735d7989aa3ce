"""A changed pitch, beside references."""

from pathlib import Path

import numpy as np
import pytest

from micfp.audio import read, resample
from micfp.degrade.pitch_shift import shift_pitch
from micfp.fingerprint.embedding.fingerprint import fingerprint
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import Spectra, band_spectra
from micfp.fingerprint.pitch import (
    PERCENTS,
    PitchChange,
    changed_fingerprints,
    pitch_change,
    pitch_refusal,
    shows_pitch,
)

PHONES = ("Apple_air1", "IPHONE6(1)", "Apple_air2(1)")
MODEL = load_model(SHIPPED).model


def test_only_what_fits_better_beyond_6_percent_is_refused() -> None:
    assert pitch_refusal(PitchChange(4, -0.1)) is None
    said = pitch_refusal(PitchChange(-8, 0.1)) or ""
    assert "-8 %" in said
    assert "6 % at most were validated" in said


def test_every_change_is_undone_over_the_same_bands() -> None:
    noise = np.random.default_rng(1).standard_normal(64_000).astype(np.float32)
    spectra = band_spectra(noise * np.repeat([0.1, 0.01], 32_000).astype(np.float32), 32_000)
    found = changed_fingerprints(MODEL, spectra)
    bands = np.isfinite(found[0].vectors)
    assert all((np.isfinite(one.vectors) == bands).all() for one in found)
    # The highest band is at 15.6 kHz: lowered by 24 % nothing of the recording lies there.
    assert not bands[:, -1].any()
    alone = fingerprint(Spectra(spectra.level_db, bands[0]), MODEL.content)
    assert found[PERCENTS.index(0)].vectors == pytest.approx(alone.vectors, abs=1e-4, nan_ok=True)


def test_of_a_call_it_is_not_asked() -> None:
    noise = np.random.default_rng(2).standard_normal(32_000).astype(np.float32)
    assert shows_pitch(band_spectra(noise, 16_000))
    assert not shows_pitch(band_spectra(noise, 8000))


@pytest.mark.parametrize("percent", [-12, 0, 12, 20])
def test_it_shows_beside_a_reference_of_the_same_phone(percent: int, shared_data: Path) -> None:
    def samples(phone: str, utterance: int) -> tuple[np.ndarray, int]:
        return read(shared_data / "ccnu_mobile" / f"{phone}_{utterance}.wav", channel=0)

    references = [MODEL.fingerprint(*samples(phone, 1)) for phone in PHONES]
    asked, rate_hz = samples(PHONES[0], 2)
    for changed in (shift_pitch(asked, rate_hz, percent), resample(asked, 100 + percent, 100)):
        undone = changed_fingerprints(MODEL, band_spectra(changed, rate_hz))
        found = pitch_change(MODEL, references, undone)
        assert found.percent == percent
        assert (pitch_refusal(found) is None) == (percent == 0)
