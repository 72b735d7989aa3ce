"""Recordings of a folder: `micfp.recordings`."""

import os
from typing import TYPE_CHECKING

from micfp.api.sound import as_path
from micfp.config.audio import corpus_at
from micfp.corpora import left_out_of, read_corpus

if TYPE_CHECKING:
    import pandas as pd


def recordings(folder: str | os.PathLike[str], reader: str = "folder") -> "pd.DataFrame":
    """List the recordings of a folder, and what its reader knows of them.

    Parameters
    ----------
    folder
        Of the recordings; of the reader "manifest" a CSV that lists them.
    reader
        How folders and names become labels: "folder" (`DEVICE/FILE` or `DEVICE/SESSION/FILE`),
        "manifest", or the reader of a public corpus: "ccnu_mobile", "mobiphone", "thesis", "bench".

    Returns
    -------
    A row for each recording, sorted by path; columns of text: `path`, `device` (one physical unit),
    `make`, `model` (make and model), `unit` (tells units of one model apart), `session` (one
    sitting in one room) and `content` (what was played); "" where unknown. No file is opened but to
    see whether one of an unknown name is audio; what was passed over stands in
    `.attrs["left_out"]`, a sentence for each file.

    Raises
    ------
    MicfpError
        No such folder, one without audio or of another layout; no such reader.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> import numpy as np, soundfile
    >>> import micfp
    >>> folder = tempfile.TemporaryDirectory()
    >>> phone = pathlib.Path(folder.name) / "phone A" / "monday"
    >>> phone.mkdir(parents=True)
    >>> soundfile.write(phone / "hello.wav", np.zeros(100), 8000)
    >>> table = micfp.recordings(folder.name)
    >>> table[["device", "session", "content"]].values.tolist()
    [['phone A', 'monday', 'hello']]
    >>> folder.cleanup()
    """
    config = corpus_at(as_path(folder), reader)
    table = read_corpus(config)
    table.attrs["left_out"] = [f"{one.path}: {one.reason}" for one in left_out_of(config)]
    return table
