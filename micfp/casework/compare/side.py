"""What is heard of the recordings of one device, to compare it with another."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Channel, isolated
from micfp.casework.compare.hum import Hum, hum
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import fingerprint, pieces, range_of
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import Float32, band_spectra, band_widths_hz
from micfp.fingerprint.embedding.vectors import VECTORS
from micfp.fingerprint.quality import quality, refusal
from micfp.fingerprint.weighed.listening import LONGEST_S
from micfp.recordings.opening import opened

Array = NDArray[np.float64]
PIECE_S = 1.0
LEAST_ACTIVE_S = 0.4
"""A piece with less is a pause."""
LOUD, CONTENT, QUIET = (VECTORS.index(name) for name in ("loud", "content", "quiet"))


@dataclass(frozen=True)
class Measured:
    """What is measured of a recording.

    Attributes
    ----------
    path
        As it was given.
    curves_db
        float32 (n_pieces, N_BANDS), what pieces of 1 s have beyond what their speech lets expect.
    noise_db
        float32 (N_BANDS,), of the quietest fifth of the frames, dB re 1 / Hz.
    noise_dbfs, speech_dbfs
        Levels of the quietest and of the loudest fifth over all bands.
    hum
        None: none was found.
    duration_s
        Of what was used.
    warnings
        Sentences that a reader needs to know.
    """

    path: str
    curves_db: Float32
    noise_db: Float32
    noise_dbfs: float
    speech_dbfs: float
    hum: Hum | None
    duration_s: float
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Side:
    """Recordings of one device.

    Attributes
    ----------
    recordings
        Those that have a part.
    refused
        Sentences about the others.
    """

    recordings: tuple[Measured, ...]
    refused: tuple[str, ...]

    @property
    def curves_db(self) -> Array:
        """Pieces (n_pieces, N_BANDS) of all recordings, one after the other."""
        return np.concatenate([one.curves_db for one in self.recordings]).astype(np.float64)


def listen_to_sides(
    sides: Sequence[Sequence[Path]],
    model: FingerprintModel,
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Side]:
    """Listen to the recordings of each side, in a process that may die of one.

    What cannot be read, or is outside of what the fingerprint was validated for, is refused.
    """
    paths = [path for side in sides for path in side]
    heard = isolated(partial(_measure, model=model, channel=channel, track=track), paths)
    for side in sides:
        found = [next(heard) for _ in side]
        yield Side(
            tuple(one for one in found if isinstance(one, Measured)),
            tuple(str(one) for one in found if isinstance(one, MicfpError)),
        )


def _measure(path: Path, model: FingerprintModel, channel: Channel, track: int | None) -> Measured:
    heard = opened(path, LONGEST_S, channel, track)
    samples, rate_hz = heard.samples, heard.rate_hz
    try:
        whole = model.fingerprint(samples, rate_hz)
    except MicfpError as error:
        raise MicfpError(f"{path}: {error}") from None
    spectra = band_spectra(samples, rate_hz)
    if (reason := refusal(quality(samples, rate_hz, spectra))) is not None:
        raise MicfpError(f"{path}: {reason}")
    of_whole = range_of(spectra)
    some = (fingerprint(one, model.content, of_whole) for one in pieces(spectra, PIECE_S))
    curves = [one.vectors[CONTENT] for one in some if one.active_s >= LEAST_ACTIVE_S]
    return Measured(
        str(path),
        np.array(curves, np.float32).reshape(len(curves), -1),
        whole.vectors[QUIET],
        _level_dbfs(whole.vectors[QUIET]),
        _level_dbfs(whole.vectors[LOUD]),
        hum(samples, rate_hz),
        len(samples) / rate_hz,
        tuple(f"{path}: {one}" for one in heard.warnings),
    )


def _level_dbfs(density_db: Float32) -> float:
    """Power of a density (N_BANDS,) over the bands that are there, re mean square 1."""
    power = np.nansum(10 ** (density_db.astype(np.float64) / 10) * band_widths_hz())
    return 10 * float(np.log10(max(power, 1e-20)))
