"""Curves and figures of a training in MLflow while it runs. They never stand in its way.

A worker reads nothing but its specification: where to log is written beside the jobs when they are
planned (`.micfp/tracking.json`). Where MLflow does not answer, training goes on without.
"""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from micfp.engine.packing import HOME
from micfp.engine.store import locked, write_whole
from micfp.errors import MicfpError

if TYPE_CHECKING:
    from micfp.engine.task import Spec
    from micfp.engine.watch import Epoch

PLACE = HOME / "tracking.json"


def write_place(uri: str, experiment: str) -> None:
    """Say where the trainings that are planned now log their curves."""
    write_whole(PLACE, json.dumps({"uri": uri, "experiment": experiment}))


@contextlib.contextmanager
def live_run(spec: "Spec") -> Iterator["LiveRun"]:
    """The run of a training, which ends with the block; silent where there is no server.

    A block that fails leaves it as failed, and one that is killed as running: the next one takes it
    up again.
    """
    run = LiveRun(spec)
    try:
        yield run
    except BaseException:
        run.do(lambda client, run: client.set_terminated(run, "FAILED"))
        raise
    run.do(lambda client, run: client.set_terminated(run))


class LiveRun:
    """The MLflow run of one training, found again after a kill by its content address."""

    def __init__(self, spec: "Spec") -> None:
        self.uri: str | None = None
        self.id, self.logged = "", 0
        with contextlib.suppress(OSError, ValueError, KeyError):
            place = json.loads(PLACE.read_text())
            self.uri = str(place["uri"])
            self._quietly(lambda client: self._find_or_make(client, place["experiment"], spec))

    def epoch(self, epoch: "Epoch") -> None:
        """Log an epoch that is not logged yet."""
        if epoch.epoch > self.logged:
            values = {name: value for name, value in vars(epoch).items() if name != "epoch"}
            self.metrics(values, epoch.epoch)
            self.logged = epoch.epoch

    def metrics(self, values: Mapping[str, float], step: int = 0) -> None:
        """Log numbers by their names."""
        if not self.id:
            return
        from mlflow.entities import Metric

        now = time.time_ns() // 1_000_000
        found = [Metric(name, float(value), now, step) for name, value in values.items()]
        self.do(lambda client, run: client.log_batch(run, metrics=found))

    def do(self, call: Callable[[Any, str], None]) -> None:
        """Do something with MLflow's client and the number of the run, where there is one."""
        if self.id:
            self._quietly(lambda client: call(client, self.id))

    def _find_or_make(self, client: Any, experiment: str, spec: "Spec") -> None:
        from mlflow.entities import Param

        from micfp.tracking.log import experiment_number, find
        from micfp.tracking.records import ADDRESS, flatten

        address = f"{spec.step}/{spec.key}"
        with locked("mlflow"):
            number = experiment_number(client, experiment)
            found = find(client, number, {ADDRESS: address})
            if found is None:
                tags = {ADDRESS: address, "micfp.data": spec.needs[0]}
                found = client.create_run(number, tags=tags, run_name=spec.params["name"])
        self.id = str(found.info.run_id)
        client.update_run(self.id, "RUNNING")
        client.log_batch(self.id, params=[Param(n, v) for n, v in flatten(spec.params).items()])
        history = client.get_metric_history(self.id, "validation_loss")
        self.logged = max((metric.step for metric in history), default=0)

    def _quietly(self, call: Callable[[Any], None]) -> None:
        """Whatever MLflow refuses is said once; training goes on."""
        from micfp.tracking.client import connected

        assert self.uri is not None
        try:
            with connected(self.uri, then="training goes on without it") as client:
                call(client)
        except MicfpError as error:
            self.id = ""
            print(error, file=sys.stderr)
