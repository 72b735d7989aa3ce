"""Decodes what libsndfile cannot, with FFmpeg's libraries (PyAV): M4A/AAC, AMR, Opus, MP4, MKV...

Positions count samples as they decode, from the first one that the container presents: encoder
delay is taken off as FFmpeg reads it from the container (MP4 edit list, Matroska CodecDelay, Opus
pre-skip, LAME tag), and so is what an MP4 edit list leaves out. Silence that an edit list or a
pause in the time stamps puts between samples is not put in. A stream without such a statement
(ADTS AAC, raw AMR) keeps its delay. The frames of a FLAC file carry their own numbers: where one is
damaged, silence of its length stands in its place.
"""

import ctypes
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from micfp.audio.boxes import edit_parts
from micfp.audio.container import open_container
from micfp.errors import MicfpError

# FFmpeg's own AMR decoders give nothing for frames without data (discontinuous transmission), and
# its Opus decoder makes other samples in every process.
_BETTER_DECODERS = {
    "amrnb": "libopencore_amrnb",
    "amr_nb": "libopencore_amrnb",
    "amrwb": "libopencore_amrwb",
    "amr_wb": "libopencore_amrwb",
    "opus": "libopus",
}
OPUS_RATE_HZ = 48_000  # of every Opus stream; what its header says is for information (RFC 7845)
SILENT = 1e-5  # of full scale: what codecs make of digital silence
_LAYOUTS = dict(enumerate(("mono", "stereo", "2.1", "4.0", "5.0", "5.1", "6.1", "7.1"), 1))
_PLANES_OF_PYAV = 8  # of planar frames with more channels PyAV reads memory that is not the frame's


@dataclass(frozen=True)
class Track:
    """One audio track of a file, as it decodes.

    Attributes
    ----------
    index
        Among the audio tracks, from 0.
    n_tracks
        Audio tracks of the file.
    n_samples
        Samples of one channel.
    damaged
        Parts of it could not be decoded.
    links
        Byte at which each of the recordings begins that are chained in an Ogg file.
    has_parts
        An edit list joins several parts, which are cut to whole packets.
    head
        Stands in the place of a header that was never finished.
    """

    index: int
    n_tracks: int
    sample_rate_hz: int
    n_samples: int
    n_channels: int
    codec: str
    damaged: bool
    links: tuple[int, ...] = (0,)
    has_parts: bool = False
    head: bytes = b""


def _samples(frame: Any, dtype: str) -> npt.NDArray[Any]:
    """Samples of a decoded frame, shape (n, channels): float32, or as libsndfile's integers.

    dtype: "float32", "int16", or "int32" at full scale 2**31.
    """
    n_channels = frame.layout.nb_channels
    if frame.format.is_planar and n_channels > _PLANES_OF_PYAV:
        (frame,) = _packing(frame.format.packed.name, frame.layout.name).resample(frame)
    values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(-1, n_channels)
    if values.dtype == np.uint8:
        values = (values ^ 0x80).view(np.int8)
    if dtype != "float32" and values.dtype.kind == "i":
        bits, wanted = 8 * values.dtype.itemsize, 8 * np.dtype(dtype).itemsize
        if bits > wanted:
            return np.asarray(values >> (bits - wanted), dtype)
        return np.asarray(np.left_shift(values.astype(dtype), wanted - bits), dtype)
    scale = 1 if values.dtype.kind == "f" else -float(np.iinfo(values.dtype).min)
    return np.asarray(values / scale, np.float32)


def _packing(form: str, layout: str) -> Any:
    import av

    return av.AudioResampler(format=form, layout=layout)


def opus_decoder(sample_rate_hz: int, layout: Any, header: bytes | None) -> Any:
    """Libopus, in floating point; FFmpeg's own decoder makes other samples in every process.

    Parameters
    ----------
    sample_rate_hz
        Of the decoded samples.
    layout
        Channels, as PyAV's AudioLayout or its name.
    header
        What the container or the encoder tells the decoder.
    """
    import av

    decoder: Any = av.CodecContext.create("libopus", "r")
    decoder.sample_rate, decoder.layout, decoder.extradata = sample_rate_hz, layout, header
    decoder.options = {"request_sample_fmt": "flt"}
    return decoder


def _decoder(stream: Any) -> Any:
    import av

    context = stream.codec_context
    _settle_layout(context)
    if context.codec.canonical_name == "flac":  # a frame whose sum is wrong is not given out
        context.options = {"err_detect": "crccheck+explode"}
    better = _BETTER_DECODERS.get(context.codec.canonical_name)
    if better is None or better not in _decoders():
        return context
    if better == "libopus":
        return opus_decoder(OPUS_RATE_HZ, context.layout, context.extradata)
    decoder: Any = av.CodecContext.create(better, "r")
    decoder.sample_rate, decoder.layout = context.sample_rate or 8000, "mono"
    return decoder


def _settle_layout(context: Any) -> None:
    """Give channels in an order of their own the usual layout; samples stay where they are.

    PyAV 18 copies a layout without its map of channels, and frees the map with each copy: a layout
    that was read once must never end, and frames must have none.
    """
    layout = context.layout
    if "channels (" in layout.name:  # "2 channels (FR+FL)"
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(layout))
        n_channels = layout.nb_channels
        context.layout = _LAYOUTS.get(n_channels, f"{n_channels} channels")


@cache
def _decoders() -> frozenset[str]:
    import av

    return frozenset(av.codecs_available)


def _codec_name(stream: Any) -> str:
    """Name of the codec: of PCM as libsndfile's files have it (`pcm_s16`, `float32`, `mulaw`)."""
    name = str(stream.codec_context.codec.canonical_name)
    if name == "flac":
        header = stream.codec_context.extradata or b""  # STREAMINFO (RFC 9639, 8.2)
        bits = ((header[12] & 1) << 4 | header[13] >> 4) + 1 if len(header) >= 14 else 16
        return f"flac_s{8 if bits <= 8 else 16 if bits <= 16 else 24}"
    plain = name.removeprefix("pcm_").removesuffix("le").removesuffix("be")
    known = {"f32": "float32", "f64": "float64", "mulaw": "mulaw", "alaw": "alaw"}
    if not name.startswith("pcm_"):
        return name
    return known.get(plain, f"pcm_{plain}")


class _Reader:
    """Frames of one audio track in order, each with the position of its first sample."""

    def __init__(
        self, path: str, index: int, links: tuple[int, ...] = (0,), head: bytes = b""
    ) -> None:
        self.path = path
        self.index = index
        self.links = links
        self.head = head
        self.damaged = False
        self.form: tuple[int, int] | None = None  # rate and channels, of the first frame
        self.codec = ""
        self.is_numbered = False  # frames know at which sample they begin: a FLAC file

    def frames(self) -> Iterator[tuple[int, Any]]:
        """Frames from the beginning: behind a seek decoders would make slightly other samples."""
        return self._counted(self._all(), 0)

    def _all(self) -> Iterator[Any]:
        """Frames of all links from the beginning."""
        for start, stop in pairwise((*self.links, os.path.getsize(self.path))):
            with open_container(self.path, start, stop, self.head) as container:
                self._check_codec(container.streams.audio[self.index])
                yield from self._decoded(container, container.streams.audio[self.index])

    def _decoded(self, container: Any, stream: Any) -> Iterator[Any]:
        import av

        if stream.codec_context is None:
            raise MicfpError(
                f"{self.path}: its audio track is in a form that no decoder here knows; convert it "
                "to WAV with a program that plays it"
            )
        self.is_numbered = container.format.name == "flac"
        packets, decoder = container.demux(stream), _decoder(stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                frames = decoder.decode(packet)
            except av.error.EOFError:
                return
            except (av.error.FFmpegError, OSError):  # go on behind a damaged packet; a demuxer that
                self.damaged = True  # has failed gives no more of them
                continue
            self.damaged = self.damaged or packet.is_corrupt
            for frame in frames:
                self._check_form(frame, stream)
                self.damaged = self.damaged or frame.is_corrupt
                yield frame

    def _check_codec(self, stream: Any) -> None:
        """Links of a chain may be of different codecs, whose samples have different forms."""
        if stream.codec_context is None:
            return
        codec = _codec_name(stream)
        if self.codec not in ("", codec):
            raise MicfpError(
                f"{self.path}: changes from {self.codec} to {codec} on the way; cut it there and "
                "give the parts"
            )

    def _check_form(self, frame: Any, stream: Any) -> None:
        form = (frame.sample_rate, frame.layout.nb_channels)
        if form == self.form:
            return
        if self.form is None:
            self.form, self.codec = form, _codec_name(stream)
            return
        raise MicfpError(
            f"{self.path}: changes from {self.form[1]} channels at {self.form[0]} Hz to "
            f"{form[1]} at {form[0]} Hz on the way; cut it there and give the parts"
        )

    def _counted(self, frames: Iterable[Any], position: int) -> Iterator[tuple[int, Any]]:
        """Frames with their positions; those of FLAC know where they belong."""
        for frame in frames:
            if self.is_numbered and frame.pts is not None and frame.time_base:
                numbered = round(frame.pts * frame.time_base * frame.sample_rate)
                if numbered > position:
                    self.damaged = True
                    position = numbered
            yield position, frame
            position += frame.samples


def _is_uniform(stream: Any, frame_samples: int) -> bool:
    """Whether the time stamps of an MP4 are the samples at which its packets begin."""
    entries = stream.index_entries
    rate_hz = stream.codec_context.sample_rate
    if stream.start_time or len(entries) < 2 or stream.time_base * rate_hz != 1:
        return False
    stamps = np.fromiter((entry.timestamp for entry in entries), np.int64, len(entries))
    return bool(np.all(np.diff(stamps)[:-1] == frame_samples) and stamps[0] <= 0)


def _ends_with_its_index(path: str, stream: Any) -> bool:
    """Whether all packets of an index lie inside the file."""
    size = os.path.getsize(path)
    return all(entry.pos + entry.size <= size for entry in stream.index_entries)


def probe(
    path: str, index: int | None = None, links: tuple[int, ...] = (0,), head: bytes = b""
) -> Track:
    """Measure an audio track.

    The number of samples is counted by decoding everything, at some hundred times real time: time
    stamps, and what is damaged, would tell of others.

    Parameters
    ----------
    path
        An existing file.
    index
        The audio track, from 0; None: the first that decodes and is not silent throughout.
    links
        Bytes at which chained recordings begin.
    head
        Stands in the place of what is before the first of them.

    Raises
    ------
    MicfpError
        Not audio, no such track, no samples, a change of form on the way.
    """
    with open_container(path, links[0], None, head) as container:
        n_tracks = len(container.streams.audio)
    if index is not None and not 0 <= index < n_tracks:
        raise MicfpError(
            f"{path}: audio track {index} was asked for, and it has {n_tracks}, counted from 0"
        )
    if index is None:
        index = _first_with_sound(path, n_tracks) if n_tracks > 1 else 0
    reader = _Reader(path, index, links, head)
    end, longest = 0, 0
    for position, frame in reader.frames():
        end, longest = position + frame.samples, max(longest, frame.samples)
    if reader.form is None:
        raise MicfpError(f"{path}: holds no samples; record or copy it again")
    with open_container(path, links[0], None, head) as container:
        stream = container.streams.audio[index]
        is_mp4 = "mp4" in container.format.name
        cut = is_mp4 and not _ends_with_its_index(path, stream)
        promised = stream.duration or 0
        if container.format.name == "flac" and stream.time_base:  # by STREAMINFO
            cut = end < round(promised * stream.time_base * reader.form[0])
        # The edit list says where the sound ends; what the last frame holds beyond is padding.
        if is_mp4 and promised < end < promised + 2 * longest and _is_uniform(stream, longest):
            end = promised
    rate_hz, n_channels = reader.form
    has_parts = False
    if is_mp4:
        with open(path, "rb") as file:
            has_parts = edit_parts(file) > 1
    damaged = reader.damaged or cut
    return Track(
        index, n_tracks, rate_hz, end, n_channels, reader.codec, damaged, links, has_parts, head
    )


def _first_with_sound(path: str, n_tracks: int) -> int:
    """The first track that decodes and has a sample above silence, or else that decodes."""
    first_decoded: int | None = None
    reason: MicfpError | None = None
    for index in range(n_tracks):
        try:
            for _, frame in _Reader(path, index).frames():
                first_decoded = index if first_decoded is None else first_decoded
                if np.any(np.abs(_samples(frame, "float32")) > SILENT):
                    return index
        except MicfpError as error:
            reason = error
    if first_decoded is None and reason is not None:
        raise reason
    return first_decoded or 0


def pieces(
    path: str, track: Track, start_sample: int, stop_sample: int, dtype: str = "float32"
) -> Iterator[npt.NDArray[Any]]:
    """Decode a range, frame by frame, and what stands before it: its samples are always the same.

    Parameters
    ----------
    path
        A file that `probe` accepts.
    track
        What `probe` found.
    start_sample
        First sample, from 0.
    stop_sample
        The one after the last.
    dtype
        "float32", or "int16" and "int32" for samples that are stored as integers.

    Yields
    ------
    (n, channels), full scale 1 or that of the integers.
    """
    done = start_sample
    for position, frame in _Reader(path, track.index, track.links, track.head).frames():
        if position > done:  # a damaged FLAC frame
            yield np.zeros((min(position, stop_sample) - done, track.n_channels), dtype)
            done = min(position, stop_sample)
        if done >= stop_sample:
            return
        if position + frame.samples > done:
            samples = _samples(frame, dtype)[done - position : stop_sample - position]
            yield samples
            done += len(samples)
