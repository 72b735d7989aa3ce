"""What the decoded samples are like, measured block by block: no header is asked."""

import hashlib
import re
import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.audio import AudioInfo, stored_blocks
from micfp.casework.inspect.inspection import OWN, Field, Group, Value
from micfp.fingerprint.embedding.spectra import band_spectra, present_bands, upper_edge_hz
from micfp.recordings.quality.levels import ClippedRuns, dbfs

LISTENED_S = 600.0
"""How much of the beginning the bandwidth is measured of."""
STRETCH_S = 10.0
BLOCK_VALUES = 1 << 18  # of all channels
N_SHOWN = 8
LOWEST_BITS = 4
_RATES_HZ = (8_000, 192_000)  # of which there are spectra
_NOMINAL = re.compile(r"(?:pcm|flac)_[su](\d+)|alac_(\d+)")
_FULL_SCALE = np.float32(2**-31)


def measure(info: AudioInfo, track: int | None = None, flac_bits: int = 0) -> Iterator[Field]:
    """Decode a file once, and measure.

    Memory is that of a block, and of spectra of the first 600 s.

    Parameters
    ----------
    info
        What `micfp.audio.probe` says of the file.
    track
        As in `micfp.audio.probe`.
    flac_bits
        Bits of a sample as the header of a FLAC file states them, 4 to 32; 0: another file.

    Raises
    ------
    MicfpError
        Damage on the way.
    """
    sums, band = _Sums(info, flac_bits), _Band(info.sample_rate_hz)
    for block in stored_blocks(info.path, max(1, BLOCK_VALUES // info.n_channels), track):
        band.push(sums.push(block))
    for name, value in (*sums.found(), *band.found()):
        yield Field(name, value, OWN, Group.samples)


class _Sums:
    """What is added up over the blocks of a file."""

    def __init__(self, info: AudioInfo, flac_bits: int) -> None:
        n = info.n_channels
        self._nominal_bits = flac_bits or nominal_bits(info.codec)
        self._md5 = hashlib.md5(usedforsecurity=False) if flac_bits else None
        self._digest = hashlib.sha256(b"micfp sound 1" + struct.pack("<qq", info.sample_rate_hz, n))
        self._totals, self._n = np.zeros(n), 0
        self._peak = 0.0
        self._runs = [ClippedRuns() for _ in range(n)]
        self._used, self._low = 0, np.zeros(1 << LOWEST_BITS, np.int64)
        self._equal, self._whole = n > 1, True
        self._first: NDArray[Any] | None = None
        self._last: NDArray[Any] = np.zeros((0, n))
        self._zeros_first, self._zeros_last = 0, 0
        self._n_not_finite = 0

    def push(self, block: NDArray[Any]) -> NDArray[np.float32]:
        """Take samples (n, channels); gives them as finite floats of full scale 1."""
        self._whole = block.dtype.kind == "i"
        self._digest.update(np.ascontiguousarray(block, f"<{block.dtype.kind}4").data)
        self._edges(block)
        if self._whole:
            self._bits(block)
            floats = block * _FULL_SCALE
        else:
            finite = np.isfinite(block)
            self._n_not_finite += int(block.size - np.count_nonzero(finite))
            floats = np.where(finite, block, np.float32(0))
        self._equal = self._equal and bool((block == block[:, :1]).all())
        self._totals += floats.sum(axis=0, dtype=np.float64)
        self._n += len(block)
        for runs, channel in zip(self._runs, floats.T, strict=True):
            peak = float(np.abs(channel).max(initial=0))
            self._peak = max(self._peak, peak)
            runs.push(channel, peak)
        return np.asarray(floats, np.float32)

    def _edges(self, block: NDArray[Any]) -> None:
        if self._first is None:
            self._first = block[:N_SHOWN].copy()
        self._last = np.concatenate([self._last, block[-N_SHOWN:]])[-N_SHOWN:]
        sounding = np.flatnonzero(block.any(axis=1))
        if self._zeros_first == self._n:
            self._zeros_first += int(sounding[0]) if len(sounding) else len(block)
        if len(sounding):
            self._zeros_last = 0
        self._zeros_last += len(block) - (int(sounding[-1]) + 1 if len(sounding) else 0)

    def _bits(self, block: NDArray[Any]) -> None:
        self._used |= int(np.bitwise_or.reduce(block, axis=None)) & 0xFFFFFFFF
        if self._nominal_bits:
            if self._md5 is not None:  # each in as few bytes as it fits (RFC 9639, 8.2)
                four = (block >> (32 - self._nominal_bits)).astype("<i4").ravel().view(np.uint8)
                n_bytes = -(-self._nominal_bits // 8)
                self._md5.update(four.reshape(-1, 4)[:, :n_bytes].tobytes())
            low = (block >> (32 - self._nominal_bits)) & ((1 << LOWEST_BITS) - 1)
            self._low += np.bincount(low.ravel(), minlength=1 << LOWEST_BITS)

    def found(self) -> Iterator[tuple[str, Value]]:
        """Names and values."""
        yield "SHA-256 of the sound", self._digest.hexdigest()
        if self._md5 is not None:
            yield "MD5 of the sound", self._md5.hexdigest()
        yield "kind of samples", "integers" if self._whole else "floats"
        if self._nominal_bits:
            yield "nominal bits", self._nominal_bits
        if self._whole:
            yield "bits used", 32 - _trailing_zeros(self._used) if self._used else 0
        if self._nominal_bits:
            yield f"histogram of the lowest {LOWEST_BITS} bits", tuple(map(int, self._low))
        yield "DC offset [full scale]", tuple(float(f"{t / self._n:.3g}") for t in self._totals)
        yield "peak [dBFS]", round(dbfs(self._peak**2), 2)
        clipped = sum(runs.count() for runs in self._runs)
        yield "clipped [share]", float(f"{clipped / (self._n * len(self._totals)):.3g}")
        if self._n_not_finite:
            yield "samples that are no number", self._n_not_finite
        if len(self._totals) > 1:
            yield "channels are equal", self._equal and self._peak > 0
        first = self._first if self._first is not None else self._last
        yield "first samples of channel 0", self._shown(first)
        yield "last samples of channel 0", self._shown(self._last)
        yield "zeros at the beginning [samples]", self._zeros_first
        yield "zeros at the end [samples]", self._zeros_last

    def _shown(self, block: NDArray[Any]) -> Value:
        values = block[:, 0]
        if self._whole:
            shift = 32 - self._nominal_bits if self._nominal_bits else 0
            return tuple(int(value) >> shift for value in values)
        return tuple(float(f"{value:.6g}") for value in np.nan_to_num(values))


class _Band:
    """Spectra of the beginning, in stretches, for the band that holds anything."""

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._left = int(LISTENED_S * rate_hz) if _RATES_HZ[0] <= rate_hz <= _RATES_HZ[1] else 0
        self._waiting: list[NDArray[np.float32]] = []
        self._n_waiting = 0
        self._levels_db: list[NDArray[np.float32]] = []

    def push(self, floats: NDArray[np.float32]) -> None:
        """Take samples (n, channels); their mean is listened to."""
        if self._left == 0:  # a slice of nothing would keep the block
            return
        mono = floats[: self._left].mean(axis=1)
        self._left -= len(mono)
        self._waiting.append(mono)
        self._n_waiting += len(mono)
        if self._n_waiting >= STRETCH_S * self._rate_hz:
            self._hear()

    def _hear(self) -> None:
        samples = np.concatenate(self._waiting)
        self._waiting, self._n_waiting = [], 0
        if len(samples):
            sounding, _ = band_spectra(samples, self._rate_hz).sounding()
            self._levels_db.append(sounding.level_db)

    def found(self) -> Iterator[tuple[str, Value]]:
        """Name and value; nothing of a rate without spectra, 0 of digital silence."""
        if self._n_waiting:
            self._hear()
        if self._levels_db:
            present = present_bands(np.concatenate(self._levels_db))
            edge_hz = min(upper_edge_hz(present), self._rate_hz / 2)
            yield "bandwidth [Hz]", round(edge_hz)


def nominal_bits(codec: str) -> int:
    """Bits that a sample of an uncompressed or lossless codec has by its name; 0: it tells none.

    >>> nominal_bits("pcm_s24"), nominal_bits("alac_16"), nominal_bits("aac")
    (24, 16, 0)
    """
    found = _NOMINAL.fullmatch(codec)
    return int(found[1] or found[2]) if found else 0


def _trailing_zeros(number: int) -> int:
    return (number & -number).bit_length() - 1
