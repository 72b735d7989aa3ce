"""Engines: whether the fast ones give what pydub and librosa give, and what each takes."""

from collections.abc import Iterator
from math import isnan, nan

from micfp.report.blocks import Block, Fold, Heading, Points, Section, Text, pictures, show
from micfp.report.columns import NUMBER, TEXT, Column, Row, unshown
from micfp.report.numbers import NOTHING, count, decimals, digits
from micfp.report.published import Published
from micfp.report.wording import spaced

TITLE = "The fast engines beside pydub and librosa"


def _times_faster(row: Row) -> str:
    if row["fast_s"] <= 0:
        return NOTHING
    ratio = row["reference_s"] / row["fast_s"]
    return f"{ratio:.{0 if ratio >= 10 else 1}f}"


CUTS = (
    *unshown(TEXT, "recording"),
    Column("device", "Device", TEXT),
    Column("session", "Session", TEXT),
    Column("content", "Content", TEXT),
    Column("n_fast", "Fast", format=decimals(0)),
    Column("n_pydub", "pydub", format=decimals(0)),
    Column("n_differing", "Differing", format=decimals(0)),
)
CUT_TIMES = (
    *unshown(TEXT, "recording"),
    Column("fast_s", "Fast (s)", format=decimals(4)),
    Column("reference_s", "pydub (s)", format=decimals(3)),
)
FAMILIES = (
    Column("family", "Family", TEXT, spaced),
    Column("n_columns", "Columns", format=decimals(0)),
    Column("n_segments", "Segments", format=decimals(0)),
    Column("largest_absolute", "Absolute", format=digits(2)),
    Column("measured_in", "Unit", TEXT),
    Column("largest_relative", "Relative", format=digits(2)),
    Column("column", "of the column", TEXT),
    *unshown(NUMBER, "n_missing_in_one", "wanted_below"),
)
TIMES = (
    Column("family", "What", TEXT, spaced),
    Column("reference", "Reference", TEXT),
    Column("fast_s", "Fast (s)", format=digits(3)),
    Column("reference_s", "Reference (s)", format=digits(3)),
    Column("", "Times faster", format=_times_faster),
)


def engines(published: Published) -> Section:
    """Cuts, differences and times of both engines."""
    study = published.runs["engines"]
    cuts, families = study.rows("cuts.csv", CUTS), study.rows("families.csv", FAMILIES)
    times = study.rows("times.csv", TIMES)
    untimed = {"fast_s": nan, "reference_s": nan}
    seconds = {row["recording"]: row for row in study.rows("cut_times.csv", CUT_TIMES)}
    timed = [untimed | row | seconds.get(row["recording"], {}) for row in cuts]
    blocks: list[Block] = [
        Text(
            "Recordings are cut, and their segments are measured, by code of this project that "
            "follows pydub and librosa and is faster. Here both do the same work on the same "
            "recordings."
        ),
        Points(tuple(_sentences(cuts, families, times))),
        Heading("Features"),
        show(
            "Largest differences between the engines over all segments. Relative: over the root "
            "mean square of the column over all segments, since a value near zero has no relative "
            "error of its own that means anything.",
            FAMILIES,
            families,
        ),
        *pictures(study.figure("engines_differences")),
        Heading("Times"),
        Text(
            "Seconds of one core, without reading audio. numba compiles parts of librosa at their "
            "first call; this, and the first segment of each sample rate, is done before and does "
            "not count. Each family is measured alone, with its own resampling; all together they "
            "share it, and the fast engine's families share their spectra as well."
        ),
        show(
            "Seconds for all recordings; other ones at every run and on every machine.",
            TIMES,
            times,
        ),
        *pictures(study.figure("engines_times")),
        Fold(
            "Cuts of each recording",
            (
                show(
                    "Segments that each engine cuts at silence, of any length, and how many only "
                    "one of them cuts.",
                    (*CUTS, *CUT_TIMES),
                    timed,
                ),
            ),
        ),
    ]
    return Section("engines", TITLE, tuple(blocks))


def _sentences(cuts: list[Row], families: list[Row], times: list[Row]) -> Iterator[str]:
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
    known = [row for row in families if not isnan(row["largest_relative"])]
    if known:
        worst = max(known, key=lambda row: row["largest_relative"])
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
            f"For {what} the fast engine takes {row['fast_s']:.3g} s, the reference "
            f"{row['reference_s']:.3g} s ({_times_faster(row)} times as long)."
        )
