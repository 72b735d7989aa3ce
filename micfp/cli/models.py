"""Models and parameters that verbs ask for."""

from pathlib import Path
from typing import Any

from micfp.errors import MicfpError

DEFAULT_MODEL = "results/models/default"


def load_any_model(model: str) -> Any:
    """The model of a folder, or of an address in MLflow."""
    from micfp.fingerprint import default_model
    from micfp.fingerprint.model import load_model
    from micfp.tracking.fetch import fetched, is_address

    if model == DEFAULT_MODEL and not default_model.DEFAULT.is_dir():
        raise MicfpError(default_model.why_none())
    if not is_address(model):
        return load_model(Path(model))
    from micfp.plan.order import tracking_uri

    with fetched(model, tracking_uri(params_of(None))) as folder:
        return load_model(folder)


def params_of(files: list[Path] | None) -> Any:
    """Parameters of files; of none: of `params.yaml` where there is one."""
    from micfp.plan.params import load_params

    default = Path("params.yaml")
    return load_params(files or ([default] if default.exists() else []))
