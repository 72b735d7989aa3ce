"""What `micfp train` leaves out of some recordings, and what it chooses for the rest, and why."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CheckPolicy
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


def choose(kept: "pd.DataFrame") -> Choice:
    """Choose windows and the test part by what the recordings give.

    Parameters
    ----------
    kept
        Rows of the quality table that are trained and tested with, two or more of each device.
    """
    shortest_s = float(kept["duration_s"].min())
    window_s = SHORT_WINDOW_S if shortest_s < SHORT_S else USUAL_WINDOW_S
    differences: dict[str, Any] = {
        "segments": {"windows": {"length_s": window_s, "hop_s": window_s}}
    }
    reasons = [f"windows of {window_s:g} s: the shortest recording has {shortest_s:.1f} s"]
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


def usable(quality: "pd.DataFrame") -> Usable:
    """Leave out what the preset's policy drops, clips without a window, and devices without two.

    Parameters
    ----------
    quality
        The quality table of all recordings.

    Raises
    ------
    MicfpError
        Recordings of fewer than two devices are left.
    """
    from micfp.recordings.quality.table import apply_policy

    kept = apply_policy(quality, POLICY)
    kept = kept[kept["duration_s"] >= SHORT_WINDOW_S]
    dropped = quality.loc[quality.index.difference(kept.index)]
    said = [
        f"left out: {path} ({flags or 'too short'})"
        for path, flags in dropped[["path", "flags"]].astype(str).to_numpy().tolist()
    ]
    counts = kept["device"].value_counts()
    devices = sorted(set(quality["device"]))
    left_out = tuple(name for name in devices if counts.get(name, 0) < FEWEST_RECORDINGS)
    said += [
        f"left out: the device {name}, of which {counts.get(name, 0)} usable recordings are left "
        f"and {FEWEST_RECORDINGS} are needed; the model cannot name it"
        for name in left_out
    ]
    kept = kept[~kept["device"].isin(left_out)]
    if kept["device"].nunique() < FEWEST_DEVICES:
        raise MicfpError(
            f"two usable recordings each of {kept['device'].nunique()} devices: a model tells "
            "devices apart, so give two or more (FOLDER/DEVICE/FILE)"
            + (f"; {'; '.join(said[:MOST_SAID])}" if said else "")
        )
    return Usable(kept, left_out, tuple(said))
