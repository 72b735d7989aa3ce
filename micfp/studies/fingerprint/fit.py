"""Step `fingerprint_fit`: the model.

Reads: content model, pieces, cases, the network if one is wanted. Writes: the model file.
"""

from pathlib import Path

from micfp.config.recipe import RecipeConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.model import Setting
from micfp.fingerprint.embedding.model_file import save_model
from micfp.fingerprint.embedding.training import Case, fit_model, joined
from micfp.studies.fingerprint.cases import read_cases
from micfp.studies.fingerprint.network import read_network
from micfp.studies.fingerprint.pieces import read_pieces
from micfp.studies.fingerprint.rendering import read_content

MODEL_FILE = "fingerprint.safetensors"
STAGE = Stage(
    "fingerprint_fit",
    2,
    "micfp.studies.fingerprint.fit",
    mem_mb=4000,
    packing="alone",
    libraries=CLASSIFIERS,
)


def run(spec: Spec, out: Path) -> None:
    """Fit covariances and fusion."""
    content = read_content(spec.inputs["content"][0])
    training = joined([read_pieces(folder) for folder in spec.inputs["pieces"]])
    cases: dict[Setting, list[Case]] = {
        "same": read_cases(spec.inputs["same"][0]),
        "other": read_cases(spec.inputs["other"][0]),
    }
    recipe = RecipeConfig.model_validate(spec.params["recipe"])
    network = read_network(spec.inputs["network"][0]) if "network" in spec.inputs else None
    model = fit_model(content, training, cases, recipe, network)
    save_model(model, spec.params["trained_on"], out / MODEL_FILE)
