"""A study: a target with parameters, results, section of the report and MLflow runs of its own."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from micfp.engine.places import folder_name
from micfp.engine.stage import Stage
from micfp.plan.order import Order
from micfp.plan.params import Params
from micfp.report.blocks import Section
from micfp.report.columns import Column, Row, read_rows
from micfp.report.published import Published
from micfp.tracking.records import Records, study_record


@dataclass(frozen=True)
class Study:
    """Everything that is a study's.

    Parameters
    ----------
    target
        what Snakemake is asked for
    does
        what it does, as the end of a sentence that begins with its command
    section
        of the parameters, that is its own
    plan
        gives its results by role; `study` is published as it is, `fits` are models. Raises
        MicfpError where the parameters ask for nothing
    report
        its section of the report; several studies may share one. It is asked only where one of
        them was run
    records
        what MLflow logs of it
    stages
        that are its own
    preset
        file under workflow/presets that fills it in; empty where the defaults do
    sections
        of the parameters, that its results depend on; None: all
    varies
        names of published files that differ from run to run, such as times
    trained
        whether its rows are trainings, whose runs in MLflow may be there already
    travels
        whether its results go with `results/` to other checkouts
    """

    target: str
    does: str
    section: str
    plan: Callable[[Params], dict[str, Any]]
    report: Callable[[Published], Section]
    records: Callable[[Order], Records]
    stages: tuple[Stage, ...] = ()
    preset: str = ""
    sections: frozenset[str] | None = None
    varies: tuple[str, ...] = ()
    trained: bool = False
    travels: bool = False

    @property
    def command(self) -> str:
        """What runs it."""
        preset = f" --configfile params.yaml workflow/presets/{self.preset}.yaml"
        return f"snakemake -j2 {self.target}{preset if self.preset else ''}"

    @property
    def folder(self) -> str:
        """Its folder under results/."""
        return folder_name(self.target)


def one_run(
    title: str, file: str, columns: Sequence[Column], metric: Callable[[Row], str] | None = None
) -> Callable[[Order], Records]:
    """Log a study as one run: the accuracy of each row of its table `file`, named by `metric`."""

    def records(order: Order) -> Records:
        folder = order.path("study")
        rows = read_rows(folder / file, columns)
        metrics = {metric(row): row["accuracy"] for row in rows} if metric is not None else {}
        run = study_record(order, title, folder, {"rows": str(len(rows))}, metrics)
        return Records(run, (), None)

    return records
