"""Segments of the last run as WAV files, to listen to."""

import json
from pathlib import Path

from micfp.engine.places import MARKERS
from micfp.errors import MicfpError
from micfp.plan.experiment import plan_corpus
from micfp.plan.order import read_order
from micfp.plan.params import Params
from micfp.tables import read_table, rows_of


def params_of_last_run() -> Params:
    """The parameters of the last `snakemake all` here.

    Raises MicfpError where there was none, or it did not end well.
    """
    for marker in sorted(MARKERS.glob("[!.]*")):
        if json.loads(marker.read_text())["target"] == "all":
            return read_order(marker.name).params
    raise MicfpError(
        "no `snakemake all` has ended well here, or a later one has not: run it (again), or say "
        "whose segments with --params FILE ..."
    )


def export_segments(params: Params, out: Path, device: str | None, most: int) -> int:
    """Write up to `most` segments per device as `<device>/<content>-<start>.wav`; count them.

    Raises MicfpError where the segments are not in the store yet, or no device has that name.
    """
    from micfp.audio import copy_wav

    corpus = plan_corpus(params)
    recordings = {r.recording: r for r in corpus.recordings}
    known = sorted({r.labels["device"] for r in corpus.recordings})
    if device is not None and device not in known:
        raise MicfpError(f"no device {device!r} in this corpus; there are {', '.join(known)}")
    written: dict[str, int] = {}
    for task in corpus.segments:
        if not task.path.is_dir():
            raise MicfpError("the segments are not made yet: run snakemake with these parameters")
        for row in rows_of(read_table(task.path / "segments.parquet")):
            recording = recordings[row.recording]
            name = recording.labels["device"]
            if device not in (None, name) or written.get(name, 0) >= most:
                continue
            written[name] = written.get(name, 0) + 1
            labels = [recording.labels["session"], recording.labels["content"]]
            stem = "-".join([*filter(None, labels), str(row.start_sample)])
            folder = out / name.replace("/", "_")
            folder.mkdir(parents=True, exist_ok=True)
            copy_wav(
                Path(recording.path), folder / f"{stem}.wav", row.start_sample, row.stop_sample
            )
    return sum(written.values())
