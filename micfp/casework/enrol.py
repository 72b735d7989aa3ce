"""Enrolling: recordings that are known to be of a device become its references."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.audio import Channel
from micfp.casework.case_file import Case, OtherDeviceError
from micfp.casework.names import device_name
from micfp.casework.reference import quality_in_words, quality_record
from micfp.errors import MicfpError, printable
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.weighed.listening import Heard, listen_each


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
        if isinstance(heard, MicfpError):
            yield Enrolled(name, str(path), str(heard), None)
        else:
            yield _kept(case, name, heard, model.sha256)


def _kept(case: Case, name: str, heard: Heard, model_sha256: str) -> Enrolled:
    recording, warnings, refused = heard.recording, heard.warnings, heard.refused
    if refused is None:
        try:
            if not case.add_reference(name, recording, model_sha256):
                warnings = ("was enrolled before, and is not kept twice", *warnings)
        except OtherDeviceError as error:
            refused = str(error)
    return Enrolled(name, recording.path, refused, recording.fingerprint, warnings)
