"""One's own recordings in folders: `<root>/<device>/<anything>`."""

from pathlib import Path
from typing import TYPE_CHECKING

from micfp.corpora.table import audio_files, label, recordings_table, refuse_shared_names
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

LAYOUT = "<root>/<device>/<file> or <root>/<device>/<session>/<file>"


def read(root: Path) -> "pd.DataFrame":
    """Recordings table of folders that each hold one device's recordings.

    The first folder below root is the device, the second, where there is one, the session; deeper
    folders say nothing. The file's name without its suffix is the content: recordings of the same
    sound carry the same name on every device. Make, model and unit stay unknown: use the manifest
    reader to give them.

    Raises MicfpError where root is missing, holds no audio, has audio outside a device's folder, or
    two folders' names are the same but for case, spaces or unicode form.
    """
    rows = []
    device_of: dict[str, str] = {}
    for path in audio_files(root):
        folders = path.relative_to(root).parts[:-1]
        if not folders:
            raise MicfpError(f"{path}: lies beside the devices' folders; the layout is {LAYOUT}")
        device = label(folders[0])
        device_of[folders[0]] = device
        rows.append(
            {
                "path": str(path),
                "device": device,
                "session": label(folders[1]) if len(folders) > 1 else "",
                "content": label(path.stem),
            }
        )
    refuse_shared_names(device_of, root)
    return recordings_table(rows)
