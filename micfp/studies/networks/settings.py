"""What is heard, units of one model, and rooms: the same models in one setting after another."""

from collections.abc import Iterator

from micfp.evaluation.bootstrap import interval_text
from micfp.report.blocks import Block, Heading, Points, Section, Text, pictures, pivot
from micfp.report.columns import ESTIMATE, TEXT, Column, Row, groups
from micfp.report.numbers import decimals, share
from micfp.report.published import Published, Run
from micfp.studies.networks.names import EXPERIMENTS, SETTINGS
from micfp.studies.networks.report import METHODS, method_name

TITLE = "What is played, units of one model, and rooms"
AT_ONE_POINT = (
    "Simulated recordings by measured microphones that stand at one point, with equal gain and "
    "hum, but where a setting says otherwise: what differs is the microphone."
)
ABOUT = {
    "content": AT_ONE_POINT,
    "units": AT_ONE_POINT,
    "rooms": "Simulated recordings of sessions that have each a room, places and gains of their "
    "own; those that are tested are in no training.",
}
SETTING = (
    Column("corpus", "Setting", TEXT),
    Column("n_test", "Segments", format=decimals(0)),
    Column("accuracy", kind=ESTIMATE),
)


def settings(published: Published) -> Section:
    """Every setting of every such study."""
    runs = {name: published.runs[name] for name in SETTINGS if name in published.runs}
    blocks: list[Block] = []
    for name, run in runs.items():
        blocks += [Heading(EXPERIMENTS[name]), Text(ABOUT[name]), *_study(run)]
    return Section("settings", TITLE, tuple(blocks))


def _study(run: Run) -> Iterator[Block]:
    rows = run.rows("methods.csv", METHODS)
    confidence = interval_text(run.params["evaluation"]["confidence"])
    yield Points(tuple(_sentences(rows)))
    yield pivot(
        f"Accuracy per segment, with {confidence} intervals over recordings; "
        f"{rows[0]['n_classes']:g} devices, chance {1 / rows[0]['n_classes']:.3f}.",
        SETTING,
        rows,
        ("corpus",),
        "method",
        "accuracy",
        method_name,
    )
    yield from pictures(run.figures)


def _sentences(rows: list[Row]) -> Iterator[str]:
    """Of each model where it is best and where worst."""
    for method, settings in groups(rows, "method").items():
        in_order = sorted(settings, key=lambda row: -row["accuracy"])
        best, worst = in_order[0], in_order[-1]
        yield (
            f"{method_name(method)}: {share(best['accuracy'])} of segments in “{best['corpus']}”, "
            f"{share(worst['accuracy'])} in “{worst['corpus']}”."
        )
