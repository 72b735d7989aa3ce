"""Samples as a file stores them, and by which library's word it is the file that it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile as sf

from micfp.audio.decoding import decoded
from micfp.audio.failures import as_sentences
from micfp.audio.info import examine, sound_file

_INTEGERS = ("pcm_", "flac_", "alac", "mulaw", "alaw")


@dataclass(frozen=True)
class Decoder:
    """Who decodes a file.

    Attributes
    ----------
    name
        Library and version.
    container
        As the library calls it, e.g. `WAV (Microsoft)`, `QuickTime / MOV`.
    """

    name: str
    container: str


def decoder_of(path: str | Path, track: int | None = None) -> Decoder:
    """Say which library decodes a file, and what that takes it for.

    Parameters and errors as `probe`.
    """
    source = examine(path, track)
    with as_sentences(path):
        if source.ffmpeg_track is None:
            with sound_file(path) as sound:
                return Decoder(f"libsndfile-{sf.__libsndfile_version__}", sound.format_info)
        import av

        from micfp.audio.container import open_container

        found = source.ffmpeg_track
        with open_container(str(path), found.links[0], None, found.head) as container:
            version = ".".join(map(str, av.library_versions["libavformat"]))
            return Decoder(f"libavformat-{version}", str(container.format.long_name))


def stored_blocks(path: str | Path, block_samples: int, track: int | None = None) -> Iterator[Any]:
    """Stream all channels as the decoder gives them, nothing rounded.

    Parameters
    ----------
    path
        Audio file.
    block_samples
        Length of the blocks, > 0; the last one may be shorter.
    track
        As in `probe`.

    Returns
    -------
    Iterator over (n, channels): int32 at full scale 2**31 where the decoder gives integers (PCM,
    FLAC, ALAC, mu-law, MP2, AMR...), else float32 at full scale 1. 64-bit floats become 32-bit.

    Raises
    ------
    MicfpError
        As `blocks`.
    """
    source = examine(path, track)
    whole = source.by_ffmpeg or source.info.codec.startswith(_INTEGERS)
    dtype = "int32" if whole else "float32"
    return decoded(source, 0, source.info.n_samples, block_samples, dtype)
