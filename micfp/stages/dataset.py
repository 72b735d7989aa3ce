"""Step `dataset`: one feature set of the whole corpus, with labels, ready to be learned from.

Reads: the quality table, segments and features of every shard. Writes: `table.parquet`, one row
a segment, and `about.json`, what a model needs to make the same features of a new recording.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.engine.task import Recording, Spec
from micfp.errors import MicfpError
from micfp.tables import LABELS, NOT_FEATURES, read_table, write_table

if TYPE_CHECKING:
    import pandas as pd


def run(spec: Spec, out: Path) -> None:
    """Join labels, segments and features; leave out what the check's policy drops."""
    import pandas as pd

    features = pd.concat(
        [read_table(path / "features.parquet") for path in spec.inputs["features"]]
    )
    for name in set(not_features(spec.audio)) & set(features) - {"segment"}:
        raise MicfpError(f"target = {name}: a feature has this name; rename the column")
    # Rows keep the order of the labels: a segment has one row here and there.
    table = labelled_segments(spec).merge(features, on="segment", validate="one_to_one")
    if spec.params["about"]["features"].get("content_normalised"):
        table = content_normalised(table, not_features(spec.audio))
    columns = [str(name) for name in features if name != "segment"]
    write_table(table[[*not_features(spec.audio), *columns]], out / "table.parquet")
    write_about_data(spec, table["recording"], out / "about.json")


def label_names(recordings: Sequence[Recording]) -> tuple[str, ...]:
    """The labels of recordings: LABELS, and a target that is none of them."""
    known = recordings[0].labels if recordings else {}
    return (*LABELS, *(name for name in known if name not in LABELS))


def not_features(recordings: Sequence[Recording]) -> list[str]:
    """Columns of a data set of these recordings that stand before its features."""
    return [*NOT_FEATURES, *label_names(recordings)[len(LABELS) :]]


def write_about_data(spec: Spec, recordings: "pd.Series[str]", path: Path) -> None:
    """What a model needs of new recordings, and the rates and codecs of those it learns from."""
    about = dict(spec.params["about"])
    columns = ["recording", "sample_rate_hz", "codec"]
    quality = read_table(spec.entry("quality") / "quality.parquet", columns)
    learned_from = quality[quality["recording"].isin(set(recordings))]
    about["sample_rates_hz"] = sorted(set(learned_from["sample_rate_hz"].tolist()))
    about["codecs"] = sorted(set(learned_from["codec"]) | set(about.pop("encoded", ())))
    path.write_text(json.dumps(about, indent=1, sort_keys=True))


def content_normalised(table: "pd.DataFrame", but: Sequence[str] = NOT_FEATURES) -> "pd.DataFrame":
    """Each column less its mean over all segments of one sound: same session, content and start.

    but: columns that stay as they are.

    Raises MicfpError for a segment that no other device recorded.
    """
    sound = ["session", "content", "start_sample"]
    columns = [str(name) for name in table if name not in but]
    together = table.groupby(sound)
    alone = together["device"].transform("nunique") < 2
    if alone.any():
        first = table[alone].iloc[0]
        raise MicfpError(
            f"content_normalised: nothing but {first['device']} recorded content "
            f"{first['content']} of session {first['session']} at sample {first['start_sample']}; "
            "it needs recordings that devices made together, and segments.method: windows"
        )
    normalised = table.copy()
    normalised[columns] = (table[columns] - together[columns].transform("mean")).astype("float32")
    return normalised


def labelled_segments(spec: Spec) -> "pd.DataFrame":
    """The segments of a corpus with their labels, in order, but for what the check drops.

    Raises MicfpError where no segment is left, or the test window holds what training heard.
    """
    import pandas as pd

    from micfp.recordings.segmentation.trimming import check_test_is_unheard

    if spec.inputs["trimmed"]:
        check_test_is_unheard(
            pd.concat(
                [read_table(path / "trimmed.parquet") for path in spec.inputs["trimmed"]],
                ignore_index=True,
            )
        )

    kept = read_table(spec.entry("quality") / "kept.parquet")
    labels = pd.DataFrame(
        [{"recording": r.recording, **dict(r.labels)} for r in spec.audio],
        columns=["recording", *label_names(spec.audio)],
    ).drop_duplicates("recording")
    labels = labels[labels["recording"].isin(kept["recording"])]
    segments = pd.concat(
        [read_table(path / "segments.parquet") for path in spec.inputs["segments"]]
    )
    table = segments.merge(labels, on="recording", validate="many_to_one").sort_values(
        ["device", "session", "content", "recording", "start_sample"]
    )
    if table.empty:
        raise MicfpError(
            "no segment is left: every recording was dropped by the check, or held nothing but "
            "silence; see check.policy and segments in params.yaml"
        )
    return table
