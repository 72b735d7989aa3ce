"""Where and by how much two devices differ: `micfp.compare`."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.api.shown import Page, Shown, frame_of
from micfp.api.sound import Recording, check_listening, file_of, path_of, sounds_of
from micfp.casework.compare.comparison import (
    BAND_KEYS,
    SITTINGS_IN_WORDS,
    Comparison,
    band_records,
)
from micfp.casework.compare.comparison import compare as measure
from micfp.errors import MicfpError, shown
from micfp.fingerprint.embedding.model import sitting_of
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model

if TYPE_CHECKING:
    import pandas as pd

    from micfp.audio import Channel


@dataclass(frozen=True, repr=False, eq=False)
class Compared(Shown):
    """Where and by how much two devices differ.

    Attributes
    ----------
    found
        The answer of `micfp compare`.
    """

    found: Comparison

    @property
    def refused(self) -> str | None:
        """Why nothing is said, a sentence; None where something is."""
        return self.found.refused

    def to_record(self) -> dict[str, Any]:
        """Plain data: what `micfp compare --json` prints."""
        return self.found.as_record()

    def __repr__(self) -> str:
        return self.found.as_text()

    def page(self) -> Page:
        """What a notebook shows."""
        sides = self.found.a, self.found.b
        said = tuple(w for side in sides for one in side.recordings for w in one.warnings)
        left_out = tuple(f"has no part: {one}" for side in sides for one in side.refused)
        careful = (*said, *left_out)
        found = self.found.found
        if found is None:
            return Page(f"No answer: {self.refused}", "", (), (), careful)
        rows = tuple(
            (
                f"{one.low_hz:.0f} to {one.high_hz:.0f} Hz",
                f"{one.difference_db:+.1f} dB",
                f"{one.interval_db[0]:+.1f} to {one.interval_db[1]:+.1f} dB",
            )
            for one in found.ranges
        )
        n_apart = int(found.difference.apart.sum())
        return Page(
            f"The responses differ significantly in {n_apart} of {len(found.hz)} bands",
            "Where A and B differ, and by how much at most",
            ("frequencies", "A less B", "95 % interval, all bands together"),
            rows,
            careful,
            (f"{SITTINGS_IN_WORDS[self.found.sitting]}.",),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each band that all recordings have; none where it was refused.

        Returns
        -------
        Columns `frequency_hz`, the responses `a_db` and `b_db` with their 95 % intervals
        (`a_low_db`, `a_high_db` ...), `difference_db` (A less B) with `low_db` and `high_db`, and
        whether it is `significant`.
        """
        found = self.found.found
        return frame_of([] if found is None else list(band_records(found)), BAND_KEYS)


def compare(
    a: Sequence[Recording],
    b: Sequence[Recording],
    *,
    sitting: str = "any",
    seed: int = 42,
    fingerprint: str | os.PathLike[str] | None = None,
    channel: "Channel" = "mean",
    track: int | None = None,
) -> Compared:
    """Say where and by how much two devices differ, by recordings of speech.

    Parameters
    ----------
    a, b
        Files of either device.
    seed
        Of the pieces that are drawn.
    sitting, fingerprint, channel, track
        As of `micfp.identify`.

    Returns
    -------
    Ranges of frequencies in which the responses differ; or why nothing is said.

    Raises
    ------
    MicfpError
        Samples, which have no file; an unknown sitting; a damaged model.

    Examples
    --------
    >>> import micfp
    >>> micfp.compare(["no such file.wav"], ["nor this.wav"]).refused
    '0 pieces of 1 s with speech are in the recordings of A, and 5 are needed'
    """
    import numpy as np

    first, second = (
        [file_of(one) for one in sounds_of(some, of)] for some, of in ((a, "a"), (b, "b"))
    )
    check_listening(channel, track)
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise MicfpError(f"seed {shown(seed)}: give a whole number, 0 or more")
    model = load_model(path_of(fingerprint) or SHIPPED).model
    rng = np.random.default_rng(seed)
    return Compared(measure(first, second, model, sitting_of(sitting), rng, channel, track))
