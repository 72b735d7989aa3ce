"""Whole small recordings of every container and codec that the encoders at hand write."""

import io
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile as sf

from tests.encoded import encode

SECONDS = 0.8
MOST_BYTES = 200_000
# No random numbers and times in headers: the same seed makes the same mutants.
EXACT = {"fflags": "+bitexact"}

# Written by libsndfile: name, container, subtype, rate in Hz, channels.
_SOUNDFILE = [
    ("u8.wav", "WAV", "PCM_U8", 16_000, 1),
    ("s16.wav", "WAV", "PCM_16", 16_000, 1),
    ("stereo.wav", "WAV", "PCM_16", 16_000, 2),
    ("five.wav", "WAVEX", "PCM_16", 8_000, 5),
    ("s24.wav", "WAV", "PCM_24", 16_000, 1),
    ("s32.wav", "WAV", "PCM_32", 8_000, 1),
    ("float.wav", "WAV", "FLOAT", 16_000, 1),
    ("double.wav", "WAV", "DOUBLE", 8_000, 1),
    ("mulaw.wav", "WAV", "ULAW", 8_000, 1),
    ("ima.wav", "WAV", "IMA_ADPCM", 16_000, 1),
    ("ms.wav", "WAV", "MS_ADPCM", 16_000, 2),
    ("gsm.wav", "WAV", "GSM610", 8_000, 1),
    ("s16.rf64", "RF64", "PCM_16", 16_000, 1),
    ("s16.w64", "W64", "PCM_16", 16_000, 1),
    ("s16.aiff", "AIFF", "PCM_16", 16_000, 1),
    ("float.aifc", "AIFF", "FLOAT", 16_000, 1),
    ("s16.au", "AU", "PCM_16", 16_000, 1),
    ("mulaw.au", "AU", "ULAW", 8_000, 1),
    ("s16.caf", "CAF", "PCM_16", 16_000, 1),
    ("alac.caf", "CAF", "ALAC_16", 16_000, 1),
    ("s16.nist", "NIST", "PCM_16", 16_000, 1),
    ("s16.voc", "VOC", "PCM_16", 16_000, 1),
    ("s16.svx", "SVX", "PCM_16", 16_000, 1),
    ("s16.ircam", "IRCAM", "PCM_16", 16_000, 1),
    ("s16.paf", "PAF", "PCM_16", 16_000, 1),
    ("s16.pvf", "PVF", "PCM_16", 16_000, 1),
    ("s16.avr", "AVR", "PCM_16", 16_000, 1),
    ("s16.mat4", "MAT4", "PCM_16", 16_000, 1),
    ("s16.mat5", "MAT5", "PCM_16", 16_000, 1),
    ("s16.flac", "FLAC", "PCM_16", 16_000, 1),
    ("s24.flac", "FLAC", "PCM_24", 16_000, 2),
    ("sndfile.mp3", "MP3", "MPEG_LAYER_III", 16_000, 1),
]

# Written by FFmpeg: name, muxer, codec, rate in Hz, channels, options of `encode`.
_FFMPEG: list[tuple[str, str, str, int, int, dict[str, Any]]] = [
    ("aac.m4a", "ipod", "aac", 16_000, 1, {}),
    ("front.m4a", "ipod", "aac", 44_100, 2, {"muxer": {"movflags": "faststart"}}),
    ("alac.m4a", "ipod", "alac", 16_000, 1, {}),
    ("fragments.mp4", "mp4", "aac", 16_000, 1, {"muxer": {"movflags": "frag_keyframe+empty_moov",
                                                         "frag_duration": "200000"}}),
    ("video.mp4", "mp4", "aac", 16_000, 1, {"video": True}),
    ("opus.mp4", "mp4", "libopus", 48_000, 1, {}),
    ("flac.mp4", "mp4", "flac", 16_000, 1, {}),
    ("amr.3gp", "3gp", "libopencore_amrnb", 8_000, 1, {}),
    ("aac.3gp", "3gp", "aac", 16_000, 1, {}),
    ("voice.amr", "amr", "libopencore_amrnb", 8_000, 1, {}),
    ("s16.mov", "mov", "pcm_s16le", 16_000, 1, {}),
    ("u8.mov", "mov", "pcm_u8", 16_000, 1, {}),
    ("video.mov", "mov", "aac", 16_000, 1, {"video": True}),
    ("opus.mkv", "matroska", "libopus", 48_000, 1, {}),
    ("aac.mkv", "matroska", "aac", 16_000, 1, {"video": True}),
    ("s16.mkv", "matroska", "pcm_s16le", 16_000, 1, {}),
    ("flac.mkv", "matroska", "flac", 16_000, 1, {}),
    ("mp3.mkv", "matroska", "libmp3lame", 16_000, 1, {}),
    ("opus.webm", "webm", "libopus", 48_000, 1, {}),
    ("mp3.avi", "avi", "libmp3lame", 16_000, 1, {"video": True}),
    ("u8.avi", "avi", "pcm_u8", 16_000, 1, {"video": True}),
    ("s16.avi", "avi", "pcm_s16le", 16_000, 2, {}),
    ("voice.wma", "asf", "wmav2", 44_100, 1, {"bit_s": 64_000}),
    ("old.wma", "asf", "wmav1", 44_100, 1, {"bit_s": 64_000}),
    ("video.wmv", "asf", "wmav2", 44_100, 1, {"bit_s": 64_000, "video": True}),
    ("adts.aac", "adts", "aac", 16_000, 1, {}),
    ("aac.ts", "mpegts", "aac", 16_000, 1, {}),
    ("mp2.ts", "mpegts", "mp2", 16_000, 1, {"video": True}),
    ("mp2.mpg", "mpeg", "mp2", 16_000, 1, {}),
    ("voice.mp2", "mp2", "mp2", 16_000, 1, {}),
    ("cbr.mp3", "mp3", "libmp3lame", 16_000, 1, {}),
    ("vbr.mp3", "mp3", "libmp3lame", 16_000, 1, {"vbr": True}),
    ("bare.mp3", "mp3", "libmp3lame", 44_100, 2, {"muxer": {"write_xing": "0"}}),
    ("mp3.wav", "wav", "libmp3lame", 16_000, 1, {}),
    ("aac.flv", "flv", "aac", 44_100, 1, {}),
    ("voice.opus", "ogg", "libopus", 48_000, 1, {}),
    ("flac.ogg", "ogg", "flac", 16_000, 1, {}),
    ("ffmpeg.flac", "flac", "flac", 16_000, 1, {}),
    ("s24.caf", "caf", "pcm_s24le", 16_000, 1, {}),
    ("voice.ac3", "ac3", "ac3", 48_000, 1, {}),
    ("voice.eac3", "eac3", "eac3", 48_000, 1, {}),
    ("voice.wv", "wv", "wavpack", 16_000, 1, {}),
    ("voice.tta", "tta", "tta", 16_000, 1, {}),
    ("s16.voc", "voc", "pcm_s16le", 16_000, 1, {}),
    ("aac.latm", "latm", "aac", 16_000, 1, {}),
    ("s16.nut", "nut", "pcm_s16le", 16_000, 1, {}),
    ("s16.mxf", "mxf_opatom", "pcm_s16le", 48_000, 1, {}),
    ("ac3.rm", "rm", "ac3", 48_000, 1, {}),
]  # fmt: skip


def write_originals(folder: Path) -> None:
    """Write every original into a folder."""
    for name, write in _writers().items():
        write(folder / name)
        assert 0 < (folder / name).stat().st_size < MOST_BYTES, name


def read_originals(folder: Path) -> dict[str, bytes]:
    """The originals of a folder by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def _writers() -> dict[str, Callable[[Path], None]]:
    writers: dict[str, Callable[[Path], None]] = {"voice.awb": _write_amr_wb}
    for name, *form in _SOUNDFILE:
        writers[name] = _by_soundfile(*form)
    for name, *rest in _FFMPEG:
        writers[name] = _by_ffmpeg(*rest)
    for name, subtype, rate_hz in (("vorbis.ogg", "VORBIS", 16_000), ("opus.ogg", "OPUS", 48_000)):
        writers[name] = _remuxed("ogg", _by_soundfile("OGG", subtype, rate_hz, 1))
    writers["tagged.mp3"] = lambda path: path.write_bytes(_tagged(_made(writers["cbr.mp3"])))
    writers["chained.ogg"] = lambda path: path.write_bytes(2 * _made(writers["vorbis.ogg"]))
    writers["vorbis.webm"] = _remuxed("webm", writers["vorbis.ogg"])
    writers["tracks.mkv"] = _remuxed("matroska", writers["aac.m4a"], writers["opus.webm"])
    return writers


def _sound(rate_hz: int, n_channels: int) -> Any:
    """Syllables of a falling tone over noise, float32 (n, channels)."""
    t = np.arange(round(SECONDS * rate_hz))[:, None] / rate_hz
    tone = np.sin(2 * np.pi * (300 - 90 * t) * t) * (np.sin(2 * np.pi * 3 * t) > 0)
    noise = np.random.default_rng(0).standard_normal((len(t), n_channels))
    return (0.3 * tone + 0.01 * noise).astype(np.float32)


def _by_soundfile(
    container: str, subtype: str, rate_hz: int, n_channels: int
) -> Callable[[Path], None]:
    return lambda path: sf.write(
        path, _sound(rate_hz, n_channels), rate_hz, subtype, format=container
    )


def _by_ffmpeg(
    muxer: str, codec: str, rate_hz: int, n_channels: int, options: dict[str, Any]
) -> Callable[[Path], None]:
    options = options | {"muxer": EXACT | options.get("muxer", {})}
    return lambda path: encode(path, _sound(rate_hz, n_channels), codec, rate_hz, muxer, **options)


def _write_amr_wb(path: Path) -> None:
    """Frames of every mode with random bits, and pauses: no encoder is at hand."""
    rng = np.random.default_rng(0)
    lengths = {0: 17, 2: 32, 8: 60, 9: 5, 15: 0}  # bytes behind the head of a frame, by its mode
    frames = [bytes([mode << 3 | 4]) + rng.bytes(lengths[mode]) for mode in (0, 2, 8, 9, 15) * 8]
    path.write_bytes(b"#!AMR-WB\n" + b"".join(frames))


def _made(write: Callable[[Path], None]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "made")
        return (Path(folder) / "made").read_bytes()


def _tagged(mp3: bytes) -> bytes:
    """With tags in front and behind: ID3v2 with a title, APEv2, ID3v1."""
    title = b"TIT2" + (12).to_bytes(4, "big") + b"\0\0\0" + b"interview 1"
    front = b"ID3\3\0\0" + bytes([0, 0, 0, len(title)]) + title
    item = (4).to_bytes(4, "little") + bytes(4) + b"Title\0name"
    ends = [
        b"APETAGEX" + b"".join(n.to_bytes(4, "little") for n in (2000, len(item) + 32, 1, flags))
        for flags in (0xA0000000, 0x80000000)
    ]
    ape = ends[0] + bytes(8) + item + ends[1] + bytes(8)
    return front + mp3 + ape + b"TAG" + b"interview 1".ljust(125, b"\0")


def _remuxed(muxer: str, *writers: Callable[[Path], None]) -> Callable[[Path], None]:
    """The encoded tracks that these write in one container, without random numbers."""

    def write(path: Path) -> None:
        with av.open(str(path), "w", format=muxer, options=EXACT) as output:
            inputs = [av.open(io.BytesIO(_made(writer))) for writer in writers]
            tracks = [output.add_stream_from_template(source.streams.audio[0]) for source in inputs]
            for source, track in zip(inputs, tracks, strict=True):
                for packet in source.demux(audio=0):
                    if packet.dts is not None:
                        packet.stream = track
                        output.mux(packet)
                source.close()

    return write
