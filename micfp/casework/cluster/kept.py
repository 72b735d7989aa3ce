"""Fingerprints that were taken, kept in a file: what was listened to once is not again.

One JSON object per line, added as soon as a recording was listened to; a line that a kill cut off
counts for nothing.
"""

import base64
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from micfp.audio import Channel
from micfp.casework.rows import Digest, checked_vectors
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.quality import Quality, refusal
from micfp.fingerprint.weighed.listening import Heard, Recording


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    sha256: Digest
    model_sha256: Digest
    channel: Literal["mean"] | int
    asked_track: int | None
    track: int
    sample_rate_hz: int
    n_samples: int
    active_s: float = Field(gt=0)
    duration_s: float = Field(gt=0)
    bandwidth_hz: float
    snr_db: float
    vectors: str
    quality: dict[str, float]
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, heard: Heard, model_sha256: str, track: int | None) -> Self:
        recording, found = heard.recording, heard.recording.fingerprint
        return cls(
            sha256=recording.sha256,
            model_sha256=model_sha256,
            channel=recording.channel,
            asked_track=track,
            track=recording.track,
            sample_rate_hz=recording.sample_rate_hz,
            n_samples=recording.n_samples,
            active_s=found.active_s,
            duration_s=found.duration_s,
            bandwidth_hz=found.bandwidth_hz,
            snr_db=found.snr_db,
            vectors=base64.b64encode(found.vectors.astype("<f4").tobytes()).decode(),
            quality=asdict(heard.quality),
            warnings=heard.warnings,
        )

    def heard(self, path: Path) -> Heard:
        """What it was, by the name that the file has now; ValueError for what is none."""
        vectors = checked_vectors(base64.b64decode(self.vectors, validate=True))
        numbers = (self.active_s, self.duration_s, self.bandwidth_hz, self.snr_db)
        measured = Quality(**self.quality)
        reason = refusal(measured)
        recording = Recording(
            str(path),
            self.sha256,
            self.sample_rate_hz,
            self.n_samples,
            self.channel,
            self.track,
            Fingerprint(vectors, *numbers),
        )
        refused = None if reason is None else f"{path}: {reason}"
        return Heard(recording, measured, refused, self.warnings)


class Kept:
    """What a file keeps for one model, channel and track.

    Parameters
    ----------
    path
        The file; None: nothing is kept.
    model_sha256
        Digest of the fingerprint model.
    channel, track
        As in `listening.listen`.

    Raises
    ------
    MicfpError
        A file that holds something else.
    """

    def __init__(
        self, path: Path | None, model_sha256: str, channel: Channel, track: int | None
    ) -> None:
        self._path, self._model, self._track = path, model_sha256, track
        self._lines: dict[str, _Line] = {}
        wanted = (model_sha256, channel, track)
        for line in _lines(path):
            if (line.model_sha256, line.channel, line.asked_track) == wanted:
                self._lines[line.sha256] = line

    def get(self, sha256: str, path: Path) -> Heard | None:
        """What was heard of a file with this digest, which is at `path` now; None: not yet."""
        line = self._lines.get(sha256)
        if line is None:
            return None
        try:
            return line.heard(path)
        except (ValueError, TypeError) as error:
            raise _none_of_ours(self._path, error) from None

    def add(self, heard: Heard) -> None:
        """Keep what was heard."""
        if self._path is None:
            return
        line = _Line.of(heard, self._model, self._track)
        try:
            with open(self._path, "a+b") as file:
                if file.tell() and (file.seek(-1, 2), file.read(1))[1] != b"\n":
                    file.write(b"\n")  # behind a line that was cut off
                file.write(line.model_dump_json().encode() + b"\n")
        except OSError as error:
            raise MicfpError(f"{self._path}: cannot be written ({error.strerror})") from None


def _lines(path: Path | None) -> Iterator[_Line]:
    if path is None or not path.exists():
        return
    try:
        with open(path, "rb") as file:
            for text in file:
                try:
                    yield _Line.model_validate_json(text)
                except ValidationError as error:
                    if _is_json(text):
                        raise _none_of_ours(path, error) from None
    except OSError as error:
        raise MicfpError(f"{path}: cannot be read ({error.strerror})") from None


def _is_json(text: bytes) -> bool:
    """Whether a line is whole: one that was cut off is none."""
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _none_of_ours(path: Path | None, error: Exception) -> MicfpError:
    return MicfpError(
        f"{path}: is no file of kept fingerprints, or a damaged one "
        f"({str(error).splitlines()[0]}); delete it, or give another by --kept"
    )
