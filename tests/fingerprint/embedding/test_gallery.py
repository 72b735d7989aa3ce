"""A gallery's scores are the model's, whatever bands and durations meet."""

import numpy as np
import pytest

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.gallery import Gallery
from micfp.fingerprint.embedding.model import SCORERS
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.embedding.vectors import VECTORS


def _fingerprints(n: int, seed: int) -> list[Fingerprint]:
    rng = np.random.default_rng(seed)
    found = []
    for k in range(n):
        vectors = 5 * rng.standard_normal((len(VECTORS), N_BANDS)).astype(np.float32)
        vectors[:, [128, 80, 100][k % 3] :] = np.nan
        found.append(Fingerprint(vectors, [5.0, 1.0][k % 2], 6.0, 8000.0, 30.0))
    return found


@pytest.mark.parametrize("setting", list(SCORERS))
def test_scores_are_those_of_the_model(setting) -> None:
    model = load_model(SHIPPED).model
    known, asked = _fingerprints(12, 1), _fingerprints(6, 2)
    gallery = Gallery(model, known, setting)
    expected = model.scores(known, asked, setting)
    for _ in range(2):  # the second time by what the first one kept
        found = np.stack([gallery.scores(one) for one in asked], axis=1)
        assert found == pytest.approx(expected, abs=1e-3)


def test_without_common_bands_a_score_says_nothing() -> None:
    model = load_model(SHIPPED).model
    low, high = _fingerprints(2, 3)
    low.vectors[:, 40:] = np.nan
    high.vectors[:, :40] = np.nan
    for setting in SCORERS:
        offset = model.settings[setting].fusion.offset
        assert Gallery(model, [low], setting).scores(high)[0] == offset
        assert model.scores([low], [high], setting)[0, 0] == offset
