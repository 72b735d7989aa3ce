"""Step `degrade`: copies of the recordings of a shard, with what happened to them on their way.

Reads: audio. Writes: one WAV a recording, of the rate, length and channels that the last file of
the chain has as it is read, or else of its own, as float32: nothing is rounded or clipped. Each
channel is degraded by itself, with the same draws, so that noise stays in the mean of channels as
it is in each. A file of one channel holds their mean, or the one that the pipeline reads. A
recording is held in memory, up to four times: at 44.1 kHz 20 to 40 MB a minute of one channel.
"""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.degrade import Degradation, Sound, degrade_channels
from micfp.engine.task import Recording, Spec
from micfp.errors import MicfpError

if TYPE_CHECKING:
    from micfp.audio import Channel


def run(spec: Spec, out: Path) -> None:
    """Degrade every recording; one that cannot be read goes on as it is, for the check to report.

    Raises MicfpError that names the recording where the chain cannot be had at its rate.
    """
    from pydantic import TypeAdapter

    chain = TypeAdapter(tuple[Degradation, ...]).validate_python(spec.params["chain"])
    mixed = spec.params.get("channel", "mean")
    for recording in spec.audio:
        _write_copy(recording, chain, mixed, spec.params["seed"], out / recording.copy_name)


def _write_copy(
    recording: Recording, chain: Sequence[Degradation], mixed: "Channel", seed: int, target: Path
) -> None:
    import numpy as np

    from micfp.audio import probe, read, write_wav
    from micfp.bench.draws import generator

    try:
        info = probe(recording.path)
        channels = [Sound(*read(recording.path, channel=i)) for i in range(info.n_channels)]
    except MicfpError:
        with contextlib.suppress(OSError):  # gone, or not ours to read
            shutil.copyfile(recording.path, target)
        return
    try:
        rngs = [generator(seed, "degrade", recording.recording) for _ in channels]
        copies = degrade_channels(channels, chain, rngs, mixed)
    except MicfpError as error:
        raise MicfpError(f"{recording.path}: {error}; or leave it out") from None
    write_wav(target, np.column_stack([one.samples for one in copies]), copies[0].rate_hz, "FLOAT")
