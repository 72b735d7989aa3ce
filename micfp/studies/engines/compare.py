"""Step `compare_engines`: the fast engines beside pydub and librosa, on one's own recordings.

Reads: segments and features of every shard by both engines, what each took, the quality table.
Writes: `cuts.csv`, a row for each recording; `families.csv`, a row for each family that librosa
has, with the largest differences; `columns.csv`, the same for each column; `times.csv` and
`cut_times.csv`, what each engine took; two figures.

The relative difference of two values of a column is their difference over the RMS of that column
over all segments: a value near zero has no relative error of its own that means anything.
"""

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.figures import Book
from micfp.features import FeatureSet
from micfp.features.registry import FAMILIES, LIBROSA_FAMILIES
from micfp.plan.experiment import plan_corpus
from micfp.plan.params import Params
from micfp.plan.tables import features_task, segments_task
from micfp.studies.engines import time_engines
from micfp.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage(
    "compare_engines", 3, "micfp.studies.engines.compare", libraries=(*SOUND, "librosa", "pydub")
)
WANTED_BELOW = 1e-3  # the relative difference of the engines


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises MicfpError where it names a feature set that is not there.
    """
    name = params.engines.features
    if name not in params.features:
        raise MicfpError(
            f"engines.features = {name!r} is not under features (there: "
            f"{', '.join(sorted(params.features))}); name one of these"
        )
    corpus = plan_corpus(params)
    inputs: dict[str, tuple[Task, ...]] = {"quality": (corpus.quality,)}
    for engine in ("fast", "pydub"):
        own = _cut_by(params, engine)
        inputs[f"cuts_{engine}"] = tuple(
            segments_task(own, shard, trimmed)
            for shard, trimmed in zip(corpus.shards, corpus.trimmed, strict=True)
        )
    parts = list(zip(corpus.shards, corpus.segments, corpus.trimmed, strict=True))
    for engine in ("fast", "librosa"):
        own = _measured_by(params, name, engine)
        inputs[f"features_{engine}"] = tuple(
            features_task(own, name, shard, cut, trimmed) for shard, cut, trimmed in parts
        )
    every = _measured_by(params, name, "fast").features[name]
    inputs["times"] = tuple(
        time_engines.task(params, every, shard, cut, trimmed) for shard, cut, trimmed in parts
    )
    return {"study": Task(STAGE, {}, inputs)}


def _cut_by(params: Params, engine: str) -> Params:
    """Parameters that split on silence by an engine, whatever their method; any length counts."""
    silence = params.segments.silence.model_copy(update={"engine": engine})
    every = {"method": "silence", "silence": silence, "min_length_s": 0.0, "max_length_s": None}
    return params.model_copy(update={"segments": params.segments.model_copy(update=every)})


def _measured_by(params: Params, name: str, engine: str) -> Params:
    """Parameters whose feature set has all families that librosa has, by an engine."""
    every = {"families": LIBROSA_FAMILIES, "engine": engine}
    own: FeatureSet = params.features[name].model_copy(update=every)
    return params.model_copy(update={"features": {**params.features, name: own}})


def run(spec: Spec, out: Path) -> None:
    """Compare cuts and features, gather the times, and draw."""
    labels = _labels(spec)
    cuts = compare_cuts(_joined(spec, "cuts_fast"), _joined(spec, "cuts_pydub"), labels)
    cuts.to_csv(out / "cuts.csv", index=False)
    columns = compare_columns(_joined(spec, "features_fast"), _joined(spec, "features_librosa"))
    columns.to_csv(out / "columns.csv", index=False)
    families = largest_of_families(columns)
    families.to_csv(out / "families.csv", index=False)
    cut_times, times = _times(spec, labels)
    cut_times.to_csv(out / "cut_times.csv", index=False)
    times.to_csv(out / "times.csv", index=False)
    book = Book(out)
    _draw(book, families, times)
    book.close()


def _joined(spec: Spec, name: str) -> "pd.DataFrame":
    """The tables of all shards by one engine, below one another."""
    import pandas as pd

    file = "segments.parquet" if name.startswith("cuts") else "features.parquet"
    return pd.concat([read_table(path / file) for path in spec.inputs[name]], ignore_index=True)


def _labels(spec: Spec) -> "pd.DataFrame":
    """What recordings that can be read are called, each content once."""
    columns = ["recording", "device", "session", "content"]
    table = read_table(spec.entry("quality") / "quality.parquet", [*columns, "error"])
    table = table[table["error"] == ""].drop_duplicates("recording", ignore_index=True)
    return table[columns]


def compare_cuts(
    fast: "pd.DataFrame", pydub: "pd.DataFrame", labels: "pd.DataFrame"
) -> "pd.DataFrame":
    """Segments of each recording by both engines, and how many only one of them cuts.

    Parameters
    ----------
    fast, pydub
        Segments tables of the same recordings: `recording`, `start_sample`, `stop_sample`.
    labels
        A row for each recording, with `recording`.

    Returns
    -------
    The labels with `n_fast`, `n_pydub` and `n_differing`: cuts of either engine alone.
    """
    by_fast, by_pydub = _cuts_of(fast), _cuts_of(pydub)
    none: set[tuple[int, int]] = set()
    pairs = [(by_fast.get(name, none), by_pydub.get(name, none)) for name in labels["recording"]]
    return labels.assign(
        n_fast=[len(one) for one, _ in pairs],
        n_pydub=[len(other) for _, other in pairs],
        n_differing=[len(one ^ other) for one, other in pairs],
    )


def _cuts_of(table: "pd.DataFrame") -> dict[str, set[tuple[int, int]]]:
    return {
        str(name): set(zip(own["start_sample"], own["stop_sample"], strict=True))
        for name, own in table.groupby("recording", sort=False)
    }


def compare_columns(fast: "pd.DataFrame", by_librosa: "pd.DataFrame") -> "pd.DataFrame":
    """The largest differences of every feature column.

    Parameters
    ----------
    fast, by_librosa
        Feature tables of the same segments in the same order: `segment`, then equal columns.

    Returns
    -------
    A row for each column: its `family`, `n_segments` that have a value by both engines,
    `n_missing_in_one` that have one by only one of them, `rms` of librosa's values,
    `largest_absolute` in the family's unit, and `largest_relative`: that over the RMS. NaN where no
    segment has a value.

    Raises
    ------
    MicfpError
        There are no segments.
    """
    import numpy as np
    import pandas as pd

    from micfp.features import family_of

    if not len(fast):
        raise MicfpError(
            "the engines have nothing to measure: no recording has a segment; look at the section "
            "segments of the parameters"
        )
    assert fast["segment"].equals(by_librosa["segment"])
    rows = []
    for column in fast.columns[1:]:
        a, b = fast[column].to_numpy(np.float64), by_librosa[column].to_numpy(np.float64)
        in_both = ~np.isnan(a) & ~np.isnan(b)
        differences, reference = np.abs(a - b)[in_both], b[in_both]
        rms = float(np.sqrt(np.mean(reference**2))) if in_both.any() else np.nan
        largest = float(differences.max()) if in_both.any() else np.nan
        rows.append(
            {
                "family": family_of(column),
                "column": column,
                "n_segments": int(in_both.sum()),
                "n_missing_in_one": int((np.isnan(a) != np.isnan(b)).sum()),
                "rms": rms,
                "largest_absolute": largest,
                "largest_relative": _relative(largest, rms),
            }
        )
    return pd.DataFrame(rows)


def _relative(difference: float, rms: float) -> float:
    if difference == 0:
        return 0.0
    return difference / rms if rms != 0 else math.inf


def largest_of_families(columns: "pd.DataFrame") -> "pd.DataFrame":
    """A row for each family: the largest differences of its columns, and where they are."""
    import pandas as pd

    rows = []
    for family, own in columns.groupby("family", sort=False):
        worst = own.sort_values("largest_relative", ascending=False).iloc[0]
        rows.append(
            {
                "family": family,
                "n_columns": len(own),
                "n_segments": own["n_segments"].max(),
                "n_missing_in_one": own["n_missing_in_one"].max(),
                "largest_absolute": own["largest_absolute"].max(),
                "measured_in": FAMILIES[str(family)].unit,
                "largest_relative": worst["largest_relative"],
                "column": worst["column"],
                "wanted_below": WANTED_BELOW,
            }
        )
    return pd.DataFrame(rows)


def _times(spec: Spec, labels: "pd.DataFrame") -> "tuple[pd.DataFrame, pd.DataFrame]":
    """What each engine took for each recording, and in all: for cuts, and for each family."""
    import pandas as pd

    text = {"recording": str, "family": str}
    cuts, families = (
        pd.concat([pd.read_csv(path / file, dtype=text) for path in spec.inputs["times"]])
        for file in ("cuts.csv", "families.csv")
    )
    seconds = ["fast_s", "reference_s"]
    summed = families.groupby("family", sort=False)[seconds].sum().reset_index()
    summed.insert(1, "reference", "librosa")
    whole = pd.DataFrame([{"family": "cuts", "reference": "pydub", **cuts[seconds].sum()}])
    return labels.merge(cuts, on="recording"), pd.concat([whole, summed], ignore_index=True)


def _draw(book: Book, families: "pd.DataFrame", times: "pd.DataFrame") -> None:
    from micfp.evaluation import figures

    book.add(
        "engines",
        "engines_differences",
        figures.list_size(len(families)),
        lambda ax: figures.engine_differences(
            ax, families["family"].tolist(), families["largest_relative"], limit=WANTED_BELOW
        ),
        **figures.extremes(families["family"].tolist(), families["largest_relative"]),
    )
    book.add(
        "engines",
        "engines_times",
        figures.list_size(len(times), row_height=0.34),
        lambda ax: figures.engine_seconds(
            ax, times["family"].tolist(), times["fast_s"], times["reference_s"]
        ),
    )
