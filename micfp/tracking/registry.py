"""The champion: of the models that were chosen, the one with the best score.

Scores compare only where they answer the same question: inner scores are of the same recordings,
target, split, selection and metric. The alias goes to the best version that answers the question
asked last.
"""

import re
from typing import TYPE_CHECKING

from micfp.tracking.client import MODEL_FOLDER
from micfp.tracking.records import ADDRESS, Chosen, Question

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.entities import Run
    from mlflow.entities.model_registry import ModelVersion

CHAMPION = "champion"


def model_name(experiment: str, models: str) -> str:
    """Name of an experiment's registered model: its own, without what MLflow stumbles over.

    models: as in `Question`.
    """
    name = f"{experiment}-{models}" if models else experiment
    return re.sub(r"[/:'\"]", "-", name)


def promote(client: "MlflowClient", experiment: str, run: "Run", chosen: Chosen) -> None:
    """Register an order's chosen model unless it is there, and move the alias to the best one."""
    asked = chosen.question
    name = model_name(experiment, asked.models)
    if not client.search_registered_models(f"name = '{name}'"):
        client.create_registered_model(name)
    versions = [version for version in _versions(client, name) if _answers(version, asked)]
    if all(version.tags[ADDRESS] != chosen.address for version in versions):
        versions.append(_register(client, name, run, chosen))
    sign = -1 if asked.smallest_is_best else 1
    best = max(versions, key=lambda v: (sign * float(v.tags[asked.score_tag]), int(v.version)))
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
    source, model_id = _place(client, run)
    score = {chosen.question.score_tag: repr(chosen.score)}
    return client.create_model_version(
        name,
        source=source,
        run_id=run.info.run_id,
        model_id=model_id,
        tags={ADDRESS: chosen.address} | score | chosen.question.tags(),
        description=chosen.about or None,
    )


def _place(client: "MlflowClient", run: "Run") -> tuple[str, str | None]:
    """Where a run's model lies, and its number where MLflow itself keeps it as a model."""
    models = client.search_logged_models(
        [run.info.experiment_id], f"source_run_id = '{run.info.run_id}'"
    )
    if not models:
        return f"{run.info.artifact_uri}/{MODEL_FOLDER}", None
    (model,) = models
    return f"models:/{model.model_id}", str(model.model_id)


def _answers(version: "ModelVersion", question: Question) -> bool:
    """Whether a version was registered here, and its score is one of this question."""
    scored = {ADDRESS, question.score_tag} <= set(version.tags)
    return scored and question.tags().items() <= version.tags.items()
