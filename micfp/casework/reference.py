"""Enrolled devices and their references, and how they are said."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.weighed.listening import Recording

KEYS = (
    *("device", "path", "sha256", "added", "micfp_version", "model_sha256", "sample_rate_hz"),
    *("n_samples", "channel", "track", "active_s", "duration_s", "bandwidth_hz", "snr_db"),
)
"""Of `Reference.as_record`."""


@dataclass(frozen=True)
class Reference:
    """A recording that is known to be of a device.

    Attributes
    ----------
    device
        Its name.
    recording
        What is kept of it.
    added
        When, in UTC, to the second.
    micfp_version, model_sha256
        What took its fingerprint.
    """

    device: str
    recording: Recording
    added: datetime
    micfp_version: str
    model_sha256: str

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON or CSV: everything but its vectors."""
        recording = self.recording
        values = (
            *(self.device, recording.path, recording.sha256, written_time(self.added)),
            *(self.micfp_version, self.model_sha256, recording.sample_rate_hz),
            *(recording.n_samples, recording.channel, recording.track),
            *quality_record(recording.fingerprint).values(),
        )
        return dict(zip(KEYS, values, strict=True))


@dataclass(frozen=True)
class Device:
    """An enrolled device, and its references in the order in which they were added: one or more."""

    name: str
    references: tuple[Reference, ...]

    @property
    def fingerprints(self) -> list[Fingerprint]:
        """Of all references."""
        return [one.recording.fingerprint for one in self.references]

    @property
    def active_s(self) -> float:
        """Seconds in which something is heard, of all references."""
        return sum(one.active_s for one in self.fingerprints)

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "device": self.name,
            "references": len(self.references),
            "active_s": self.active_s,
            "added": written_time(self.references[0].added),
        }

    def as_text(self) -> str:
        """What a person reads."""
        added = written_time(self.references[0].added)
        count = references_in_words(len(self.references))
        return f"{self.name}: {count}, {self.active_s:.1f} s heard, since {added}"


def references_in_words(count: int) -> str:
    """`1 reference`, `2 references`."""
    return "1 reference" if count == 1 else f"{count} references"


def quality_record(found: Fingerprint) -> dict[str, float]:
    """Plain data of how far a fingerprint can be trusted."""
    return {
        "active_s": found.active_s,
        "duration_s": found.duration_s,
        "bandwidth_hz": found.bandwidth_hz,
        "snr_db": found.snr_db,
    }


def quality_in_words(found: Fingerprint) -> str:
    """`3.2 s heard, to 15.1 kHz, 41 dB above its noise`."""
    return (
        f"{found.active_s:.1f} s heard, to {found.bandwidth_hz / 1000:.1f} kHz, "
        f"{found.snr_db:.0f} dB above its noise"
    )


def written_time(time: datetime) -> str:
    """`2026-11-28T03:20:11Z`."""
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def read_time(text: str) -> datetime:
    """What `written_time` wrote; ValueError for what is no time in UTC."""
    time = datetime.fromisoformat(text)
    if time.tzinfo != UTC:
        raise ValueError("a time that is not in UTC")
    return time
