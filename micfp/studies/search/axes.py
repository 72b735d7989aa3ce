"""Whether the axes of a search change anything: one that does not gives the same trials again.

An axis has an effect where its values give a trial different keys. That may hang on other axes (the
length of windows counts where segments are windows), so that trials all over the grid are looked at
until one differs. They are planned on one recording of each session, which takes a millisecond.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from micfp.engine.task import Recording
from micfp.errors import MicfpError
from micfp.plan.experiment import plan_corpus
from micfp.plan.params import Params
from micfp.plan.recordings import RECORDINGS_READ, plan_recordings
from micfp.plan.search_settings import Axis
from micfp.studies.search import trial
from micfp.studies.search.trials import Space, drawn_from, not_read, values_of

DRAWS = 300
MOST_VALUES = 5  # about, of one axis; of more those at even distances are looked at


def check_axes(space: Space) -> None:
    """Look at every axis of every grid but those that choose the model.

    Raises
    ------
    MicfpError
        One sentence that names every axis without an effect, and why it has none.
    """
    keys = _Keys(space)
    idle = []
    for axes in space.search.axes:
        for name, axis in axes.items():
            if name.startswith("model."):
                continue
            values = values_of(axis)
            if not_read(name):
                idle.append(f"{name} (none of the models of its grid reads it)")
            elif next(_around(space, axes, name), None) is None:
                section = ".".join(name.split(".")[:2])
                idle.append(f"{name} (no model of its grid uses {section})")
            elif len(values) > 1 and all(value == values[0] for value in values):
                idle.append(f"{name} (its values are all the same)")
            elif len(values) > 1 and not _has_effect(space, axes, name, keys):
                idle.append(f"{name} (none of the models of its grid reads it)")
    if idle:
        raise MicfpError(
            f"search.axes: {', '.join(idle)}: without an effect an axis gives the same trials "
            "again; take it out, or add a model that reads it"
        )


def _has_effect(space: Space, axes: Mapping[str, Axis], name: str, keys: "_Keys") -> bool:
    values = values_of(axes[name])
    step = max(1, (len(values) - 1) // (MOST_VALUES - 1))
    first, *others = values[::step]
    return any(
        keys.of({**assignment, name: other}) != keys.of({**assignment, name: first})
        for assignment in _around(space, axes, name)
        for other in others
    )


def _around(space: Space, axes: Mapping[str, Axis], name: str) -> Iterator[dict[str, Any]]:
    """Assignments of a grid for which the axis `name` counts, always the same.

    The first, those that differ from it in one other axis, and then draws.
    """
    import numpy as np

    rng = np.random.default_rng(0)
    draws = (space.of_grid(axes, lambda _, axis: drawn_from(axis, rng)) for _ in range(DRAWS))
    counting = (assignment for assignment in draws if name in assignment)
    first = next(counting, None)
    if first is None:
        return
    yield first
    for other, axis in axes.items():
        for value in values_of(axis):
            near = {**{key: values_of(a)[0] for key, a in axes.items()}, **first, other: value}
            found = space.of_grid(axes, lambda key, _, near=near: near[key])
            if name in found:
                yield found
    yield from counting


class _Keys:
    """Keys of trials on one recording of each session of their corpus."""

    def __init__(self, space: Space) -> None:
        self._space = space
        self._recordings: dict[str, tuple[Recording, ...]] = {}

    def of(self, assignment: Mapping[str, Any]) -> str:
        """Of an assignment; a feature set counts by the families of it that the model uses."""
        found = self._space.trial(assignment)
        params, model = found.params, found.model
        if model.families is not None:
            used = params.features[model.features].model_copy(update={"families": model.families})
            params = params.model_copy(
                update={"features": params.features | {model.features: used}}
            )
        dataset = plan_corpus(params, self._read(params)).dataset(params, model.features)
        return trial.task(params, model, dataset).key

    def _read(self, params: Params) -> tuple[Recording, ...]:
        source = params.model_dump_json(include=RECORDINGS_READ)
        if source not in self._recordings:
            of_session = {one.labels["session"]: one for one in plan_recordings(params)}
            self._recordings[source] = tuple(of_session.values())
        return self._recordings[source]
