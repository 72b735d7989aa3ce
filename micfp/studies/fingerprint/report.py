"""Fingerprints: how well strangers are told apart, by what differs between the recordings."""

from collections.abc import Iterator

from micfp.report.blocks import Block, Heading, Points, Section, Text, pictures, pivot, show
from micfp.report.columns import NUMBER, TEXT, Column, Row, groups, unshown
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
CELLS = {
    "eer": "Equal error rate",
    "identification_at_1_percent": "Identified at 1 % false alarms",
    "cllr_calibrated": "Cllr (bits), calibrated",
}
VALIDATED = (
    *unshown(TEXT, "corpus", "protocol", "content"),
    *unshown(NUMBER, "test_s", "n_devices"),
    Column("condition", "Test", TEXT),
    Column("enrolled", "Enrolled", TEXT),
    *(Column(name, format=decimals(3)) for name in CELLS),
)
ABLATION = (
    Column("variant", "Model", TEXT),
    Column("n_devices", "Training devices", format=decimals(0)),
)
LEFT_OUT = (Column("path", "Recording", TEXT), Column("why", "Why", TEXT))


def fingerprint(published: Published) -> Section:
    """The judged population."""
    rows = published.runs["fingerprint"].rows("judged.csv", JUDGED)
    validated = published.runs["fingerprint"].rows("validated.csv", VALIDATED)
    blocks: list[Block] = [
        Text(
            "A model that was trained on virtual phones tells other virtual phones apart, whose "
            "speakers, rooms and sessions it never heard. Each row changes one thing between the "
            "5 s that a device is known by and the recording in question. Scores are not "
            "calibrated."
        ),
        Points(tuple(sentences(rows))),
        show("Every test against every device of the judged population.", JUDGED, rows),
        *(block for one in groups(validated, "corpus").values() for block in _corpus(one)),
    ]
    left_out = published.runs["fingerprint"].rows("left_out.csv", LEFT_OUT)
    if left_out:
        blocks.append(show("Recordings that could not be heard.", LEFT_OUT, left_out))
    blocks += _ablation(published.runs["fingerprint"].rows("ablation.csv", ABLATION, NUMBER))
    blocks += pictures(published.runs["fingerprint"].figures)
    return Section("fingerprint", TITLE, tuple(blocks))


def _corpus(rows: list[Row]) -> Iterator[Block]:
    """What real devices showed: equal error rates by condition and length, for each protocol."""
    yield Heading(f"{rows[0]['corpus']}: real devices")
    yield Text(
        "Each pair has two contents, and nothing that was blended in heard either of them. One "
        "recording is enrolled. Alone: by the model that none of these devices taught. Leave some "
        "out: of devices in parts, the model blended with the others; with 5 and the like: with "
        "so many of them, drawn, mean over draws. Pieces in which less than 0.4 s are heard are "
        "left out, but for those of 0.25 s. Identified: the best of all enrolled devices is the "
        "right one, at a threshold that names 1 % of strangers. Cllr: before bounding, calibrated "
        "by the other half of the devices, all conditions together; their sentences are the same."
    )
    for (protocol, content), own in groups(rows, "protocol", "content").items():
        seen = "" if content == "disjoint" else ", content seen in training (a leak, to compare)"
        means = [_mean(group) for group in groups(own, "condition", "enrolled", "test_s").values()]
        yield Heading(f"{protocol}{seen}: {own[0]['n_devices']:g} devices")
        for cell, said in CELLS.items():
            yield pivot(
                f"{said}, by seconds of the test.",
                VALIDATED,
                means,
                ("condition", "enrolled"),
                "test_s",
                cell,
                lambda test_s: f"{test_s:g} s",
            )


def _ablation(rows: list[Row]) -> Iterator[Block]:
    """What each step is worth."""
    if not rows:
        return
    rates = [name for name in rows[0] if name not in [column.name for column in ABLATION]]
    columns = (*ABLATION, *(Column(name, name, format=decimals(3)) for name in rates))
    yield Heading("What each step is worth")
    yield show(
        "Equal error rates of the model and of its variants, none blended with real devices: of "
        "the judged population, by what differs from the one reference; of a corpus, mean over "
        "conditions that are the same on both sides.",
        columns,
        rows,
    )


def _mean(rows: list[Row]) -> Row:
    """Of several draws."""
    return rows[0] | {cell: sum(row[cell] for row in rows) / len(rows) for cell in CELLS}


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
