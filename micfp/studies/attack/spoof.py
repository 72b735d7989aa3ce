"""Step `spoof`: copies of recordings, each disguised as one by another device, or by none.

Reads: audio: the recordings to be disguised, and those that the attacker has of the others. Writes:
one 16-bit WAV a disguised recording, and `attack.csv`, as `attack` does.
"""

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.attack import MimicryConfig
from micfp.engine.libraries import LEARNING, SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Spec, Task
from micfp.errors import MicfpError
from micfp.plan.recordings import copy_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STAGE = Stage(
    "spoof",
    2,
    "micfp.studies.attack.spoof",
    s_per_mb=0.1,
    cost_by=("mimicry",),
    libraries=(*SOUND, *LEARNING),
)


def disguised(
    seed: int,
    target: str,
    config: MimicryConfig,
    originals: Sequence[Recording],
    known: Sequence[Recording],
) -> tuple[Recording, ...]:
    """The copies that the step makes of `originals` from what is `known`: planning."""
    settings = {
        "mimicry": config.model_dump(mode="json"),
        "disguised": sorted(one.recording for one in originals),
        "target": target,
        "seed": seed,
    }
    task = Task(STAGE, settings, audio=(*originals, *known), labels=True)
    return tuple(copy_of(one, f"{task.key[:16]}{one.recording[:16]}", task) for one in originals)


def run(spec: Spec, out: Path) -> None:
    """Disguise every recording that is to be."""
    import numpy as np
    import pandas as pd

    from micfp.attack.mimicry import disguise
    from micfp.audio import read, write_wav
    from micfp.bench.draws import generator
    from micfp.progress import progress

    target = spec.params["target"]
    config = MimicryConfig.model_validate(spec.params["mimicry"])
    wanted = set(spec.params["disguised"])
    originals = [one for one in spec.audio if one.recording in wanted]
    names = sorted({one.labels[target] for one in originals})
    rows: list[dict[str, Any]] = []
    for one in progress(originals, len(originals), "disguising"):
        try:
            samples, rate_hz = read(one.path)
        except MicfpError:  # goes on as it is, for the check to report
            shutil.copyfile(one.path, out / one.copy_name)
            continue
        own = names.index(one.labels[target])
        others = names[own + 1 :] + names[:own]  # the next one first
        if config.towards == "next":
            others = others[:1]
        references = [_recordings_of(spec, other, wanted, rate_hz) for other in others]
        rng = generator(spec.params["seed"], "mimic", one.recording)
        changed = disguise(samples, references, rate_hz, config, rng)
        write_wav(out / one.copy_name, changed, rate_hz, "PCM_16")
        rows.append({"recording": one.recording, "snr_db": np.nan})
    pd.DataFrame(rows).to_csv(out / "attack.csv", index=False)


def _recordings_of(
    spec: Spec, name: str, wanted: set[str], rate_hz: int
) -> "list[NDArray[np.float32]]":
    from micfp.audio import read, resample

    target = spec.params["target"]
    found = []
    for one in spec.audio:
        if one.recording not in wanted and one.labels[target] == name:
            with contextlib.suppress(MicfpError):  # the check reports what cannot be read
                found.append(resample(*read(one.path), rate_hz))
    if not found:
        raise MicfpError(
            f"there is no readable recording by {name} that a disguise could be taken from, beside "
            "what is tested; add some, or leave attack.mimicries out"
        )
    return found
