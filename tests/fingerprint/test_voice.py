"""A voice that a program made, beside real ones and beside none."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from micfp.audio import read
from micfp.bench.speech import sentences, speak
from micfp.fingerprint.embedding.spectra import N_BANDS, Spectra, band_spectra
from micfp.fingerprint.quality import quality, refusal
from micfp.fingerprint.voice import (
    N_MEASURES,
    VoiceWeights,
    synthetic_log_odds,
    voice_measures,
    voice_refusal,
    voice_warning,
)
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.identify import answered
from micfp.fingerprint.weighed.listening import listen
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing


def made_up(n_frames: int) -> Spectra:
    """Each band goes by itself: normal, sd 6 dB; each frame twice; a pause first."""
    rng = np.random.default_rng(3)
    level_db = np.repeat(-30 + 6 * rng.standard_normal((n_frames // 2, N_BANDS)), 2, axis=0)
    level_db[: n_frames // 5] -= 60
    return Spectra(level_db.astype(np.float32), np.ones(N_BANDS, bool))


def test_a_device_has_no_part_in_what_is_measured() -> None:
    one = made_up(400)
    curve_db = np.linspace(-5, 5, N_BANDS, dtype=np.float32)
    found = voice_measures(one)
    assert found is not None
    assert found.shape == (N_MEASURES,)
    through = voice_measures(Spectra(one.level_db + curve_db, one.present))
    np.testing.assert_allclose(through, found, atol=0.02)


def test_measures_of_bands_that_go_by_themselves() -> None:
    found = voice_measures(made_up(4000))
    assert found is not None
    roughness, speed, together = np.split(found, [18, 38])
    # Second differences of independent values have sqrt(1 + 4 + 1) = 2.45 times their sd; groups
    # hold unlike numbers of bands, so that their sds differ.
    assert np.exp(np.median(roughness)) == pytest.approx(2.45, rel=0.3)
    # Of steps, half are 0 and half have sqrt(2) times the sd: together sqrt(2 / 2) = 1.
    assert np.exp(np.median(speed)) == pytest.approx(1.0, rel=0.3)
    assert np.abs(together).max() < 0.15


@pytest.mark.parametrize("n_frames", [2, 8])
def test_too_little_sound_says_nothing(n_frames: int) -> None:
    assert voice_measures(made_up(n_frames)) is None
    assert synthetic_log_odds(made_up(n_frames)) == 0.0
    nothing = Spectra(np.full((50, N_BANDS), -150, np.float32), np.ones(N_BANDS, bool))
    assert synthetic_log_odds(nothing) == 0.0


def test_weights_are_standardised_and_summed() -> None:
    zeros = [0.0] * N_MEASURES
    weights = VoiceWeights.model_validate(
        {
            "made_of": "nothing",
            "centre": [1.0, *zeros[1:]],
            "spread": [2.0] * N_MEASURES,
            "weights": [3.0, *zeros[1:]],
            "offset": 0.5,
            "refused": [[1.0, 4.0]],
            "careful": [[1.0, 2.0]],
        }
    )
    # (5 - 1) / 2 * 3 + 0.5
    assert weights.log_odds(np.array([5.0, *zeros[1:]])) == 6.5


def test_the_less_is_heard_the_more_it_takes() -> None:
    limits = {s: next(x for x in np.arange(-5, 10, 0.01) if voice_refusal(x, s)) for s in (1, 3, 8)}
    assert limits[1] > limits[3] > limits[8]
    assert voice_refusal(limits[8] + 0.1, 60) is not None  # beyond the last point as at it
    assert voice_refusal(limits[8] - 0.1, 60) is None
    assert "a program may have made the voice" in str(voice_warning(limits[8] - 0.1, 60))
    assert voice_warning(-5, 60) is None


def test_a_voice_of_espeak_is_refused() -> None:
    said = [("en-us+m3", text) for text in sentences()[:4]]
    spoken, rate_hz = speak(said, 170)
    samples = np.concatenate(spoken)
    samples += np.random.default_rng(1).normal(0, 1e-3, len(samples)).astype(np.float32)
    found = quality(samples, rate_hz)
    assert "a voice that a program made" in str(voice_refusal(found.synthetic, found.active_s))
    # its pauses hold next to nothing, which looks like noise reduction, too
    assert "a voice that a program made" in str(refusal(replace(found, noise_reduction=0.0)))


def test_real_voices_are_not_refused(shared_data: Path) -> None:
    files = sorted((shared_data / "speech").glob("*.flac"))[:20]
    log_odds = [synthetic_log_odds(band_spectra(*read(file, channel=0))) for file in files]
    refused = [voice_refusal(value, 8.0) for value in log_odds]
    assert sum(one is not None for one in refused) <= 1


def test_nobody_is_named_where_a_program_may_have_spoken(shared_data: Path) -> None:
    """The same recording, with less and more that points to a program."""
    weighing = load_weighing("same", calibration=SHIPPED_CALIBRATION)
    model = weighing.loaded.model
    phones = ("IPHONEX", "huawei_p20", "xiaomi8")
    files = shared_data / "ccnu_mobile"
    references = [
        [listen(files / f"{name}_{n}.wav", model).recording.fingerprint for n in (1, 2, 3)]
        for name in phones
    ]
    devices = Devices(model, references, weighing.sitting)
    heard = listen(files / "IPHONEX_4.wav", model)
    for log_odds, named in ((-5.0, "IPHONEX"), (1.0, None)):
        quality_of_it = replace(heard.quality, synthetic=log_odds, active_s=3.0)
        said = answered(phones, devices, replace(heard, quality=quality_of_it), weighing)
        assert said.answer == named
        assert said.refused is None
        assert said.ranking[0].device == "IPHONEX"
