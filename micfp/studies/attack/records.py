"""What there is to say of the study of attacks: its table, and a run a defence or other model."""

from typing import Any

from micfp.plan.order import Order
from micfp.report.published import records
from micfp.tracking.records import Record, Records, fit_record, study_record


def read_attacks(order: Order) -> Records:
    """What there is to log of an order of attack; metrics are named by perturbation."""
    import pandas as pd

    folder = order.path("study")
    table = pd.read_csv(folder / "attacks.csv")
    parent = study_record(order, "attack", folder, {"rows": str(len(table))})
    rows = []
    for key, own in table.groupby(["corpus", "judge", "defence"], sort=False):
        corpus, judge, defence = map(str, key)
        for name in (f"{corpus} {judge} {defence}", f"{corpus} {judge}"):
            if name in order.entries["fits"]:
                rows.append(_row(order, name, records(own)))
                break
    return Records(parent, tuple(rows), None)


def _row(order: Order, name: str, attacks: list[dict[str, Any]]) -> Record:
    plain = [row for row in attacks if row["way"] == "16-bit WAV"]
    metrics = {f"success.{row['perturbation']}": float(row["success"]) for row in plain}
    return fit_record(
        order,
        name,
        str(order.entries["fits"][name]),
        metrics | {"accuracy": float(attacks[0]["accuracy_before"])},
        {word: str(attacks[0][word]) for word in ("corpus", "judge", "defence")},
    )
