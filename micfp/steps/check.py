"""Step `check`: measurements of every recording of a shard (thesis 4.2.1).

Reads: audio. Writes: `measured.parquet` (one row a recording, no flags yet), `envelopes/` and
`spectrograms/` with one array file a recording.
"""

from pathlib import Path

from micfp.config import CheckConfig, Params
from micfp.steps.task import Recording, Spec, Task
from micfp.tables import write_table

VERSION = 1


def task(params: Params, shard: tuple[Recording, ...]) -> Task:
    """Plan the measurements of a shard; thresholds come later."""
    settings = {
        "channel": params.corpus.channel,
        "synchrony_minutes": params.check.synchrony_minutes,
    }
    return Task("check", settings, audio=shard)


def run(spec: Spec, out: Path) -> None:
    """Measure every recording; one that cannot be read is a row that says why."""
    import numpy as np
    import pandas as pd

    from micfp.quality import NUMBERS, measure_or_error, quality_row

    config = CheckConfig(synchrony_minutes=spec.params["synchrony_minutes"])
    (out / "envelopes").mkdir()
    (out / "spectrograms").mkdir()
    rows = []
    for recording in spec.audio:
        quality = measure_or_error(recording.path, config, spec.params["channel"])
        rows.append({"recording": recording.recording, **quality_row(quality)})
        np.save(out / "envelopes" / f"{recording.recording}.npy", quality.envelope)
        if quality.spectrogram is not None:
            np.savez(
                out / "spectrograms" / f"{recording.recording}.npz",
                db=quality.spectrogram.db.astype(np.float16),
                times_s=quality.spectrogram.times_s,
                freqs_hz=quality.spectrogram.freqs_hz,
            )
    write_table(pd.DataFrame(rows, columns=["recording", *NUMBERS]), out / "measured.parquet")
