"""Curves of a training in MLflow while it runs. They never stand in its way.

A worker reads nothing but its specification: where to log is written beside the jobs when they are
planned (`.micfp/tracking.json`). Where MLflow does not answer, training goes on without.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from micfp.errors import MicfpError
from micfp.steps.plan import HOME
from micfp.store import locked, write_whole

if TYPE_CHECKING:
    from micfp.models.training import Epoch
    from micfp.steps.task import Spec

PLACE = HOME / "tracking.json"


def write_place(uri: str, experiment: str) -> None:
    """Say where the trainings that are planned now log their curves."""
    write_whole(PLACE, json.dumps({"uri": uri, "experiment": experiment}))


@contextlib.contextmanager
def curves_of(spec: "Spec") -> Iterator[Callable[["Epoch"], None]]:
    """What logs each epoch of a training, once, in one run; a no-op where nobody listens."""
    try:
        place = json.loads(PLACE.read_text())
        run = _Run(place["uri"], place["experiment"], spec)
    except (OSError, ValueError, KeyError, MicfpError) as error:
        if PLACE.exists():
            print(f"no curves in MLflow: {error}", file=sys.stderr)
        yield lambda epoch: None
        return
    yield run.log
    run.end()


class _Run:
    """The MLflow run of one training, found again after a kill by its content address."""

    def __init__(self, uri: str, experiment: str, spec: "Spec") -> None:
        from micfp.tracking.client import connected
        from micfp.tracking.log import experiment_number, find
        from micfp.tracking.records import ADDRESS, flatten

        self.uri, self.silent = uri, False
        address = f"{spec.step}/{spec.key}"
        with connected(uri, then="training goes on") as client, locked("mlflow"):
            number = experiment_number(client, experiment)
            found = find(client, number, {ADDRESS: address})
            if found is None:
                tags = {ADDRESS: address}
                found = client.create_run(number, tags=tags, run_name=spec.params["name"])
                for name, value in flatten(spec.params).items():
                    client.log_param(found.info.run_id, name, value)
            self.id = str(found.info.run_id)
            history = client.get_metric_history(self.id, "validation_loss")
            self.logged = max((metric.step for metric in history), default=0)

    def log(self, epoch: "Epoch") -> None:
        """Log an epoch that is not logged yet."""
        if epoch.epoch <= self.logged or self.silent:
            return
        values = {name: value for name, value in vars(epoch).items() if name != "epoch"}
        self._do(lambda client: self._log_all(client, values, epoch.epoch))
        self.logged = epoch.epoch

    def _log_all(self, client: Any, values: dict[str, float], step: int) -> None:
        for name, value in values.items():
            client.log_metric(self.id, name, value, step=step)

    def end(self) -> None:
        """Say that the training is over."""
        self._do(lambda client: client.set_terminated(self.id))

    def _do(self, call: Callable[[Any], None]) -> None:
        from micfp.tracking.client import connected

        try:
            with connected(self.uri, then="training goes on without") as client:
                call(client)
        except MicfpError as error:
            self.silent = True
            print(f"no more curves in MLflow: {error}", file=sys.stderr)
