"""Draws the figure of a page of results, from the tables of the committed pages alone.

    python benchmarks/figures.py PAGE...            draws docs/results/PAGE.svg
    python benchmarks/figures.py --all              draws every figure

Equal tables give equal bytes. Colours are those of Okabe and Ito, and every series has a marker of
its own, so that no figure needs colours to be read.
"""

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
from matplotlib.axes import Axes

RESULTS = Path(__file__).parents[1] / "docs" / "results"
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7")
MARKERS = ("o", "s", "^", "D")
STYLE = {
    "svg.hashsalt": "micfp",
    "svg.fonttype": "path",
    "font.family": "DejaVu Sans",
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
}

Row = dict[str, str]
"""A row of a table of a page: cells by the names of their columns."""


@dataclass(frozen=True)
class Point:
    """A value of a series beside a label, with its interval where it has one."""

    label: str
    series: str
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Figure:
    """What is drawn: points, what their axis is called, and a value to compare with."""

    points: list[Point]
    axis: str
    reference: float | None = None
    reference_name: str = "chance"
    log: bool = False
    lines: bool = False


def tables(page: str, block: str) -> list[list[Row]]:
    """Tables of a block of a page (`docs/results/PAGE.md`), in their order."""
    text = (RESULTS / f"{page}.md").read_text(encoding="utf-8")
    found = re.search(rf"<!-- {block} -->\n(.*?)<!-- end -->", text, re.S)
    assert found, f"{page}: no block {block}"
    parts = re.findall(r"(?:^\|.*\n)+", found[1], re.M)
    return [_rows(part.splitlines()) for part in parts]


def _rows(lines: list[str]) -> list[Row]:
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [dict(zip(cells[0], row, strict=True)) for row in cells[2:]]


def point(label: str, series: str, cell: str) -> Point:
    """A point of a cell: `0.93`, `0.93 (0.85-0.98)` or `0.93 (0.85-0.98); 1.000`."""
    numbers = [float(n) for n in re.findall(r"\d+(?:\.\d+)?(?:e-\d+)?", cell)]
    if "(" in cell:
        return Point(label, series, *numbers[:3])
    return Point(label, series, numbers[0])


def columns(rows: list[Row], label: str, names: dict[str, str]) -> list[Point]:
    """Points of some columns of a table; `names`: what each is called."""
    return [
        point(row[label].replace("**", "").replace(" (chosen)", ", chosen"), said, row[name])
        for row in rows
        for name, said in names.items()
        if row[name]
    ]


ACCURACY = "accuracy per segment"


def _models(page: str, block: str, chance: float) -> Figure:
    (rows,) = tables(page, block)
    label = next(iter(rows[0]))
    return Figure(columns(rows, label, {ACCURACY: ACCURACY}), ACCURACY, chance)


def messenger() -> Figure:
    """Thirty phones as recorded, by messenger and by telephone."""
    (rows,) = tables("messenger", "augment")
    rows = [row for row in rows if row["preset"] == "ccnu_mobile"]
    names = {f"trained {k} copies": f"trained {k} degraded copies" for k in ("without", "with")}
    return Figure(columns(rows, "test recordings", names), ACCURACY, 1 / 30)


def robustness() -> Figure:
    """A point for every condition of a family."""
    rows = tables("robustness", "robustness")[0]
    names = {"clean": "trained on clean recordings", "copies": "trained with copies"}
    heads = {f"gda-loud-there, {key}: a segment": said for key, said in names.items()}
    points = [
        Point(row["family"], said, point("", "", row[name]).value)
        for row in rows
        for name, said in heads.items()
    ]
    return Figure(points, ACCURACY, 1 / 30)


def attacks() -> Figure:
    """What a perturbation or a disguise turns, of what was correct before."""
    shown = {
        "pgd-50dB": "perturbed, 50 dB below",
        "pgd-40dB": "perturbed, 40 dB below",
        "pgd-30dB": "perturbed, 30 dB below",
        "mimic-noise-30s": "noise of another phone",
        "mimic-spectrum-30s": "equaliser to another phone",
        "mimic-both-5s": "both, from 5 s of it",
        "launder-equalise": "equaliser to what is common",
        "launder-replay": "replayed",
    }
    asked = {
        "plain_cnn": "plain CNN",
        "lda-ltas-plain": "LDA, long-term spectrum",
        "svc-thesis-plain": "SVC, thesis's features",
        "majority": "majority of four",
    }
    rows = {row["perturbation"]: row for row in reversed(tables("attacks", "attack")[0])}
    rows |= {r["perturbation"]: r for r in tables("attacks", "attack")[0] if "WAV" in r["way"]}
    points = [
        point(said, name, rows[key][column])
        for key, said in shown.items()
        for column, name in asked.items()
    ]
    return Figure(points, "share of segments whose answer changes")


def duration() -> Figure:
    """Accuracy by seconds of test audio, at the most training."""
    parts = tables("duration", "duration")[::2]
    names = ("five microphones", "sixteen microphones", "sixteen in a loud room")
    points = [
        point(row["test audio (s)"], name, row["accuracy there"])
        for name, rows in zip(names, parts, strict=True)
        for row in rows
        if row["way"] == "one segment"
    ]
    return Figure(points, "accuracy", 0.95, "target", lines=True)


def content() -> Figure:
    """Trained on the same kind of sound, or on another."""
    rows = tables("content", "content")[0]
    points = [
        point(kind, "trained on the same" if row["trained on"] == kind else "on another", cell)
        for kind in ("speech", "music", "sweep", "noise", "silence")
        for row in rows
        if (cell := row[f"on {kind}"])
    ]
    points.sort(key=lambda each: each.series, reverse=True)
    return Figure(points, f"{ACCURACY}, by what is asked about", 1 / 12)


def units() -> Figure:
    """Sixteen units of one model."""
    (rows,) = tables("units", "units")
    names = {"lda-ltas-plain": "a single recording", "lda-ltas_paired-plain": "content removed"}
    return Figure(columns(rows, "setting", names), ACCURACY, 1 / 16)


def microphone() -> Figure:
    """What the split hides."""
    (rows,) = tables("microphone", "bench_splits")
    names = ("random", "by recording", "by content", "by session")
    return Figure(columns(rows, "model", {name: name for name in names}), ACCURACY, 1 / 5)


def features() -> Figure:
    """Each family alone."""
    (rows,) = tables("features", "families")
    alone = [
        row | {"family": row["family"].removesuffix(" (alone)").replace("_", " ")}
        for row in rows
        if row["family"].endswith("(alone)")
    ]
    return Figure(columns(alone, "family", {"lda": "LDA"}), ACCURACY, 1 / 5)


def networks() -> Figure:
    """Eight methods of the paper, and two of ours."""
    rows = tables("networks", "paper_table5")[0]
    return Figure(columns(rows, "method", {ACCURACY: ACCURACY}), ACCURACY, 1 / 30)


def search() -> Figure:
    """The best configuration of each family."""
    rows = tables("search", "search")[1]
    label = next(iter(rows[0]))
    names = {"inner": "inner folds", ACCURACY: "outer folds"}
    return Figure(columns(rows, label, names), ACCURACY)


def engines() -> Figure:
    """How much longer the libraries take."""
    rows = tables("engines", "engines")[1]
    axis = "times as long by pydub and librosa"
    points = columns(rows, "what", {"times as long": axis})
    return Figure(points, axis, 1, "the same", log=True)


def thesis() -> Figure:
    """The thesis's weighted F1 beside ours, by its text, by its program and by our defaults."""
    rows = tables("thesis", "thesis_settings")[0]
    names = {
        "Thesis": "the thesis's figures",
        "text": "by its text",
        "program": "by its program",
        "ours": "ours, on another day",
    }
    return Figure(columns(rows, "Figure, classifier", names), "weighted F1", 1 / 5)


def size() -> Figure:
    """Hours of audio per hour."""
    rows = tables("size", "full_size")[0]
    axis = "hours of audio per hour, two cores"
    return Figure(columns(rows, "corpus", {"times real time": axis}), axis, 400, "wanted", log=True)


def unseen() -> Figure:
    """Phones that no training saw, by the commands themselves."""
    (rows,) = tables("../evidence", "casework")
    names = {
        "enrolled: the very phone": "enrolled: that phone named",
        "strangers: none, or no answer": "not enrolled: none named",
        "another model named": "another model named",
    }
    return Figure(columns(rows, "asked about", names), "share of recordings")


FIGURES: dict[str, Callable[[], Figure]] = {
    "phones": lambda: _models("phones", "ccnu_mobile", 1 / 30),
    "messenger": messenger,
    "robustness": robustness,
    "attacks": attacks,
    "duration": duration,
    "content": content,
    "units": units,
    "microphone": microphone,
    "features": features,
    "networks": networks,
    "search": search,
    "engines": engines,
    "thesis": thesis,
    "size": size,
    "unseen": unseen,
}


def draw(page: str, out: Path) -> None:
    """Write a figure as SVG."""
    figure = FIGURES[page]()
    labels = list(dict.fromkeys(each.label for each in figure.points))
    series = list(dict.fromkeys(each.series for each in figure.points))
    with mpl.rc_context(STYLE):
        height = 3.6 if figure.lines else 1.4 + 0.3 * len(labels)
        drawn, ax = plt.subplots(figsize=(5.4, height), layout="constrained")
        show = _lines if figure.lines else _dots
        for number, name in enumerate(series):
            own = [each for each in figure.points if each.series == name]
            show(ax, own, labels, number, len(series))
        _finish(ax, figure, labels, len(series))
        drawn.savefig(out, format="svg", metadata={"Date": None})
        plt.close(drawn)


def _dots(ax: Axes, own: list[Point], labels: list[str], number: int, n_series: int) -> None:
    step = 0.5 / max(n_series, 1)
    heights = [labels.index(each.label) + step * (number - (n_series - 1) / 2) for each in own]
    for each, height in zip(own, heights, strict=True):
        if each.low is not None and each.high is not None:
            ax.plot([each.low, each.high], [height] * 2, color=COLOURS[number], lw=1.2, alpha=0.7)
    ax.plot(
        [each.value for each in own],
        heights,
        MARKERS[number],
        color=COLOURS[number],
        markersize=5,
        label=own[0].series,
    )


def _lines(ax: Axes, own: list[Point], labels: list[str], number: int, n_series: int) -> None:
    ax.plot(
        [float(each.label) for each in own],
        [each.value for each in own],
        marker=MARKERS[number],
        color=COLOURS[number],
        label=own[0].series,
    )


def _finish(ax: Axes, figure: Figure, labels: list[str], n_series: int) -> None:
    if figure.lines:
        ax.set(xscale="log", xlabel="test audio (s)", ylabel=figure.axis, ylim=(0, 1.02))
        ax.set_xticks([float(label) for label in labels], labels)
        ax.minorticks_off()
        rule = ax.axhline
    else:
        ax.set(xlabel=figure.axis, ylim=(len(labels) - 0.4, -0.6))
        ax.set_yticks(range(len(labels)), labels)
        ax.set(xscale="log") if figure.log else ax.set(xlim=(-0.02, 1.03))
        rule = ax.axvline
    ax.grid(alpha=0.3, axis="both" if figure.lines else "x")
    if figure.reference is not None:
        rule(figure.reference, color="#555555", ls="--", lw=1, label=figure.reference_name)
    if n_series > 1 or figure.reference is not None:
        columns = 2 if n_series > 1 else 3
        ax.figure.legend(loc="outside upper center", ncols=columns, frameon=False, fontsize=9)


def main() -> None:
    """Draw what is asked for."""
    parser = argparse.ArgumentParser(description="Draws figures of the pages of results.")
    parser.add_argument("pages", nargs="*", metavar="PAGE", help=", ".join(FIGURES))
    parser.add_argument("--all", action="store_true", help="every figure")
    parser.add_argument("--out", type=Path, default=RESULTS, help="folder to write to")
    asked = parser.parse_args()
    wrong = [page for page in asked.pages if page not in FIGURES]
    if wrong or not (asked.pages or asked.all):
        parser.error(
            f"{', '.join(wrong) or 'nothing'}: name some of {', '.join(FIGURES)}, or --all"
        )
    for page in FIGURES if asked.all else asked.pages:
        draw(page, asked.out / f"{page}.svg")
        print(asked.out / f"{page}.svg")


if __name__ == "__main__":
    main()
