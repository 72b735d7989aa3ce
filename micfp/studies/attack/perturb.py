"""Step `attack`: copies of recordings, perturbed against a model that is known, or may be asked.

Reads: a training or a fit, audio. Writes: one 16-bit WAV a recording, and `attack.csv`: of each the
ratio of sound to change in dB that came out after rounding. Every window that the model will be
asked about is perturbed by itself; windows may not overlap.
"""

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.attack import PerturbationConfig
from micfp.engine.libraries import LEARNING, SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Spec, Task
from micfp.errors import MicfpError
from micfp.plan.params import Params
from micfp.plan.recordings import copy_of

if TYPE_CHECKING:
    from torch import Tensor

    from micfp.models.classical import Fitted
    from micfp.models.methods import FittedMethod

STAGE = Stage(
    "attack",
    1,
    "micfp.studies.attack.perturb",
    mem_mb=3000,
    s_per_mb=1.0,
    cost_by=("perturbation",),
    rule_name="perturb",
    libraries=(*SOUND, *LEARNING),
)


def attacked(
    params: Params, trained: Task, config: PerturbationConfig, originals: tuple[Recording, ...]
) -> tuple[Recording, ...]:
    """The copies that the step makes of recordings, as planning knows them.

    Raises MicfpError for segments that are no windows apart from each other.
    """
    cut = params.segments
    if cut.method != "windows" or cut.windows.hop_s < cut.windows.length_s:
        raise MicfpError(
            "attacks need segments.method: windows with hop_s no less than length_s, so that each "
            "window is perturbed by itself"
        )
    settings = {
        "perturbation": config.model_dump(mode="json"),
        "windows": cut.windows.model_dump(mode="json"),
        "target": params.target,
        "seed": params.seed,
    }
    inputs = {"trained": (trained,)}
    task = Task(STAGE, settings, inputs, originals, labels=True)
    return tuple(
        copy_of(one, Task(STAGE, settings, inputs, (one,), labels=True).key, task)
        for one in originals
    )


def run(spec: Spec, out: Path) -> None:
    """Perturb every window of every recording."""
    import pandas as pd
    import torch

    from micfp.progress import progress

    torch.set_num_threads(1)
    victim = _victim(spec.entry("trained") / "model")
    rows = [
        _perturbed(spec, victim, one, out / one.copy_name)
        for one in progress(spec.audio, len(spec.audio), "perturbing")
    ]
    pd.DataFrame(rows).to_csv(out / "attack.csv", index=False)


@dataclass(frozen=True)
class Victim:
    """A model under attack: what was fitted, and the description of what goes into it."""

    made: "FittedMethod | Fitted"
    about: dict[str, Any]

    def logits_of(self, n_samples: int, rate_hz: int) -> "Callable[[Tensor], Tensor]":
        """Samples (batch, n_samples) to scores (batch, classes); of a network differentiable."""
        from micfp.attack.asked import OnFeatures
        from micfp.attack.front_end import LogMel, OnWaveforms
        from micfp.features import FeatureSet
        from micfp.features.frames import FrameSet
        from micfp.models.classical import Fitted

        if isinstance(self.made, Fitted):
            settings = FeatureSet.model_validate(self.about["features"])
            return OnFeatures(self.made, settings, self.about["families"], rate_hz)
        frames = FrameSet.model_validate(self.about["frames"]).only(self.about["frames"])
        return OnWaveforms(self.made, LogMel(n_samples, rate_hz, frames))


def _victim(folder: Path) -> Victim:
    from micfp.models.method_files import load_method
    from micfp.models.persistence import load

    about = json.loads((folder / "model.json").read_text())
    if "frames" in about:
        return Victim(load_method(folder), about)
    return Victim(load(folder / "model.skops"), about)


def _perturbed(spec: Spec, victim: Victim, one: Recording, target: Path) -> dict[str, Any]:
    """Write the copy of one recording; what came out."""
    import numpy as np
    import torch

    from micfp.attack.perturb import perturb
    from micfp.audio import read, write_wav
    from micfp.bench.draws import generator
    from micfp.config.audio import WindowsConfig
    from micfp.recordings.segmentation.windows import fixed_windows

    cut = WindowsConfig.model_validate(spec.params["windows"])
    config = PerturbationConfig.model_validate(spec.params["perturbation"])
    try:
        samples, rate_hz = read(one.path)
    except MicfpError:  # goes on as it is, for the check to report
        shutil.copyfile(one.path, target)
        return {"recording": one.recording, "snr_db": np.nan}
    windows = fixed_windows(len(samples), rate_hz, cut)
    length = round(cut.length_s * rate_hz)
    windows = windows[windows[:, 1] - windows[:, 0] == length]
    changed = samples.copy()
    if len(windows):
        logits_of = victim.logits_of(length, rate_hz)
        pieces = torch.from_numpy(np.stack([samples[start:stop] for start, stop in windows]))
        y = _wanted(victim.made.classes, one.labels[spec.params["target"]], config.targeted)
        rng = generator(spec.params["seed"], "attack", one.recording)
        draws = torch.Generator().manual_seed(int(rng.integers(2**62)))
        found = perturb(logits_of, pieces, torch.full((len(pieces),), y), config, draws).numpy()
        for (start, stop), piece in zip(windows, found, strict=True):
            changed[start:stop] = piece
    write_wav(target, changed, rate_hz, "PCM_16")
    written, _ = read(target)
    noise = np.square(written - samples, dtype=np.float64).sum()
    sound = np.square(samples, dtype=np.float64).sum()
    ratio_db = 10 * np.log10(sound / noise) if noise > 0 and sound > 0 else np.inf
    return {"recording": one.recording, "snr_db": ratio_db}


def _wanted(classes: tuple[str, ...], truth: str, targeted: bool) -> int:
    """Number of the true class, or of the one after it in the alphabet."""
    number = classes.index(truth)
    return (number + 1) % len(classes) if targeted else number
