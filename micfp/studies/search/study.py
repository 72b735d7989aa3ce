"""Step `study`: the trials that the workers of one Bayesian search drew.

A search has a study an outer fold, which learns from the inner scores of that fold alone, so that
its test part stays unseen by every choice; and one on all recordings, which gives the preset.
Reads: the workers' part of the study. Writes: `trials.json`.
"""

import json
from pathlib import Path

from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.plan.params import Params
from micfp.plan.recordings import plan_recordings
from micfp.studies.search import optuna_worker
from micfp.studies.search.optuna_worker import finished, made_trial, open_study, params_of
from micfp.studies.search.trials import Space

STAGE = Stage("study", 1, "micfp.studies.search.study", mem_mb=1000)


def plan(params: Params) -> tuple[Task, ...]:
    """Plan the studies of a Bayesian search."""
    from micfp.recordings.splits import Asked, number_of_folds

    recordings = tuple(plan_recordings(params))
    n_folds = number_of_folds(params.search.split, Asked("search.split")) or 1
    parts: list[int | str] = [*range(n_folds), "all"]
    studies = []
    for part in parts:
        draws = tuple(
            optuna_worker.task(params, recordings, part, worker)
            for worker in range(params.search.workers)
        )
        own = {name: value for name, value in draws[0].params.items() if name != "worker"}
        studies.append(Task(STAGE, own, {"draws": draws}, recordings, labels=True))
    return tuple(studies)


def run(spec: Spec, out: Path) -> None:
    """Write the trials of the study by number.

    Raises MicfpError where the study is no longer in its storage.
    """
    params = params_of(spec)
    trials = finished(open_study(spec), params.search.storage)
    if not trials:
        raise MicfpError(
            "the studies' database holds none of the trials that were drawn; "
            "`micfp store rm optuna_worker` forgets what was drawn, then run again"
        )
    space = Space(params)
    rows = []
    for asked in sorted(trials, key=lambda asked: asked.number):
        assignment = json.loads(asked.user_attrs["assignment"])
        trial = made_trial(space, assignment, spec.params["part"])
        rows.append({"number": asked.number, "assignment": assignment, "address": trial.address})
    (out / "trials.json").write_text(json.dumps(rows, indent=1))
