"""Two-covariance model (PLDA of full rank) on whatever bands two recordings have in common.

A device's vector is y ~ N(mean, between), a recording of it x ~ N(y, within). What is within a
device is told apart by where it comes from: what happened to the recording (copies), the sitting
and who spoke (sessions), and what was said (content), which alone becomes less with more speech.

Devices of one case share more than those of the population: loudspeaker, text, an offset. Both
hypotheses allow for a common shift of covariance kappa * between, without which plain PLDA takes it
for "the same rare device".

References
----------
Bruemmer and de Villiers (2010), The speaker partitioning problem. Kenny (2010), Bayesian speaker
verification with heavy-tailed priors.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError

Float32 = NDArray[np.float32]
Array = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

LEVEL_VARIANCE_DB2 = 1e4
"""Added to every entry of a within-covariance: levels say nothing, whatever they are."""
PRIOR_BANDS = 6.0
LEAST_VARIANCE_DB2 = 1e-3


@dataclass(frozen=True)
class TwoCovariance:
    """A model of one kind of vector; all covariances (n_bands, n_bands) in dB^2.

    Attributes
    ----------
    mean
        (n_bands,) in dB.
    between
        Of devices, positive definite.
    copies
        Of what codecs, noise and narrow bands do to one recording, positive definite.
    sessions
        Of recordings of one device in other sessions or by other speakers.
    content
        Of pieces with 1 s of active speech of one recording; of T seconds, 1 / T of it.
    """

    mean: Array
    between: Array
    copies: Array
    sessions: Array
    content: Array


@dataclass(frozen=True)
class Within:
    """How much of each part of a model counts as within a device.

    Attributes
    ----------
    copies, sessions
        Factors, >= 0.
    kappa
        Share of `between` that all devices of a case have in common, >= 0.
    """

    copies: float = 1.0
    sessions: float = 1.0
    kappa: float = 1.0


@dataclass(frozen=True)
class PairScore:
    """Log LR of two vectors on one set of bands, a quadratic form.

    score = a' first a + b' second b + a' cross b + constant, of vectors less the model's mean.
    """

    first: Array
    second: Array
    cross: Array
    constant: float

    def __call__(self, references: Array, tests: Array) -> Array:
        """Scores (n_references, n_tests) of vectors (n, n_bands) less the mean."""
        own = np.einsum("ij,ij->i", references @ self.first, references)
        other = np.einsum("ij,ij->i", tests @ self.second, tests)
        scores: Array = (references @ self.cross) @ tests.T
        scores += own[:, None] + other + self.constant
        return scores


def pair_score(
    model: TwoCovariance, within: Within, bands: Bools, reference_s: float, test_s: float
) -> PairScore:
    """The log LR of one device against two.

    Of one device, both vectors have covariance (1 + kappa) between + within, and (1 + kappa)
    between with each other; of two devices, kappa between with each other.

    Parameters
    ----------
    model
        Of this kind of vector.
    within
        What counts as within a device.
    bands
        (n_bands,), those that both recordings have; one or more.
    reference_s, test_s
        Active seconds of either, > 0.
    """
    chosen = np.ix_(bands, bands)
    between = model.between[chosen]
    fixed = within.copies * model.copies[chosen] + within.sessions * model.sessions[chosen]
    fixed = fixed + LEVEL_VARIANCE_DB2 + (1 + within.kappa) * between
    own = fixed + model.content[chosen] / reference_s
    other = fixed + model.content[chosen] / test_s
    same = _joint(own, other, (1 + within.kappa) * between)
    different = _joint(own, other, within.kappa * between)
    return PairScore(
        (different.first - same.first) / 2,
        (different.second - same.second) / 2,
        different.cross - same.cross,
        (different.constant - same.constant) / 2,
    )


def _joint(own: Array, other: Array, cross: Array) -> PairScore:
    """Blocks of the inverse of [[own, cross], [cross', other]], and the log of its determinant."""
    import scipy.linalg

    n = len(own)
    factor = scipy.linalg.cho_factor(np.block([[own, cross], [cross.T, other]]), lower=True)
    inverse = scipy.linalg.cho_solve(factor, np.eye(2 * n))
    log_determinant = 2 * float(np.log(np.diag(factor[0])).sum())
    return PairScore(inverse[:n, :n], inverse[n:, n:], inverse[:n, n:], log_determinant)


def aligned(model: TwoCovariance, vectors: Float32, outlier_sd: float | None) -> Array:
    """Vectors (n, n_bands) less the mean, with their median over bands taken off, outliers imputed.

    A value further than `outlier_sd` sd of the population from it is replaced by what the other
    bands let expect (conditional mean of the Gaussian): noise reduction digs such holes. None: all
    stay as they are. Missing bands stay NaN.
    """
    data = _without_level(vectors.astype(np.float64) - model.mean)
    if outlier_sd is None:
        return data
    total = model.between + model.copies + model.content
    outlying = np.abs(data) > outlier_sd * np.sqrt(np.diag(total))
    for row in np.flatnonzero(outlying.any(axis=1)):
        out = outlying[row]
        known = np.isfinite(data[row]) & ~out
        if known.any():
            gain = np.linalg.solve(total[np.ix_(known, known)], total[np.ix_(known, out)])
            data[row, out] = data[row, known] @ gain
    return data


def fit_two_covariance(
    vectors: Float32,
    devices: Ints,
    recordings: Ints,
    copies: Ints,
    active_s: Array,
    *,
    shrinkage: float,
    prior_share: float,
    content_by_time: bool,
    whole: bool = True,
) -> TwoCovariance:
    """Fit to pieces of recordings and of their copies.

    Parameters
    ----------
    vectors
        (n, n_bands), NaN where a recording lacks the band.
    devices, recordings, copies
        (n,) numbers; copy 0 is the recording itself, and every copy has the same pieces.
    active_s
        (n,), active seconds of each piece, > 0.
    shrinkage
        How far `copies` and `content` go to their own diagonals, 0..1.
    prior_share
        How far `between` goes to sd_i sd_j exp(-|i - j| / 6 bands), 0..1.
    content_by_time
        Whether `content` becomes less with the seconds; else it is that of a piece of any length.
    whole
        Every band is wanted; else the mean of one that no recording has is NaN, and `blended` takes
        it from the population.

    Raises
    ------
    MicfpError
        Fewer than two pieces of every recording; a band that no recording has, where `whole`.
    """
    names, first, group = np.unique(
        recordings * (copies.max(initial=0) + 1) + copies, return_index=True, return_inverse=True
    )
    if len(names) == len(recordings):
        raise MicfpError(
            "no recording has two pieces of 1 s, and nothing can be learned of what is said; give "
            "recordings of 2 s or more"
        )
    empty = np.asarray(np.isnan(vectors).all(axis=0))
    if whole and empty.any():
        raise MicfpError(
            f"nothing can be learned of {np.count_nonzero(empty)} of {len(empty)} bands, which no "
            "recording has; give some devices that it is learned from a higher rate (rates_hz)"
        )
    data = _without_level(vectors.astype(np.float64))
    of_copies = label_means(data, group)
    pieces = np.bincount(group)
    freedom = len(data) / (len(data) - len(names))  # a mean takes one piece of each group
    seconds = active_s if content_by_time else np.ones(len(data))
    residual = (data - of_copies[group]) * np.sqrt(freedom * seconds)[:, None]
    content = shrunk(covariance(residual[pieces[group] > 1]), shrinkage)
    by_recording = label_means(of_copies, recordings[first])
    of_recordings = by_recording[_index(recordings[first])]
    of_device = devices[first]
    clean = copies[first] == 0
    within_device = (
        of_copies[clean] - label_means(of_copies[clean], of_device[clean])[_index(of_device[clean])]
    )
    n_clean, n_devices = int(clean.sum()), len(np.unique(of_device))
    sessions = covariance(within_device) * n_clean / max(n_clean - n_devices, 1)
    means = label_means(data, devices)
    mean = _mean_of_rows(means)
    between = covariance(means - mean)
    sd = np.sqrt(np.diag(between))
    place = np.arange(len(sd))
    prior = np.outer(sd, sd) * np.exp(-np.abs(place[:, None] - place) / PRIOR_BANDS)
    return TwoCovariance(
        mean,
        positive((1 - prior_share) * between + prior_share * prior),
        shrunk(covariance(of_copies - of_recordings), shrinkage),
        positive(sessions),
        content,
    )


def blended(population: TwoCovariance, own: TwoCovariance, share: float) -> TwoCovariance:
    """A population's model moved towards a few devices of one's own.

    Parameters
    ----------
    population, own
        Of the same kind of vector.
    share
        What the covariances have of one's own, 0..1; the mean is one's own. Bands that one's own
        lack (mean NaN) stay the population's.
    """
    there = np.isfinite(own.mean)
    shares = share * np.outer(there, there)

    def mixed(name: str) -> Array:
        both = (1 - shares) * getattr(population, name) + shares * getattr(own, name)
        return both if there.all() else positive(both)

    names = ("between", "copies", "sessions", "content")
    # Levels say nothing: the two means are laid upon each other where both are.
    lift = np.median(own.mean[there] - population.mean[there])
    mean = np.where(there, own.mean, population.mean + lift)
    return TwoCovariance(mean, *(mixed(name) for name in names))


def _mean_of_rows(data: Array) -> Array:
    """Mean (n_bands,) over the rows that have a band; NaN where none has."""
    there = np.isfinite(data)
    n = there.sum(axis=0)
    return np.where(n > 0, np.where(there, data, 0).sum(axis=0) / np.maximum(n, 1), np.nan)


def _without_level(data: Array) -> Array:
    """Rows (n, n_bands) less the median of the bands that they have; without any, all NaN."""
    found = data.copy()
    heard = np.isfinite(data).any(axis=1)
    found[heard] -= np.nanmedian(data[heard], axis=1, keepdims=True)
    return found


def covariance(residuals: Array) -> Array:
    """Second moments over the rows that have both bands, made positive definite."""
    there = np.isfinite(residuals)
    filled = np.where(there, residuals, 0)
    counts = there.T.astype(np.float64) @ there
    return positive(filled.T @ filled / np.maximum(counts, 1))


def shrunk(matrix: Array, share: float) -> Array:
    """Towards its own diagonal."""
    return (1 - share) * matrix + share * np.diag(np.diag(matrix))


def positive(matrix: Array) -> Array:
    """The nearest symmetric matrix whose eigenvalues are not below LEAST_VARIANCE_DB2."""
    values, turned = np.linalg.eigh((matrix + matrix.T) / 2)
    return np.asarray((turned * np.maximum(values, LEAST_VARIANCE_DB2)) @ turned.T)


def label_means(data: Array, labels: Ints) -> Array:
    """Mean of the rows of each label, in the order of labels, over what is there."""
    index = _index(labels)
    there = np.isfinite(data)
    total = np.zeros((int(index.max()) + 1, data.shape[1]))
    count = np.zeros_like(total)
    np.add.at(total, index, np.where(there, data, 0))
    np.add.at(count, index, there)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _index(labels: Ints) -> Ints:
    return np.asarray(np.unique(labels, return_inverse=True)[1])
