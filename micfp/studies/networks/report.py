"""The paper's experiments: ours and its tables side by side, and what differs."""

from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

from micfp.report import paper
from micfp.report.blocks import Block, Heading, Points, Section, Table, Text, pictures, table
from micfp.report.numbers import NOTHING, share, share_with_interval
from micfp.report.published import Published, Run, records, row_name
from micfp.studies.networks.names import COMPARISONS, EXPERIMENTS

TITLE = "Networks, beside the paper's"
NOT_CONVERGED = " †"


def networks(published: Published) -> Section:
    """What was run of the experiments."""
    papers = {name: published.runs[name] for name in COMPARISONS if name in published.runs}
    blocks: list[Block] = [
        Text(
            f"The methods of {paper.PAPER}, on other recordings than its own. Its figures are of "
            f"{paper.CORPUS}, {paper.EPOCHS} epochs; ours of the corpora and epochs that the "
            "tables name. So no figure of one compares with one of the other; the order of the "
            "methods does."
        )
    ]
    for name, run in papers.items():
        blocks += [Heading(EXPERIMENTS[name]), *_experiment(name, run)]
    return Section("networks", TITLE, tuple(blocks))


def _experiment(name: str, run: Run) -> Iterator[Block]:
    rows = records(run.text_table("methods.csv"))
    if not rows or "audio_h" not in rows[0]:
        yield Text(
            Markup(
                "Made by an earlier version: <code>snakemake -j2 {}</code> with its preset, again."
            ).format(name)
        )
        return
    times = {row["model"]: row for row in records(run.table("times.csv"))}
    yield Points(tuple(_sentences(rows)))
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus]
        yield _table(name, corpus, own, times)
    if (run.folder / "forward.csv").is_file():
        yield _forward(rows, records(run.text_table("forward.csv")))
    yield from pictures(run.figures)


def _sentences(rows: list[dict[str, Any]]) -> Iterator[str]:
    """What is best on each corpus, and whether a classical method stands above the network."""
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus]
        best = max(own, key=_recording)
        same = [row for row in own if _recording(row) == _recording(best)]
        names = ", ".join(called(row) for row in same)
        text = f"{corpus}: best of recordings {share(_recording(best))}, by {names}"
        network = next((row for row in own if row["method"] == "cross_scale"), None)
        classical = [row for row in own if not row.get("training")]
        if network is not None and classical:
            first = max(classical, key=_recording)
            if _recording(first) > _recording(network):
                text += (
                    f"; the classical {called(first)} stands above the paper's network "
                    f"({share(_recording(network))})"
                )
        yield text + "."
    odd: dict[str, list[str]] = {}
    for row in rows:
        if row["converged"] == "False":
            odd.setdefault(called(row), []).append(row["corpus"])
    if odd:
        names = "; ".join(f"{name} on {', '.join(corpora)}" for name, corpora in odd.items())
        yield (
            f"Not converged ({NOT_CONVERGED.strip()}), since the validation loss was still falling "
            f"when the epochs were over: {names}. Such a row says little of the method."
        )


def _recording(row: Mapping[str, Any]) -> float:
    return float(row["recording_accuracy"])


def called(row: Mapping[str, Any], between: str = ", ") -> str:
    """A row in words; `between` its parts, such as a new line in a chart."""
    parts = [method_name(str(row["method"]))]
    if row.get("layers"):
        way = {"paper_fine_tuning": "paper's", "our_fine_tuning": "ours"}
        trained = way.get(row["fine_tuning"], row["fine_tuning"])
        parts += [f"from {row['source']}", f"{row['layers']} again, {trained}"]
    return between.join(parts)


def method_name(name: str) -> str:
    """A method in words; of a classifier on features (`svc-bed-plain`) which on which."""
    classifier, dash, rest = name.partition("-")
    if not dash:
        return name.replace("_", " ")
    features, _, preparation = rest.rpartition("-")
    return f"{classifier} on {features}" + f", {preparation}" * (preparation != "plain")


def _table(
    name: str, corpus: str, rows: list[dict[str, Any]], times: Mapping[str, Mapping[str, Any]]
) -> Table:
    shown = []
    for row in rows:
        theirs = paper.shares(name, row["method"], row.get("layers") or "")
        seconds = times.get(row_name(row), {}).get("fit_s")
        shown.append(
            (
                called(row),
                share_with_interval(_numbers(row), "accuracy"),
                share_with_interval(_numbers(row), "recording_accuracy"),
                *(share(float(row[f"recording_{n}_macro"])) for n in ("precision", "recall", "f1")),
                NOTHING if theirs is None else f"{theirs.accuracy:.1f}, {theirs.f1:.1f}",
                _epochs(row),
                NOTHING if seconds is None else f"{float(seconds):.0f}",
            )
        )
    first = rows[0]
    return table(
        f"{corpus}: {first['n_classes']} devices, {_length(first['audio_h'])} of recordings; "
        f"{first['n_train']} segments to train on; tested {first['n_test']} segments of "
        f"{first['n_recordings']} recordings ({_length(first['test_audio_h'])}), chance "
        f"{1 / float(first['n_classes']):.3f}. Precision, recall and F1 of recordings, mean over "
        "devices; seconds while another job ran beside it.",
        (
            *("Method", "Accuracy per segment", "per recording", "precision", "recall", "F1"),
            *("paper's accuracy, F1, %", "epochs", "fitting, s"),
        ),
        shown,
    )


def _length(hours: str) -> str:
    """Hours of audio; minutes or seconds where it is less."""
    if float(hours) >= 1:
        return f"{float(hours):.1f} h"
    minutes = 60 * float(hours)
    return f"{minutes:.0f} min" if minutes >= 1 else f"{60 * minutes:.0f} s"


def _numbers(row: Mapping[str, Any]) -> dict[str, float]:
    names = ("accuracy", "recording_accuracy")
    columns = [f"{name}{end}" for name in names for end in ("", "_low", "_high")]
    return {column: float(row[column] or "nan") for column in columns}


def _epochs(row: Mapping[str, Any]) -> str:
    if not row.get("training") and not row.get("layers"):
        return NOTHING
    epochs = f"{float(row['epochs']):.0f}"
    return epochs if row["converged"] == "True" else epochs + NOT_CONVERGED


def _forward(rows: list[dict[str, Any]], times: list[dict[str, Any]]) -> Table:
    """Milliseconds a sample, and parameters."""
    parameters = {row["method"]: row["n_parameters"] for row in rows}

    def ms(row: Mapping[str, Any], name: str) -> str:
        value = row.get(name)
        return f"{float(value):.1f}" if value else NOTHING

    shown = []
    for row in times:
        theirs = paper.TABLE_6.get(row["method"])
        own = float(parameters[row["method"]]) / 1e6
        shown.append(
            (
                called(row),
                *(ms(row, n) for n in ("whole_ms", "network_ms", "onnx_ms", "accelerator_ms")),
                NOTHING if theirs is None else f"{theirs.forward_ms:.1f}",
                f"{own:.3f}",
                NOTHING if theirs is None else f"{theirs.parameters_millions:.3f}",
            )
        )
    return table(
        "Milliseconds from the frames (or features) of one sample to its scores, median of 50, on "
        "one thread of the CPU: the whole method; its network alone in PyTorch and in ONNX "
        "Runtime; and on an accelerator where there was one. Parameters of a classifier are all "
        "numbers that its file holds (support vectors, their weights), and those of the mixture "
        "before it; the paper does not say what it counts.",
        (
            *("Method", "whole, ms", "network, ms", "ONNX, ms", "accelerator, ms"),
            *("paper's ms", "parameters, M", "paper's, M"),
        ),
        shown,
    )
