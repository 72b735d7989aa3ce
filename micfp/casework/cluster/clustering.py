"""How many devices made some recordings: listened to, weighed pair by pair, grouped."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from micfp.audio import Channel
from micfp.casework.cluster.kept import Kept
from micfp.casework.cluster.linkage import groups
from micfp.errors import MicfpError, printable
from micfp.fingerprint.weighed.every_pair import compares_with_another, every_pair
from micfp.fingerprint.weighed.listening import Heard, listen_each
from micfp.fingerprint.weighed.weighing import Weighing
from micfp.progress import progress

PRIOR_ODDS = 0.06
"""That one device made two recordings; docs/cluster-recordings.md says what chose it."""
NOT_TWO = (
    "careful: recordings of two groups may be of one device all the same. Of different days, rooms "
    "or speakers most are not found to belong together; no group says that devices differ"
)
_NOTHING_IN_COMMON = "its bands and those of every other recording have too little in common"


@dataclass(frozen=True)
class Clustered:
    """Where a recording belongs.

    Attributes
    ----------
    path
        As it was given.
    sha256
        Digest of the file; None where it cannot be read.
    cluster
        Number of its group, from 1 on; None: cannot be decided.
    refused
        Why it cannot, a sentence that names the file; None where it has a group.
    warnings
        Sentences that a reader needs to know.
    """

    path: str
    sha256: str | None
    cluster: int | None
    refused: str | None
    warnings: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "path": self.path,
            "cluster": self.cluster,
            "refused": self.refused,
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True)
class Tree:
    """How the different recordings hang together.

    Attributes
    ----------
    paths
        (n,) of each of them, the first of files that are the same.
    merges
        (n - 1, 4) as of `linkage.tree`: in the order of mean log10 LRs, not bounded.
    """

    paths: tuple[str, ...]
    merges: NDArray[np.float64]


@dataclass(frozen=True)
class Clustering:
    """What is said of some recordings.

    Attributes
    ----------
    recordings
        In the order in which they were given.
    threshold
        Mean log10 LR from which on groups are one.
    tree
        None where there are too many recordings to see anything in one.
    """

    recordings: tuple[Clustered, ...]
    threshold: float
    tree: Tree | None

    @property
    def n_clusters(self) -> int:
        """How many groups there are."""
        return max((one.cluster or 0 for one in self.recordings), default=0)

    def as_text(self, weighing: Weighing) -> str:
        """What a person reads."""
        undecided = [one for one in self.recordings if one.cluster is None]
        n = len(self.recordings) - len(undecided)
        lines = [f"{n} recordings: {_counted(self.n_clusters, 'group')}"]
        if weighing.proposition == "model":
            lines[0] += ", each of devices of one model; how many units these are cannot be told"
        for number in range(1, self.n_clusters + 1):
            own = [one for one in self.recordings if one.cluster == number]
            lines.append(f"group {number}: {_counted(len(own), 'recording')}")
            for one in own:
                lines.append(f"    {one.path}")
                lines += [f"        careful: {warning}" for warning in one.warnings]
        if undecided:
            lines.append(f"cannot be decided: {_counted(len(undecided), 'recording')}")
            lines += [f"    {one.refused}" for one in undecided]
        lines.append(
            f"groups are one from a mean log10 LR of {self.threshold:.2f} on: prior odds "
            f"{10**-self.threshold:.2g} that one device made two recordings"
        )
        if weighing.sitting != "same":
            lines.append(NOT_TWO)
        return "\n".join(map(printable, lines))


def cluster(
    paths: Sequence[Path],
    weighing: Weighing,
    prior_odds: float = PRIOR_ODDS,
    channel: Channel = "mean",
    track: int | None = None,
    kept: Path | None = None,
    *,
    quiet: bool = False,
) -> Clustering:
    """Group recordings by the devices that made them.

    The same files give the same groups in any order: they are ordered by their digests, and groups
    are numbered by size, then by the least digest in them.

    Parameters
    ----------
    paths
        Audio files.
    weighing
        Model and calibration.
    prior_odds
        That one device made two of the recordings, above 0 and below 1.
    channel
        Index from 0, or "mean".
    track
        As in `micfp.audio.probe`.
    kept
        File of fingerprints that were taken, to which those of new files are added; None: none.
    quiet
        Whether nothing is said on the way.

    Raises
    ------
    MicfpError
        Other prior odds; a file of fingerprints that is none.
    """
    if not 0 < prior_odds < 1:
        raise MicfpError(
            f"prior odds {prior_odds:g}: give odds above 0 and below 1, such as 0.05 for one pair "
            "of one device for each twenty of two"
        )
    threshold = float(-np.log10(prior_odds))
    store = Kept(kept, weighing.loaded.sha256, channel, track)
    digests = [_digest(path) for path in paths]
    heard: dict[str, Heard | MicfpError] = {}
    for sha256, one in _heard_each(paths, digests, weighing, store, channel, track, quiet):
        heard[sha256] = one
    found = {digest: one.recording.fingerprint for digest, one in heard.items() if _usable(one)}
    usable = sorted(found)
    compares = compares_with_another([found[one] for one in usable])
    usable = [one for one, does in zip(usable, compares, strict=True) if does]
    fingerprints = [found[one] for one in usable]
    group, merges = groups(
        len(usable), lambda rows: every_pair([fingerprints[k] for k in rows], weighing), threshold
    )
    number = dict(zip(usable, _numbered(group).tolist(), strict=True))
    first: dict[str, Path] = {}
    recordings = []
    for path, digest in zip(paths, digests, strict=True):
        if isinstance(digest, MicfpError):
            recordings.append(Clustered(str(path), None, None, str(digest), ()))
            continue
        same_as = first.setdefault(digest, path)
        recordings.append(_said(path, digest, heard[digest], number.get(digest), same_as))
    tree = None
    if merges is not None:
        tree = Tree(tuple(str(first[one]) for one in usable), merges)
    return Clustering(tuple(recordings), threshold, tree)


def _digest(path: Path) -> str | MicfpError:
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return MicfpError(f"{path}: cannot be read ({error.strerror}); check the path")


def _heard_each(
    paths: Sequence[Path],
    digests: Sequence[str | MicfpError],
    weighing: Weighing,
    store: Kept,
    channel: Channel,
    track: int | None,
    quiet: bool,
) -> Iterator[tuple[str, Heard | MicfpError]]:
    """What was heard of each different file, or is heard now."""
    new: dict[str, Path] = {}
    for path, digest in zip(paths, digests, strict=True):
        if isinstance(digest, MicfpError) or digest in new:
            continue
        found = store.get(digest, path)
        if found is None:
            new[digest] = path
        else:
            yield digest, found
    each = listen_each(list(new.values()), weighing.loaded.model, channel, track)
    watched = each if quiet else progress(each, len(new), "listening")
    for digest, one in zip(new, watched, strict=True):
        if isinstance(one, Heard):
            store.add(one)
        yield digest, one


def _usable(heard: Heard | MicfpError) -> TypeGuard[Heard]:
    return isinstance(heard, Heard) and heard.refused is None


def _refused(heard: Heard | MicfpError) -> str | None:
    return str(heard) if isinstance(heard, MicfpError) else heard.refused


def _said(
    path: Path, digest: str, heard: Heard | MicfpError, number: int | None, same_as: Path
) -> Clustered:
    warnings = () if isinstance(heard, MicfpError) else heard.warnings
    if same_as != path:
        warnings = (*warnings, f"is the same file as {same_as}, byte for byte, and counts once")
    refused = _refused(heard)
    if number is None and refused is None:
        refused = f"{path}: {_NOTHING_IN_COMMON}"
    return Clustered(str(path), digest, number, refused, warnings)


def _numbered(group: NDArray[np.int64]) -> NDArray[np.int64]:
    """Numbers from 1 on: the largest group first, of equal ones that with the first recording."""
    names, first, inverse, size = np.unique(
        group, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(names), np.int64)
    rank[np.lexsort((first, -size))] = np.arange(1, len(names) + 1)
    return rank[np.asarray(inverse).ravel()]


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"
