"""What tags of many formats are called in plain words."""

from micfp.casework.inspect.inspection import Field, Group
from micfp.errors import LONGEST, shortened

_NAMES = {
    "encoder": (
        *("©too", "©enc", "encoder", "tsse", "isft", "encoded_application", "encoded_library"),
        *("wm/toolname", "wm/encodingsettings", "encodedby", "muxing_app", "writing_app"),
    ),
    "make": (
        *("com.apple.quicktime.make", "com.android.manufacturer", "©mak", "make", "manufacturer"),
    ),
    "model": (
        *("com.apple.quicktime.model", "com.android.model", "©mod", "model", "smta.mdln", "mdln"),
    ),
    "software": ("com.apple.quicktime.software", "©swr", "software", "originator"),
    "Android version": ("com.android.version",),
    "created": (
        *("com.apple.quicktime.creationdate", "creation_time", "encoded_date", "©day", "date"),
        *("icrd", "tdrc", "recorded_date", "originationdate"),
    ),
    "modified": ("tagged_date", "tdtg"),
}
_NAME_OF = {key: name for name, keys in _NAMES.items() for key in keys}


def tag(key: str, value: str, reader: str, place: str = "") -> Field:
    """The field of a tag, by its plain name where it has one; its key stays as the place."""
    lower = key.lower()
    name = _NAME_OF.get(lower) or _NAME_OF.get(lower.replace("_", "."), key)  # MediaInfo's keys
    where = place or ("" if name == key else key)
    return Field(name, shortened(value, LONGEST), reader, Group.tags, where)


def text(raw: bytes, encoding: str = "utf-8") -> str:
    """Text of bytes up to the first NUL; what is none of the encoding is shown as its bytes."""
    whole = (
        raw.decode(encoding, "backslashreplace") if encoding != "latin-1" else raw.decode(encoding)
    )
    return whole.split("\0", 1)[0].strip()
