"""Sizes, orders and counts of a container, against what it says of them."""

import os
import re

from micfp.casework.inspect.rules.findings import Findings, Rule

# Delays that encoders state, by how the tag begins; older releases of FFmpeg counted the decoder's.
_DELAYS = (("LAME3.", (576,)), ("Lavc", (576, 1105)), ("Lavf", (576, 1105)))
_LONGEST_PRIMING = 4_500  # samples: two frames of HE-AAC and a bit
_SUFFIXES = (
    ((".wav", ".wave", ".bwf"), ("WAV", "RF64", "BW64", "Wave64")),
    ((".mp3",), ("MPEG audio",)),
    ((".flac",), ("FLAC",)),
    ((".ogg", ".oga", ".opus", ".spx"), ("Ogg",)),
    ((".aif", ".aiff", ".aifc"), ("AIFF",)),
    ((".amr", ".awb"), ("AMR",)),
    ((".m4a", ".m4b", ".mp4", ".m4v"), ("MPEG-4", "QuickTime", "3GPP")),
    ((".mov", ".qta"), ("QuickTime", "MPEG-4")),
    ((".3gp", ".3gpp", ".3g2", ".3ga"), ("3GPP", "MPEG-4")),
    ((".mkv", ".mka"), ("Matroska",)),
    ((".webm",), ("WebM", "Matroska")),
    ((".wma",), ("ASF",)),
    ((".avi",), ("AVI",)),
)
_EDITED = "consistent with a file that was cut, or whose header was not written to the end"


def name_of_another_container(findings: Findings) -> str | None:
    """The file's name says another container than its bytes."""
    suffix = os.path.splitext(findings.path)[1].lower()
    for suffixes, kinds in _SUFFIXES:
        if suffix in suffixes and findings.container and not findings.container.startswith(kinds):
            return (
                f"is called {suffix} and is {findings.container} by its first bytes: consistent "
                "with a file that was renamed, or that a messenger named"
            )
    return None


def header_size_differs(findings: Findings) -> str | None:
    """The size in a RIFF or FORM header is not that of the file."""
    stated, size = findings.number("size in the header [bytes]"), findings.number("size [bytes]")
    if stated is None or size is None or stated >= 0x7FFFF000 or stated <= 8:  # never filled in
        return None
    if abs(size - stated) <= 1:  # padding
        return None
    return f"has {size:.0f} bytes, and its header says {stated:.0f}: {_EDITED}"


def sound_is_missing(findings: Findings) -> str | None:
    """The chunk of the sound ends behind the end of the file."""
    missing = findings.number("bytes that are missing")
    if not missing:
        return None
    return f"lacks {missing:.0f} bytes of the sound that its header speaks of: {_EDITED}"


def data_behind_the_end(findings: Findings) -> str | None:
    """Bytes that belong to nothing stand behind the last part of the container."""
    behind = findings.number("bytes behind the end")
    if not behind:
        return None
    return (
        f"has {behind:.0f} bytes behind the end of its container: consistent with data that were "
        "appended, or with a download or repair that went wrong"
    )


def room_among_the_tags(findings: Findings) -> str | None:
    """A `free` atom inside the user data, as programs leave that edit tags."""
    room = [
        field
        for field in findings.fields
        if field.name == "room [bytes]" and re.match(r"moov\.(udta|meta).*\.free$", field.place)
    ]
    if not room:
        return None
    return (
        f"has an empty atom among its tags ({room[0].place}, {room[0].value} bytes): consistent "
        "with tags that were edited later, as by mutagen or iTunes"
    )


def edits_that_cut(findings: Findings) -> str | None:
    """An edit list that leaves out more than an encoder's delay, or joins parts."""
    parts = findings.number("parts that an edit list joins")
    if parts is not None:
        return (
            f"has an edit list of {parts:.0f} parts: consistent with a recording that was cut "
            "without being encoded anew"
        )
    for field in findings.fields:
        start = re.search(r"from unit (\d+) of the track", str(field.value))
        if field.name == "edit" and start is not None and int(start[1]) > _LONGEST_PRIMING:
            return (
                f"plays from unit {start[1]} of its track on, further than an encoder's delay: "
                "consistent with a beginning that was cut off without being encoded anew"
            )
    return None


def delay_of_another_encoder(findings: Findings) -> str | None:
    """The delay in LAME's tag is not the one that the named encoder writes."""
    delay = findings.number("encoder delay [samples]")
    tags = [
        f for f in findings.fields if f.name == "encoder" and f.place in ("Xing tag", "Info tag")
    ]
    for begin, delays in _DELAYS:
        if delay is not None and tags and str(tags[0].value).startswith(begin):
            if int(delay) in delays:
                return None
            return (
                f"states a delay of {delay:.0f} samples, and {tags[0].value!r} writes "
                f"{delays[0]}: consistent with a tag of another program, or a file that was cut"
            )
    return None


def frames_are_counted(findings: Findings) -> str | None:
    """The tag of an MP3 counts other frames than there are."""
    stated, counted = findings.number("frames as stated"), findings.number("frames")
    if stated is None or counted is None or abs(stated - counted) <= 1:  # with or without the tag
        return None
    return (
        f"has {counted:.0f} frames, and its tag says {stated:.0f}: consistent with frames that "
        "were cut out or joined on after it was encoded"
    )


def frames_of_another_form(findings: Findings) -> str | None:
    """Version, sample rate or channels change from frame to frame, or bytes stand between."""
    forms, gaps = findings.number("forms of frames"), findings.number("gaps between frames")
    if forms is not None and forms > 1:
        return f"has frames of {forms:.0f} forms: consistent with files that were joined"
    if gaps:
        return (
            f"has gaps between its frames ({gaps:.0f}): consistent with files that were joined, or "
            "with damage"
        )
    return None


def links_of_a_chain(findings: Findings) -> str | None:
    """An Ogg file of several recordings, or one that lacks pages."""
    links = findings.number("recordings that are chained")
    if links is not None and links > 1:
        return f"holds {links:.0f} recordings one behind the other: consistent with joined files"
    lost = findings.number("pages that are missing")
    if lost:
        return f"lacks pages of its stream ({lost:.0f}): consistent with parts cut out, or damage"
    return None


def rate_of_bytes(findings: Findings) -> str | None:
    """The bytes a second in a format chunk are not what rate, channels and bits make."""
    stated = findings.number("bytes a second")
    computed = findings.number("bytes a second as computed")
    if stated is None or computed is None or stated == computed:
        return None
    return (
        f"states {stated:.0f} bytes a second, and its rate, channels and bits make {computed:.0f}: "
        "consistent with a header that was changed by hand"
    )


def history_of_another_form(findings: Findings) -> str | None:
    """The last line of a coding history (EBU R 98) names another rate, depth or mode."""
    lines = [line for text in findings.all("coding history") for line in str(text).splitlines()]
    last = next((line for line in reversed(lines) if "A=" in line), "")
    said = dict(re.findall(r"\b([AFWM])=([^,\s]+)", last))
    differs = [
        f"{found} of {name}"
        for name, found, is_so in (
            ("rate", said.get("F"), _same(said.get("F"), findings.rate_hz)),
            ("bits", said.get("W"), _same(said.get("W"), findings.number("nominal bits"))),
            ("channels", said.get("M"), _same_mode(said.get("M"), findings.number("channels"))),
        )
        if not is_so
    ]
    if not differs:
        return None
    return (
        f"has a coding history that ends with {', '.join(differs)}, and sound of another form: "
        "consistent with a file that was converted after it was recorded"
    )


def _same(stated: str | None, found: float | None) -> bool:
    return stated is None or not stated.isdecimal() or not found or int(stated) == found


def _same_mode(stated: str | None, channels: float | None) -> bool:
    wanted = {"mono": 1, "stereo": 2, "joint-stereo": 2, "dual-mono": 2}.get(str(stated).lower())
    return wanted is None or channels is None or wanted == channels


RULES: tuple[Rule, ...] = (
    name_of_another_container,
    header_size_differs,
    sound_is_missing,
    data_behind_the_end,
    room_among_the_tags,
    edits_that_cut,
    delay_of_another_encoder,
    frames_are_counted,
    frames_of_another_form,
    links_of_a_chain,
    rate_of_bytes,
    history_of_another_form,
)
