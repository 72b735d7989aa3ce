"""Sparse-representation classification, see `sparse_representation`."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import in_range, require
from micfp.models.classifiers.classifier import Classifier


class SrcConfig(Section):
    """Sparse-representation classification: a row as a sum of few training rows."""

    n_nonzero: int = Field(10, ge=1, description="training rows in the sum")


def _build(settings: SrcConfig, n_classes: int, seed: int) -> Any:
    from micfp.models.classifiers.sparse_representation import SparseRepresentation

    return SparseRepresentation(settings.n_nonzero)


def _check(src: Any, classes: list[str]) -> None:
    """Nothing compiled trusts these; what contradicts itself is refused all the same."""
    n_rows = len(src.rows_)
    require(
        src.rows_.shape == (n_rows, src.n_features_in_)
        and src.class_of_row_.shape == (n_rows,)
        and in_range(src.class_of_row_, 0, len(classes))
        and len(src.classes_) == len(classes)
        and src.n_nonzero >= 1
    )


CLASSIFIER = Classifier(
    title="sparse-representation classification",
    settings=SrcConfig,
    build=_build,
    estimator="micfp.models.classifiers.sparse_representation.SparseRepresentation",
    calibrated=True,
    check=_check,
)
