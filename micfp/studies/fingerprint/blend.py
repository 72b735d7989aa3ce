"""Step `fingerprint_blend`: the model moved towards real devices (`fingerprint.add`).

Reads: the model, fingerprints of corpora (`fingerprint_heard`), labels. Writes: the model file.
"""

from pathlib import Path

import numpy as np

from micfp.config.recipe import RecipeConfig
from micfp.engine.libraries import ARRAYS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.model_file import load_model, save_model
from micfp.fingerprint.embedding.training import fit_covariances
from micfp.studies.fingerprint.fit import MODEL_FILE
from micfp.studies.fingerprint.heard import read_taught

STAGE = Stage("fingerprint_blend", 1, "micfp.studies.fingerprint.blend", libraries=ARRAYS)


def run(spec: Spec, out: Path) -> None:
    """Blend."""
    loaded = load_model(spec.entry("fit") / MODEL_FILE)
    names = [f"{one.labels['corpus']}/{one.labels['device']}" for one in spec.audio]
    devices = np.asarray(np.unique(names, return_inverse=True)[1])
    taught = read_taught(spec.inputs["heard"], spec.params["n_recordings"], devices)
    recipe = RecipeConfig.model_validate(spec.params["recipe"])
    own = fit_covariances(taught, recipe, whole=False)
    model = loaded.model.blended(own, spec.params["share"], spec.params["kappa"])
    save_model(model, spec.params["trained_on"], out / MODEL_FILE)
