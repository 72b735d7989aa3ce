"""Step `fingerprint_cases`: fingerprints of a population on which scores are fused.

Reads: the content model. Writes: references and tests of each condition.
"""

from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from micfp.bench.draws import generator
from micfp.config.population import PopulationConfig
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.training import CASE_COPIES, Case, cases
from micfp.studies.fingerprint.rendering import (
    ARRAYS_FILE,
    read_arrays,
    read_content,
    spectra_of,
    stacked,
    unstacked,
    write_arrays,
)

STAGE = Stage(
    "fingerprint_cases",
    2,
    "micfp.studies.fingerprint.cases",
    packing="alone",
    travels=False,
    libraries=SOUND,
)


def run(spec: Spec, out: Path) -> None:
    """Render the population; the first recording of each device refers to it."""
    config = PopulationConfig.model_validate(spec.params["population"])
    seed = spec.params["seed"]
    content = read_content(spec.inputs["content"][0])
    heard = list(spectra_of(config, seed, range(config.n_devices)))
    arrays: dict[str, NDArray[Any]] = {}
    rng = generator(seed, "fingerprint cases", config.name)
    found = cases(
        [spectra for _, spectra in heard],
        [take.device for take, _ in heard],
        [take.session == 0 and take.slot == 0 for take, _ in heard],
        content,
        rng,
    )
    for number, case in enumerate(found):
        arrays |= stacked(case.references, f"{number}.references.")
        arrays |= stacked(case.tests, f"{number}.tests.")
        arrays[f"{number}.reference_devices"] = case.reference_devices
        arrays[f"{number}.test_devices"] = case.test_devices
    write_arrays(arrays, out)


def read_cases(folder: Path) -> list[Case]:
    """Read what this stage wrote."""
    arrays = read_arrays(folder / ARRAYS_FILE)
    return [
        Case(
            unstacked(arrays, f"{number}.references."),
            arrays[f"{number}.reference_devices"],
            unstacked(arrays, f"{number}.tests."),
            arrays[f"{number}.test_devices"],
        )
        for number in range(len(CASE_COPIES))
    ]
