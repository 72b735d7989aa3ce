"""I-vectors and the total-variability matrix against dense formulas."""

import numpy as np
import pytest
from mixtures import KNOWN, generator, random_mixture
from scipy.linalg import block_diag, subspace_angles
from scipy.stats import multivariate_normal

from micfp.errors import MicfpError
from micfp.models.gmm import Mixture, Statistics, statistics, supervectors
from micfp.models.ivectors import fit_total_variability, ivectors, length_normalised


def hidden_case(
    n_samples: int, shape: tuple[int, int, int], seed: int = 3
) -> tuple[Mixture, np.ndarray, Statistics]:
    """Mixture, matrix (M, D, R) and statistics of samples that obey them, with known shares."""
    rng = generator(seed)
    mixture, total = random_mixture(*shape[:2], seed=seed), rng.normal(size=shape)
    zeroth = rng.uniform(5, 40, size=(n_samples, shape[0]))
    means = mixture.means + np.einsum("cdr,nr->ncd", total, rng.normal(size=(n_samples, shape[2])))
    noise = rng.normal(size=means.shape) * np.sqrt(zeroth[:, :, None] * mixture.variances)
    return mixture, total, Statistics(zeroth, zeroth[:, :, None] * means + noise)


def dense(mixture: Mixture, stats: Statistics, row: int) -> tuple[np.ndarray, ...]:
    """Of one sample, with M D rows: N and S as matrices, and the centred first statistics F."""
    n_columns = mixture.means.shape[1]
    zeroth = block_diag(*(n * np.eye(n_columns) for n in stats.zeroth[row]))
    centred = stats.first[row] - stats.zeroth[row][:, None] * mixture.means
    return zeroth, np.diag(mixture.variances.ravel()), centred.ravel()


def test_ivectors_are_the_dense_formulas() -> None:
    mixture, total, stats = hidden_case(6, (3, 4, 2))
    ours = ivectors(mixture, total, stats, length_normalise=False)
    T = total.reshape(12, 2)
    for row in range(6):
        N, S, F = dense(mixture, stats, row)
        precision = np.eye(2) + T.T @ np.linalg.inv(S) @ N @ T
        expected = np.linalg.inv(precision) @ T.T @ np.linalg.inv(S) @ F
        np.testing.assert_allclose(ours[row], expected, rtol=1e-5)
    assert ours.dtype == np.float32
    lengths = np.linalg.norm(ours, axis=1, keepdims=True)
    np.testing.assert_allclose(ivectors(mixture, total, stats), ours / lengths, rtol=1e-5)


def test_ivector_of_no_frames_is_zero() -> None:
    mixture, total, _ = hidden_case(1, (3, 4, 2))
    stats = statistics(mixture, [np.empty((0, 4))])
    np.testing.assert_array_equal(ivectors(mixture, total, stats), np.zeros((1, 2)))


def test_length_after_a_mean_is_taken_off() -> None:
    vectors = np.array([[4.0, 5.0], [1.0, 1.0]])
    # (3, 4) has length 5; what is the mean itself has no direction.
    np.testing.assert_allclose(length_normalised(vectors, np.ones(2)), [[0.6, 0.8], [0, 0]])
    np.testing.assert_allclose(np.linalg.norm(length_normalised(vectors), axis=1), 1)


def test_a_step_of_total_variability_is_the_dense_formulas() -> None:
    mixture, _, stats = hidden_case(40, (3, 4, 2))
    start, step = (fit_total_variability(mixture, stats, 2, generator(), n) for n in (0, 1))
    T = start.reshape(12, 2)
    quadratic, linear, moment = np.zeros((3, 2, 2)), np.zeros((12, 2)), np.zeros((2, 2))
    for row in range(40):
        N, S, F = dense(mixture, stats, row)
        covariance = np.linalg.inv(np.eye(2) + T.T @ np.linalg.inv(S) @ N @ T)
        mean = covariance @ T.T @ np.linalg.inv(S) @ F
        second = covariance + np.outer(mean, mean)
        quadratic += stats.zeroth[row][:, None, None] * second
        linear += np.outer(F, mean)
        moment += second / 40
    better = np.concatenate(
        [linear[4 * c : 4 * c + 4] @ np.linalg.inv(quadratic[c]) for c in range(3)]
    )
    # The hidden numbers may turn; T T', the covariance of means between samples, may not.
    ours = step.reshape(12, 2)
    np.testing.assert_allclose(ours @ ours.T, better @ moment @ better.T, rtol=1e-8)


def test_marginal_likelihood_of_total_variability_never_falls() -> None:
    mixture, _, stats = hidden_case(60, (3, 4, 2))
    curve = []
    for iterations in range(12):
        total = fit_total_variability(mixture, stats, 2, generator(), iterations)
        T = total.reshape(12, 2)
        log_likelihood = 0.0
        for row in range(60):  # F is normal: N T w of w ~ N(0, I), and noise of variance N S
            N, S, F = dense(mixture, stats, row)
            log_likelihood += multivariate_normal(cov=N @ S + N @ T @ T.T @ N).logpdf(F)
        curve.append(log_likelihood)
    assert np.diff(curve).min() > -1e-9 * abs(curve[0])
    assert curve[-1] > curve[0] + 100
    assert curve[-1] - curve[-2] < 0.1, "12 steps are enough here"


def test_total_variability_finds_a_known_subspace_and_its_size() -> None:
    mixture, total, stats = hidden_case(600, (8, 5, 3))
    found = fit_total_variability(mixture, stats, 3, generator())
    T, ours = total.reshape(40, 3), found.reshape(40, 3)
    assert np.degrees(subspace_angles(T, ours)).max() < 2  # two random ones: about 80
    # T T' is the covariance of means between samples; of 600 it is known to sqrt(2 / 600) = 6 %.
    assert np.trace(ours @ ours.T) == pytest.approx(np.trace(T @ T.T), rel=0.15)
    again = fit_total_variability(mixture, stats, 3, generator())
    np.testing.assert_array_equal(found, again)


def test_blocks_of_samples_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    mixture, total, stats = hidden_case(50, (3, 4, 2))
    whole = fit_total_variability(mixture, stats, 2, generator())
    vectors = ivectors(mixture, total, stats)
    monkeypatch.setattr("micfp.models.ivectors.POSTERIOR_NUMBERS", 7 * 12)  # 7 samples at a time
    in_parts = fit_total_variability(mixture, stats, 2, generator())
    np.testing.assert_allclose(in_parts, whole, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(ivectors(mixture, total, stats), vectors, rtol=1e-6)


def test_a_component_without_frames_has_no_variability() -> None:
    mixture, _, stats = hidden_case(50, (3, 4, 2))
    stats.zeroth[:, 1], stats.first[:, 1] = 0, 0
    total = fit_total_variability(mixture, stats, 2, generator())
    np.testing.assert_array_equal(total[1], np.zeros((4, 2)))
    assert np.isfinite(total).all()
    assert (np.abs(total[[0, 2]]).max(axis=(1, 2)) > 0.1).all()


@pytest.mark.parametrize("dimension", [0, 9, 13])
def test_dimensions_that_cannot_be_trained(dimension: int) -> None:
    mixture, _, stats = hidden_case(8 if dimension == 9 else 50, (3, 4, 2))
    most = "8" if dimension == 9 else "12"  # 8 samples; 3 components of 4 numbers
    with pytest.raises(MicfpError, match=f"dimension {dimension} .* at most {most}"):
        fit_total_variability(mixture, stats, dimension, generator())


def test_statistics_and_matrix_of_another_mixture() -> None:
    mixture, total, stats = hidden_case(8, (3, 4, 2))
    for call in (
        lambda: supervectors(KNOWN, stats),
        lambda: fit_total_variability(KNOWN, stats, 2, generator()),
        lambda: ivectors(KNOWN, total, stats),
    ):
        with pytest.raises(MicfpError, match="do not belong to a mixture"):
            call()
    with pytest.raises(MicfpError, match="does not belong to a mixture"):
        ivectors(mixture, total[:2], stats)
    with pytest.raises(MicfpError, match="relevance factor of 0"):
        supervectors(mixture, stats, relevance=0)
