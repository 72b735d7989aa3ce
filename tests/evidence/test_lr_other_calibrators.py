import numpy as np
import pytest

from micfp.evaluation.verification import cllr_min
from micfp.evidence.compared import compared
from micfp.evidence.gaussian import Gaussian, fit_gaussian
from micfp.evidence.pav import fit_pav
from tests.evidence.simulated import gaussian_trials, trials_of


def test_gaussian_by_hand() -> None:
    # N(2, 1) and N(0, 2^2). At 2: log(2) + (2 / 2)^2 / 2 = 1.193. The LR rises up to where
    # (s - 0) / 4 = s - 2: s = 8 / 3, and is held there: log 2 + (16 / 9 - 4 / 9) / 2 = 1.360.
    found = Gaussian(2, 0, 1, 2)
    lr = found.log10_lr(np.array([2.0, 8 / 3, 50])) * np.log(10)
    assert lr == pytest.approx([1.193, 1.360, 1.360], abs=1e-3)
    # The other way round it falls without end towards low scores, and is held from above: N(0, 4)
    # of one device and N(-2, 1) of two turn at s + 2 = s / 4: s = -8 / 3.
    mirrored = Gaussian(0, -2, 2, 1)
    lr = mirrored.log10_lr(np.array([-2.0, -8 / 3, -50])) * np.log(10)
    assert lr == pytest.approx([-1.193, -1.360, -1.360], abs=1e-3)
    assert (np.diff(found.log10_lr(np.linspace(-9, 9, 99))) >= 0).all()


def test_gaussian_fits_means_and_spreads() -> None:
    found = fit_gaussian(trials_of([1, 3, -2, 0, 2], [True, True, False, False, False]))
    assert (found.mean_same, found.mean_different, found.sd_same) == (2, 0, 1)
    assert found.sd_different == pytest.approx(np.sqrt(8 / 3))
    # Equal spreads, N(+-1, 1): log LR 2 s.
    assert Gaussian(1, -1, 1, 1).log10_lr(np.array([3.0])) * np.log(10) == pytest.approx(6)
    # The wrong way round it says nothing; without any spread it stays finite.
    assert (fit_gaussian(trials_of([0, 1], [True, False])).log10_lr(np.ones(2)) == 0).all()
    assert np.isfinite(fit_gaussian(trials_of([1, 0], [True, False])).log10_lr(np.ones(2))).all()


def test_pav_by_hand() -> None:
    # Scores d d s s, with a misleading s below and a misleading d above: 3 of each, and
    # s d d s s d pool to 1 : 2 (LR 1/2) and 2 : 1 (LR 2).
    found = fit_pav(trials_of([3, 4, 1, 2], [True, True, False, False]))
    two = np.log10(2)
    assert found.log10_lr(np.array([-9.0, 1, 2, 3, 4, 99])) == pytest.approx(
        [-two, -two, -two, two, two, two]
    )
    assert found.log10_lr(np.array([2.5])) == pytest.approx([0])  # half way between


def test_pav_is_bounded_by_its_pairs() -> None:
    # 9 and 99 pairs: of one device all beyond: (9 / 10) / (1 / 100) = 90; of two 0.1 / 0.99.
    found = fit_pav(trials_of(np.repeat([1.0, -1.0], [9, 99]), np.arange(108) < 9))
    assert found.log10_lr(np.array([5.0, -5])) == pytest.approx(np.log10([90, 0.1 / 0.99]))


@pytest.mark.parametrize("fit", [fit_gaussian, fit_pav])
def test_pairs_of_one_kind_alone_are_no_fit(fit) -> None:
    with pytest.raises(ValueError, match="pairs of one device and of two"):
        fit(trials_of([1.0], [False]))


def test_compared_on_gaussian_scores_all_reach_the_least() -> None:
    rng = np.random.default_rng(1)
    fitted, tested = gaussian_trials(rng, 3000, 6000), gaussian_trials(rng, 3000, 6000)
    found = compared(fitted, tested)
    least = cllr_min(tested.score[tested.same], tested.score[~tested.same])
    assert found.least == least
    for cost in (found.matched, found.logistic, found.gaussian, found.pav):
        assert least < cost + 1e-9 < least + 0.01
    assert found.matched == found.logistic  # nothing was measured


def test_compared_says_what_matching_is_worth() -> None:
    # A condition that lifts all scores by 3: one mapping for both cannot know it.
    rng = np.random.default_rng(2)
    same, q = np.tile([True, False], 4000), rng.integers(0, 2, 8000)
    score = np.where(same, 1.0, -1.0) + 3 * q + rng.normal(0, 1, 8000)
    half = trials_of(score, same, quality=q[:, None])
    found = compared(half.only(np.arange(8000) < 4000), half.only(np.arange(8000) >= 4000))
    assert found.matched < 0.75 * found.logistic
    assert found.matched < found.least <= min(found.logistic, found.gaussian, found.pav)


def test_compared_shows_a_tail_that_misleads_a_normal_distribution() -> None:
    # One in 50 pairs of two devices scores as one of one device: heavy tails cost the Gaussian.
    rng = np.random.default_rng(3)
    halves = []
    for _ in range(2):
        one = gaussian_trials(rng, 2000, 2000, mean=3)
        halves.append(trials_of(np.where(rng.random(4000) < 0.02, 6.0, one.score), one.same))
    found = compared(*halves)
    assert found.pav < found.logistic
    assert found.pav < found.gaussian
