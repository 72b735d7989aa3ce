import numpy as np
import pytest

from micfp.fingerprint.embedding.fusion import fit_fusion
from micfp.fingerprint.embedding.scoring import rounded_s, squashed


def test_fusion_of_gaussian_scores_is_their_log_likelihood_ratio() -> None:
    rng = np.random.default_rng(1)
    same = np.arange(20_000) < 4000
    # N(+-1, 1): log LR 2 s; N(+-0.5, 1): log LR s. Independent, so they add; even priors.
    scores = rng.standard_normal((20_000, 2)) + np.where(same[:, None], 1, -1) * [1, 0.5]
    fusion = fit_fusion(scores, same, nonnegative=True)
    assert fusion.weights == pytest.approx([2, 1], abs=0.12)
    assert fusion.offset == pytest.approx(0, abs=0.06)
    assert fusion(np.array([[1.0, 1.0]]))[0] == pytest.approx(3, abs=0.2)


def test_scale_of_a_score_does_not_matter() -> None:
    rng = np.random.default_rng(2)
    same = rng.random(500) < 0.3
    scores = rng.standard_normal((500, 2)) + same[:, None]
    one, other = (
        fit_fusion(scores, same, nonnegative=True),
        fit_fusion(scores * [1, 1000], same, nonnegative=True),
    )
    assert one(scores) == pytest.approx(other(scores * [1, 1000]), abs=1e-3)


def test_weights_below_zero_are_asked_for() -> None:
    rng = np.random.default_rng(3)
    same = np.arange(4000) < 2000
    noise = rng.standard_normal(4000)
    # The first is the device and noise, the second the noise and other noise: taken from the first
    # it makes it better.
    scores = np.column_stack([np.where(same, 0.5, -0.5) + noise, noise + rng.standard_normal(4000)])
    assert fit_fusion(scores, same, nonnegative=True).weights[1] == 0
    free = fit_fusion(scores, same, nonnegative=False).weights
    # First less half of the second: variance 1 / 2 of noise is left, so that it weighs 2 / (1 / 2)
    # times 0.5, less what the penalty takes.
    assert free == pytest.approx([2, -1], abs=0.2)


def test_squash_by_hand() -> None:
    assert squashed(np.array([0, 10, -10, 90])) == pytest.approx(
        [0, np.log(2), -np.log(2), np.log(10)]
    )


def test_durations_are_rounded_by_ratio() -> None:
    # 0.36 is nearer to 0.25 (1.44) than to 0.5 (1.39)? No: 0.5 / 0.36 = 1.39 is less.
    assert [rounded_s(s) for s in (0.01, 0.36, 0.35, 4.2, 100)] == [0.1, 0.5, 0.25, 5.0, 20.0]
