"""Gradient boosting."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import TREE_TYPES, check_tree, require
from micfp.models.classifiers.classifier import Classifier


class GbConfig(Section):
    """Gradient boosting."""

    n_estimators: int = Field(100, ge=1, description="number of rounds")
    learning_rate: float = Field(0.1, gt=0, description="by which each tree counts")
    max_depth: int = Field(3, ge=1, description="of a tree")


def _build(settings: GbConfig, n_classes: int, seed: int) -> Any:
    from sklearn.ensemble import GradientBoostingClassifier

    return GradientBoostingClassifier(
        n_estimators=settings.n_estimators,
        learning_rate=settings.learning_rate,
        max_depth=settings.max_depth,
        random_state=seed,
    )


def _check(boosting: Any, classes: list[str]) -> None:
    """Each stage has a tree for each column of the scores."""
    n_columns = 1 if len(classes) == 2 else len(classes)
    require(
        boosting.estimators_.ndim == 2
        and boosting.estimators_.shape[1] == boosting.n_trees_per_iteration_ == n_columns
        and type(boosting.init_).__name__ == "DummyClassifier"
        and boosting.init_.class_prior_.shape == (len(classes),)
    )
    for tree in boosting.estimators_.flat:
        check_tree(tree, boosting.n_features_in_)


CLASSIFIER = Classifier(
    title="gradient boosting",
    settings=GbConfig,
    build=_build,
    estimator="sklearn.ensemble._gb.GradientBoostingClassifier",
    types={
        "ObjectNode": {
            "sklearn._loss.link.Interval",
            "sklearn._loss.link.LogitLink",
            "sklearn._loss.link.MultinomialLogit",
            "sklearn._loss.loss.HalfBinomialLoss",
            "sklearn._loss.loss.HalfMultinomialLoss",
            "sklearn.dummy.DummyClassifier",
            "sklearn.tree._classes.DecisionTreeRegressor",
        },
        "LossNode": {
            "sklearn._loss._loss.CyHalfBinomialLoss",
            "sklearn._loss._loss.CyHalfMultinomialLoss",
        },
        "RandomStateNode": {"numpy.random.mtrand.RandomState"},
        **TREE_TYPES,
    },
    check=_check,
)
