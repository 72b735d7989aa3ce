"""A file of every kind that is read, and what its container is called."""

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile as sf
from encoded import encode

Make = Callable[[Path], None]
SECONDS = 2


def sound(rate_hz: int, n_channels: int = 1) -> Any:
    """Noise to half the sample rate, float32 (n, channels), no channel like another."""
    rng = np.random.default_rng(rate_hz + n_channels)
    return np.float32(0.1) * rng.standard_normal((SECONDS * rate_hz, n_channels), np.float32)


def by_libsndfile(form: str, subtype: str = "PCM_16", rate_hz: int = 16_000, **more: Any) -> Make:
    return lambda path: sf.write(path, sound(rate_hz), rate_hz, subtype, format=form, **more)


def by_ffmpeg(codec: str, container: str, rate_hz: int, **more: Any) -> Make:
    return lambda path: encode(path, sound(rate_hz), codec, rate_hz, container, **more)


def after(make: Make, change: Callable[[bytes], bytes]) -> Make:
    """The file with other bytes."""

    def write(path: Path) -> None:
        make(path)
        path.write_bytes(change(path.read_bytes()))

    return write


def amr_wb(path: Path) -> None:
    """Frames of zeros, 23.85 kbit/s: no encoder of AMR-WB is here."""
    path.write_bytes(b"#!AMR-WB\n" + (bytes([8 << 3 | 4]) + bytes(60)) * 100)


def _m2ts(content: bytes) -> bytes:
    """Packets of 188 bytes, each behind four of a time code."""
    packets = [content[i : i + 188] for i in range(0, len(content), 188)]
    return b"".join(struct.pack(">I", 1000 * i) + one for i, one in enumerate(packets))


def _bw64(content: bytes) -> bytes:
    return b"BW64" + content[4:]


def _id3(content: bytes) -> bytes:
    return b"ID3\x04\0\0" + bytes([0, 0, 0, 20]) + bytes(20) + content


KINDS: dict[str, tuple[Make, str]] = {
    "wav": (by_libsndfile("WAV"), "WAV"),
    "wav 8 bit": (by_libsndfile("WAV", "PCM_U8"), "WAV"),
    "wav 24 bit": (by_libsndfile("WAV", "PCM_24"), "WAV"),
    "wav float": (by_libsndfile("WAV", "FLOAT"), "WAV"),
    "wav mu-law": (by_libsndfile("WAV", "ULAW", 8_000), "WAV"),
    "wav extensible": (by_libsndfile("WAVEX"), "WAV (WAVE_FORMAT_EXTENSIBLE)"),
    "wav big-endian": (by_libsndfile("WAV", endian="BIG"), "WAV, big-endian (RIFX)"),
    "rf64": (by_libsndfile("RF64"), "RF64"),
    "bw64": (after(by_libsndfile("RF64"), _bw64), "BW64"),
    "w64": (by_libsndfile("W64"), "Wave64"),
    "aiff": (by_libsndfile("AIFF"), "AIFF"),
    "aiff-c": (by_libsndfile("AIFF", "FLOAT"), "AIFF-C"),
    "au": (by_libsndfile("AU"), "AU"),
    "caf": (by_libsndfile("CAF"), "Core Audio Format (CAF)"),
    "caf alac": (by_libsndfile("CAF", "ALAC_16"), "Core Audio Format (CAF)"),
    "nist": (by_libsndfile("NIST"), "NIST SPHERE"),
    "voc": (by_libsndfile("VOC"), "Creative VOC"),
    "ircam": (by_libsndfile("IRCAM"), "IRCAM"),
    "svx": (by_libsndfile("SVX"), "IFF 16SV"),
    "svx 8": (by_libsndfile("SVX", "PCM_S8"), "IFF 8SVX"),
    "pvf": (by_libsndfile("PVF"), "Portable Voice Format (PVF)"),
    "paf": (by_libsndfile("PAF"), "Ensoniq PARIS (PAF)"),
    "avr": (by_libsndfile("AVR"), "Audio Visual Research (AVR)"),
    "mat5": (by_libsndfile("MAT5"), "MATLAB 5"),
    "mpc2k": (by_libsndfile("MPC2K"), "Akai MPC 2000"),
    "wve": (by_libsndfile("WVE", "ALAW", 8_000), "Psion WVE"),
    "flac": (by_libsndfile("FLAC"), "FLAC"),
    "flac 24 bit": (by_libsndfile("FLAC", "PCM_24"), "FLAC"),
    "ogg vorbis": (by_libsndfile("OGG", "VORBIS", 44_100), "Ogg (Vorbis)"),
    "ogg opus": (by_ffmpeg("libopus", "ogg", 48_000), "Ogg (Opus)"),
    "ogg flac": (by_ffmpeg("flac", "ogg", 16_000), "Ogg (FLAC)"),
    "mp3": (by_ffmpeg("libmp3lame", "mp3", 44_100), "MPEG audio layer III (MP3)"),
    "mp3 of libsndfile": (
        by_libsndfile("MP3", "MPEG_LAYER_III", 44_100),
        "MPEG audio layer III (MP3)",
    ),
    "mp3 22 kHz": (by_ffmpeg("libmp3lame", "mp3", 22_050), "MPEG audio layer III (MP3)"),
    "mp2": (by_ffmpeg("mp2", "mp2", 44_100), "MPEG audio layer II (MP2)"),
    "aac": (by_ffmpeg("aac", "adts", 44_100), "AAC in ADTS"),
    "aac behind ID3": (after(by_ffmpeg("aac", "adts", 44_100), _id3), "AAC in ADTS"),
    "loas": (by_ffmpeg("aac", "latm", 44_100), "AAC in LOAS"),
    "m4a": (by_ffmpeg("aac", "ipod", 44_100), "MPEG-4 audio (M4A)"),
    "m4a alac": (by_ffmpeg("alac", "ipod", 44_100), "MPEG-4 audio (M4A)"),
    "mp4": (by_ffmpeg("aac", "mp4", 48_000), "MPEG-4 (MP4)"),
    "mp4 fragmented": (
        by_ffmpeg("aac", "mp4", 48_000, muxer={"movflags": "frag_keyframe+empty_moov"}),
        "MPEG-4 (MP4)",
    ),
    "mp4 video": (by_ffmpeg("aac", "mp4", 48_000, video=True), "MPEG-4 (MP4)"),
    "mov": (by_ffmpeg("pcm_s16le", "mov", 48_000), "QuickTime (MOV)"),
    "3gp": (by_ffmpeg("libopencore_amrnb", "3gp", 8_000), "3GPP (3GP)"),
    "3g2": (by_ffmpeg("aac", "3g2", 44_100), "3GPP2 (3G2)"),
    "amr": (by_ffmpeg("libopencore_amrnb", "amr", 8_000), "AMR"),
    "amr-wb": (amr_wb, "AMR-WB"),
    "mkv": (by_ffmpeg("flac", "matroska", 16_000), "Matroska (MKV, MKA)"),
    "mka": (by_ffmpeg("aac", "matroska", 44_100), "Matroska (MKV, MKA)"),
    "webm": (by_ffmpeg("libopus", "webm", 48_000), "WebM"),
    "avi": (by_ffmpeg("pcm_s16le", "avi", 16_000), "AVI"),
    "wma": (by_ffmpeg("wmav2", "asf", 44_100, bit_s=96_000), "ASF (WMA, WMV)"),
    "ts": (by_ffmpeg("mp2", "mpegts", 48_000), "MPEG transport stream"),
    "m2ts": (
        after(by_ffmpeg("mp2", "mpegts", 48_000), _m2ts),
        "MPEG transport stream (M2TS)",
    ),
    "mpeg": (by_ffmpeg("mp2", "mpeg", 48_000), "MPEG program stream"),
    "flv": (by_ffmpeg("libmp3lame", "flv", 44_100), "Flash Video (FLV)"),
    "nut": (by_ffmpeg("flac", "nut", 16_000), "NUT"),
    "ac3": (by_ffmpeg("ac3", "ac3", 48_000), "AC-3"),
    "eac3": (by_ffmpeg("eac3", "eac3", 48_000), "E-AC-3"),
    "spdif": (by_ffmpeg("ac3", "spdif", 48_000), "IEC 61937 (S/PDIF)"),
    "wavpack": (by_ffmpeg("wavpack", "wv", 16_000), "WavPack"),
    "tta": (by_ffmpeg("tta", "tta", 16_000), "True Audio (TTA)"),
    "rm": (by_ffmpeg("ac3", "rm", 44_100), "RealMedia"),
}
