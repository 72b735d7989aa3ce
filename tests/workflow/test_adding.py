"""One of each kind of thing is added to a copy of the project, by as many files as are promised.

CONTRIBUTING.md says which files: 3 at most for a classifier and for a feature family, 2 for a
degradation and for a stage, 4 for a study. The regenerated params.yaml is not counted.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import yaml
from tiny_pipeline import CHECKOUT, place

CLASSIFIER = '''"""Naive Bayes on signs."""

from typing import Any

from pydantic import Field

from micfp.config.base import Section
from micfp.models.classifiers.classifier import Classifier


class SignsConfig(Section):
    """Naive Bayes on signs."""

    alpha: float = Field(1.0, ge=0)


def _build(settings: SignsConfig, n_classes: int, seed: int) -> Any:
    from sklearn.naive_bayes import BernoulliNB

    return BernoulliNB(alpha=settings.alpha)


CLASSIFIER = Classifier(
    title="naive Bayes on signs",
    settings=SignsConfig,
    build=_build,
    estimator="sklearn.naive_bayes.BernoulliNB",
)
'''
FAMILY = '''"""Largest sample of a frame."""

import numpy as np

from micfp.features.family import Family
from micfp.features.settings import FrameSettings

FAMILY = Family(
    settings=FrameSettings,
    of_block=lambda block, _: np.abs(block.frames).max(axis=1)[:, None],
    unit="of full scale",
)
'''
DEGRADATION = '''"""Turned upside down."""

from typing import Literal

from micfp.degrade.kind import DegradationConfig, DegradationKind


class FlippedConfig(DegradationConfig):
    """Turned upside down."""

    kind: Literal["flipped"]


KIND = DegradationKind(FlippedConfig, lambda x, rate_hz, section, rng: -x)
'''
STAGE = '''"""Stage `counted`: how many rows a table has."""

from pathlib import Path

from micfp.engine.task import Spec
from micfp.tables import read_table


def run(spec: Spec, out: Path) -> None:
    """Count."""
    table = read_table(spec.entry("dataset") / "table.parquet")
    (out / "counted.csv").write_text(f"rows,{spec.params['called']}\\n{len(table)},1\\n")
'''
STAGE_IN_PLAN = '''

COUNTED = Stage("counted", 1, "micfp.stages.counted")
STAGES = (*STAGES, COUNTED)


def counted_task(called: str, dataset: Task) -> Task:
    """Plan the count."""
    return Task(COUNTED, {"called": called}, {"dataset": (dataset,)})
'''
STUDY = '''"""How many segments there are."""

from typing import Any

from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import fit_task
from micfp.plan.models import models_of
from micfp.plan.order import Order
from micfp.plan.params import Params
from micfp.plan.tables import counted_task
from micfp.report.blocks import Section, Text
from micfp.report.published import Published
from micfp.studies.study import Study
from micfp.tracking.records import Records, study_record


def plan(params: Params) -> dict[str, Any]:
    """Plan the study."""
    (model,) = models_of(params.models)
    dataset = plan_corpus(params).dataset(params, model.features)
    fitted = fit_task(params, model, dataset, params.split)
    return {"study": counted_task(params.counting.called, dataset), "fits": {"signs": fitted}}


def report(published: Published) -> Section:
    """One number."""
    rows = published.runs["counting"].table("counted.csv")["rows"]
    return Section("counting", "How many", (Text(f"There are {rows.iloc[0]:g} segments."),))


def logged(order: Order) -> Records:
    """One run."""
    return Records(study_record(order, "counting", order.path("study"), {}), (), None)


STUDY = Study("counting", "counts the segments", "counting", plan, report, logged)
'''


def put(root: Path, name: str, text: str) -> str:
    (root / "micfp" / name).write_text(text)
    return name


def insert(root: Path, name: str, before: str, text: str) -> str:
    """Put a line before another, which is there once."""
    path = root / "micfp" / name
    assert path.read_text().count(before) == 1, (name, before)
    path.write_text(path.read_text().replace(before, text + before))
    return name


def add_everything(root: Path) -> dict[str, set[str]]:
    """Add one of each; return the files that each took."""
    classifiers = "models/classifiers"
    features, degrade = "features/registry.py", "degrade/registry.py"
    settings = (
        '\n\nclass CountingConfig(StudySection):\n    """Counting."""\n\n    called: str = ""\n'
    )
    plan = root / "micfp" / "plan"
    taken = {
        "classifier": {
            put(root, f"{classifiers}/signs.py", CLASSIFIER),
            insert(root, f"{classifiers}/__init__.py", "from micfp.models.classifiers import dt",
                   "from micfp.models.classifiers import signs\n"),
            insert(root, f"{classifiers}/__init__.py", '    "svc": svc.CLASSIFIER,',
                   '    "signs": signs.CLASSIFIER,\n'),
        },
        "family": {
            put(root, "features/largest.py", FAMILY),
            insert(root, features, "from micfp.features.family import Family",
                   "from micfp.features import largest\n"),
            insert(root, features, '    "mfcc": mfcc.FAMILY,', '    "largest": largest.FAMILY,\n'),
        },
        "degradation": {
            put(root, "degrade/flipped.py", DEGRADATION),
            insert(root, degrade, "from micfp.degrade.kind import",
                   "from micfp.degrade import flipped\n"),
            insert(root, degrade, '    "noise": noise.KIND,', '    "flipped": flipped.KIND,\n'),
        },
        "stage": {
            put(root, "stages/counted.py", STAGE),
            put(root, "plan/tables.py", (plan / "tables.py").read_text() + STAGE_IN_PLAN),
        },
        "study": {
            put(root, "studies/counting.py", STUDY),
            put(root, "plan/study_settings.py",
                (plan / "study_settings.py").read_text() + settings),
            insert(root, "plan/params.py", "    engines: EnginesConfig",
                   "    counting: CountingConfig = CountingConfig()\n"),
            insert(root, "plan/params.py", "    AttackConfig,", "    CountingConfig,\n"),
            insert(root, "studies/registry.py", "    attack,\n    confounds",
                   "    counting,\n"),
            insert(root, "studies/registry.py", "        confounds.STUDY,",
                   "        counting.STUDY,\n"),
        },
    }  # fmt: skip
    return taken


def test_one_of_each(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("micfp", "workflow", "profiles"):
        shutil.copytree(CHECKOUT / name, root / name, ignore=unwanted)
    for name in ("Snakefile", "params.yaml"):
        shutil.copy(CHECKOUT / name, root / name)
    taken = add_everything(root)
    assert {kind: len(files) for kind, files in taken.items()} == {
        **{"classifier": 2, "family": 2, "degradation": 2, "stage": 2, "study": 4}
    }

    here = place(tmp_path / "run", corpus, root, PYTHONPATH=str(root))
    here.edit(
        {
            "degrade": [{"kind": "flipped"}],
            "features": {"thesis": {"families": ["largest", "rms"]}},
            "models": [{"features": "thesis", "preparation": "plain", "classifiers": ["signs"]}],
            "counting": {"called": "here"},
        }
    )
    here.make("counting")
    published = here.folder / "results" / "counting"
    assert (published / "counted.csv").read_text() == "rows,here\n96,1\n"
    assert "There are 96 segments." in (here.folder / "results" / "report.html").read_text()
    (table,) = (here.store / "dataset").glob("*/table.parquet")
    features = pd.read_parquet(table)
    assert (features["largest_mean"] >= features["rms_mean"]).all()
    (model,) = (here.store / "fit").glob("*/model/model.json")
    assert json.loads(model.read_text())["model"] == "signs-thesis-plain"
    document = yaml.safe_load(here.run("micfp", "params").said)
    assert document["classifiers"]["signs"] == {"alpha": 1.0}
    assert document["counting"] == {"called": ""}
