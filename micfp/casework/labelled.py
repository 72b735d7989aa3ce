"""Labelled recordings as fingerprints: each whole, and pieces of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.audio import isolated, probe, read
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus_aloud
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint, pieces, range_of
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.quality import quality, refusal
from micfp.fingerprint.weighed.listening import LONGEST_S
from micfp.progress import progress

LENGTHS_S = (1.0, 3.0, 10.0)
MOST_PIECES = 3
"""Of a length, of a recording."""
LEAST_HEARD = 0.4
"""Share of a second or of a piece in which something is heard: less is a pause."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Heard:
    """What is taken of a recording.

    Attributes
    ----------
    whole
        Its fingerprint.
    pieces
        Length in s of each piece, and its fingerprint.
    codec
        Of the file.
    """

    whole: Fingerprint
    pieces: tuple[tuple[float, Fingerprint], ...]
    codec: str


@dataclass(frozen=True)
class Labelled:
    """Recordings that were listened to.

    Attributes
    ----------
    heard
        n of them.
    device, make, model, session, content
        (n,) numbers of labels; -1 where nobody said.
    names
        Of the devices, by number.
    left_out
        Sentences about files that had no part.
    """

    heard: tuple[Heard, ...]
    device: Ints
    make: Ints
    model: Ints
    session: Ints
    content: Ints
    names: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def n_devices(self) -> int:
        """Number of devices."""
        return len(self.names)


def listen_to_labelled(config: CorpusConfig, model: FingerprintModel) -> Labelled:
    """Listen to every recording of a corpus; files are decoded in a process that may die of one."""
    table = read_corpus_aloud(config)
    heard: list[Heard] = []
    rows: list[int] = []
    left_out: list[str] = []
    paths = [Path(path) for path in table["path"]]
    found = isolated(lambda path: _listen(path, config, model), paths)
    for row, one in enumerate(progress(found, len(paths), "listening")):
        if isinstance(one, MicfpError):
            left_out.append(str(one))
        else:
            heard.append(one)
            rows.append(row)
    chosen = table.iloc[rows]

    def numbers(name: str) -> Ints:
        values = chosen[name].to_numpy(str)
        index = np.unique(values, return_inverse=True)[1]
        return np.where(values == "", -1, index)

    return Labelled(
        heard=tuple(heard),
        device=numbers("device"),
        make=numbers("make"),
        model=numbers("model"),
        session=numbers("session"),
        content=numbers("content"),
        names=tuple(np.unique(chosen["device"].to_numpy(str)).tolist()),
        left_out=tuple(left_out),
    )


def _listen(path: Path, config: CorpusConfig, model: FingerprintModel) -> Heard:
    info = probe(path)
    stop = min(info.n_samples, int(LONGEST_S * info.sample_rate_hz))
    samples, rate_hz = read(path, 0, stop, config.channel)
    try:
        whole = model.fingerprint(samples, rate_hz)
    except MicfpError as error:
        raise MicfpError(f"{path}: {error}") from None
    if (reason := refusal(quality(samples, rate_hz))) is not None:
        raise MicfpError(f"{path}: {reason}")
    spectra = band_spectra(samples, rate_hz)
    of_whole = range_of(spectra)
    found = [
        (length_s, fingerprint(piece, model.content, of_whole))
        for length_s in LENGTHS_S
        for piece in pieces(spectra, length_s)[:MOST_PIECES]
    ]
    return Heard(whole, tuple(_long_enough(found)), info.codec)


def _long_enough(found: list[tuple[float, Fingerprint]]) -> Iterator[tuple[float, Fingerprint]]:
    for length_s, one in found:
        if one.active_s >= LEAST_HEARD * min(length_s, 1.0):
            yield length_s, one
