"""Engines: whether the fast ones give what pydub and librosa give, and what each takes."""

from collections.abc import Iterator
from typing import Any

from micfp.report.blocks import (
    Block,
    Fold,
    Heading,
    Points,
    Section,
    Table,
    Text,
    pictures,
    table,
)
from micfp.report.numbers import NOTHING, count
from micfp.report.published import Published, Run, records
from micfp.report.wording import spaced

TITLE = "The fast engines beside pydub and librosa"


def engines(published: Published) -> Section:
    """Cuts, differences and times of both engines."""
    study = published.runs["engines"]
    cuts, families, times = (
        records(study.table(name)) for name in ("cuts.csv", "families.csv", "times.csv")
    )
    blocks: list[Block] = [
        Text(
            "Recordings are cut, and their segments are measured, by code of this project that "
            "follows pydub and librosa and is faster. Here both do the same work on the same "
            "recordings."
        ),
        Points(tuple(_sentences(cuts, families, times))),
        Heading("Features"),
        _families(families),
        *pictures(study.figure("engines_differences")),
        Heading("Times"),
        Text(
            "Seconds of one core, without reading audio. numba compiles parts of librosa at their "
            "first call; this, and the first segment of each sample rate, is done before and does "
            "not count. Each family is measured alone, with its own resampling; all together they "
            "share it, and the fast engine's families share their spectra as well."
        ),
        _times(times),
        *pictures(study.figure("engines_times")),
        Fold("Cuts of each recording", (_cuts(cuts, study),)),
    ]
    return Section("engines", TITLE, tuple(blocks))


def _sentences(
    cuts: list[dict[str, Any]], families: list[dict[str, Any]], times: list[dict[str, Any]]
) -> Iterator[str]:
    """Whether cuts are equal, features close, and how many times faster it goes."""
    differing = [row for row in cuts if row["n_differing"] > 0]
    n_segments = sum(int(row["n_pydub"]) for row in cuts)
    if differing:
        yield (
            f"{len(differing)} of {count(len(cuts), 'recording')} are cut differently: "
            f"{count(sum(int(row['n_differing']) for row in differing), 'segment')} of one engine "
            "are not among the other's."
        )
    else:
        yield (
            f"All {count(len(cuts), 'recording')} are cut identically: pydub and the fast engine "
            f"give the same {count(n_segments, 'segment')}, to the sample."
        )
    known = [row for row in families if row["largest_relative"] == row["largest_relative"]]
    if known:
        worst = max(known, key=lambda row: float(row["largest_relative"]))
        limit = worst["wanted_below"]
        within = [row for row in known if row["largest_relative"] < limit]
        yield (
            f"In {len(within)} of {len(known)} families every relative difference is below "
            f"{limit:g}; the largest is {worst['largest_relative']:.2g}, in {worst['column']}."
        )
    for row in families:
        if row["n_missing_in_one"] > 0:
            yield (
                f"{spaced(row['family']).capitalize()}: "
                f"{count(int(row['n_missing_in_one']), 'segment')} with a value by one engine "
                "only; librosa has none where it refuses a band."
            )
    for row in (times[0], times[-1]):
        what = "cutting" if row["reference"] == "pydub" else "all families together"
        yield (
            f"For {what} the fast engine takes {_seconds(row['fast_s'])}, the reference "
            f"{_seconds(row['reference_s'])} ({_times_faster(row)} times as long)."
        )


def _families(rows: list[dict[str, Any]]) -> Table:
    shown = [
        (
            spaced(row["family"]),
            f"{row['n_columns']:g}",
            f"{row['n_segments']:g}",
            _small(row["largest_absolute"]),
            row["measured_in"],
            _small(row["largest_relative"]),
            row["column"],
        )
        for row in rows
    ]
    return table(
        "Largest differences between the engines over all segments. Relative: over the root mean "
        "square of the column over all segments, since a value near zero has no relative error of "
        "its own that means anything.",
        ("Family", "Columns", "Segments", "Absolute", "Unit", "Relative", "of the column"),
        shown,
        (0, 4, 6),
    )


def _times(rows: list[dict[str, Any]]) -> Table:
    shown = [
        (
            spaced(row["family"]),
            row["reference"],
            f"{row['fast_s']:.3g}",
            f"{row['reference_s']:.3g}",
            _times_faster(row),
        )
        for row in rows
    ]
    return table(
        "Seconds for all recordings; other ones at every run and on every machine.",
        ("What", "Reference", "Fast (s)", "Reference (s)", "Times faster"),
        shown,
        (0, 1),
    )


def _cuts(rows: list[dict[str, Any]], study: Run) -> Table:
    seconds = {row["recording"]: row for row in records(study.table("cut_times.csv"))}
    shown = []
    for row in rows:
        own = seconds.get(row["recording"])
        shown.append(
            (
                row["device"],
                row["session"],
                row["content"],
                f"{row['n_fast']:g}",
                f"{row['n_pydub']:g}",
                f"{row['n_differing']:g}",
                NOTHING if own is None else f"{own['fast_s']:.4f}",
                NOTHING if own is None else f"{own['reference_s']:.3f}",
            )
        )
    return table(
        "Segments that each engine cuts at silence, of any length, and how many only one of them "
        "cuts.",
        (
            *("Device", "Session", "Content", "Fast", "pydub", "Differing"),
            *("Fast (s)", "pydub (s)"),
        ),
        shown,
        (0, 1, 2),
    )


def _small(value: float) -> str:
    return NOTHING if value != value else f"{value:.2g}"


def _seconds(value: float) -> str:
    return f"{value:.3g} s"


def _times_faster(row: dict[str, Any]) -> str:
    if row["fast_s"] <= 0:
        return NOTHING
    ratio = row["reference_s"] / row["fast_s"]
    return f"{ratio:.{0 if ratio >= 10 else 1}f}"
