"""Vector quantisation: a codebook of frames for each class, and how far frames are from it.

Zeng, Zhao and Wang 2024, II-B: "Hanilci et al. used MFCC as input features, employed the Vector
Quantization (VQ) algorithm, and SVM as the backend classification decision." Hanilçi, Ertaş, Ertaş
and Eskidere 2012, "Recognition of brand and models of cell-phones from recorded speech signals",
report two classifiers (92.56 % and 96.42 % of 14 phones): codebooks of each phone's frames, of
which the one with the least distortion names the phone, and support vector machines. This is the
first.

The codebooks are those of Linde, Buzo and Gray (1980): every word is split in two until there are
enough, and after each split the words move to the mean of the frames that are nearest to them.
Frames are brought to mean 0 and deviation 1 first, over all classes: a distance would otherwise be
that of C0 alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError

Floats = NDArray[np.float64]

ITERATIONS = 10
"""After each split."""

SPLIT = 0.01
"""A word goes so far both ways, in deviations of the frames."""


@dataclass(frozen=True)
class Codebooks:
    """A codebook for each class.

    Parameters
    ----------
    words
        (classes, words, D), of scaled frames
    shift
        what is taken off a frame, (D,)
    scale
        what it is divided by then, (D,); above 0
    distortion
        mean squared distance of the frames that were learned from to the nearest word of their
        class, (1,); above 0

    Raises
    ------
    MicfpError
        where values are not such
    """

    words: Floats
    shift: Floats
    scale: Floats
    distortion: Floats

    def __post_init__(self) -> None:
        if not ((self.scale > 0).all() and (self.distortion > 0).all()):
            raise MicfpError("codebooks need a scale and a distortion above 0: fit them again")

    def scores(self, frames: NDArray[Any]) -> Floats:
        """Score of each class for samples (n, T, D), float64 (n, classes).

        That of a Gaussian at the nearest word, of the variance that the training's distortion
        gives: minus half of D times the ratio of both mean distortions. Mean over the frames, as a
        likelihood's: neighbouring frames overlap and say much the same.
        """
        half = self.words.shape[2] / (2 * self.distortion[0])
        scores = np.empty((len(frames), len(self.words)))
        for row in range(len(frames)):
            scaled = (np.asarray(frames[row], np.float64) - self.shift) / self.scale
            scores[row] = [-half * squared_distances(words, scaled).mean() for words in self.words]
        return scores


def fit_codebooks(
    frames_of_classes: Iterable[NDArray[Any]],
    shift: NDArray[Any],
    scale: NDArray[Any],
    n_words: int,
) -> Codebooks:
    """Codebooks of the frames (n, D) of each class.

    Parameters
    ----------
    shift, scale
        of a frame, (D,)
    n_words
        of a class, a power of two

    Raises
    ------
    MicfpError
        fewer frames of a class than words, or frames that are all alike
    """
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    words, total, count = [], 0.0, 0
    with threadpool_limits(1):
        for frames in frames_of_classes:
            if len(frames) < n_words:
                raise MicfpError(
                    f"cannot make a codebook of {n_words} words of {len(frames)} frames: give more "
                    "frames, or set codewords lower"
                )
            scaled = (frames.astype(np.float64) - shift) / scale
            words.append(codebook(scaled, n_words))
            total += float(squared_distances(words[-1], scaled).sum())
            count += len(scaled)
    if not total > 0:
        raise MicfpError("the frames of each class are its words: set codewords lower")
    return Codebooks(
        words=np.stack(words),
        shift=shift.astype(np.float64),
        scale=scale.astype(np.float64),
        distortion=np.array([total / count]),
    )


def codebook(frames: Floats, n_words: int) -> Floats:
    """The words (n_words, D) of frames (n, D); n_words is a power of two.

    A word to which no frame is nearest stays where it is.
    """
    from scipy.cluster.vq import vq

    apart = SPLIT * frames.std(axis=0)
    words: Floats = frames.mean(axis=0, keepdims=True)
    while len(words) < n_words:
        words = np.concatenate([words - apart, words + apart])
        for _ in range(ITERATIONS):
            nearest, _ = vq(frames, words)
            taken = np.bincount(nearest, minlength=len(words))[:, None]
            sums = [np.bincount(nearest, column, len(words)) for column in frames.T]
            words = np.where(taken > 0, np.stack(sums, 1) / np.maximum(taken, 1), words)
    return words


def squared_distances(words: Floats, frames: Floats) -> Floats:
    """Squared distance of each frame (n, D) to its nearest word, (n,)."""
    from scipy.cluster.vq import vq

    _, distances = vq(frames, words)
    squared: Floats = np.square(distances)
    return squared
