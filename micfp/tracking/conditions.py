"""What there is to say of the study of robustness: its tables, and a run a fitted model."""

from typing import Any

from micfp.report.published import read_csv, records
from micfp.studies.targets import Order
from micfp.tracking.records import Record, Records, fit_record, study_record


def read_conditions(order: Order) -> Records:
    """What there is to log of an order of robustness; a model's metrics are named by condition."""
    import pandas as pd

    folder = order.path("study")
    table = pd.read_csv(folder / "conditions.csv")
    labels = ["corpus", "model", "trained"]
    choices = {
        tuple(row[n] for n in labels): row for row in records(read_csv(folder / "choices.csv"))
    }
    parent = study_record(
        order, "robustness", folder, {"conditions": str(table["condition"].nunique())}
    )
    rows = []
    for key, own in table.groupby(labels, sort=False):
        name = " ".join(map(str, key))
        rows.append(_row(order, name, records(own), choices.get(tuple(map(str, key)))))
    return Records(parent, tuple(rows), None)


def _row(
    order: Order, name: str, conditions: list[dict[str, Any]], choice: dict[str, Any] | None
) -> Record:
    """choice: of a classifier, which is chosen among others; None for a network."""
    accuracies = {
        f"{kind}.{_plain(row['condition'])}": float(row[kind])
        for row in conditions
        for kind in ("accuracy", "recording_accuracy")
    }
    return fit_record(
        order,
        name,
        str(order.entries["fits"][name]),
        accuracies | ({"inner": float(choice["inner"])} if choice else {}),
        {word: str(conditions[0][word]) for word in ("corpus", "model", "trained")}
        | ({"chosen": str(choice["chosen"])} if choice else {}),
    )


def _plain(condition: str) -> str:
    """A name as MLflow allows it in a metric's."""
    return condition.replace("+", "plus ")
