"""Three seconds of a recording as power in time and frequency."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from micfp import audio
from micfp.errors import MicfpError
from micfp.recordings.quality.levels import FRAME_S, SPECTROGRAM_S, FloatArray


@dataclass(frozen=True)
class Spectrogram:
    """Three seconds of a recording as power in time and frequency.

    Attributes
    ----------
    db
        float32 (n_times, n_bands), power of a band in dBFS; the powers of a frame's bands add up to
        its mean square (Hann window).
    times_s
        float64 (n_times,), middle of each frame, from the start of the recording.
    freqs_hz
        float64 (n_bands,), centre of each band.
    """

    db: FloatArray
    times_s: npt.NDArray[np.float64]
    freqs_hz: npt.NDArray[np.float64]


def read_spectrogram(
    path: str | Path, start_s: float, channel: int | Literal["mean"] = "mean"
) -> Spectrogram:
    """Three seconds of a recording, with at most 200 times and 200 bands.

    Samples that are NaN or infinite count as zero.

    Parameters
    ----------
    path
        Any audio file that `micfp.audio` opens.
    start_s
        Where the passage begins, >= 0; it ends with the recording at the latest.
    channel
        Index from 0, or the mean of all channels.

    Raises
    ------
    MicfpError
        The file cannot be read as audio, or holds less than one frame (20 ms).
    """
    import scipy.fft

    info = audio.probe(path)
    rate = info.sample_rate_hz
    start = round(start_s * rate)
    stop = min(start + round(SPECTROGRAM_S * rate), info.n_samples)
    samples = np.nan_to_num(audio.read(path, start, stop, channel)[0], posinf=0, neginf=0)
    frame = max(2, round(rate * FRAME_S))
    hop = max(1, round(rate * SPECTROGRAM_S / 200))
    if len(samples) < frame:
        raise MicfpError(f"{path}: {len(samples)} samples are too few for a spectrogram")
    window = np.hanning(frame + 1)[:-1].astype(np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, frame)[::hop]
    power = np.abs(scipy.fft.rfft(frames * window, axis=1)) ** 2 * (2 / frame / np.sum(window**2))
    bins_a_band = -(-power.shape[1] // 200)
    n_bands = power.shape[1] // bins_a_band
    power = power[:, : n_bands * bins_a_band].reshape(len(power), n_bands, bins_a_band).sum(axis=2)
    centres = (np.arange(n_bands) * bins_a_band + (bins_a_band - 1) / 2) * rate / frame
    times = (start + np.arange(len(power)) * hop + frame / 2) / rate
    return Spectrogram((10 * np.log10(np.maximum(power, 1e-20))).astype(np.float32), times, centres)
