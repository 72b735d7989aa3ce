"""Cuts recordings of a played programme (`micfp stimulus`) into its parts, by its start marker."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.audio import AudioInfo, copy_wav, probe
from micfp.bench.days import day_of
from micfp.bench.stimuli import CONTENT_PAUSE_S, MARKER_PAUSE_S
from micfp.config.bench import BenchConfig, ContentConfig
from micfp.errors import MicfpError, printable
from micfp.recordings.markers import MARKER_S, find_markers
from micfp.written import writing_into


@dataclass(frozen=True)
class CutSession:
    """What was cut out of a recording for one session.

    Attributes
    ----------
    start_s
        where its start marker begins in the recording
    folder
        that the parts lie in
    written
        contents, each a file of that name
    left_out
        contents that the recording does not have whole, since it ends before
    """

    recording: Path
    session: str
    start_s: float
    folder: Path
    written: tuple[str, ...]
    left_out: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "recording": str(self.recording),
            "session": self.session,
            "start_s": round(self.start_s, 3),
            "folder": str(self.folder),
            "written": list(self.written),
            "left_out": list(self.left_out),
        }

    def as_text(self) -> str:
        """What a person reads."""
        count = f"{len(self.written)} part{'s' if len(self.written) != 1 else ''}"
        text = (
            f"{self.recording}: {self.session} begins at {self.start_s:.2f} s; "
            f"{count} written to {self.folder}"
        )
        if self.left_out:
            names = ", ".join(self.left_out)
            text += f"\n  careful: left out, since the recording ends before: {names}"
        return "\n".join(map(printable, text.split("\n")))


def cut_sessions(
    recording: Path, sessions: Sequence[str], config: BenchConfig, folder: Path
) -> list[CutSession]:
    """Write the parts of every session in a recording: `<folder>/<session>/<content>.wav`.

    Nobody can hear which session it is: names in another order give wrong labels. Samples are
    copied as they are (see `micfp.audio.copy_wav`). Every recording of a session is cut
    at the same places of the programme, so that files of one name hold the same sound.

    Parameters
    ----------
    recording
        Audio file in which each session's programme was recorded whole, marker included.
    sessions
        Names as `micfp stimulus --session` has them, in the order of the recording.
    config
        The bench whose programme was played.
    folder
        Of the device.

    Raises
    ------
    MicfpError
        The recording has another number of start markers, a part is there already, or nothing can
        be written.
    """
    if len(set(sessions)) < len(sessions):
        raise MicfpError(f"--session {', '.join(sessions)}: give each session once")
    contents = [day_of(config, session).contents for session in sessions]
    starts_s = find_markers(recording)
    if len(starts_s) != len(sessions):
        raise MicfpError(_wrong_number(recording, starts_s, sessions))
    info = probe(recording)
    planned = [
        _planned(folder / session, start_s, played, info)
        for session, start_s, played in zip(sessions, starts_s, contents, strict=True)
    ]
    for one in planned:
        for name, _, _ in one.whole:
            if (file := one.folder / f"{name}.wav").exists():
                raise MicfpError(f"{file}: is there already; remove it, or choose another --out")
    if not any(one.whole for one in planned):
        raise MicfpError(
            f"{recording}: ends before the first part of {sessions[0]} does; is it the whole "
            "recording?"
        )
    cuts = []
    for session, start_s, one in zip(sessions, starts_s, planned, strict=True):
        with writing_into(one.folder):
            for name, start, stop in one.whole:
                copy_wav(recording, one.folder / f"{name}.wav", start, stop)
        names = tuple(name for name, _, _ in one.whole)
        cuts.append(CutSession(recording, session, start_s, one.folder, names, one.left_out))
    return cuts


@dataclass(frozen=True)
class _Planned:
    """What is to be written of a session: names with their first sample and the one after."""

    folder: Path
    whole: tuple[tuple[str, int, int], ...]
    left_out: tuple[str, ...]


def _planned(
    folder: Path, start_s: float, played: Sequence[ContentConfig], info: AudioInfo
) -> _Planned:
    """Where the parts of a programme lie whose marker begins at a time."""
    whole, left_out = [], []
    at_s = start_s + MARKER_S + MARKER_PAUSE_S
    for content in played:
        at_s += CONTENT_PAUSE_S
        start, stop = (
            round(time_s * info.sample_rate_hz) for time_s in (at_s, at_s + content.duration_s)
        )
        at_s += content.duration_s
        if stop <= info.n_samples:
            whole.append((content.name, start, stop))
        else:
            left_out.append(content.name)
    return _Planned(folder, tuple(whole), tuple(left_out))


def _wrong_number(recording: Path, starts_s: Sequence[float], sessions: Sequence[str]) -> str:
    if not starts_s:
        return (
            f"{recording}: no start marker was found (three beeps at 1 kHz, one at 2 kHz); was the "
            "programme of `micfp stimulus` recorded from its beginning, and louder than the room?"
        )
    found = ", ".join(f"{start_s:.2f} s" for start_s in starts_s)
    return (
        f"{recording}: {len(starts_s)} start marker{'s' if len(starts_s) > 1 else ''} found (at "
        f"{found}), and {len(sessions)} given: name the session of each in its order "
        "(--session day-1 --session day-2)"
    )
