"""Mixtures against scikit-learn, and adapted means against a hand."""

import tracemalloc
import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from mixtures import KNOWN, generator, random_mixture
from sklearn.mixture import GaussianMixture

from micfp.errors import MicfpError
from micfp.models.gmm import (
    Blocks,
    Mixture,
    em_step,
    fit_mixture,
    log_likelihoods,
    statistics,
    supervectors,
)


def drawn(mixture: Mixture, n_frames: int, seed: int = 1) -> np.ndarray:
    """Frames of a mixture, (n_frames, D)."""
    rng = generator(seed)
    component = rng.choice(len(mixture.weights), size=n_frames, p=mixture.weights)
    noise = rng.normal(size=(n_frames, mixture.means.shape[1]))
    return mixture.means[component] + noise * np.sqrt(mixture.variances[component])


def in_blocks(frames: np.ndarray, size: int) -> Blocks:
    return lambda: (frames[start : start + size] for start in range(0, len(frames), size))


def reference(mixture: Mixture) -> GaussianMixture:
    """scikit-learn's mixture that takes one step of EM from this one."""
    return GaussianMixture(
        len(mixture.weights),
        covariance_type="diag",
        reg_covar=0,
        max_iter=1,
        weights_init=mixture.weights,
        means_init=mixture.means,
        precisions_init=1 / mixture.variances,
        random_state=0,
    )


def test_log_likelihood_is_scikit_learns() -> None:
    mixture = random_mixture(5, 4)
    theirs = reference(mixture)
    theirs.weights_, theirs.means_, theirs.covariances_ = (
        mixture.weights,
        mixture.means,
        mixture.variances,
    )
    theirs.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    frames = generator(2).normal(0, 3, size=(5000, 4))
    ours = log_likelihoods(mixture, frames)
    np.testing.assert_allclose(ours, theirs.score_samples(frames), rtol=0, atol=1e-9)
    assert log_likelihoods(mixture, frames[:0]).shape == (0,)


def test_log_likelihood_far_from_zero_and_far_from_all() -> None:
    # One component: -(log(2 pi) + (x - m)^2) / 2 for variance 1.
    mixture = Mixture(np.ones(1), np.array([[1e8]]), np.ones((1, 1)))
    ours = log_likelihoods(mixture, np.array([[1e8 + 0.5], [1e8 - 2000.0]]))
    expected = [-0.5 * (np.log(2 * np.pi) + 0.25), -0.5 * (np.log(2 * np.pi) + 4e6)]
    np.testing.assert_allclose(ours, expected, rtol=1e-12)


def test_a_step_of_em_is_scikit_learns() -> None:
    start = random_mixture(4, 3, seed=5)
    frames = drawn(random_mixture(4, 3, seed=6), 3000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # one step does not converge
        theirs = reference(start).fit(frames)
    ours, log_likelihood = em_step(start, in_blocks(frames, 700), np.zeros(3))
    np.testing.assert_allclose(ours.weights, theirs.weights_, atol=1e-9)
    np.testing.assert_allclose(ours.means, theirs.means_, atol=1e-9)
    np.testing.assert_allclose(ours.variances, theirs.covariances_, atol=1e-9)
    assert log_likelihood == pytest.approx(log_likelihoods(start, frames).mean(), abs=1e-12)


@pytest.mark.parametrize("floor", [1e-3, 0.5])
def test_log_likelihood_never_falls(floor: float) -> None:
    frames = drawn(random_mixture(6, 3), 2000)
    mixture = random_mixture(8, 3, seed=9)
    # Start within the floor, or the first step might have to leave a better place.
    least = floor * frames.var(axis=0)
    mixture = Mixture(mixture.weights, mixture.means, np.maximum(mixture.variances, least))
    curve = []
    for _ in range(30):
        mixture, log_likelihood = em_step(mixture, in_blocks(frames, 500), least)
        curve.append(log_likelihood)
    assert np.diff(curve).min() > -1e-12
    assert curve[-1] > curve[0] + 0.1
    assert (mixture.variances >= least).all()
    assert floor < 0.5 or (mixture.variances == least).any(), "this floor is met"


def test_a_known_mixture_is_found() -> None:
    frames = drawn(KNOWN, 30_000).astype(np.float32)
    found = fit_mixture(in_blocks(frames, 7000), 3, generator(), iterations=30)
    order = np.argsort(found.means @ [1.0, 2.0])  # 0, 6 and 18 in the known one
    # Standard error of a mean: sqrt(2 / 6000) = 0.018; of a variance of 2: 2 sqrt(2 / 6000) = 0.04
    np.testing.assert_allclose(found.weights[order], KNOWN.weights, atol=0.02)
    np.testing.assert_allclose(found.means[order], KNOWN.means, atol=0.08)
    np.testing.assert_allclose(found.variances[order], KNOWN.variances, atol=0.15)


def test_em_starts_from_k_means_and_the_variance_of_all() -> None:
    # Two clusters of 100 frames, columns of very different size: all 200 are drawn.
    low, high = generator().normal(size=(2, 100, 2)) * [0.01, 1000] + [[[7, 0]], [[8, 0]]]
    frames = np.concatenate([low, high])
    start = fit_mixture(in_blocks(frames, 30), 2, generator(), iterations=0)
    expected = [low.mean(axis=0), high.mean(axis=0)]
    np.testing.assert_allclose(start.means[np.argsort(start.means[:, 0])], expected, rtol=1e-9)
    np.testing.assert_allclose(start.variances, [frames.var(axis=0)] * 2, rtol=1e-9)
    np.testing.assert_array_equal(start.weights, [0.5, 0.5])


def test_blocks_and_their_sizes_change_nothing() -> None:
    frames = drawn(random_mixture(4, 3), 5000) + 100

    def fitted(blocks: Blocks) -> Mixture:
        return fit_mixture(blocks, 8, generator(), iterations=10)

    whole, again = fitted(lambda: [frames]), fitted(lambda: [frames])
    in_parts = fitted(in_blocks(frames, 37))
    with_empty = fitted(lambda: [frames[:0], frames[:2500], frames[:0], frames[2500:]])
    for name in ("weights", "means", "variances"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(again, name))
        np.testing.assert_allclose(getattr(in_parts, name), getattr(whole, name), rtol=1e-9)
        np.testing.assert_allclose(getattr(with_empty, name), getattr(whole, name), rtol=1e-9)
    assert not np.array_equal(fit_mixture(lambda: [frames], 8, generator(2)).means, whole.means)


def test_an_empty_component_stays_where_it_is() -> None:
    start = Mixture(np.array([0.5, 0.5]), np.array([[0.0], [1000.0]]), np.ones((2, 1)))
    frames = np.array([[-1.0], [1.0], [3.0]])
    mixture, _ = em_step(start, lambda: [frames], np.array([1e-3]))
    # The first has all frames: mean 1, variance (4 + 0 + 4) / 3.
    np.testing.assert_allclose(mixture.means, [[1.0], [1000.0]])
    np.testing.assert_allclose(mixture.variances, [[8 / 3], [1.0]])
    assert 0 < mixture.weights[1] < 1e-6
    assert mixture.weights.sum() == pytest.approx(1)


def test_frames_that_repeat_give_a_mixture_all_the_same() -> None:
    frames = np.repeat([[0.0, 1.0], [4.0, 3.0]], 50, axis=0)  # 2 places for 5 components
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # k-means says that it found 2 clusters
        mixture = fit_mixture(lambda: [frames], 5, generator())
    assert np.isfinite(log_likelihoods(mixture, frames)).all()
    # variances are at the floor: 0.001 of 4 and of 1
    np.testing.assert_allclose(mixture.variances.min(axis=0), [0.004, 0.001])


def test_statistics_of_a_mixture_that_leaves_no_doubt() -> None:
    mixture = Mixture(np.full(2, 0.5), np.array([[0.0, 0.0], [100.0, 0.0]]), np.ones((2, 2)))
    samples = [np.array([[1.0, 2.0], [3.0, 4.0], [99.0, 5.0]]), np.empty((0, 2))]
    stats = statistics(mixture, iter(samples))
    np.testing.assert_allclose(stats.zeroth, [[2, 1], [0, 0]])
    np.testing.assert_allclose(stats.first, [[[4, 6], [99, 5]], [[0, 0], [0, 0]]])
    assert statistics(mixture, []).first.shape == (0, 2, 2)
    assert statistics(mixture, []).zeroth.shape == (0, 2)


def test_statistics_are_scikit_learns_shares() -> None:
    frames = drawn(KNOWN, 6000)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = reference(KNOWN).fit(frames)
    mixture = Mixture(theirs.weights_, theirs.means_, theirs.covariances_)
    shares = theirs.predict_proba(frames)
    stats = statistics(mixture, [frames[:900], frames[900:]])  # the second in more than one chunk
    for row, part in enumerate([slice(0, 900), slice(900, None)]):
        np.testing.assert_allclose(stats.zeroth[row], shares[part].sum(axis=0), rtol=1e-9)
        np.testing.assert_allclose(stats.first[row], shares[part].T @ frames[part], rtol=1e-9)


def test_adapted_means_by_hand() -> None:
    mixture = Mixture(np.ones(1), np.array([[2.0, -4.0]]), np.ones((1, 2)))
    samples = [np.tile([6.0, 0.0], (n, 1)) for n in (10, 30, 0)]
    adapted = supervectors(mixture, statistics(mixture, samples), relevance=10)
    # 10 frames go 10 / (10 + 10) of the way from (2, -4) to (6, 0), 30 go 30 / 40, none stay.
    np.testing.assert_allclose(adapted[:, 0], [[4, -2], [5, -1], [2, -4]], rtol=1e-6)
    assert adapted.dtype == np.float32


def test_adapted_means_in_the_limits() -> None:
    sample = drawn(KNOWN, 500)
    stats = statistics(KNOWN, [sample])
    own = stats.first / stats.zeroth[:, :, None]
    np.testing.assert_allclose(supervectors(KNOWN, stats, relevance=1e-9), own, rtol=1e-5)
    kept = supervectors(KNOWN, stats, relevance=1e12)[0]
    np.testing.assert_allclose(kept, KNOWN.means, atol=1e-5)


def peak_bytes(n_blocks: int) -> int:
    def blocks() -> Iterator[np.ndarray]:
        rng = generator()
        for _ in range(n_blocks):
            yield rng.normal(size=(3000, 8))

    tracemalloc.start()
    fit_mixture(blocks, 8, generator(), iterations=2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_frames() -> None:
    peak_bytes(1)  # what is imported and cached once
    once, twice = peak_bytes(20), peak_bytes(40)
    assert twice < 1.05 * once
    assert once < 4e6  # all 60 000 frames would be 3.8 MB, beside what a chunk needs


def test_memory_of_statistics_is_that_of_the_result() -> None:
    mixture = random_mixture(16, 20)
    samples = (generator(seed).normal(size=(100, 20)) for seed in range(2000))
    tracemalloc.start()
    stats = statistics(mixture, samples)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1.7 * (stats.first.nbytes + stats.zeroth.nbytes)  # a growing array: 1.5


FRAMES = np.arange(20.0).reshape(10, 2)


@pytest.mark.parametrize(
    ("blocks", "n_components", "message"),
    [
        ([FRAMES], 0, "mixture of 0 components: ask for at least 1"),
        ([FRAMES], 11, "cannot fit 11 components on 10 frames"),
        ([], 1, "cannot fit 1 components on 0 frames"),
        ([FRAMES, np.where(FRAMES == 7, np.nan, FRAMES)], 1, "number 1 of frame 3 is nan"),
        ([FRAMES, FRAMES[:, :1]], 1, r"\(n, 2\), not of shape \(10, 1\)"),
        ([FRAMES[0]], 1, r"\(n, D\), not of shape \(2,\)"),
        ([np.column_stack([FRAMES, np.full(10, 0.1)])], 1, "column 2 is 0.1 in all 10 frames"),
    ],
)
def test_frames_that_cannot_be_fitted(
    blocks: list[np.ndarray], n_components: int, message: str
) -> None:
    with pytest.raises(MicfpError, match=message):
        fit_mixture(lambda: blocks, n_components, generator())


def test_blocks_that_can_be_read_only_once() -> None:
    once = iter([FRAMES])
    with pytest.raises(MicfpError, match="must give them at every call"):
        fit_mixture(lambda: once, 1, generator())


@pytest.mark.parametrize("frames", [np.full((3, 2), np.inf), np.zeros((3, 5)), np.zeros(2)])
def test_frames_that_are_no_frames(frames: np.ndarray) -> None:
    with pytest.raises(MicfpError, match="frames must be"):
        log_likelihoods(KNOWN, frames)
    with pytest.raises(MicfpError, match="frames must be"):
        statistics(KNOWN, [frames])


@pytest.mark.parametrize(
    ("weights", "means", "variances", "message"),
    [
        (np.ones(1), np.zeros((2, 3)), np.ones((2, 3)), r"weights of shape \(1,\)"),
        (np.full(2, 0.5), np.zeros((2, 3)), np.ones((2, 2)), r"variances of \(2, 2\)"),
        (np.full(2, 0.6), np.zeros((2, 3)), np.ones((2, 3)), "sum of its weights 1, not 1.2"),
        (np.array([0.0, 1.0]), np.zeros((2, 3)), np.ones((2, 3)), "above 0"),
        (np.full(2, 0.5), np.zeros((2, 3)), np.zeros((2, 3)), "above 0"),
        (np.full(2, 0.5), np.full((2, 3), np.nan), np.ones((2, 3)), "must be finite"),
    ],
)
def test_what_is_no_mixture(
    weights: np.ndarray, means: np.ndarray, variances: np.ndarray, message: str
) -> None:
    with pytest.raises(MicfpError, match=message):
        Mixture(weights, means, variances)
