"""What there is to say of the study of durations: its tables, and a run a fitted model."""

from micfp.plan.order import Order
from micfp.report.columns import Row, read_rows
from micfp.studies.duration.double import ALONE
from micfp.studies.duration.report import DURATIONS
from micfp.tracking.records import Record, Records, fit_record, metrics_of, study_record


def read_durations(order: Order) -> Records:
    """What there is to log of an order of duration."""
    folder = order.path("study")
    durations = read_rows(folder / "durations.csv", DURATIONS)
    asked = order.params.duration
    parent = study_record(
        order,
        "duration",
        folder,
        {"target_s": str(asked.target_s), "target_accuracy": str(asked.target_accuracy)},
    )
    # What is pooled is of the same fits.
    runs = tuple(_row(order, row) for row in durations if row["way"] == ALONE)
    return Records(parent, runs, None)


def _row(order: Order, row: Row) -> Record:
    measures = ("confidence", "calibration_error", "cross_entropy", "training_min", "test_s")
    return fit_record(
        order,
        f"{row['corpus']} {row['model']} {row['training_min']:g} min {row['test_s']:g} s",
        row["address"],
        metrics_of(row) | {name: row[name] for name in measures},
        {word: str(row[word]) for word in ("corpus", "model", "chosen")},
    )
