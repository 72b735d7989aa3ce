"""Bands above 4 kHz go where they lie 25 dB below those under it, and nowhere else."""

import numpy as np
import pytest

from micfp.fingerprint.closed_set.telephone import without_images
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


@pytest.mark.parametrize(("fall_db", "is_cut"), [(24.0, False), (26.0, True), (60.0, True)])
def test_a_fall_of_25_db_is_a_telephone(fall_db: float, is_cut: bool) -> None:
    found = without_images(_falling(fall_db)).present
    expected = band_edges_hz()[2:] <= 4000 if is_cut else ALL
    assert found.tolist() == expected.tolist()


def test_one_loud_band_above_is_of_the_device() -> None:
    spectra = _falling(60)
    spectra.level_db[:, HZ > 7900] = -80  # 20 dB below
    assert without_images(spectra) is spectra


def test_a_recording_that_ends_there_stays() -> None:
    spectra = Spectra(_falling(60).level_db, band_edges_hz()[2:] <= 4000)
    assert without_images(spectra) is spectra
