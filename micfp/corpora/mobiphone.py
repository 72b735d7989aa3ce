"""MOBIPHONE: `<root>/<model>/<speaker>.wav`.

Kotropoulos and Samaras 2014, "Mobile phone identification using recorded speech signals", DSP 2014:
21 phones, each another model, recorded 24 TIMIT speakers, 16 kHz, 16 bit.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from micfp.corpora.table import audio_files, label, recordings_table, refuse_shared_names
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

LAYOUT = "<root>/<model>/<speaker>.wav"

_MAKES = {
    "htc": "HTC",
    "lg": "LG",
    "nokia": "Nokia",
    "sony": "Sony Ericsson",
    "apple": "Apple",
    "iphone": "Apple",
    "samsung": "Samsung",
    "vodafone": "Vodafone",
}


def read(root: Path) -> "pd.DataFrame":
    """Recordings table of MOBIPHONE: one phone a model, so the folder names device and model.

    The make is taken from the start of the folder's name, where it is one of the corpus's. Content
    is the speaker. Unit and session are not on record: "".

    Raises MicfpError where root is missing, holds no audio, an audio file is laid out otherwise, or
    two folders' names are the same but for case, spaces or unicode form.
    """
    rows = []
    device_of: dict[str, str] = {}
    for path in audio_files(root):
        if path.parent.parent != root:
            raise MicfpError(f"{path}: does not fit MOBIPHONE's layout {LAYOUT}")
        model = label(path.parent.name.replace("_", " "))
        device_of[path.parent.name] = model
        rows.append(
            {
                "path": str(path),
                "device": model,
                "make": _make(model),
                "model": model,
                "content": label(path.stem),
            }
        )
    refuse_shared_names(device_of, root)
    return recordings_table(rows)


def _make(model: str) -> str:
    lower = model.lower()
    return next((make for start, make in _MAKES.items() if lower.startswith(start)), "")
