"""Codebooks: Linde, Buzo and Gray against scikit-learn and scipy, and scores by hand."""

import numpy as np
import pytest
from coloured_frames import DEVICES, LABELS, PART, TEST, F, coloured_frames
from scipy.cluster.vq import vq
from sklearn.cluster import KMeans
from test_methods import fitted, frames_of

from micfp.errors import MicfpError
from micfp.models import codebooks
from micfp.models.codebooks import Codebooks, codebook, fit_codebooks, squared_distances

NO_SHIFT, NO_SCALE = np.zeros(2), np.ones(2)


def heaps(n: int = 400, seed: int = 0) -> np.ndarray:
    """Frames (n, 2) about four places."""
    rng = np.random.default_rng(seed)
    places = np.array([[0, 0], [8, 0], [0, 6], [8, 6]])[np.arange(n) % 4]
    return places + rng.standard_normal((n, 2))


def test_one_word_is_the_mean_and_four_are_the_heaps() -> None:
    frames = heaps()
    np.testing.assert_allclose(codebook(frames, 1), frames.mean(axis=0, keepdims=True))
    found = codebook(frames, 4)
    expected = np.stack([frames[k::4].mean(axis=0) for k in range(4)])
    order = np.lexsort(np.round(found, 0).T)
    np.testing.assert_allclose(found[order], expected, atol=0.2)


def test_splits_and_moves_are_scikit_learns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lloyd's iterations by scikit-learn, from the same two, four and eight words."""
    frames = np.random.default_rng(1).standard_normal((300, 5)) @ np.diag([3, 2, 1, 1, 1])
    monkeypatch.setattr(codebooks, "ITERATIONS", 100)
    apart = codebooks.SPLIT * frames.std(axis=0)
    words = frames.mean(axis=0, keepdims=True)
    while len(words) < 8:
        start = np.concatenate([words - apart, words + apart])
        words = KMeans(len(start), init=start, n_init=1, max_iter=100, tol=0).fit(frames)
        words = words.cluster_centers_
    np.testing.assert_allclose(codebook(frames, 8), words, atol=1e-8)


def test_a_word_of_no_frame_stays() -> None:
    """Two frames, four words: each frame is a word, and the others do not become not-a-number."""
    frames = np.array([[0.0, 0.0], [2.0, 2.0]])
    found = codebook(frames, 4)
    assert np.isfinite(found).all()
    np.testing.assert_allclose(squared_distances(found, frames), 0, atol=1e-3)


def test_distances_by_hand() -> None:
    words = np.array([[0.0, 0.0], [4.0, 0.0]])
    frames = np.array([[1.0, 0.0], [3.0, 1.0], [4.0, 3.0]])
    assert squared_distances(words, frames).tolist() == pytest.approx([1, 2, 9])


def test_scores_by_hand() -> None:
    """Words at 0 and at 4 (shift 1, scale 2: frames 1 and 9); a training distortion of 0.5.

    A sample of frames 1 and 5 in both columns: scaled 0 and 2. Squared distances to the first
    class 0 and 8, mean 4; to the second 32 and 8, mean 20. Times D / (2 x 0.5) = 2.
    """
    made = Codebooks(
        words=np.array([[[0.0, 0.0]], [[4.0, 4.0]]]),
        shift=np.ones(2),
        scale=np.full(2, 2.0),
        distortion=np.array([0.5]),
    )
    sample = np.array([[[1.0, 1.0], [5.0, 5.0]]])
    np.testing.assert_allclose(made.scores(sample), [[-8, -40]])


def test_the_distortion_of_training_is_that_of_scipy() -> None:
    of_classes = [heaps(seed=2), 3 + heaps(seed=3)]
    made = fit_codebooks(of_classes, NO_SHIFT, NO_SCALE, 8)
    distances = [vq(f, w)[1] for f, w in zip(of_classes, made.words, strict=True)]
    assert made.distortion[0] == pytest.approx(np.square(distances).mean())


def test_a_method_of_codebooks() -> None:
    """Three devices with four words of twelve numbers, a shift, a scale and a distortion."""
    made, trained = fitted("codebook")
    assert trained is None
    assert made.parameter_count() == 3 * 4 * F + 2 * F + 1
    frames = frames_of("codebook")
    assert made.codebooks is not None
    np.testing.assert_allclose(
        made.codebooks.shift, frames[PART.training].mean(axis=(0, 1)), rtol=1e-5
    )
    named = made.codebooks.scores(frames[TEST]).argmax(axis=1)
    assert np.mean(np.array(DEVICES)[named] == LABELS[TEST]) > 0.7


def test_what_cannot_be() -> None:
    with pytest.raises(MicfpError, match="a codebook of 8 words of 4 frames"):
        fit_codebooks([heaps(4)], NO_SHIFT, NO_SCALE, 8)
    with pytest.raises(MicfpError, match="set codewords lower"):
        fit_codebooks([np.ones((9, 2))], NO_SHIFT, NO_SCALE, 4)
    with pytest.raises(MicfpError, match="above 0"):
        Codebooks(np.zeros((2, 4, 2)), NO_SHIFT, np.zeros(2), np.ones(1))


def test_the_same_frames_give_the_same_words() -> None:
    frames = coloured_frames().reshape(-1, F).astype(np.float64)
    np.testing.assert_array_equal(codebook(frames, 16), codebook(frames, 16))
