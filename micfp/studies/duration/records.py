"""What there is to say of the study of durations: its tables, and a run a fitted model."""

from typing import Any

from micfp.plan.order import Order
from micfp.report.published import records
from micfp.studies.duration.double import ALONE
from micfp.tracking.records import Record, Records, fit_record, metrics_of, study_record


def read_durations(order: Order) -> Records:
    """What there is to log of an order of duration."""
    import pandas as pd

    folder = order.path("study")
    table = pd.read_csv(folder / "durations.csv")
    asked = order.params.duration
    parent = study_record(
        order,
        "duration",
        folder,
        {"target_s": str(asked.target_s), "target_accuracy": str(asked.target_accuracy)},
    )
    # What is pooled is of the same fits.
    rows = tuple(_row(order, row) for row in records(table[table["way"] == ALONE]))
    return Records(parent, rows, None)


def _row(order: Order, row: dict[str, Any]) -> Record:
    measures = ("confidence", "calibration_error", "cross_entropy", "training_min", "test_s")
    return fit_record(
        order,
        f"{row['corpus']} {row['model']} {row['training_min']:g} min {row['test_s']:g} s",
        str(row["address"]),
        metrics_of(row) | {name: float(row[name]) for name in measures},
        {word: str(row[word]) for word in ("corpus", "model", "chosen")},
    )
