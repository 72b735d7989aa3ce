"""The models that parameters ask for, and what the planning of their fits reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from micfp.features.registry import FAMILIES
from micfp.models.classifiers import CLASSIFIERS
from micfp.models.config import ModelGroup
from micfp.plan.params import Params, parse_params

# The sections of params.yaml that a fit depends on, from recordings to its scores.
FIT_SECTIONS = {
    *("seed", "shard_mb", "corpus", "bench", "degrade", "check", "trim", "segments"),
    *("features", "target", "split", "selection", "preparations", "classifiers", "evaluation"),
}


@dataclass(frozen=True)
class Model:
    """One classifier on one feature set with one preparation."""

    classifier: str
    features: str
    preparation: str
    families: tuple[str, ...] | None

    @property
    def name(self) -> str:
        """Name in tables, figures and MLflow: `<classifier>-<features>-<preparation>`."""
        return f"{self.classifier}-{self.features}-{self.preparation}"

    def params(self, params: Params) -> dict[str, Any]:
        """What a fit of this model reads of the parameters."""
        config = getattr(params.classifiers, self.classifier)
        return {
            "model": self.name,
            "classifier": self.classifier,
            "hyperparameters": config.model_dump(mode="json"),
            "preparation": params.preparations[self.preparation].model_dump(mode="json"),
            "families": None if self.families is None else list(self.families),
            "target": params.target,
            "seed": params.seed,
            **classifier_version(self.classifier),
        }


def classifier_version(name: str) -> dict[str, int]:
    """Version of a classifier's declaration, for the key of what is fitted; nothing where it is 1.

    A classifier whose code never changed keeps the keys that its results have.
    """
    version = CLASSIFIERS[name].version
    return {} if version == 1 else {"version": version}


def models_of(groups: tuple[ModelGroup, ...]) -> Iterator[Model]:
    """The models that parameters ask for, in their order."""
    for group in groups:
        for classifier in group.classifiers:
            yield Model(classifier, group.features, group.preparation, group.families)


def fit_values(params: Params, groups: Sequence[ModelGroup]) -> dict[str, Any]:
    """Return what the planning of fits reads of the parameters, as plain data.

    A task that plans by itself holds these and nothing more, so that its key does not change with
    what it never reads.

    Parameters
    ----------
    params
        all parameters
    groups
        the models that are fitted: of features, preparations and classifiers theirs alone are read
    """
    values = params.model_dump(mode="json", include=FIT_SECTIONS)
    for section, names in (
        ("features", {group.features for group in groups}),
        ("preparations", {group.preparation for group in groups}),
        ("classifiers", {name for group in groups for name in group.classifiers}),
    ):
        values[section] = {name: own for name, own in values[section].items() if name in names}
    del values["corpus"]["name"]  # what reports and MLflow call it
    # How trials name recordings; the rest is of tables.
    values["evaluation"] = {"decision": params.evaluation.decision}
    return values | {"models": [group.model_dump(mode="json") for group in groups]}


def raised_versions(groups: Sequence[ModelGroup]) -> dict[str, int]:
    """Versions of what fits may be made by, but for those that are 1, by name.

    For a task that plans by itself. Any family counts, since a search may vary those of a set.
    """
    declared = {name: CLASSIFIERS[name].version for group in groups for name in group.classifiers}
    declared |= {name: family.version for name, family in FAMILIES.items()}
    return {name: version for name, version in sorted(declared.items()) if version != 1}


def read_fit_values(values: Mapping[str, Any], source: str) -> Params:
    """Return the parameters that are in `values`: reading any other raises AttributeError.

    Parameters
    ----------
    values
        from `fit_values`, perhaps with further sections
    source
        what an error calls them

    Raises
    ------
    MicfpError
        for a wrong value
    """
    params = parse_params(values, source).only(values)
    in_part = [name for name in ("corpus", "classifiers", "evaluation", "search") if name in values]
    return params.model_copy(
        update={name: getattr(params, name).only(values[name]) for name in in_part}
    )
