"""Logistic regression."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.classifier import Classifier, Regularisation


class LrConfig(Section):
    """Logistic regression."""

    C: float = Field(1.0, gt=0, description="the smaller, the more it is regularised")
    max_iter: int = Field(
        1000,
        ge=1,
        description="iterations at most; scikit-learn's default and the thesis's text: 100",
    )


def _build(settings: LrConfig, n_classes: int, seed: int) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=settings.C, max_iter=settings.max_iter, random_state=seed)


CLASSIFIER = Classifier(
    title="logistic regression",
    settings=LrConfig,
    build=_build,
    estimator="sklearn.linear_model._logistic.LogisticRegression",
    regularisation=Regularisation("C", (0.001, 0.01, 0.1, 1.0, 10.0, 100.0)),
)
