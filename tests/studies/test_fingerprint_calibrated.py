"""Cllr once other devices have calibrated the scores."""

import numpy as np
import pytest

from micfp.studies.fingerprint import calibrated
from micfp.studies.fingerprint.calibrated import Scores, Trials, calibrated_cllr

DEVICES = 12


def _scores(rng: np.random.Generator, distance: float, scale: float = 1.0) -> Scores:
    """Every device against every one: log LR are N(+-d/2, d), the optimum, times a scale."""
    first, second = (grid.ravel() for grid in np.mgrid[:DEVICES, :DEVICES].repeat(40, axis=1))
    mean = np.where(first == second, distance / 2, -distance / 2)
    score = scale * rng.normal(mean, np.sqrt(distance))
    return Scores([score], [first], [second], [np.ones(len(score), bool)])


def test_scores_that_mean_nothing_cost_one_bit() -> None:
    rng = np.random.default_rng(1)
    found = calibrated_cllr({Trials(0, 0, 1): _scores(rng, 1e-9)}, rng)
    assert found[Trials(0, 0, 1)] == pytest.approx(1.0, abs=0.01)


def test_a_wrong_scale_is_calibrated_away() -> None:
    rng = np.random.default_rng(1)
    one, other = (_scores(np.random.default_rng(7), 9.0, scale) for scale in (1.0, 5.0))
    plain = calibrated_cllr({Trials(0, 0, 1): one}, np.random.default_rng(2))[Trials(0, 0, 1)]
    scaled = calibrated_cllr({Trials(0, 0, 1): other}, np.random.default_rng(2))[Trials(0, 0, 1)]
    assert scaled == pytest.approx(plain, rel=1e-6)
    # Of the optimum itself, by numbers drawn apart: what calibration costs is little.
    draws = rng.normal(4.5, 3.0, 400_000)
    optimum = np.log2(1 + np.exp(-draws)).mean()  # both kinds cost the same, by symmetry
    assert plain == pytest.approx(optimum, rel=0.2)


def test_no_device_calibrates_itself(monkeypatch) -> None:
    taught, tested = [], []
    real = calibrated.fit_logistic

    def fit(trials):
        taught.append(set(trials.devices))
        mapping = real(trials)

        class Seen:
            def log10_lr(self, score):
                return mapping.log10_lr(score)

        return Seen()

    monkeypatch.setattr(calibrated, "fit_logistic", fit)
    within = calibrated._within

    def seen(pairs, half):
        tested.append({int(one) for one in half})
        return within(pairs, half)

    monkeypatch.setattr(calibrated, "_within", seen)
    calibrated_cllr(
        {Trials(0, 0, 1): _scores(np.random.default_rng(1), 9.0)}, np.random.default_rng(3)
    )
    assert len(taught) == 2 * calibrated.HALVES
    assert all(len(one) == DEVICES // 2 for one in taught)
    halves = tested[::4]
    # First those outside of the half teach, then those inside.
    for half, outside, inside in zip(halves, taught[::2], taught[1::2], strict=True):
        assert inside == half
        assert outside == set(range(DEVICES)) - half


def test_conditions_of_a_length_are_calibrated_together() -> None:
    """Two conditions whose scores differ by an offset: pooled they cost more than alone."""
    one, other = (_scores(np.random.default_rng(seed), 9.0) for seed in (1, 2))
    other.score[0] = other.score[0] + 6.0
    alone = calibrated_cllr({Trials(0, 0, 1): one}, np.random.default_rng(3))
    lengths = calibrated_cllr(
        {Trials(0, 0, 1): one, Trials(1, 0, 2): other}, np.random.default_rng(3)
    )
    pooled = calibrated_cllr(
        {Trials(0, 0, 1): one, Trials(1, 0, 1): other}, np.random.default_rng(3)
    )
    assert lengths[Trials(0, 0, 1)] == pytest.approx(alone[Trials(0, 0, 1)])
    assert pooled[Trials(0, 0, 1)] > 1.5 * alone[Trials(0, 0, 1)]


def test_where_nothing_is_tested_there_is_no_figure() -> None:
    found = calibrated_cllr({Trials(0, 0, 1): Scores()}, np.random.default_rng(1))
    assert np.isnan(found[Trials(0, 0, 1)])
