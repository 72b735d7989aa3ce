"""A virtual bench that `micfp bench OUT` wrote: WAVs and the `recordings.csv` that labels them."""

from pathlib import Path
from typing import TYPE_CHECKING

from micfp.corpora import manifest
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd


def read(root: Path, target: str = "device") -> "pd.DataFrame":
    """Recordings table of a written bench: root is the folder given to `micfp bench`.

    Raises MicfpError where the folder or its `recordings.csv` is missing or wrong.
    """
    if not (root / manifest.FILE_NAME).is_file():
        raise MicfpError(
            f"{root}: holds no {manifest.FILE_NAME}, so it is no written bench; write one with "
            f"`micfp bench {root}`, or leave corpus.root empty to have the bench built by the run"
        )
    return manifest.read(root, target)
