"""A model of one's own recordings: `micfp.train`."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.api.models import ClosedSetModel, load_model
from micfp.api.shown import Page, Shown, frame_of
from micfp.api.sound import as_path
from micfp.errors import MicfpError, printable, shown
from micfp.extras import extras_named
from micfp.studies.train import Trained, project_of
from micfp.studies.train import train as run

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("model", "recording_accuracy", "low", "high", "confidence", "n_recordings", "devices")


@dataclass(frozen=True, repr=False, eq=False)
class Training(Shown):
    """A model that was trained, and how good it is on recordings that were held out.

    Attributes
    ----------
    trained
        What `micfp train` says.
    said
        What was chosen, and why; what was left out.
    """

    trained: Trained
    said: tuple[str, ...]

    @property
    def model(self) -> ClosedSetModel:
        """The model, to ask: `training.model.identify("note.opus")`."""
        return load_model(self.trained.model)

    @property
    def report(self) -> Path:
        """The report of the pipeline, HTML."""
        return self.trained.report

    def __repr__(self) -> str:
        return self.trained.as_text()

    def page(self) -> Page:
        """What a notebook shows."""
        value, low, high = self.trained.accuracy
        interval = f"{low:.2f} to {high:.2f} ({100 * self.trained.confidence:g} %)"
        row = (self.trained.name, f"{value:.2f}", interval, str(self.trained.n_recordings))
        left_out = ", ".join(self.trained.left_out)
        careful = (f"it cannot name {left_out}: too few of their recordings could be used",)
        return Page(
            f"A model of {len(self.trained.devices)} {self.trained.target}s",
            "Accuracy on recordings that it did not train with",
            ("model", "accuracy per recording", "interval", "recordings"),
            (row,),
            tuple(map(printable, careful)) if left_out else (),
            tuple(map(printable, self.said)),
        )

    def to_frame(self) -> "pd.DataFrame":
        """One row.

        Returns
        -------
        Columns `model` (name), `recording_accuracy` with `low` and `high` (0..1) and the
        `confidence` of the interval, `n_recordings` (that were tested), `devices` (a list).
        """
        value, low, high = self.trained.accuracy
        record = {
            "model": self.trained.name,
            "recording_accuracy": value,
            "low": low,
            "high": high,
            "confidence": self.trained.confidence,
            "n_recordings": self.trained.n_recordings,
            "devices": list(self.trained.devices),
        }
        return frame_of([record], COLUMNS)


@extras_named()
def train(
    folder: str | os.PathLike[str],
    project: str | os.PathLike[str] | None = None,
    *,
    reader: str = "folder",
    cores: int | None = None,
    target: str = "device",
) -> Training:
    """Train classifiers on labelled recordings, and keep the one that does best.

    It is the pipeline, as `micfp train` runs it: what was computed once is not computed again.

    Parameters
    ----------
    folder
        Folder (or CSV) of the recordings: `folder/device/file`.
    project
        Folder to compute in; None: the working directory, if it is a project, else `NAME-model`
        in it. It is written where it is not there.
    reader
        How folders and names become labels: "folder", "manifest", ...
    cores
        Processes side by side, 1 or more; None: all cores.
    target
        What the model names: "device", "session", ..., or any further column of a CSV.

    Raises
    ------
    MicfpError
        The recordings give no model, or Snakemake is not installed (`micfp[pipeline]`).

    Examples
    --------
    >>> import micfp
    >>> micfp.train("no/such/folder")
    Traceback (most recent call last):
        ...
    micfp.errors.MicfpError: no/such/folder: there is no such folder of recordings; check \
the path (in a parameter file: corpus.root)
    """
    if cores is not None and (isinstance(cores, bool) or not isinstance(cores, int)):
        raise MicfpError(f"cores {shown(cores)}: give a whole number, 1 or more, or None")
    root = as_path(folder)
    place = project_of(root) if project is None else as_path(project)
    *said, trained = run(root, place, reader, cores, target)
    assert isinstance(trained, Trained)
    return Training(trained, tuple(str(sentence) for sentence in said))
