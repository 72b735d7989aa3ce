"""Multi-layer perceptron."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.classifier import Classifier, Regularisation


class MlpConfig(Section):
    """Multi-layer perceptron."""

    hidden_layer_sizes: tuple[int, ...] = Field((100,), description="units of each hidden layer")
    alpha: float = Field(1e-4, ge=0, description="the greater, the more it is regularised")
    max_iter: int = Field(200, ge=1, description="epochs at most")


def _build(settings: MlpConfig, n_classes: int, seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    return MLPClassifier(
        settings.hidden_layer_sizes,
        alpha=settings.alpha,
        max_iter=settings.max_iter,
        random_state=seed,
    )


CLASSIFIER = Classifier(
    title="multi-layer perceptron",
    settings=MlpConfig,
    build=_build,
    estimator="sklearn.neural_network._multilayer_perceptron.MLPClassifier",
    types={
        "ObjectNode": {
            "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
            "sklearn.preprocessing._label.LabelBinarizer",
        },
        "RandomStateNode": {"numpy.random.mtrand.RandomState"},
    },
    regularisation=Regularisation("alpha", (1e-5, 1e-4, 1e-2, 1.0, 10.0)),
)
