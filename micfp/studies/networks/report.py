"""The paper's experiments: ours and its tables side by side, and what differs."""

from collections.abc import Iterator, Mapping
from math import isnan, nan
from operator import itemgetter
from typing import Any

from markupsafe import Markup

from micfp.report import paper
from micfp.report.blocks import Block, Heading, Points, Section, Table, Text, pictures, show
from micfp.report.columns import ESTIMATE, FLAG, NUMBER, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import NOTHING, decimals, number, share
from micfp.report.published import Published, Run, row_name
from micfp.report.tables import METRICS, TIMES
from micfp.studies.networks.names import COMPARISONS, EXPERIMENTS

TITLE = "Networks, beside the paper's"
NOT_CONVERGED = " †"
PAPERS, PAPERS_WAY = "paper's", "_paper"  # a method of this ending is trained as the paper's


def called(row: Mapping[str, Any], between: str = ", ") -> str:
    """A row in words; `between` its parts, such as a new line in a chart."""
    method = str(row["method"])
    own = method.removesuffix(PAPERS_WAY)
    cut = _papers(row, paper.EPOCHS) if own != method else PAPERS
    parts = [method_name(method)] if cut == PAPERS else [method_name(own), cut]
    if row.get("layers"):
        way = {
            "paper_fine_tuning": _papers(row, paper.FINE_TUNING_EPOCHS),
            "our_fine_tuning": "ours",
        }
        trained = way.get(row["fine_tuning"], row["fine_tuning"])
        parts += [f"from {row['source']}", f"{row['layers']} again, {trained}"]
    return between.join(parts)


def _papers(row: Mapping[str, Any], epochs: int) -> str:
    """What the paper's way of training is called; of one that ended sooner, how far it came."""
    done = float(row.get("epochs") or nan)
    return f"{PAPERS}, {done:.0f} of {epochs} epochs" if done < epochs else PAPERS


def method_name(name: str) -> str:
    """A method in words; of a classifier on features (`svc-bed-plain`) which on which."""
    classifier, dash, rest = name.partition("-")
    if not dash:
        return name.replace("_", " ")
    features, _, preparation = rest.rpartition("-")
    return f"{classifier} on {features}" + f", {preparation}" * (preparation != "plain")


def _theirs(theirs: paper.Shares | None) -> str:
    return NOTHING if theirs is None else f"{theirs.accuracy:.1f}, {theirs.f1:.1f}"


def _epochs(row: Row) -> str:
    if not row["training"] and not row["layers"]:
        return NOTHING
    kept = "" if isnan(row["kept_epoch"]) else f" ({row['kept_epoch']:.0f})"
    return f"{row['epochs']:.0f}{kept}{'' if row['converged'] else NOT_CONVERGED}"


def _of_input(row: Row) -> str:
    """Millions of numbers of what makes a classifier's input; a network's count is without them."""
    return NOTHING if row["training"] or not row["of_input"] > 0 else f"{row['of_input']:.3f}"


def _their_ms(row: Row) -> str:
    theirs = paper.TABLE_6.get(row["method"])
    return NOTHING if theirs is None else f"{theirs.forward_ms:.1f}"


def _their_millions(row: Row) -> str:
    theirs = paper.TABLE_6.get(row["method"])
    return NOTHING if theirs is None else f"{theirs.parameters_millions:.3f}"


METHOD = Column("", "Method", TEXT, called)
METHODS = (
    *unshown(TEXT, "corpus", "method"),
    *unshown(TEXT, "source", "layers", "fine_tuning", "training", "address", optional=True),
    *unshown(FLAG, "converged"),
    *METRICS,
    *unshown(NUMBER, "n_classes", "n_train", "n_test", "n_parameters", "epochs"),
    # an earlier version wrote none of these
    *unshown(NUMBER, "audio_h", "test_audio_h", "n_validation", "best_epoch", optional=True),
    *unshown(NUMBER, "kept_epoch", "n_input_parameters", optional=True),
    *unshown(TEXT, "device", optional=True),
)
UNLEARNED = (
    *unshown(TEXT, "source", "method"),
    *unshown(NUMBER, "recording_accuracy", "least"),
)
COMPARED = (
    METHOD,
    Column("accuracy", "Accuracy per segment", ESTIMATE),
    Column("recording_accuracy", "per recording", ESTIMATE),
    Column("recording_precision_macro", "precision", format=share),
    Column("recording_recall_macro", "recall", format=share),
    Column("recording_f1_macro", "F1", format=share),
    Column("theirs", "paper's accuracy, F1, %", format=_theirs),
    Column("", "epochs (weights of)", format=_epochs),
    Column("fit_s", "fitting, s", format=decimals(0)),
)
FORWARD = (
    METHOD,
    *unshown(TEXT, "method"),
    *unshown(TEXT, "source", "layers", "fine_tuning", "training", optional=True),
    *unshown(TEXT, "processor", "accelerator", optional=True),
    Column("whole_ms", "whole, ms", format=number, optional=True),
    Column("network_ms", "network, ms", format=number, optional=True),
    Column("onnx_ms", "ONNX, ms", format=number, optional=True),
    Column("accelerator_ms", "accelerator, ms", format=number, optional=True),
    Column("", "paper's ms", format=_their_ms),
    Column("millions", "parameters, M", format=decimals(3), optional=True),
    Column("", "of these the mixture's, M", format=_of_input),
    Column("", "paper's, M", format=_their_millions),
)


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
    rows = run.rows("methods.csv", METHODS)
    if not rows or isnan(rows[0]["audio_h"]):
        yield Text(
            Markup(
                "Made by an earlier version: <code>snakemake -j2 {}</code> with its preset, again."
            ).format(name)
        )
        return
    if unlearned := run.rows("unlearned.csv", UNLEARNED):
        yield Points(tuple(map(_not_transferred, unlearned)))
    seconds = {row["model"]: row["fit_s"] for row in run.rows("times.csv", TIMES)}
    yield Points(tuple(_sentences(rows)))
    for corpus, of_corpus in groups(rows, "corpus").items():
        yield _table(name, corpus, of_corpus, seconds)
    if forward := run.rows("forward.csv", FORWARD):
        sizes = {row["method"]: row for row in rows}
        yield show(
            "Milliseconds from the frames (or features) of one sample to its scores, median of 50, "
            f"on one thread of the CPU{_named(forward, 'processor')}: the whole method; its "
            "network alone in PyTorch and in ONNX Runtime; and on an accelerator where there was "
            f"one{_named(forward, 'accelerator')}. Parameters of a classifier are all numbers that "
            "its file holds (support vectors, their weights), and those of the mixture before it. "
            "The paper does not say what it counts: its 0.005 M of GSV + SVM are as many as the "
            "mixture has, 64 x 39 means and variances, 4992.",
            FORWARD,
            [row | _millions(sizes[row["method"]]) for row in forward],
        )
    yield from pictures(run.figures)


def _millions(row: Row) -> Row:
    return {
        "millions": row["n_parameters"] / 1e6,
        "of_input": row["n_input_parameters"] / 1e6,
    }


def _named(rows: list[Row], what: str) -> str:
    """The machines that rows name, in brackets."""
    names = sorted({row[what] for row in rows} - {""})
    return f" ({', '.join(names)})" if names else ""


def _not_transferred(row: Row) -> str:
    return (
        f"Nothing is said of what {method_name(row['method'])} passes on from {row['source']}: it "
        f"named {share(row['recording_accuracy'])} of its recordings correctly, and "
        f"{share(row['least'])} is the least with which a source counts as learned."
    )


def _sentences(rows: list[Row]) -> Iterator[str]:
    """What is best on each corpus, and whether a classical method stands above the network."""
    for corpus, of_corpus in groups(rows, "corpus").items():
        by_accuracy = groups(of_corpus, "recording_accuracy")
        highest = max(by_accuracy)
        names = ", ".join(map(called, by_accuracy[highest]))
        text = f"{corpus}: best of recordings {share(highest)}, by {names}"
        network = next((row for row in of_corpus if row["method"] == "cross_scale"), None)
        classical = [row for row in of_corpus if not row["training"]]
        if network is not None and classical:
            first = max(classical, key=itemgetter("recording_accuracy"))
            if first["recording_accuracy"] > network["recording_accuracy"]:
                text += (
                    f"; the classical {called(first)} stands above the paper's network "
                    f"({share(network['recording_accuracy'])})"
                )
        yield text + "."
    odd: dict[str, list[str]] = {}
    for row in rows:
        if row["converged"] is False:
            odd.setdefault(called(row), []).append(row["corpus"])
    if odd:
        names = "; ".join(f"{name} on {', '.join(corpora)}" for name, corpora in odd.items())
        yield (
            f"Not converged ({NOT_CONVERGED.strip()}), since the validation loss was still falling "
            f"when the epochs were over: {names}. Such a row says little of the method."
        )


def _table(name: str, corpus: str, rows: list[Row], seconds: Mapping[str, float]) -> Table:
    shown = [
        row
        | {
            "theirs": paper.shares(name, row["method"], row["layers"]),
            "fit_s": seconds.get(row_name(row), nan),
        }
        for row in rows
    ]
    first = rows[0]
    return show(
        f"{corpus}: {first['n_classes']:.0f} devices, {_length(first['audio_h'])} of recordings; "
        f"{first['n_train']:.0f} segments to train on; tested {first['n_test']:.0f} segments of "
        f"{first['n_recordings']:.0f} recordings ({_length(first['test_audio_h'])}), chance "
        f"{1 / first['n_classes']:.3f}. Precision, recall and F1 of recordings, mean over "
        f"devices; seconds while another job ran beside it{_named(rows, 'device')}.",
        COMPARED,
        shown,
    )


def _length(hours: float) -> str:
    """Hours of audio; minutes or seconds where it is less."""
    if hours >= 1:
        return f"{hours:.1f} h"
    minutes = 60 * hours
    return f"{minutes:.0f} min" if minutes >= 1 else f"{60 * minutes:.0f} s"
