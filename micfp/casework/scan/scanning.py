"""Scans samples, or files one after the other."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

from micfp.audio import Channel, isolated
from micfp.casework.scan.changes import DEVICE, Seeker, device_track
from micfp.casework.scan.device import SHORTEST_S
from micfp.casework.scan.found import Scan, Segment
from micfp.casework.scan.labels import labelled
from micfp.casework.scan.track import Change
from micfp.casework.scan.tracks.registry import TRACKS
from micfp.casework.scan.weigh import shipped
from micfp.errors import MicfpError
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import check_sound
from micfp.fingerprint.embedding.spectra import Float32, band_spectra
from micfp.fingerprint.quality import quality, refusal
from micfp.fingerprint.weighed.weighing import Weighing
from micfp.recordings.opening import opened

LONGEST_S = 3600.0
"""Of a longer recording the beginning is scanned."""
References = Mapping[str, Sequence[Fingerprint]]


def scan_samples(
    samples: Float32,
    rate_hz: int,
    weighing: Weighing,
    references: References | None = None,
    name: str = "samples",
    seeker: Seeker | None = None,
) -> Scan:
    """Say what changes in a recording, and where.

    Parameters
    ----------
    samples
        float32 (n,), one channel, full scale 1, finite.
    rate_hz
        8000 to 192 000.
    weighing
        The shipped fingerprint model, and what its scores are worth.
    references
        Of each enrolled device; None: nobody is enrolled.
    name
        By which sentences name the recording.
    seeker
        By the same model, where several recordings are scanned; None: a new one.

    Raises
    ------
    MicfpError
        Samples of another kind or rate.
    """
    weights = shipped()
    if weights.model_sha256 != weighing.loaded.sha256:
        raise MicfpError(
            "a scan weighs changes by the fingerprint model that micfp has, and by no other "
            f"({weighing.loaded.sha256[:12]}): leave it out"
        )
    check_sound(samples, rate_hz)
    duration_s = len(samples) / rate_hz
    if duration_s < SHORTEST_S:
        short = (
            f"{name}: {duration_s:.2f} s long: a change is seen between two windows of 2 s, and a "
            f"recording needs {SHORTEST_S:.2f} s or more"
        )
        return Scan(name, duration_s, (), (), short, ())
    others = tuple(track(samples, rate_hz) for track in TRACKS)
    spectra = band_spectra(samples, rate_hz)
    reason = refusal(quality(samples, rate_hz, spectra))
    if reason is not None:
        return Scan(name, duration_s, others, (), f"{name}: {reason}", ())
    device = device_track(
        samples, rate_hz, spectra, seeker or Seeker(weighing.loaded.model), weights
    )
    segments = labelled(samples, rate_hz, device.changes, references or {}, weighing)
    contradicted = tuple(_contradicted(device.changes, segments))
    return Scan(name, duration_s, (device, *others), tuple(segments), None, contradicted)


def _contradicted(changes: Sequence[Change], segments: Sequence[Segment]) -> Iterator[str]:
    """Say where names of segments speak of a change of device that was taken for another one."""
    for before, after in pairwise(segments):
        if before.device is None or after.device is None or before.device == after.device:
            continue
        for one in changes:
            if one.time_s == after.start_s and one.track != DEVICE:
                yield (
                    f"at {one.time_s:.2f} s the name of the device changes from {before.device} to "
                    f"{after.device}: what passes for a change of {one.track} is more like one of "
                    "device"
                )


def scan_each(
    paths: Sequence[Path],
    weighing: Weighing,
    references: References,
    channel: Channel = "mean",
    track: int | None = None,
    out: Path | None = None,
) -> Iterator[Scan]:
    """Scan each file, in order and as soon as it was heard.

    Parameters
    ----------
    paths
        Audio files; one that cannot be read is refused, and the others get their answers.
    weighing, references
        As of `scan_samples`.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.
    out
        Folder for what `outputs.write` writes of each; None: nothing is written.
    """
    seeker = Seeker(weighing.loaded.model)

    def one(path: Path) -> Scan:
        heard = opened(path, LONGEST_S, channel, track)
        samples, rate_hz = heard.samples, heard.rate_hz
        try:
            found = scan_samples(samples, rate_hz, weighing, references, str(path), seeker)
        except MicfpError as error:
            raise MicfpError(f"{path}: {error}") from None
        found = replace(found, warnings=(*heard.warnings, *found.warnings))
        if out is not None:
            from micfp.casework.scan.outputs import write

            write(found, samples, rate_hz, out)
        return found

    for path, found in zip(paths, isolated(one, paths), strict=True):
        if isinstance(found, MicfpError):
            yield Scan(str(path), 0.0, (), (), str(found), ())
        else:
            yield found
