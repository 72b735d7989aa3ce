"""What MediaInfo says, by pymediainfo: of the container and of the first audio track."""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO

from micfp.casework.inspect.inspection import Field, Group
from micfp.casework.inspect.readers.names import tag

READER = "MediaInfo"
# It gives some hundred values, most of them again in other words.
_GENERAL = (
    ("Format", "container", Group.container),
    ("Format_Profile", "profile of the container", Group.container),
    ("CodecID", "brand", Group.container),
    ("IsTruncated", "truncated", Group.container),
)
_AUDIO = (
    ("Format", "codec", Group.codec),
    ("Format_Profile", "profile", Group.codec),
    ("Format_AdditionalFeatures", "features", Group.codec),
    ("CodecID", "codec number", Group.codec),
    ("BitRate_Mode", "bit rate mode", Group.codec),
    ("BitRate", "bit rate [bit/s]", Group.codec),
    ("Channels", "channels", Group.codec),
    ("ChannelLayout", "channel layout", Group.codec),
    ("SamplingRate", "sample rate [Hz]", Group.codec),
    ("BitDepth", "nominal bits", Group.codec),
    ("Encoded_Library_Settings", "encoder settings", Group.codec),
    ("Language", "language", Group.codec),
    ("Title", "title of the track", Group.codec),
)
_TAGS = (
    *("Title", "Performer", "Description", "Comment", "Copyright", "Encoded_Application"),
    *("Encoded_Library", "Encoded_Date", "Tagged_Date", "Recorded_Date", "Encoded_By"),
    *("Encoded_Hardware_CompanyName", "Encoded_Hardware_Name", "Producer", "Archival_Location"),
)


def read(file: BinaryIO) -> Iterator[Field]:
    """Fields of a file that MediaInfo knows; it sees the bytes and no name."""
    from pymediainfo import MediaInfo

    file.seek(0)
    said = json.loads(str(MediaInfo.parse(file, output="JSON")), strict=False)
    reader = f"{READER} {said.get('creatingLibrary', {}).get('version', '')}".strip()
    tracks = (said.get("media") or {}).get("track") or []
    general = [track for track in tracks if track.get("@type") == "General"][:1]
    audio = [track for track in tracks if track.get("@type") == "Audio"][:1]
    if not audio and "Format" not in (general or [{}])[0]:
        return
    for track, table in ((general, _GENERAL), (audio, _AUDIO)):
        for values in track:
            for key, name, group in table:
                if key in values:
                    yield Field(name, _value(values[key]), reader, group, key)
            yield from _tags(values, reader)


def _value(said: Any) -> str | int:
    text = str(said)
    return int(text) if text.isdecimal() and len(text) < 16 else text


def _tags(values: dict[str, Any], reader: str) -> Iterator[Field]:
    kind = values["@type"]
    for key in _TAGS:
        if key in values:
            yield tag(key, str(values[key]), reader, f"{kind} {key}")
    extra = values.get("extra")
    for key, value in extra.items() if isinstance(extra, dict) else ():
        yield tag(str(key), str(value), reader, f"{kind} extra {key}")
