"""Every pair, in blocks: the LRs that one pair after the other has."""

from dataclasses import replace

import numpy as np
import pytest

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import N_BANDS
from micfp.fingerprint.pairs import comparable
from micfp.fingerprint.weighed import every_pair as module
from micfp.fingerprint.weighed.every_pair import compares_with_another, every_pair
from micfp.fingerprint.weighed.weighing import load_weighing


def made_up(n: int) -> list[Fingerprint]:
    """Fingerprints with different bands, seconds and noise; the last two compare with no other."""
    rng = np.random.default_rng(3)
    mean = load_weighing("any").loaded.model.covariances["content"].mean
    found = []
    for _ in range(n):
        vectors = (mean + rng.normal(0, 3, (4, N_BANDS))).astype(np.float32)
        vectors[:, int(rng.choice([56, 100, 128])) :] = np.nan
        active_s = float(rng.choice([0.6, 9.0]))
        found.append(Fingerprint(vectors, active_s, 12.0, 8000.0, float(rng.uniform(6, 40))))
    found[-1] = replace(found[-1], snr_db=5.0)  # too noisy
    found[-2].vectors[:, :124] = np.nan
    return found


@pytest.mark.parametrize("sitting", ["same", "other", "any"])
def test_every_pair_has_the_lr_that_it_has_alone(
    sitting: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "AT_A_TIME", 4)
    fingerprints, weighing = made_up(20), load_weighing(sitting)
    n = len(fingerprints)
    found, times = np.zeros((n, n)), np.zeros((n, n), np.int64)
    for block in every_pair(fingerprints, weighing):
        for rows, columns, values in (
            (block.rows, block.columns, block.log10_lr),
            (block.columns, block.rows, block.log10_lr.T),
        ):
            found[np.ix_(rows, columns)] = values
            times[np.ix_(rows, columns)] += 1
            if np.array_equal(block.rows, block.columns):
                break
    compares = comparable(fingerprints, fingerprints)
    assert (times == compares).all()  # each pair once, and no other
    scores = weighing.loaded.model.scores(fingerprints, fingerprints, weighing.sitting)
    alone = weighing.calibrated.logistic.log10_lr(scores.ravel()).reshape(n, n)
    assert np.abs(found - alone)[compares].max() < 1e-8
    assert (found == found.T).all()


def test_what_compares_with_another() -> None:
    fingerprints = made_up(20)
    assert compares_with_another(fingerprints).tolist() == [True] * 18 + [False] * 2
    assert compares_with_another(fingerprints[:1]).tolist() == [False]
    assert compares_with_another([]).tolist() == []
