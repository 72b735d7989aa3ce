"""The recordings, what the check found, and what the policy did."""

import os
from typing import TYPE_CHECKING, Any

from micfp.config.audio import CheckPolicy
from micfp.report.blocks import Block, Fold, Heading, Section, Table, Text, pictures, table
from micfp.report.numbers import count, enumeration, number, share
from micfp.report.published import Experiment, records
from micfp.report.wording import spaced

if TYPE_CHECKING:
    import pandas as pd

MOST_OPEN = 12

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
        blocks.append(_folded_if_long("Recordings with a flag", quality_table(flagged)))
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


def _what_happened(quality: "pd.DataFrame", policy: Any) -> str:
    from micfp.quality import apply_policy

    kept = len(apply_policy(quality, CheckPolicy.model_validate(policy)))
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
        [(spaced(name), policy[name], str(counts[name])) for name in order],
        text_columns=(0, 1),
    )


def _policy(policy: Any) -> Table:
    rows = [(spaced(name), action) for name, action in policy.items()]
    return table(
        "Policy: keep the recording, drop it, or stop the run.", ("Flag", "Policy"), rows, (0, 1)
    )


def _folded_if_long(title: str, shown: Table) -> Block:
    if len(shown.rows) <= MOST_OPEN:
        return shown
    return Fold(f"{title} ({len(shown.rows)})", (shown,))


def quality_table(quality: "pd.DataFrame") -> Table:
    """Every number of the check, a row a recording."""
    paths = quality["path"].tolist()
    root = (
        os.path.dirname(os.path.commonpath(paths)) if len(paths) == 1 else os.path.commonpath(paths)
    )
    rows = []
    for row in records(quality):
        flags = [spaced(name) for name in row["flags"].split(", ") if name]
        if row["error"]:
            flags.append(row["error"])
        rows.append(
            (
                os.path.relpath(row["path"], root),
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
                ", ".join(flags),
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
        only = f"one session ({names[0]})" if names else "no session named"
        blocks.append(
            Text(
                f"There is {only}, so that nothing can be said about another day or place.", "note"
            )
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
    text = (
        f"Segments are {number(seconds.min(), 2)} to {number(seconds.max(), 2)} s long, half of "
        f"them over {number(seconds.median(), 2)} s ({experiment.params['segments']['method']})."
    )
    if without:
        own = experiment.quality[experiment.quality["recording"].isin(without)]
        names = [os.path.basename(path) for path in own["path"]]
        text += f" No segment came from {enumeration(names)}."
    return text
