"""Sections of the parameters that name classifiers."""

from pydantic import Field

from micfp.config.base import Section
from micfp.features.registry import FamilyName
from micfp.models.classifiers import REGULARISATIONS, ClassifierName, RegularisedName


class ModelGroup(Section):
    """Classifiers that share a feature set and a preparation."""

    features: str = Field(description="a name under features")
    families: tuple[FamilyName, ...] | None = Field(None, description="only these of the set")
    preparation: str = Field(description="a name under preparations")
    classifiers: tuple[ClassifierName, ...] = Field(description="by name")


def _regularised() -> str:
    """Which setting is varied of which classifiers, in words."""
    names: dict[str, list[str]] = {}
    for name, regularisation in REGULARISATIONS.items():
        names.setdefault(regularisation.setting, []).append(name)
    return ", ".join(f"{setting} of {' and '.join(of)}" for setting, of in names.items())


class OverfittingConfig(Section):
    """Where over-fitting is looked for (thesis 5.2, 8); all inside the training part."""

    classifiers: tuple[ClassifierName, ...] = Field(
        ("svc", "knn", "mlp", "rf", "nb", "lr", "dt", "lda"),
        description="looked at in full; the others by one shuffle",
    )
    shuffles: int = Field(5, ge=1, description="repeats of the control with shuffled labels")
    learning_curve_shares: tuple[float, ...] = Field(
        (0.25, 0.5, 0.75, 1.0), description="of the training part, that a model learns from"
    )
    regularisation: dict[RegularisedName, tuple[float, ...]] = Field(
        {name: regularisation.values for name, regularisation in REGULARISATIONS.items()},
        description=_regularised(),
    )
