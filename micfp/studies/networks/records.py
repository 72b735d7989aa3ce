"""What there is to say of one of the paper's experiments: its table, and a run a row."""

from typing import Any

from micfp.plan.order import Order
from micfp.report.published import records
from micfp.studies.networks.names import EXPERIMENTS
from micfp.tracking.records import Record, Records, fit_record, metrics_of, study_record


def read_comparison(order: Order) -> Records:
    """What there is to log of an order of an experiment; a row is a run in whatever table it is."""
    import pandas as pd

    folder = order.path("study")
    rows = records(pd.read_csv(folder / "methods.csv", keep_default_na=False))
    parent = study_record(order, EXPERIMENTS[order.target], folder, {"rows": str(len(rows))})
    return Records(parent, tuple(_row(order, row) for row in rows), None)


def _row(order: Order, row: dict[str, Any]) -> Record:
    words = ("method", "source", "layers", "fine_tuning", "converged")
    return fit_record(
        order,
        " ".join(str(row[word]) for word in words[:-1] if row.get(word)),
        str(row["address"]),
        metrics_of({name: value for name, value in row.items() if value != ""}),
        {word: str(row[word]) for word in ("corpus", *words) if word in row},
    )
