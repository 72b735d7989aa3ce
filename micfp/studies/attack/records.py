"""What there is to say of the study of attacks: its table, and a run a defence or other model."""

from micfp.plan.order import Order
from micfp.report.columns import Row, groups, read_rows
from micfp.studies.attack.report import ATTACKS
from micfp.tracking.records import Record, Records, fit_record, study_record


def read_attacks(order: Order) -> Records:
    """What there is to log of an order of attack; metrics are named by perturbation."""
    folder = order.path("study")
    rows = read_rows(folder / "attacks.csv", ATTACKS)
    parent = study_record(order, "attack", folder, {"rows": str(len(rows))})
    runs = []
    for (corpus, judge, defence), attacks in groups(rows, "corpus", "judge", "defence").items():
        for name in (f"{corpus} {judge} {defence}", f"{corpus} {judge}"):
            if name in order.entries["fits"]:
                runs.append(_row(order, name, attacks))
                break
    return Records(parent, tuple(runs), None)


def _row(order: Order, name: str, attacks: list[Row]) -> Record:
    plain = [row for row in attacks if row["way"] == "16-bit WAV"]
    metrics = {f"success.{row['perturbation']}": row["success"] for row in plain}
    return fit_record(
        order,
        name,
        str(order.entries["fits"][name]),
        metrics | {"accuracy": attacks[0]["accuracy_before"]},
        {word: attacks[0][word] for word in ("corpus", "judge", "defence")},
    )
