"""How many devices made some recordings: `micfp.cluster`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.api.shown import Page, Shown, counted, frame_of
from micfp.api.sound import Recording, check_listening, file_of, path_of, sounds_of
from micfp.casework.cluster.clustering import NOT_TWO, PRIOR_ODDS, Clustered, Clustering
from micfp.casework.cluster.clustering import cluster as group
from micfp.errors import MicfpError, printable, shown
from micfp.fingerprint.weighed.weighing import Weighing, load_weighing

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel

COLUMNS = ("recording", "group", "refused", "warnings")


@dataclass(frozen=True, repr=False, eq=False)
class Grouped(Shown):
    """Which recordings belong together.

    Attributes
    ----------
    found
        The answer of `micfp cluster`.
    weighing
        The fingerprint model and the calibration that it hangs on.
    """

    found: Clustering
    weighing: Weighing

    @property
    def recordings(self) -> tuple[Clustered, ...]:
        """In the order in which they were given: `path`, `cluster` (from 1) and `refused`."""
        return self.found.recordings

    @property
    def n_groups(self) -> int:
        """How many groups there are: no number of devices, since two groups may be of one."""
        return self.found.n_clusters

    def to_record(self) -> list[dict[str, Any]]:
        """Plain data: the lines of `micfp cluster --json`."""
        return [one.as_record() for one in self.recordings]

    def __repr__(self) -> str:
        return f"{self.found.as_text(self.weighing)}\n{printable(self.weighing.in_words())}"

    def page(self) -> Page:
        """What a notebook shows."""
        ordered = sorted(self.recordings, key=lambda one: (one.cluster is None, one.cluster or 0))
        rows = tuple(
            (one.path, "cannot be decided" if one.cluster is None else str(one.cluster))
            for one in ordered
        )
        refused = tuple(one.refused for one in self.recordings if one.refused is not None)
        said = tuple(f"{one.path}: {said}" for one in self.recordings for said in one.warnings)
        return Page(
            f"{counted(len(rows) - len(refused), 'recording')}: {counted(self.n_groups, 'group')}",
            "Recordings, and the group of each",
            ("recording", "group"),
            rows,
            (*refused, *said),
            (*(() if self.weighing.sitting == "same" else (NOT_TWO,)), self.weighing.in_words()),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each recording, in the order in which they were given.

        Returns
        -------
        Columns `recording`, `group` (from 1, missing where it cannot be decided), `refused` (why)
        and `warnings` (joined by "; ").
        """
        records = [
            {
                "recording": one.path,
                "group": one.cluster,
                "refused": one.refused,
                "warnings": "; ".join(one.warnings),
            }
            for one in self.recordings
        ]
        return frame_of(records, COLUMNS).astype({"group": "Int64"})


def cluster(
    recordings: Sequence[Recording],
    *,
    sitting: str = "any",
    prior_odds: float = PRIOR_ODDS,
    calibration: str | os.PathLike[str] | None = None,
    fingerprint: str | os.PathLike[str] | None = None,
    channel: "Channel" = "mean",
    track: int | None = None,
) -> Grouped:
    """Say how many devices made some recordings, and which belong together.

    Parameters
    ----------
    recordings
        Files.
    prior_odds
        That one device made two of the recordings, before anything was heard; above 0, below 1.
    sitting, calibration, fingerprint, channel, track
        As of `micfp.identify`.

    Returns
    -------
    The group of each recording; of one that cannot be judged, why.

    Raises
    ------
    MicfpError
        Samples, which have no file; other prior odds; an unknown sitting; a damaged model or
        calibration.

    Examples
    --------
    >>> import micfp
    >>> grouped = micfp.cluster(["no such file.wav"])
    >>> grouped.n_groups, grouped.recordings[0].refused[:39]
    (0, 'no such file.wav: cannot be read (No su')
    """
    check_listening(channel, track)
    if isinstance(prior_odds, bool) or not isinstance(prior_odds, int | float):
        raise MicfpError(f"prior_odds {shown(prior_odds)}: give a number above 0")
    weighing = load_weighing(sitting, path_of(fingerprint), path_of(calibration))
    files = [file_of(one) for one in sounds_of(recordings, "recordings")]
    return Grouped(group(files, weighing, prior_odds, channel, track, quiet=True), weighing)
