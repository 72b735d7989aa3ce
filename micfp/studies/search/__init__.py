"""Searches over parameters: grids, samples, Bayesian studies."""

from micfp.studies.search import best, optuna_worker, search, study, trial
from micfp.studies.search.records import read_search
from micfp.studies.search.report import search as report
from micfp.studies.study import Study

# All but the splits of `all`: a search has its own.
SECTIONS = frozenset(
    (
        *(
            "seed",
            "shard_mb",
            "corpus",
            "bench",
            "degrade",
            "check",
            "trim",
            "segments",
            "features",
        ),
        *("frames", "target", "preparations", "classifiers", "methods", "trainings", "models"),
        *("search", "evaluation", "tracking", "report"),
    )
)

STUDY = Study(
    "grid",
    "tries the configurations of the section search by nested cross-validation",
    "search",
    search.plan,
    report,
    read_search,
    (trial.STAGE, optuna_worker.STAGE, study.STAGE, search.STAGE, best.STAGE),
    sections=SECTIONS,
    travels=True,
)
