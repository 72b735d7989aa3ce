"""micfp.audio against soundfile, librosa and pydub, and against what went into real encoders."""

import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf
from encoded import encode

from micfp import audio
from micfp.audio import decoding, writing
from micfp.errors import MicfpError

RATE = 16_000


def _speechlike(n_samples: int, rate: int, n_channels: int = 1) -> Any:
    """Float32 (n, channels): a rising tone, pulsing, in a little noise; never twice the same."""
    rng = np.random.default_rng(1)
    t = np.arange(n_samples)[:, None] / rate
    tone = 0.4 * np.sin(2 * np.pi * (200 + 100 * t) * t) * (0.6 + 0.4 * np.sin(6 * t))
    return (tone + 0.01 * rng.standard_normal((n_samples, n_channels))).astype(np.float32)


def _delay(decoded: Any, original: Any) -> int:
    """Samples by which `decoded` is late, from the peak of the cross-correlation."""
    n = min(len(decoded), len(original))
    size = 2 * n
    spectrum = np.fft.rfft(decoded[:n], size) * np.conj(np.fft.rfft(original[:n], size))
    lag = int(np.argmax(np.fft.irfft(spectrum)))
    return lag if lag < n else lag - size


# --- WAV and its kin ------------------------------------------------------------------------------

WAV_FORMS = [
    ("WAV", "PCM_U8", "pcm_u8"),
    ("WAV", "PCM_16", "pcm_s16"),
    ("WAV", "PCM_24", "pcm_s24"),
    ("WAV", "PCM_32", "pcm_s32"),
    ("WAV", "FLOAT", "float32"),
    ("WAV", "DOUBLE", "float64"),
    ("WAV", "ALAW", "alaw"),
    ("WAV", "ULAW", "mulaw"),
    ("WAVEX", "PCM_24", "pcm_s24"),
    ("RF64", "PCM_16", "pcm_s16"),
    ("W64", "PCM_24", "pcm_s24"),
    ("AIFF", "PCM_16", "pcm_s16"),
    ("FLAC", "PCM_16", "flac_s16"),
    ("FLAC", "PCM_24", "flac_s24"),
    ("OGG", "VORBIS", "vorbis"),
    ("MP3", "MPEG_LAYER_III", "mp3"),
]


@pytest.mark.parametrize(("container", "subtype", "codec"), WAV_FORMS)
@pytest.mark.parametrize("n_channels", [1, 2])
def test_probe_and_read_agree_with_soundfile(
    tmp_path: Path, container: str, subtype: str, codec: str, n_channels: int
) -> None:
    path = tmp_path / "übung 1 (kopie).dat"  # the name tells nothing
    sf.write(path, _speechlike(5_000, RATE, n_channels), RATE, subtype, format=container)
    expected = sf.read(path, dtype="float32", always_2d=True)[0]

    info = audio.probe(path)
    assert info == audio.AudioInfo(str(path), RATE, 5_000, n_channels, codec, truncated=False)
    for channel in range(n_channels):
        samples, rate = audio.read(path, channel=channel)
        assert samples.dtype == np.float32
        assert rate == RATE
        np.testing.assert_array_equal(samples, expected[:, channel])
    np.testing.assert_array_equal(audio.read(path, 1_000, 4_321)[0].shape, (3_321,))
    np.testing.assert_allclose(
        audio.read(path, 1_000, 4_321)[0], expected[1_000:4_321].mean(axis=1), atol=1e-6
    )
    parts = list(audio.blocks(path, 700, 1_000, 4_321))
    assert [len(part) for part in parts] == [700, 700, 700, 700, 521]  # 3 321 samples
    np.testing.assert_allclose(np.concatenate(parts), audio.read(path, 1_000, 4_321)[0], atol=1e-6)


@pytest.mark.parametrize("rate", [8_000, 11_025, 44_100, 96_000, 192_000])
def test_rates(tmp_path: Path, rate: int) -> None:
    path = tmp_path / "a.wav"
    audio.write_wav(path, _speechlike(1_000, rate)[:, 0], rate)
    assert audio.probe(path).sample_rate_hz == rate
    assert audio.read(path)[1] == rate


def test_mean_of_channels_is_librosas_mono(tmp_path: Path) -> None:
    import librosa

    path = tmp_path / "stereo.wav"
    sf.write(path, _speechlike(4_000, RATE, 2), RATE, "PCM_16")
    expected, _ = librosa.load(path, sr=None, mono=True)
    np.testing.assert_array_equal(audio.read(path)[0], expected)


@pytest.mark.parametrize(
    ("from_hz", "to_hz"), [(44_100, 16_000), (8_000, 22_050), (48_000, 16_000)]
)
def test_resample_is_librosas(tmp_path: Path, from_hz: int, to_hz: int) -> None:
    import librosa

    path = tmp_path / "a.wav"
    audio.write_wav(path, _speechlike(10_007, from_hz)[:, 0], from_hz, "FLOAT")
    expected, _ = librosa.load(path, sr=to_hz)
    samples, rate = audio.read(path)
    changed = audio.resample(samples, rate, to_hz)
    assert len(changed) == -(-10_007 * to_hz // from_hz)
    np.testing.assert_allclose(changed, expected, atol=1e-6)
    assert audio.resample(samples, rate, rate) is samples


def test_not_finite_samples_are_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    samples = np.array([0.5, np.nan, np.inf, -np.inf, 2.5], np.float32)
    sf.write(path, samples, RATE, "FLOAT")
    np.testing.assert_array_equal(audio.read(path)[0], samples)
    # 0.5 * 32768 = 16384; nothing; clipped up; clipped down; clipped up
    (integers,) = audio.pcm_blocks(path, 10)
    assert integers.tolist() == [16_384, 0, 32_767, -32_768, 32_767]


# --- integers as pydub's --------------------------------------------------------------------------


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32"])
def test_integers_are_pydubs(tmp_path: Path, subtype: str) -> None:
    from pydub import AudioSegment

    path = tmp_path / "a.wav"
    extremes = np.array([-1.0, 1.0, 0.0, -1e-9, 2**-23, -(2**-23)])
    sf.write(path, np.append(extremes, _speechlike(3_000, RATE)[:, 0]), RATE, subtype)
    expected = AudioSegment.from_wav(str(path))

    integers = np.concatenate(list(audio.pcm_blocks(path, 1_000)))
    assert integers.dtype == np.int32
    assert integers.tolist() == expected.get_array_of_samples().tolist()
    assert audio.full_scale(audio.probe(path)) == expected.max_possible_amplitude
    part = np.concatenate(list(audio.pcm_blocks(path, 100, 50, 777)))
    np.testing.assert_array_equal(part, integers[50:777])


def test_integers_of_a_channel_are_pydubs_and_of_the_mean_are_rounded(tmp_path: Path) -> None:
    from pydub import AudioSegment

    path = tmp_path / "stereo.wav"
    stereo = np.array([[3, 6], [-3, -6], [32_767, 32_767], [1, 3]], np.int16)
    sf.write(path, stereo, RATE, "PCM_16")
    for index, segment in enumerate(AudioSegment.from_wav(str(path)).split_to_mono()):
        (integers,) = audio.pcm_blocks(path, 10, channel=index)
        assert integers.tolist() == segment.get_array_of_samples().tolist()
    (mean,) = audio.pcm_blocks(path, 10)
    assert mean.tolist() == [4, -4, 32_767, 2]  # 4.5 and -4.5 round to the even neighbour


def test_lossless_files_give_the_same_integers_as_wav(tmp_path: Path) -> None:
    samples = _speechlike(3_000, RATE)[:, 0]
    for subtype in ("PCM_16", "PCM_24"):
        sf.write(tmp_path / "a.wav", samples, RATE, subtype)
        sf.write(tmp_path / "a.flac", sf.read(tmp_path / "a.wav", dtype="int32")[0], RATE, subtype)
        (wav,) = audio.pcm_blocks(tmp_path / "a.wav", 5_000)
        (flac,) = audio.pcm_blocks(tmp_path / "a.flac", 5_000)
        np.testing.assert_array_equal(flac, wav)


def test_real_recordings(shared_data: Path) -> None:
    from pydub import AudioSegment

    path = sorted((shared_data / "ccnu_mobile").glob("*.wav"))[0]
    np.testing.assert_array_equal(audio.read(path)[0], sf.read(path, dtype="float32")[0])
    integers = np.concatenate(list(audio.pcm_blocks(path, 50_000)))
    expected = AudioSegment.from_wav(str(path))
    np.testing.assert_array_equal(integers, np.array(expected.get_array_of_samples()))
    for folder in ("micirp", "speech", "music", "noise", "rooms"):
        for found in sorted((shared_data / folder).rglob("*.*"))[:3]:
            if found.suffix in (".wav", ".flac", ".ogg"):
                assert not audio.probe(found).truncated
                expected_frames = sf.info(found).frames
                assert sum(map(len, audio.blocks(found, 1 << 16))) == expected_frames


# --- lossy and packed files -----------------------------------------------------------------------

# codec, rate, container, samples too many at the end, samples late
# What the containers do not say stays: ADTS AAC and raw AMR have no place for the encoder's delay
# and padding; Matroska has none for AAC's padding; MP4 rounds the length to 1 ms (44 samples).
ENCODED = [
    ("aac", 44_100, "mp4", (-44, 44), 0),
    ("aac", 44_100, "matroska", (0, 1_023), 0),
    ("aac", 44_100, "adts", (1_024, 2_047), 1_024),
    ("libmp3lame", 44_100, "mp3", (0, 0), 0),
    ("libopus", 48_000, "ogg", (0, 0), 0),
    ("libopus", 48_000, "webm", (0, 0), 0),
    ("alac", 44_100, "mp4", (0, 0), 0),
    ("flac", 44_100, "matroska", (0, 0), 0),
    ("pcm_s16le", 44_100, "matroska", (0, 0), 0),
    ("libopencore_amrnb", 8_000, "amr", (0, 319), 40),
    ("libopencore_amrnb", 8_000, "3gp", (-8, 8), -10),
]


@pytest.mark.parametrize(("codec", "rate", "container", "too_many", "late"), ENCODED)
def test_encoded_files_line_up_with_what_went_in(
    tmp_path: Path, codec: str, rate: int, container: str, too_many: tuple[int, int], late: int
) -> None:
    original = _speechlike(3 * rate + 137, rate)
    path = tmp_path / "sound"
    encode(path, original, codec, rate, container)

    info = audio.probe(path)
    assert (info.sample_rate_hz, info.n_channels, info.truncated) == (rate, 1, False)
    assert too_many[0] <= info.n_samples - len(original) <= too_many[1]
    samples, _ = audio.read(path)
    assert len(samples) == info.n_samples
    # AMR shifts the phase a little
    assert abs(_delay(samples, original[:, 0]) - late) <= (3 if "amr" in codec else 0)
    if codec in ("alac", "flac", "pcm_s16le"):
        np.testing.assert_allclose(samples, original[:, 0], atol=1 / 32_768)
    # A range is the same sound as that part of the whole.
    start = 2 * rate + 11
    part, _ = audio.read(path, start, start + 5_000)
    whole = samples[start : start + 5_000]
    assert len(part) == 5_000
    assert np.abs(part - whole).max() < 0.05
    assert np.corrcoef(part, whole)[0, 1] > 0.99


@pytest.mark.parametrize("n_channels", [1, 2])
@pytest.mark.parametrize("container", ["webm", "mp4"])
def test_opus_of_a_low_bit_rate_is_what_libsndfile_hears(
    tmp_path: Path, container: str, n_channels: int, shared_data: Path
) -> None:
    """The same packets in Ogg, which libsndfile decodes with libopus."""
    speech, rate = sf.read(sorted((shared_data / "speech").glob("*.flac"))[0], dtype="float32")
    original = np.repeat(audio.resample(speech, rate, 48_000)[:, None], n_channels, axis=1)
    for name in ("ogg", container):
        encode(tmp_path / name, original, "libopus", 48_000, name, bit_s=12_000)
    heard, _ = audio.read(tmp_path / container)
    expected, _ = sf.read(tmp_path / "ogg", dtype="float32", always_2d=True)
    n = min(len(heard), len(expected))
    assert n >= len(original) - 960
    np.testing.assert_allclose(heard[:n], expected[:n].mean(axis=1), atol=1e-4)


def test_codecs_have_names(tmp_path: Path) -> None:
    encode(tmp_path / "a", _speechlike(8_000, 44_100), "aac", 44_100, "mp4")
    assert audio.probe(tmp_path / "a").codec == "aac"
    assert audio.full_scale(audio.probe(tmp_path / "a")) == 32_768
    encode(tmp_path / "b", _speechlike(8_000, 8_000), "libopencore_amrnb", 8_000, "amr")
    assert audio.probe(tmp_path / "b").codec == "amr_nb"


@pytest.mark.parametrize("container", ["mp4", "matroska"])
def test_audio_track_of_a_video(tmp_path: Path, container: str) -> None:
    original = _speechlike(44_100, 44_100, 2)
    path = tmp_path / "film.mp4"
    encode(path, original, "aac", 44_100, container, video=True)
    assert audio.probe(path).n_channels == 2
    assert _delay(audio.read(path, channel=1)[0], original[:, 1]) == 0
    (integers,) = audio.pcm_blocks(path, 1 << 20, channel=1)
    np.testing.assert_allclose(integers / 32_768, audio.read(path, channel=1)[0], atol=2e-5)


@pytest.mark.parametrize("tagged", [True, False])
def test_mp3_with_variable_bit_rate(tmp_path: Path, tagged: bool) -> None:
    """Without a length tag libsndfile guesses it; and it loses its place when read in blocks."""
    rng = np.random.default_rng(0)
    loud = np.repeat([0.001, 0.2], 44_100 * 2)[:, None] * rng.standard_normal((44_100 * 4, 1))
    path = tmp_path / "a.mp3"
    muxer = {} if tagged else {"write_xing": "0", "id3v2_version": "0"}
    encode(path, loud.astype(np.float32), "libmp3lame", 44_100, "mp3", vbr=True, muxer=muxer)
    # 4 s; untagged, the encoder's delay and padding stay: up to 3 frames of 1152
    assert 0 <= audio.probe(path).n_samples - len(loud) <= (0 if tagged else 3 * 1_152)
    whole, _ = audio.read(path)
    assert _delay(whole, loud[:, 0]) == (0 if tagged else 1_105)
    np.testing.assert_allclose(np.concatenate(list(audio.blocks(path, 1_000))), whole, atol=1e-5)
    for start in (30_001, 100_000, 150_000):
        part, _ = audio.read(path, start, start + 8_000)
        np.testing.assert_allclose(part, whole[start : start + 8_000], atol=1e-5)


# --- ranges ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.wav", "a.ogg", "a.mka"])
def test_many_ranges_in_one_pass(tmp_path: Path, name: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(decoding, "BLOCK_SAMPLES", 1_000)
    path = tmp_path / name
    if name == "a.mka":
        encode(path, _speechlike(20_000, RATE), "aac", RATE, "matroska")
    else:
        sf.write(path, _speechlike(20_000, RATE), RATE)
    whole = np.concatenate(list(audio.blocks(path, 4_096)))
    ranges = [(5, 17), (10, 4_500), (10, 12), (4_000, 4_200), (4_100, 9_000), (15_000, 20_000)]
    for (start, stop), samples in zip(ranges, audio.read_ranges(path, ranges), strict=True):
        np.testing.assert_array_equal(samples, whole[start:stop])
    assert list(audio.read_ranges(path, [])) == []
    with pytest.raises(MicfpError, match="order of their starts"):
        list(audio.read_ranges(path, [(5, 9), (4, 9)]))


@pytest.mark.parametrize(("start", "stop"), [(-1, 5), (0, 101), (7, 6), (101, 101)])
@pytest.mark.parametrize("reader", [audio.read, lambda p, a, b: audio.blocks(p, 10, a, b)])
def test_range_outside(tmp_path: Path, start: int, stop: int, reader: Callable[..., Any]) -> None:
    path = tmp_path / "a.wav"
    audio.write_wav(path, np.zeros(100), RATE)
    with pytest.raises(MicfpError, match=rf"a\.wav: samples {start} to {stop} .* it has 100"):
        reader(path, start, stop)
    assert len(audio.read(path, 100, 100)[0]) == 0


def test_channel_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sf.write(path, np.zeros((9, 2)), RATE)
    for reader in (audio.blocks, audio.pcm_blocks):
        with pytest.raises(MicfpError, match=r"a\.wav: channel 2 .* it has 2"):
            reader(path, 5, channel=2)
        with pytest.raises(MicfpError, match=r"channel -1"):
            reader(path, 5, channel=-1)


# --- writing --------------------------------------------------------------------------------------


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
@pytest.mark.parametrize("n_channels", [1, 3])
def test_written_files_read_back(tmp_path: Path, subtype: str, n_channels: int) -> None:
    path = tmp_path / "a.wav"
    samples = _speechlike(1_001, RATE, n_channels)  # odd: 8 bit needs the byte of padding
    samples[0], samples[1] = 1.5, -1.5
    audio.write_wav(path, samples if n_channels > 1 else samples[:, 0], RATE, subtype)
    back = sf.read(path, always_2d=True)[0]
    bits = {"PCM_U8": 8, "PCM_16": 16, "PCM_24": 24, "PCM_32": 32}.get(subtype)
    if bits:
        top = 1 - 2.0 ** (1 - bits)
        assert np.abs(back - samples.astype(float).clip(-1, top)).max() <= 2.0**-bits  # half a step
    else:
        np.testing.assert_array_equal(back, samples)
    assert sf.info(path).subtype == subtype
    assert path.stat().st_size % 2 == 0
    assert not audio.probe(path).truncated
    first = path.read_bytes()
    audio.write_wav(path, back if n_channels > 1 else back[:, 0], RATE, subtype)
    assert path.read_bytes() == first
    assert list(tmp_path.iterdir()) == [path]


def test_writing_what_no_file_can_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with pytest.raises(MicfpError, match="not a number"):
        audio.write_wav(path, np.array([0.0, np.nan]), RATE)
    with pytest.raises(MicfpError, match="shape \\(0,\\)"):
        audio.write_wav(path, np.zeros(0), RATE)
    with pytest.raises(MicfpError, match="int16 samples"):
        audio.write_wav(path, np.zeros(5, np.int16), RATE)
    with pytest.raises(MicfpError, match="'PCM_12' is not known; use one of PCM_U8"):
        audio.write_wav(path, np.zeros(5), RATE, "PCM_12")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("container", "subtype", "codec"), WAV_FORMS)
def test_copies_keep_every_sample(
    tmp_path: Path, container: str, subtype: str, codec: str, monkeypatch: Any
) -> None:
    monkeypatch.setattr(writing, "BLOCK_SAMPLES", 500)
    source, target, again = tmp_path / "source", tmp_path / "target", tmp_path / "again"
    sf.write(source, _speechlike(3_000, RATE, 2), RATE, subtype, format=container)
    audio.copy_wav(source, target, 101, 2_002)
    expected = sf.read(source, start=101, stop=2_002)[0]
    if codec == "mp3":  # soundfile's own seek is not exact
        expected = sf.read(source)[0][101:2_002]
    np.testing.assert_allclose(sf.read(target)[0], expected, rtol=0, atol=1e-7)
    if codec not in ("mp3", "vorbis"):
        np.testing.assert_array_equal(sf.read(target)[0], expected)
        assert sf.info(target).subtype == subtype
    else:
        assert sf.info(target).subtype == "FLOAT"
    audio.copy_wav(source, again, 101, 2_002)
    assert again.read_bytes() == target.read_bytes()


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_copies_of_wav_are_the_same_bytes(tmp_path: Path, subtype: str) -> None:
    source, target = tmp_path / "source.wav", tmp_path / "target.wav"
    samples = _speechlike(3_000, RATE)[:, 0]
    samples[150] = np.nan if subtype in ("FLOAT", "DOUBLE") else 0
    sf.write(source, samples, RATE, subtype)
    audio.copy_wav(source, target, 100, 200)

    def data(path: Path) -> bytes:
        found = path.read_bytes()
        at = found.index(b"data")
        (size,) = struct.unpack("<I", found[at + 4 : at + 8])
        return found[at + 8 : at + 8 + size]

    width = len(data(source)) // 3_000
    assert data(target) == data(source)[100 * width : 200 * width]
    with pytest.raises(MicfpError, match="samples 5 to 5 are none"):
        audio.copy_wav(source, target, 5, 5)
    with pytest.raises(MicfpError, match="it has 3000"):
        audio.copy_wav(source, target, 0, 3_001)


# --- size, memory, speed --------------------------------------------------------------------------


def _sparse(path: Path, container: str, n_samples: int) -> None:
    """A 16 bit mono file over a hole, the last sample 16384."""
    data = 2 * n_samples
    fmt = struct.pack("<HHIIHH", 1, 1, 44_100, 88_200, 2, 16)
    if container == "RF64":
        head = struct.pack(
            "<4sI4s4sIQQQI",
            b"RF64",
            0xFFFFFFFF,
            b"WAVE",
            b"ds64",
            28,
            data + 72,
            data,
            n_samples,
            0,
        )
        head += struct.pack("<4sI", b"fmt ", 16) + fmt + struct.pack("<4sI", b"data", 0xFFFFFFFF)
    else:
        guid = bytes.fromhex("f3acd3118cd100c04f8edb8a")
        head = b"riff" + bytes.fromhex("2e91cf11a5d628db04c10000") + struct.pack("<Q", data + 104)
        head += b"wave" + guid + b"fmt " + guid + struct.pack("<Q", 40) + fmt
        head += b"data" + guid + struct.pack("<Q", data + 24)
    with path.open("wb") as file:
        file.write(head)
        file.truncate(len(head) + data - 2)
        file.seek(0, 2)
        file.write(struct.pack("<h", 16_384))


@pytest.mark.parametrize("container", ["RF64", "W64"])
def test_files_over_4_gib(tmp_path: Path, container: str) -> None:
    n_samples = 2_200_000_001  # 4.4 GB; 13.9 hours
    path = tmp_path / "long"
    _sparse(path, container, n_samples)
    assert audio.probe(path) == audio.AudioInfo(
        str(path), 44_100, n_samples, 1, "pcm_s16", truncated=False
    )
    assert audio.read(path, n_samples - 3)[0].tolist() == [0.0, 0.0, 0.5]
    audio.copy_wav(path, tmp_path / "end.wav", n_samples - 3, n_samples)
    assert audio.read(tmp_path / "end.wav")[0].tolist() == [0.0, 0.0, 0.5]
    with path.open("r+b") as file:
        file.truncate(3_000_000_000)
    assert audio.probe(path).truncated
    assert 1_499_999_900 < audio.probe(path).n_samples < 1_500_000_000


def test_header_of_files_over_4_gib() -> None:
    from micfp.audio.wav import wav_fmt, wav_head

    n_samples = 1_500_000_000
    head = wav_head(wav_fmt("PCM_24", 1, 44_100), n_samples, 3 * n_samples)
    assert head[:4] == b"RF64"
    assert struct.unpack("<Q", head[20:28])[0] == len(head) - 8 + 3 * n_samples
    assert struct.unpack("<QQ", head[28:44]) == (3 * n_samples, n_samples)
    assert wav_head(wav_fmt("PCM_24", 1, 44_100), 10, 30)[:4] == b"RIFF"


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    """Two hours at 44.1 kHz are 635 MB as 16 bit and 1.3 GB as float32; 40 MB may be needed."""
    script = (
        "import resource, sys\n"
        "from micfp import audio\n"
        "for name in sys.argv[1:]:\n"
        "    n = sum(len(b) for b in audio.blocks(name, 1 << 18))\n"
        "    n += sum(len(b) for b in audio.pcm_blocks(name, 1 << 18, n - 44100))\n"
        "    audio.copy_wav(name, name + '.copy', 0, 44100)\n"
        "    print(n, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
    )
    short, long = tmp_path / "short", tmp_path / "long"
    _sparse(short, "RF64", 60 * 44_100)
    _sparse(long, "RF64", 7_200 * 44_100)
    done = subprocess.run(
        [sys.executable, "-c", script, str(short), str(long)], capture_output=True, check=True
    )
    (n_short, kb_short), (n_long, kb_long) = (
        map(int, line.split()) for line in done.stdout.decode().splitlines()
    )
    assert (n_short, n_long) == (61 * 44_100, 7_201 * 44_100)
    assert kb_long - kb_short < 40_000


def test_import_is_cheap() -> None:
    code = "import sys; from micfp import audio; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    assert not {b"av", b"soxr", b"scipy", b"librosa", b"pandas"} & set(loaded.split())
