"""Who trains and who is tested.

A split deals whole *groups* of segments to the training or the test part. What a group is gives the
split its name:

| kind | one group | what a score then says |
|---|---|---|
| `random` | one segment | too much: pieces of one recording lie on both sides (the thesis's) |
| `by_recording` | one recording | new recordings, of content and sessions that training heard |
| `by_content` | one content | words, music or sweeps that training never heard |
| `by_session` | one session | another day, room or position |
| `by_unit` | one device | another unit of a known model; of `content` and the like: a new device |

A group never lies on both sides of a fold, and every class that is tested is also trained on; a
corpus that cannot give that is refused in a sentence. Under `by_unit`, the only device of a class
stays in every training part, as one to be mistaken for, and is never tested.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.config.models import SplitConfig, SplitKind, ValidationConfig
from micfp.errors import MicfpError
from micfp.recordings.dealing import hold_out, strata_of, stratified_folds

if TYPE_CHECKING:
    from pandas import DataFrame

GROUP_COLUMN: dict[SplitKind, str] = {
    "random": "segment",
    "by_recording": "recording",
    "by_content": "content",
    "by_session": "session",
    "by_unit": "device",
}
MAX_DRAWS = 100
"""Draws tried until every tested class is in training, where groups share classes unevenly."""


@dataclass(frozen=True)
class Fold:
    """Row numbers of the parts, each ascending, int64, no row in two, together every row.

    Attributes
    ----------
    validation
        What a network stops on; empty where the split has none.
    """

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    validation: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True)
class Asked:
    """Who asks for a split, as the sentence says where it cannot be.

    Attributes
    ----------
    key
        Of the parameters.
    within
        What is split.
    rows
        What a row of the labels is.
    """

    key: str = "split"
    within: str = "the corpus"
    rows: str = "segments"


class SplitError(MicfpError):
    """Recordings cannot give what a split asks for: why, and what to do about it."""

    def __init__(self, key: str, why: str, advice: str) -> None:
        super().__init__(f"{key}: {why}: {advice}")
        self.key = key
        self.why = why
        self.advice = advice


def make_folds(
    labels: DataFrame,
    split: SplitConfig,
    target: str,
    rng: np.random.Generator,
    asked: Asked = Asked(),
) -> list[Fold]:
    """The folds of a split: one for `test` and `test_share`, `folds` of them for k folds.

    Where every group belongs to one class (recordings, units), groups are dealt class by class: of
    each class `test_share` of its groups, rounded, at least one and never all; or evenly over the
    folds. Otherwise (contents, sessions) groups are dealt without regard to class.

    Parameters
    ----------
    labels
        One row per segment, with the columns segment, recording, device, make, model, session and
        content; a group's fate depends on its label, not on the order of the rows.
    split
        Kind of the groups, and how many of them are tested.
    target
        Column to be identified.
    rng
        Decides which groups are tested; not used where `split.test` names them.
    asked
        Names the key of the split where it cannot be.

    Raises
    ------
    SplitError
        The corpus cannot give the split; with the counts.
    """
    classes = classes_of(labels, split, target, asked)
    groups, group_of_row = np.unique(_groups(labels, split.kind, asked), return_inverse=True)
    if split.test is not None:
        tests = [_named(groups, split, asked)]
        _check_training(tests[0][group_of_row], classes, split, target, asked)
    else:
        tests = _drawn(groups, group_of_row, classes, split, target, rng, asked)
    folds = []
    for test in tests:
        in_test = test[group_of_row]
        fold = Fold(train=np.flatnonzero(~in_test), test=np.flatnonzero(in_test))
        _check_groups(fold, group_of_row, groups, split)
        folds.append(fold)
    if split.validation is None:
        return folds
    inside = replace(asked, key=f"{asked.key}.validation", within=training_part(asked.key))
    return [with_validation(f, labels, split.validation, target, rng, inside) for f in folds]


def training_part(key: str) -> str:
    """What is split inside the training part of the split at `key`."""
    return f"the training part of {key}"


def selection_key(split_key: str) -> str:
    """The parameters' key of the selection inside the training part of a split."""
    return split_key.removesuffix("split") + "selection"


def with_validation(
    fold: Fold,
    labels: DataFrame,
    validation: ValidationConfig,
    target: str,
    rng: np.random.Generator,
    asked: Asked,
) -> Fold:
    """Take the validation part out of a fold's training part, whole groups of its own kind."""
    (inner,) = make_folds(labels.iloc[fold.train], validation.split, target, rng, asked)
    return replace(fold, train=fold.train[inner.train], validation=fold.train[inner.test])


def classes_of(
    labels: DataFrame, split: SplitConfig, target: str, asked: Asked
) -> NDArray[np.str_]:
    """The class of each row (n,); at least two classes, none without a name.

    Raises
    ------
    SplitError
        No rows, one class, rows without a class, or a target that the split cannot test.
    """
    if len(labels) == 0:
        raise SplitError(
            asked.key,
            f"there are no {asked.rows} to split",
            "look at the check and segment tables for what was left out, and loosen the"
            " segmentation or the check's policy",
        )
    if target == GROUP_COLUMN[split.kind]:
        raise SplitError(
            asked.key,
            f"a {split.kind} split tests on a {target} that training never heard, so the target"
            f" cannot be {target}",
            "choose another target, or another split",
        )
    classes = _strings(labels, target)
    nameless = int((classes == "").sum())
    if nameless:
        raise SplitError(
            f"target = {target}",
            f"{nameless} of {len(classes)} {asked.rows} have no {target} label",
            f"name the {target} of every recording in the corpus, or choose another target",
        )
    if len(set(classes)) < 2:
        raise SplitError(
            f"target = {target}",
            f"all {len(classes)} {asked.rows} have the {target} {str(classes[0])!r}:"
            " identification needs at least two classes",
            "add recordings of another, or choose another target",
        )
    return classes


def _groups(labels: DataFrame, kind: SplitKind, asked: Asked) -> NDArray[np.str_]:
    """The group of each row; none without a name."""
    column = GROUP_COLUMN[kind]
    groups = _strings(labels, column)
    nameless = int((groups == "").sum())
    if nameless:
        raise SplitError(
            asked.key,
            f"{nameless} of {len(groups)} {asked.rows} have no {column} label, so a {kind} split"
            f" cannot keep a {column} on one side",
            f"label the {column} of every recording, or choose another split",
        )
    if kind == "random" and len(set(groups)) < len(groups):
        raise MicfpError("the segment labels repeat: every segment needs its own name")
    return groups


def _strings(labels: DataFrame, column: str) -> NDArray[np.str_]:
    if column not in labels.columns:
        raise MicfpError(f"the table of segments has no column {column}")
    return np.asarray(labels[column].fillna("").astype(str), dtype=str)


def _named(groups: NDArray[np.str_], split: SplitConfig, asked: Asked) -> NDArray[np.bool_]:
    """Which groups the split names as test (k,)."""
    named = split.test or ()
    column = GROUP_COLUMN[split.kind]
    unknown = sorted(set(named) - set(groups))
    if unknown or not named:
        raise SplitError(
            asked.key,
            f"the {split.kind} split tests on {column} {_listed(unknown) or '(none)'}, which"
            f" {asked.within} does not have: it has {_listed(groups)}",
            "name one of these, or choose another split",
        )
    test = np.isin(groups, named)
    if test.all():
        raise SplitError(
            asked.key,
            f"the {split.kind} split tests on {column} {_listed(named)}, which is every {column}"
            f" there is in {asked.within} ({len(groups)})",
            "leave at least one to train on",
        )
    return test


def _drawn(
    groups: NDArray[np.str_],
    group_of_row: NDArray[np.intp],
    classes: NDArray[np.str_],
    split: SplitConfig,
    target: str,
    rng: np.random.Generator,
    asked: Asked,
) -> list[NDArray[np.bool_]]:
    """Which groups each fold tests: a list of bool (k,)."""
    strata, pure = strata_of(group_of_row, len(groups), classes)
    testable = np.ones(len(groups), dtype=bool)
    if split.kind == "by_unit" and pure:
        names, counts = np.unique(strata, return_counts=True)
        testable = np.isin(strata, names[counts > 1])
    _check_amount(strata, testable, split, target, pure, asked)
    dealt = np.flatnonzero(testable)
    for draw in range(MAX_DRAWS):
        seed = int(rng.integers(2**32))
        tests = []
        for chosen in _deal(strata[dealt], split, seed, asked):
            test = np.zeros(len(groups), dtype=bool)
            test[dealt[chosen]] = True
            tests.append(test)
        try:
            for test in tests:
                _check_training(test[group_of_row], classes, split, target, asked)
        except MicfpError:
            if pure or draw == MAX_DRAWS - 1:
                raise
        else:
            break
    return tests


def _check_amount(
    strata: NDArray[np.str_],
    testable: NDArray[np.bool_],
    split: SplitConfig,
    target: str,
    pure: bool,
    asked: Asked,
) -> None:
    """Refuse fewer groups than the split needs, with the counts and what to do."""
    column = GROUP_COLUMN[split.kind]
    names, counts = np.unique(strata[testable], return_counts=True)
    if len(counts) == 0:
        raise SplitError(
            asked.key,
            f"a by_unit split needs a {target} with at least two devices, and in {asked.within}"
            f" each of the {len(strata)} {target}s has one",
            "add recordings of a second unit, or choose another split",
        )
    if not pure and counts[0] < 2:
        raise SplitError(
            asked.key,
            f"a {split.kind} split needs at least two {column}s, and {asked.within} has one",
            f"add recordings of another {column}, or choose another split",
        )
    if pure and counts.min() < 2:
        alone = names[counts < 2]
        raise SplitError(
            asked.key,
            f"a {split.kind} split needs at least two {column}s of every {target}, one to train on"
            f" and one to test, and in {asked.within} {_listed(alone)} has one",
            f"add recordings, leave the {target} out, or choose another split",
        )
    n_folds = number_of_folds(split, asked)
    if n_folds is not None and counts.max() < n_folds:
        of_class = f" of one {target}" if pure else ""
        raise SplitError(
            f"{asked.key}.folds = {n_folds}",
            f"a {split.kind} split in {n_folds} folds needs {n_folds} {column}s{of_class},"
            f" and {asked.within} has at most {counts.max()}",
            f"set {asked.key}.folds to {counts.max()} or less, or choose another split",
        )


def number_of_folds(split: SplitConfig, asked: Asked) -> int | None:
    """The folds of a split as a number; None where it has one test part.

    Raises
    ------
    MicfpError
        `auto`, which planning did not settle.
    """
    if split.folds == "auto":
        raise MicfpError(f"{asked.key}.folds = auto is no number of folds: give one here")
    return split.folds


def _deal(
    strata: NDArray[np.str_], split: SplitConfig, seed: int, asked: Asked
) -> list[NDArray[np.intp]]:
    """The numbers of the groups that each fold tests."""
    n_folds = number_of_folds(split, asked)
    if n_folds is None:
        return [hold_out(strata, split.test_share or 0.0, seed)]
    fold_of = stratified_folds(strata, n_folds, seed)
    return [np.flatnonzero(fold_of == fold) for fold in range(n_folds)]


def _check_training(
    in_test: NDArray[np.bool_],
    classes: NDArray[np.str_],
    split: SplitConfig,
    target: str,
    asked: Asked,
) -> None:
    """Refuse a fold that tests a class which training never saw, or that trains on one class."""
    trained = set(classes[~in_test])
    unseen = sorted(set(classes[in_test]) - trained)
    column = GROUP_COLUMN[split.kind]
    if unseen:
        raise SplitError(
            asked.key,
            f"the {split.kind} split of {asked.within} would test on the {target}"
            f" {_listed(unseen)}, of which no {column} is left to train on",
            f"add recordings of it in another {column}, leave it out, or choose another split",
        )
    if len(trained) < 2:
        raise SplitError(
            asked.key,
            f"the {split.kind} split of {asked.within} would train on the {target}"
            f" {_listed(sorted(trained))} alone",
            "training needs at least two classes; test on less, or choose another split",
        )


def _check_groups(
    fold: Fold, group_of_row: NDArray[np.intp], groups: NDArray[np.str_], split: SplitConfig
) -> None:
    """A group never crosses: the promise of this file, kept even if the code above is changed."""
    crossing = np.intersect1d(group_of_row[fold.train], group_of_row[fold.test])
    if len(crossing):
        raise MicfpError(
            f"the {split.kind} split put {GROUP_COLUMN[split.kind]} {_listed(groups[crossing])} on"
            " both sides: this is a fault of micfp, please report it"
        )


def _listed(names: Iterable[object], at_most: int = 6) -> str:
    """The first few names, and how many more."""
    all_names = [str(name) for name in names]
    more = len(all_names) - at_most
    return ", ".join(all_names[:at_most]) + (f" and {more} more" if more > 0 else "")
