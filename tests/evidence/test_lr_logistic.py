import numpy as np
import pytest

from micfp.evidence.logistic import LEAST_SLOPE, PENALTY, fit_logistic, fit_replicates
from tests.evidence.simulated import gaussian_trials, trials_of


def line(mapping) -> tuple[float, float]:
    """Slope and offset of natural log LR over the score."""
    at = mapping.log10_lr(np.array([0.0, 1.0])) * np.log(10)
    return at[1] - at[0], at[0]


def test_gaussian_scores_give_the_line_of_the_formula() -> None:
    # N(3, 4) and N(1, 4): log LR = s (3 - 1) / 4 - (9 - 1) / 8 = s / 2 - 1.
    rng = np.random.default_rng(1)
    trials = gaussian_trials(rng, 8000, 30_000, mean=1, sd=2)
    slope, offset = line(fit_logistic(trials_of(trials.score + 2, trials.same)))
    assert slope == pytest.approx(0.5, abs=0.02)
    assert offset == pytest.approx(-1, abs=0.05)


def test_it_is_scikit_learns_with_the_same_weights_and_penalty() -> None:
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    trials = gaussian_trials(rng, 60, 500)
    found = fit_logistic(trials)
    weight = np.where(trials.same, 0.5 / 60, 0.5 / 500)
    z = (trials.score - trials.score.mean()) / trials.score.std()
    # Loss + 1e-4 w^2, and scikit-learn's C loss + w^2 / 2: C = 1 / (2 1e-4).
    theirs = LogisticRegression(C=1 / (2 * PENALTY), tol=1e-10, max_iter=1000)
    theirs.fit(z[:, None], trials.same, sample_weight=weight)
    expected = theirs.decision_function(z[:, None]) / np.log(10)
    assert found.log10_lr(trials.score) == pytest.approx(expected, abs=1e-4)


def test_how_many_pairs_of_either_kind_there_are_does_not_matter() -> None:
    rng = np.random.default_rng(3)
    few = gaussian_trials(rng, 50, 200)
    copies = np.concatenate([np.arange(250)] + [np.flatnonzero(~few.same)] * 9)
    many = few.only(copies)
    # Ten times the pairs of two devices: the same ratios. Standardised otherwise: penalty alone.
    assert line(fit_logistic(many)) == pytest.approx(line(fit_logistic(few)), abs=5e-3)


def test_weights_are_copies() -> None:
    rng = np.random.default_rng(4)
    trials = gaussian_trials(rng, 20, 30)
    weight = rng.integers(0, 4, 50)
    copied = trials.only(np.repeat(np.arange(50), weight))
    weighed = fit_logistic(trials, weight.astype(float))
    assert line(weighed) == pytest.approx(line(fit_logistic(copied)), abs=5e-3)


def test_measures_set_slope_and_offset() -> None:
    # q = 0: N(+-1, 1), log LR 2 s. q = 1: N(2.5 +- 0.5, 1), log LR s - 2.5.
    rng = np.random.default_rng(5)
    same, q = np.arange(40_000) < 20_000, np.tile([0.0, 1.0], 20_000)
    mean = np.where(q == 0, np.where(same, 1, -1), np.where(same, 3.0, 2.0))
    found = fit_logistic(trials_of(rng.normal(mean, 1), same, quality=q[:, None]))
    s = np.array([-1.0, 0, 1, 2, 4])
    for value, expected in ((0, 2 * s), (1, s - 2.5)):
        lr = found.log10_lr(s, np.full((5, 1), float(value))) * np.log(10)
        # The penalty holds slopes that differ together: by a twentieth here.
        assert lr == pytest.approx(expected, rel=0.06, abs=0.15)
    pooled = fit_logistic(trials_of(rng.normal(mean, 1), same))
    assert line(pooled)[0] < 1  # of neither condition


def test_a_greater_score_is_never_weaker_evidence() -> None:
    # Scores the wrong way round: the slope stays at its least, over a standardised score.
    trials = gaussian_trials(np.random.default_rng(6), 500, 500, mean=-1)
    found = fit_logistic(trials)
    assert line(found)[0] == pytest.approx(LEAST_SLOPE / trials.score.std())


def test_separated_scores_and_equal_ones_give_finite_lrs() -> None:
    apart = fit_logistic(trials_of([5.0] * 20 + [-5.0] * 20, np.arange(40) < 20))
    # z is +-1. Least of log(1 + exp(-w)) + 1e-4 w^2: exp(-w) = 2e-4 w, w = 6.66; log10 LR 2.9.
    assert apart.log10_lr(np.array([5.0, -5])) == pytest.approx([2.9, -2.9], abs=0.05)
    alike = fit_logistic(trials_of(np.ones(10), np.arange(10) < 5))
    assert alike.log10_lr(np.ones(2)) == pytest.approx([0, 0], abs=1e-6)


def test_pairs_of_one_kind_alone_are_no_fit() -> None:
    with pytest.raises(ValueError, match="pairs of one device and of two"):
        fit_logistic(trials_of([1.0, 2], [True, True]))
    with pytest.raises(ValueError, match="pairs of one device and of two"):
        fit_logistic(trials_of([1.0, 2], [True, False]), np.array([0.0, 1]))


def population(rng, n_devices, n_each=3, effect=0.7):
    """Every device's own pairs and those of all two: scores that hang on the device."""
    own = rng.normal(0, effect, n_devices)
    first, second = np.triu_indices(n_devices, 1)
    devices = np.repeat(np.arange(n_devices), n_each)
    score = np.concatenate(
        [
            1 + own[devices] + rng.normal(0, 0.7, len(devices)),
            -1 + (own[first] + own[second]) / 2 + rng.normal(0, 0.7, len(first)),
        ]
    )
    same = np.arange(len(score)) < len(devices)
    ends = np.concatenate([devices, first]), np.concatenate([devices, second])
    return trials_of(score, same, *ends)


def test_intervals_cover_what_all_devices_would_give() -> None:
    rng = np.random.default_rng(7)
    at = np.array([0.3])
    truth = fit_logistic(population(rng, 600)).log10_lr(at)[0]
    covered = 0
    for _ in range(60):
        trials = population(rng, 20)
        fitted = fit_logistic(trials)
        drawn = [
            type(fitted)(fitted.centre, fitted.spread, weights).log10_lr(at)[0]
            for weights in fit_replicates(trials, fitted, 40, rng)
        ]
        low, high = np.percentile(drawn, [2.5, 97.5])
        covered += low <= truth <= high
    # 95 % nominal of 60 is 57; few devices make a bootstrap too narrow. By chance 48 or fewer of
    # 54 (90 %) once in 100.
    assert covered >= 48


def test_pairs_drawn_in_place_of_devices_would_be_narrower() -> None:
    # 10 devices that differ much, 20 pairs each: the interval hangs on devices, not on pairs.
    rng = np.random.default_rng(8)
    trials = population(rng, 10, n_each=20, effect=1.0)
    fitted = fit_logistic(trials)
    by_devices = fit_replicates(trials, fitted, 60, rng)[:, 1, 0].std()
    by_pairs = np.std(
        [
            fit_logistic(
                trials, rng.multinomial(len(trials), np.full(len(trials), 1 / len(trials))) * 1.0
            ).weights[1, 0]
            for _ in range(60)
        ]
    )
    assert by_devices > 1.5 * by_pairs


def test_a_pair_weighs_as_often_as_its_devices_were_drawn() -> None:
    trials = population(np.random.default_rng(10), 7)
    fitted = fit_logistic(trials)
    found = fit_replicates(trials, fitted, 1, np.random.default_rng(3))[0]
    drawn = np.random.default_rng(3).integers(7, size=7).tolist()
    weight = [
        drawn.count(a) if same else drawn.count(a) * drawn.count(b)
        for a, b, same in zip(trials.first, trials.second, trials.same, strict=True)
    ]
    expected = fit_logistic(trials, np.array(weight, float)).weights
    assert found == pytest.approx(expected, abs=1e-3)


def test_another_number_of_measures_is_an_error() -> None:
    rng = np.random.default_rng(11)
    same = np.arange(20) < 10
    found = fit_logistic(trials_of(rng.normal(0, 1, 20), same, quality=rng.normal(0, 1, (20, 1))))
    assert found.n_measures == 1
    with pytest.raises(ValueError, match="0 measures were given, and 1 fitted"):
        found.log10_lr(np.ones(2))
    with pytest.raises(ValueError, match="2 measures were given, and 1 fitted"):
        found.log10_lr(np.ones(2), np.ones((2, 2)))


def test_replicates_are_those_of_the_seed() -> None:
    trials = population(np.random.default_rng(9), 6)
    fitted = fit_logistic(trials)
    one, again = (fit_replicates(trials, fitted, 5, np.random.default_rng(0)) for _ in range(2))
    assert one.shape == (5, 2, 1)
    assert (one == again).all()
