"""Step `quality`: flags of the whole corpus, and which recordings stay.

Reads: the measurements of every shard, labels. Writes: `quality.parquet` (numbers and flags),
`kept.parquet` (the rows that the policy keeps), `recordings.parquet` (the recordings table).
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CheckConfig, CorpusConfig
from micfp.engine.task import Spec
from micfp.errors import printable
from micfp.stages.check import read_envelope, read_measured
from micfp.stages.dataset import label_names
from micfp.tables import write_table

if TYPE_CHECKING:
    import pandas as pd

    from micfp.recordings.quality.levels import FloatArray


def run(spec: Spec, out: Path) -> None:
    """Flag every recording and apply the policy.

    Raises MicfpError where the policy of a flag is to stop.
    """
    import pandas as pd

    from micfp.recordings.quality.table import apply_policy, quality_table
    from micfp.recordings.quality.wording import left_out_in_words

    config = CheckConfig.model_validate(spec.params["check"])
    measured = pd.concat([read_measured(folder) for folder in spec.inputs["check"]])
    records: list[Any] = measured.to_dict(orient="records")
    rows = {row["recording"]: row for row in records}
    recordings = pd.DataFrame(
        [
            {"recording": r.recording, "path": printable(r.original or r.path), **dict(r.labels)}
            for r in spec.audio
        ]
    )
    ordered = [rows[name] for name in recordings["recording"]]

    def envelope_of(i: int) -> "FloatArray":
        row = ordered[i]
        return read_envelope(Path(row["folder"]), row["envelope"], row["n_envelope"])

    quality = quality_table(recordings, ordered, envelope_of, config)
    kept = apply_policy(quality, config.policy)
    if not any(recording.original for recording in spec.audio):  # degraded copies say it again
        for sentence in left_out_in_words(quality, kept):
            print(f"micfp: {sentence}", flush=True)
    write_table(quality, out / "quality.parquet")
    write_table(kept, out / "kept.parquet")
    numbers = ["sample_rate_hz", "n_samples", "n_channels"]
    front = ["recording", "path", *label_names(spec.audio)]
    write_table(recordings[front].join(quality[numbers]), out / "recordings.parquet")


def check_corpus(
    corpus: CorpusConfig, config: CheckConfig, track: int | None = None
) -> "pd.DataFrame":
    """The quality table of a corpus, here and now: `micfp check`."""
    import tempfile

    import numpy as np
    import pandas as pd

    from micfp.corpora import read_corpus_aloud
    from micfp.engine.digests import file_digests
    from micfp.progress import progress
    from micfp.recordings.quality.measuring import measure_each, quality_row
    from micfp.recordings.quality.table import quality_table

    recordings = read_corpus_aloud(corpus)
    paths = [Path(path) for path in recordings["path"]]
    digests = file_digests(paths, cached=False)
    recordings.insert(0, "recording", pd.Series([digests[path] for path in paths], dtype=str))
    rows, starts = [], [0]
    with tempfile.TemporaryFile() as envelopes:  # of many recordings they would fill the memory
        measured = measure_each(paths, config, corpus.channel, track)
        for quality in progress(measured, len(paths), "checking"):
            rows.append(quality_row(quality))
            envelopes.write(quality.envelope.astype("<f4").tobytes())
            starts.append(starts[-1] + len(quality.envelope))

        def envelope_of(i: int) -> "FloatArray":
            envelopes.seek(4 * starts[i])
            return np.frombuffer(envelopes.read(4 * (starts[i + 1] - starts[i])), "<f4")

        return quality_table(recordings, rows, envelope_of, config)
