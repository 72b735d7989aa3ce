"""Content tells audio from other files, whatever a file is called; no decoder is asked."""

import os
import subprocess
import sys
import time
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from micfp.audio import looks_like_audio
from micfp.audio.sniffing import begins_as_audio

CASES = Path(os.environ.get("MICFP_CASES", Path(__file__).parents[3] / "shared" / "cases"))
RATE_HZ = 16000
BY_LIBSNDFILE = (
    *(("WAV", "PCM_16"), ("WAVEX", "PCM_24"), ("RF64", "PCM_16"), ("W64", "PCM_16")),
    *(("AIFF", "PCM_16"), ("AU", "PCM_16"), ("CAF", "PCM_16"), ("NIST", "PCM_16")),
    *(("VOC", "PCM_16"), ("IRCAM", "PCM_16"), ("SVX", "PCM_16"), ("FLAC", "PCM_16")),
    *(("OGG", "VORBIS"), ("OGG", "OPUS"), ("MP3", "MPEG_LAYER_III"), ("PVF", "PCM_16")),
)
BY_FFMPEG = (
    *(("mp4", "aac"), ("mov", "aac"), ("3gp", "aac"), ("adts", "aac"), ("matroska", "aac")),
    *(("webm", "libopus"), ("asf", "libmp3lame"), ("avi", "pcm_s16le"), ("mpegts", "mp2")),
    *(("mp2", "mp2"), ("mp3", "libmp3lame"), ("mpeg", "mp2"), ("wv", "wavpack"), ("tta", "tta")),
    *(("ac3", "ac3"), ("latm", "aac"), ("caf", "alac"), ("amr", "libopencore_amrnb")),
)
HEADS = {
    "MXF": b"\x06\x0e\x2b\x34\x02\x05\x01\x01\x0d\x01\x02\x01\x01\x02\x04\0",
    "DSS": b"\x02dss" + bytes(100),
    "SILK": b"\x02#!SILK_V3",
    "RIFX": b"RIFX\0\0\1\0WAVEfmt ",
    "MOV without ftyp": b"\0\0\0\x08wide\0\0\x10\0mdat",
    "recording that was not finished": b"\0\x10\0\0mdat" + bytes(100),
    "M2TS": (b"\0\0\0\0G" + bytes(187)) * 5,
}
NO_AUDIO = {
    "empty": b"",
    "text": "The free lunch, and moov on. Größe".encode(),
    "UTF-16": "\ufeffName;Größe\r\n".encode("utf-16") * 50,
    "JPEG": b"\xff\xd8\xff\xe0\0\x10JFIF\0" + bytes(100),
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "HEIC": b"\0\0\0\x18ftypheic" + bytes(100),
    "WebP": b"RIFF\x24\0\0\0WEBPVP8 " + bytes(100),
    "MIDI": b"MThd\0\0\0\x06" + bytes(100),
    "PDF": b"%PDF-1.7\n",
    "ZIP": b"PK\x03\x04" + bytes(100),
    "zeros": bytes(10_000),
    "ones": b"\xff" * 10_000,
    "one sync word": b"\xff\xfb\x90\x64" + bytes(10_000),
    "one packet": b"G" + bytes(1000),
}


def sound(seconds: float = 1.0) -> np.ndarray:
    return 0.3 * np.random.default_rng(0).standard_normal(int(seconds * RATE_HZ)).astype("f4")


@pytest.mark.parametrize(("form", "subtype"), BY_LIBSNDFILE)
def test_what_libsndfile_writes_begins_as_audio(form: str, subtype: str, tmp_path: Path) -> None:
    path = tmp_path / "take"
    soundfile.write(path, np.clip(sound(), -1, 1), RATE_HZ, subtype=subtype, format=form)
    assert looks_like_audio(path)


@pytest.mark.parametrize(("form", "codec"), BY_FFMPEG)
def test_what_ffmpeg_writes_begins_as_audio(form: str, codec: str, tmp_path: Path) -> None:
    path = tmp_path / "take"
    rate_hz = {"libopencore_amrnb": 8000, "libopus": 48000, "pcm_s16le": 48000}.get(codec, 32000)
    try:
        encoder = av.codec.Codec(codec, "w")
    except av.codec.codec.UnknownCodecError:
        pytest.skip(f"this FFmpeg has no {codec}")
    frame = av.AudioFrame.from_ndarray(
        (np.clip(sound(4), -1, 1)[None] * 32767).astype("<i2"), format="s16", layout="mono"
    )
    frame.sample_rate = rate_hz
    resampler = av.AudioResampler(encoder.audio_formats[0].name, "mono", rate_hz)
    with av.open(str(path), "w", format=form) as container:
        stream = container.add_stream(codec, rate=rate_hz)
        stream.layout = "mono"
        for converted in [*resampler.resample(frame), None]:
            for packet in stream.encode(converted):
                container.mux(packet)
    assert looks_like_audio(path)


@pytest.mark.parametrize("kind", HEADS)
def test_headers_that_nothing_here_writes(kind: str) -> None:
    assert begins_as_audio(HEADS[kind])


@pytest.mark.parametrize("kind", NO_AUDIO)
def test_other_files_do_not(kind: str) -> None:
    assert not begins_as_audio(NO_AUDIO[kind])


def test_random_bytes_are_no_audio() -> None:
    rng = np.random.default_rng(1)
    taken = sum(begins_as_audio(rng.bytes(8192)) for _ in range(2000))
    assert taken <= 1  # the shortest magic numbers have two bytes


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no field cases at {CASES}: set MICFP_CASES")
def test_field_cases_are_known() -> None:
    """What people send; `lfs.wav` is a pointer in text."""
    cases = (CASES / "audio").iterdir()
    unknown = {path.name for path in cases if not looks_like_audio(path)}
    assert unknown == {"lfs.wav"}


def test_it_takes_little_time_and_no_decoder(tmp_path: Path) -> None:
    heads = [b"RIFF\0\0\0\0WAVE" + bytes(8180), bytes(8192), b"\xff\xfb\x90\x64" + bytes(8188)]
    start = time.perf_counter()
    for _ in range(1000):
        for head in heads:
            begins_as_audio(head)
    assert (time.perf_counter() - start) / 3000 < 50e-6
    code = (
        "import sys, importlib.util as u; s = u.spec_from_file_location('s', sys.argv[1]); "
        "m = u.module_from_spec(s); s.loader.exec_module(m); "
        "assert not {'av', 'soundfile', 'numpy'} & set(sys.modules)"
    )
    module = sys.modules["micfp.audio.sniffing"].__file__
    subprocess.run([sys.executable, "-I", "-c", code, str(module)], check=True)
