"""What there is to say of one of the paper's experiments: its table, and a run a row."""

from micfp.plan.order import Order
from micfp.report.columns import Row, read_rows
from micfp.studies.networks.names import EXPERIMENTS
from micfp.studies.networks.report import METHODS
from micfp.tracking.records import Record, Records, fit_record, metrics_of, study_record


def read_comparison(order: Order) -> Records:
    """What there is to log of an order of an experiment; a row is a run in whatever table it is."""
    folder = order.path("study")
    rows = read_rows(folder / "methods.csv", METHODS)
    parent = study_record(order, EXPERIMENTS[order.target], folder, {"rows": str(len(rows))})
    return Records(parent, tuple(_row(order, row) for row in rows), None)


def _row(order: Order, row: Row) -> Record:
    words = ("method", "source", "layers", "fine_tuning", "converged")
    return fit_record(
        order,
        " ".join(str(row[word]) for word in words[:-1] if row.get(word)),
        row["address"],
        metrics_of(row),
        {word: str(row[word]) for word in ("corpus", *words) if word in row},
    )
