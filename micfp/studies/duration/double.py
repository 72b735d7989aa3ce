"""Step `double`: training audio of a bench doubled until a model meets a target.

Reads: fits of the first round. Plays, fits and judges further rounds itself, as planning would,
while the chosen model misses the target. Writes: `durations.csv`, a row a round, seconds of test
audio, way and model.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.config.audio import SegmentsConfig, WindowsConfig
from micfp.config.bench import ContentConfig
from micfp.engine.libraries import CLASSIFIERS, SOUND
from micfp.engine.run import make_missing
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.calibration import calibration
from micfp.evaluation.judge import inner_values, judge
from micfp.evaluation.scores import pool_successive, read_scores
from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import fit_task, inner_cv_task
from micfp.plan.models import fit_values, read_fit_values
from micfp.plan.params import Params
from micfp.plan.recordings import is_simulated, plan_recordings
from micfp.plan.study_settings import DurationConfig
from micfp.studies.variants import known_models

STAGE = Stage(
    "double",
    1,
    "micfp.studies.duration.double",
    mem_mb=4000,
    minutes=240,
    packing="alone",
    libraries=(*SOUND, *CLASSIFIERS),
)
ALONE = "one segment"  # a segment as long as what is judged, and a model that learned from such
ADDED = "pooled"  # the evidence of shorter segments that follow one another


@dataclass(frozen=True)
class Case:
    """A model trained on `training_min` minutes per device, in segments of `test_s`."""

    training_min: float
    test_s: float
    model: str
    fit: Task
    select: Task


def task(own: Params, study: DurationConfig, corpus: str) -> Task:
    """Plan the doubling on one corpus, whose parameters are `own`.

    Raises MicfpError where its training audio cannot be played longer.
    """
    first = plan_round(own, study, study.first_min, corpus)
    values = fit_values(own, study.models)
    del values["segments"]  # `plan_round` cuts in its own way
    values["evaluation"] = own.evaluation.model_dump(mode="json")
    params = {
        "corpus": corpus,
        "params": values,
        "duration": study.model_dump(mode="json", exclude={"corpora"}),
    }
    inputs = {
        "fits": tuple(case.fit for case in first),
        "selects": tuple(case.select for case in first),
    }
    return Task(STAGE, params, inputs)


def plan_round(
    own: Params, study: DurationConfig, training_min: float, corpus: str
) -> tuple[Case, ...]:
    """Plan every model on so many minutes of training audio of each device."""
    models = known_models(study.models, own, "duration", corpus)
    played = _played(own, training_min, corpus)
    recordings = tuple(plan_recordings(played))
    cases = []
    for test_s in study.test_s:
        # What lies between short segments would add rows and hardly anything new.
        segments = SegmentsConfig(
            method="windows",
            windows=WindowsConfig(length_s=test_s, hop_s=max(test_s, study.piece_s)),
            min_length_s=0.0,  # whatever is asked for
            max_length_s=None,
        )
        params = played.model_copy(update={"segments": segments})
        planned = plan_corpus(params, recordings, f"duration.corpora.{corpus}.differences.")
        for model in models:
            dataset = planned.dataset(params, model.features)
            fitted = fit_task(params, model, dataset, params.split)
            selected = inner_cv_task(params, model, dataset, params.split)
            cases.append(Case(training_min, test_s, model.name, fitted, selected))
    return tuple(cases)


def _played(own: Params, training_min: float, corpus: str) -> Params:
    """The bench whose training contents last so many minutes together.

    Raises MicfpError where it is no bench, or its split names no contents to test.
    """
    split = own.split
    if not is_simulated(own.corpus):
        raise MicfpError(
            f"duration.corpora.{corpus}: only a bench that is simulated here can be played longer; "
            "give it corpus.reader = bench without a root"
        )
    if split.kind != "by_content" or split.folds is not None or not split.test:
        raise MicfpError(
            f"duration.corpora.{corpus}: its split is {split.kind}; give one by_content with test, "
            "the contents that no training hears"
        )
    if own.trim.train is not None or own.trim.test is not None:
        raise MicfpError(
            f"duration.corpora.{corpus}: trim would cut off what is played longer; set trim.train "
            "and trim.test to null"
        )
    tested = set(split.test)
    training = [c for s in own.bench.sessions for c in s.contents if c.name not in tested]
    if not training:
        raise MicfpError(f"duration.corpora.{corpus}: split.test leaves no content to train on")

    def lasting(content: ContentConfig) -> ContentConfig:
        if content.name in tested:
            return content
        return content.model_copy(update={"duration_s": training_min * 60 / len(training)})

    sessions = tuple(
        session.model_copy(update={"contents": tuple(map(lasting, session.contents))})
        for session in own.bench.sessions
    )
    return own.model_copy(update={"bench": own.bench.model_copy(update={"sessions": sessions})})


def run(spec: Spec, out: Path) -> None:
    """Double until the target is met, or as far as the parameters go."""
    import pandas as pd

    own = read_fit_values(spec.params["params"], f"{spec.step}/{spec.key}")
    study = DurationConfig.model_validate(spec.params["duration"])
    rows: list[dict[str, Any]] = []
    training_min = study.first_min
    while True:
        cases = plan_round(own, study, training_min, spec.params["corpus"])
        make_missing([task for case in cases for task in (case.fit, case.select)])
        judged = list(_judged(cases, own, study))
        rows += judged
        accuracy = _accuracy_at_target(judged, study)
        print(f"{training_min:g} minutes: {accuracy:.3f}, wanted {study.target_accuracy:g}")
        if accuracy >= study.target_accuracy or 2 * training_min > study.most_min:
            break
        training_min *= 2
    pd.DataFrame(rows).to_csv(out / "durations.csv", index=False)


def _accuracy_at_target(rows: Sequence[dict[str, Any]], study: DurationConfig) -> float:
    """Of the model that is chosen for the target's seconds, a segment."""
    (row,) = (
        row
        for row in rows
        if row["chosen"] and row["way"] == ALONE and row["test_s"] == study.target_s
    )
    return float(row["accuracy"])


def _judged(cases: Sequence[Case], own: Params, study: DurationConfig) -> Iterator[dict[str, Any]]:
    """A row a number of seconds, way and model; of each the best inside training is chosen."""
    inner = {
        case: inner_values(read_scores(case.select.path), own.selection.metric)[0] for case in cases
    }
    pieces = [case for case in cases if case.test_s == study.piece_s]
    for test_s in study.test_s:
        same = [case for case in cases if case.test_s == test_s]
        for row in _rows(same, inner, 1, own):
            yield {"test_s": test_s, "way": ALONE, **row}
        n_pieces = round(test_s / study.piece_s)
        if n_pieces > 1:
            for row in _rows(pieces, inner, n_pieces, own):
                yield {"test_s": test_s, "way": ADDED, **row}


def _rows(
    cases: Sequence[Case], inner: Mapping[Case, float], n_pieces: int, own: Params
) -> Iterator[dict[str, Any]]:
    """A row per model, of so many segments pooled; `inner`: scores on folds inside training."""
    best = max(cases, key=lambda case: inner[case])
    for case in cases:
        scores = pool_successive(read_scores(case.fit.path), n_pieces, own.evaluation.decision)
        metrics = judge(scores, own.evaluation, own.seed).row()
        fitted = json.loads((case.fit.path / "fit.json").read_text())
        yield {
            "training_min": case.training_min,
            "model": case.model,
            "inner": inner[case],
            "chosen": case == best,
            "n_classes": len(scores.classes),
            "n_train": fitted["n_train"][0],
            "n_test": len(scores.truth),
            **{name: value for name, value in metrics.items() if not name.startswith("recording_")},
            **vars(calibration(scores.truth, scores.log_p, scores.classes)),
            "address": case.fit.address,
        }
