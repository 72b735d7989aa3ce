"""Codecs: what is left of a recording once it was really encoded and decoded.

MP3 (LAME), AAC (FFmpeg), Opus (libopus) and AMR-NB (OpenCORE) by PyAV; Vorbis, G.711 and GSM 6.10
by libsndfile. The delay of encoder and decoder is taken off and the length kept. A sample rate that
a codec does not have goes to one that it has, and back.
"""

import io
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np

from micfp.audio import Float32, resample
from micfp.audio.ffmpeg import opus_decoder
from micfp.config.degrade import MP3_KBIT_S
from micfp.degrade.bands import back_at
from micfp.errors import MicfpError

MP3_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# LAME's encoder looks 576 samples ahead; every decoder is 528 and one behind (LAME technical FAQ).
MP3_DELAY_SAMPLES = 576 + 528 + 1
AAC_RATES_HZ = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
# One frame: a transform reaches back over the frame before it.
AAC_DELAY_SAMPLES = 1024
OPUS_HZ = 48000
# The header names libopus' look-ahead of 6.5 ms (RFC 7845, pre-skip), and the decoder skips it.
OPUS_DELAY_SAMPLES = 0
TELEPHONE_HZ = 8000
# The encoder looks 5 ms ahead (3GPP TS 26.090, 4.4.1).
AMR_DELAY_SAMPLES = 40
_BLOCK_SAMPLES = 1 << 16
_BISECTIONS = 8


def mp3(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as MP3 (LAME, constant bit rate, one channel) and decode again (FFmpeg).

    LAME itself turns the level down: by 0.45 dB up to 160 kbit/s, not at all from 256 on.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0. One that MP3 does not have goes to the next higher one that it has,
            or to 48 kHz, and back.
        kbit_s: bit rate in kbit/s, one of MP3's at that rate: 32 to 320 from 32 kHz on, 8 to 160
            from 16 kHz on, 8 to 64 below.

    Returns:
        float32 (n,), lined up with `samples`: the delay of encoder and decoder is taken off.

    Raises:
        MicfpError: a bit rate that MP3 does not have at that rate.
    """
    rate_hz = _rate_that_it_has(sample_rate_hz, MP3_RATES_HZ)
    known = _bit_rates(rate_hz)
    if kbit_s not in known:
        raise MicfpError(
            f"MP3 at {rate_hz} Hz has no bit rate of {kbit_s} kbit/s; "
            f"use one of {', '.join(map(str, known))}"
        )
    sent = resample(samples, sample_rate_hz, rate_hz)
    stream = mp3_frames(sent, rate_hz, kbit_s)
    received = _decoded(stream, _decoder("mp3float", rate_hz), len(sent), MP3_DELAY_SAMPLES)
    return back_at(received, rate_hz, sample_rate_hz, samples)


def aac(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as AAC-LC (FFmpeg's encoder, one channel) and decode again.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; as of `mp3`.
        kbit_s: bit rate in kbit/s, which the encoder aims at; of the least and the greatest it
            takes more and less.

    Returns:
        float32 (n,), lined up with `samples`.

    Raises:
        MicfpError: more than the 6144 bits that a frame of one channel may have (ISO/IEC 14496-3).
    """
    rate_hz = _rate_that_it_has(sample_rate_hz, AAC_RATES_HZ)
    most = 6 * rate_hz // 1000
    if kbit_s > most:
        raise MicfpError(
            f"AAC at {rate_hz} Hz has no bit rate of {kbit_s} kbit/s; use {most} or less"
        )
    sent = resample(samples, sample_rate_hz, rate_hz)
    stream, header = _encoded(_ahead(sent), rate_hz, "aac", kbit_s * 1000)
    received = _decoded(stream, _decoder("aac", rate_hz, header), len(sent), AAC_DELAY_SAMPLES)
    return back_at(received, rate_hz, sample_rate_hz, samples)


def opus(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as Opus (libopus, for audio, variable bit rate, frames of 20 ms) and decode again.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: > 0; by way of the codec's 48 kHz.
        kbit_s: bit rate in kbit/s, which the encoder keeps to on average; the fewer, the narrower
            the band that it sends.

    Returns:
        float32 (n,), lined up with `samples`; of low bit rates, whose lower bands are coded at
        16 kHz, within 0.05 ms, as libopus leaves them.
    """
    sent = resample(samples, sample_rate_hz, OPUS_HZ)
    stream, header = _encoded(_ahead(sent), OPUS_HZ, "libopus", kbit_s * 1000)
    decoder = opus_decoder(OPUS_HZ, "mono", header)
    received = _decoded(stream, decoder, len(sent), OPUS_DELAY_SAMPLES)
    return back_at(received, OPUS_HZ, sample_rate_hz, samples)


def amr_nb(samples: Float32, sample_rate_hz: int, kbit_s: float) -> Float32:
    """Encode as AMR-NB (OpenCORE) at 8 kHz, and decode again: mobile telephones.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off, the codec has 16 bits.
        sample_rate_hz: > 0.
        kbit_s: one of the codec's modes, 4.75 to 12.2.

    Returns:
        float32 (n,), lined up with `samples`; nothing above 4 kHz.
    """
    sent = resample(samples, sample_rate_hz, TELEPHONE_HZ)
    stream, _ = _encoded(_ahead(sent), TELEPHONE_HZ, "libopencore_amrnb", round(kbit_s * 1000))
    received = _decoded(stream, _decoder("amrnb", TELEPHONE_HZ), len(sent), AMR_DELAY_SAMPLES)
    return back_at(received, TELEPHONE_HZ, sample_rate_hz, samples)


def g711(samples: Float32, sample_rate_hz: int, law: Literal["a", "mu"]) -> Float32:
    """G.711 at 8 kHz: eight bits a sample on a logarithmic scale; digital telephone lines.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off.
        sample_rate_hz: > 0.
        law: "a" in Europe, "mu" in North America and Japan.

    Returns:
        float32 (n,), lined up with `samples`; nothing above 4 kHz.
    """
    sent = resample(samples, sample_rate_hz, TELEPHONE_HZ)
    received = _through_file(sent, TELEPHONE_HZ, "WAV", {"a": "ALAW", "mu": "ULAW"}[law])
    return back_at(received, TELEPHONE_HZ, sample_rate_hz, samples)


def gsm(samples: Float32, sample_rate_hz: int) -> Float32:
    """GSM 6.10 full rate (13 kbit/s) at 8 kHz: the first mobile telephones.

    Args:
        samples: float32 (n,), finite; beyond full scale they are cut off.
        sample_rate_hz: > 0.

    Returns:
        float32 (n,), lined up with `samples`; nothing above 4 kHz.
    """
    sent = resample(samples, sample_rate_hz, TELEPHONE_HZ)
    received = _through_file(sent, TELEPHONE_HZ, "WAV", "GSM610")
    return back_at(received, TELEPHONE_HZ, sample_rate_hz, samples)


def vorbis(samples: Float32, sample_rate_hz: int, kbit_s: int) -> Float32:
    """Encode as Ogg Vorbis and decode again.

    The codec knows qualities and no bit rates: the quality is looked for that comes nearest to the
    bit rate for these samples. Where even the best or worst does not reach it, that is taken.

    Args:
        samples: float32 (n,), finite.
        sample_rate_hz: 8000 to 192000; lower ones go to 8 kHz and back.
        kbit_s: mean bit rate in kbit/s of all packets of sound.

    Returns:
        float32 (n,), lined up with `samples`.
    """
    rate_hz = max(sample_rate_hz, TELEPHONE_HZ)
    sent = resample(samples, sample_rate_hz, rate_hz)
    received = _read_whole(vorbis_file(sent, rate_hz, kbit_s), len(sent))
    return back_at(received, rate_hz, sample_rate_hz, samples)


def vorbis_file(samples: Float32, sample_rate_hz: int, kbit_s: int) -> bytes:
    """An Ogg Vorbis file of float32 (n,) samples, as `vorbis` encodes them."""
    header = len(_written(samples[:0], sample_rate_hz, "OGG", "VORBIS", 0.5))
    wanted = header + kbit_s * 1000 / 8 * len(samples) / sample_rate_hz
    best, worst = 0.0, 1.0  # compression levels: the higher, the smaller
    files = {
        level: _written(samples, sample_rate_hz, "OGG", "VORBIS", level) for level in (best, worst)
    }
    for _ in range(_BISECTIONS):
        level = (best + worst) / 2
        files[level] = _written(samples, sample_rate_hz, "OGG", "VORBIS", level)
        if len(files[level]) > wanted:
            best = level
        else:
            worst = level
    return min(files.values(), key=lambda file: abs(len(file) - wanted))


def mp3_frames(samples: Float32, sample_rate_hz: int, kbit_s: int) -> list[bytes]:
    """Frames of an MP3 stream, as `mp3` encodes them; the rate is one of MP3_RATES_HZ."""
    return _encoded(samples, sample_rate_hz, "libmp3lame", kbit_s * 1000)[0]


def _ahead(samples: Float32) -> Float32:
    """Samples with silence after them, for an encoder that looks ahead."""
    return np.pad(samples, (0, 2 * AAC_DELAY_SAMPLES))


def _encoded(
    samples: Float32, sample_rate_hz: int, encoder_name: str, bit_s: int
) -> tuple[list[bytes], bytes | None]:
    """Packets of a stream, and what its decoder must know before them."""
    import av

    encoder: Any = av.CodecContext.create(encoder_name, "w")
    encoder.sample_rate, encoder.bit_rate = sample_rate_hz, bit_s
    encoder.layout = "mono"
    encoder.format = "s16" if encoder_name == "libopencore_amrnb" else _format_of(encoder)
    packets: list[bytes] = []
    for start in range(0, len(samples), _BLOCK_SAMPLES):
        block = np.ascontiguousarray(samples[None, start : start + _BLOCK_SAMPLES])
        frame: Any = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
        frame.sample_rate = sample_rate_hz
        packets += map(bytes, encoder.encode(frame))
    packets += map(bytes, encoder.encode(None))
    return [packet for packet in packets if packet], encoder.extradata


def _format_of(encoder: Any) -> str:
    """The sample format in floating point that an encoder takes."""
    names = [str(one.name) for one in encoder.codec.audio_formats]
    return "fltp" if "fltp" in names else "flt"


def _decoder(name: str, sample_rate_hz: int, header: bytes | None = None) -> Any:
    import av

    decoder: Any = av.CodecContext.create(name, "r")
    decoder.sample_rate, decoder.layout = sample_rate_hz, "mono"
    if header is not None:
        decoder.extradata = header
    return decoder


def _decoded(packets: Sequence[bytes], decoder: Any, n_samples: int, delay_samples: int) -> Float32:
    """So many samples after the delay, which bare packets do not tell the decoder."""
    received = np.zeros(delay_samples + n_samples, np.float32)
    position = 0
    for piece in _pieces(packets, decoder):
        room = received[position : position + len(piece)]
        room[:] = piece[: len(room)]
        position += len(piece)
    return received[delay_samples:]


def _pieces(packets: Sequence[bytes], decoder: Any) -> Iterator[Float32]:
    import av

    for packet in [*(av.Packet(content) for content in packets), None]:
        for frame in decoder.decode(packet):
            samples = frame.to_ndarray().reshape(-1)
            whole = samples.dtype == np.int16
            yield samples.astype(np.float32) / np.float32(32768) if whole else samples


def _through_file(samples: Float32, sample_rate_hz: int, container: str, subtype: str) -> Float32:
    """Written to a file in memory and read again, as long as before."""
    return _read_whole(
        _written(np.clip(samples, -1, 1), sample_rate_hz, container, subtype), len(samples)
    )


def _written(
    samples: Float32,
    sample_rate_hz: int,
    container: str,
    subtype: str,
    compression: float | None = None,
) -> bytes:
    import soundfile as sf

    content = io.BytesIO()
    with sf.SoundFile(
        content,
        "w",
        sample_rate_hz,
        1,
        subtype=subtype,
        format=container,
        compression_level=compression,
    ) as file:
        for start in range(0, len(samples), _BLOCK_SAMPLES):
            file.write(samples[start : start + _BLOCK_SAMPLES])
    return content.getvalue()


def _read_whole(content: bytes, n_samples: int) -> Float32:
    import soundfile as sf

    read: Float32 = sf.read(io.BytesIO(content), dtype="float32")[0][:n_samples]
    return np.pad(read, (0, n_samples - len(read)))


def _rate_that_it_has(sample_rate_hz: int, rates_hz: Sequence[int]) -> int:
    return next((rate for rate in rates_hz if rate >= sample_rate_hz), rates_hz[-1])


def _bit_rates(rate_hz: int) -> list[int]:
    """Bit rates in kbit/s of MPEG-1 (ISO/IEC 11172-3), MPEG-2 (13818-3), or 2.5 as LAME has it."""
    if rate_hz >= 32000:
        return [rate for rate in MP3_KBIT_S if rate >= 32 and rate != 144]
    return [rate for rate in MP3_KBIT_S if rate <= (160 if rate_hz >= 16000 else 64)]
