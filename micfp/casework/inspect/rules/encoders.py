"""Who says that it made a file, against who says that it encoded it."""

import re

from micfp.casework.inspect.rules.findings import Findings, Rule

# Programs that write a file. Libraries inside them (LAME, libopus, libVorbis) are none.
_PROGRAMS = (
    ("FFmpeg", r"^(Lav[fc]\d|FFMpeg)"),
    ("iOS Voice Memos", r"com\.apple\.VoiceMemos"),
    ("iTunes", r"^iTunes"),
    ("Audacity", r"^Audacity"),
    ("Adobe Audition", r"Adobe Audition"),
    ("SoX", r"\bSoX\b"),
    ("libsndfile", r"libsndfile"),
    ("WhatsApp", r"^WhatsApp"),
    ("Matroska's own tools", r"^(libebml|mkvmerge)"),
    ("Firefox", r"QTmuxingAppLibWebM"),
    ("Chrome", r"^Chrome"),
    ("GStreamer", r"GStreamer"),
)
_APPLE = r"iphone|ipad|ipod|^apple\b|com\.apple\."
_FOREIGN = ("FFmpeg", "Audacity", "Adobe Audition", "SoX", "libsndfile", "WhatsApp")
_LAME = re.compile(r"LAME ?(3\.\d+)")


def programs(findings: Findings) -> dict[str, str]:
    """Programs that the encoder fields name, each with the first value that does."""
    found: dict[str, str] = {}
    for said in findings.texts("encoder"):
        for program, pattern in _PROGRAMS:
            if re.search(pattern, said):
                found.setdefault(program, said)
    return found


def says_apple_encoded_by_another(findings: Findings) -> str | None:
    """An Apple device by its tags, and an encoder that no Apple device writes."""
    said = [*findings.texts("make"), *findings.texts("model"), *findings.texts("software")]
    said = [value for value in said if re.search(_APPLE, value, re.IGNORECASE)]
    if not said:
        return None
    by = [value for program, value in programs(findings).items() if program in _FOREIGN]
    by += [value for value in findings.texts("encoder") if _LAME.search(value)]
    if not by:
        return None
    return (
        f"says {said[0]!r}, encoded by {by[0]!r}: consistent with a file that another program "
        "wrote after the device, or with tags that were put in"
    )


def voice_memo_through_ffmpeg(findings: Findings) -> str | None:
    """Apple's number of a Voice Memo, and FFmpeg as the encoder."""
    memo = [f for f in findings.fields if "voice-memo-uuid" in (f.name + f.place)]
    by = programs(findings).get("FFmpeg")
    if not memo or by is None:
        return None
    return (
        f"carries the number of an iOS Voice Memo (voice-memo-uuid), and {by!r}: consistent with a "
        "Voice Memo that went through FFmpeg"
    )


def whatsapp_of_another_form(findings: Findings) -> str | None:
    """WhatsApp as the vendor of a stream that is not mono Opus of 16 kHz."""
    if "WhatsApp" not in programs(findings):
        return None
    rate_hz = findings.number("rate of the recording as stated [Hz]")
    channels = findings.number("channels as stated")
    if findings.codec in ("opus", "") and rate_hz in (16_000, None) and channels in (1, None):
        return None
    said = f"{findings.codec or 'no'} sound, {rate_hz or 'unknown'} Hz, {channels or '?'} channels"
    return (
        f"names WhatsApp, whose voice notes are Opus of 16000 Hz in one channel, and states "
        f"{said}: consistent with a stream of another program under that name"
    )


def samsung_in_apples_container(findings: Findings) -> str | None:
    """Samsung's atoms or name in a file of Apple's brand."""
    samsung = [f for f in findings.fields if f.name == "Samsung's atom"]
    said = [f"atom {samsung[0].value}"] if samsung else []
    said += [v for v in findings.texts("make") if re.search("samsung", v, re.IGNORECASE)]
    brand = str(findings.first("major brand", "micfp") or "")
    apple = brand in ("qt  ", "M4A ") or findings.where(r"com\.apple\.quicktime\.(make|model)")
    if not said or not apple:
        return None
    return (
        f"has Samsung's tags ({said[0]}) in a container of Apple's (brand {brand!r}): consistent "
        "with a file that was converted, or with tags that were put in"
    )


def apple_and_android(findings: Findings) -> str | None:
    """Keys of an Apple device and of an Android device in one file."""
    keys = [f.place + f.name for f in findings.fields]
    both = [any(system in key for key in keys) for system in ("com.apple.quicktime", "com.android")]
    if not all(both):
        return None
    return (
        "has keys of an Apple device and of an Android device: consistent with tags that were "
        "copied from another file"
    )


def several_programs(findings: Findings) -> str | None:
    """Two programs that each write whole files."""
    found = programs(findings)
    if len(found) < 2:
        return None
    said = ", ".join(f"{program} ({value!r})" for program, value in found.items())
    return f"names several programs as its encoder: {said}: consistent with one after the other"


def ffmpeg_of_two_releases(findings: Findings) -> str | None:
    """Parts of FFmpeg of different releases: in each, Lavf and Lavc have one first number."""
    texts = findings.texts("encoder")
    numbers = {int(found[1]) for said in texts for found in re.finditer(r"Lav[fc](\d+)\.", said)}
    if len(numbers) < 2:
        return None
    said = ", ".join(value for value in texts if re.search(r"Lav[fc]\d", value))
    return (
        f"names parts of FFmpeg of different releases ({said}): consistent with a file that was "
        "encoded by one and copied by another"
    )


def lame_of_two_releases(findings: Findings) -> str | None:
    """Two releases of LAME in the frames of one file."""
    found = {m[1] for said in findings.texts("encoder") for m in _LAME.finditer(said)}
    found = {
        one for one in found if not any(one != other and other.startswith(one) for other in found)
    }
    if len(found) < 2:
        return None
    return (
        f"names several releases of LAME ({', '.join(sorted(found))}): consistent with parts that "
        "were joined"
    )


RULES: tuple[Rule, ...] = (
    says_apple_encoded_by_another,
    voice_memo_through_ffmpeg,
    whatsapp_of_another_form,
    samsung_in_apples_container,
    apple_and_android,
    several_programs,
    ffmpeg_of_two_releases,
    lame_of_two_releases,
)
