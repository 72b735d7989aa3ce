"""The recordings and responses that degradations are made with."""

from pathlib import Path

from micfp.corpora.listing import list_audio
from micfp.errors import MicfpError


def audio_files(folder: str) -> list[Path]:
    """Audio files below a folder, by name.

    Raises MicfpError where there are none.
    """
    files = sorted(list_audio(Path(folder)).audio) if Path(folder).is_dir() else []
    if not files:
        raise MicfpError(
            f"{folder}: no recordings there, or no such folder; docs/data.md says where speech, "
            "noise and rooms come from"
        )
    return files
