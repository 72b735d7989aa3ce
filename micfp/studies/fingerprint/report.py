"""Fingerprints: how well strangers are told apart, by what differs between the recordings."""

from collections.abc import Iterator

from micfp.report.blocks import Block, Points, Section, Text, show
from micfp.report.columns import TEXT, Column, Row
from micfp.report.numbers import decimals, digits
from micfp.report.published import Published

TITLE = "Fingerprints of devices that no training saw"
JUDGED = (
    Column("factor", "Against its reference", TEXT),
    Column("setting", "Scored as of", TEXT),
    Column("n_references", "References", format=decimals(0)),
    Column("test_s", "Test (s)", format=digits(3)),
    Column("n_same", "Same", format=decimals(0)),
    Column("n_different", "Different", format=decimals(0)),
    Column("eer", "Equal error rate", format=decimals(3)),
    Column("cllr", "Cllr (bits)", format=decimals(2)),
    Column("cllr_min", "Least Cllr (bits)", format=decimals(2)),
    Column("detection_at_1_percent", "Found at 1 % false alarms", format=decimals(2)),
)


def fingerprint(published: Published) -> Section:
    """The judged population."""
    rows = published.runs["fingerprint"].rows("judged.csv", JUDGED)
    blocks: list[Block] = [
        Text(
            "A model that was trained on virtual phones tells other virtual phones apart, whose "
            "speakers, rooms and sessions it never heard. Each row changes one thing between the "
            "5 s that a device is known by and the recording in question. Scores are not "
            "calibrated."
        ),
        Points(tuple(sentences(rows))),
        show("Every test against every device of the judged population.", JUDGED, rows),
    ]
    return Section("fingerprint", TITLE, tuple(blocks))


def sentences(rows: list[Row]) -> Iterator[str]:
    """What to expect on the same day, and on another one by another speaker."""
    for factor, setting in dict.fromkeys((row["factor"], row["setting"]) for row in rows):
        own = [
            row
            for row in rows
            if (row["factor"], row["setting"], row["n_references"]) == (factor, setting, 1)
        ]
        longest = max(own, key=lambda row: row["test_s"])
        found = longest["detection_at_1_percent"]
        yield (
            f"{factor[0].upper()}{factor[1:]}, scored as of the {setting} sitting: equal error "
            f"rate {longest['eer']:.3f} at {longest['test_s']:g} s, and {found:.0%} of the "
            "devices are found at 1 % false alarms."
        )
