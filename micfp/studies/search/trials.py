"""Trials of a search: which configurations there are, and the parameters of each.

An *assignment* gives each axis that counts for a trial its value. An axis below `classifiers.NAME`,
`features.NAME` or `preparations.NAME` counts for the trials that use NAME, as in `params.yaml`.
"""

import functools
import itertools
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.engine.task import Recording, Task
from micfp.errors import MicfpError
from micfp.models.config import ModelGroup
from micfp.plan.experiment import Corpus, plan_corpus
from micfp.plan.models import FIT_SECTIONS, Model, read_fit_values
from micfp.plan.params import Params
from micfp.plan.recordings import RECORDINGS_READ, plan_recordings
from micfp.plan.search_settings import Axis, Range, SearchConfig
from micfp.studies.search import trial as trial_stage

if TYPE_CHECKING:
    import numpy as np

USED_BY = {"classifiers": "classifier", "features": "features", "preparations": "preparation"}
MOST_DRAWS = 100


@dataclass(frozen=True)
class Trial:
    """One configuration: the values of its axes, and the parameters and model that they give.

    differences: all axes but those of model, classifier and preparation, as JSON: trials that agree
    on them share recordings, segments and feature tables.
    """

    assignment: Mapping[str, Any]
    params: Params
    model: Model
    differences: str


class Space:
    """All configurations that parameters' `search` section speaks of."""

    def __init__(self, params: Params) -> None:
        self.search: SearchConfig = params.search
        base = params.model_dump(mode="json", include=FIT_SECTIONS | {"models"})
        base["split"] = self.search.split.model_dump(mode="json")
        base["selection"] = self.search.selection.model_dump(mode="json")
        self._base = base
        first = params.models[0]
        self.model: dict[str, Any] = {
            "classifier": first.classifiers[0],
            "features": first.features,
            "families": first.families,
            "preparation": first.preparation,
        }
        self._params = functools.cache(self._parsed)

    def groups(self) -> tuple[ModelGroup, ...]:
        """Return every model that a trial may have: first the one that counts without axes."""
        first = self.model
        groups = [
            ModelGroup(
                features=first["features"],
                families=first["families"],
                preparation=first["preparation"],
                classifiers=(first["classifier"],),
            )
        ]
        for axes in self.search.axes:
            named = {
                own: values_of(axes.get(f"model.{own}", (first[own],))) for own in USED_BY.values()
            }
            for features, preparation in itertools.product(named["features"], named["preparation"]):
                classifiers = named["classifier"]
                groups.append(
                    ModelGroup(features=features, preparation=preparation, classifiers=classifiers)
                )
        return tuple(groups)

    def assignments(self, rng: "np.random.Generator") -> list[dict[str, Any]]:
        """Every assignment of a grid, or a random sample, each once; axes in their order.

        rng: draws the sample. Raises MicfpError where a sample is asked for and the lists of values
        have fewer different trials.
        """
        if self.search.method == "grid":
            return _once(self.grid())
        drawn: dict[str, dict[str, Any]] = {}
        for _ in range(MOST_DRAWS * self.search.n_trials):
            assignment = self.draw(rng)
            drawn.setdefault(json.dumps(assignment), assignment)
            if len(drawn) == self.search.n_trials:
                return list(drawn.values())
        raise MicfpError(
            f"search.n_trials: {self.search.n_trials} trials asked for, and the axes have about "
            f"{len(drawn)} different ones; ask for fewer, or set method to grid"
        )

    def grid(self) -> Iterator[dict[str, Any]]:
        """Every combination of values; axes that do not count for a trial are left out."""
        for axes in self.search.axes:
            free = {key: values_of(axis) for key, axis in axes.items() if _free(key)}
            for chosen in itertools.product(*free.values()):
                model = dict(zip(free, chosen, strict=True))
                bound = {k: values_of(axis) for k, axis in axes.items() if self._counts(k, model)}
                for values in itertools.product(*bound.values()):
                    assignment = model | dict(zip(bound, values, strict=True))
                    yield {key: assignment[key] for key in axes if key in assignment}

    def draw(self, rng: "np.random.Generator") -> dict[str, Any]:
        """A random assignment: a grid, then the axes that choose the model, then its own."""
        return self.suggest(lambda key, axis: drawn_from(axis, rng))

    def suggest(self, choose: Any) -> dict[str, Any]:
        """An assignment whose values `choose(key, axis)` gives; the first choice is of the grid."""
        grids = self.search.axes
        number = choose("grid", tuple(range(len(grids)))) if len(grids) > 1 else 0
        return self.of_grid(grids[number], choose)

    def of_grid(self, axes: Mapping[str, Axis], choose: Any) -> dict[str, Any]:
        """An assignment of one grid whose values `choose(key, axis)` gives."""
        model = {key: choose(key, axis) for key, axis in axes.items() if _free(key)}
        bound = {key: choose(key, a) for key, a in axes.items() if self._counts(key, model)}
        return {key: (model | bound)[key] for key in axes if key in model or key in bound}

    def trial(self, assignment: Mapping[str, Any]) -> Trial:
        """The parameters and model of an assignment.

        Raises MicfpError that names the axis whose value is no right one.
        """
        slow, classifier, preparation = {}, {}, {}
        model = dict(self.model)
        for key, value in assignment.items():
            if key.startswith("model."):
                model[key.removeprefix("model.")] = value
            elif key.startswith("classifiers."):
                classifier[key] = value
            elif key.startswith("preparations."):
                preparation[key] = value
            else:
                slow[key] = value
        differences = json.dumps(slow)
        name, prepared = str(model["classifier"]), str(model["preparation"])
        params = self._params(differences)
        config = getattr(self._params(json.dumps(classifier)).classifiers, name)
        preparations = self._params(json.dumps(preparation)).preparations
        params = params.model_copy(
            update={
                "classifiers": params.classifiers.model_copy(update={name: config}),
                "preparations": params.preparations | {prepared: preparations[prepared]},
            }
        )
        families = model["families"]
        return Trial(
            assignment,
            params,
            Model(
                name,
                str(model["features"]),
                prepared,
                None if families is None else tuple(families),
            ),
            differences,
        )

    def check(self) -> None:
        """Raise MicfpError for an axis that cannot be: an unknown key, model or value."""
        known = {
            "classifier": list(type(Params.model_fields["classifiers"].default).model_fields),
            "features": list(self._base["features"]),
            "preparation": list(self._base["preparations"]),
        }
        for axes in self.search.axes:
            for key, axis in axes.items():
                for value in values_of(axis):
                    name = key.removeprefix("model.")
                    if name in known and key.startswith("model.") and value not in known[name]:
                        raise MicfpError(
                            f"search: the axis {key} names {value!r}; there are "
                            f"{', '.join(known[name])}"
                        )
                    section, _, rest = key.partition(".")
                    if not_read(key):  # `check_axes` names it
                        continue
                    used = rest.partition(".")[0]
                    if section in USED_BY and used not in known[USED_BY[section]]:
                        raise MicfpError(
                            f"search: the axis {key} speaks of {used!r}; under {section} there are "
                            f"{', '.join(known[USED_BY[section]])}"
                        )
                    if not key.startswith("model."):
                        self._params(json.dumps({key: value}))
                    given = value.values() if isinstance(value, Mapping) else (value,)
                    if section in ("split", "selection") and "auto" in given:
                        raise MicfpError(
                            f"search: the axis {key} has auto, which search.{section} may have and "
                            "an axis may not: give kinds and numbers of folds"
                        )

    def _counts(self, key: str, model: Mapping[str, Any]) -> bool:
        """Whether an axis that is bound to one name counts for a model."""
        section, _, rest = key.partition(".")
        if _free(key):
            return False
        own = USED_BY[section]
        used: bool = rest.partition(".")[0] == model.get(f"model.{own}", self.model[own])
        return used

    def _parsed(self, differences: str) -> Params:
        values = json.loads(json.dumps(self._base))
        for key, value in json.loads(differences).items():
            _set(values, key, value)
        return read_fit_values(values, "search")


def not_read(key: str) -> bool:
    """Whether an axis is in a section of the parameters that no fit depends on."""
    section = key.partition(".")[0]
    return section in Params.model_fields and section not in FIT_SECTIONS


def nested(assignment: Mapping[str, Any]) -> dict[str, Any]:
    """An assignment as differences from `params.yaml`, without the choice of the model."""
    values: dict[str, Any] = {}
    for key, value in assignment.items():
        if not key.startswith("model."):
            _set(values, key, value)
    return values


def values_of(axis: Axis) -> tuple[Any, ...]:
    """The values of an axis; the two ends of a range."""
    return (axis.low, axis.high) if isinstance(axis, Range) else axis


def drawn_from(axis: Axis, rng: "np.random.Generator") -> Any:
    """A value of an axis, each as likely as the others."""
    import numpy as np

    if not isinstance(axis, Range):
        return axis[int(rng.integers(len(axis)))]
    if axis.integer and not axis.log:
        return int(rng.integers(int(axis.low), int(axis.high) + 1))
    if axis.log:
        value = float(np.exp(rng.uniform(np.log(axis.low), np.log(axis.high))))
    else:
        value = float(rng.uniform(axis.low, axis.high))
    return round(value) if axis.integer else float(f"{value:.6g}")


def _free(key: str) -> bool:
    """Whether an axis counts for every trial of its grid."""
    return key.partition(".")[0] not in USED_BY


def _once(assignments: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for assignment in assignments:
        found.setdefault(json.dumps(assignment, sort_keys=True), assignment)
    return list(found.values())


def _set(values: dict[str, Any], key: str, value: Any) -> None:
    """Set the value at a dotted key."""
    *sections, last = key.split(".")
    for section in sections:
        inner = values.setdefault(section, {})
        if not isinstance(inner, dict):
            inner = values[section] = {}
        values = inner
    values[last] = value


def plan_trials(
    space: Space, assignments: Iterable[Mapping[str, Any]], part: int | str | None = None
) -> tuple[Task, ...]:
    """Plan the trials of a search; those that agree on something share what makes it.

    part: as in `trial.task`.
    """
    recordings: dict[str, tuple[Recording, ...]] = {}
    corpora: dict[str, Corpus] = {}
    datasets: dict[tuple[str, str], Task] = {}
    tasks = []
    for assignment in assignments:
        found = space.trial(assignment)
        own = (found.differences, found.model.features)
        if own not in datasets:
            if found.differences not in corpora:
                source = found.params.model_dump_json(include=RECORDINGS_READ)
                if source not in recordings:
                    recordings[source] = tuple(plan_recordings(found.params))
                corpora[found.differences] = plan_corpus(found.params, recordings[source])
            datasets[own] = corpora[found.differences].dataset(found.params, found.model.features)
        tasks.append(trial_stage.task(found.params, found.model, datasets[own], part))
    return tuple(tasks)
