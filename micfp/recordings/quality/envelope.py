"""The envelope of the speech band, by which recordings of one content are compared."""

import functools

import numpy as np

from micfp.recordings.quality.levels import FloatArray

ENVELOPE_BAND_HZ = (300, 3400)
PIECE_S, MARGIN_S = 4, 0.5  # of the envelope's transform; of each piece the middle 3 s count
PIECES_AT_A_TIME = 4


def band_envelope(samples: FloatArray, sample_rate_hz: int) -> FloatArray:
    """Magnitude of the speech band, 300-3400 Hz, averaged over each millisecond.

    The band is cut out of the spectrum, moved to 0 Hz and transformed back at 4000 complex values
    per second, whose magnitude is the Hilbert envelope. Done in pieces of 4 s, of which the middle
    3 s count.

    Parameters
    ----------
    samples
        float32 (n,), full scale 1.
    sample_rate_hz
        At least 6800.

    Returns
    -------
    float32 (n_ms,), one value per whole millisecond.
    """
    import scipy.fft

    rate = sample_rate_hz
    n_ms = len(samples) * 1000 // rate
    used_s = round(PIECE_S - 2 * MARGIN_S)
    # Four at a time and always four, a last one of silence too: the transform of four takes half
    # as long as that of three.
    n_pieces = -(-n_ms // (1000 * used_s * PIECES_AT_A_TIME)) * PIECES_AT_A_TIME
    margin = round(MARGIN_S * rate)
    padded = np.zeros(n_pieces * used_s * rate + PIECE_S * rate, np.float32)
    padded[margin : margin + len(samples)] = samples
    pieces = np.lib.stride_tricks.sliding_window_view(padded, PIECE_S * rate)[:: used_s * rate]
    envelope = np.empty((n_pieces, used_s * 1000), np.float32)
    first, last = (PIECE_S * hz for hz in ENVELOPE_BAND_HZ)
    kept = slice(round(MARGIN_S * 4000), round((PIECE_S - MARGIN_S) * 4000))
    # Of four values; a real signal's spectrum has the other half at negative frequencies: twice.
    mean = np.full(4, 2 * 4000 / rate / 4, np.float32)
    for i in range(0, n_pieces, PIECES_AT_A_TIME):
        four = slice(i, i + PIECES_AT_A_TIME)
        spectra = scipy.fft.rfft(pieces[four], axis=1)[:, first : last + 1]
        band = np.zeros((PIECES_AT_A_TIME, PIECE_S * 4000), np.complex64)
        band[:, : spectra.shape[1]] = spectra
        magnitude = np.abs(scipy.fft.ifft(band, axis=1, overwrite_x=True))[:, kept]
        envelope[four] = magnitude.reshape(PIECES_AT_A_TIME, -1, 4) @ mean
    return envelope.reshape(-1)[:n_ms]


class Decimator:
    """Takes blocks to the lowest rate that still holds the speech band: only to save time.

    Every `factor`-th value of a Kaiser-windowed low-pass (about 40 dB) over 6 x factor samples,
    as a sum of 6 columns of one matrix product.
    """

    COLUMNS = 6
    LOWEST_RATE_HZ = 10_000

    def __init__(self, rate_hz: int) -> None:
        highest = max(1, rate_hz // self.LOWEST_RATE_HZ)
        self._factor = next(f for f in range(highest, 0, -1) if rate_hz % f == 0)
        self.rate_hz = rate_hz // self._factor
        self._kernel = self._low_pass(self._factor)
        # Half the kernel: values stand at the times that they come from.
        self._rest = np.zeros(self.COLUMNS // 2 * self._factor, np.float32)

    @staticmethod
    @functools.cache
    def _low_pass(factor: int) -> FloatArray:
        # The pass band ends at 3400 Hz; what would fold onto it starts at the new rate less 3400.
        taps = Decimator.COLUMNS * factor
        times = np.arange(taps) - (taps - 1) / 2
        kernel = np.sinc(times / factor) * np.kaiser(taps, 3.4)
        columns: FloatArray = (kernel / kernel.sum()).astype(np.float32)
        return columns.reshape(Decimator.COLUMNS, -1)

    def finish(self) -> FloatArray:
        """Give the values still inside the filter, after the last block."""
        if self._factor == 1:
            return np.zeros(0, np.float32)
        return self.push(np.zeros((self.COLUMNS // 2 - 1) * self._factor, np.float32))

    def push(self, block: FloatArray) -> FloatArray:
        """Take the next block (n,) and give the values that it completes."""
        if self._factor == 1:
            return block
        samples = np.concatenate([self._rest, block])
        n_rows = len(samples) // self._factor
        n_out = n_rows - self.COLUMNS + 1
        self._rest = samples[max(n_out, 0) * self._factor :]
        if n_out < 1:
            return np.zeros(0, np.float32)
        products = self._kernel @ samples[: n_rows * self._factor].reshape(n_rows, -1).T
        out: FloatArray = products[0, :n_out].copy()
        for i in range(1, self.COLUMNS):
            out += products[i, i : i + n_out]
        return out
