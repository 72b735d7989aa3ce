"""The recordings, what the check found, and what the policy did."""

import math
import os
import re
from collections import Counter
from typing import Any

from micfp.report.blocks import Block, Fold, Heading, Section, Table, Text, pictures, show, table
from micfp.report.columns import TEXT, Column, Row, groups
from micfp.report.numbers import count, enumeration, number
from micfp.report.published import Experiment
from micfp.report.tables import FLAGS, LEFT_OUT, QUALITY
from micfp.report.wording import flag_in_words

MOST_OPEN = 12
MOST_FLAGGED_OPEN = 40
MOST_LEFT_OUT = 5

NAME = Column("name", "Recording", TEXT)
DIGEST = re.compile(r"\b[0-9a-f]{32}/")
LABELS = ("device", "session", "content")


def recordings(experiment: Experiment) -> Section:
    """Counts, flags, policy, spectrograms."""
    policy = experiment.params["check"]["policy"]
    quality = _with_fates(experiment)
    flagged = [row for row in quality if row["flags"]]
    blocks: list[Block] = [Text(_what_happened(quality))]
    left_out = experiment.rows("tables/left_out.csv", LEFT_OUT)
    if left_out:
        blocks.append(Text(_what_was_left_out(left_out), "note"))
    if flagged:
        blocks.append(_flag_counts(flagged, policy))
        labels = [name for name in LABELS if any(row[name] for row in flagged)]
        named = [Column(name, name.capitalize(), TEXT) for name in labels]
        columns = (NAME, *named, FLAGS, Column("fate", "What was done", TEXT))
        shown = show("Recordings with a flag.", columns, flagged)
        blocks.append(_folded_if_long("Recordings with a flag", shown, MOST_FLAGGED_OPEN))
    blocks += _counts(experiment)
    every = show("What the check measured.", (NAME, *QUALITY), quality)
    blocks.append(Fold(f"Numbers of all {count(len(quality), 'recording')}", (every,)))
    blocks.append(Fold("What is done with each flag (the policy)", (_policy(policy),)))
    sheets = experiment.figures_of("recordings")
    if sheets:
        title = f"Power spectrograms ({count(len(sheets), 'sheet')})"
        blocks.append(Fold(title, pictures(sheets)))
    return Section("recordings", "Recordings and their check", tuple(blocks), in_appendix=True)


def _with_fates(experiment: Experiment) -> list[Row]:
    """The rows with what the policy did, and their names below the folder that all share.

    Simulated recordings lie in the store, in folders that are called by a digest: it is left out.
    """
    kept = {row["path"] for row in experiment.kept}
    quality = experiment.quality
    folder = os.path.commonpath([os.path.dirname(os.path.abspath(row["path"])) for row in quality])
    return [
        row
        | {
            "name": DIGEST.sub("", os.path.relpath(row["path"], folder)),
            "fate": ("left out", "kept")[row["path"] in kept],
        }
        for row in quality
    ]


def _what_happened(quality: list[Row]) -> str:
    kept = sum(row["fate"] == "kept" for row in quality)
    flagged = sum(row["flags"] != "" for row in quality)
    hours = _seconds(quality) / 3600
    length = f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.0f} minutes"
    return (
        f"{count(len(quality), 'recording')} were checked, {length} in all. "
        f"{count(flagged, 'recording')} {'has' if flagged == 1 else 'have'} a flag; "
        f"{len(quality) - kept} {'was' if len(quality) - kept == 1 else 'were'} left out by the "
        f"policy, {kept} went on."
    )


def _seconds(rows: list[Row]) -> float:
    """Length of recordings; of one that cannot be read it is not known."""
    return math.fsum(row["duration_s"] for row in rows if not math.isnan(row["duration_s"]))


def _what_was_left_out(left_out: list[Row]) -> str:
    """What lies beside the recordings; the names are escaped already."""
    files = [f"{row['file']} ({row['reason']})" for row in left_out]
    return (
        f"Left out of the corpus's folder as no audio: {count(len(files), 'file')}, "
        f"{enumeration(files, MOST_LEFT_OUT)} (tables/left_out.csv)."
    )


def _flag_counts(flagged: list[Row], policy: Any) -> Table:
    counts = Counter(name for row in flagged for name in row["flags"].split(", "))
    return table(
        "Flags raised by the check.",
        ("Flag", "Policy", "Recordings"),
        [(flag_in_words(name), policy[name], str(counts[name])) for name in policy if counts[name]],
        text_columns=(0, 1),
    )


def _policy(policy: Any) -> Table:
    rows = [(flag_in_words(name), action) for name, action in policy.items()]
    return table(
        "Policy: keep the recording, drop it, or stop the run.", ("Flag", "Policy"), rows, (0, 1)
    )


def _folded_if_long(title: str, shown: Table, most: int = MOST_OPEN) -> Block:
    if len(shown.rows) <= most:
        return shown
    return Fold(f"{title} ({len(shown.rows)})", (shown,))


def _counts(experiment: Experiment) -> list[Block]:
    """Recordings, length and segments of each device, session and content."""
    blocks: list[Block] = [Heading("How much there is")]
    quality, segments = experiment.quality, experiment.segments
    for label in LABELS:
        by_label = groups(quality, label)
        if len(by_label) < 2:
            continue
        cut = segments.groupby(label).size().to_dict()
        rows = [
            (name, str(len(rows)), number(_seconds(rows)), str(cut.get(name, 0)))
            for name, rows in sorted(by_label.items())
        ]
        shown = table(
            f"Recordings, length and segments of each {label}.",
            (label.capitalize(), "Recordings", "Length (s)", "Segments"),
            rows,
        )
        blocks.append(_folded_if_long(f"Each {label}", shown))
    names = sorted({row["session"] for row in quality} - {""})
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
    rates = {row["recording"]: row["sample_rate_hz"] for row in experiment.quality}
    samples = segments["stop_sample"] - segments["start_sample"]
    seconds = samples / segments["recording"].map(rates)
    with_segments = set(segments["recording"])
    without = [row for row in experiment.quality if row["recording"] not in with_segments]
    low, high = number(seconds.min(), 2), number(seconds.max(), 2)
    text = f"Segments are {low} s long"
    if low != high:
        middle = number(seconds.median(), 2)
        text = f"Segments are {low} to {high} s long, half of them over {middle} s"
    how = {"silence": "split on silence", "windows": "fixed windows", "whole": "whole"}
    text += f" ({how[experiment.params['segments']['method']]})."
    if without:
        names = [os.path.basename(row["path"]) for row in without]
        text += f" No segment came from {enumeration(names)}."
    return text
