"""The share of holes, counted; and gates, by the levels that they leave."""

import numpy as np
import pytest

from micfp.fingerprint.closed_set.gates import GATES, Gate, gated
from micfp.fingerprint.closed_set.noise_reduction import noise_reduction
from micfp.fingerprint.embedding.fingerprint import range_of
from micfp.fingerprint.embedding.spectra import N_BANDS, Spectra, band_centres_hz

ALL = np.ones(N_BANDS, np.bool_)
HZ = band_centres_hz()


def _speech(hole_db: float = -60.0) -> Spectra:
    """200 frames: 100 of -110 dB, 100 of -60 dB, every second of which has holes in odd bands."""
    level_db = np.full((200, N_BANDS), -110, np.float32)
    level_db[100:] = -60
    level_db[100::2, 1::2] = hole_db
    return Spectra(level_db, ALL)


@pytest.mark.parametrize(
    # Half of the frames have them in half of the bands: 42 of 84 from 300 to 3400 Hz or so.
    ("hole_db", "share"),
    [(-60.0, 0.0), (-99.0, 0.0), (-101.0, 0.25), (-200.0, 0.25)],
)
def test_a_hole_is_40_db_below_the_loud_level_of_its_band(hole_db: float, share: float) -> None:
    assert noise_reduction(_speech(hole_db)) == pytest.approx(share, abs=0.005)


def test_pauses_and_digital_silence_are_no_holes() -> None:
    spectra = _speech()
    spectra.level_db[:100] = -200
    assert noise_reduction(spectra) == 0
    # 16 frames of a pause, by the whole recording: nothing is heard.
    whole = _speech(-200)
    pause = Spectra(whole.level_db[:16], ALL)
    assert noise_reduction(pause, range_of(whole)) == 0


def test_only_bands_of_the_telephone_that_are_there_are_asked() -> None:
    spectra = _speech()
    spectra.level_db[100::2, HZ > 3500] = -200
    assert noise_reduction(spectra) == 0
    spectra = _speech(-200)
    assert noise_reduction(Spectra(spectra.level_db, HZ > 3500)) == 0


def test_a_gate_turns_down_what_is_below_its_share_of_the_frames() -> None:
    # 100 levels from -100 dB up, one more in each frame; all bands move as one, so that smoothing
    # over bands changes nothing.
    level_db = np.tile(np.arange(-100, 0, dtype=np.float32)[:, None], (1, N_BANDS))
    found = gated(Spectra(level_db, ALL), Gate(0.75, -40.0, 0.0)).level_db
    assert found[:75] == pytest.approx(level_db[:75] - 40, abs=1e-3)
    assert found[75:] == pytest.approx(level_db[75:], abs=1e-3)
    # Smoothed over 3 frames, the edge lies half way: 20 log10((1 + 0.01) / 2) is -5.93 dB, and the
    # two frames beside it have normal(+-0.5 / 3) of the way: 0.434 and 0.566.
    soft = gated(Spectra(level_db, ALL), Gate(0.75, -40.0, 3.0)).level_db - level_db
    expected = [20 * np.log10(0.01 + 0.99 * share) for share in (0.434, 0.566)]
    assert soft[74:76, 0] == pytest.approx(expected, abs=0.05)


def test_no_gate_makes_anything_louder_or_lower_than_frames_can_be() -> None:
    level_db = -60 + 20 * np.random.default_rng(1).standard_normal((200, N_BANDS))
    speech = Spectra(level_db.astype(np.float32), ALL)
    for gate in GATES:
        copy = gated(speech, gate)
        assert copy.level_db.min() >= -200
        assert (copy.level_db <= speech.level_db + 1e-3).all()
