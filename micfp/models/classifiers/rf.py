"""Random forest."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import TREE_TYPES, check_tree, require
from micfp.models.classifiers.classifier import Classifier


class RfConfig(Section):
    """Random forest."""

    n_estimators: int = Field(100, ge=1, description="number of trees")
    max_depth: int | None = Field(None, description="of a tree; null: as deep as it grows")


def _build(settings: RfConfig, n_classes: int, seed: int) -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(
        settings.n_estimators, max_depth=settings.max_depth, random_state=seed, n_jobs=1
    )


def _check(forest: Any, classes: list[str]) -> None:
    n_classes = len(classes)
    require(forest.n_outputs_ == 1 and forest.n_classes_ == n_classes and forest.n_jobs == 1)
    for tree in forest.estimators_:
        check_tree(tree, forest.n_features_in_)


CLASSIFIER = Classifier(
    title="random forest",
    settings=RfConfig,
    build=_build,
    estimator="sklearn.ensemble._forest.RandomForestClassifier",
    types={"ObjectNode": {"sklearn.tree._classes.DecisionTreeClassifier"}, **TREE_TYPES},
    check=_check,
)
