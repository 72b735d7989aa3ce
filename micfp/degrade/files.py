"""The recordings and responses that degradations are made with."""

from collections.abc import Sequence
from pathlib import Path

from micfp.config.degrade import Degradation, MeasuredRoomConfig, NoiseConfig, ReplayConfig
from micfp.errors import MicfpError

SUFFIXES = (".wav", ".flac", ".ogg")


def source_files(chain: Sequence[Degradation]) -> list[Path]:
    """Every file that a chain reads, for the content address of what it makes."""
    folders = dict.fromkeys(folder for one in chain if (folder := _folder(one)) is not None)
    return [file for folder in folders for file in audio_files(folder)]


def audio_files(folder: str) -> list[Path]:
    """Audio files below a folder, by name.

    Raises MicfpError where there are none.
    """
    files = sorted(file for file in Path(folder).rglob("*") if file.suffix.lower() in SUFFIXES)
    if not files:
        raise MicfpError(
            f"{folder}: no recordings ({', '.join(SUFFIXES)}) that a degradation could take; "
            "docs/data.md says where they come from"
        )
    return files


def _folder(one: Degradation) -> str | None:
    match one:
        case NoiseConfig():
            return one.recordings_from
        case MeasuredRoomConfig():
            return one.rooms_from
        case ReplayConfig():
            return one.microphones_from
        case _:
            return None
