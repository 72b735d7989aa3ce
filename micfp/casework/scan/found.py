"""What is said of a recording that was scanned."""

from dataclasses import dataclass
from typing import Any

from micfp.casework.scan.track import Change, Track
from micfp.errors import printable
from micfp.evidence.verbal import ratio

NOBODY = "nothing is enrolled that it could be named after"


@dataclass(frozen=True)
class Segment:
    """A stretch of a recording by one device.

    Attributes
    ----------
    start_s, stop_s
        Where it is.
    device
        Name of an enrolled one, or "unknown 1", "unknown 2" and so on; None: nothing is concluded.
    why
        Why no enrolled device is named; None where one is.
    """

    start_s: float
    stop_s: float
    device: str | None
    why: str | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether it is of a device that has a number and no name."""
        return self.device is not None and self.why is not None


@dataclass(frozen=True)
class Scan:
    """What is said of a recording.

    Attributes
    ----------
    path
        As it was given.
    duration_s
        Of what was scanned; 0 where nothing was.
    tracks
        All that was followed, that of the device first where it was.
    segments
        In order of time; none where the device was refused.
    refused
        Why nothing is said of the device; None where it is.
    warnings
        Sentences that a reader needs to know.
    """

    path: str
    duration_s: float
    tracks: tuple[Track, ...]
    segments: tuple[Segment, ...]
    refused: str | None
    warnings: tuple[str, ...]

    @property
    def changes(self) -> tuple[Change, ...]:
        """Of all tracks, in order of time."""
        found = [change for track in self.tracks for change in track.changes]
        return tuple(sorted(found, key=lambda one: (one.time_s, one.track)))

    def called(self, segment: Segment) -> str:
        """What a segment is called where there is room for a few words."""
        if segment.device is None:
            return "not concluded"
        # A number would look like that of another recording.
        return "one device" if self._is_one_unknown(segment) else segment.device

    def in_words(self, segment: Segment) -> str:
        """Who made a segment, as a person reads it."""
        if segment.device is None:
            return f"not named: {segment.why}"
        if self._is_one_unknown(segment):
            one = "one device throughout, as far as was seen"
            return one if segment.why == NOBODY else f"{segment.why}; {one}"
        if segment.is_unknown and segment.why != NOBODY:
            return f"{segment.device} ({segment.why})"
        return segment.device

    def _is_one_unknown(self, segment: Segment) -> bool:
        return segment.is_unknown and len(self.segments) == 1

    def beside(self, change: Change) -> tuple[str, ...]:
        """Names of the other tracks that changed where a change may be."""
        low, high = change.interval_s
        near = (
            one.track
            for one in self.changes
            if one.track != change.track and one.interval_s[0] <= high and one.interval_s[1] >= low
        )
        return tuple(dict.fromkeys(near))

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "path": self.path,
            "duration_s": self.duration_s,
            "changes": [
                {
                    "time_s": one.time_s,
                    "interval_s": list(one.interval_s),
                    "track": one.track,
                    "log10_lr": one.log10_lr,
                    "what": one.what,
                    "beside": list(self.beside(one)),
                }
                for one in self.changes
            ],
            "segments": [
                {"start_s": one.start_s, "stop_s": one.stop_s, "device": one.device}
                for one in self.segments
            ],
            "refused": self.refused,
            "warnings": list(self.warnings),
        }

    def as_text(self) -> str:
        """What a person reads."""
        lines = []
        if self.refused is not None:
            lines.append(f"nothing is said of the device: {self.refused}")
        if self.duration_s:
            of = " of any other kind" if self.refused is not None else ""
            found = _counted(len(self.changes), of)
            lines.append(f"{self.path}: {found} in {self.duration_s:.1f} s")
        lines += [f"    {self._row(one)}" for one in self.changes]
        lines += [
            f"    {one.start_s:.2f} to {one.stop_s:.2f} s: {self.in_words(one)}"
            for one in self.segments
        ]
        lines += [f"    limits of {one.name}: {one.unseen}" for one in self.tracks if one.unseen]
        lines += [f"    careful: {warning}" for warning in self.warnings]
        return "\n".join(map(printable, lines))

    def _row(self, change: Change) -> str:
        low, high = change.interval_s
        weight = "" if change.log10_lr is None else f", LR {ratio(change.log10_lr)}"
        beside = self.beside(change)
        agree = f"; at the same place: {', '.join(beside)}" if beside else ""
        return (
            f"{change.time_s:.2f} s (95 %: {low:.2f} to {high:.2f}): {change.track}{weight}: "
            f"{change.what}{agree}"
        )


def _counted(count: int, of: str) -> str:
    if count == 0:
        return f"no change{of} was found"
    return f"1 change{of}" if count == 1 else f"{count} changes{of}"
