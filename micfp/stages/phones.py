"""Step `phones`: the recordings of one virtual phone of a population.

Reads: the population's parameters. Writes: the WAV files of the phone.
"""

from pathlib import Path

from micfp.engine.task import Spec


def run(spec: Spec, out: Path) -> None:
    """Render one phone."""
    from micfp.bench.population import takes, write_takes
    from micfp.config.population import PopulationConfig

    config = PopulationConfig.model_validate(spec.params["population"])
    seed, device = spec.params["seed"], spec.params["device"]
    own = [take for take in takes(config, seed) if take.device == device]
    write_takes(config, seed, own, out)
