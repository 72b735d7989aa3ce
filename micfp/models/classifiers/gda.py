"""Gaussian discriminant analysis over the columns that a row has, see `gaussian_discriminant`."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import require
from micfp.models.classifiers.classifier import Classifier


class GdaConfig(Section):
    """Gaussian discriminant analysis over the columns that a row has."""

    shrinkage: float = Field(0.03, gt=0, le=1, description="of the covariances")
    ignore_level: bool = Field(True, description="of what is added to all columns, such as gain")
    most_deviations: float | None = Field(
        4.0, gt=0, description="columns further than this from all classes are left out of a row"
    )


def _build(settings: GdaConfig, n_classes: int, seed: int) -> Any:
    from micfp.models.classifiers.gaussian_discriminant import GaussianDiscriminant

    return GaussianDiscriminant(settings.shrinkage, settings.ignore_level, settings.most_deviations)


def _check(gda: Any, classes: list[str]) -> None:
    """Nothing compiled trusts these; what contradicts itself is refused all the same."""
    n_columns = gda.n_features_in_
    require(
        gda.means_.shape == (len(classes), n_columns)
        and gda.covariance_.shape == (n_columns, n_columns)
        and len(gda.classes_) == len(classes)
    )


CLASSIFIER = Classifier(
    title="Gaussian discriminant analysis of the columns that are there",
    settings=GdaConfig,
    build=_build,
    estimator="micfp.models.classifiers.gaussian_discriminant.GaussianDiscriminant",
    calibrated=True,
    check=_check,
)
