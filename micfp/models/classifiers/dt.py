"""Decision tree."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import TREE_TYPES, check_tree
from micfp.models.classifiers.classifier import Classifier


class DtConfig(Section):
    """Decision tree."""

    max_depth: int | None = Field(None, description="of the tree; null: as deep as it grows")


def _build(settings: DtConfig, n_classes: int, seed: int) -> Any:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(max_depth=settings.max_depth, random_state=seed)


CLASSIFIER = Classifier(
    title="decision tree",
    settings=DtConfig,
    build=_build,
    estimator="sklearn.tree._classes.DecisionTreeClassifier",
    types=TREE_TYPES,
    check=lambda tree, classes: check_tree(tree, tree.n_features_in_),
)
