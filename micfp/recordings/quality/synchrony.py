"""How well recordings of one content line up with each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from micfp.recordings.quality.levels import FloatArray

SYNCHRONY_STEP_MS = 10
SMOOTHING_STEPS = 3  # of SYNCHRONY_STEP_MS
MOST_COMPARED = 300  # with each recording; comparing every pair of thousands would take hours


def synchrony(envelopes: Sequence[FloatArray], max_lag_s: float) -> npt.NDArray[np.float64]:
    """How well each recording of one content lines up with the others.

    Two recordings are compared by the highest Pearson correlation of their envelopes over the
    lags up to `max_lag_s` at which at least half of the shorter one overlaps. Before, envelopes
    are smoothed over 30 ms (what a room and a microphone change within a syllable) and their
    square root is taken (so that not only the loudest peaks count). A recording gets the
    correlation that it reaches with at least half of the others (their upper median): as long as
    most recordings are right, the wrong ones neither pass nor spoil the right ones. Of more than
    `MOST_COMPARED` recordings that many are drawn, always the same, and stand for the others.

    Parameters
    ----------
    envelopes
        float32 (n_ms,) of each recording, of any lengths (see `measure`); k of them.
    max_lag_s
        Largest difference of starting times that still counts as lined up, > 0.

    Returns
    -------
    (k,), -1..1; all NaN (not judged) with fewer than three recordings. An envelope without any
    movement, or shorter than 1 s, correlates at 0.
    """
    k = len(envelopes)
    if k < 3:
        return np.full(k, np.nan)
    if k <= MOST_COMPARED:
        return _among(envelopes, max_lag_s)
    drawn = np.random.default_rng(0).choice(k, MOST_COMPARED, replace=False)
    others = np.setdiff1d(np.arange(k), drawn)
    references = [envelopes[i] for i in drawn]
    values = np.zeros(k)
    values[drawn] = _among(references, max_lag_s)
    values[others] = _with(references, [envelopes[i] for i in others], max_lag_s)
    return values


def _among(envelopes: Sequence[FloatArray], max_lag_s: float) -> npt.NDArray[np.float64]:
    """Synchrony of each envelope with the others."""
    import scipy.fft

    k = len(envelopes)
    curves = [_curve(envelope) for envelope in envelopes]
    lengths = np.array([len(curve) for curve in curves])
    max_lag = round(max_lag_s * 1000 / SYNCHRONY_STEP_MS)
    n_fft = scipy.fft.next_fast_len(int(lengths.max()) + max_lag + 1, real=True)
    # Those of one length overlap alike at each lag, so that one is compared with all at once.
    members = [np.flatnonzero(lengths == n) for n in np.unique(lengths[lengths > 0])]
    groups = [_Curves.of(np.array([curves[i] for i in rows]), n_fft) for rows in members]
    best = np.zeros((k, k))
    for g, (rows, group) in enumerate(zip(members, groups, strict=True)):
        for i, row in enumerate(rows):
            for h in range(g):
                values = group.only(i).best_correlations(groups[h], max_lag)
                best[row, members[h]] = best[members[h], row] = values
            values = group.only(i).best_correlations(group.before(i), max_lag)
            best[row, rows[:i]] = best[rows[:i], row] = values
    np.fill_diagonal(best, -np.inf)
    half_of_others = k // 2  # = ceil((k - 1) / 2)
    return np.sort(best, axis=1)[:, -half_of_others]


def _with(
    references: Sequence[FloatArray], envelopes: Sequence[FloatArray], max_lag_s: float
) -> npt.NDArray[np.float64]:
    """Synchrony of each envelope with references, of which it is none."""
    import scipy.fft

    curves = [_curve(envelope) for envelope in references]
    max_lag = round(max_lag_s * 1000 / SYNCHRONY_STEP_MS)
    longest = max(map(len, curves)) + max_lag  # nothing overlaps with what comes later
    n_fft = scipy.fft.next_fast_len(longest + max_lag + 1, real=True)
    groups = [
        _Curves.of(np.array([curve for curve in curves if len(curve) == n]), n_fft)
        for n in sorted({len(curve) for curve in curves} - {0})
    ]
    values = np.zeros(len(envelopes))
    for i, envelope in enumerate(envelopes):
        curve = _curve(envelope)[:longest]
        if len(curve):
            alone = _Curves.of(curve[None], n_fft)
            best = np.zeros(len(references))  # 0 for references of no length
            rows = [alone.best_correlations(group, max_lag) for group in groups]
            best[: sum(map(len, rows))] = np.concatenate(rows) if rows else 0
            values[i] = np.sort(best)[-((len(references) + 1) // 2)]
    return values


def _curve(envelope: FloatArray) -> npt.NDArray[np.float64]:
    """An envelope as `synchrony` compares it, of mean 0 and standard deviation 1."""
    n = len(envelope) // SYNCHRONY_STEP_MS
    if n * SYNCHRONY_STEP_MS < 1000:
        return np.zeros(0)
    steps = envelope[: n * SYNCHRONY_STEP_MS].reshape(n, -1).mean(axis=1, dtype=np.float64)
    smoothing = np.full(SMOOTHING_STEPS, 1 / SMOOTHING_STEPS)
    values: npt.NDArray[np.float64] = np.sqrt(np.convolve(steps, smoothing, "valid"))
    values -= values.mean()
    values /= values.std() or 1.0
    return values


@dataclass(frozen=True)
class _Curves:
    """m curves of one length n, with what correlations at many lags take from them.

    spectra: (m, n_fft / 2 + 1); sums, squares: running sums of values and of squares, (m, n + 1)
    """

    n: int
    n_fft: int
    spectra: npt.NDArray[np.complex128]
    sums: npt.NDArray[np.float64]
    squares: npt.NDArray[np.float64]

    @staticmethod
    def of(curves: npt.NDArray[np.float64], n_fft: int) -> "_Curves":
        import scipy.fft

        def running(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
            return np.pad(np.cumsum(values, axis=1), ((0, 0), (1, 0)))

        spectra = scipy.fft.rfft(curves, n_fft, axis=1)
        return _Curves(curves.shape[1], n_fft, spectra, running(curves), running(curves**2))

    def only(self, i: int) -> "_Curves":
        return self._some(slice(i, i + 1))

    def before(self, i: int) -> "_Curves":
        return self._some(slice(0, i))

    def _some(self, which: slice) -> "_Curves":
        return _Curves(
            self.n, self.n_fft, self.spectra[which], self.sums[which], self.squares[which]
        )

    def best_correlations(self, others: "_Curves", max_lag: int) -> npt.NDArray[np.float64]:
        """Highest Pearson correlation of this one curve a with each other b, (m,).

        Of a[i] with b[i + lag] over their overlap, where that is half of the shorter or more.
        """
        import scipy.fft

        products = scipy.fft.irfft(self.spectra.conj() * others.spectra, self.n_fft, axis=1)
        lags = np.arange(-max_lag, max_lag + 1)
        first = np.maximum(0, -lags)
        last = np.minimum(self.n, others.n - lags)
        overlaps = 2 * (last - first) >= min(self.n, others.n)
        lags, first, last = lags[overlaps], first[overlaps], last[overlaps]
        n = last - first
        sum_a = self.sums[:, last] - self.sums[:, first]
        sum_b = others.sums[:, last + lags] - others.sums[:, first + lags]
        power_a = self.squares[:, last] - self.squares[:, first] - sum_a**2 / n
        power_b = others.squares[:, last + lags] - others.squares[:, first + lags] - sum_b**2 / n
        covariance = products[:, lags] - sum_a * sum_b / n
        scale = np.sqrt(np.maximum(power_a, 0) * np.maximum(power_b, 0))
        correlations = np.zeros_like(covariance)
        np.divide(covariance, scale, out=correlations, where=scale > 1e-6)
        best: npt.NDArray[np.float64] = correlations.max(axis=1)
        return best
