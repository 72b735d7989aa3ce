"""Models of the pipeline, which know a closed set of devices: `micfp.load_model`."""

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from micfp.api.shown import Page, Shown, frame_of
from micfp.api.sound import Recording, as_file, as_path, check_listening, name_of, sound_of
from micfp.errors import MicfpError, printable
from micfp.fingerprint import default_model
from micfp.fingerprint import model as model_files
from micfp.fingerprint.identify import Candidate, Identification, identify_each
from micfp.fingerprint.model import Model

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = (
    *("recording", "device", "segments", "of_segments", "log_score", "probability"),
    *("outside", "refused"),
)


@dataclass(frozen=True, repr=False, eq=False)
class Named(Shown):
    """Which device of a closed set a model names.

    Attributes
    ----------
    recording
        Path or name, as it was given.
    found
        The answer of `micfp identify --model`; None: refused.
    refused
        Why there is no answer, a sentence; None where there is one.
    model
        That was asked.
    """

    recording: str
    found: Identification | None
    refused: str | None
    model: Model

    @property
    def answer(self) -> str | None:
        """The device that is named: one of those that the model knows, or wrong; None: refused."""
        return None if self.found is None else self.found.device

    @property
    def ranking(self) -> tuple[Candidate, ...]:
        """Every device that the model knows, the likeliest first, with `probability` or None."""
        return () if self.found is None else self.found.ranking

    @property
    def outside(self) -> str | None:
        """Why the recording is outside of what the model learned, or None."""
        return None if self.found is None else self.found.outside

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences that a reader needs to know."""
        return () if self.found is None else self.found.warnings

    def __repr__(self) -> str:
        if self.found is None:
            return printable(f"no answer: {self.refused}")
        return self.found.as_text(self.model)

    def page(self) -> Page:
        """What a notebook shows."""
        notes = (f"Model {self.model.in_words()}",)
        if self.found is None:
            return Page(f"No answer: {self.refused}", "", (), (), (), notes)
        n = self.found.segments
        rows = tuple(
            (
                one.name,
                f"{one.segments} of {n}",
                "none" if one.probability is None else f"{one.probability:.2f}",
            )
            for one in self.ranking
        )
        said = f"{self.recording}: {self.answer}, or none that the model knows"
        if self.outside is not None:
            said = (
                f"{self.recording}: outside of what the model learned; nearest of its "
                f"{self.model.target}s: {self.answer}"
            )
        left_out = self.model.provenance.left_out
        careful = (f"the model cannot name {', '.join(left_out)}",) if left_out else ()
        return Page(
            said,
            f"The {len(self.ranking)} {self.model.target}s that the model knows",
            (self.model.target, "segments that name it", "probability in the closed set"),
            rows,
            (*self.warnings, *careful),
            (f"Closed set: {self.found.worth(self.model)}.", *notes),
        )

    def to_frame(self) -> "pd.DataFrame":
        """A row for each device that the model knows; of a refusal one row, which says why.

        Returns
        -------
        Columns `recording`, `device`, `segments` (that name it) `of_segments`, `log_score` (orders
        the devices of one recording; no probability), `probability` (among the devices that the
        model knows, calibrated; missing where none can be given), `outside`, `refused`.
        """
        if self.found is None:
            records: list[dict[str, Any]] = [{"recording": self.recording, "refused": self.refused}]
            return frame_of(records, COLUMNS)
        records = [
            {
                "recording": self.recording,
                "device": one.name,
                "segments": one.segments,
                "of_segments": self.found.segments,
                "log_score": one.log_score,
                "probability": one.probability,
                "outside": self.outside,
            }
            for one in self.ranking
        ]
        return frame_of(records, COLUMNS)


@dataclass(frozen=True, repr=False, eq=False)
class ClosedSetModel:
    """A model of the pipeline: it knows some devices, and names one of them.

    Attributes
    ----------
    model
        As the commands load it.
    """

    model: Model

    @property
    def devices(self) -> tuple[str, ...]:
        """What it knows; it names one of these even for a recording by none."""
        return tuple(self.model.fitted.classes)

    def __repr__(self) -> str:
        return printable(self.model.in_words())

    def identify(self, recording: Recording, *, track: int | None = None) -> Named:
        """Name the device of a recording: one of those that the model knows.

        Parameters
        ----------
        recording
            A file, or samples (`micfp.Samples`, or a tuple of samples and their rate in Hz).
        track
            Audio track of films with several, from 0; None: the first with sound.

        Returns
        -------
        The answer of `micfp identify --model`, or a refusal that says why.

        Raises
        ------
        MicfpError
            Samples of another kind.
        """
        sound = sound_of(recording)
        check_listening("mean", track)
        name = name_of(sound)
        with as_file(sound) as path:
            (found,) = identify_each([path], self.model, track)
        if isinstance(found, MicfpError):
            return Named(name, None, str(found).replace(str(path), name), self.model)
        return Named(name, replace(found, path=name), None, self.model)


def load_model(folder: str | os.PathLike[str] = default_model.DEFAULT) -> ClosedSetModel:
    """Load a model that the pipeline made, which knows a closed set of devices.

    No model is needed for `micfp.identify` and `micfp.verify`, which weigh recordings by the
    fingerprint that micfp brings.

    Parameters
    ----------
    folder
        Of the model, such as `results/models/lda-ltas-plain`. No code in it is run.

    Returns
    -------
    The model; its `identify` names the device of a recording.

    Raises
    ------
    MicfpError
        The folder is no model, or a damaged one.

    Examples
    --------
    >>> import micfp
    >>> micfp.load_model("no/such/folder")
    Traceback (most recent call last):
        ...
    micfp.errors.MicfpError: no/such/folder: no model there (no model.json); run the pipeline, \
or give --model DIR
    """
    path = as_path(folder)
    if path == default_model.DEFAULT and not path.is_dir():
        raise MicfpError(default_model.why_none())
    return ClosedSetModel(model_files.load_model(path))
