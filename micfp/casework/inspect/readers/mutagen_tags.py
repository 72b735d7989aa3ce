"""What mutagen says: tags, and what it makes of the sound's form."""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from micfp.audio.sniffing import HEAD_BYTES
from micfp.casework.inspect.inspection import Field, Group
from micfp.casework.inspect.readers import containers
from micfp.casework.inspect.readers.mpeg import end_of_id3
from micfp.casework.inspect.readers.names import tag

READER = "mutagen"
_KINDS = (  # our name of the container, module and class
    (r"MPEG audio .*", "mp3", "MP3"),
    (r"(MPEG-4|QuickTime|3GPP2?) .*", "mp4", "MP4"),
    (r"Ogg \(Vorbis\)", "oggvorbis", "OggVorbis"),
    (r"Ogg \(Opus\)", "oggopus", "OggOpus"),
    (r"Ogg \(Speex\)", "oggspeex", "OggSpeex"),
    (r"Ogg \(FLAC\)", "oggflac", "OggFLAC"),
    (r"FLAC", "flac", "FLAC"),
    (r"AIFF(-C)?", "aiff", "AIFF"),
    (r"WAV( \(.*)?", "wave", "WAVE"),
    (r"AAC in AD(TS|IF)", "aac", "AAC"),
    (r"(E-)?AC-3", "ac3", "AC3"),
    (r"ASF .*", "asf", "ASF"),
    (r"WavPack", "wavpack", "WavPack"),
    (r"True Audio .*", "trueaudio", "TrueAudio"),
    (r"Monkey's Audio", "monkeysaudio", "MonkeysAudio"),
    (r"Musepack .*", "musepack", "Musepack"),
    (r"OptimFROG", "optimfrog", "OptimFROG"),
    (r"TAK", "tak", "TAK"),
    (r"DSF", "dsf", "DSF"),
    (r"DSDIFF", "dsdiff", "DSDIFF"),
)
_INFO = (
    ("sample_rate", "sample rate [Hz]"),
    ("bits_per_sample", "bits of a sample"),
    ("encoder_info", "encoder"),
    ("encoder_settings", "encoder settings"),
    ("codec_description", "codec"),
)
_MOST_TAGS = 500


def read(file: BinaryIO) -> Iterator[Field]:
    """Fields of a file of a kind that mutagen knows, by what it begins with and not by its name.

    Its channels are left out: of a mono M4A it says two.
    """
    import importlib

    import mutagen

    reader = f"{READER} {mutagen.version_string}"
    file.seek(end_of_id3(file))
    kind = containers.container_of(file.read(HEAD_BYTES))
    for pattern, module, name in _KINDS:
        if re.fullmatch(pattern, kind):
            file.seek(0)
            opened = getattr(importlib.import_module(f"mutagen.{module}"), name)(file)
            for attribute, plain in _INFO:
                value = getattr(opened.info, attribute, None)
                if isinstance(value, int | str) and value not in (0, ""):
                    yield Field(plain, value, reader, Group.codec)
            yield from _tags(opened.tags, reader)
            return


def _tags(tags: Any, reader: str) -> Iterator[Field]:
    """Tags of any of its kinds; pictures and other bytes by their length."""
    vendor = getattr(tags, "vendor", None)
    if isinstance(vendor, str):
        yield Field("encoder", vendor, reader, Group.tags, "vendor")
    for key, value in list((tags or {}).items())[:_MOST_TAGS]:
        key = str(key).split(":")[0] if str(key)[:4] in ("APIC", "PRIV", "GEOB") else str(key)
        yield tag(key, _text(value), reader, key)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return "; ".join(_text(one) for one in value[:20])
    data = value if isinstance(value, bytes) else getattr(value, "data", None)
    if isinstance(data, bytes):
        plain = data.decode("utf-8", "replace")
        return plain if plain.isprintable() and len(plain) < 200 else f"{len(data)} bytes"
    return str(value)
