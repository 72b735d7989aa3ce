"""What the log of a case keeps of a file: its digest, and what was heard in it."""

import base64
import hashlib
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from micfp.audio import Channel
from micfp.casework.rows import Digest, Parameters, Seconds, digest_of, vectors_of
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import TOP_HZ, Float32
from micfp.fingerprint.weighed.listening import Recording


def _is_text(value: object) -> object:
    """Text; also of bytes that are no UTF-8, which pydantic's own text may not hold."""
    if not isinstance(value, str):
        raise ValueError("no text")
    return value


Text = Annotated[Any, AfterValidator(_is_text)]


@dataclass(frozen=True)
class HeardIn:
    """What was heard in a file.

    Attributes
    ----------
    sample_rate_hz, n_samples
        Of the whole file; samples of one channel.
    channel, track
        That were listened to.
    active_s, duration_s, bandwidth_hz, snr_db
        As of a `Fingerprint`.
    vectors_sha256
        Digest of its fingerprint's vectors, as little-endian float32.
    vectors
        They themselves; None of a reference, of which nothing stays where it is removed.
    """

    sample_rate_hz: int
    n_samples: int
    channel: Channel
    track: int
    active_s: float
    duration_s: float
    bandwidth_hz: float
    snr_db: float
    vectors_sha256: str
    vectors: Float32 | None


@dataclass(frozen=True)
class LoggedFile:
    """A file as the log of a case has it.

    Attributes
    ----------
    path
        As it was given.
    sha256
        Its digest, 64 hexadecimal digits; None where it could not be read.
    heard
        None where nothing was heard in it, or nobody listened.
    """

    path: str
    sha256: str | None
    heard: HeardIn | None = None


class _HeardIn(Parameters):
    sample_rate_hz: int = Field(gt=0)
    n_samples: int = Field(gt=0)
    active_s: Seconds
    duration_s: Seconds
    bandwidth_hz: float = Field(ge=0, le=TOP_HZ)
    snr_db: float
    vectors_sha256: Digest
    vectors: str | None


class _LoggedFile(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    path: Text
    sha256: Digest | None
    heard: _HeardIn | None


def logged(recording: Recording, *, vectors: bool) -> LoggedFile:
    """A recording that was listened to, with its vectors or their digest alone."""
    found = recording.fingerprint
    heard = HeardIn(
        recording.sample_rate_hz,
        recording.n_samples,
        recording.channel,
        recording.track,
        found.active_s,
        found.duration_s,
        found.bandwidth_hz,
        found.snr_db,
        digest_of(found.vectors),
        found.vectors if vectors else None,
    )
    return LoggedFile(recording.path, recording.sha256, heard)


def logged_path(path: str) -> LoggedFile:
    """A file that nobody listened to, with its digest where it can be read."""
    try:
        with open(path, "rb") as file:
            return LoggedFile(path, hashlib.file_digest(file, "sha256").hexdigest())
    except OSError:
        return LoggedFile(path, None)


def as_plain(one: LoggedFile) -> dict[str, Any]:
    """Plain data for the log."""
    heard = None
    if one.heard is not None:
        heard = dict(vars(one.heard))
        if one.heard.vectors is not None:
            heard["vectors"] = base64.b64encode(one.heard.vectors.astype("<f4").tobytes()).decode()
    return {"path": one.path, "sha256": one.sha256, "heard": heard}


def read_plain(record: dict[str, Any]) -> LoggedFile:
    """What `as_plain` gave; ValueError for what is none."""
    found = _LoggedFile.model_validate(record)
    if found.heard is None:
        return LoggedFile(found.path, found.sha256)
    values = found.heard.model_dump()
    if found.heard.vectors is not None:
        given = base64.b64decode(found.heard.vectors, validate=True)
        values["vectors"] = vectors_of(given, found.heard.vectors_sha256)
    return LoggedFile(found.path, found.sha256, HeardIn(**values))


def fingerprint_of(heard: HeardIn) -> Fingerprint | None:
    """The fingerprint that was taken; None where its vectors are not kept."""
    if heard.vectors is None:
        return None
    return Fingerprint(
        heard.vectors, heard.active_s, heard.duration_s, heard.bandwidth_hz, heard.snr_db
    )
