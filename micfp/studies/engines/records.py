"""What MLflow logs of the comparison of engines."""

from micfp.plan.order import Order
from micfp.report.published import read_csv, records
from micfp.tracking.records import Records, study_record


def read_engines(order: Order) -> Records:
    """One run, with the largest relative difference of each family."""
    rows = records(read_csv(order.path("study") / "families.csv"))
    return Records(
        study_record(order, "engines", order.path("study"), {"families": str(len(rows))}), (), None
    )
