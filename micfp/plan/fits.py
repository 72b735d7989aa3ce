"""Tasks that fit classifiers on feature tables, and what is asked of them."""

from dataclasses import replace
from typing import Any

from micfp.config.models import SplitConfig
from micfp.engine.libraries import CLASSIFIERS, LEARNING
from micfp.engine.stage import Stage
from micfp.engine.task import Task
from micfp.plan.models import Model
from micfp.plan.params import Params

FIT = Stage(
    "fit",
    3,
    "micfp.stages.fit",
    minutes=240,
    packing="fit",
    s_per_mb=0.002,
    cost_by=("classifier",),
    libraries=CLASSIFIERS,
)
INNER_CV = replace(FIT, name="inner_cv", module="micfp.stages.inner_cv")
OVERFIT = replace(FIT, name="overfit", module="micfp.stages.overfit", s_per_mb=0.006)
CALIBRATE = Stage("calibrate", 1, "micfp.stages.calibrate", libraries=CLASSIFIERS)
SCORE = Stage("score", 1, "micfp.stages.score", libraries=LEARNING)
STAGES = (FIT, INNER_CV, OVERFIT, CALIBRATE, SCORE)


def fit_task(
    params: Params,
    model: Model,
    dataset: Task,
    split: SplitConfig,
    keep_model: bool = True,
    where: str = "split",
) -> Task:
    """Plan one fit; without the model where only its scores are wanted; `where` names the split."""
    return Task(
        FIT,
        model.params(params) | {"split": split.model_dump(mode="json"), "keep_model": keep_model},
        {"dataset": (dataset,)},
        where=dataset.where + where,
    )


def inner_cv_task(params: Params, model: Model, dataset: Task, split: SplitConfig) -> Task:
    """Plan the selection scores of one classifier."""
    own = {"split": split.model_dump(mode="json"), "selection": _selection(params)}
    return Task(
        INNER_CV,
        model.params(params) | own,
        {"dataset": (dataset,)},
        where=dataset.where + "split",
    )


def calibrate_task(params: Params, fit: Task, select: Task) -> Task:
    """Plan what the probabilities of a fit are worth, by its scores on inner folds."""
    own = {name: fit.params[name] for name in ("families", "target", "seed", "split")}
    own |= {"selection": _selection(params), "decision": params.evaluation.decision}
    inputs = {"dataset": fit.inputs["dataset"], "fit": (fit,), "select": (select,)}
    return Task(CALIBRATE, own, inputs, where=fit.where)


def _selection(params: Params) -> dict[str, Any]:
    """What makes the folds inside a training part."""
    return {"kind": params.selection.kind, "folds": params.selection.folds}


def overfit_task(params: Params, model: Model, dataset: Task, split: SplitConfig) -> Task:
    """Plan the looks at one classifier."""
    config = params.overfitting
    full = model.classifier in config.classifiers
    own = {
        "selection": _selection(params),
        "split": split.model_dump(mode="json"),
        "shuffles": config.shuffles if full else 1,
        "shares": list(config.learning_curve_shares) if full else [],
        "strengths": list(config.regularisation.get(model.classifier, ())) if full else [],
    }
    return Task(
        OVERFIT,
        model.params(params) | own,
        {"dataset": (dataset,)},
        where=dataset.where + "split",
    )


def score_task(fit: Task, dataset: Task) -> Task:
    """Plan the scores of one fit on one data set."""
    names = ("target", "seed", "split")
    params = {name: fit.params[name] for name in names}
    if fit.step == "train":
        params |= {"model": fit.params["name"], "families": None}
    else:
        params |= {"model": fit.params["model"], "families": fit.params["families"]}
    (trained,) = fit.inputs["matrix" if fit.step == "train" else "dataset"]
    inputs = {"fit": (fit,), "trained": (trained,), "dataset": (dataset,)}
    return Task(SCORE, params, inputs)
