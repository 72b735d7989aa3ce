"""Network of radial basis functions, see `radial_basis`."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import require
from micfp.models.classifiers.classifier import Classifier


class RbfConfig(Section):
    """Network of radial basis functions."""

    n_centres: int = Field(8, ge=1, description="k-means centres of each class")
    C: float = Field(100.0, gt=0, description="of the logistic regression on the activations")


def _build(settings: RbfConfig, n_classes: int, seed: int) -> Any:
    from micfp.models.classifiers.radial_basis import RbfNetwork

    return RbfNetwork(settings.n_centres, settings.C, seed)


def _check(rbf: Any, classes: list[str]) -> None:
    """Its output layer is asked for probabilities: another classifier there would go unchecked."""
    require(
        type(rbf.output_).__name__ == "LogisticRegression"
        and list(rbf.output_.classes_) == classes
        and rbf.centres_.shape == (rbf.output_.n_features_in_, rbf.n_features_in_)
        and rbf.width_ > 0
    )


CLASSIFIER = Classifier(
    title="radial basis function network",
    settings=RbfConfig,
    build=_build,
    estimator="micfp.models.classifiers.radial_basis.RbfNetwork",
    types={"ObjectNode": {"sklearn.linear_model._logistic.LogisticRegression"}},
    check=_check,
)
