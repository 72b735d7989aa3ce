"""Bands: a lower sample rate, filters, an equaliser. None delays."""

import numpy as np

from micfp.audio import Float32, resample
from micfp.errors import MicfpError

STOP_DB = 80
TRANSITION_SHARE = 0.1  # of an edge, half on either side of it
KNOTS_FROM_HZ = 62.5  # and at each octave above
EQUALISER_TAPS_S = 0.4


def resampled(samples: Float32, sample_rate_hz: int, lower_hz: int) -> Float32:
    """To a lower sample rate and back, float32 (n,); one that is not lower changes nothing."""
    if lower_hz >= sample_rate_hz:
        return samples
    return back_at(resample(samples, sample_rate_hz, lower_hz), lower_hz, sample_rate_hz, samples)


def back_at(sent: Float32, from_hz: int, to_hz: int, original: Float32) -> Float32:
    """What came through another rate at the rate and length of the original."""
    back = resample(sent, from_hz, to_hz)[: len(original)]
    return np.pad(back, (0, len(original) - len(back)))


def band(
    samples: Float32, sample_rate_hz: int, low_hz: float | None, high_hz: float | None
) -> Float32:
    """Keep what lies between two edges, or on one side of one.

    Linear-phase FIR (Kaiser window) without its delay: -6 dB at an edge, -80 dB a twentieth of the
    lower edge further out; -76 dB where an upper edge comes near half the sample rate.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        low_hz, high_hz: edges; None: none on that side.

    Returns:
        float32 (n,).

    Raises:
        MicfpError: an edge whose transition reaches half the sample rate.
    """
    from scipy.signal import firwin, kaiserord

    edges = [edge for edge in (low_hz, high_hz) if edge is not None]
    if max(edges) * (1 + TRANSITION_SHARE / 2) >= sample_rate_hz / 2:
        raise MicfpError(
            f"{sample_rate_hz} Hz cannot have a band edge at {max(edges):g} Hz; set one below "
            f"{sample_rate_hz / 2 / (1 + TRANSITION_SHARE / 2):.0f} Hz"
        )
    n_taps, beta = kaiserord(STOP_DB, min(edges) * TRANSITION_SHARE / (sample_rate_hz / 2))
    taps = firwin(
        n_taps | 1,
        edges,
        window=("kaiser", beta),
        pass_zero={(True, False): "highpass", (False, True): "lowpass"}.get(
            (low_hz is not None, high_hz is not None), "bandpass"
        ),
        fs=sample_rate_hz,
    )
    return without_delay(samples, taps)


def equalise(
    samples: Float32, sample_rate_hz: int, deviation_db: float, rng: np.random.Generator
) -> Float32:
    """A drawn equaliser: gains at octaves, joined smoothly over the logarithm of frequency.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0.
        deviation_db: RMS of the gains at the octaves, whose mean is 0 dB.
        rng: draws a gain an octave.

    Returns:
        float32 (n,); linear phase, without its delay.
    """
    from scipy.interpolate import PchipInterpolator

    octaves = KNOTS_FROM_HZ * 2.0 ** np.arange(np.log2(max(sample_rate_hz / 2 / KNOTS_FROM_HZ, 4)))
    gains_db = rng.standard_normal(len(octaves))
    gains_db -= gains_db.mean()
    gains_db *= deviation_db / np.sqrt(np.mean(gains_db**2))
    n_taps = round(EQUALISER_TAPS_S * sample_rate_hz) // 2 * 2 + 1
    frequency_hz = np.fft.rfftfreq(4 * n_taps, 1 / sample_rate_hz)
    curve = PchipInterpolator(np.log(octaves), gains_db)
    within = np.clip(frequency_hz, octaves[0], octaves[-1])
    response = np.fft.irfft(10 ** (curve(np.log(within)) / 20))
    taps = np.roll(response, n_taps // 2)[:n_taps] * np.hanning(n_taps + 2)[1:-1]
    return without_delay(samples, taps)


def without_delay(samples: Float32, taps: np.ndarray[tuple[int], np.dtype[np.float64]]) -> Float32:
    """Samples (n,) through an odd number of symmetric taps, lined up with what they were."""
    from scipy.signal import oaconvolve

    heard: Float32 = oaconvolve(samples, taps.astype(np.float32))
    return heard[len(taps) // 2 :][: len(samples)].astype(np.float32)
