"""Step `fingerprint_pieces`: vectors of some training devices and of degraded copies of them.

Reads: the content model. Writes: the arrays of `TrainingPieces`.
"""

from pathlib import Path

from micfp.bench.draws import generator
from micfp.config.population import PopulationConfig
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.training import TrainingPieces, joined, training_pieces
from micfp.studies.fingerprint.rendering import (
    ARRAYS_FILE,
    read_arrays,
    read_content,
    spectra_of,
    write_arrays,
)

STAGE = Stage(
    "fingerprint_pieces",
    2,
    "micfp.studies.fingerprint.pieces",
    packing="alone",
    travels=False,
    libraries=SOUND,
)


def run(spec: Spec, out: Path) -> None:
    """Render devices, and take the vectors of every piece of every copy."""
    config = PopulationConfig.model_validate(spec.params["population"])
    seed, devices = spec.params["seed"], range(*spec.params["devices"])
    content = read_content(spec.inputs["content"][0])
    per_device = config.sessions * config.speakers
    found = []
    for take, spectra in spectra_of(config, seed, devices):
        number = take.device * per_device + take.session * config.speakers + take.slot
        rng = generator(seed, "fingerprint copies", config.name, str(number))
        found.append(training_pieces(spectra, content, take.device, number, rng))
    write_arrays(vars(joined(found)), out)


def read_pieces(folder: Path) -> TrainingPieces:
    """Read what this stage wrote."""
    return TrainingPieces(**read_arrays(folder / ARRAYS_FILE))
