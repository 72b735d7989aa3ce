"""One of each kind of thing is added to a copy of the project, by as many files as are promised.

CONTRIBUTING.md says which files: 2 for a classifier, a feature family, a family of frame matrices,
a network, a degradation and a stage, 4 for a study. The regenerated params.yaml is not counted.
"""

import json
import shutil
from pathlib import Path

import pandas as pd
import yaml
from fences import fences
from tiny_pipeline import CHECKOUT, Place, place

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
# The largest sample of a frame: the example of CONTRIBUTING.md.
(FAMILY,) = (fence.text for fence in fences() if "FAMILY = Family(" in fence.text)
FRAMES = '''"""Largest samples of pieces of a segment."""

import numpy as np

from micfp.features.frames.family import FrameFamily
from micfp.features.frames.settings import FrameSettings
from micfp.features.spectrum import Float32


def _matrix(samples: Float32, rate_hz: int, settings: FrameSettings) -> Float32:
    pieces = np.array_split(np.abs(samples), settings.n_frames)
    return np.array([[piece.max()] for piece in pieces], np.float32)


FAMILY = FrameFamily(FrameSettings, lambda settings: 1, _matrix)
'''
NETWORK = '''"""One layer."""

from torch import nn

from micfp.models.method_config import MethodConfig, Shapes


def build(method: MethodConfig, shapes: Shapes, n_classes: int) -> nn.Module:
    """One layer over all numbers of a segment."""
    n_frames, n_features = shapes["frames"]
    return nn.Sequential(nn.Flatten(), nn.Linear(n_frames * n_features, n_classes))
'''
MATRIX_TO_SCORES = """
import numpy as np, torch
from micfp.features.frames import FrameSet, frame_matrix
from micfp.models.method_config import MethodConfig
from micfp.models.methods import untrained
samples = np.arange(-8, 8, dtype=np.float32) / 16
matrix = frame_matrix(samples, 8000, FrameSet(family="pieces", n_frames=4))
network = untrained(MethodConfig(frames="pieces", network="one_layer"), matrix.shape, 3, seed=0)
print(matrix.ravel().tolist(), list(network(torch.from_numpy(matrix)[None]).shape))
"""
DEGRADATION = '''"""Turned upside down."""

from typing import Literal

from micfp.degrade.kind import DegradationConfig, DegradationKind


class FlippedConfig(DegradationConfig):
    """Turned upside down."""

    kind: Literal["flipped"]


KIND = DegradationKind(FlippedConfig, lambda x, section, rng: x.having(-x.samples))
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
from micfp.report.columns import Column
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
    (row,) = published.runs["counting"].rows("counted.csv", (Column("rows"),))
    return Section("counting", "How many", (Text(f"There are {row['rows']:g} segments."),))


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
    frames, methods = "features/frames/__init__.py", "models/method_config.py"
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
        "frames": {
            put(root, "features/frames/pieces.py", FRAMES),
            insert(root, frames, "from micfp.features.frames.family import",
                   "from micfp.features.frames import pieces\n"),
            insert(root, frames, '    "mfcc39": mfcc39.FAMILY,', '    "pieces": pieces.FAMILY,\n'),
        },
        "network": {
            put(root, "models/networks/one_layer.py", NETWORK),
            insert(root, methods, '    "plain_cnn": (', '    "one_layer": ("frames",),\n'),
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


def edited_code_is_run_once_its_version_is_raised(root: Path, here: Place) -> None:
    """Signs against 0.5 instead of 0: the code is no part of a key, and its version is."""
    edited = CLASSIFIER.replace("alpha=settings.alpha)", "alpha=settings.alpha, binarize=0.5)")
    for declared, fits in (("", 1), ("version=2,", 2)):
        text = edited.replace("build=_build,", f"build=_build, {declared}")
        put(root, "models/classifiers/signs.py", text)
        here.make("counting")
        assert len(list((here.store / "fit").glob("*/model/model.json"))) == fits


def test_one_of_each(corpus: Path, tmp_path: Path) -> None:
    root = tmp_path / "checkout"
    unwanted = shutil.ignore_patterns("__pycache__")
    for name in ("micfp", "workflow", "profiles"):
        shutil.copytree(CHECKOUT / name, root / name, ignore=unwanted)
    for name in ("Snakefile", "params.yaml"):
        shutil.copy(CHECKOUT / name, root / name)
    taken = add_everything(root)
    assert {kind: len(files) for kind, files in taken.items()} == {
        **{"classifier": 2, "family": 2, "frames": 2, "network": 2},
        **{"degradation": 2, "stage": 2, "study": 4},
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
    edited_code_is_run_once_its_version_is_raised(root, here)
    # the largest of 8 to 5, 4 to 1, 0 to 3 and 4 to 7 sixteenths
    said = here.run("python", "-c", MATRIX_TO_SCORES).said
    assert said == "[0.5, 0.25, 0.1875, 0.4375] [1, 3]\n"
    document = yaml.safe_load(here.run("micfp", "params").said)
    assert document["classifiers"]["signs"] == {"alpha": 1.0}
    assert document["counting"] == {"called": ""}
