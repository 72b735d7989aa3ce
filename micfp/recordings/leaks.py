"""What else than itself gives a target away: labels that know it, on both sides of a split."""

from __future__ import annotations

from typing import TYPE_CHECKING

from micfp.config.models import SplitKind
from micfp.recordings.splits import GROUP_COLUMN

if TYPE_CHECKING:
    from pandas import DataFrame

APART: dict[str, SplitKind] = {"session": "by_session", "device": "by_unit"}
"""The split that has no session, or device, on both sides."""
OF_DEVICES = ("device", "make", "model", "unit")
"""Labels that a device has once and for all: what tells it apart is asked for."""


def leaks(labels: DataFrame, kind: SplitKind, target: str) -> list[str]:
    """Sentences on labels that give the target away, where a split has them on both sides.

    A room has its sessions, and an aged microphone is one device: a model that knows the session or
    the device again then names the target, and has learned nothing of it.

    Parameters
    ----------
    labels
        One row per recording or segment, with the columns device, session and target.
    kind
        Of the split.
    target
        Column to be identified. That a device gives away its make, model and unit is no leak.
    """
    found = []
    for column, apart in APART.items():
        if target in (column, *OF_DEVICES) or GROUP_COLUMN[kind] == column:
            continue
        known = labels[labels[column] != ""]
        if len(known) < len(labels) or known.groupby(column)[target].nunique().max() > 1:
            continue
        fewest = known.groupby(target)[column].nunique().min()
        if known[column].nunique() < 2:
            continue
        advice = (
            f"split.kind = {apart} has no {column} on both sides"
            if fewest > 1
            else f"no split can tell them apart before each {target} has two {column}s"
        )
        found.append(
            f"each {column} has one {target}, and a {kind} split has {column}s on both sides, so "
            f"that knowing the {column} again is enough to name the {target}: {advice}"
        )
    return found
