"""What `micfp train` leaves out of some recordings, and what it chooses for the rest, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CheckPolicy
from micfp.config.models import SplitConfig, SplitKind
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

USUAL_WINDOW_S = 1.0
SHORT_WINDOW_S = 0.5
SHORT_S = 2.0
"""A recording shorter than this gives one window of a second, or none."""
FEWEST_DEVICES, FEWEST_RECORDINGS = 2, 2
POLICY = CheckPolicy(not_finite="drop", silent="drop", quiet="drop")
"""As in the preset; a test compares."""
MOST_SAID = 5
APART: dict[SplitKind, str] = {
    "by_session": "sessions",
    "by_unit": "devices",
    "by_content": "contents",
}
"""Splits of another target, the strictest first."""


@dataclass(frozen=True)
class Choice:
    """What was chosen for some recordings, and why.

    Attributes
    ----------
    differences
        from the preset, as a parameter file has them
    reasons
        a sentence for each
    """

    differences: Mapping[str, Any]
    reasons: tuple[str, ...]


def choose(kept: "pd.DataFrame", target: str = "device") -> Choice:
    """Choose windows and the test part by what the recordings give.

    Parameters
    ----------
    kept
        Rows of the quality table that are trained and tested with, two or more of each device, or
        of what else the target is.
    target
        Column that is identified.
    """
    shortest_s = float(kept["duration_s"].min())
    window_s = SHORT_WINDOW_S if shortest_s < SHORT_S else USUAL_WINDOW_S
    differences: dict[str, Any] = {
        "segments": {"windows": {"length_s": window_s, "hop_s": window_s}}
    }
    reasons = [f"windows of {window_s:g} s: the shortest recording has {shortest_s:.1f} s"]
    if target != "device":
        kind, reason = _split_of(kept, target)
        differences["split"] = {"kind": kind, "test": None, "folds": "auto"}
        differences["split_comparison"] = {
            "by_recording": {"kind": "by_recording", "folds": "auto"},
            "by_content": None,
        }
        return Choice(differences, (*reasons, reason))
    compared: dict[str, Any] = {}
    if kept.groupby("content")["device"].nunique().max() < FEWEST_DEVICES:
        compared["by_content"] = None
        differences["split"] = {"kind": "by_recording"}
        reasons.append(
            "recordings are kept apart, and not what is said in them: no file name occurs on two "
            "devices, so nobody knows who said the same (give one name to files of one sound)"
        )
    if (last := _last_session(kept)) is not None:
        others = sorted(set(kept["session"]) - {last}, key=_naturally)
        by_session = {"kind": "by_session", "test": [last], "folds": None}
        differences["split"] = compared["by_session"] = by_session
        reasons.append(
            f"tested on session {last}, trained on {', '.join(others)}: another day or place is "
            "the hardest honest test there is"
        )
    else:
        reasons.append(
            "tested on other recordings of the same sessions, since there is no session that every "
            "device has beside another one: place and day may be recognised as well as the device"
        )
    if compared:
        differences["split_comparison"] = compared
    return Choice(differences, tuple(reasons))


def _split_of(kept: "pd.DataFrame", target: str) -> tuple[SplitKind, str]:
    """The split under which nothing but the target itself can be recognised, and why it is taken.

    Where there is none, recordings are kept apart.
    """
    import numpy as np

    from micfp.recordings.leaks import leaks
    from micfp.recordings.splits import SplitError, make_folds

    labels = kept.assign(segment=kept["recording"])
    for kind, apart in APART.items():
        rng = np.random.default_rng(0)  # whether there are folds, and not which
        try:
            make_folds(labels, SplitConfig(kind=kind, folds=2), target, rng)
        except SplitError:
            continue
        if not leaks(labels, kind, target):
            return kind, f"tested on {apart} that are not in training: they tell no {target}"
    return "by_recording", (
        f"tested on other recordings of the same sessions and devices: no other split of these "
        f"recordings has each {target} on both sides and nothing that gives it away"
    )


def _last_session(kept: "pd.DataFrame") -> str | None:
    """The last session that every device has beside another one."""
    of_device = [set(rows["session"]) - {""} for _, rows in kept.groupby("device")]
    if min(map(len, of_device)) < 2:
        return None
    return max(set.intersection(*of_device), key=_naturally, default=None)


def _naturally(name: str) -> list[tuple[int, str]]:
    """A key by which day-10 comes after day-9."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


@dataclass(frozen=True)
class Usable:
    """Recordings that can be trained with.

    Attributes
    ----------
    kept
        Their rows of the quality table.
    left_out
        Devices of which fewer than two recordings are left.
    said
        A sentence for what was left out, and why.
    """

    kept: "pd.DataFrame"
    left_out: tuple[str, ...]
    said: tuple[str, ...]


def usable(quality: "pd.DataFrame", target: str = "device") -> Usable:
    """Leave out what the preset's policy drops, clips without a window, and devices without two.

    Parameters
    ----------
    quality
        The quality table of all recordings, with a column of the target.
    target
        What two recordings each are needed of.

    Raises
    ------
    MicfpError
        Recordings of fewer than two devices are left, or one has no label.
    """
    from micfp.recordings.quality.table import apply_policy

    nameless = int((quality[target] == "").sum())
    if nameless:
        raise MicfpError(
            f"{nameless} of {len(quality)} recordings have no {target} label: name the {target} of "
            "every recording, or train on another target"
        )
    kept = apply_policy(quality, POLICY)
    kept = kept[kept["duration_s"] >= SHORT_WINDOW_S]
    dropped = quality.loc[quality.index.difference(kept.index)]
    said = [
        f"left out: {path} ({flags or 'too short'})"
        for path, flags in dropped[["path", "flags"]].astype(str).to_numpy().tolist()
    ]
    counts = kept[target].value_counts()
    devices = sorted(set(quality[target]))
    left_out = tuple(name for name in devices if counts.get(name, 0) < FEWEST_RECORDINGS)
    said += [
        f"left out: the {target} {name}, of which {counts.get(name, 0)} usable recordings are left "
        f"and {FEWEST_RECORDINGS} are needed; the model cannot name it"
        for name in left_out
    ]
    kept = kept[~kept[target].isin(left_out)]
    if kept[target].nunique() < FEWEST_DEVICES:
        raise MicfpError(
            f"two usable recordings each of {kept[target].nunique()} {target}s: a model tells "
            f"{target}s apart, so give two or more (FOLDER/DEVICE/FILE)"
            + (f"; {'; '.join(said[:MOST_SAID])}" if said else "")
        )
    return Usable(kept, left_out, tuple(said))
