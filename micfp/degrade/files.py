"""The recordings and responses that degradations are made with."""

from pathlib import Path

from micfp.errors import MicfpError

SUFFIXES = (".wav", ".flac", ".ogg")


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
