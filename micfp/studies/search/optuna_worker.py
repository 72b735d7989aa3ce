"""Step `optuna_worker`: a worker of a Bayesian search, which draws trials from a shared study.

Workers on any number of nodes may draw from one study: its storage tells each what the others
found. A worker makes what its trials need, as planning would. Reads: recordings, through the trials
it draws. Writes: `optuna_worker.json`, how many trials it made; the study holds the rest.
"""

import contextlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine import store
from micfp.engine.libraries import CLASSIFIERS, SOUND
from micfp.engine.run import make_missing
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Spec, Task
from micfp.errors import MicfpError
from micfp.plan.models import fit_values, raised_versions, read_fit_values
from micfp.plan.params import Params
from micfp.plan.recordings import is_simulated
from micfp.plan.search_settings import Axis, Range
from micfp.studies.search.trials import Space, plan_trials

if TYPE_CHECKING:
    import optuna

STAGE = Stage(
    "optuna_worker",
    1,
    "micfp.studies.search.optuna_worker",
    mem_mb=2000,
    minutes=1440,
    packing="alone",
    libraries=(*SOUND, *CLASSIFIERS, "optuna"),
)

# Of the section `search` what a worker reads; the rest is of the search as a whole.
SEARCH_READ = {"method", "axes", "n_trials", "split", "selection", "workers", "storage"}


def task(params: Params, recordings: tuple[Recording, ...], part: int | str, worker: int) -> Task:
    """Plan one worker of the study of one part: an outer fold, or all recordings."""
    search = params.search
    folds = {"split": search.split, "selection": search.selection}
    groups = Space(params).groups()
    values = fit_values(params.model_copy(update=folds), groups)
    values["search"] = search.model_dump(mode="json", include=SEARCH_READ)
    of_corpus = [key for axes in search.axes for key in axes if key.split(".")[0] == "corpus"]
    if not is_simulated(params.corpus) and not of_corpus:
        del values["bench"]
    own: dict[str, Any] = {"params": values, "part": part, "worker": worker}
    if versions := raised_versions(groups):
        own["versions"] = versions
    return Task(
        STAGE,
        own,
        audio=recordings,
        labels=True,
        where="search.split",
    )


def params_of(spec: Spec) -> Params:
    """Return the parameters of a study's trials: just what its key holds."""
    return read_fit_values(spec.params["params"], f"{spec.step}/{spec.key}")


def run(spec: Spec, out: Path) -> None:
    """Draw trials until the study has as many as were asked for.

    Raises MicfpError where the study's database cannot be used.
    """
    params = params_of(spec)
    space = Space(params)
    study, database = open_study(spec), params.search.storage
    drawn = 0
    while (ended := len(finished(study, database))) < params.search.n_trials:
        with _database(database):
            study.sampler = _sampler(params, [ended, spec.params["worker"]])
            asked = study.ask()
            assignment = space.suggest(lambda key, axis, asked=asked: _suggested(asked, key, axis))
        trial = made_trial(space, assignment, spec.params["part"])
        content = json.loads((trial.path / "trial.json").read_text())
        with _database(database):
            asked.set_user_attr("assignment", json.dumps(assignment))
            if content["status"] == "done":
                study.tell(asked, content["folds"][0][f"inner_{params.search.selection.metric}"])
            else:
                study.tell(asked, state=_failed())
        drawn += 1
    (out / "optuna_worker.json").write_text(json.dumps({"trials": drawn}))


def made_trial(space: Space, assignment: Mapping[str, Any], part: int | str) -> Task:
    """The trial of an assignment, made with all that it needs where the store lacks it."""
    (trial,) = plan_trials(space, [assignment], part)
    make_missing([trial])
    return trial


def open_study(spec: Spec) -> "optuna.Study":
    """The study that a worker draws from; made by the first that opens it.

    Raises MicfpError where its database cannot be used.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    given = spec.params["params"]["search"]["storage"]
    address = given or f"sqlite:///{store.store_root() / '.studies' / 'studies.db'}"
    # What has been silent for long may have been cut off by a server: asked before it is used.
    arguments: dict[str, Any] = {"pool_pre_ping": True}
    if given is None:
        store.open_store()
        (store.store_root() / ".studies").mkdir(exist_ok=True)
    if address.startswith("sqlite:"):
        arguments = {"connect_args": {"timeout": 120}}
    audio = [[r.recording, *sorted(r.labels.items())] for r in spec.audio]
    name = store.digest([{**spec.params, "worker": None}, audio])
    # Two that make the tables at once would disturb each other.
    with store.locked("studies"), _database(given):
        storage = optuna.storages.RDBStorage(address, engine_kwargs=arguments)
        return optuna.create_study(
            storage=storage, study_name=name, direction="maximize", load_if_exists=True
        )


@contextlib.contextmanager
def _database(address: str | None) -> Iterator[None]:
    """What the studies' database refuses in the block becomes one sentence."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    try:
        yield
    except (SQLAlchemyError, StorageInternalError, ImportError) as error:
        where = f"search.storage: {address}" if address else "the studies' database in the store"
        cause = error.__cause__ if isinstance(error, StorageInternalError) else error
        said = " ".join(str(getattr(cause, "orig", None) or cause or error).split())[:300]
        raise MicfpError(
            f"{where} cannot be used ({said.rstrip('.')}); see that it is there and its driver is "
            "installed, then run again: what was drawn is kept"
        ) from None


def finished(study: "optuna.Study", database: str | None) -> "list[optuna.trial.FrozenTrial]":
    """Trials that ended, well or not; what a killed worker began is none.

    Raises MicfpError where the study's database cannot be used.
    """
    from optuna.trial import TrialState

    with _database(database):
        return study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.FAIL))


def _failed() -> "optuna.trial.TrialState":
    from optuna.trial import TrialState

    return TrialState.FAIL


def _sampler(params: Params, turn: list[int]) -> "optuna.samplers.BaseSampler":
    """A sampler per trial, so that an interrupted search goes on as if it had not been.

    turn: trials that ended so far, and the worker whose turn it is.
    """
    import warnings

    import optuna

    seed = int(store.digest([params.seed, *turn])[:8], 16)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        return optuna.samplers.TPESampler(seed=seed, constant_liar=params.search.workers > 1)


def _suggested(asked: "optuna.Trial", key: str, axis: Axis) -> Any:
    if not isinstance(axis, Range):
        return json.loads(asked.suggest_categorical(key, [json.dumps(value) for value in axis]))
    if axis.integer:
        return asked.suggest_int(key, int(axis.low), int(axis.high), log=axis.log)
    return float(f"{asked.suggest_float(key, axis.low, axis.high, log=axis.log):.6g}")
