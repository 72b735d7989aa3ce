"""Score a fitted model on another set of labelled recordings."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from micfp.audio import isolated
from micfp.config.audio import CorpusConfig
from micfp.config.models import EvaluationConfig
from micfp.errors import MicfpError, printable
from micfp.fingerprint.listening import segment_values
from micfp.fingerprint.model import Model
from micfp.progress import progress

# Of the intervals' draws: any fixed number serves, so that a command repeated gives its figures
# again.
SEED = 42


@dataclass(frozen=True)
class Evaluated:
    """How a model did on a corpus.

    Attributes
    ----------
    confidence
        of the intervals, 0..1
    row
        every metric with its interval, as in models.csv
    unknown
        labels that the model does not know, whose recordings were left out
    unreadable
        sentences about files that were left out
    """

    model: str
    confidence: float
    row: Mapping[str, Any]
    n_segments: int
    unknown: tuple[str, ...]
    unreadable: tuple[str, ...]

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return {
            "model": self.model,
            "n_segments": self.n_segments,
            "confidence": self.confidence,
            **self.row,
            "unknown_labels": list(self.unknown),
            "unreadable": list(self.unreadable),
        }

    def as_text(self) -> str:
        """What a person reads."""
        row, confidence = self.row, f"{100 * self.confidence:g} %"
        lines = [f"{self.model}: {self.n_segments} segments of {row['n_recordings']} recordings"]
        for name, title in (
            ("accuracy", "accuracy per segment"),
            ("balanced_accuracy", "balanced accuracy per segment"),
            ("f1_macro", "macro F1 per segment"),
            ("recording_accuracy", "accuracy per recording"),
        ):
            low, high = row[f"{name}_low"], row[f"{name}_high"]
            interval = f"{confidence} interval {low:.3f} to {high:.3f}"
            lines.append(f"  {title}: {row[name]:.3f} ({interval})")
        if row["interval_note"]:
            lines.append(f"  careful: {row['interval_note']}")
        if self.unknown:
            names = ", ".join(self.unknown)
            lines.append(f"  careful: left out, since the model does not know them: {names}")
        lines += [f"  careful: left out: {sentence}" for sentence in self.unreadable]
        return "\n".join(map(printable, lines))


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

    table = read_corpus_aloud(corpus)
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
    listened = isolated(
        lambda row: segment_values(Path(row[0]), model).values, rows, lambda row: row[0]
    )
    pairs = zip(rows, listened, strict=True)
    for (path, label), values in progress(pairs, len(rows), "scoring"):
        if isinstance(values, MicfpError):
            unreadable.append(str(values))
            continue
        log_p.append(model.fitted.log_probabilities(values))
        truth += [label] * len(values)
        recording += [str(path)] * len(values)
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
        model.name, config.confidence, judged.row(), len(truth), unknown, tuple(unreadable)
    )
