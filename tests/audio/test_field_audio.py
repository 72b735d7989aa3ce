"""Audio as the field sends it: every kind against what is known of its content.

`../shared/cases/audio` (or `$MICFP_CASES`) has a file for each kind, with what is expected; what
stands here beside them is made by the tests, so that the kind is held where those are missing.
"""

import json
import os
import struct
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile as sf
from encoded import encode

from micfp import audio
from micfp.audio.info import AudioInfo
from micfp.errors import MicfpError

CASES = Path(os.environ.get("MICFP_CASES", Path(__file__).parents[3] / "shared" / "cases"))
RATE = 16_000


def speechlike(n_samples: int, rate_hz: int, n_channels: int = 1, seed: int = 0) -> Any:
    """Float32 (n, channels), never twice the same."""
    rng = np.random.default_rng(seed)
    t = np.arange(n_samples)[:, None] / rate_hz
    tone = 0.3 * np.sin(2 * np.pi * (200 + 90 * t) * t) * (0.6 + 0.4 * np.sin(6 * t))
    return (tone + 0.01 * rng.standard_normal((n_samples, n_channels))).astype(np.float32)


def check_positions(path: Path, tolerance: float) -> AudioInfo:
    """n_samples, a whole read, reads of ranges, blocks and integers tell of the same samples."""
    info = audio.probe(path)
    n = info.n_samples
    whole, rate_hz = audio.read(path)
    assert (len(whole), rate_hz) == (n, info.sample_rate_hz)
    for start, stop in ((0, n // 5), (n // 3, n // 3 + n // 4), (n - 3_000, n), (n // 2, n)):
        part, _ = audio.read(path, max(0, start), stop)
        np.testing.assert_allclose(part, whole[max(0, start) : stop], atol=tolerance)
    ranges = [(n // 4, n // 2), (n // 3, n)]
    for (start, stop), part in zip(ranges, audio.read_ranges(path, ranges), strict=True):
        np.testing.assert_allclose(part, whole[start:stop], atol=tolerance)
    np.testing.assert_allclose(np.concatenate(list(audio.blocks(path, 4_097))), whole, atol=1e-6)
    integers = np.concatenate(list(audio.pcm_blocks(path, 4_096))) / audio.full_scale(info)
    step = 1 / min(audio.full_scale(info), 32_768)
    np.testing.assert_allclose(integers, np.clip(whole, -1, 1), atol=1.5 * step)
    return info


# --- the field's own files ------------------------------------------------------------------------


def _cases() -> list[dict[str, Any]]:
    file = CASES / "audio.json"
    return json.loads(file.read_text()) if file.exists() else []


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no field cases at {CASES}: set MICFP_CASES")
@pytest.mark.parametrize("case", _cases(), ids=lambda case: str(case["file"]))
def test_field_case(case: dict[str, Any]) -> None:
    path, expected = CASES / "audio" / case["file"], case["fields"]
    if expected.get("error") or case["file"] in ("mp3_cat_rates.mp3", "wav_oddlist_nopad.wav"):
        with pytest.raises(MicfpError, match=f"{path.name}: .*;? .*") as raised:
            audio.read(path)
        assert "\n" not in str(raised.value)
        assert len(str(raised.value)) < 400
        return
    info = check_positions(path, 2e-3)
    if isinstance(expected.get("n"), int):
        assert info.n_samples == expected["n"]
    if expected.get("n") == "all-or-error":  # FFmpeg's count has the padding of the parts
        assert info.n_samples >= case["ffmpeg"]["n_samples"] - 2_048
    assert info.sample_rate_hz == expected.get("rate", info.sample_rate_hz)
    assert info.truncated == expected.get("truncated", info.truncated)
    if "flag" in expected:
        assert info.truncated
        assert "bytes stand behind the samples" in info.notes[0]
    if "same_as" in expected:
        same, _ = audio.read(CASES / "audio" / expected["same_as"])
        np.testing.assert_array_equal(audio.read(path)[0], same)


# --- Opus -----------------------------------------------------------------------------------------


def _without_end_mark(content: bytes) -> bytes:
    """The same pages, the last one not marked as last; its checksum is not looked at."""
    last = content.rfind(b"OggS")
    return content[: last + 5] + bytes([content[last + 5] & ~4]) + content[last + 6 :]


@pytest.mark.parametrize("input_rate_hz", [0, 8_000, 16_000, 44_100])
def test_opus_is_48_khz_whatever_its_header_says(tmp_path: Path, input_rate_hz: int) -> None:
    """RFC 7845, 5.1: the input sample rate is not the rate to play at."""
    path, plain = tmp_path / "a.opus", tmp_path / "plain.opus"
    encode(plain, speechlike(96_000, 48_000), "libopus", 48_000, "ogg")
    content = bytearray(plain.read_bytes())
    place = content.index(b"OpusHead") + 12
    content[place : place + 4] = struct.pack("<I", input_rate_hz)
    content[22:26] = b"\0\0\0\0"
    content[22:26] = struct.pack("<I", _ogg_sum(bytes(content[: content.index(b"OggS", 4)])))
    path.write_bytes(content)
    assert audio.probe(path).sample_rate_hz == 48_000
    np.testing.assert_array_equal(audio.read(path)[0], audio.read(plain)[0])


def _ogg_sum(page: bytes) -> int:
    """CRC-32 of an Ogg page: polynomial 0x04c11db7, not reflected (RFC 3533, 6)."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value >> 31 else 0)) & 0xFFFFFFFF
    return value


@pytest.mark.parametrize("codec", ["libopus", "libvorbis"])
def test_without_the_mark_of_its_end_an_ogg_file_is_as_long(tmp_path: Path, codec: str) -> None:
    whole, unmarked = tmp_path / "whole", tmp_path / "unmarked"
    if codec == "libopus":
        encode(whole, speechlike(100_000, 48_000), codec, 48_000, "ogg")
    else:
        sf.write(whole, speechlike(100_000, 48_000), 48_000, "VORBIS", format="OGG")
    content = bytearray(_without_end_mark(whole.read_bytes()))
    last = content.rfind(b"OggS")
    content[last + 22 : last + 26] = b"\0\0\0\0"
    content[last + 22 : last + 26] = struct.pack("<I", _ogg_sum(bytes(content[last:])))
    unmarked.write_bytes(content)
    info = check_positions(unmarked, 1e-5)
    assert (info.n_samples, info.truncated) == (100_000, False)
    np.testing.assert_allclose(audio.read(unmarked)[0], audio.read(whole)[0], atol=1e-5)


# --- joined and chained ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", ["VORBIS", "OPUS"])
def test_chained_ogg_is_read_to_its_end(tmp_path: Path, form: str) -> None:
    """Each link as if it stood alone: FFmpeg takes the codebooks of the first for all."""
    parts = [tmp_path / "one", tmp_path / "two"]
    for seed, part in enumerate(parts):
        sound = speechlike(60_000 + 10_000 * seed, 48_000, seed=seed)
        sf.write(part, sound, 48_000, form, format="OGG", compression_level=0.3 + 0.5 * seed)
    chained = tmp_path / "chained.ogg"
    chained.write_bytes(b"".join(part.read_bytes() for part in parts))
    info = check_positions(chained, 1e-5)
    assert info.n_samples == 60_000 + 70_000
    assert info.notes == ("2 recordings are chained in it, and read as one",)
    alone = np.concatenate([audio.read(part)[0] for part in parts])
    np.testing.assert_allclose(audio.read(chained)[0], alone, atol=1e-5)


def test_chained_rates_are_refused(tmp_path: Path) -> None:
    for rate_hz in (44_100, 48_000):
        sf.write(tmp_path / str(rate_hz), speechlike(rate_hz, rate_hz), rate_hz, format="OGG")
    path = tmp_path / "a.ogg"
    path.write_bytes(b"".join((tmp_path / name).read_bytes() for name in ("44100", "48000")))
    with pytest.raises(MicfpError, match="changes from 1 channels at 44100 Hz to 1 at 48000 Hz"):
        audio.probe(path)


def test_joined_mp3_is_read_to_its_end(tmp_path: Path) -> None:
    """The Xing tag of the first part counts the first part."""
    for seed in (0, 1):
        encode(
            tmp_path / str(seed), speechlike(88_200, 44_100, seed=seed), "libmp3lame", 44_100, "mp3"
        )
    path = tmp_path / "joined.mp3"
    path.write_bytes((tmp_path / "0").read_bytes() + (tmp_path / "1").read_bytes())
    info = check_positions(path, 1e-4)
    # the tag of the second decodes to a frame of silence, and its delay and padding stay
    assert 0 <= info.n_samples - 2 * 88_200 <= 4 * 1_152


# --- AMR with discontinuous transmission ----------------------------------------------------------


@pytest.mark.parametrize("wide", [False, True])
def test_frames_without_data_are_time(tmp_path: Path, wide: bool) -> None:
    """20 ms each: speech, 30 frames of "no data" (type 15), speech. 3GPP TS 26.101, 26.201."""
    rate_hz = 16_000 if wide else 8_000
    magic = b"#!AMR-WB\n" if wide else b"#!AMR\n"
    if wide:  # no encoder here: frames of zeros, 23.85 kbit/s
        frames = [bytes([8 << 3 | 4]) + bytes(60)] * 20
    else:
        encode(tmp_path / "speech", speechlike(8_000, 8_000), "libopencore_amrnb", 8_000, "amr")
        content = (tmp_path / "speech").read_bytes()[len(magic) :]
        frames = [content[i : i + 32] for i in range(0, len(content), 32)]  # 12.2 kbit/s
        assert len(content) % 32 == 0
    silent = [bytes([15 << 3 | 4])] * 30
    path = tmp_path / "a.amr"
    path.write_bytes(magic + b"".join([*frames, *silent, *frames]))
    info = check_positions(path, 1e-6)
    assert info.sample_rate_hz == rate_hz
    assert info.n_samples == (2 * len(frames) + 30) * rate_hz // 50


# --- positions in MP4 -----------------------------------------------------------------------------


def _m4a(path: Path, steps: list[int], rate_hz: int = 48_000) -> int:
    """An M4A whose packets have these time stamps; gives the samples that it decodes to."""
    sound = speechlike(1_024 * len(steps), rate_hz)
    with av.open(str(path), "w", format="mp4") as output:
        stream: Any = output.add_stream("aac", rate=rate_hz, layout="mono")
        stamps = iter(np.cumsum([0, *steps, *[1_024] * 9]).tolist())
        for start in range(0, len(sound), 1_024):
            block = np.ascontiguousarray(sound[start : start + 1_024].T)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate_hz, start
            for packet in stream.encode(frame):
                packet.pts = packet.dts = next(stamps)
                packet.time_base = Fraction(1, rate_hz)
                output.mux(packet)
        for packet in stream.encode(None):
            packet.pts = packet.dts = next(stamps)
            packet.time_base = Fraction(1, rate_hz)
            output.mux(packet)
    with av.open(str(path)) as opened:
        return sum(frame.samples for frame in opened.decode(audio=0))


@pytest.mark.parametrize("kind", ["drift", "fast", "jitter", "pause"])
def test_time_stamps_that_are_not_samples(tmp_path: Path, kind: str) -> None:
    rng = np.random.default_rng(0)
    steps = {
        "drift": [1_029] * 200,
        "fast": [1_019] * 200,
        "jitter": rng.integers(1_000, 1_048, 200).tolist(),
        "pause": [*[1_024] * 100, 150_000, *[1_024] * 99],
    }[kind]
    path = tmp_path / "a.m4a"
    n_decoded = _m4a(path, steps)
    info = check_positions(path, 2e-3)
    assert abs(info.n_samples - n_decoded) <= 1_024  # the encoder's delay, where it is stated
    assert not info.truncated


# --- level ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("codec", "bits"), [("pcm_u8", 8), ("pcm_s16le", 16), ("pcm_s24le", 24)])
@pytest.mark.parametrize("container", ["avi", "mov", "matroska"])
def test_pcm_has_the_same_samples_in_every_container(
    tmp_path: Path, container: str, codec: str, bits: int
) -> None:
    sound = speechlike(20_000, RATE, 2)
    subtype = {8: "PCM_U8", 16: "PCM_16", 24: "PCM_24"}[bits]
    sf.write(tmp_path / "a.wav", sound, RATE, subtype)
    stored, _ = sf.read(tmp_path / "a.wav", dtype="int32", always_2d=True)
    form = {8: "u8", 16: "s16", 24: "s32"}[bits]
    values = (stored >> 24) + 128 if bits == 8 else stored >> (32 - 16) if bits == 16 else stored
    packed = values.astype({8: "u1", 16: "i2", 24: "i4"}[bits]).reshape(1, -1)
    path = tmp_path / "a"
    with av.open(str(path), "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=RATE, layout="stereo")
        frame = av.AudioFrame.from_ndarray(packed, format=form, layout="stereo")
        frame.sample_rate, frame.pts = RATE, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    info = check_positions(path, 0)
    assert info.codec == f"pcm_{'u' if bits == 8 else 's'}{bits}"
    for channel in (0, 1):
        np.testing.assert_array_equal(
            audio.read(path, channel=channel)[0], audio.read(tmp_path / "a.wav", channel=channel)[0]
        )
        np.testing.assert_array_equal(
            np.concatenate(list(audio.pcm_blocks(path, 999, channel=channel))),
            np.concatenate(list(audio.pcm_blocks(tmp_path / "a.wav", 999, channel=channel))),
        )


# --- cut off, and not cut off ---------------------------------------------------------------------

STATED = ["AU", "CAF", "NIST", "VOC", "AVI", "MKV", "WEBM", "WMA", "MOV", "3GP"]


def _write(path: Path, form: str) -> None:
    sound = speechlike(3 * RATE, RATE)
    if form in ("AU", "CAF", "NIST", "VOC"):
        sf.write(path, sound, RATE, "PCM_16", format=form)
        return
    codec, rate_hz, container = {
        "AVI": ("pcm_s16le", RATE, "avi"),
        "MKV": ("flac", RATE, "matroska"),
        "WEBM": ("libopus", 48_000, "webm"),
        "WMA": ("wmav2", 44_100, "asf"),
        "MOV": ("aac", 44_100, "mov"),
        "3GP": ("libopencore_amrnb", 8_000, "3gp"),
    }[form]
    muxer = {"movflags": "faststart"} if form in ("MOV", "3GP") else {}
    sound = speechlike(3 * rate_hz, rate_hz)
    more = {"bit_s": 64_000} if form == "WMA" else {}
    encode(path, sound, codec, rate_hz, container, muxer=muxer, **more)


@pytest.mark.parametrize("form", STATED)
def test_a_file_that_was_cut_off_is_flagged_and_a_whole_one_is_not(
    tmp_path: Path, form: str
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    _write(whole, form)
    info = check_positions(whole, 2e-3)
    assert not info.truncated, info
    content = whole.read_bytes()
    cut.write_bytes(content[: len(content) * 2 // 3])
    info = check_positions(cut, 2e-3)
    assert info.truncated
    assert 0.4 < info.n_samples / audio.probe(whole).n_samples < 0.75


def _wav(data: bytes, stated: int, behind: bytes = b"") -> bytes:
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, RATE, 2 * RATE, 2, 16)
    body = b"WAVE" + fmt + struct.pack("<4sI", b"data", stated & 0xFFFFFFFF) + data + behind
    return b"RIFF" + struct.pack("<I", len(body) & 0xFFFFFFFF) + body


DATA = (3_000 * speechlike(RATE, RATE)).astype("<i2").tobytes()
CHUNK = b"LIST" + struct.pack("<I", 10) + b"INFOISFT\0\0"


@pytest.mark.parametrize(
    ("content", "n_samples", "truncated", "note"),
    [
        (_wav(DATA, len(DATA)), RATE, False, ""),
        (_wav(DATA, 0x7FFFF000), RATE, False, ""),  # SoX into a pipe
        (_wav(DATA, 0x7FFFF000 - 44), RATE, False, ""),
        (_wav(DATA, 0x7FFFFFFF), RATE, False, ""),
        (_wav(DATA, 0xFFFFFFFF), RATE, False, ""),  # FFmpeg into a pipe
        (_wav(DATA, 0), RATE, False, "its size was never written"),
        (_wav(DATA, len(DATA), CHUNK), RATE, False, ""),
        (_wav(DATA, len(DATA) + 2_000), RATE, True, ""),
        (_wav(DATA, len(DATA) // 2), RATE // 2, True, "16000 bytes stand behind the samples"),
    ],
)
def test_sizes_of_wav(
    tmp_path: Path, content: bytes, n_samples: int, truncated: bool, note: str
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    info = check_positions(path, 0)
    assert (info.n_samples, info.truncated) == (n_samples, truncated)
    assert note in "".join(info.notes)
    assert bool(note) == bool(info.notes)
    expected = np.frombuffer(DATA, "<i2")[:n_samples] / 32_768
    np.testing.assert_array_equal(audio.read(path)[0], expected.astype(np.float32))


def test_a_wav_without_samples_before_its_notes_is_empty(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(_wav(b"", 0, CHUNK))
    with pytest.raises(MicfpError, match="holds a header and no samples"):
        audio.probe(path)


def test_mp2_is_whole(tmp_path: Path) -> None:
    encode(tmp_path / "a", speechlike(88_200, 44_100), "mp2", 44_100, "mp2")
    assert not check_positions(tmp_path / "a", 1e-5).truncated


@pytest.mark.parametrize("page", [3, 4])
def test_a_lost_page_is_flagged(tmp_path: Path, page: int) -> None:
    path = tmp_path / "a.ogg"
    sf.write(path, speechlike(400_000, 44_100), 44_100, format="OGG")
    content = path.read_bytes()
    starts = [i for i in range(len(content)) if content[i : i + 4] == b"OggS"] + [len(content)]
    path.write_bytes(content[: starts[page]] + content[starts[page + 1] :])
    info = check_positions(path, 1e-5)
    assert info.truncated
    assert "pages of its Ogg stream are missing" in info.notes[0]
    assert info.n_samples < 400_000


def test_what_follows_the_samples_of_wave64_is_no_sound(tmp_path: Path) -> None:
    """libsndfile takes it for samples."""
    path = tmp_path / "a.w64"
    sf.write(path, speechlike(RATE, RATE), RATE, "PCM_16", format="W64")
    whole, _ = audio.read(path)
    behind = b"bext" + bytes(12) + struct.pack("<Q", 24 + 600) + os.urandom(600)
    path.write_bytes(path.read_bytes() + behind)
    assert check_positions(path, 0).n_samples == RATE
    np.testing.assert_array_equal(audio.read(path)[0], whole)


def test_rf64_whose_size_was_never_written_is_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sizes = b"ds64" + struct.pack("<IQQQI", 28, 0, 0, 0, 0)
    content = _wav(DATA, 0xFFFFFFFF)
    path.write_bytes(b"RF64" + b"\xff" * 4 + b"WAVE" + sizes + content[12:])
    info = check_positions(path, 0)
    assert (info.n_samples, info.truncated) == (RATE, False)
    assert info.notes == ("its size was never written: it is read to the end of the file",)


def test_a_cut_in_big_endian_wav_is_flagged(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, speechlike(RATE, RATE), RATE, "PCM_16", endian="BIG")
    assert path.read_bytes()[:4] == b"RIFX"
    whole, _ = audio.read(path)
    audio.copy_wav(path, tmp_path / "copy.wav", 100, 900)
    np.testing.assert_array_equal(audio.read(tmp_path / "copy.wav")[0], whole[100:900])
    path.write_bytes(path.read_bytes()[:20_000])
    assert check_positions(path, 0).truncated


@pytest.mark.parametrize("n_samples", [4_095, 4_096, 8_192, 16_333])
def test_alac_in_caf_is_whole(tmp_path: Path, n_samples: int) -> None:
    path = tmp_path / "a.caf"
    sound = speechlike(n_samples, RATE)
    sf.write(path, sound, RATE, "ALAC_16", format="CAF")
    info = check_positions(path, 0)
    assert (info.n_samples, info.truncated) == (n_samples, False)
    np.testing.assert_allclose(audio.read(path)[0], sound[:, 0], atol=1 / 32_768)


def test_a_file_that_became_shorter_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(_wav(DATA, len(DATA)))
    stream = audio.blocks(path, 1_000)
    next(stream)
    path.write_bytes(_wav(DATA[:6_000], len(DATA)))
    with pytest.raises(MicfpError, match="before 16000: it has changed since it was looked at"):
        list(stream)


# --- tracks and channels --------------------------------------------------------------------------


def _two_tracks(path: Path, first: Any, second: Any) -> None:
    with av.open(str(path), "w", format="matroska") as output:
        streams: Any = [output.add_stream("flac", rate=RATE, layout="mono") for _ in range(2)]
        for stream, sound in zip(streams, (first, second), strict=True):
            values = np.rint(32_767 * sound.T).astype(np.int16)
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values), "s16", "mono")
            frame.sample_rate, frame.pts = RATE, 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))


def test_the_first_track_that_holds_sound_is_read_and_said(tmp_path: Path) -> None:
    silent, sound = np.zeros((RATE, 1), np.float32), speechlike(RATE, RATE)
    other = speechlike(RATE, RATE, seed=2)
    _two_tracks(tmp_path / "a.mkv", silent, sound)
    info = check_positions(tmp_path / "a.mkv", 0)
    assert (info.track, info.notes) == (1, ("of 2 audio tracks, track 1 is read",))
    np.testing.assert_allclose(audio.read(tmp_path / "a.mkv")[0], sound[:, 0], atol=1e-4)
    assert not audio.read(tmp_path / "a.mkv", track=0)[0].any()

    _two_tracks(tmp_path / "b.mkv", other, sound)
    assert audio.probe(tmp_path / "b.mkv").track == 0
    np.testing.assert_allclose(audio.read(tmp_path / "b.mkv", track=1)[0], sound[:, 0], atol=1e-4)
    (part,) = audio.read_ranges(tmp_path / "b.mkv", [(100, 900)], track=1)
    np.testing.assert_allclose(part, sound[100:900, 0], atol=1e-4)
    with pytest.raises(MicfpError, match="audio track 2 was asked for, and it has 2"):
        audio.probe(tmp_path / "b.mkv", track=2)


def test_a_track_that_codecs_made_of_silence_is_passed_over(tmp_path: Path) -> None:
    """Opus decodes digital silence to 1e-34, AC-3 to 1e-6."""
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w", format="matroska") as output:
        streams: Any = [output.add_stream("libopus", rate=48_000, layout="mono") for _ in range(2)]
        for stream, sound in zip(streams, (0, 1), strict=True):
            values = (sound * speechlike(48_000, 48_000)).T
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values), "flt", "mono")
            frame.sample_rate, frame.pts = 48_000, 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    assert audio.probe(path).track == 1


@pytest.mark.parametrize("order", [(2, 1), (1, 1)])
def test_an_order_of_channels_of_its_own_does_not_end_the_process(
    tmp_path: Path, order: tuple[int, int]
) -> None:
    """PyAV frees the map of such a layout twice. QuickTime's `chan`: right and left, two lefts."""
    path = tmp_path / "a.mov"
    sound = speechlike(RATE, RATE, 2)
    with av.open(str(path), "w", format="mov") as output:
        stream: Any = output.add_stream("pcm_s16le", rate=RATE, layout="stereo")
        values = np.rint(32_767 * sound).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(values, "s16", "stereo")
        frame.sample_rate, frame.pts = RATE, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    content = path.read_bytes()
    place = content.index(b"chan")
    size = struct.unpack_from(">I", content, place - 4)[0]
    labels = b"".join(struct.pack(">II12x", label, 0) for label in order)
    box = struct.pack(">4sIIII", b"chan", 0, 0, 0, 2) + labels
    more = len(box) + 4 - size
    changed = bytearray(content[: place - 4] + struct.pack(">I", len(box) + 4) + box)
    changed += content[place - 4 + size :]
    for parent in (b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"sowt"):
        at = content.index(parent) - 4
        struct.pack_into(">I", changed, at, struct.unpack_from(">I", content, at)[0] + more)
    path.write_bytes(changed)
    code = f"from micfp import audio; print(len(audio.read({str(path)!r}, channel=1)[0]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, f"{RATE}\n"), done.stderr


@pytest.mark.parametrize("n_channels", [2, 8, 16, 24])
def test_channels_stay_apart(tmp_path: Path, n_channels: int) -> None:
    """PyAV reads planar frames of more than eight channels from memory that is not theirs."""
    sound = np.zeros((4 * RATE, n_channels), np.float32)
    for channel in range(n_channels):
        sound[:, channel] = 0.3 * np.sin(
            2 * np.pi * 100 * (channel + 1) * np.arange(4 * RATE) / RATE
        )
    path = tmp_path / "a.mov"
    layout = {2: "stereo", 8: "7.1"}.get(n_channels, f"{n_channels} channels")
    with av.open(str(path), "w", format="mov") as output:
        stream: Any = output.add_stream("pcm_s16le", rate=RATE, layout=layout)
        values = np.rint(32_767 * sound).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(values), "s16", layout)
        frame.sample_rate, frame.pts = RATE, 0
        output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert check_positions(path, 1e-6).n_channels == n_channels
    for channel in (0, n_channels - 1):
        read, _ = audio.read(path, channel=channel)
        np.testing.assert_allclose(read, sound[:, channel], atol=1e-4)


@pytest.mark.skipif(not CASES.is_dir(), reason=f"no field cases at {CASES}: set MICFP_CASES")
def test_sixteen_planar_channels() -> None:
    path = CASES / "hostile" / "ch16.m4a"
    info = check_positions(path, 2e-3)
    assert info.n_channels == 16
    spectra = [np.abs(np.fft.rfft(audio.read(path, channel=i)[0])).argmax() for i in range(16)]
    assert all(isinstance(int(peak), int) for peak in spectra)


# --- FLAC with damage -----------------------------------------------------------------------------


def test_damage_in_one_frame_of_flac_costs_that_frame(tmp_path: Path) -> None:
    sound = speechlike(3 * RATE, RATE)
    path = tmp_path / "a.flac"
    sf.write(path, sound, RATE)
    content = path.read_bytes()
    middle = len(content) // 2
    path.write_bytes(content[:middle] + content[middle + 1 :])
    info = check_positions(path, 0)
    assert (info.n_samples, info.truncated) == (3 * RATE, True)
    assert "parts of it could not be decoded" in info.notes
    different = np.abs(audio.read(path)[0] - sound[:, 0]) > 1 / 32_768
    assert 0 < different.sum() <= 2 * 4_096  # a frame of libsndfile's encoder has 4 096 samples
    assert not audio.read(path)[0][different].any()  # silence, no guess


# --- sentences ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n", "`git lfs pull`"),
        (b"outs:\n- md5: 0123\n  size: 5\n  path: a.wav\n", "`dvc pull`"),
        (b"\x02dss" + bytes(600), "a DSS dictation file"),
        (b"\x03ds2" + bytes(600), "a DS2 dictation file"),
        (b"PK\x03\x04" + bytes(600), "a ZIP archive; unpack it"),
        (
            struct.pack(">I4s", 24, b"ftyp") + b"M4A \0\0\0\0M4A isom"
            + struct.pack(">I4s", 3_000, b"mdat") + bytes(2_992),
            "the recording was not finished",
        ),
    ],
)  # fmt: skip
def test_what_is_no_sound_is_said_in_a_sentence_that_helps(
    tmp_path: Path, content: bytes, sentence: str
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(content)
    with pytest.raises(MicfpError, match=sentence):
        audio.probe(path)


@pytest.mark.parametrize("rate_hz", [0, 10, 999, 1_536_001, 2**31 - 1])
def test_rates_that_no_recorder_has_are_refused(tmp_path: Path, rate_hz: int) -> None:
    path = tmp_path / "a.wav"
    content = bytearray(_wav(DATA, len(DATA)))
    content[24:28] = struct.pack("<I", rate_hz)
    path.write_bytes(content)
    with pytest.raises(MicfpError, match=r"a\.wav: "):
        audio.probe(path)


@pytest.mark.parametrize("form", ["WAV", "MOV"])
def test_channels_beyond_sense_are_refused(tmp_path: Path, form: str) -> None:
    path = tmp_path / "a"
    if form == "WAV":
        sf.write(path, np.zeros((10, 65)), RATE, format="WAV")
    else:
        encoded = np.zeros((1, 65 * 100), np.int16)
        with av.open(str(path), "w", format="mov") as output:
            stream: Any = output.add_stream("pcm_s16le", rate=RATE, layout="65 channels")
            frame = av.AudioFrame.from_ndarray(encoded, "s16", "65 channels")
            frame.sample_rate, frame.pts = RATE, 0
            output.mux(stream.encode(frame))
            output.mux(stream.encode(None))
    with pytest.raises(MicfpError, match="has 65 channels, and at most 64 are read"):
        audio.probe(path)


def test_a_link_to_a_device_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.wav")
    with pytest.raises(MicfpError, match="not a regular file"):
        audio.probe(tmp_path / "a.wav")
