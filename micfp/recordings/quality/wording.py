"""The quality table in words: what a person reads of a check."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from micfp.errors import printable

if TYPE_CHECKING:
    import pandas as pd

FLAG_MEANS = {
    "unreadable": "cannot be read: copy it again",
    "truncated": "ends before its header says: copy it again",
    "not_finite": "samples that are no numbers: export it again",
    "silent": "silent: a muted channel or an unplugged microphone",
    "clipped": "clipped: lower the gain and record again",
    "dc_offset": "samples off zero: a cheap converter; keep it, it tells of the device",
    "quiet": "very quiet: raise the gain and record again",
    "low_snr": "hardly louder than its noise",
    "zeros": "long digital silence: a gate, or a muted channel",
    "channels_cancel": "channels cancel each other: take one of them (corpus.channel)",
    "dead_channel": "a channel without sound",
    "short": "short",
    "sample_rate": "another sample rate than most, or a low one",
    "out_of_sync": "not the same sound as others of that name; of no matter where that was not "
    "meant, else cut or rename it",
    "duplicate": "the same file under two names: remove one",
}
"""What a flag means, and what to do about it."""


def as_text(quality: pd.DataFrame) -> str:
    """The check for a person: what is wrong first, then what there is, a line a recording.

    Parameters
    ----------
    quality
        The quality table.
    """
    rows = [dict(zip(quality.columns, row, strict=True)) for row in quality.itertuples(index=False)]
    rows.sort(key=lambda row: row["flags"] == "")  # stable: else in the order of the recordings
    flagged = sum(row["flags"] != "" for row in rows)
    counts = Counter(name for row in rows for name in row["flags"].split(", ") if name)
    n_devices = quality["device"].nunique()
    lines = [
        f"{flagged} of {len(rows)} recordings of {n_devices} device{'s' if n_devices > 1 else ''} "
        f"{'has' if flagged == 1 else 'have'} a flag" + (":" if flagged else "")
    ]
    lines += [
        f"  {name} ({counts[name]}): {FLAG_MEANS[name]}" for name in FLAG_MEANS if counts[name]
    ]
    folder = os.path.commonpath([os.path.dirname(os.path.abspath(row["path"])) for row in rows])
    cells = [_cells(row, folder) for row in rows]
    widths = [max(map(len, column)) for column in zip(HEADINGS, *cells, strict=True)]
    lines.append("")
    for row_cells in (HEADINGS, *cells):
        lines.append("  ".join(_aligned(row_cells, widths)).rstrip())
    lines += [printable(row["error"]) for row in rows if row["error"]]
    return "\n".join(lines)


HEADINGS = ("flags", "recording", "s", "Hz", "codec", "level dBFS", "noise dBFS", "SNR dB")
TEXTS = (0, 1, 4)


def _cells(row: dict[str, object], folder: str) -> tuple[str, ...]:
    path = os.path.relpath(str(row["path"]), folder)
    if row["error"]:
        return (str(row["flags"]), printable(path), "", "", "", "", "", "")
    return (
        str(row["flags"]) or "-",
        printable(path),
        _number(row["duration_s"]),
        f"{row['sample_rate_hz']:.0f}",
        printable(row["codec"]),
        _number(row["level_dbfs"]),
        _number(row["noise_floor_dbfs"]),
        _number(row["snr_db"]),
    )


def _number(value: object) -> str:
    number = float(str(value))
    return "" if np.isnan(number) else f"{number:.1f}"


def _aligned(cells: tuple[str, ...], widths: list[int]) -> Iterator[str]:
    for place, (cell, width) in enumerate(zip(cells, widths, strict=True)):
        yield cell.ljust(width) if place in TEXTS else cell.rjust(width)


def left_out_in_words(quality: pd.DataFrame, kept: pd.DataFrame) -> Iterator[str]:
    """Say which recordings the policy left out, and of which devices nothing is left.

    Parameters
    ----------
    quality
        The quality table.
    kept
        Its rows that go on.
    """
    left_out = quality.loc[quality.index.difference(kept.index)]
    for path, flags in zip(left_out["path"], left_out["flags"], strict=True):
        yield printable(f"left out: {path} ({flags})")
    gone = sorted(set(quality["device"]) - set(kept["device"]))
    if gone:
        yield printable(
            f"no recording is left of {', '.join(gone)}, which no model can name then; record "
            "again, or set the flags' check.policy to keep"
        )
