"""Levels of a recording's frames: dBFS, noise and SNR, its loudest passage, its flat tops."""

from typing import Any

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float32]

LOWEST_DBFS = -200.0
FRAME_S = 0.02
SPECTROGRAM_S = 3.0
NEAR_FULL_SCALE = 0.99  # the largest 8-bit sample is 127/128 = 0.992
SHORTEST_CLIPPED_RUN = 3
ACTIVE_MARGIN = 10**1.59  # 15.9 dB
STANDS_OUT = 0.3  # of the noise: 10 log10(1 + 0.3) = 1.1 dB
LOWEST_SNR_DB = -30.0


def dbfs(power: float) -> float:
    """Level in dBFS, at least LOWEST_DBFS, of a power (1: a full-scale square wave)."""
    return max(10 * float(np.log10(max(power, 1e-30))), LOWEST_DBFS)


def noise_and_snr(frame_powers: npt.NDArray[Any]) -> tuple[float, float]:
    """Estimate noise floor and signal-to-noise ratio from the powers of 20 ms frames.

    The noise floor is the 10th percentile of the frames' powers: a pause is quieter than nine
    tenths of the recording. The signal is the mean power, less the noise, of the active frames:
    those that stand at least 1 dB out of the noise and at most 15.9 dB below that mean. Frames of
    digital silence, as a noise gate leaves them, tell nothing of the noise and are left out.

    Measured on speech in white noise: median error within 1 dB from 5 to 20 dB, 1.7 dB too high
    at 0 dB; above, the noise of the speech recording itself counts. It takes pauses in a tenth of
    the time: a steady tone or dense music reads as noise, and its ratio is too low.

    Parameters
    ----------
    frame_powers
        (k,) mean squares, full scale 1.

    Returns
    -------
    Noise floor in dBFS and ratio in dB, LOWEST_SNR_DB where nothing stands out; NaN without any
    frame that holds sound.

    References
    ----------
    ITU-T P.56 (2011), method B, with frames in place of its envelope.
    """
    powers = np.asarray(frame_powers, np.float64)
    powers = powers[powers > 0]
    if len(powers) == 0:
        return np.nan, np.nan
    noise = float(np.percentile(powers, 10))
    above = powers - noise
    signal, last = float(above.max()), np.inf
    while 0 < signal < last:  # each round takes in quieter frames, so the mean falls
        active = above[above >= max(signal / ACTIVE_MARGIN, noise * STANDS_OUT)]
        signal, last = float(active.mean()) if len(active) else 0.0, signal
    snr_db = 10 * float(np.log10(max(signal / noise, 1e-9)))
    return dbfs(noise), max(snr_db, LOWEST_SNR_DB)


def frame_statistics(centred: FloatArray, frame: int) -> tuple[FloatArray, FloatArray]:
    """Mean of each whole frame, and power about it (0 where the samples do not move), (k,)."""
    frames = centred[: len(centred) // frame * frame].reshape(-1, frame)
    mean_squares = np.vecdot(frames, frames) / np.float32(frame)
    means = frames @ np.full(frame, 1 / frame, np.float32)
    powers = mean_squares - means**2
    # A constant frame leaves rounding errors of its square, not a level.
    return means, np.where(powers > 1e-6 * mean_squares, powers, np.float32(0))


def loudest_stretch(powers: FloatArray, frame: int) -> tuple[float, int]:
    """Mean level in dB and first sample of the loudest three seconds of a block.

    The mean of levels, not of powers: a stretch full of sound goes before one with a click in it.
    A block shorter than that counts as quieter than any other.
    """
    length = round(SPECTROGRAM_S / FRAME_S)
    if len(powers) < length:
        return LOWEST_DBFS - 1, 0
    sums = np.cumsum(np.r_[0.0, 10 * np.log10(np.maximum(powers, 1e-20))])
    means = (sums[length:] - sums[:-length]) / length
    best = int(means.argmax())
    return float(means[best]), best * frame


class ClippedRuns:
    """Counts samples in flat tops over the blocks of a recording.

    A flat top is a run of three or more samples with one value of magnitude 0.99 or more; values
    beyond full scale count as full scale. A loud sine or a normalised recording has no such runs.
    """

    def __init__(self) -> None:
        self._counted = 0
        self._value = 0.0
        self._length = 0  # of the run that the last block ended with

    def push(self, block: FloatArray, peak: float) -> None:
        """Take the next block (n,), whose largest magnitude is `peak`."""
        if peak < NEAR_FULL_SCALE:
            self._close()
            return
        loud = np.flatnonzero(np.abs(block) >= NEAR_FULL_SCALE)
        values = np.clip(block[loud], -1, 1)
        new_run = np.r_[True, (np.diff(loud) > 1) | (np.diff(values) != 0)]
        starts = np.flatnonzero(new_run)
        lengths = np.diff(np.r_[starts, len(loud)])
        if loud[0] == 0 and values[0] == self._value:
            lengths[0] += self._length
        else:
            self._close()
        self._value, self._length = 0.0, 0
        if loud[-1] == len(block) - 1:
            self._value, self._length = float(values[-1]), int(lengths[-1])
            lengths = lengths[:-1]
        self._counted += int(lengths[lengths >= SHORTEST_CLIPPED_RUN].sum())

    def count(self) -> int:
        """Samples in flat tops of all blocks; the last run ends here."""
        self._close()
        return self._counted

    def _close(self) -> None:
        if self._length >= SHORTEST_CLIPPED_RUN:
            self._counted += self._length
        self._value, self._length = 0.0, 0
