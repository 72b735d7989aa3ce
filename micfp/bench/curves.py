"""Response curves: interpolation, minimum-phase filters, A-weighting, deviations between units."""

from collections.abc import Sequence
from math import log2
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

    Array = NDArray[np.float64]

LOW_HZ = 20.0
HIGH_HZ = 20_000.0
GRID_PER_OCTAVE = 48
FILTER_S = 0.18
"""Length of a response filter, long enough for the roll-off at 20 Hz."""


def filter_taps(sample_rate_hz: int) -> int:
    """Length of a response filter: a power of two of about FILTER_S."""
    return int(2 ** round(log2(FILTER_S * sample_rate_hz)))


def bin_frequencies(n_taps: int, sample_rate_hz: int) -> "Array":
    """Frequencies in Hz that a minimum-phase filter of n_taps is designed on, (2 n_taps + 1,)."""
    import numpy as np

    return np.asarray(np.fft.rfftfreq(4 * n_taps, 1 / sample_rate_hz))


def curve_db(points: Sequence[tuple[float, float]], frequency_hz: "ArrayLike") -> "Array":
    """Level in dB at the frequencies: through the points, smooth on log frequency, no overshoot.

    Piecewise cubic Hermite; the end values are held outside.

    Parameters
    ----------
    points
        (frequency_hz, level_db), frequencies rising, > 0.
    frequency_hz
        (n,), >= 0.

    References
    ----------
    Fritsch and Carlson (1980), Monotone piecewise cubic interpolation.
    """
    import numpy as np
    from scipy.interpolate import PchipInterpolator

    known_hz, known_db = np.array(points, dtype=float).T
    clipped = np.clip(np.asarray(frequency_hz, dtype=float), known_hz[0], known_hz[-1])
    return np.asarray(PchipInterpolator(np.log(known_hz), known_db)(np.log(clipped)))


def minimum_phase(magnitude: "Array") -> "Array":
    """Minimum-phase filter with a given magnitude, by the folded real cepstrum.

    Parameters
    ----------
    magnitude
        (2 n + 1,), >= 0, on `bin_frequencies(n, ...)`.

    Returns
    -------
    Filter taps, float64 (n,).

    References
    ----------
    Oppenheim and Schafer, Discrete-Time Signal Processing, chapter 13.
    """
    import numpy as np

    n_fft = 2 * (len(magnitude) - 1)
    floor = max(float(magnitude.max()) * 1e-6, 1e-30)
    cepstrum = np.fft.irfft(np.log(np.maximum(magnitude, floor)), n_fft)
    cepstrum[1 : n_fft // 2] *= 2
    cepstrum[n_fft // 2 + 1 :] = 0
    taps = np.fft.irfft(np.exp(np.fft.rfft(cepstrum)), n_fft)[: n_fft // 4]
    n_fade = len(taps) // 8
    taps[-n_fade:] *= np.cos(np.linspace(0, np.pi / 2, n_fade)) ** 2
    return np.asarray(taps)


def a_weighting_db(frequency_hz: "ArrayLike") -> "Array":
    """A-weighting in dB, 0 dB at 1 kHz (IEC 61672-1, Annex E)."""
    import numpy as np

    square = np.square(np.asarray(frequency_hz, dtype=float))
    response = (
        12194.217**2
        * square**2
        / (square + 20.598997**2)
        / (square + 12194.217**2)
        / np.sqrt((square + 107.65265**2) * (square + 737.86223**2))
    )
    return np.asarray(20 * np.log10(np.maximum(response, 1e-20)) + 2.0)


def log_grid() -> "Array":
    """Frequencies in Hz from 20 Hz to 20 kHz, equally spaced on a logarithmic axis."""
    import numpy as np

    n_points = round(GRID_PER_OCTAVE * log2(HIGH_HZ / LOW_HZ)) + 1
    return np.geomspace(LOW_HZ, HIGH_HZ, n_points)


def unit_deviations(
    n_units: int, rms_db: float, octaves: float, rng: "np.random.Generator"
) -> "Array":
    """Deviations of the units of one model from its curve, dB, (n_units, grid) on log_grid().

    Gaussian noise smoothed over log frequency with a Gaussian of standard deviation octaves / 2;
    each unit's mean over frequency is 0 (a deviation is no difference of level), the mean over
    units is 0, and the RMS difference of two units (over all pairs and the grid) is `rms_db`.

    Parameters
    ----------
    n_units
        At least 1.
    rms_db
        RMS difference of two units, >= 0.
    octaves
        Correlation length on the frequency axis, > 0.
    rng
        Draws the noise.
    """
    import numpy as np
    from scipy.ndimage import gaussian_filter1d

    n_points = len(log_grid())
    width = octaves / 2 * GRID_PER_OCTAVE
    margin = int(4 * width) + 1
    noise = rng.standard_normal((n_units, n_points + 2 * margin))
    smooth = np.asarray(gaussian_filter1d(noise, width, axis=1))[:, margin : margin + n_points]
    smooth -= smooth.mean(axis=1, keepdims=True)
    smooth -= smooth.mean(axis=0, keepdims=True)
    if n_units < 2:
        return smooth
    # Mean square over all pairs of (d_i - d_j), for curves whose mean over units is 0.
    pair_ms = 2 * n_units / (n_units - 1) * np.mean(smooth**2)
    return np.asarray(smooth * rms_db / np.sqrt(pair_ms))
