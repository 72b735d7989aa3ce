"""Which files of a folder are audio, and what is left out."""

import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from micfp.errors import MicfpError

AUDIO_SUFFIXES = (
    *(".wav", ".wave", ".bwf", ".rf64", ".w64", ".aif", ".aiff", ".aifc", ".caf", ".au", ".snd"),
    *(".flac", ".wv", ".ape", ".tta", ".ogg", ".oga", ".opus", ".spx", ".mp3", ".mp2", ".mpga"),
    *(".m4a", ".m4b", ".aac", ".amr", ".awb", ".wma", ".ac3", ".dss", ".ds2", ".voc", ".sph"),
    *(".3ga", ".3gp", ".3gpp", ".3g2", ".mp4", ".m4v", ".mov", ".qta", ".avi", ".mts", ".m2ts"),
    *(".mkv", ".mka", ".webm", ".mxf"),
)
"""Suffixes of files that are taken for audio, or for a film with an audio track, in any case."""
SIDE_SUFFIXES = (
    *(".csv", ".tsv", ".txt", ".md", ".rst", ".json", ".jsonl", ".yaml", ".yml", ".toml", ".xml"),
    *(".html", ".htm", ".log", ".ini", ".cfg", ".md5", ".sha1", ".sha256", ".sha512", ".sfv"),
    *(".lab", ".phn", ".wrd", ".textgrid", ".eaf", ".srt", ".vtt", ".cue", ".m3u", ".m3u8", ".pls"),
    *(".dvc", ".lnk", ".url", ".py", ".sh", ".micfp", ".micfp-journal"),
)
SIDE_NAMES = ("thumbs.db", "desktop.ini", "license", "readme", "md5sums", "sha256sums")
"""Names of what lies beside recordings and says something of them: never audio, never opened."""
MOST_NAMES = 5


@dataclass(frozen=True)
class LeftOut:
    """A file that is not taken for audio; `reason`: a few words, e.g. `a named pipe`."""

    path: Path
    reason: str


@dataclass(frozen=True)
class Listing:
    """Audio files of a folder, sorted by path, and what is left out of it, side files apart."""

    audio: tuple[Path, ...]
    left_out: tuple[LeftOut, ...]


def list_audio(root: Path, below: bool = True) -> Listing:
    """Audio files of a folder; links are followed.

    Audio is a regular file that has a suffix in `AUDIO_SUFFIXES` or begins as audio does. Hidden
    files and folders and side files (`SIDE_SUFFIXES`, `SIDE_NAMES`) are neither taken nor named.

    Parameters
    ----------
    root
        The folder.
    below
        Whether its folders are looked through too.

    Raises
    ------
    MicfpError
        A folder may not be read.
    """
    audio: list[Path] = []
    left_out: list[LeftOut] = []
    seen: set[str] = set()
    folders = [str(root)]
    while folders:
        folder = folders.pop()
        real = os.path.realpath(folder)
        if real in seen:  # a link that leads back up
            continue
        seen.add(real)
        inner = []
        for entry in _entries(folder):
            mode = _mode(entry)
            if stat.S_ISDIR(mode):
                inner.append(entry.path)
            elif (reason := _why_left_out(entry, mode)) is None:
                audio.append(Path(entry.path))
            elif reason:
                left_out.append(LeftOut(Path(entry.path), reason))
        folders += reversed(inner if below else [])
    return Listing(
        tuple(sorted(audio, key=str)), tuple(sorted(left_out, key=lambda file: str(file.path)))
    )


def left_out_in_words(left_out: Sequence[LeftOut], root: Path) -> str:
    """One sentence on what was left out below `root`, which is not empty; names are escaped."""
    names = [f"{os.path.relpath(file.path, root)!r} ({file.reason})" for file in left_out]
    more = len(names) - MOST_NAMES
    said = ", ".join(names[:MOST_NAMES]) + (f" and {more} more" if more > 0 else "")
    return f"left out as no audio: {len(names)} {'file' if len(names) == 1 else 'files'}: {said}"


def say_what_is_left_out(left_out: Sequence[LeftOut], root: Path) -> None:
    """Tell a person in one line, if there is anything to tell."""
    if left_out:
        print(f"micfp: {left_out_in_words(left_out, root)}", file=sys.stderr)


def files_of(paths: Sequence[Path]) -> list[Path]:
    """Files as they are, and of folders the audio files; says what is left out of them.

    A folder without audio stays, to be refused where it is read.
    """
    files: list[Path] = []
    for path in paths:
        listing = list_audio(path) if path.is_dir() else Listing((path,), ())
        say_what_is_left_out(listing.left_out, path)
        files += listing.audio or [path]
    return files


def _entries(folder: str) -> list[os.DirEntry[str]]:
    """What is visible in a folder, by name."""
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise MicfpError(
            f"{folder}: may not be read ({error.strerror}); check its permissions"
        ) from None
    return sorted(visible, key=lambda entry: entry.name)


def _mode(entry: os.DirEntry[str]) -> int:
    """File type of what an entry is or leads to; 0 for a link that leads nowhere."""
    try:
        return entry.stat().st_mode
    except OSError:
        return 0


def _why_left_out(entry: os.DirEntry[str], mode: int) -> str | None:
    """Why a file is left out; "" where nothing is to be said of it, None where it is audio."""
    if mode and not stat.S_ISREG(mode):
        return {stat.S_IFIFO: "a named pipe", stat.S_IFSOCK: "a socket"}.get(
            stat.S_IFMT(mode), "a device"
        )
    name = entry.name.lower()
    suffix = os.path.splitext(name)[1]
    if suffix in AUDIO_SUFFIXES:  # what does not hold what it says is named when it is read
        return None
    if suffix in SIDE_SUFFIXES or name in SIDE_NAMES:
        return ""
    if not mode:
        return "a link that leads nowhere"
    # Planning has no other need of the libraries behind it.
    from micfp.audio import looks_like_audio

    try:
        return None if looks_like_audio(entry.path) else "no sound"
    except OSError as error:
        return f"may not be read: {error.strerror}"
