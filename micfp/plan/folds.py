"""Folds that recordings can give: what `auto` stands for, and what cannot be, before any work.

Labels alone say how many groups a split has, so that planning makes the folds of recordings as
workers make those of segments, with the same draws. How many segments there are is known later: of
a split at random planning says nothing but whether there are classes to tell apart.
"""

import json
import sys
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from micfp.config.models import SelectionConfig, SplitConfig, SplitKind
from micfp.engine.task import Recording, Task
from micfp.errors import MicfpError
from micfp.plan.params import Params
from micfp.plan.recordings import label_rows, plan_recordings
from micfp.recordings.leaks import leaks
from micfp.recordings.splits import (
    GROUP_COLUMN,
    Asked,
    SplitError,
    classes_of,
    make_folds,
    selection_key,
    training_part,
)

if TYPE_CHECKING:
    import pandas as pd

MOST_FOLDS = 4  # of `auto`
FEWEST_FOLDS = 2
# What `auto` tries, the strictest first; the last one always is, and says too much.
KINDS: tuple[SplitKind, ...] = ("by_content", "by_recording", "random")
TOO_MUCH = "pieces of one recording then lie on both sides, so that its scores are too good"
ONLY_RANDOM = (
    "the training part has too few recordings to choose a model in any other way, and "
    f"{TOO_MUCH}; the test part has no say in it"
)
# Steps that make a split of their own.
SPLITTING = ("fit", "inner_cv", "overfit", "trial", "train", "detector")
MOST_NAMED = 20  # groups that are tried as the test


# --- what `auto` stands for ----------------------------------------------------------------------


@dataclass(frozen=True)
class Settled:
    """Parameters without `auto` in any split, and what it became, a sentence a key.

    Nothing is said of what the recordings cannot give: `check_folds` does. recordings: of the
    corpus; None where there was no `auto`, so that nobody had to read them.
    """

    params: Params
    said: Mapping[str, str | None] = field(default_factory=dict)
    recordings: tuple[Recording, ...] | None = None


def settled(params: Params) -> Settled:
    """Put numbers and kinds in the place of `auto` in every split of the parameters.

    `folds: auto` is as many as the recordings give, at most MOST_FOLDS; where they give none it is
    FEWEST_FOLDS, and `check_folds` says what is missing.
    """
    compared = {f"split_comparison.{n}": s for n, s in params.split_comparison.items() if s}
    splits = {"split": params.split, "search.split": params.search.split} | compared
    selections = {"selection": params.selection, "search.selection": params.search.selection}
    asked: list[object] = [one.folds for one in splits.values()]
    asked += [value for one in selections.values() for value in (one.kind, one.folds)]
    if "auto" not in asked:
        return Settled(params)
    recordings = tuple(plan_recordings(params))
    corpus = _Corpus(label_rows(recordings, params.target), params.target, params.seed)
    said: dict[str, str | None] = {}
    for key, split in splits.items():
        if split.folds == "auto":
            splits[key], said[key] = _settled_split(corpus, key, split)
    for key, selection in selections.items():
        if "auto" in (selection.kind, selection.folds):
            outer = splits[key.removesuffix("selection") + "split"]
            selections[key], said[key] = _settled_selection(corpus, key, selection, outer)
    search = {"split": splits["search.split"], "selection": selections["search.selection"]}
    update = {
        "split": splits["split"],
        "selection": selections["selection"],
        "split_comparison": {
            n: splits.get(f"split_comparison.{n}") for n in params.split_comparison
        },
        "search": params.search.model_copy(update=search),
    }
    return Settled(params.model_copy(update=update), said, recordings)


def _settled_split(
    corpus: "_Corpus", key: str, split: SplitConfig
) -> tuple[SplitConfig, str | None]:
    """A split with a number of folds, and what is said of it; None where it cannot be."""
    folds = _most_folds(corpus, split, [corpus.labels])
    if folds is None:
        return split.model_copy(update={"folds": FEWEST_FOLDS}), None
    said = f"{key}.folds: auto is {folds}, the most (up to {MOST_FOLDS}) that recordings give"
    return split.model_copy(update={"folds": folds}), f"{said} {split.kind}"


def _settled_selection(
    corpus: "_Corpus", key: str, selection: SelectionConfig, outer: SplitConfig
) -> tuple[SelectionConfig, str | None]:
    """A selection inside the training parts of a split, as `_settled_split`."""
    parts = corpus.training_parts(outer)
    for kind in KINDS if selection.kind == "auto" else (selection.kind,):
        folds = _most_folds(corpus, SplitConfig(kind=kind, folds=FEWEST_FOLDS), parts)
        if folds is not None:
            break
    number = (folds or FEWEST_FOLDS) if selection.folds == "auto" else selection.folds
    found = selection.model_copy(update={"kind": kind, "folds": number})
    if folds is None:
        return found, None
    said = f"{key}: auto is {kind} in {number} folds"
    if kind == "random" and selection.kind == "auto":
        said += f"; careful: {ONLY_RANDOM}"
    return found, said


def settled_aloud(params: Params, sections: Container[str], prefix: str = "") -> Settled:
    """Settle parameters and say on stderr what `auto` became.

    sections: of the parameters that are read; prefix: stands before their keys.
    """
    found = settled(params)
    for key, sentence in found.said.items():
        if sentence is not None and key.partition(".")[0] in sections:
            print(f"micfp: {prefix}{sentence}", file=sys.stderr)
    return found


def _most_folds(
    corpus: "_Corpus", split: SplitConfig, parts: "Sequence[pd.DataFrame]"
) -> int | None:
    """The most folds up to MOST_FOLDS of the kind of a split that every part gives; None of none.

    At random it is the fewest: nobody knows yet how many segments a recording has.
    """
    most = FEWEST_FOLDS if split.kind == "random" else MOST_FOLDS
    for folds in range(most, FEWEST_FOLDS - 1, -1):
        if corpus.gives(split.model_copy(update={"folds": folds}), parts):
            return folds
    return None


# --- what cannot be ------------------------------------------------------------------------------


def check_folds(wanted: Iterable[Task], lacking: Container[str]) -> None:
    """Look at every split that is still to be made, and at the folds inside its training parts.

    Parameters
    ----------
    wanted
        Tasks that are wanted; what they need is found through them.
    lacking
        Addresses of what the store lacks. What it has could be made.

    Raises
    ------
    MicfpError
        One sentence with everything that cannot be: the key, why, and a value that would do.
    """
    problems: dict[str, str] = {}
    careful: dict[str, None] = {}
    corpora: dict[tuple[int, str, int], _Corpus] = {}
    # Where nothing is tested there is more to split than inside a training part: that comes last.
    for question in sorted(_questions(_each(wanted, lacking)), key=lambda one: one.whole):
        own = (id(question.recordings), question.target, question.seed)
        if own not in corpora:
            labels = label_rows(question.recordings, question.target)
            corpora[own] = _Corpus(labels, question.target, question.seed)
        for key, problem in _problems(corpora[own], question):
            problems.setdefault(key, f"{key}: {problem}")
        if not question.where.startswith("split_comparison"):  # which shows what leaks
            labels, target = corpora[own].labels, question.target
            for sentence in leaks(labels, question.split.kind, target):
                careful[f"target = {target}: careful: {sentence}"] = None
    if problems:
        numbered = [f"({n}) {problem}" for n, problem in enumerate(problems.values(), 1)]
        found = "; ".join(numbered) if len(problems) > 1 else next(iter(problems.values()))
        raise MicfpError(f"the recordings cannot give what is asked for: {found}")
    for sentence in careful:
        print(f"micfp: {sentence}", file=sys.stderr)


def _each(wanted: Iterable[Task], lacking: Container[str]) -> Iterator[Task]:
    """What the store lacks of tasks and their needs; one for each key that asks for it."""
    seen: set[tuple[str, str]] = set()
    waiting = [*wanted][::-1]
    while waiting:
        task = waiting.pop()
        if (task.address, task.where) not in seen and task.address in lacking:
            seen.add((task.address, task.where))
            waiting += task.needs()[::-1]
            yield task


@dataclass(frozen=True)
class _Question:
    """A split that is asked for at `where`, and the selection inside its training parts."""

    where: str
    split: SplitConfig
    selection: SplitConfig | None
    target: str
    seed: int
    whole: bool  # nothing is tested: the selection is of all recordings
    recordings: tuple[Recording, ...]


def _questions(tasks: Iterable[Task]) -> Iterator[_Question]:
    """What tasks ask for, each once."""
    seen = set()
    for task in tasks:
        if task.step == "optuna_worker":
            values, audio = task.params["params"], task.audio
            asked = {name: values["search"][name] for name in ("split", "selection")}
        elif task.step in SPLITTING:
            values = asked = dict(task.params)
            audio = _table(task).audio
            if task.step == "detector":  # it learns from what networks stop on, too
                asked["split"] = {**asked["split"], "validation": None}
        else:
            continue
        whole = task.params.get("part") == "all"
        selection = asked.get("selection")
        content = json.dumps([asked["split"], selection, values["target"], values["seed"], whole])
        if (own := (task.where, id(audio), content)) in seen:
            continue
        seen.add(own)
        yield _Question(
            task.where,
            SplitConfig.model_validate(asked["split"]),
            None if selection is None else SelectionConfig.model_validate(selection).split,
            values["target"],
            values["seed"],
            whole,
            audio,
        )


def _table(task: Task) -> Task:
    """The data set or matrix that a task splits; of the originals where there are copies."""
    (table,) = task.inputs.get("dataset") or task.inputs["matrix"]
    return table.inputs["datasets"][0] if table.step == "augmented" else table


def _problems(corpus: "_Corpus", question: _Question) -> Iterator[tuple[str, str]]:
    """Keys of what cannot be, and why; inside a split that cannot be one that would do counts."""
    key, parts, within = question.where, [corpus.labels], "the corpus"
    if not question.whole:
        bare = question.split.model_copy(update={"validation": None})
        problem, able = corpus.look(key, bare, parts, within)
        if problem is not None:
            yield problem
        if able is not None:
            within = training_part(key)
            if able != bare:
                within += f" (with {_told(key, _differences(bare, able))})"
            parts = corpus.training_parts(able)
            validation = question.split.validation
            if validation is not None:
                problem, _ = corpus.look(f"{key}.validation", validation.split, parts, within)
                if problem is not None:
                    yield problem
                else:
                    whole = able.model_copy(update={"validation": validation})
                    parts = corpus.training_parts(whole)
    if question.selection is not None:
        problem, _ = corpus.look(selection_key(key), question.selection, parts, within)
        if problem is not None:
            yield problem


def _would_do(key: str, split: SplitConfig, groups: Sequence[str]) -> Iterator[SplitConfig]:
    """Splits near one that cannot be, the nearest first; `groups` are there to be tested."""
    if isinstance(split.folds, int):
        for folds in range(split.folds - 1, FEWEST_FOLDS - 1, -1):
            yield split.model_copy(update={"folds": folds})
    for group in groups[:MOST_NAMED] if split.test is not None else ():
        yield split.model_copy(update={"test": (group,)})
    if key.startswith("split_comparison."):  # named by its kind
        return
    for kind in KINDS:
        if kind == split.kind:
            continue
        other = split.model_copy(update={"kind": kind})
        if split.test_share is not None:
            yield other
            continue
        most = split.folds if isinstance(split.folds, int) else MOST_FOLDS
        for folds in range(most, FEWEST_FOLDS - 1, -1):
            yield other.model_copy(update={"test": None, "folds": folds})


def _differences(split: SplitConfig, other: SplitConfig) -> dict[str, Any]:
    """Keys of a split that must change to make it another, with their values."""
    new = other.model_dump(mode="json")
    return {name: value for name, value in new.items() if value != getattr(split, name)}


def _told(key: str, differences: dict[str, Any]) -> str:
    """`split.folds = 3`, or `split = {kind: by_recording, folds: 3}`."""
    names = {"test": "groups", "test_share": "share"} if key.endswith(".validation") else {}
    named = {names.get(name, name): _plain(value) for name, value in differences.items()}
    if len(named) == 1:
        ((name, value),) = named.items()
        return f"{key}.{name} = {value}"
    return f"{key} = {{{', '.join(f'{name}: {value}' for name, value in named.items())}}}"


def _plain(value: Any) -> str:
    return "null" if value is None else value if isinstance(value, str) else json.dumps(value)


@dataclass(frozen=True)
class _Corpus:
    """Labels of recordings, a row each, and what is asked about them."""

    labels: "pd.DataFrame"
    target: str
    seed: int

    def look(
        self, key: str, split: SplitConfig, parts: "Sequence[pd.DataFrame]", within: str
    ) -> tuple[tuple[str, str] | None, SplitConfig | None]:
        """The key of a split that parts cannot give, and why; and one that they can give."""
        asked = Asked(key, within, rows="recordings")
        column = GROUP_COLUMN[split.kind]
        refused: list[tuple[int, SplitError]] = []
        for part in parts:
            try:
                self._folds(part, split, asked)
            except SplitError as error:
                refused.append((part[column].nunique(), error))
        if not refused:
            return None, split
        # of the parts that differ the one that gives least says what there is
        _, least = min(refused, key=lambda one: one[0])
        groups = sorted(parts[0][column].unique())
        able = next((o for o in _would_do(key, split, groups) if self.gives(o, parts)), None)
        advice = least.advice
        if able is not None:
            advice = f"{_told(key, _differences(split, able))} would work"
            if able.kind == "random" and split.kind != "random":
                advice += f", but {TOO_MUCH}"
        elif key.startswith("split_comparison.") and least.key.startswith(key):
            advice = f"{key} = null leaves it out"
        return (least.key, f"{least.why}; {advice}"), able

    def gives(self, split: SplitConfig, parts: "Sequence[pd.DataFrame]") -> bool:
        """Whether every part can be split so."""
        try:
            for part in parts:
                self._folds(part, split, Asked())
        except SplitError:
            return False
        return True

    def training_parts(self, split: SplitConfig) -> "list[pd.DataFrame]":
        """Recordings of the training part of every fold; the corpus where it cannot be."""
        try:
            return self._folds(self.labels, split, Asked())
        except SplitError:
            return [self.labels]

    def _folds(
        self, part: "pd.DataFrame", split: SplitConfig, asked: Asked
    ) -> "list[pd.DataFrame]":
        """The training parts of a split of some recordings; SplitError where it cannot be."""
        import numpy as np

        if split.kind == "random":  # of each recording something trains
            classes_of(part, split, self.target, asked)
            return [part]
        rng = np.random.default_rng(self.seed)
        folds = make_folds(part, split, self.target, rng, asked)
        return [part.iloc[fold.train] for fold in folds]
