"""Files in which one thing does not fit, and the rules that see it."""

import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile as sf
import soxr
from encoded import encode
from kinds import sound

Plant = Callable[[Path], Path]
MP4_EPOCH_S = 2_082_844_800  # 1904 to 1970


def m4a(path: Path) -> Path:
    encode(path, sound(44_100), "aac", 44_100, "ipod")
    return path


def mp3(path: Path, rate_hz: int = 44_100) -> Path:
    encode(path, sound(rate_hz), "libmp3lame", rate_hz, "mp3")
    return path


def opus(path: Path) -> Path:
    encode(path, sound(48_000), "libopus", 48_000, "ogg")
    return path


def wav(path: Path, subtype: str = "PCM_16") -> Path:
    sf.write(path, sound(16_000), 16_000, subtype, format="WAV")
    return path


def patched(path: Path, change: Callable[[bytes], bytes]) -> Path:
    path.write_bytes(change(path.read_bytes()))
    return path


# --- atoms ----------------------------------------------------------------------------------------


def atom(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(content), name) + content


def into_moov(path: Path, more: bytes) -> Path:
    """Another atom at the end of `moov`, which stands last: no offset of the sound moves."""

    def change(content: bytes) -> bytes:
        place = content.rindex(b"moov") - 4
        size = struct.unpack_from(">I", content, place)[0]
        assert place + size == len(content)
        return content[:place] + struct.pack(">I", size + len(more)) + content[place + 4 :] + more

    return patched(path, change)


def with_keys(path: Path, **keys: str) -> Path:
    """QuickTime's metadata: a list of keys, and values by number."""
    names = [key.replace("_", ".").encode() for key in keys]
    listed = b"".join(struct.pack(">I4s", 8 + len(name), b"mdta") + name for name in names)
    values = b"".join(
        atom(struct.pack(">I", number), atom(b"data", struct.pack(">II", 1, 0) + value.encode()))
        for number, value in enumerate(keys.values(), 1)
    )
    handler = atom(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    content = handler + atom(b"keys", struct.pack(">II", 0, len(names)) + listed)
    return into_moov(path, atom(b"meta", content + atom(b"ilst", values)))


def with_times(path: Path, created_s: int, modified_s: int) -> Path:
    """Times of the header, in seconds from 1970."""

    def change(content: bytes) -> bytes:
        place = content.index(b"mvhd") + 8
        times = struct.pack(">II", created_s + MP4_EPOCH_S, modified_s + MP4_EPOCH_S)
        return content[:place] + times + content[place + 8 :]

    return patched(path, change)


def iphone(path: Path) -> Path:
    return with_keys(
        m4a(path),
        com_apple_quicktime_make="Apple",
        com_apple_quicktime_model="iPhone 14 Pro",
        com_apple_quicktime_software="17.1",
    )


def voice_memo(path: Path) -> Path:
    own = atom(b"mean", bytes(4) + b"com.apple.iTunes")
    own += atom(b"name", bytes(4) + b"voice-memo-uuid")
    own += atom(b"data", struct.pack(">II", 1, 0) + b"0D1F6B5A-1111-2222-3333-444455556666")
    handler = atom(b"hdlr", bytes(8) + b"mdir" + bytes(13))
    meta = atom(b"meta", bytes(4) + handler + atom(b"ilst", atom(b"----", own)))
    return into_moov(m4a(path), atom(b"udta", meta))


def samsung(path: Path) -> Path:
    model = atom(b"mdln", b"SM-S918B\0")
    return into_moov(m4a(path), atom(b"udta", atom(b"smta", bytes(4) + model)))


def both_systems(path: Path) -> Path:
    encode(path, sound(44_100), "aac", 44_100, "mp4", muxer={"fflags": "+bitexact"})
    return with_keys(path, com_apple_quicktime_author="me", com_android_version="14")


def tagged_by_mutagen(path: Path) -> Path:
    from mutagen.mp4 import MP4

    m4a(path)
    tagged = MP4(path)
    tagged["\xa9nam"] = "Interview"
    tagged.save()
    return path


def trimmed(path: Path) -> Path:
    """The edit list begins a second later than the encoder's delay."""

    def change(content: bytes) -> bytes:
        place = content.index(b"elst") + 8
        count, length, start = struct.unpack_from(">Iii", content, place)
        assert (count, start) == (1, 1024)
        later = struct.pack(">Iii", 1, length - 1000, start + 44_100)
        return content[:place] + later + content[place + 12 :]

    return patched(m4a(path), change)


def of_two_parts(path: Path) -> Path:
    """An edit list of two parts, in the place of one and of a part of the list of tags."""

    def change(content: bytes) -> bytes:
        place = content.index(b"elst") - 4
        size, outer = struct.unpack_from(">I", content, place)[0], place - 8
        _, length, _ = struct.unpack_from(">Iii", content, place + 12)
        edits = struct.pack(">IiiI", length // 3, 1024, 1 << 16, 0)[:12]
        edits += struct.pack(">Iii", length // 3, 50_176, 1 << 16)
        grown = atom(b"edts", atom(b"elst", struct.pack(">II", 0, 2) + edits))
        more = len(grown) - (size + 8)
        changed = bytearray(content[:outer] + grown + content[place + size :])
        for parent in (b"moov", b"trak"):
            at = content.rindex(parent) - 4
            struct.pack_into(">I", changed, at, struct.unpack_from(">I", content, at)[0] + more)
        return bytes(changed)

    return patched(m4a(path), change)


# --- Ogg ------------------------------------------------------------------------------------------


def with_sums(content: bytes) -> bytes:
    """The same pages with right checksums (RFC 3533, 6: CRC-32, 0x04c11db7, not reflected)."""
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
        table.append(value)
    pages = [b"OggS" + page for page in content.split(b"OggS")[1:]]
    out = b""
    for page in pages:
        blank, value = page[:22] + bytes(4) + page[26:], 0
        for byte in blank:
            value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
        out += blank[:22] + struct.pack("<I", value) + blank[26:]
    return out


def of_whatsapp(path: Path, rate_hz: int) -> Path:
    from mutagen.oggopus import OggOpus

    tagged = OggOpus(opus(path))
    tagged.clear()
    tagged.tags.vendor = "WhatsApp"
    tagged.save()

    def change(content: bytes) -> bytes:
        place = content.index(b"OpusHead") + 12
        return with_sums(content[:place] + struct.pack("<I", rate_hz) + content[place + 4 :])

    return patched(path, change)


def chained(path: Path) -> Path:
    content = opus(path).read_bytes()
    path.write_bytes(content + with_sums(content.replace(content[14:18], b"abcd")))
    return path


def without_a_page(path: Path) -> Path:
    content = opus(path).read_bytes()
    starts = [i for i in range(len(content)) if content[i : i + 4] == b"OggS"]
    path.write_bytes(content[: starts[2]] + content[starts[3] :])
    return path


# --- MPEG -----------------------------------------------------------------------------------------


def with_delay(path: Path, delay: int) -> Path:
    def change(content: bytes) -> bytes:
        place = content.index(b"Info") + 120 + 21  # flags, counts and table; then LAME's part
        padding = (content[place + 1] & 15) << 8 | content[place + 2]
        stated = struct.pack(">I", delay << 12 | padding)[1:]
        return content[:place] + stated + content[place + 3 :]

    return patched(mp3(path), change)


def without_frames(path: Path) -> Path:
    """Twenty frames of the middle are cut out; each has 208 or 209 bytes."""
    mp3(path)
    from micfp.audio.sniffing import frame_bytes

    content = path.read_bytes()
    starts = [content.index(b"\xff\xfb")]
    while length := frame_bytes(content[starts[-1] : starts[-1] + 7]):
        starts.append(starts[-1] + length)
    path.write_bytes(content[: starts[30]] + content[starts[50] :])
    return path


def joined_rates(path: Path) -> Path:
    first, second = mp3(path).read_bytes(), mp3(path, 22_050).read_bytes()
    path.write_bytes(first + second[second.index(b"\xff\xf3") :])
    return path


def two_releases_of_lame(path: Path) -> Path:
    """LAME's name stands in the padding of the last frame; here, another one in the middle."""

    def change(content: bytes) -> bytes:
        assert b"LAME3.100" in content
        middle = len(content) // 2
        return content[:middle] + b"LAME3.97 " + content[middle + 9 :]

    return patched(mp3(path), change)


# --- chunks ---------------------------------------------------------------------------------------


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack("<4sI", name, len(content)) + content


def with_chunk(path: Path, more: bytes) -> Path:
    def change(content: bytes) -> bytes:
        return content[:4] + struct.pack("<I", len(content) - 8 + len(more)) + content[8:] + more

    return patched(wav(path), change)


def bext(history: str, date: str = "2024-05-01") -> bytes:
    fixed = b"interview".ljust(256, b"\0") + b"ZOOM H4n".ljust(32, b"\0") + bytes(32)
    fixed += date.encode() + b"10:00:00" + bytes(8 + 2 + 64 + 190)
    assert len(fixed) == 602
    return chunk(b"bext", fixed + history.encode() + bytes(len(history) & 1))


# --- sound ----------------------------------------------------------------------------------------


def upsampled(path: Path) -> Path:
    narrow = soxr.resample(sound(8_000)[:, 0], 8_000, 44_100)
    sf.write(path, narrow, 44_100, "PCM_16", format="WAV")
    return path


def empty_bits(path: Path) -> Path:
    values = np.rint(32_768 * sound(16_000)[:, 0]) / 32_768
    sf.write(path, values, 16_000, "PCM_24", format="WAV")
    return path


def same_twice(path: Path) -> Path:
    sf.write(path, np.repeat(sound(16_000), 2, axis=1), 16_000, "PCM_16", format="WAV")
    return path


def other_md5(path: Path) -> Path:
    sf.write(path, sound(16_000), 16_000, format="FLAC")
    return patched(path, lambda content: content[:26] + bytes([content[26] ^ 1]) + content[27:])


def dated_before(path: Path) -> Path:
    """The file system has it from 2020, its header from 2024."""
    with_times(m4a(path), 1_704_103_200, 1_704_103_200)
    os.utime(path, (1_577_872_800, 1_577_872_800))
    return path


def _renamed(path: Path) -> Path:
    return mp3(path.with_suffix(".wav"))


def _index_first(path: Path) -> Path:
    muxer = {"movflags": "faststart"}
    encode(path, sound(44_100), "aac", 44_100, "ipod", muxer=muxer)
    return path


def _appended(content: bytes) -> bytes:
    return content + b"neither an atom nor a chunk" * 30


PLANTED: dict[str, tuple[Plant, set[str]]] = {
    "says iPhone, encoded by FFmpeg": (iphone, {"says_apple_encoded_by_another"}),
    "Voice Memo through FFmpeg": (voice_memo, {"voice_memo_through_ffmpeg"}),
    "WhatsApp at 48 kHz": (
        lambda path: of_whatsapp(path, 48_000),
        {"whatsapp_of_another_form"},
    ),
    "Samsung in M4A": (samsung, {"samsung_in_apples_container"}),
    "Apple and Android": (both_systems, {"apple_and_android"}),
    "Audacity and FFmpeg": (
        lambda path: with_keys(m4a(path), encoder="Audacity 3.4.2"),
        {"several_programs"},
    ),
    "FFmpeg 4 and 8": (
        lambda path: patched(m4a(path), lambda c: c.replace(b"Lavf" + LAVF, b"Lavf58")),
        {"ffmpeg_of_two_releases"},
    ),
    "LAME 3.97 and 3.100": (two_releases_of_lame, {"lame_of_two_releases"}),
    "called WAV, is MP3": (_renamed, {"name_of_another_container"}),
    "RIFF size": (
        lambda path: patched(wav(path), lambda c: c[:4] + struct.pack("<I", 9_000) + c[8:]),
        {"header_size_differs"},
    ),
    "cut WAV": (
        lambda path: patched(wav(path), lambda c: c[: len(c) // 2]),
        {"header_size_differs", "sound_is_missing"},
    ),
    "cut M4A": (
        lambda path: patched(_index_first(path), lambda c: c[:-1000]),
        {"sound_is_missing"},
    ),
    "M4A with data behind": (
        lambda path: patched(m4a(path), _appended),
        {"data_behind_the_end"},
    ),
    "WAV with data behind": (
        lambda path: patched(wav(path), _appended),
        {"header_size_differs", "data_behind_the_end"},
    ),
    "MP3 with data behind": (lambda path: patched(mp3(path), _appended), {"data_behind_the_end"}),
    "tagged by mutagen": (tagged_by_mutagen, {"room_among_the_tags"}),
    "edit list that cuts": (trimmed, {"edits_that_cut"}),
    "edit list of two parts": (of_two_parts, {"edits_that_cut"}),
    "delay in LAME's tag": (lambda path: with_delay(path, 1_200), {"delay_of_another_encoder"}),
    "frames cut out": (without_frames, {"frames_are_counted"}),
    "joined rates": (joined_rates, {"frames_are_counted", "frames_of_another_form"}),
    "chained Ogg": (chained, {"links_of_a_chain"}),
    "Ogg without a page": (without_a_page, {"links_of_a_chain"}),
    "rate by hand": (
        lambda path: patched(wav(path), lambda c: c[:24] + struct.pack("<I", 22_050) + c[28:]),
        {"rate_of_bytes"},
    ),
    "coding history": (
        lambda path: with_chunk(path, bext("A=PCM,F=48000,W=24,M=stereo,T=ZOOM H4n\r\n")),
        {"history_of_another_form"},
    ),
    "created after modified": (
        lambda path: with_times(m4a(path), 1_704_110_400, 1_704_103_200),
        {"created_after_modified"},
    ),
    "header later than the file": (dated_before, {"created_after_the_file"}),
    "device and header": (
        lambda path: with_times(
            with_keys(m4a(path), com_apple_quicktime_creationdate="2023-02-01T10:00:00+0100"),
            1_704_103_200,
            1_704_103_200,
        ),
        {"device_and_header_differ"},
    ),
    "upsampled": (upsampled, {"band_of_a_lower_rate"}),
    "24 bits, 16 used": (empty_bits, {"empty_low_bits"}),
    "equal channels": (same_twice, {"equal_channels"}),
    "FLAC's digest": (other_md5, {"digest_of_other_sound"}),
}
LAVF = str(av.library_versions["libavformat"][0]).encode()


def clean_ones() -> dict[str, Any]:
    """Files with tags that fit together."""
    return {
        "WhatsApp": lambda path: of_whatsapp(path, 16_000),
        "Zoom": lambda path: with_chunk(path, bext("A=PCM,F=16000,W=16,M=mono,T=ZOOM H4n\r\n")),
        "dated": lambda path: with_times(m4a(path), 1_704_103_200, 1_704_103_260),
        "delay of FFmpeg": lambda path: with_delay(path, 1_105),
        "Android": lambda path: with_keys(
            m4a(path), com_android_version="14", com_android_model="Pixel 8"
        ),
        "stereo": lambda path: _stereo(path),
    }


def _stereo(path: Path) -> Path:
    sf.write(path, sound(16_000, 2), 16_000, "PCM_16", format="WAV")
    return path
