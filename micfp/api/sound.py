"""Recordings as they are given to the API: files, or samples that are at hand."""

import numbers
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from micfp.errors import MicfpError, shown

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from micfp.audio import Channel

LARGEST = 4.0
"""Decoders of lossy files go beyond full scale, by less than this; integers by much more."""
MOST_CHANNELS = 64
LONGEST_PATH = 4096


@dataclass(frozen=True, eq=False)
class Samples:
    """A recording whose samples are at hand.

    Attributes
    ----------
    samples
        Floating point (n,) or (n, channels), n > 0, finite, in -1..1. What a decoder of a lossy
        file makes of full scale may lie beyond by a little; 4 is the limit.
    rate_hz
        Sample rate, a whole number > 0.
    name
        By which answers and sentences name the recording.

    Raises
    ------
    MicfpError
        Samples or a rate of another kind.

    Examples
    --------
    >>> import numpy as np
    >>> import micfp
    >>> micfp.Samples(np.zeros(48_000, np.float32), 48_000, "voice note")
    Samples(voice note: 1.00 s, 48000 Hz, 1 channel)
    >>> micfp.Samples(np.zeros(48_000, np.int16), 48_000)
    Traceback (most recent call last):
        ...
    micfp.errors.MicfpError: samples: int16 samples: give floating point in -1..1 (divide by 32768)
    """

    samples: "NDArray[Any]"
    rate_hz: int
    name: str = "samples"

    def __post_init__(self) -> None:
        _check(self.samples, self.name)
        rate_hz = self.rate_hz
        if not isinstance(rate_hz, numbers.Integral) or isinstance(rate_hz, bool) or rate_hz <= 0:
            raise MicfpError(
                f"{self.name}: a sample rate of {shown(rate_hz)}: give a whole number of Hz "
                "above 0, such as 48000"
            )

    def __repr__(self) -> str:
        n = self.n_channels
        return (
            f"Samples({self.name}: {self.duration_s:.2f} s, {self.rate_hz} Hz, "
            f"{n} channel{'' if n == 1 else 's'})"
        )

    @property
    def n_channels(self) -> int:
        """Number of channels, 1 or more."""
        return 1 if self.samples.ndim == 1 else int(self.samples.shape[1])

    @property
    def duration_s(self) -> float:
        """Length in seconds."""
        return float(len(self.samples) / self.rate_hz)

    def first(self, longest_s: float) -> "NDArray[Any]":
        """float32 (n, channels) of at most so many seconds from the beginning."""
        import numpy as np

        stop = int(longest_s * self.rate_hz)
        return np.asarray(self.samples[:stop], np.float32).reshape(-1, self.n_channels)

    def one_channel(self, channel: "Channel", longest_s: float) -> "NDArray[Any]":
        """float32 (n,) of the beginning: one channel, or the mean of all, as of a file.

        Raises
        ------
        MicfpError
            There is no such channel.
        """
        from micfp.audio import one_channel

        if channel != "mean" and not 0 <= channel < self.n_channels:
            raise MicfpError(
                f"channel {channel} was asked for, and it has {self.n_channels} "
                f'(0 to {self.n_channels - 1}); name one of these, or "mean"'
            )
        found: NDArray[Any] = one_channel(self.first(longest_s), channel)
        return found


Recording: TypeAlias = "str | os.PathLike[str] | Samples | tuple[NDArray[Any], int]"
"""An audio file (or film), or samples: a `Samples`, or its first two attributes as a tuple."""
Sound: TypeAlias = Path | Samples
"""A recording that was looked at: `sound_of`."""


def sound_of(recording: Recording) -> Sound:
    """What was given, checked: a file that may or may not be there, or samples.

    Raises
    ------
    MicfpError
        Neither a path nor samples; a folder.
    """
    if isinstance(recording, Samples):
        return recording
    if isinstance(recording, tuple) and len(recording) == 2:
        return Samples(*recording)
    if isinstance(recording, str | os.PathLike):
        return file_of(recording)
    raise MicfpError(
        f"{shown(recording)} is no recording: give the path of a file, or a tuple of samples and "
        "their rate in Hz"
    )


def sounds_of(recordings: Sequence[Recording], of: str) -> list[Sound]:
    """Several recordings, of a device or of whatever `of` says; MicfpError for a single one."""
    single = isinstance(recordings, str | os.PathLike | Samples | tuple)
    if single or not isinstance(recordings, Iterable):
        raise MicfpError(f"{of}: give a list of recordings, even where there is one: [recording]")
    return [sound_of(one) for one in recordings]


def file_of(path: "Recording | Sound") -> Path:
    """The path of a file, where nothing else will do.

    Raises
    ------
    MicfpError
        Samples; a folder.
    """
    if not isinstance(path, str | os.PathLike):
        raise MicfpError(
            f"{shown(path)} is no file, and a file is needed here; soundfile.write makes one of "
            "samples"
        )
    found = Path(path)
    if found.is_dir():
        raise MicfpError(
            f"{found}: is a folder: give its files; micfp.recordings(folder) lists them"
        )
    return found


def name_of(sound: Sound) -> str:
    """By which answers and sentences name a recording."""
    return sound.name if isinstance(sound, Samples) else str(sound)


def path_of(path: str | os.PathLike[str] | None) -> Path | None:
    """A path, where one is given; MicfpError for what is none."""
    return None if path is None else as_path(path)


def as_path(path: str | os.PathLike[str]) -> Path:
    """A path; MicfpError for what is none."""
    named = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if isinstance(named, str) and "\0" not in named and len(named) <= LONGEST_PATH:
        return Path(named)
    raise MicfpError(f"{shown(path)} is no path: give the name of a file or folder")


def check_listening(channel: object, track: object) -> None:
    """Raise MicfpError for what is no channel or no track of any recording."""
    if not (isinstance(channel, str) and channel == "mean") and not _is_index(channel):
        raise MicfpError(f'channel {shown(channel)}: give the number of one, from 0, or "mean"')
    if track is not None and not _is_index(track):
        raise MicfpError(f"track {shown(track)}: give the number of one, from 0, or None")


def _is_index(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


@contextmanager
def as_file(sound: Sound) -> Iterator[Path]:
    """A file of a recording, for what opens files alone; that of samples holds each of them.

    Raises
    ------
    MicfpError
        There is no room for it. A sentence that is raised within names the recording.
    """
    if isinstance(sound, Path):
        yield sound
        return
    from micfp.audio import write_wav

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "samples.wav"
        try:
            write_wav(path, sound.samples, sound.rate_hz, "FLOAT")
            yield path
        except MicfpError as error:
            raise MicfpError(str(error).replace(str(path), sound.name)) from None


def _check(samples: "NDArray[Any]", name: str) -> None:
    import numpy as np

    if not isinstance(samples, np.ndarray):
        raise MicfpError(
            f"{name}: {shown(samples)} is no numpy array: give samples of shape (n,) or "
            "(n, channels)"
        )
    if isinstance(samples, np.ma.MaskedArray):
        raise MicfpError(f"{name}: a masked array: give samples without a mask")
    if samples.dtype.kind in "iu":
        scale = np.iinfo(samples.dtype).max + 1
        raise MicfpError(
            f"{name}: {samples.dtype} samples: give floating point in -1..1 (divide by {scale})"
        )
    if samples.dtype.kind != "f":
        raise MicfpError(f"{name}: {samples.dtype} samples: give floating point in -1..1")
    if samples.ndim not in (1, 2) or (samples.ndim == 2 and samples.shape[1] > MOST_CHANNELS):
        turned = "; this one is turned: give samples.T" if samples.ndim == 2 else ""
        raise MicfpError(
            f"{name}: samples of shape {samples.shape}: give (n,), or (n, channels) with at most "
            f"{MOST_CHANNELS} channels{turned}"
        )
    if samples.size == 0:
        raise MicfpError(f"{name}: samples of shape {samples.shape}: there is nothing in them")
    if not np.isfinite(samples).all():
        first = int(np.argwhere(~np.isfinite(samples))[0, 0])
        raise MicfpError(
            f"{name}: sample {first} is {samples[first]}: give finite samples; cut such ones out"
        )
    largest = float(np.abs(samples).max())
    if largest > LARGEST:
        raise MicfpError(
            f"{name}: a sample of {largest:g}: full scale is 1; divide the samples by what is full "
            "scale in them, such as 32768 for 16 bits"
        )
