"""Step `fingerprint_content`: what speech is expected to look like, from some virtual phones.

Reads: nothing but parameters and files of speech. Writes: the content model.
"""

from pathlib import Path

import numpy as np

from micfp.config.population import PopulationConfig
from micfp.engine.libraries import CLASSIFIERS, SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.content import fit_content
from micfp.studies.fingerprint.rendering import spectra_of, write_content

STAGE = Stage(
    "fingerprint_content",
    2,
    "micfp.studies.fingerprint.content",
    packing="alone",
    libraries=(*SOUND, *CLASSIFIERS),
)


def run(spec: Spec, out: Path) -> None:
    """Render the first devices of the population, and learn the classes of their frames."""
    config = PopulationConfig.model_validate(spec.params["population"])
    seed, devices = spec.params["seed"], range(spec.params["content_devices"])
    frames = [spectra for _, spectra in spectra_of(config, seed, devices)]
    rng = np.random.default_rng(seed)
    write_content(fit_content(frames, spec.params["n_classes"], rng), out)
