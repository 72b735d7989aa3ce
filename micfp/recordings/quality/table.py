"""The quality table: numbers, flags, and which recordings go on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from micfp.config.audio import CheckConfig, CheckPolicy
from micfp.errors import MicfpError
from micfp.recordings.quality.levels import FloatArray
from micfp.recordings.quality.measuring import NUMBERS
from micfp.recordings.quality.synchrony import synchrony

if TYPE_CHECKING:
    import pandas as pd

LABELS = ("recording", "path", "device", "session", "content")
COLUMNS = (*LABELS, *NUMBERS, "synchrony", "flags")


def quality_table(
    recordings: pd.DataFrame,
    rows: Sequence[Mapping[str, Any]],
    envelope_of: Callable[[int], FloatArray],
    config: CheckConfig,
) -> pd.DataFrame:
    """Build the quality table: COLUMNS, one row per recording, in the order of the recordings.

    `synchrony` is NaN for unreadable recordings and where a content is unknown ("") or has fewer
    than three readable recordings. `flags` holds the names of the flags, with ", " between them.

    Parameters
    ----------
    recordings
        The recordings table, n rows with the columns LABELS.
    rows
        `quality_row` of each recording, n of them.
    envelope_of
        Gives the envelope of a recording by its position 0..n-1; called content by content, so
        that never all envelopes are in memory.
    config
        Thresholds.
    """
    import pandas as pd

    table = pd.concat(
        [
            recordings.loc[:, list(LABELS)].reset_index(drop=True),
            pd.DataFrame(list(rows), columns=list(NUMBERS)),
        ],
        axis=1,
    )
    table["synchrony"] = np.nan
    readable = table[(table["error"] == "") & (table["content"] != "")]
    for _, group in readable.groupby("content", sort=True):
        # A copy of a recording is no second witness.
        first = group.drop_duplicates("recording")
        values = synchrony([envelope_of(int(i)) for i in first.index], config.max_lag_s)
        of_recording = dict(zip(first["recording"], values, strict=True))
        table.loc[group.index, "synchrony"] = group["recording"].map(of_recording)
    usual_rate = usual_sample_rate(table.loc[table["error"] == "", "sample_rate_hz"])
    duplicated = table["recording"].duplicated(keep=False) & (table["recording"] != "")
    table["flags"] = [
        ", ".join(flags(dict(zip(table.columns, row, strict=True)), config, usual_rate, twice))
        for row, twice in zip(table.itertuples(index=False), duplicated.tolist(), strict=True)
    ]
    return table[list(COLUMNS)]


def usual_sample_rate(rates_hz: pd.Series[int]) -> int | None:
    """The rate of more than half of the recordings, or None."""
    counts = rates_hz.value_counts()
    if len(counts) and counts.iloc[0] * 2 > len(rates_hz):
        return int(counts.index[0])
    return None


def flags(
    row: Mapping[str, Any],
    config: CheckConfig,
    usual_rate_hz: int | None = None,
    duplicate: bool = False,
) -> tuple[str, ...]:
    """Names of what is wrong with a recording, in the order of CheckPolicy's fields.

    A number that is NaN (not judged) raises no flag; an unreadable recording has that flag, and
    `duplicate`, alone.

    Parameters
    ----------
    row
        Numbers of a recording (`quality_row`, or a row of the quality table with `synchrony`).
    config
        Thresholds.
    usual_rate_hz
        The rate that most recordings of the corpus have; None: there is no such rate.
    duplicate
        Whether another recording has the same content digest.
    """
    if row["error"]:
        return ("unreadable", "duplicate") if duplicate else ("unreadable",)
    rate = row["sample_rate_hz"]
    raised = {
        "truncated": row["truncated"],
        "not_finite": row["not_finite"] > 0,
        "silent": row["level_dbfs"] < config.silent_dbfs,
        "clipped": row["clipped_share"] > config.max_clipped_share,
        "dc_offset": row["dc_dbfs"] > config.max_dc_dbfs,
        "quiet": row["level_dbfs"] < config.min_level_dbfs,
        "low_snr": row["snr_db"] < config.min_snr_db,
        "zeros": row["zero_share"] > config.max_zero_share,
        "channels_cancel": row["mean_loss_db"] > config.max_mean_loss_db,
        "dead_channel": row["weakest_channel_db"] < config.min_channel_db,
        "short": row["duration_s"] < config.min_duration_s,
        "sample_rate": rate < config.min_sample_rate_hz or rate != (usual_rate_hz or rate),
        "out_of_sync": row.get("synchrony", np.nan) < config.min_synchrony,
        "duplicate": duplicate,
    }
    return tuple(name for name in CheckPolicy.model_fields if raised.get(name, False))


def apply_policy(quality: pd.DataFrame, policy: CheckPolicy) -> pd.DataFrame:
    """Rows of the quality table that go on.

    A duplicate to be dropped leaves its first copy, unless the copies name different devices:
    then nobody knows which name is right, and none goes on.

    Parameters
    ----------
    quality
        The quality table.
    policy
        What happens to a recording with a flag.

    Raises
    ------
    MicfpError
        The policy of a flag is to stop, or nothing is left; names recordings and flags.
    """
    action = policy.model_dump()
    flagged = [[name for name in text.split(", ") if name] for text in quality["flags"]]
    stopping = [
        f"{path} ({', '.join(name for name in names if action[name] == 'stop')})"
        for path, names in zip(quality["path"], flagged, strict=True)
        if any(action[name] == "stop" for name in names)
    ]
    if stopping:
        raise MicfpError(
            f"the check stops at {len(stopping)} of {len(quality)} recordings: "
            f"{_some(stopping)}; mend or remove them, or set check.policy of the flag to keep"
        )
    one_device = quality.groupby("recording")["device"].transform("nunique") <= 1
    first = ~quality["recording"].duplicated()
    keeps_copy = (one_device & first).tolist()
    kept = [
        not any(action[name] == "drop" and not (name == "duplicate" and keeps) for name in names)
        for names, keeps in zip(flagged, keeps_copy, strict=True)
    ]
    if len(quality) and not any(kept):
        dropped = [
            f"{p} ({text})" for p, text in zip(quality["path"], quality["flags"], strict=True)
        ]
        raise MicfpError(
            f"the check drops all {len(quality)} recordings: {_some(dropped)}; "
            "mend them, or set the flag's check.policy to keep"
        )
    return quality[np.array(kept, bool)]


def _some(items: Sequence[str], most: int = 5) -> str:
    rest = len(items) - most
    return ", ".join(items[:most]) + (f" and {rest} more" if rest > 0 else "")
