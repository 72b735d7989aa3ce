"""What a file itself tells: `micfp.inspect`."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from micfp.api.shown import Page, Shown, counted, frame_of
from micfp.api.sound import Recording, check_listening, file_of
from micfp.casework.inspect.inspecting import inspect_each
from micfp.casework.inspect.inspection import Field, Inspection
from micfp.casework.inspect.wording import (
    CAREFUL,
    NOT_GENUINE,
    NOTHING_AMISS,
    as_text,
    value_in_words,
)

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("recording", "group", "name", "value", "reader", "place")


@dataclass(frozen=True, repr=False, eq=False)
class Inspected(Shown):
    """What a file itself tells.

    Attributes
    ----------
    found
        The answer of `micfp inspect`.
    """

    found: Inspection

    @property
    def fields(self) -> tuple[Field, ...]:
        """What was read: `name`, `value`, `reader`, `place` of each; readers may differ."""
        return self.found.fields

    @property
    def inconsistencies(self) -> tuple[str, ...]:
        """What does not fit together, sentences; all that is read can be forged."""
        return self.found.inconsistencies

    @property
    def refused(self) -> str | None:
        """Why the sound could not be read, a sentence; None where it could."""
        return self.found.refused

    def to_record(self) -> dict[str, Any]:
        """Plain data: what `micfp inspect --json` prints."""
        return self.found.as_record()

    def __repr__(self) -> str:
        return as_text(self.found)

    def page(self) -> Page:
        """What a notebook shows."""
        found = self.found
        odd = counted(len(found.inconsistencies), "finding") + " of what does not fit together"
        careful = CAREFUL if found.inconsistencies else NOT_GENUINE
        said = odd if found.inconsistencies else NOTHING_AMISS
        if found.refused is not None:
            said = f"the sound could not be read: {found.refused}"
        rows = tuple(
            (one.name, value_in_words(one.value), one.reader, one.place) for one in found.fields
        )
        return Page(
            f"{found.path}: {said}",
            "What each reader says of the file",
            ("field", "value", "reader", "place"),
            rows,
            found.inconsistencies,
            () if found.refused is not None else (f"{careful}.",),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each field.

        Returns
        -------
        Columns `recording`, `group` ("file", "container", "codec", "tags" or "samples"), `name`,
        `value`, `reader` (who says so), `place` (where in the file; "" for the whole of it).
        """
        records = [{"recording": self.found.path, **one.as_record()} for one in self.fields]
        return frame_of(records, COLUMNS)


def inspect(path: Recording, *, track: int | None = None) -> Inspected:
    """Say what a file itself tells: container, encoder, times, tags, samples, and what is odd.

    Parameters
    ----------
    path
        A file of any kind.
    track
        Audio track of films with several, from 0; None: the first with sound.

    Returns
    -------
    What was read, and what does not fit together; of a file whose sound cannot be read, why.

    Raises
    ------
    MicfpError
        Samples, which have no file; a folder.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np, soundfile
    >>> import micfp
    >>> file = tempfile.NamedTemporaryFile(suffix=".wav")
    >>> soundfile.write(file.name, 0.1 * np.random.default_rng(1).standard_normal(8000), 8000)
    >>> table = micfp.inspect(file.name).to_frame()
    >>> table[table["name"] == "sample rate [Hz]"]["value"].unique().tolist()
    [8000]
    """
    check_listening("mean", track)
    (found,) = inspect_each([file_of(path)], track)
    return Inspected(found)
