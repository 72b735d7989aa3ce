"""What every target wants."""

from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.plan.experiment import plan_experiment
from micfp.plan.params import Params
from micfp.studies import targets
from micfp.studies.registry import STUDIES


def tasks_of_all_targets(params: Params) -> dict[str, list[Task] | MicfpError]:
    """By target the results that it publishes, or why it cannot be planned."""
    plans = {target: study.plan for target, study in STUDIES.items()}
    plans["all"] = lambda params: targets._experiment_entries(plan_experiment(params))
    found: dict[str, list[Task] | MicfpError] = {}
    for target, plan in plans.items():
        try:
            found[target] = targets._tasks(plan(params))
        except MicfpError as error:
            found[target] = error
    return found
