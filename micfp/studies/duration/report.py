"""Duration: how little audio is enough, to train with and to judge."""

from collections.abc import Iterator
from typing import Any

from micfp.report.blocks import (
    Block,
    Heading,
    Points,
    Section,
    Table,
    Text,
    pictures,
    table,
)
from micfp.report.numbers import number, share, share_with_interval
from micfp.report.published import Published, records

TITLE = "How little audio is enough"


def duration(published: Published) -> Section:
    """What meets the target on every bench."""
    study = published.runs["duration"]
    rows = records(study.table("durations.csv"))
    smallest = records(study.table("smallest.csv"))
    blocks: list[Block] = [
        Text(
            "Training audio of each device, doubled until the chosen model meets a target. All is "
            "judged on contents and speakers that no training heard; the model is chosen on folds "
            "inside training. One segment: as long as what is judged, and so are those that were "
            "trained on. Added up: the evidence of shorter segments that follow one another, as if "
            "they were independent."
        )
    ]
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus and row["chosen"]]
        blocks += [
            Heading(corpus),
            Points(tuple(_sentences([row for row in smallest if row["corpus"] == corpus]))),
            _table(own),
            *pictures(study.figure(f"duration_{corpus}")),
            *pictures(study.figure(f"duration_entropy_{corpus}")),
        ]
    return Section("duration", TITLE, tuple(blocks))


def _sentences(smallest: list[dict[str, Any]]) -> Iterator[str]:
    """For each seconds of test audio what training is enough, in one way and the other."""
    for row in smallest:
        asked = f"{row['test_s']:g} s, {row['way']}"
        if row["training_min"] == row["training_min"]:
            yield (
                f"{asked}: {row['training_min']:g} minutes are enough for {row['target']:g} "
                f"({share(row['accuracy'])}, {row['model']})."
            )
        else:
            yield (
                f"{asked}: {row['target']:g} is not met up to {row['most_min']:g} minutes "
                f"({share(row['accuracy'])}, {row['model']})."
            )


def _table(rows: list[dict[str, Any]]) -> Table:
    shown = [
        (
            f"{row['training_min']:g}",
            f"{row['test_s']:g}",
            row["way"],
            row["model"],
            f"{row['n_test']:g}",
            share_with_interval(row, "accuracy"),
            share(row["confidence"]),
            share(row["calibration_error"]),
            number(row["cross_entropy"], 3),
        )
        for row in rows
    ]
    first = rows[0]
    return table(
        f"Chosen models; {first['n_classes']:g} devices, {first['n_recordings']:g} recordings, "
        f"chance {1 / first['n_classes']:.3f}. Cross-entropy: 0 knows, 1 knows nothing, more "
        "misleads.",
        (
            "Training (min)",
            *("Test (s)", "Way", "Model", "Rows", "accuracy"),
            *("mean confidence", "calibration error", "cross-entropy"),
        ),
        shown,
        (2, 3),
    )
