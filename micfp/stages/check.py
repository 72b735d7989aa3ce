"""Step `check`: measurements of every recording of a shard (thesis 4.2.1).

Reads: audio. Writes: `measured.parquet` (a row per recording, no flags yet, and where its envelope
stands) and `envelopes.f32` (float32, one recording after the other). Few files however many
recordings: each file costs more than what is in it.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from micfp.config.audio import CheckConfig
from micfp.engine.task import Spec
from micfp.tables import read_table, write_table

if TYPE_CHECKING:
    import pandas as pd

    from micfp.recordings.quality.levels import FloatArray


def run(spec: Spec, out: Path) -> None:
    """Measure every recording; one that cannot be read is a row that says why."""
    import pandas as pd

    from micfp.recordings.quality.measuring import NUMBERS, measure_each, quality_row

    # thresholds are not among the parameters of this step, and no default may stand in for them
    config = CheckConfig(synchrony_minutes=spec.params["synchrony_minutes"]).only(
        ["synchrony_minutes"]
    )
    rows = []
    position = 0
    with open(out / "envelopes.f32", "wb") as envelopes:
        paths = [recording.path for recording in spec.audio]
        measured = measure_each(paths, config, spec.params["channel"])
        for recording, quality in zip(spec.audio, measured, strict=True):
            row = {"recording": recording.recording, **quality_row(quality)}
            rows.append(row | {"envelope": position, "n_envelope": len(quality.envelope)})
            envelopes.write(quality.envelope.astype("<f4").tobytes())
            position += len(quality.envelope)
    columns = ["recording", *NUMBERS, "envelope", "n_envelope"]
    write_table(pd.DataFrame(rows, columns=columns), out / "measured.parquet")


def read_measured(folder: Path) -> "pd.DataFrame":
    """The numbers of a shard's recordings, with `folder`, which `read_envelope` needs."""
    return read_table(folder / "measured.parquet").assign(folder=str(folder))


def read_envelope(folder: Path, first: int, length: int) -> "FloatArray":
    """The envelope that stands at `first`, float32 (length,)."""
    import numpy as np

    return np.fromfile(folder / "envelopes.f32", "<f4", length, offset=4 * first)
