"""Step `fingerprint_heard`: fingerprints of real recordings under conditions, and what they teach.

Reads: audio, the content model. Writes: `heard.npz`, fingerprints of every recording and of pieces
of it under each condition; `arrays.npz`, vectors of its pieces and of their degraded copies;
`left_out.csv`, the recordings of which there is nothing, and why.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Channel
from micfp.bench.draws import generator
from micfp.degrade import Degradation, Sound, degrade
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint, pieces, range_of
from micfp.fingerprint.embedding.model import LEAST_S
from micfp.fingerprint.embedding.spectra import Spectra, band_spectra
from micfp.fingerprint.embedding.training import TrainingPieces, joined, training_pieces
from micfp.studies.fingerprint.rendering import (
    ARRAYS_FILE,
    read_arrays,
    read_content,
    stacked,
    unstacked,
    write_arrays,
)

HEARD_FILE, LEFT_OUT_FILE = "heard.npz", "left_out.csv"
STAGE = Stage(
    "fingerprint_heard",
    1,
    "micfp.studies.fingerprint.heard",
    mem_mb=2000,
    packing="alone",
    travels=False,
    libraries=SOUND,
)
CLEAN = "clean"
"""The condition in which a recording is as it is."""
Ints = NDArray[np.int64]
Rows = list[tuple[tuple[int, int, int], Fingerprint]]
"""Numbers of recording, condition and length, and the fingerprint."""


@dataclass(frozen=True)
class Heard:
    """Fingerprints of recordings under conditions.

    Attributes
    ----------
    fingerprints
        n of them.
    recording
        (n,) place of the recording among those of the shards.
    condition, length
        (n,) numbers of the condition and of the length; length 0 is the whole recording.
    """

    fingerprints: tuple[Fingerprint, ...]
    recording: Ints
    condition: Ints
    length: Ints


@dataclass(frozen=True)
class _Listener:
    """What is done to every recording."""

    chains: Mapping[str, Sequence[Degradation]]
    content: ContentModel
    lengths_s: Sequence[float]
    channel: Channel
    seed: int

    def listen(self, path: str, name: str, number: int) -> tuple[Rows, TrainingPieces]:
        """Fingerprints of a recording, each with its rows of `Heard`, and what it teaches."""
        found: Rows = []
        for condition, spectra in enumerate(self._conditions(_read(path, self.channel), name)):
            if condition == 0:
                rng = generator(self.seed, "fingerprint copies", name)
                taught = training_pieces(spectra, self.content, 0, number, rng)
            for length, one in self._fingerprints(spectra):
                found.append(((number, condition, length), one))
        return found, taught

    def _conditions(self, sound: Sound, name: str) -> Iterator[Spectra]:
        """The recording as it is, then as each chain makes it."""
        yield band_spectra(sound.samples, sound.rate_hz)
        for condition, chain in self.chains.items():
            rng = generator(self.seed, "fingerprint heard", condition, name)
            copy = degrade(sound, chain, rng)
            yield band_spectra(copy.samples, copy.rate_hz)

    def _fingerprints(self, spectra: Spectra) -> Iterator[tuple[int, Fingerprint]]:
        """Of the whole (0), and of pieces of each length (from 1 on)."""
        of_whole = range_of(spectra)
        yield 0, fingerprint(spectra, self.content, of_whole)
        for number, length_s in enumerate(self.lengths_s, 1):
            for piece in pieces(spectra, length_s):
                yield number, fingerprint(piece, self.content, of_whole)


def run(spec: Spec, out: Path) -> None:
    """Listen to every recording; one without anything to hear is left out, and said to be."""
    from pydantic import TypeAdapter

    from micfp.progress import progress

    chains = TypeAdapter(dict[str, tuple[Degradation, ...]])
    listener = _Listener(
        chains.validate_python(spec.params["conditions"]),
        read_content(spec.entry("content")),
        spec.params["lengths_s"],
        spec.params["channel"],
        spec.params["seed"],
    )
    found: Rows = []
    taught: list[TrainingPieces] = []
    left_out = [("path", "why")]
    for number, recording in enumerate(progress(spec.audio, len(spec.audio), "listening")):
        try:
            rows, teaches = listener.listen(recording.path, recording.recording, number)
        except MicfpError as error:
            left_out.append((recording.original or recording.path, str(error)))
            continue
        found += rows
        taught.append(teaches)
    of = np.array([row for row, _ in found], np.int64).reshape(-1, 3)
    fingerprints = stacked([one for _, one in found])
    np.savez(out / HEARD_FILE, allow_pickle=False, of=of, **fingerprints)
    write_arrays(vars(joined(taught)), out)
    with (out / LEFT_OUT_FILE).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(left_out)


def _read(path: str, channel: Channel) -> Sound:
    from micfp import audio

    sound = Sound(*audio.read(path, channel=channel))
    if len(sound.samples) < LEAST_S * sound.rate_hz:
        raise MicfpError(f"{path}: shorter than {LEAST_S} s, and so without a fingerprint")
    if not np.any(sound.samples):
        raise MicfpError(f"{path}: nothing but digital silence, and so without a fingerprint")
    return sound


def read_heard(folders: Sequence[Path], n_recordings: Sequence[int]) -> Heard:
    """Read the fingerprints of shards with so many recordings each."""
    arrays = [read_arrays(folder / HEARD_FILE) for folder in folders]
    firsts = np.cumsum([0, *n_recordings[:-1]])
    of = np.concatenate(
        [one["of"] + (first, 0, 0) for one, first in zip(arrays, firsts, strict=True)]
    )
    fingerprints = tuple(f for one in arrays for f in unstacked(one))
    return Heard(fingerprints, *of.T)


def read_taught(
    folders: Sequence[Path], n_recordings: Sequence[int], devices: Ints
) -> TrainingPieces:
    """Read what recordings of shards teach, each with the number of its device."""
    parts = []
    firsts = np.cumsum([0, *n_recordings[:-1]])
    for folder, first in zip(folders, firsts, strict=True):
        part = TrainingPieces(**read_arrays(folder / ARRAYS_FILE))
        recordings = part.recordings + first
        parts.append(
            TrainingPieces(
                part.vectors, devices[recordings], recordings, part.copies, part.active_s
            )
        )
    return joined(parts)
