"""Duration: how little audio is enough, to train with and to judge."""

import math
from collections.abc import Iterator

from micfp.report.blocks import Block, Heading, Points, Section, Text, pictures, show
from micfp.report.columns import ESTIMATE, FLAG, NUMBER, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import decimals, digits, share
from micfp.report.published import Published
from micfp.report.tables import SEGMENT_METRICS

TITLE = "How little audio is enough"
DURATIONS = (
    *SEGMENT_METRICS,
    *unshown(TEXT, "corpus", "address"),
    *unshown(NUMBER, "inner", "n_classes", "n_train"),
    *unshown(FLAG, "chosen"),
    Column("training_min", "Training (min)", format=digits(6)),
    Column("test_s", "Test (s)", format=digits(6)),
    Column("way", "Way", TEXT),
    Column("model", "Model", TEXT),
    Column("n_test", "Rows", format=decimals(0)),
    Column("accuracy", "accuracy", ESTIMATE),
    Column("confidence", "mean confidence", format=share),
    Column("calibration_error", "calibration error", format=share),
    Column("cross_entropy", "cross-entropy", format=decimals(3)),
)
SMALLEST = (
    *unshown(TEXT, "corpus", "way", "model"),
    *unshown(NUMBER, "test_s", "target", "training_min", "most_min", "accuracy"),
)


def duration(published: Published) -> Section:
    """What meets the target on every bench."""
    study = published.runs["duration"]
    smallest = groups(study.rows("smallest.csv", SMALLEST), "corpus")
    blocks: list[Block] = [
        Text(
            "Training audio of each device, doubled until the chosen model meets a target. All is "
            "judged on contents and speakers that no training heard; the model is chosen on folds "
            "inside training. One segment: as long as what is judged, and so are those that were "
            "trained on. Added up: the evidence of shorter segments that follow one another, as if "
            "they were independent."
        )
    ]
    for corpus, rows in groups(study.rows("durations.csv", DURATIONS), "corpus").items():
        chosen = [row for row in rows if row["chosen"]]
        first = chosen[0]
        blocks += [
            Heading(corpus),
            Points(tuple(_sentences(smallest[corpus]))),
            show(
                f"Chosen models; {first['n_classes']:g} devices, {first['n_recordings']:g} "
                f"recordings, chance {1 / first['n_classes']:.3f}. Cross-entropy: 0 knows, 1 knows "
                "nothing, more misleads.",
                DURATIONS,
                chosen,
            ),
            *pictures(study.figure(f"duration_{corpus}")),
            *pictures(study.figure(f"duration_entropy_{corpus}")),
        ]
    return Section("duration", TITLE, tuple(blocks))


def _sentences(smallest: list[Row]) -> Iterator[str]:
    """For each seconds of test audio what training is enough, in one way and the other."""
    for row in smallest:
        asked = f"{row['test_s']:g} s, {row['way']}"
        if math.isnan(row["training_min"]):
            said = f"{row['target']:g} is not met up to {row['most_min']:g} minutes"
        else:
            said = f"{row['training_min']:g} minutes are enough for {row['target']:g}"
        yield f"{asked}: {said} ({share(row['accuracy'])}, {row['model']})."
