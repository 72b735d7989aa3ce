"""Robustness: models under degradations, trained without and with other ones."""

from collections.abc import Iterator
from typing import Any

from micfp.evaluation.bootstrap import interval_text
from micfp.report.blocks import (
    Block,
    Heading,
    Points,
    Section,
    Table,
    Text,
    not_asked,
    pictures,
    table,
)
from micfp.report.numbers import count, share, share_with_interval
from micfp.report.published import Published, Run, records

TITLE = "Under noise, codecs and rooms"
SEEN = " *"
CLEAN, COPIES = "clean", "copies"


def robustness(published: Published) -> Section:
    """The chosen model of either training under every condition, or the command."""
    study = published.robustness
    if study is None:
        return not_asked("robustness", TITLE, "degrades the test recordings and asks again.")
    rows = records(study.text_table("conditions.csv"))
    choices = records(study.text_table("choices.csv"))
    blocks: list[Block] = [
        Text(
            "Test recordings that something happened to on their way. One model serves all "
            "conditions and is not told which it meets; it is chosen, with all its settings, on "
            "folds inside the training part. Trained on the originals alone (clean), or on these "
            "and on degraded copies of them (copies)."
        )
    ]
    for corpus in dict.fromkeys(row["corpus"] for row in rows):
        own = [row for row in rows if row["corpus"] == corpus]
        chosen = {
            row["trained"]: row["model"]
            for row in choices
            if row["corpus"] == corpus and row["chosen"] == "True"
        }
        blocks += [Heading(corpus), *_corpus(study, corpus, own, chosen)]
    return Section("robustness", TITLE, tuple(blocks))


def _corpus(
    study: Run, corpus: str, rows: list[dict[str, Any]], chosen: dict[str, str]
) -> Iterator[Block]:
    known = {row["model"] for row in records(study.text_table("choices.csv"))}
    networks = {(row["trained"], row["model"]): None for row in rows if row["model"] not in known}
    yield Points((*_sentences(rows, list(chosen.items())), *_sentences(rows, list(networks))))
    confidence = interval_text(study.params["evaluation"]["confidence"])
    yield _table(rows, chosen, confidence)
    yield from pictures(study.figure(f"robustness_{corpus}"))


def _sentences(rows: list[dict[str, Any]], models: list[tuple[str, str]]) -> Iterator[str]:
    """What becomes of models, each by its training and name."""
    for trained, model in models:
        own = [row for row in rows if row["model"] == model and row["trained"] == trained]
        clean = next(row for row in own if row["condition"] == CLEAN)
        new = [row for row in own if row["seen"] == "False" and row["condition"] != CLEAN]
        mark = "" if clean["converged"] == "True" else " (a network that did not converge)"
        yield (
            f"{model}, trained on {trained}{mark}: {share(float(clean['accuracy']))} of clean "
            f"segments{_of_new_families(new)}."
        )


def _of_new_families(rows: list[dict[str, Any]]) -> str:
    """What becomes of a model under conditions of families that it was not trained with."""
    if not rows:
        return "; the family of every condition was trained with, so that none was new to it"
    worst = sorted(rows, key=lambda row: float(row["accuracy"]))[:3]
    below = ", ".join(f"{row['condition']} {share(float(row['accuracy']))}" for row in worst)
    mean = sum(float(row["accuracy"]) for row in rows) / len(rows)
    return (
        f", {share(mean)} on average over {count(len(rows), 'condition')} of families that it "
        f"never met; least {below}"
    )


def _table(rows: list[dict[str, Any]], chosen: dict[str, str], confidence: str) -> Table:
    by_key = {(row["model"], row["trained"], row["condition"]): row for row in rows}
    shown = []
    for condition in dict.fromkeys(row["condition"] for row in rows):
        own = [by_key[model, trained, condition] for trained, model in chosen.items()]
        cells = [
            cell
            for row in own
            for cell in (
                share_with_interval(_numbers(row), "accuracy"),
                share(float(row["recording_accuracy"])),
            )
        ]
        seen = any(row["seen"] == "True" for row in own)
        shown.append((own[0]["family"], condition + SEEN * seen, *cells))
    first = rows[0]
    heads = [
        head
        for trained, model in chosen.items()
        for head in (f"{model}, {trained}: a segment", "a recording")
    ]
    return table(
        f"Accuracy of the chosen models, with {confidence} intervals over recordings; "
        f"{first['n_recordings']} recordings a condition, chance "
        f"{1 / float(first['n_classes']):.3f}.{SEEN}: copies went through this family.",
        ("Family", "Condition", *heads),
        shown,
        (0, 1),
    )


def _numbers(row: dict[str, Any]) -> dict[str, float]:
    return {
        f"accuracy{end}": float(row[f"accuracy{end}"] or "nan") for end in ("", "_low", "_high")
    }
