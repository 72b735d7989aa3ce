"""Support vector classifier."""

from typing import Any, Literal

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.checks import require
from micfp.models.classifiers.classifier import Classifier, Regularisation


class SvcConfig(Section):
    """Support vector classifier, RBF kernel; probabilities by cross-validated calibration."""

    C: float = Field(1.0, gt=0, description="the smaller, the more it is regularised")
    gamma: float | Literal["scale", "auto"] = Field(
        "scale", description="of the RBF kernel, as scikit-learn has it"
    )
    kernel: Literal["rbf", "linear"] = Field("rbf", description="of the support vectors")


def _build(settings: SvcConfig, n_classes: int, seed: int) -> Any:
    from sklearn.svm import SVC

    return SVC(C=settings.C, gamma=settings.gamma, kernel=settings.kernel, random_state=seed)


def _check(svc: Any, classes: list[str]) -> None:
    """Libsvm takes the sizes of its arrays on trust."""
    n_classes, n_vectors = len(classes), len(svc.support_)
    require(
        svc._impl == "c_svc"
        and svc.kernel in ("rbf", "linear")
        and svc.support_vectors_.shape == (n_vectors, svc.n_features_in_)
        and svc._n_support.shape == (n_classes,)
        and bool((svc._n_support >= 0).all())
        and svc._n_support.sum() == n_vectors
        and svc._dual_coef_.shape == (n_classes - 1, n_vectors)
        and svc._intercept_.shape == (n_classes * (n_classes - 1) // 2,)
        and not svc._probA.size
        and not svc._probB.size
    )


CLASSIFIER = Classifier(
    title="support vector classifier",
    settings=SvcConfig,
    build=_build,
    estimator="sklearn.svm._classes.SVC",
    calibrated=True,
    check=_check,
    regularisation=Regularisation("C", (0.01, 0.1, 1.0, 10.0, 100.0)),
)
