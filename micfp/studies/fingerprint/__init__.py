"""Fingerprints: a model that tells apart devices that no training saw, from virtual phones."""

from micfp.plan.order import Order
from micfp.report.columns import read_rows
from micfp.studies.fingerprint import (
    blend,
    cases,
    content,
    fit,
    heard,
    judge,
    pieces,
    takes,
    validate,
)
from micfp.studies.fingerprint.planning import plan
from micfp.studies.fingerprint.report import JUDGED, fingerprint
from micfp.studies.study import Study
from micfp.tracking.records import Records, study_record


def records(order: Order) -> Records:
    """One run, with the equal error rate of every row."""
    folder = order.path("study")
    rows = read_rows(folder / "judged.csv", JUDGED)
    metrics = {
        f"eer.{row['setting']}.{row['factor'].replace(' ', '_')}"
        f".{row['n_references']:g}_ref.{row['test_s']:g}_s": row["eer"]
        for row in rows
    }
    return Records(study_record(order, "fingerprint", folder, {}, metrics), (), None)


STUDY = Study(
    "fingerprint",
    "learns from virtual phones to tell apart devices that no training saw",
    "fingerprint",
    plan,
    fingerprint,
    records,
    (
        *(content.STAGE, pieces.STAGE, cases.STAGE, fit.STAGE, heard.STAGE, blend.STAGE),
        *(takes.STAGE, validate.STAGE, judge.STAGE),
    ),
    preset="fingerprint",
    sections=frozenset({"seed", "bench", "fingerprint", "report", "tracking"}),
)
