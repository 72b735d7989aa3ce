"""Gaussian naive Bayes."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.classifier import Classifier


class NbConfig(Section):
    """Gaussian naive Bayes."""

    var_smoothing: float = Field(
        1e-9, ge=0, description="share of the largest variance that is added to all"
    )


def _build(settings: NbConfig, n_classes: int, seed: int) -> Any:
    from sklearn.naive_bayes import GaussianNB

    return GaussianNB(var_smoothing=settings.var_smoothing)


CLASSIFIER = Classifier(
    title="Gaussian naive Bayes",
    settings=NbConfig,
    build=_build,
    estimator="sklearn.naive_bayes.GaussianNB",
)
