"""Finds start markers in a recording: three beeps at 1 kHz and one at 2 kHz (`bench.stimuli`)."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt

from micfp.audio import blocks, probe
from micfp.bench.stimuli import BEEP_S, BEEPS_HZ
from micfp.errors import MicfpError

RATE_HZ = 8000
HOP = 8
"""Samples between two places that are tried: 1 ms."""
BAND_HZ = (700, 2800)
"""Rumble and hiss outside of it do not count."""
LEAST_TONALITY = 0.5
"""Share of the band's power that the weakest beep must have at its own frequency."""
PIECE_S = 60
MARKER_S = 2 * BEEP_S * len(BEEPS_HZ)

Floats = npt.NDArray[np.float64]


def find_markers(path: str | Path, track: int | None = None) -> list[float]:
    """Where start markers begin in a recording, in seconds, to about 5 ms.

    Memory does not grow with the length of the recording.

    Parameters
    ----------
    path
        Audio file; the mean of its channels is listened to.
    track
        As in `micfp.audio.probe`.

    Raises
    ------
    MicfpError
        As `micfp.audio.blocks`.
    """
    found: list[float] = []
    for first_s, samples, rate_hz in _pieces(path, track):
        scores = marker_scores(band(samples, rate_hz))
        for place in np.argsort(-scores, kind="stable"):
            if scores[place] < LEAST_TONALITY:
                break
            at_s = first_s + place * HOP / RATE_HZ
            if all(abs(at_s - other_s) > MARKER_S for other_s in found):
                found.append(at_s)
    return sorted(found)


def marker_scores(samples: Floats) -> Floats:
    """How much every place looks like the beginning of a marker: the tonality of its weakest beep.

    Parameters
    ----------
    samples
        (n,), at RATE_HZ.

    Returns
    -------
    (k,), 0..1, one every HOP samples; as many as markers could begin within the samples.
    """
    tones = {hz: tonality(samples, hz) for hz in set(BEEPS_HZ)}
    apart = round(2 * BEEP_S * RATE_HZ / HOP)
    n_places = max(min(map(len, tones.values())) - apart * (len(BEEPS_HZ) - 1), 0)
    beeps = [tones[hz][i * apart : i * apart + n_places] for i, hz in enumerate(BEEPS_HZ)]
    return np.asarray(np.min(beeps, axis=0))


def tonality(samples: Floats, frequency_hz: float) -> Floats:
    """Share of the power that is at one frequency, in a window as long as a beep, every HOP.

    1 for a pure tone that fills the window, 0 where there is no sound.

    Parameters
    ----------
    samples
        (n,), at RATE_HZ.
    frequency_hz
        Of the tone.

    Returns
    -------
    (k,), the first for the window that begins with the first sample; windows lie within the
    samples.
    """
    window = round(BEEP_S * RATE_HZ)
    turning = np.exp(-2j * np.pi * frequency_hz / RATE_HZ * np.arange(len(samples)))
    starts = np.arange(0, len(samples) - window + 1, HOP)
    sums = np.concatenate([[0], np.cumsum(samples * turning)])
    powers = np.concatenate([[0], np.cumsum(samples**2)])
    at_tone = 2 * np.abs(sums[starts + window] - sums[starts]) ** 2 / window
    power = powers[starts + window] - powers[starts]
    # Of digital silence the transforms leave rounding errors, which are no tone.
    return np.asarray(np.where(power > 1e-9, at_tone / np.maximum(power, 1e-9), 0))


def band(samples: npt.NDArray[np.float32], rate_hz: int) -> Floats:
    """The sound within BAND_HZ at RATE_HZ, by one transform there and back.

    Parameters
    ----------
    samples
        (n,), full scale 1.
    rate_hz
        At least 5600.

    Returns
    -------
    (whole milliseconds * 8,).
    """
    import scipy.fft

    whole_s = -(-len(samples) // rate_hz)
    spectrum = scipy.fft.rfft(samples.astype(np.float64), whole_s * rate_hz)
    low, high = (whole_s * hz for hz in BAND_HZ)
    kept = np.zeros(whole_s * RATE_HZ // 2 + 1, complex)
    kept[low:high] = spectrum[low:high]
    filtered = scipy.fft.irfft(kept, whole_s * RATE_HZ) * (RATE_HZ / rate_hz)
    return np.asarray(filtered[: len(samples) * 1000 // rate_hz * (RATE_HZ // 1000)])


def _pieces(
    path: str | Path, track: int | None
) -> Iterator[tuple[float, npt.NDArray[np.float32], int]]:
    """Pieces of a recording, where each begins in seconds, and the rate.

    Each has the last marker's length of the one before, so that every marker lies whole in one.
    """
    rate_hz = probe(path, track).sample_rate_hz
    if rate_hz < 2 * BAND_HZ[1]:
        raise MicfpError(
            f"{path}: {rate_hz} Hz: the beep at 2 kHz is looked for up to {BAND_HZ[1]} Hz, which "
            f"needs {2 * BAND_HZ[1]} Hz or more; give the recording as the device wrote it"
        )
    kept = np.zeros(0, np.float32)
    start = 0
    for block in blocks(path, PIECE_S * rate_hz, track=track):
        samples = np.concatenate([kept, np.nan_to_num(block, posinf=0, neginf=0)])
        yield start / rate_hz, samples, rate_hz
        kept = samples[-round((MARKER_S + 0.1) * rate_hz) :]
        start += len(samples) - len(kept)
