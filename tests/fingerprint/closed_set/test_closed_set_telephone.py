"""Bands above 4 kHz go where they lie 25 dB below those under it, and nowhere else."""

import numpy as np
import pytest

from micfp.fingerprint.closed_set.telephone import of_device
from micfp.fingerprint.embedding.spectra import (
    N_BANDS,
    Spectra,
    band_centres_hz,
    band_edges_hz,
)

HZ = band_centres_hz()
ALL = np.ones(N_BANDS, np.bool_)


def _falling(fall_db: float) -> Spectra:
    level_db = np.where(HZ < 4000, -60.0, -60.0 - fall_db)
    return Spectra(np.tile(level_db.astype(np.float32), (10, 1)), ALL)


# Bands that peak from 100 to 3700 Hz.
CALL = ((band_edges_hz()[1:-1] >= 100) & (band_edges_hz()[1:-1] <= 3700)).tolist()


@pytest.mark.parametrize(("fall_db", "is_call"), [(24.0, False), (26.0, True), (60.0, True)])
def test_a_fall_of_25_db_is_a_telephone(fall_db: float, is_call: bool) -> None:
    found = of_device(_falling(fall_db)).present
    assert found.tolist() == (CALL if is_call else ALL.tolist())


def test_one_loud_band_above_is_of_the_device() -> None:
    spectra = _falling(60)
    spectra.level_db[:, HZ > 7900] = -80  # 20 dB below
    assert of_device(spectra) is spectra


def test_a_recording_that_ends_there_is_a_telephone_whatever_its_fall() -> None:
    spectra = Spectra(_falling(0).level_db, band_edges_hz()[2:] <= 4000)
    assert of_device(spectra).present.tolist() == CALL


def test_what_a_recording_does_not_have_stays_missing() -> None:
    present = (band_edges_hz()[2:] <= 4000) & (HZ > 500)
    found = of_device(Spectra(_falling(0).level_db, present)).present
    assert found.tolist() == (present & np.array(CALL)).tolist()
