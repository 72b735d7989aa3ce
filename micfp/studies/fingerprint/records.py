"""What there is to say of the study of fingerprints: one run, with its model and how good it is."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from micfp.engine.store import digest
from micfp.engine.task import Spec, read_spec
from micfp.plan.order import Order
from micfp.report.columns import read_rows
from micfp.studies.fingerprint.fit import MODEL_FILE
from micfp.studies.fingerprint.report import JUDGED
from micfp.tracking.records import Chosen, Question, Records, flatten, study_record


@dataclass(frozen=True)
class JudgedQuestion(Question):
    """What the mean equal error rate of a fingerprint model answers.

    Attributes
    ----------
    judged
        Name of the population that judged.
    trials
        Digest of what its recordings follow from, and of the code that takes and compares them.
    rows
        Which rows the mean is over.
    """

    models = "fingerprint"
    score = "mean_eer"
    smallest_is_best = True

    judged: str
    trials: str
    rows: str


def records(order: Order) -> Records:
    """One run, with the model and the equal error rate of every row; all rows choose the champion.

    A model that other trials or other rows judged asks another question.
    """
    folder = order.path("study")
    judge = _spec_of(folder)
    eers = equal_error_rates(folder / "judged.csv")
    mean_eer = fmean(eers.values())
    trained_on = str(_spec_of(judge.entry("fit")).params["trained_on"])
    sha256 = hashlib.sha256((folder / MODEL_FILE).read_bytes()).hexdigest()
    run = study_record(
        order,
        "fingerprint",
        folder,
        flatten({"trained_on": trained_on, "sha256": sha256}),
        {JudgedQuestion.score: mean_eer} | {f"eer.{name}": eer for name, eer in eers.items()},
        (folder / MODEL_FILE,),
    )
    question = question_of(judge, _spec_of(judge.inputs["takes"][0]), eers)
    about = f"{MODEL_FILE}, trained on {trained_on}; SHA-256 {sha256}"
    return Records(run, (), Chosen(run.address, mean_eer, question, about))


def equal_error_rates(table: Path) -> dict[str, float]:
    """Of each row of `judged.csv`, 0..0.5, by what was compared."""
    return {
        f"{row['setting']}.{row['factor'].replace(' ', '_')}"
        f".{row['n_references']:g}_ref.{row['test_s']:g}_s": row["eer"]
        for row in read_rows(table, JUDGED)
    }


def question_of(judge: Spec, takes: Spec, rows: Mapping[str, float]) -> JudgedQuestion:
    """What is asked by a judge, to whom `takes` handed some devices of the judged population."""
    population = dict(takes.params["population"])
    del population["speech_from"]  # where the files lie; they are known by their content
    trials = {
        "population": population,
        "speech": takes.params["speech"],
        "seed": takes.params["seed"],
        "versions": [takes.version, judge.version],
    }
    return JudgedQuestion(str(population["name"]), digest(trials), " ".join(sorted(rows)))


def _spec_of(result: Path) -> Spec:
    """What made a result of the store."""
    return read_spec(result.parent.name, result.name)
