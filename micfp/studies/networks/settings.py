"""What is heard, and units of one model: the same models in one setting after another."""

from collections.abc import Iterator
from typing import Any

from micfp.evaluation.bootstrap import interval_text
from micfp.report.blocks import Block, Heading, Points, Section, Table, Text, pictures, table
from micfp.report.numbers import share, share_with_interval
from micfp.report.published import Published, Run, records
from micfp.studies.networks.names import EXPERIMENTS, SETTINGS
from micfp.studies.networks.report import called

TITLE = "What is played, and units of one model"
MAKE = "<code>snakemake -j2 {0} --configfile params.yaml workflow/presets/{0}.yaml</code>"


def settings(published: Published) -> Section:
    """Every setting of both studies."""
    runs = {name: published.runs[name] for name in SETTINGS if name in published.runs}
    blocks: list[Block] = [
        Text(
            "Simulated recordings by measured microphones that stand at one point, with equal gain "
            "and hum, but where a setting says otherwise: what differs is the microphone."
        )
    ]
    for name, run in runs.items():
        blocks += [Heading(EXPERIMENTS[name]), *_study(run)]
    return Section("settings", TITLE, tuple(blocks))


def _study(run: Run) -> Iterator[Block]:
    rows = records(run.table("methods.csv"))
    yield Points(tuple(_sentences(rows)))
    yield _table(rows, interval_text(run.params["evaluation"]["confidence"]))
    yield from pictures(run.figures)


def _sentences(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Of each model where it is best and where worst."""
    for method in dict.fromkeys(row["method"] for row in rows):
        own = sorted(
            (row for row in rows if row["method"] == method), key=lambda row: -row["accuracy"]
        )
        best, worst = own[0], own[-1]
        yield (
            f"{called(own[0])}: {share(best['accuracy'])} of segments in “{best['corpus']}”, "
            f"{share(worst['accuracy'])} in “{worst['corpus']}”."
        )


def _table(rows: list[dict[str, Any]], confidence: str) -> Table:
    methods = list(dict.fromkeys(row["method"] for row in rows))
    shown = []
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = {row["method"]: row for row in rows if row["corpus"] == corpus}
        cells = [share_with_interval(own[m], "accuracy") if m in own else "" for m in methods]
        shown.append((corpus, f"{next(iter(own.values()))['n_test']:g}", *cells))
    names = [called({"method": method}) for method in methods]
    return table(
        f"Accuracy per segment, with {confidence} intervals over recordings; "
        f"{rows[0]['n_classes']:g} devices, chance {1 / rows[0]['n_classes']:.3f}.",
        ("Setting", "Segments", *names),
        shown,
    )
