"""Two sets of curves: their means, how far these differ, and in which bands by more than chance.

Pieces are drawn anew, and the greatest deviation over all bands in units of its standard error says
how wide a band has to be that holds the whole curve in 95 of 100 draws. A difference outside of it
is significant with all bands counted together, not each by itself.

References
----------
Efron and Tibshirani (1993), An introduction to the bootstrap, 12.5 (bootstrap-t). Romano and Wolf
(2005), Stepwise multiple testing as formalized data snooping. Smyth (2004), Linear models and
empirical Bayes methods (variances of a few pieces, moved towards what is known of them).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
CONFIDENCE = 0.95
DRAWS = 2000
PRIOR_PIECES = 20
"""As many pieces as the known variance counts for: that of a few pieces alone may be next to 0."""


@dataclass(frozen=True)
class Curve:
    """A curve over bands, in dB.

    Attributes
    ----------
    mean, low, high
        (n_bands,); the whole curve lies between low and high with 95 % confidence.
    """

    mean: Array
    low: Array
    high: Array

    @property
    def apart(self) -> Bools:
        """(n_bands,), where 0 dB is not between low and high."""
        return np.asarray((self.low > 0) | (self.high < 0))


@dataclass(frozen=True)
class Known:
    """What is known of pieces before any is seen.

    Attributes
    ----------
    piece_db2
        (n_bands,) > 0, variance of a piece about the mean of its device.
    extra_db2
        (n_bands,) >= 0, variance of the mean that no drawing of pieces shows.
    """

    piece_db2: Array
    extra_db2: Array


def curve(pieces: Array, known: Known, rng: np.random.Generator) -> Curve:
    """The mean of pieces (n_pieces, n_bands) in dB, two or more; rng draws pieces."""
    mean, variance = _mean(pieces, known)
    drawn, of_drawn = _drawn(pieces, known, rng)
    return _banded(mean, variance + known.extra_db2, drawn - mean, of_drawn)


def difference(
    a: Array, b: Array, known_a: Known, known_b: Known, rng: np.random.Generator
) -> Curve:
    """The mean of pieces (n_pieces, n_bands) in dB less that of others, two or more of each."""
    (mean_a, variance_a), (mean_b, variance_b) = _mean(a, known_a), _mean(b, known_b)
    (drawn_a, of_drawn_a), (drawn_b, of_drawn_b) = _drawn(a, known_a, rng), _drawn(b, known_b, rng)
    mean = mean_a - mean_b
    return _banded(
        mean,
        variance_a + variance_b + known_a.extra_db2 + known_b.extra_db2,
        drawn_a - drawn_b - mean,
        of_drawn_a + of_drawn_b,
    )


def _mean(pieces: Array, known: Known) -> tuple[Array, Array]:
    """Mean over pieces, and its variance."""
    return pieces.mean(axis=0), _of_mean(pieces.var(axis=0, ddof=1), len(pieces), known)


def _of_mean(piece_db2: Array, n: int, known: Known) -> Array:
    """Variance of the mean of n pieces, of the variance that they have."""
    moved = PRIOR_PIECES * known.piece_db2 + (n - 1) * piece_db2
    return np.asarray(moved / (PRIOR_PIECES + n - 1) / n)


def _drawn(pieces: Array, known: Known, rng: np.random.Generator) -> tuple[Array, Array]:
    """Means (DRAWS, n_bands) of pieces that are drawn anew, and their variances."""
    n = len(pieces)
    share = rng.multinomial(n, np.full(n, 1 / n), size=DRAWS) / n
    mean = share @ pieces
    variance = np.maximum(share @ np.square(pieces) - np.square(mean), 0) * n / (n - 1)
    return mean, _of_mean(variance, n, known)


def _banded(mean: Array, variance: Array, deviation: Array, of_drawn: Array) -> Curve:
    greatest = np.abs(deviation / np.sqrt(of_drawn)).max(axis=1)
    width = float(np.quantile(greatest, CONFIDENCE)) * np.sqrt(variance)
    return Curve(mean, mean - width, mean + width)
