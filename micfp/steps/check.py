"""Step `check`: measurements of every recording of a shard (thesis 4.2.1).

Reads: audio. Writes: `measured.parquet` (one row a recording, no flags yet, and where its envelope
stands), `envelopes.f32` (float32, one recording after the other) and `spectrograms.npz`. Few files
however many recordings: each file costs more than what is in it.
"""

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.config import CheckConfig, Params
from micfp.steps.task import Recording, Spec, Task
from micfp.tables import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from micfp.quality import FloatArray, Spectrogram

VERSION = 2

SPECTROGRAM_ARRAYS = ("db", "times_s", "freqs_hz")


def task(params: Params, shard: tuple[Recording, ...]) -> Task:
    """Plan the measurements of a shard; thresholds come later."""
    settings = {
        "channel": params.corpus.channel,
        "synchrony_minutes": params.check.synchrony_minutes,
    }
    return Task("check", settings, audio=shard)


def run(spec: Spec, out: Path) -> None:
    """Measure every recording; one that cannot be read is a row that says why."""
    import pandas as pd

    from micfp.quality import NUMBERS, measure_or_error, quality_row

    config = CheckConfig(synchrony_minutes=spec.params["synchrony_minutes"])
    rows = []
    position = 0
    with (
        open(out / "envelopes.f32", "wb") as envelopes,
        zipfile.ZipFile(out / "spectrograms.npz", "w") as spectrograms,
    ):
        for recording in spec.audio:
            quality = measure_or_error(recording.path, config, spec.params["channel"])
            row = {"recording": recording.recording, **quality_row(quality)}
            rows.append(row | {"envelope": position, "n_envelope": len(quality.envelope)})
            envelopes.write(quality.envelope.astype("<f4").tobytes())
            position += len(quality.envelope)
            if quality.spectrogram is not None:
                _add(spectrograms, recording.recording, quality.spectrogram)
    columns = ["recording", *NUMBERS, "envelope", "n_envelope"]
    write_table(pd.DataFrame(rows, columns=columns), out / "measured.parquet")


def _add(archive: zipfile.ZipFile, recording: str, spectrogram: "Spectrogram") -> None:
    """Add a spectrogram as np.savez would, which wants all of them at once."""
    import numpy as np

    for name in SPECTROGRAM_ARRAYS:
        array = getattr(spectrogram, name)
        array = array.astype(np.float16) if name == "db" else array
        with archive.open(f"{recording}/{name}.npy", "w") as file:
            np.lib.format.write_array(file, array, allow_pickle=False)


def read_measured(folder: Path) -> "pd.DataFrame":
    """The numbers of a shard's recordings, with `folder`, which `read_envelope` needs."""
    return read_table(folder / "measured.parquet").assign(folder=str(folder))


def read_envelope(folder: Path, first: int, length: int) -> "FloatArray":
    """The envelope that stands at `first`, float32 (length,)."""
    import numpy as np

    return np.fromfile(folder / "envelopes.f32", "<f4", length, offset=4 * first)


def with_spectrogram(folder: Path) -> list[str]:
    """The recordings of a shard that have a spectrogram."""
    with zipfile.ZipFile(folder / "spectrograms.npz") as archive:
        return list(dict.fromkeys(name.partition("/")[0] for name in archive.namelist()))


def read_spectrogram(folder: Path, recording: str) -> "Spectrogram":
    """The spectrogram of a recording of a shard; levels were rounded to 16 bits."""
    import numpy as np

    from micfp.quality import Spectrogram

    with np.load(folder / "spectrograms.npz") as arrays:
        db, times_s, freqs_hz = (arrays[f"{recording}/{name}"] for name in SPECTROGRAM_ARRAYS)
    return Spectrogram(db.astype(np.float32), times_s, freqs_hz)
