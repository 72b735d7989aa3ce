"""The champion: of the models that were chosen, the one with the best inner score.

Inner scores compare only where they answer the same question: the same recordings, target, split,
selection and metric. The alias goes to the best version that answers the question asked last.
"""

import re
from typing import TYPE_CHECKING

from micfp.tracking.records import ADDRESS, Chosen, Question

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

CHAMPION = "champion"
INNER = "micfp.inner"


def model_name(experiment: str) -> str:
    """Name of an experiment's registered model: its own, without what MLflow stumbles over."""
    return re.sub(r"[/:'\"]", "-", experiment)


def promote(client: "MlflowClient", experiment: str, run: "Run", chosen: Chosen) -> None:
    """Register an order's chosen model unless it is there, and move the alias to the best one."""
    name = model_name(experiment)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    versions = _versions(client, name)
    versions = [version for version in versions if _answers(version, chosen.question)]
    if all(version.tags[ADDRESS] != chosen.address for version in versions):
        versions.append(_register(client, name, run, chosen))
    best = max(versions, key=lambda v: (float(v.tags[INNER]), int(v.version)))
    client.set_registered_model_alias(name, CHAMPION, best.version)


def _versions(client: "MlflowClient", name: str) -> "list[ModelVersion]":
    versions: list[ModelVersion] = []
    token = None
    while True:
        page = client.search_model_versions(f"name = '{name}'", page_token=token)
        versions += page
        token = page.token
        if not token:
            return versions


def _register(client: "MlflowClient", name: str, run: "Run", chosen: Chosen) -> "ModelVersion":
    (model,) = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run.info.run_id}'"
    )
    tags = {ADDRESS: chosen.address, INNER: repr(chosen.inner), **chosen.question.tags()}
    return client.create_model_version(
        name,
        source=f"models:/{model.model_id}",
        run_id=run.info.run_id,
        model_id=model.model_id,
        tags=tags,
    )


def _answers(version: "ModelVersion", question: Question) -> bool:
    """Whether a version was registered here, and its score is one of this question."""
    return question.tags().items() <= version.tags.items() and {ADDRESS, INNER} <= set(version.tags)
