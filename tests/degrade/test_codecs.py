"""AAC, Opus, Vorbis, AMR-NB, G.711, GSM: lined up, at rate and bit rate of their files."""

import audioop
import io
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile as sf
from signals import beside, error_db, lag, voice

from micfp.audio import resample
from micfp.degrade import Sound, codec
from micfp.degrade.aac import aac
from micfp.degrade.amr_nb import AMR_NB_KBIT_S, amr_nb
from micfp.degrade.g711 import g711
from micfp.degrade.gsm import gsm
from micfp.degrade.opus import opus
from micfp.degrade.vorbis import vorbis, vorbis_file
from micfp.errors import MicfpError

WAVEFORM = {
    "aac": partial(aac, kbit_s=48),
    "opus": partial(opus, kbit_s=64),
    "vorbis": partial(vorbis, kbit_s=64),
}
TELEPHONE = {
    "g711 a": partial(g711, law="a"),
    "g711 mu": partial(g711, law="mu"),
    "gsm": gsm,
    "amr": partial(amr_nb, kbit_s=12.2),
}
ALL = WAVEFORM | TELEPHONE
RATE_HZ = {"opus": 48000, **dict.fromkeys(TELEPHONE, 8000)}  # of every file; others keep theirs
Coded = Callable[[np.ndarray, int], Sound]


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100])
@pytest.mark.parametrize("name", WAVEFORM)
def test_lined_up_to_the_sample(name: str, rate_hz: int) -> None:
    samples = voice(rate_hz)
    heard = beside(WAVEFORM[name](samples, rate_hz), samples, rate_hz)
    assert heard.dtype == np.float32
    assert lag(heard, samples) == 0
    assert -60 < error_db(heard, samples) < -10
    # one sample aside the two differ more
    assert error_db(np.roll(heard, 1), samples) > error_db(heard, samples) + 1


@pytest.mark.parametrize("rate_hz", [8000, 16000, 32000, 44100])
@pytest.mark.parametrize("name", ALL)
def test_it_ends_at_the_rate_of_its_file_and_lasts_as_long(name: str, rate_hz: int) -> None:
    heard = ALL[name](voice(rate_hz), rate_hz)
    assert heard.rate_hz == RATE_HZ.get(name, rate_hz)
    # 2 s; GSM in WAV has blocks of 40 ms, AMR frames of 20 ms
    least, most = (2.0, 2.04) if name in ("gsm", "amr") else (2.0, 2.0)
    assert least <= len(heard.samples) / heard.rate_hz <= most


@pytest.mark.parametrize("kbit_s", [24, 48])
def test_opus_of_low_bit_rates_is_late_by_its_own_resampler_alone(kbit_s: int) -> None:
    """Where libopus codes lower bands at 16 kHz, they are up to two samples of 48 kHz late."""
    samples = voice(48000)
    assert lag(opus(samples, 48000, kbit_s).samples, samples) in (-1, -2)


@pytest.mark.slow
def test_every_process_hears_the_same(shared_data: Path) -> None:
    """Of low bit rates, where a decoder fills in most."""
    code = """
import hashlib, sys
import soundfile as sf
from micfp.degrade.aac import aac
from micfp.degrade.amr_nb import amr_nb
from micfp.degrade.mp3 import mp3
from micfp.degrade.opus import opus
for path in sys.argv[1:]:
    samples, rate_hz = sf.read(path, dtype="float32")
    for coded in (aac, mp3, opus):
        heard = coded(samples, rate_hz, 12 if coded is opus else 32)
        print(coded.__name__, hashlib.sha256(heard.samples.tobytes()).hexdigest())
    print(hashlib.sha256(amr_nb(samples, rate_hz, 4.75).samples.tobytes()).hexdigest())
"""
    files = sorted((shared_data / "speech").glob("*.flac"))[:25]
    command = [sys.executable, "-c", code, *map(str, files)]
    said = {subprocess.run(command, capture_output=True, check=True).stdout for _ in range(4)}
    assert len(said) == 1
    assert said.pop().count(b"\n") == 4 * len(files)


@pytest.mark.parametrize("name", TELEPHONE)
def test_telephones_are_lined_up_on_speech(name: str, shared_data: Path) -> None:
    file = sorted((shared_data / "speech").glob("*.flac"))[0]
    samples, rate_hz = sf.read(file, dtype="float32")
    narrow = resample(samples, rate_hz, 8000)
    assert abs(lag(TELEPHONE[name](samples, rate_hz).samples[: len(narrow)], narrow)) <= 1


@pytest.mark.parametrize("kbit_s", [48, 64, 128])
def test_vorbis_is_found_at_the_bit_rate(kbit_s: int) -> None:
    samples = voice(44100, 6.0)
    header = len(vorbis_file(samples[:0], 44100, kbit_s))
    rate = 8 * (len(vorbis_file(samples, 44100, kbit_s)) - header) / 6.0 / 1000
    assert rate == pytest.approx(kbit_s, rel=0.1)
    # Fewer than its least quality takes cannot be had; that is taken.
    least = vorbis(samples, 44100, 16).samples
    np.testing.assert_array_equal(least, vorbis(samples, 44100, 17).samples)


def test_vorbis_is_what_its_file_holds() -> None:
    samples = voice(32000)
    read, rate_hz = sf.read(io.BytesIO(vorbis_file(samples, 32000, 64)), dtype="float32")
    assert rate_hz == 32000
    np.testing.assert_array_equal(vorbis(samples, 32000, 64).samples, read)


@pytest.mark.parametrize(
    ("encoder", "container", "rate_hz", "kbit_s", "tolerance"),
    [
        *[("aac", "ipod", 32000, k, 0.15) for k in (32, 64, 128)],
        *[("libopus", "opus", 48000, k, 0.25) for k in (12, 24, 64)],
    ],
)
def test_the_streams_have_the_bit_rate(
    encoder: str, container: str, rate_hz: int, kbit_s: int, tolerance: float
) -> None:
    content = codec.encoded(voice(rate_hz, 8.0), rate_hz, encoder, container, kbit_s * 1000)
    assert 8 * sum(packets(content)) / 8.0 / 1000 == pytest.approx(kbit_s, rel=tolerance)


def packets(content: bytes) -> list[int]:
    """Bytes of each packet of a file."""
    with av.open(io.BytesIO(content)) as file:
        return [packet.size for packet in file.demux(audio=0) if packet.size]


@pytest.mark.parametrize("kbit_s", AMR_NB_KBIT_S)
def test_the_modes_of_amr(kbit_s: float) -> None:
    content = codec.encoded(voice(8000), 8000, "libopencore_amrnb", "amr", round(kbit_s * 1000))
    # 3GPP TS 26.101: a frame of 20 ms in whole bytes, after one that names its mode.
    (size,) = set(packets(content))
    assert size == 1 + -(-round(kbit_s * 20) // 8)


@pytest.mark.parametrize("law", ["a", "mu"])
def test_g711_is_what_another_program_makes_of_it(law: str) -> None:
    whole = np.linspace(-32768, 32767, 20001).astype(np.int16)
    heard = g711((whole / 32768).astype(np.float32), 8000, law).samples
    short = law[-1]  # Python says ulaw
    encode, decode = (getattr(audioop, name) for name in (f"lin2{short}law", f"{short}law2lin"))
    expected = np.frombuffer(decode(encode(whole.tobytes(), 2), 2), np.int16) / 32768
    # The two round to a neighbouring step where a value lies between steps.
    assert (heard == expected.astype(np.float32)).mean() > 0.9
    # Eight segments of sixteen steps: a step is a sixteenth of the least value of its segment, to
    # which mu-law adds 132 of 32768 first; the least step of A-law is 16 of 32768.
    steps = np.maximum((np.abs(expected) + 132 / 32768) / 16, 16 / 32768)
    assert (np.abs(heard - expected) <= steps).all()
    assert len(np.unique(heard)) <= 256


def test_more_bits_leave_more() -> None:
    samples = voice(32000)
    for one in (aac, opus, vorbis):
        few, many = (
            error_db(beside(one(samples, 32000, k), samples, 32000), samples) for k in (32, 128)
        )
        assert many < few - 3


@pytest.mark.parametrize("name", TELEPHONE)
def test_beyond_full_scale_telephones_cut_off(name: str) -> None:
    loud = (3 * voice(8000) / np.abs(voice(8000)).max()).astype(np.float32)
    heard, cut = (TELEPHONE[name](x, 8000).samples for x in (loud, np.clip(loud, -1, 1)))
    np.testing.assert_allclose(heard, cut, atol=1e-3)


@pytest.mark.parametrize("name", ALL)
def test_little_and_nothing(name: str) -> None:
    for rate_hz in (8000, 44100):
        for n_samples in (1, 47, 1500):
            for samples in (voice(rate_hz)[:n_samples], np.zeros(n_samples, np.float32)):
                before = samples.copy()
                heard = ALL[name](samples, rate_hz)
                # a block of GSM has 40 ms, two frames of AMR too; the edit list of M4A counts ms
                lasts_s = len(heard.samples) / heard.rate_hz
                assert -0.001 < lasts_s - n_samples / rate_hz < 0.041
                assert np.isfinite(heard.samples).all()
                np.testing.assert_array_equal(samples, before)


@pytest.mark.parametrize("name", ALL)
def test_same_samples_same_bytes(name: str) -> None:
    samples = voice(16000)
    one, other = (ALL[name](samples, 16000) for _ in range(2))
    assert one.samples.tobytes() == other.samples.tobytes()


def test_a_bit_rate_that_aac_does_not_have() -> None:
    with pytest.raises(MicfpError, match="AAC at 8000 Hz has no bit rate of 64 kbit/s; use 48 or"):
        aac(voice(8000), 8000, 64)
