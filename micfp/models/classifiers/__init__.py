"""Every classifier by its name in the parameters; each is declared in the file of that name."""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import create_model

from micfp.config.base import Section
from micfp.models.classifiers import dt, gb, gda, knn, lda, lr, mlp, nb, rbf, rf, src, svc
from micfp.models.classifiers.classifier import Classifier

CLASSIFIERS: dict[str, Classifier[Any]] = {
    "svc": svc.CLASSIFIER,
    "knn": knn.CLASSIFIER,
    "mlp": mlp.CLASSIFIER,
    "rf": rf.CLASSIFIER,
    "gb": gb.CLASSIFIER,
    "nb": nb.CLASSIFIER,
    "lr": lr.CLASSIFIER,
    "dt": dt.CLASSIFIER,
    "lda": lda.CLASSIFIER,
    "src": src.CLASSIFIER,
    "rbf": rbf.CLASSIFIER,
    "gda": gda.CLASSIFIER,
}
DECLARED_BY_TYPE = {declared.estimator: declared for declared in CLASSIFIERS.values()}
REGULARISATIONS = {
    name: declared.regularisation
    for name, declared in CLASSIFIERS.items()
    if declared.regularisation is not None
}
_SECTIONS: dict[str, Any] = {
    name: (declared.settings, declared.settings()) for name, declared in CLASSIFIERS.items()
}

if TYPE_CHECKING:
    ClassifierName = str
    RegularisedName = str
else:  # the type checker knows no names that are computed
    ClassifierName = Literal[tuple(CLASSIFIERS)]
    RegularisedName = Literal[tuple(REGULARISATIONS)]


class ClassifiersConfig(create_model("_Sections", __base__=Section, **_SECTIONS)):  # type: ignore[misc]
    """Hyperparameters: the thesis's eight (scikit-learn's defaults, but for knn and lr), and more.

    The thesis (4.4): "The hyperparameters were kept at their respective default values". These are
    5 neighbours and 100 iterations, which the preset `thesis-text` sets. Its program takes as many
    neighbours as there are classes, 5 with its five microphones; and logistic regression does not
    always converge within 100 iterations, so ours may take more.
    """


def type_name(estimator: object) -> str:
    """Module and class of an estimator, as `Classifier.estimator` names them."""
    return f"{type(estimator).__module__}.{type(estimator).__qualname__}"
