"""Decodes what libsndfile cannot, with FFmpeg's libraries (PyAV): M4A/AAC, AMR, MP4, MKV, WebM...

Positions count samples from the first one that the container presents: encoder delay is taken off
as FFmpeg reads it from the container (MP4 edit list, Matroska CodecDelay, LAME tag). A stream
without such a statement (ADTS AAC, raw AMR) keeps its delay.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import numpy.typing as npt

from micfp.errors import MicfpError

# Demuxers that hold sound in the file itself; playlists, pictures and texts stay closed.
_CONTAINERS = (
    "mov,mp4,matroska,webm,aac,amr,amrnb,amrwb,ogg,mp3,mp2,wav,w64,flac,caf,aiff,au,asf,avi,mpegts,"
    "mpeg,flv,ape,wv,tta,ac3,eac3,dts,rm,voc,tak,mpc,mpc8,oma,spdif,loas,gsm,iff,nut"
)
_PREROLL_S = 1.0  # decoded and thrown away after a seek, until the decoder's memory is right


@dataclass(frozen=True)
class Track:
    """The first audio track of a file.

    Attributes
    ----------
    n_samples
        Samples of one channel.
    complete
        False where the container promises more than can be decoded.
    """

    sample_rate_hz: int
    n_samples: int
    n_channels: int
    codec: str
    complete: bool


@contextmanager
def _open(path: str) -> Iterator[tuple[Any, Any]]:
    import av

    with open(path, "rb") as file:
        try:
            container = av.open(
                file, options={"format_whitelist": _CONTAINERS}, metadata_errors="replace"
            )
        except av.error.FFmpegError as error:
            raise MicfpError(
                f"{path}: not an audio file that can be read ({error.strerror}); "
                "give a WAV, FLAC, OGG, MP3, M4A, Opus, AMR, MP4 or MKV file"
            ) from None
        with container:
            if not container.streams.audio:
                kinds = ", ".join(sorted({s.type for s in container.streams})) or "nothing"
                raise MicfpError(
                    f"{path}: has no audio track (found: {kinds}); give a file with sound"
                )
            yield container, container.streams.audio[0]


def _samples(frame: Any) -> npt.NDArray[np.float32]:
    """Float32 (n, channels) of a decoded frame of any sample format."""
    values = frame.to_ndarray()
    values = values.T if frame.format.is_planar else values.reshape(-1, frame.layout.nb_channels)
    if values.dtype == np.uint8:
        return np.asarray((values.astype(np.float32) - 128) / 128, np.float32)
    scale = 1 if values.dtype.kind == "f" else -float(np.iinfo(values.dtype).min)
    return np.asarray(values / scale, np.float32)


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
    context = stream.codec_context
    if context.codec.canonical_name != "opus":
        return context
    return opus_decoder(context.sample_rate, context.layout, context.extradata)


class _Reader:
    """Frames of the first audio track in order, each with the position of its first sample."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.damaged = False
        self.form: tuple[int, int] | None = None  # rate and channels, of the first frame
        self.promised: int | None = None  # samples, by the container
        self.is_mp4 = False
        self.codec = ""

    def frames(self, sample: int = 0) -> Iterator[tuple[int, Any]]:
        """Frames from `sample` on, or from some way before it."""
        if sample:
            with _open(self.path) as (container, stream):
                for positioned in self._sought(container, stream, sample):
                    yield positioned
                    sample = 0
            if not sample:
                return
        with _open(self.path) as (container, stream):
            yield from _count(self._decoded(container, stream), 0)

    def _decoded(self, container: Any, stream: Any) -> Iterator[Any]:
        import av

        packets, decoder = container.demux(stream), _decoder(stream)
        while True:
            try:
                packet = next(packets, None)
                if packet is None:
                    return
                frames = decoder.decode(packet)
            except av.error.EOFError:
                return
            except av.error.FFmpegError:  # go on behind a damaged packet; a demuxer that
                self.damaged = True  # has failed gives no more of them
                continue
            for frame in frames:
                self._check_form(frame, container, stream)
                yield frame

    def _check_form(self, frame: Any, container: Any, stream: Any) -> None:
        form = (frame.sample_rate, frame.layout.nb_channels)
        if self.form is None:
            self.form = form
            self.is_mp4 = "mp4" in container.format.name
            self.codec = str(stream.codec_context.codec.canonical_name)
            if stream.duration and stream.time_base:
                self.promised = round(stream.duration * stream.time_base * form[0])
        if form != self.form:
            raise MicfpError(
                f"{self.path}: changes from {self.form[1]} channels at {self.form[0]} Hz to "
                f"{form[1]} at {form[0]} Hz on the way; cut it there and give the parts"
            )

    def _sought(self, container: Any, stream: Any, sample: int) -> Iterator[tuple[int, Any]]:
        """Frames after a seek; none where the container's time stamps are not exact samples."""
        first = next(self._decoded(container, stream), None)
        if first is None or not self.is_mp4:
            return
        ticks = 1 / (stream.time_base * first.sample_rate)
        if ticks.numerator != 1:
            return
        origin = stream.start_time or 0
        before = max(0, sample - int(_PREROLL_S * first.sample_rate))
        container.seek(origin + int(before * ticks), stream=stream)
        frames = self._decoded(container, stream)
        first = next(frames, None)
        if first is None or first.pts is None:
            return
        position = int((first.pts - origin) / ticks)
        if 0 <= position <= sample:
            yield from _count(chain([first], frames), position)


def _count(frames: Iterable[Any], position: int) -> Iterator[tuple[int, Any]]:
    for frame in frames:
        yield position, frame
        position += frame.samples


def probe(path: str) -> Track:
    """Measure the first audio track.

    The number of samples is counted by decoding: of MP4 and M4A the last two seconds, of the others
    (Matroska, AMR and ADTS state no exact length) all, at some hundred times real time.

    Parameters
    ----------
    path
        An existing file.

    Raises
    ------
    MicfpError
        Not audio, no audio track, no samples, a change of form on the way.
    """
    reader = _Reader(path)
    first = next(reader.frames(), None)
    if first is None or reader.form is None:
        raise MicfpError(f"{path}: holds no samples; record or copy it again")
    promised = reader.promised if reader.is_mp4 else None
    end, longest = 0, 0
    for position, frame in reader.frames(max(0, (promised or 0) - 1)):
        end, longest = position + frame.samples, max(longest, frame.samples)
    complete = not reader.damaged
    if promised is not None:
        complete = complete and end > promised - 2 * longest
        # MP4 states where the sound ends; what the last frames hold beyond is the encoder's padding
        # (a larger difference is a fragmented file, whose header speaks of its first part only).
        if promised < end < promised + 2 * longest:
            end = promised
    return Track(reader.form[0], end, reader.form[1], reader.codec, complete)


def pieces(path: str, start_sample: int, stop_sample: int) -> Iterator[npt.NDArray[np.float32]]:
    """Decode a range, frame by frame.

    MP4 and M4A are entered one second before it; the others are decoded from their beginning,
    because their time stamps (milliseconds) do not say which sample per frame starts with.

    Parameters
    ----------
    path
        A file that `probe` accepts.
    start_sample
        First sample, from 0.
    stop_sample
        The one after the last.

    Yields
    ------
    float32 (n, channels), full scale 1.
    """
    for position, frame in _Reader(path).frames(start_sample):
        if position >= stop_sample:
            return
        if position + frame.samples > start_sample:
            yield _samples(frame)[max(0, start_sample - position) : stop_sample - position]
