"""Step `degrade`: copies of the recordings of a shard, with what happened to them on their way.

Reads: audio. Writes: one WAV a recording, of its own rate, length and channels, as float32: nothing
is rounded or clipped. Each channel is degraded by itself, with the same draws, so that noise stays
in the mean of channels as it is in each. A recording is held in memory, up to four times: at
44.1 kHz 20 to 40 MB a minute of one channel.
"""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path

from micfp.degrade import Degradation, degrade
from micfp.engine.task import Recording, Spec
from micfp.errors import MicfpError


def run(spec: Spec, out: Path) -> None:
    """Degrade every recording; one that cannot be read goes on as it is, for the check to report.

    Raises MicfpError that names the recording where the chain cannot be had at its rate.
    """
    from pydantic import TypeAdapter

    chain = TypeAdapter(tuple[Degradation, ...]).validate_python(spec.params["chain"])
    for recording in spec.audio:
        _write_copy(recording, chain, spec.params["seed"], out / recording.copy_name)


def _write_copy(
    recording: Recording, chain: Sequence[Degradation], seed: int, target: Path
) -> None:
    import numpy as np

    from micfp.audio import probe, read, write_wav
    from micfp.bench.draws import generator

    try:
        info = probe(recording.path)
        channels = [read(recording.path, channel=i)[0] for i in range(info.n_channels)]
    except MicfpError:
        with contextlib.suppress(OSError):  # gone, or not ours to read
            shutil.copyfile(recording.path, target)
        return
    for i, samples in enumerate(channels):
        rng = generator(seed, "degrade", recording.recording)
        try:
            channels[i] = degrade(samples, info.sample_rate_hz, chain, rng)
        except MicfpError as error:
            raise MicfpError(f"{recording.path}: {error}; or leave it out") from None
    copy = channels[0] if len(channels) == 1 else np.column_stack(channels)
    write_wav(target, copy, info.sample_rate_hz, "FLOAT")
