"""Step `fingerprint_stretches`: what the network learns from, of some devices.

Reads: the content model. Writes: the arrays of `Stretches`.
"""

from pathlib import Path

import numpy as np

from micfp.bench.draws import generator
from micfp.config.population import PopulationConfig
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.stretches import Stretches, stretches_of
from micfp.studies.fingerprint.rendering import (
    ARRAYS_FILE,
    read_arrays,
    read_content,
    spectra_of,
    write_arrays,
)

STAGE = Stage(
    "fingerprint_stretches",
    1,
    "micfp.studies.fingerprint.stretches",
    packing="alone",
    travels=False,
    libraries=SOUND,
)


def run(spec: Spec, out: Path) -> None:
    """Render devices, and take the vectors of every stretch of every recording."""
    config = PopulationConfig.model_validate(spec.params["population"])
    seed, devices = spec.params["seed"], range(*spec.params["devices"])
    content = read_content(spec.inputs["content"][0])
    found = []
    for take, spectra in spectra_of(config, seed, devices):
        place = (str(take.device), str(take.session), str(take.slot))
        rng = generator(seed, "fingerprint stretches", config.name, *place)
        found.append(stretches_of(spectra, content, rng))
    # Recordings come device by device, session by session, speaker by speaker.
    grid = (len(devices), config.sessions, config.speakers)
    arrays = [np.stack(one) for one in zip(*found, strict=True)]
    vectors, active_s = (one.reshape(*grid, *one.shape[1:]) for one in arrays)
    write_arrays(vars(Stretches(vectors, active_s)), out)


def read_stretches(folder: Path) -> Stretches:
    """Read what this stage wrote."""
    return Stretches(**read_arrays(folder / ARRAYS_FILE))
