"""Score a fitted model on another set of labelled recordings."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.audio import isolated
from micfp.config.audio import CorpusConfig
from micfp.config.models import EvaluationConfig
from micfp.errors import MicfpError, printable
from micfp.fingerprint.listening import BY_HEART, segment_values
from micfp.fingerprint.model import Model
from micfp.progress import progress
from micfp.written import writing_into

if TYPE_CHECKING:
    from micfp.evaluation.judge import Judged
    from micfp.evaluation.metrics import Metrics

# Of the intervals' draws: any fixed number serves, so that a command repeated gives its figures
# again.
SEED = 42
MOST_SHOWN = 10


@dataclass(frozen=True)
class Confused:
    """How many recordings of one label were named as another."""

    label: str
    named: str
    n: int
    of: int


@dataclass(frozen=True)
class Evaluated:
    """How a model did on a corpus.

    Attributes
    ----------
    confidence
        of the intervals, 0..1
    judged
        the scores and every metric, with their intervals
    confusions
        recordings that were named wrongly, the most frequent first
    outside
        recordings that are outside of what the model learned
    learned_from
        recordings that the model was trained with: it knows them by heart
    warnings
        what `micfp identify` says of a recording, each with its path
    unknown
        labels that the model does not know, whose recordings were left out
    unreadable
        sentences about files that were left out
    """

    model: str
    confidence: float
    judged: "Judged"
    confusions: tuple[Confused, ...]
    outside: tuple[str, ...]
    learned_from: tuple[str, ...]
    warnings: tuple[str, ...]
    unknown: tuple[str, ...]
    unreadable: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        by_recording = self.judged.evaluation.recording
        return {
            "model": self.model,
            "n_segments": self.judged.evaluation.segment.n,
            "confidence": self.confidence,
            **{name: _known(value) for name, value in self.judged.row().items()},
            "recording_top_k": by_recording.top_k,
            "confusions": [asdict(one) for one in self.confusions],
            "outside": list(self.outside),
            "learned_from": list(self.learned_from),
            "warnings": list(self.warnings),
            "unknown_labels": list(self.unknown),
            "unreadable": list(self.unreadable),
        }

    def as_text(self) -> str:
        """What a person reads: what to be careful of, how often it is correct, who is confused."""
        row, confidence = self.judged.row(), f"{100 * self.confidence:g} %"
        n_recordings = row["n_recordings"]
        lines = [
            f"{self.model}: {self.judged.evaluation.segment.n} segments of "
            f"{n_recordings} recordings"
        ]
        lines += [f"  careful: {sentence}" for sentence in self._careful(n_recordings)]
        for name, title in (
            ("recording_accuracy", "accuracy per recording"),
            ("accuracy", "accuracy per segment"),
            ("balanced_accuracy", "balanced accuracy per segment"),
            ("f1_macro", "macro F1 per segment"),
        ):
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            interval = f" ({confidence} interval {low:.3f} to {high:.3f})"
            known = "" if math.isnan(low) else interval
            lines.append(f"  {title}: {row[name]:.3f}{known}")
        if row["interval_note"]:
            lines.append(f"  careful: {row['interval_note']}")
        best = self.judged.evaluation.recording
        if best.top_k < len(best.classes):
            lines.append(
                f"  among the {best.top_k} likeliest: {best.top_k_accuracy:.3f} of the recordings"
            )
        if self.confusions:
            lines.append("  named wrongly (recordings):")
            lines += [
                f"    {one.label}: {one.n} of {one.of} named {one.named}"
                for one in self.confusions[:MOST_SHOWN]
            ]
            lines += _rest(len(self.confusions))
        return "\n".join(map(printable, lines))

    def _careful(self, n_recordings: int) -> Iterator[str]:
        if self.learned_from:
            yield (
                f"{len(self.learned_from)} of {n_recordings} recordings are among those that the "
                "model was trained with: these figures do not tell how it does on new ones"
            )
        if self.outside:
            yield (
                f"{len(self.outside)} of {n_recordings} recordings are outside of what the model "
                "learned; what it names there is worth little"
            )
        yield from self.warnings[:MOST_SHOWN]
        if (rest := len(self.warnings) - MOST_SHOWN) > 0:
            yield f"{rest} warnings more; --json has all"
        if self.unknown:
            yield f"left out, since the model does not know them: {', '.join(self.unknown)}"
        for sentence in self.unreadable:
            yield f"left out: {sentence}"


def _known(value: Any) -> Any:
    """A number, or None for one that is not defined: JSON has no NaN."""
    return None if isinstance(value, float) and math.isnan(value) else value


def _rest(n: int) -> list[str]:
    return [f"    and {n - MOST_SHOWN} pairs more; --json has all"] if n > MOST_SHOWN else []


def confusions_of(metrics: "Metrics") -> tuple[Confused, ...]:
    """Who is taken for whom, the most frequent first."""
    found = [
        Confused(metrics.classes[i], metrics.classes[j], int(n), int(metrics.support[i]))
        for i, row in enumerate(metrics.confusion)
        for j, n in enumerate(row)
        if i != j and n
    ]
    return tuple(sorted(found, key=lambda one: (-one.n, one.label, one.named)))


def write_evaluated(found: Evaluated, folder: Path) -> list[Path]:
    """Write tables (CSV) and figures (PNG): who is taken for whom, and the report per class.

    Parameters
    ----------
    found
        What `evaluate_corpus` gives.
    folder
        It is made where it is not there.

    Returns
    -------
    What was written.
    """
    import pandas as pd

    from micfp.evaluation import figures
    from micfp.evaluation.figures.style import figure_size, new_figure, save
    from micfp.evaluation.judge import class_rows

    segment, recording = found.judged.evaluation.segment, found.judged.evaluation.recording
    names = list(segment.classes)
    written = []
    with writing_into(folder):
        for metrics, what in ((segment, "segments"), (recording, "recordings")):
            table = pd.DataFrame(metrics.confusion, index=names, columns=names)
            table.to_csv(folder / f"confusion_{what}.csv")
            pd.DataFrame(class_rows(metrics)).to_csv(folder / f"classes_{what}.csv", index=False)
            with figures.house_style():
                figure, ax = new_figure(figure_size(len(names)))
                title = f"{found.model}: {what}, {metrics.n}"
                figures.confusion_matrix(ax, metrics.confusion, names, counts=True, title=title)
                save(figure, folder / f"confusion_{what}.png")
            written += [
                folder / f"{name}_{what}.{suffix}"
                for name, suffix in (("classes", "csv"), ("confusion", "csv"), ("confusion", "png"))
            ]
    return written


def evaluate_corpus(model: Model, corpus: CorpusConfig) -> Evaluated:
    """Score every recording of a corpus with a model.

    Raises
    ------
    MicfpError
        if no recording has a label that the model knows, or none can be read
    """
    import numpy as np

    from micfp.corpora import read_corpus_aloud
    from micfp.evaluation.judge import judge
    from micfp.evaluation.scores import Scores

    table = read_corpus_aloud(corpus, model.target)
    labels = table[model.target].astype(str)
    known = labels.isin(list(model.fitted.classes))
    unknown = tuple(sorted(set(labels[~known])))
    if not known.any():
        raise MicfpError(
            f"{corpus.root}: no recording has a {model.target} that the model {model.name} knows "
            f"(it knows {', '.join(model.fitted.classes)}); are the labels spelt alike?"
        )
    rows = list(zip(table["path"][known], labels[known], strict=True))
    log_p, truth, recording, unreadable = [], [], [], []
    outside, by_heart, warnings = [], [], []
    listened = isolated(lambda row: segment_values(Path(row[0]), model), rows, lambda row: row[0])
    pairs = zip(rows, listened, strict=True)
    for (path, label), heard in progress(pairs, len(rows), "scoring"):
        if isinstance(heard, MicfpError):
            unreadable.append(str(heard))
            continue
        log_p.append(model.fitted.log_probabilities(heard.values))
        truth += [label] * len(heard.values)
        recording += [str(path)] * len(heard.values)
        outside += [str(path)] if heard.outside else []
        by_heart += [str(path)] if heard.learned_from else []
        warnings += [f"{path}: {said}" for said in heard.warnings if said != BY_HEART]
    if not log_p:
        raise MicfpError(f"{corpus.root}: no recording could be read; first: {unreadable[0]}")
    scores = Scores(
        model.fitted.classes,
        np.array(truth),
        np.array(recording),
        np.array(recording),
        np.zeros(len(truth), np.int64),
        np.concatenate(log_p),
    )
    config = EvaluationConfig(decision=model.provenance.decision)
    judged = judge(scores, config, SEED)
    return Evaluated(
        model.name,
        config.confidence,
        judged,
        confusions_of(judged.evaluation.recording),
        tuple(outside),
        tuple(by_heart),
        tuple(warnings),
        unknown,
        tuple(unreadable),
    )
