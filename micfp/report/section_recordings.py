"""The recordings, what the check found, and what the policy did."""

import os
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CheckPolicy
from micfp.report.blocks import Block, Fold, Heading, Section, Table, Text, pictures, table
from micfp.report.numbers import count, enumeration, number, share
from micfp.report.published import Experiment, records
from micfp.report.wording import flag_in_words

if TYPE_CHECKING:
    import pandas as pd

MOST_OPEN = 12
MOST_FLAGGED_OPEN = 40

QUALITY_COLUMNS = (
    "Recording",
    "Device",
    "Session",
    "Content",
    "Length (s)",
    "Rate (Hz)",
    "Channels",
    "Level (dBFS)",
    "Peak (dBFS)",
    "Offset (dBFS)",
    "Clipped (share)",
    "Zeros (share)",
    "Noise floor (dBFS)",
    "SNR (dB)",
    "Synchrony",
    "Flags",
)


def recordings(experiment: Experiment) -> Section:
    """Counts, flags, policy, spectrograms."""
    quality = experiment.quality
    policy = experiment.params["check"]["policy"]
    flagged = quality[quality["flags"] != ""]
    blocks: list[Block] = [Text(_what_happened(quality, policy))]
    if len(flagged):
        blocks.append(_flag_counts(flagged, policy))
        shown = _flagged_table(flagged, quality, policy)
        blocks.append(_folded_if_long("Recordings with a flag", shown, MOST_FLAGGED_OPEN))
    blocks += _counts(experiment)
    blocks.append(
        Fold(f"Numbers of all {count(len(quality), 'recording')}", (quality_table(quality),))
    )
    blocks.append(Fold("What is done with each flag (the policy)", (_policy(policy),)))
    sheets = experiment.figures_of("recordings")
    if sheets:
        title = f"Power spectrograms ({count(len(sheets), 'sheet')})"
        blocks.append(Fold(title, pictures(sheets)))
    return Section("recordings", "Recordings and their check", tuple(blocks))


def _kept(quality: "pd.DataFrame", policy: Any) -> "pd.DataFrame":
    from micfp.recordings.quality.table import apply_policy

    return apply_policy(quality, CheckPolicy.model_validate(policy))


def _what_happened(quality: "pd.DataFrame", policy: Any) -> str:
    kept = len(_kept(quality, policy))
    flagged = int((quality["flags"] != "").sum())
    hours = float(quality["duration_s"].sum()) / 3600
    length = f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"
    return (
        f"{count(len(quality), 'recording')} were checked, {length} in all. "
        f"{count(flagged, 'recording')} {'has' if flagged == 1 else 'have'} a flag; "
        f"{len(quality) - kept} {'was' if len(quality) - kept == 1 else 'were'} left out by the "
        f"policy, {kept} went on."
    )


def _flag_counts(flagged: "pd.DataFrame", policy: Any) -> Table:
    named = flagged["flags"].str.split(", ").explode()
    counts = named.value_counts()
    order = [name for name in policy if name in counts.index]
    return table(
        "Flags raised by the check.",
        ("Flag", "Policy", "Recordings"),
        [(flag_in_words(name), policy[name], str(counts[name])) for name in order],
        text_columns=(0, 1),
    )


def _flagged_table(flagged: "pd.DataFrame", quality: "pd.DataFrame", policy: Any) -> Table:
    kept = set(_kept(quality, policy).index)
    names = _file_names(quality)
    labels = [n for n in ("device", "session", "content") if (flagged[n] != "").any()]
    rows = [
        (
            names[index],
            *(row[label] for label in labels),
            _flags(row),
            "kept" if index in kept else "left out",
        )
        for index, row in zip(flagged.index, records(flagged), strict=True)
    ]
    columns = ("Recording", *(label.capitalize() for label in labels), "Flags", "What was done")
    return table("Recordings with a flag.", columns, rows, range(len(columns)))


def _flags(row: dict[str, Any]) -> str:
    """Flags as words, and why it is unreadable where it is."""
    flags = [flag_in_words(name) for name in row["flags"].split(", ") if name]
    return ", ".join([*flags, row["error"]] if row["error"] else flags)


def _file_names(quality: "pd.DataFrame") -> dict[Any, str]:
    """Name of each recording below the folder that all of them share, by row of the table."""
    folder = os.path.commonpath([os.path.dirname(path) or "." for path in quality["path"]])
    return {i: os.path.relpath(path, folder) for i, path in quality["path"].items()}


def _policy(policy: Any) -> Table:
    rows = [(flag_in_words(name), action) for name, action in policy.items()]
    return table(
        "Policy: keep the recording, drop it, or stop the run.", ("Flag", "Policy"), rows, (0, 1)
    )


def _folded_if_long(title: str, shown: Table, most: int = MOST_OPEN) -> Block:
    if len(shown.rows) <= most:
        return shown
    return Fold(f"{title} ({len(shown.rows)})", (shown,))


def quality_table(quality: "pd.DataFrame") -> Table:
    """Every number of the check, a row per recording."""
    names = _file_names(quality)
    rows = []
    for index, row in zip(quality.index, records(quality), strict=True):
        rows.append(
            (
                names[index],
                row["device"],
                row["session"],
                row["content"],
                number(row["duration_s"]),
                number(row["sample_rate_hz"], 0),
                number(row["n_channels"], 0),
                number(row["level_dbfs"]),
                number(row["peak_dbfs"]),
                number(row["dc_dbfs"]),
                share(row["clipped_share"]),
                share(row["zero_share"]),
                number(row["noise_floor_dbfs"]),
                number(row["snr_db"]),
                number(row["synchrony"], 2),
                _flags(row),
            )
        )
    return table(
        "What the check measured.", QUALITY_COLUMNS, rows, (0, 1, 2, 3, len(QUALITY_COLUMNS) - 1)
    )


def _counts(experiment: Experiment) -> list[Block]:
    """Recordings, length and segments of each device, session and content."""
    blocks: list[Block] = [Heading("How much there is")]
    quality, segments = experiment.quality, experiment.segments
    for label in ("device", "session", "content"):
        groups = quality.groupby(label, sort=True)
        if len(groups) < 2:
            continue
        cut = segments.groupby(label).size().to_dict()
        rows = [
            (str(name), str(len(own)), number(own["duration_s"].sum()), str(cut.get(name, 0)))
            for name, own in groups
        ]
        shown = table(
            f"Recordings, length and segments of each {label}.",
            (label.capitalize(), "Recordings", "Length (s)", "Segments"),
            rows,
        )
        blocks.append(_folded_if_long(f"Each {label}", shown))
    names = sorted(set(quality["session"]) - {""})
    if len(names) < 2:
        only = f"There is one session ({names[0]})" if names else "No session is named"
        blocks.append(
            Text(f"{only}, so that nothing can be said about another day or place.", "note")
        )
    if len(segments) and "stop_sample" in segments:
        blocks.append(Text(_lengths(experiment), "note"))
    return blocks


def _lengths(experiment: Experiment) -> str:
    segments = experiment.segments
    rates = experiment.quality.drop_duplicates("recording").set_index("recording")["sample_rate_hz"]
    seconds = (segments["stop_sample"] - segments["start_sample"]) / segments["recording"].map(
        rates
    )
    without = sorted(set(experiment.quality["recording"]) - set(segments["recording"]))
    low, high = number(seconds.min(), 2), number(seconds.max(), 2)
    text = f"Segments are {low} s long"
    if low != high:
        middle = number(seconds.median(), 2)
        text = f"Segments are {low} to {high} s long, half of them over {middle} s"
    how = {"silence": "split on silence", "windows": "fixed windows", "whole": "whole"}
    text += f" ({how[experiment.params['segments']['method']]})."
    if without:
        own = experiment.quality[experiment.quality["recording"].isin(without)]
        names = [os.path.basename(path) for path in own["path"]]
        text += f" No segment came from {enumeration(names)}."
    return text
