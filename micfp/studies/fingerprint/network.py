"""Step `fingerprint_network`: trains the network.

Reads: stretches of the recordings of its population. Writes: its weights.
"""

from pathlib import Path

from micfp.config.population import PopulationConfig
from micfp.engine.libraries import LEARNING
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.network import Network
from micfp.fingerprint.embedding.network_training import NetworkSize, train_network
from micfp.fingerprint.embedding.stretches import joined_stretches
from micfp.studies.fingerprint.rendering import ARRAYS_FILE, read_arrays, write_arrays
from micfp.studies.fingerprint.stretches import read_stretches

STAGE = Stage(
    "fingerprint_network",
    1,
    "micfp.studies.fingerprint.network",
    mem_mb=2000,
    packing="alone",
    libraries=LEARNING,
)


def run(spec: Spec, out: Path) -> None:
    """Train on one core."""
    taught = joined_stretches([read_stretches(one) for one in spec.inputs["stretches"]])
    config = PopulationConfig.model_validate(spec.params["population"])
    size = NetworkSize(spec.params["n_hidden"], spec.params["n_dimensions"], spec.params["n_steps"])
    write_arrays(vars(train_network(taught, config, size, spec.params["seed"])), out)


def read_network(folder: Path) -> Network:
    """Read what this stage wrote."""
    return Network(**read_arrays(folder / ARRAYS_FILE))
