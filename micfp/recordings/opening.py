"""Reads the beginning of a recording, and says what a reader must know of the file."""

from dataclasses import dataclass
from pathlib import Path

from micfp.audio import AudioInfo, Channel, Float32, probe, read
from micfp.recordings.quality.channels import channel_warnings


@dataclass(frozen=True)
class Opened:
    """The beginning of a recording.

    Attributes
    ----------
    info
        Of the whole file.
    samples
        float32 (n,), one channel, as they are in the file: NaN and infinity too.
    warnings
        Sentences that a reader needs to know.
    """

    info: AudioInfo
    samples: Float32
    warnings: tuple[str, ...]

    @property
    def rate_hz(self) -> int:
        """Sample rate of file and samples."""
        return self.info.sample_rate_hz


def opened(
    path: Path, longest_s: float, channel: Channel = "mean", track: int | None = None
) -> Opened:
    """Read a recording; of a long one the beginning.

    Parameters
    ----------
    path
        Audio file.
    longest_s
        Of a longer recording this much is read: memory does not follow the file.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.

    Raises
    ------
    MicfpError
        The file is no audio, or has no such channel or track.
    """
    info = probe(path, track)
    stop = min(info.n_samples, int(longest_s * info.sample_rate_hz))
    samples, rate_hz = read(path, 0, stop, channel, track)
    warnings = file_warnings(info, channel, track, "choose one by --channel")
    if stop < info.n_samples:
        total_s = info.n_samples / rate_hz
        warnings.append(f"of its {total_s:.0f} s the first {longest_s:g} s were used")
    return Opened(info, samples, tuple(warnings))


def file_warnings(info: AudioInfo, channel: Channel, track: int | None, instead: str) -> list[str]:
    """Sentences about a file that was opened; parameters as of `channel_warnings`."""
    warnings = [*info.notes, *channel_warnings(info, channel, track, instead)]
    if info.truncated:
        warnings.append("the file is damaged or cut off, or its header speaks of a part of it only")
    return warnings
