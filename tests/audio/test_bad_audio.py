"""What is no audio, or not all of it: each one clear sentence with the file and what to do."""

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from micfp import audio
from micfp.errors import MicfpError

RATE = 16_000
NOISE = (0.1 * np.random.default_rng(0).standard_normal(3 * RATE)).astype(np.float32)


def _wav(n_channels: int, data: bytes, promised: int | None = None) -> bytes:
    promised = len(data) if promised is None else promised
    fmt = struct.pack("<HHIIHH", 1, n_channels, RATE, 2 * RATE * n_channels, 2 * n_channels, 16)
    return (
        struct.pack("<4sI4s4sI", b"RIFF", 36 + promised, b"WAVE", b"fmt ", 16)
        + fmt
        + struct.pack("<4sI", b"data", promised)
        + data
    )


def _video_without_sound(path: Path) -> None:
    import av

    with av.open(str(path), "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        for _ in range(5):
            output.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        output.mux(stream.encode(None))


PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde"
BAD: dict[str, tuple[bytes, str]] = {
    "empty.wav": (b"", r"is empty \(0 bytes\)"),
    "text.wav": (b"these are words, not sound\n" * 50, "not an audio file"),
    "text.txt": (b"these are words, not sound\n" * 50, "not an audio file"),
    "text.raw": (b"these are words, not sound\n" * 50, "not an audio file"),
    "picture.mp3": (PNG + b"\0" * 100, "not an audio file"),
    "noise.m4a": (np.random.default_rng(1).bytes(5_000), "not an audio file"),
    "zeros.wav": (b"\0" * 5_000, "not an audio file"),
    "list.m3u8": (b"#EXTM3U\n#EXTINF:1,\n/etc/hostname\n", "not an audio file"),
    "concat.txt": (b"ffconcat version 1.0\nfile '/etc/hostname'\n", "not an audio file"),
    "one byte": (b"R", "not an audio file"),
    "head of a head.wav": (_wav(1, b"")[:20], "damaged, or of a form"),
    "header only.wav": (_wav(1, b""), "holds a header and no samples"),
    "cut after the header.wav": (_wav(1, b"", promised=5_000), "holds a header and no samples"),
    "no channels.wav": (_wav(0, b"\0" * 500), "0 channels"),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    "use",
    [
        audio.probe,
        audio.read,
        lambda path: next(audio.blocks(path, 100)),
        lambda path: next(audio.pcm_blocks(path, 100)),
        lambda path: audio.copy_wav(path, path.with_name("copy"), 0, 1),
    ],
)
def test_no_audio(tmp_path: Path, name: str, use: Callable[[Path], Any]) -> None:
    content, sentence = BAD[name]
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(MicfpError, match=sentence) as caught:
        use(path)
    assert str(caught.value).startswith(str(path))
    assert "; " in str(caught.value)  # what to do
    assert list(tmp_path.iterdir()) == [path]


def test_no_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=r"not there\.wav: no such file"):
        audio.probe(tmp_path / "not there.wav")
    with pytest.raises(MicfpError, match="is a folder"):
        audio.probe(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(MicfpError, match="not a regular file"):
        audio.probe(tmp_path / "pipe")
    with pytest.raises(MicfpError, match="cannot be opened"):
        audio.probe("a\0b")
    (tmp_path / "a").touch()
    with pytest.raises(MicfpError, match="cannot be opened"):
        audio.probe(tmp_path / "a" / "b.wav")


def test_no_right_to_read(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    audio.write_wav(path, NOISE, RATE)
    path.chmod(0)
    for folder in (tmp_path, *tmp_path.parents):  # one more under pytest-xdist
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    script = (
        "import os, sys; from micfp import audio; from micfp.errors import MicfpError\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try: audio.probe(sys.argv[1])\n"
        "except MicfpError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, path], capture_output=True, check=True)
    assert (
        "a.wav: may not be read" in done.stdout.decode() or "no such file" in done.stdout.decode()
    )
    assert b"may not be read" in done.stdout, done.stdout


def test_video_without_sound(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    _video_without_sound(path)
    with pytest.raises(MicfpError, match=r"film\.mp4: has no audio track \(found: video\)"):
        audio.probe(path)


# --- truncated ------------------------------------------------------------------------------------

CUT = [
    ("WAV", "PCM_16"),
    ("WAV", "PCM_24"),
    ("WAV", "FLOAT"),
    ("RF64", "PCM_16"),
    ("W64", "PCM_16"),
    ("AIFF", "PCM_16"),
    ("FLAC", "PCM_16"),
    ("FLAC", "PCM_24"),
    ("OGG", "VORBIS"),
    ("OGG", "OPUS"),
    ("MP3", "MPEG_LAYER_III"),
]


@pytest.mark.parametrize(("container", "subtype"), CUT)
def test_truncated_files_give_what_is_there(tmp_path: Path, container: str, subtype: str) -> None:
    path, whole = tmp_path / "cut", tmp_path / "whole"
    sf.write(whole, np.tile(NOISE, 3), RATE, subtype, format=container)
    assert not audio.probe(whole).truncated
    content = whole.read_bytes()
    path.write_bytes(content[: len(content) * 2 // 3])

    info = audio.probe(path)
    assert info.truncated
    samples, _ = audio.read(path)
    # of 9 s about 6, in packets of up to 1 s (an Ogg page)
    assert 4.9 < len(samples) / info.sample_rate_hz < 6.1
    assert len(samples) == info.n_samples
    before = audio.read(whole, 0, len(samples))[0]
    assert np.abs(samples - before)[: -RATE // 10].max() < 1e-4


def test_truncated_m4a_with_its_index_in_front(tmp_path: Path) -> None:
    import av

    path = tmp_path / "a.m4a"
    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as output:
        stream = output.add_stream("aac", rate=44_100)
        stream.layout = "mono"
        for start in range(0, 10 * 44_100, 1_024):
            frame = av.AudioFrame.from_ndarray(
                np.tile(NOISE, 10)[None, start : start + 1_024], "fltp", "mono"
            )
            frame.sample_rate, frame.pts = 44_100, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    assert not audio.probe(path).truncated
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    info = audio.probe(path)
    assert info.truncated
    assert 4 * 44_100 < info.n_samples == len(audio.read(path)[0]) < 6 * 44_100


def test_length_unknown_when_the_header_was_written(tmp_path: Path) -> None:
    """Sizes of FFFFFFFF (a pipe) or 0 (a recorder that lost power) promise nothing."""
    data = (NOISE * 32_767).astype("<i2").tobytes()
    for size in (0xFFFFFFFF, 0):
        content = bytearray(_wav(1, data))
        content[4:8] = struct.pack("<I", size)
        content[40:44] = struct.pack("<I", size)
        path = tmp_path / f"{size}.wav"
        path.write_bytes(content)
        assert audio.probe(path).n_samples == len(NOISE)
        assert not audio.probe(path).truncated


def test_damage_on_the_way(tmp_path: Path) -> None:
    """A hole in a FLAC file: silence of its length, flagged; what lies beside it can be read."""
    path = tmp_path / "a.flac"
    sf.write(path, NOISE, RATE)
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 3_000] = b"\0" * 3_000
    path.write_bytes(content)
    assert audio.probe(path).truncated
    samples, _ = audio.read(path)
    assert len(samples) == len(NOISE)
    for part in (slice(0, RATE), slice(-RATE // 2, None)):
        np.testing.assert_allclose(samples[part], NOISE[part], atol=1 / 32_768)


def test_a_file_that_changes_is_looked_at_again(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    for rate in (8_000, 16_000, 48_000):  # same size, within one tick of the clock
        audio.write_wav(path, NOISE[:100], rate)
        assert audio.probe(path).sample_rate_hz == rate


# --- writing --------------------------------------------------------------------------------------


def test_full_disk(tmp_path: Path) -> None:
    script = (
        "import resource, signal, sys; import numpy as np\n"
        "from micfp import audio; from micfp.errors import MicfpError\n"
        "audio.write_wav(sys.argv[1], np.zeros(50_000), 16_000)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
        "for act in (lambda: audio.write_wav(sys.argv[2], np.zeros(50_000), 16_000),\n"
        "            lambda: audio.copy_wav(sys.argv[1], sys.argv[2], 0, 50_000)):\n"
        "    try: act()\n"
        "    except MicfpError as error: print(error)\n"
    )
    source, target = tmp_path / "source.wav", tmp_path / "target.wav"
    target.write_bytes(b"what was there")
    done = subprocess.run(
        [sys.executable, "-c", script, source, target], capture_output=True, check=True
    )
    sentences = done.stdout.decode().splitlines()
    assert len(sentences) == 2
    for sentence in sentences:
        assert "target.wav: cannot be written (File too large); make room" in sentence
    assert sorted(tmp_path.iterdir()) == [source, target]
    assert target.read_bytes() == b"what was there"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
def test_no_room_on_the_device(tmp_path: Path, monkeypatch: Any) -> None:
    from micfp.audio import wav as audio_wav

    def full(*_: Any) -> Any:
        return Path("/dev/full").open("wb")

    monkeypatch.setattr(audio_wav, "open", full, raising=False)
    with pytest.raises(MicfpError, match=r"a\.wav: cannot be written \(No space left on device\)"):
        audio.write_wav(tmp_path / "a.wav", NOISE, RATE)
    assert list(tmp_path.iterdir()) == []


def test_no_place_to_write(tmp_path: Path) -> None:
    with pytest.raises(MicfpError, match=r"no folder/a\.wav: cannot be written \(No such file"):
        audio.write_wav(tmp_path / "no folder" / "a.wav", NOISE, RATE)
    with pytest.raises(MicfpError, match="is not a file"):
        audio.write_wav(tmp_path, NOISE, RATE)
    with pytest.raises(MicfpError, match="/dev/full: is not a file"):
        audio.write_wav("/dev/full", NOISE, RATE)


def test_a_copy_over_itself(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    audio.write_wav(path, NOISE, RATE)
    expected = audio.read(path, 100, 300)[0]
    audio.copy_wav(path, path, 100, 300)
    np.testing.assert_array_equal(audio.read(path)[0], expected)


def test_open_files_do_not_pile_up(tmp_path: Path) -> None:
    path, bad = tmp_path / "a.wav", tmp_path / "bad.wav"
    audio.write_wav(path, NOISE, RATE)
    bad.write_bytes(b"no sound" * 100)
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(20):
        next(audio.blocks(path, 10))
        with pytest.raises(MicfpError):
            audio.probe(bad)
    assert len(os.listdir("/proc/self/fd")) <= before + 1
