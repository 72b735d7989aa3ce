"""What is kept of a recording that is enrolled or asked about: its fingerprint, and where from."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from micfp.audio import Channel, isolated
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel, sounding_spectra
from micfp.fingerprint.embedding.spectra import Float32
from micfp.fingerprint.pitch import changed_fingerprints, shows_pitch
from micfp.fingerprint.quality import Quality, quality, refusal
from micfp.fingerprint.voice import voice_warning
from micfp.fingerprint.weighed.halves import halves_of
from micfp.recordings.opening import opened

LONGEST_S = 600.0
"""Of a longer recording the beginning serves."""


@dataclass(frozen=True)
class Recording:
    """The fingerprint of a file, and all that is needed to take it again.

    Attributes
    ----------
    path
        As it was given.
    sha256
        Digest of the file, 64 hexadecimal digits.
    sample_rate_hz, n_samples
        Of the whole file; samples of one channel.
    channel
        The one that was listened to, from 0, or "mean".
    track
        Audio track, from 0.
    """

    path: str
    sha256: str
    sample_rate_hz: int
    n_samples: int
    channel: Channel
    track: int
    fingerprint: Fingerprint


@dataclass(frozen=True)
class Heard:
    """A recording, and what is to be said of it.

    Attributes
    ----------
    recording
        What is kept of it.
    quality
        What was measured of it.
    refused
        Why nothing is concluded from it, a sentence that names the file; or None.
    warnings
        Sentences that a reader needs to know.
    changed
        Its fingerprints with changes of pitch undone (`pitch.changed_fingerprints`), where they
        were wanted and it shows any.
    halves
        Fingerprints of its halves, where it is long enough.
    """

    recording: Recording
    quality: Quality
    refused: str | None
    warnings: tuple[str, ...]
    changed: tuple[Fingerprint, ...] = ()
    halves: tuple[Fingerprint, ...] = ()


def listen(
    path: Path,
    model: FingerprintModel,
    channel: Channel = "mean",
    track: int | None = None,
    *,
    pitch: bool = False,
) -> Heard:
    """Take the fingerprint of a file.

    Parameters
    ----------
    path
        Audio file.
    model
        Whose fingerprint it is.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.
    pitch
        Whether fingerprints with changes of pitch undone are wanted.

    Raises
    ------
    MicfpError
        The file is no audio, has no such channel, or holds nothing that has a fingerprint.
    """
    one = opened(path, LONGEST_S, channel, track)
    with open(path, "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    info = one.info
    kept = partial(Recording, str(path), sha256, one.rate_hz, info.n_samples, channel, info.track)
    return _heard(one.samples, one.rate_hz, model, kept, one.warnings, pitch)


def listen_to_samples(
    samples: Float32,
    rate_hz: int,
    model: FingerprintModel,
    name: str = "samples",
    *,
    pitch: bool = False,
) -> Heard:
    """Take the fingerprint of samples that are at hand.

    Parameters
    ----------
    samples
        float32 (n,), one channel, full scale 1, finite, 0.25 s or more.
    rate_hz
        8000 to 192 000.
    model
        Whose fingerprint it is.
    name
        By which sentences name them.
    pitch
        As in `listen`.

    Raises
    ------
    MicfpError
        Samples of another kind, or that hold nothing that has a fingerprint.
    """
    samples = np.asarray(samples)
    sha256 = hashlib.sha256(np.ascontiguousarray(samples).tobytes()).hexdigest()
    kept = partial(Recording, name, sha256, rate_hz, len(samples), 0, 0)
    return _heard(samples, rate_hz, model, kept, (), pitch)


def _heard(
    samples: Float32,
    rate_hz: int,
    model: FingerprintModel,
    kept: "partial[Recording]",
    warnings: tuple[str, ...],
    pitch: bool,
) -> Heard:
    try:
        spectra = sounding_spectra(samples, rate_hz)
    except MicfpError as error:
        raise MicfpError(f"{kept.args[0]}: {error}") from None
    recording = kept(fingerprint(spectra, model.content))
    measured = quality(samples, rate_hz, spectra)
    reason = refusal(measured)
    refused = None if reason is None else f"{recording.path}: {reason}"
    if refused is None and (said := voice_warning(measured.synthetic, measured.active_s)):
        warnings = (*warnings, said)
    changed: tuple[Fingerprint, ...] = ()
    if pitch and refused is None and shows_pitch(spectra):
        changed = tuple(changed_fingerprints(model, spectra))
    halves = halves_of(spectra, model.content) if refused is None else ()
    return Heard(recording, measured, refused, warnings, changed, halves)


def listen_each(
    paths: Sequence[Path],
    model: FingerprintModel,
    channel: Channel = "mean",
    track: int | None = None,
    *,
    pitch: bool = False,
) -> Iterator[Heard | MicfpError]:
    """`listen` to each file; what it raises for one stands in the place of its answer.

    Files are decoded in a process that may die of one.
    """
    return isolated(lambda path: listen(path, model, channel, track, pitch=pitch), paths)
