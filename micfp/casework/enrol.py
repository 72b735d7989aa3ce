"""Enrolling: recordings that are known to be of a device become its references."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from micfp.audio import Channel
from micfp.casework.case_file import Case, OtherDeviceError
from micfp.casework.names import device_name
from micfp.casework.reference import quality_in_words, quality_record
from micfp.errors import MicfpError, printable
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.weighed.listening import Heard, Recording, listen_each


@dataclass(frozen=True)
class Enrolled:
    """What became of a file.

    Attributes
    ----------
    device
        Its name.
    path
        As it was given.
    refused
        Why it is no reference, a sentence that names the file; None: it is one.
    fingerprint
        What was taken of it; None where nothing could be.
    warnings
        Sentences that a reader needs to know.
    """

    device: str
    path: str
    refused: str | None
    fingerprint: Fingerprint | None
    warnings: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it is a reference of the device, from now on or before."""
        return self.refused is None

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        found = self.fingerprint
        return {
            "device": self.device,
            "path": self.path,
            "accepted": self.accepted,
            "refused": self.refused,
            "quality": None if found is None else quality_record(found),
            "warnings": list(self.warnings),
        }

    def as_text(self) -> str:
        """What a person reads."""
        if self.refused is not None:
            return printable(f"not enrolled: {self.refused}")
        assert self.fingerprint is not None
        lines = [f"{self.path}: enrolled as {self.device}, {quality_in_words(self.fingerprint)}"]
        lines += [f"    careful: {warning}" for warning in self.warnings]
        return "\n".join(map(printable, lines))


class Keeper(Protocol):
    """What keeps references, as `Case.add_reference` does."""

    def add_reference(self, name: str, recording: Recording, model_sha256: str) -> bool:
        """Keep one; False where the device has it already, OtherDeviceError where another has."""


def enrol(
    case: Case,
    name: str,
    paths: Sequence[Path],
    model: Loaded,
    channel: Channel = "mean",
    track: int | None = None,
) -> Iterator[Enrolled]:
    """Enrol recordings as references of one device; each is kept as soon as it is said.

    Parameters
    ----------
    case
        Where they are kept.
    name
        The device's; one that is enrolled already gets more references.
    paths
        Audio files.
    model
        The fingerprint model.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.

    Raises
    ------
    MicfpError
        What concerns every file: no name, another model, a case that may not be written.
    """
    name = device_name(name)
    case.check_model(model.sha256)
    heard_each = listen_each(paths, model.model, channel, track)
    for path, heard in zip(paths, heard_each, strict=True):
        yield kept(case, name, str(path), heard, model.sha256)


def kept(
    keeper: Keeper, name: str, path: str, heard: Heard | MicfpError, model_sha256: str
) -> Enrolled:
    """Keep a recording that was listened to, if it may be a reference, and say what became of it.

    Parameters
    ----------
    keeper
        Where it is kept: a case, or what stands for one.
    name
        The device's.
    path
        What the recording is called.
    heard
        Of it; or why it could not be listened to.
    model_sha256
        Digest of the model that took its fingerprint.
    """
    if isinstance(heard, MicfpError):
        return Enrolled(name, path, str(heard), None)
    recording, warnings, refused = heard.recording, heard.warnings, heard.refused
    if refused is None:
        try:
            if not keeper.add_reference(name, recording, model_sha256):
                warnings = ("was enrolled before, and is not kept twice", *warnings)
        except OtherDeviceError as error:
            refused = str(error)
    return Enrolled(name, recording.path, refused, recording.fingerprint, warnings)
