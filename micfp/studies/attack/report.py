"""Attacks: perturbed recordings against a network, before and after each defence."""

from collections.abc import Iterator
from typing import Any

from micfp.report.blocks import (
    Block,
    Heading,
    Points,
    Section,
    Table,
    Text,
    pictures,
    table,
)
from micfp.report.numbers import NOTHING, number, share
from micfp.report.published import Published, records

TITLE = "Perturbed by an attacker"
NONE = "none"
SHOWN = ("success", "success_unnoticed", "flagged")


def attack(published: Published) -> Section:
    """Success of each perturbation against each defence."""
    study = published.runs["attack"]
    rows = records(study.text_table("attacks.csv"))
    blocks: list[Block] = [
        Text(
            "Test recordings perturbed with full knowledge of a network, written as 16-bit WAV and "
            "read back. An attack succeeds where a segment that was correct is then named "
            "otherwise; a targeted one where it is named as wanted."
        )
    ]
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus]
        blocks += [
            Heading(corpus),
            Points(tuple(_costs(own))),
            _table(own),
            *pictures(study.figure(f"attack_{corpus}")),
        ]
    return Section("attack", TITLE, tuple(blocks))


def _share(value: str) -> str:
    return share(float(value)) if value else NOTHING


def _costs(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What each defence and judge names rightly without an attack."""
    for judge, defence in dict.fromkeys((row["judge"], row["defence"]) for row in rows):
        own = next(r for r in rows if (r["judge"], r["defence"]) == (judge, defence))
        trained = f", defence {defence}" if defence != NONE else ""
        if own["converged"] == "False":
            trained += " (did not converge)"
        yield (
            f"{judge}{trained}: {share(float(own['accuracy_before']))} of {own['n_test']} clean "
            "segments identified correctly."
        )


def _table(rows: list[dict[str, Any]]) -> Table:
    shown = []
    for row in rows:
        reached = float(row["snr_db_reached"] or "nan")
        shown.append(
            (
                row["perturbation"],
                NOTHING if reached != reached else number(reached),
                row["judge"],
                row["defence"],
                row["way"],
                *(_share(row[name]) for name in SHOWN),
            )
        )
    return table(
        "Success of each perturbation and disguise; dB of sound over change, median over the "
        "written files. Unnoticed: success that the detector did not flag; flagged: of all "
        "segments, which with a budget of nothing are false alarms.",
        ("Perturbation", "dB", "Judge", "Defence", "Way", "success", "unnoticed", "flagged"),
        shown,
        (0, 2, 3, 4),
    )
