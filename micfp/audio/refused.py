"""Why a file that no decoder opens is not taken, and what to do."""

from micfp.audio.sniffing import HEAD_BYTES, begins_as_audio

_TAKEN = "give a WAV, FLAC, OGG, MP3, M4A, Opus, AMR, MP4 or MKV file"
# What files begin with, and what they are; none of them is decoded.
_BEGINNINGS = (
    (b"\x02dss", "a DSS dictation file; save it as WAV with the program of the recorder"),
    (b"\x03dss", "a DSS dictation file; save it as WAV with the program of the recorder"),
    (b"\x03ds2", "a DS2 dictation file; save it as WAV with the program of the recorder"),
    (
        b"\x07ds2",
        "an encrypted DS2 dictation file; save it as WAV with the program of the recorder",
    ),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
    (b"PK\x03\x04", "a ZIP archive; unpack it"),
    (b"Rar!", "a RAR archive; unpack it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
    (b"\x1f\x8b", "a gzip archive; unpack it"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"<!DO", "a web page, perhaps of a download that failed"),
    (b"<htm", "a web page, perhaps of a download that failed"),
    (b"#EXTM3U", "a playlist; give the files that it names"),
    (b"[playlist]", "a playlist; give the files that it names"),
)


def reason_for(path: str, said: str) -> str:
    """One sentence for a file that FFmpeg does not open; `said`: what FFmpeg says of it."""
    with open(path, "rb") as file:
        head = file.read(HEAD_BYTES)
    if head.startswith(b"version https://git-lfs"):
        return f"{path}: not an audio file, but a Git LFS pointer; fetch it with `git lfs pull`"
    if b"md5:" in head[:200] and head.startswith((b"outs:", b"md5:")):
        return f"{path}: not an audio file, but a DVC pointer; fetch it with `dvc pull`"
    for beginning, what in _BEGINNINGS:
        if head.lower().startswith(beginning.lower()):
            advice = "" if ";" in what else f"; {_TAKEN}"
            return f"{path}: not an audio file that can be read, but {what}{advice}"
    if head[4:8] in (b"ftyp", b"mdat", b"wide", b"free") and not _has_index(path):
        return (
            f"{path}: its index (moov) is missing: the recording was not finished; tools such as "
            "untrunc or recover_mp4 may repair it with a whole recording of the same device"
        )
    if begins_as_audio(head):
        return f"{path}: damaged, or of a form that no decoder here knows ({said}); copy it again"
    return f"{path}: not an audio file that can be read ({said}); {_TAKEN}"


def _has_index(path: str) -> bool:
    """Whether one of an MP4 file's outer boxes is its index."""
    from micfp.audio.boxes import mp4_boxes

    with open(path, "rb") as file:
        return any(name in (b"moov", b"moof") for name, _, _ in mp4_boxes(file))
