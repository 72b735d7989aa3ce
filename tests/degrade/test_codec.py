"""MP3: really encoded, lined up with the original to the sample, at the rate of its file."""

import contextlib
import io

import av
import numpy as np
import pytest
from signals import beside, error_db, lag, voice

from micfp.degrade.mp3 import MP3_KBIT_S, MP3_RATES_HZ, mp3, mp3_file
from micfp.errors import MicfpError


@pytest.mark.parametrize("rate_hz", [*MP3_RATES_HZ, 14000, 96000])
def test_it_lines_up_at_the_rate_of_its_file(rate_hz: int) -> None:
    samples = voice(rate_hz)
    file = mp3(samples, rate_hz, 64)
    assert file.rate_hz == {14000: 16000, 96000: 48000}.get(rate_hz, rate_hz)
    heard = beside(file, samples, rate_hz)
    assert heard.dtype == np.float32
    assert lag(heard, samples) == 0
    assert -40 < error_db(heard, samples) < -6  # not what it was, yet most of it


def test_it_lines_up_from_the_first_sample_to_the_last() -> None:
    samples = voice(32000)
    heard = mp3(samples, 32000, 320).samples
    for part in (slice(0, 2000), slice(-2000, None)):
        assert error_db(heard[part], samples[part]) < -25
        # one sample aside the two differ more than that
        moved = np.roll(samples, 1)[part]
        assert error_db(heard[part], moved) > error_db(heard[part], samples[part]) + 10


def test_it_is_what_another_decoder_makes_of_the_file() -> None:
    samples = voice(44100)
    with av.open(io.BytesIO(mp3_file(samples, 44100, 128))) as file:  # FFmpeg, not libsndfile
        frames = [frame.to_ndarray().reshape(-1) for frame in file.decode(audio=0)]
    np.testing.assert_allclose(mp3(samples, 44100, 128).samples, np.concatenate(frames), atol=1e-5)


def packet_bytes(content: bytes) -> int:
    with av.open(io.BytesIO(content)) as file:
        return sum(packet.size for packet in file.demux(audio=0))


@pytest.mark.parametrize(("rate_hz", "n_rates"), [(44100, 14), (16000, 14), (8000, 8)])
def test_the_stream_has_the_bit_rate(rate_hz: int, n_rates: int) -> None:
    """LAME takes the nearest in place of one that there is not: that must not pass in silence."""
    samples = voice(rate_hz, 3.0)
    had = []
    for kbit_s in MP3_KBIT_S:
        with contextlib.suppress(MicfpError):
            mp3(samples[:1], rate_hz, kbit_s)
            had.append(kbit_s)
    assert len(had) == n_rates  # ISO/IEC 11172-3 and 13818-3 have 14 each, LAME's MPEG-2.5 has 8
    for kbit_s in had:
        n_bytes = packet_bytes(mp3_file(samples, rate_hz, kbit_s))
        # up to three frames more than 3 s: the encoder's delay and its padding
        frame_s = (1152 if rate_hz >= 32000 else 576) / rate_hz
        assert 3.0 <= n_bytes * 8 / (1000 * kbit_s) <= 3.0 + 3 * frame_s


def test_more_bits_leave_more() -> None:
    samples = voice(44100)
    errors_db = [
        error_db(beside(mp3(samples, 44100, k), samples, 44100), samples)
        for k in (32, 64, 128, 320)
    ]
    assert errors_db == sorted(errors_db, reverse=True)
    assert errors_db[0] > errors_db[-1] + 15


def test_few_bits_leave_nothing_of_the_treble() -> None:
    noise = 0.1 * np.random.default_rng(0).standard_normal(88200).astype(np.float32)
    power = np.abs(np.fft.rfft(mp3(noise, 44100, 32).samples[: len(noise)])) ** 2
    kept, lost = (power[low * 2 : high * 2].mean() for low, high in ((500, 2000), (14000, 20000)))
    assert lost < 1e-6 * kept


def test_a_bit_rate_that_the_sample_rate_does_not_have() -> None:
    with pytest.raises(
        MicfpError, match=r"MP3 at 8000 Hz has no bit rate of 128 kbit/s; use .* 64"
    ):
        mp3(voice(8000), 8000, 128)
    with pytest.raises(MicfpError, match=r"MP3 at 16000 Hz has no bit rate of 192 .* 144, 160$"):
        mp3(voice(14000), 14000, 192)
    with pytest.raises(MicfpError, match=r"MP3 at 44100 Hz has no bit rate of 24 .* one of 32, 40"):
        mp3(voice(44100), 44100, 24)


def test_same_samples_same_bytes_and_no_change_of_what_went_in() -> None:
    samples = voice(16000)
    one, other = (mp3(samples, 16000, 32).samples for _ in range(2))
    assert one.tobytes() == other.tobytes()
    np.testing.assert_array_equal(samples, voice(16000))


def test_beyond_full_scale_nothing_is_cut_off() -> None:
    time_s = np.arange(44100) / 44100
    loud = (3 * np.sin(2 * np.pi * 440 * time_s)).astype(np.float32)
    assert error_db(beside(mp3(loud, 44100, 320), loud, 44100), loud) < -40


@pytest.mark.parametrize("n_samples", [1, 47, 1152, 1153])
@pytest.mark.parametrize("rate_hz", [8000, 44100, 96000])
def test_little_and_nothing(n_samples: int, rate_hz: int) -> None:
    for samples in (voice(rate_hz)[:n_samples], np.zeros(n_samples, np.float32)):
        heard = mp3(samples, rate_hz, 64).samples
        assert len(heard) >= min(n_samples * 48000 // rate_hz, n_samples)
        assert np.abs(heard).max() <= 2 * np.abs(samples).max() + 1e-6
