"""A gallery's scores are the model's, whatever bands and durations meet."""

import numpy as np
import pytest

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.gallery import Gallery
from micfp.fingerprint.embedding.model import SETTINGS, SITTINGS, whatever_the_sitting
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


@pytest.mark.parametrize("setting", list(SITTINGS))
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
    for setting in SETTINGS:
        offset = model.settings[setting].fusion.offset
        assert Gallery(model, [low], setting).scores(high)[0] == offset
        assert model.scores([low], [high], setting)[0, 0] == offset


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("setting", list(SITTINGS))
def test_whatever_is_missing_or_wild_scores_are_finite_and_hang_on_the_pair_alone(setting) -> None:
    """By the model, by a gallery, the other way round, in another order, and alone."""
    model = load_model(SHIPPED).model
    rng = np.random.default_rng(4)
    some = []
    for kind in range(16):
        vectors = [0.5, 5, 50][kind % 3] * rng.standard_normal((len(VECTORS), N_BANDS))
        if kind == 0:
            vectors[:] = np.nan
        elif kind == 1:  # another band is missing in every vector
            vectors[rng.random(vectors.shape) < 0.3] = np.nan
        elif kind == 2:  # one vector says nothing
            vectors[1] = np.nan
        elif kind == 3:  # three bands are too few
            vectors[:, 3:] = np.nan
        elif kind == 4:  # digital silence, all bands of one level
            vectors[:] = -200
        elif kind == 5:  # nothing but outliers
            vectors[:] = np.where(np.arange(N_BANDS) % 2, 1000, -1000)
        active_s = [0.1, 0.17, 3, 4000][kind % 4]
        some.append(Fingerprint(vectors.astype(np.float32), active_s, 6.0, 8000.0, 30.0))
    scores = model.scores(some, some, setting)
    assert np.isfinite(scores).all()
    assert scores == pytest.approx(scores.T, rel=1e-6, abs=1e-6)
    gallery = Gallery(model, some, setting)
    searched = np.stack([gallery.scores(one) for one in some], axis=1)
    assert searched == pytest.approx(scores, rel=1e-4, abs=1e-4)
    order = rng.permutation(16)
    shuffled = model.scores([some[k] for k in order], some, setting)
    assert shuffled == pytest.approx(scores[order], abs=1e-9)
    alone = [[model.scores([a], [b], setting)[0, 0] for b in some] for a in some]
    assert np.array(alone) == pytest.approx(scores, abs=1e-9)


def test_where_the_sitting_is_unknown_the_weaker_evidence_counts() -> None:
    """LR 100 of one sitting and 4 of any: 2 / (1/100 + 1/4) = 7.69; equal ones stay."""
    found = whatever_the_sitting(np.log([100.0, 5.0]), np.log([4.0, 5.0]))
    assert np.exp(found) == pytest.approx([2 / (0.01 + 0.25), 5.0])
