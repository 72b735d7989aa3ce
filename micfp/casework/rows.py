"""A reference as a row of a case, and back; what a row says is checked."""

import hashlib
import os
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from micfp.casework.reference import Reference, read_time, written_time
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import N_BANDS, TOP_HZ, Float32
from micfp.fingerprint.embedding.vectors import VECTORS
from micfp.fingerprint.weighed.listening import Recording

LARGEST_DB = 1e6
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Seconds = Annotated[float, Field(gt=0, le=1e9)]


class Parameters(BaseModel):
    """What of a file was listened to."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)

    channel: Literal["mean"] | Annotated[int, Field(ge=0)]
    track: int = Field(ge=0)


class _Row(BaseModel):
    model_config = ConfigDict(strict=True, allow_inf_nan=False)

    path: str | bytes
    sha256: Digest
    added: str
    micfp_version: str
    model_sha256: Digest
    sample_rate_hz: int = Field(gt=0)
    n_samples: int = Field(gt=0)
    parameters: str
    active_s: Seconds
    duration_s: Seconds
    bandwidth_hz: float = Field(ge=0, le=TOP_HZ)
    snr_db: float
    vectors: bytes
    vectors_sha256: Digest


COLUMNS = tuple(_Row.model_fields)
"""Of the table `reference`, in the order of `row_of`."""


def row_of(reference: Reference) -> tuple[object, ...]:
    """Values of a reference in the order of COLUMNS."""
    recording = reference.recording
    found = recording.fingerprint
    return (
        _written_path(recording.path),
        recording.sha256,
        written_time(reference.added),
        reference.micfp_version,
        reference.model_sha256,
        recording.sample_rate_hz,
        recording.n_samples,
        Parameters(channel=recording.channel, track=recording.track).model_dump_json(),
        *(found.active_s, found.duration_s, found.bandwidth_hz, found.snr_db),
        _bytes_of(found.vectors),
        digest_of(found.vectors),
    )


def reference_of(device: str, *values: object) -> Reference:
    """The reference of a device's name and values in the order of COLUMNS.

    Raises
    ------
    ValueError
        A value that is none.
    """
    row = _Row.model_validate(dict(zip(COLUMNS, values, strict=True)))
    parameters = Parameters.model_validate_json(row.parameters)
    fingerprint = Fingerprint(
        vectors_of(row.vectors, row.vectors_sha256),
        row.active_s,
        row.duration_s,
        row.bandwidth_hz,
        row.snr_db,
    )
    recording = Recording(
        row.path if isinstance(row.path, str) else os.fsdecode(row.path),
        row.sha256,
        row.sample_rate_hz,
        row.n_samples,
        parameters.channel,
        parameters.track,
        fingerprint,
    )
    added = read_time(row.added)
    return Reference(device, recording, added, row.micfp_version, row.model_sha256)


def _written_path(path: str) -> str | bytes:
    """A path as text; one that is no UTF-8 as its bytes, which SQLite would not take as text."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return os.fsencode(path)
    return path


def digest_of(vectors: Float32) -> str:
    """Digest of vectors (4, N_BANDS), as little-endian float32."""
    return hashlib.sha256(_bytes_of(vectors)).hexdigest()


def vectors_of(given: bytes, sha256: str) -> Float32:
    """Vectors (4, N_BANDS), NaN in the same bands of each, of bytes that have this digest.

    Raises
    ------
    ValueError
        They have another, or are no vectors.
    """
    if hashlib.sha256(given).hexdigest() != sha256:
        raise ValueError("a vector is not what was written")
    return checked_vectors(given)


def checked_vectors(given: bytes) -> Float32:
    """Vectors as of `vectors_of`, of bytes of which no digest is known."""
    if len(given) != 4 * len(VECTORS) * N_BANDS:
        raise ValueError("a vector of another length")
    found = np.frombuffer(given, "<f4").reshape(len(VECTORS), N_BANDS).astype(np.float32)
    missing = np.isnan(found)
    if missing.all() or (missing != missing[0]).any():
        raise ValueError("vectors without bands, or with different ones")
    if not np.abs(found[~missing]).max() <= LARGEST_DB:
        raise ValueError("a vector with numbers beyond all sense")
    return found


def _bytes_of(vectors: Float32) -> bytes:
    return vectors.astype("<f4").tobytes()
