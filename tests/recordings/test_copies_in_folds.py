"""Where copies of recordings go when folds are made."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest

from micfp.config.models import SplitConfig, ValidationConfig
from micfp.recordings.copies import COPY, ORIGINALS, make_folds_with_copies, with_originals
from micfp.recordings.splits import Asked, Fold, make_folds
from micfp.tables import LABELS

N_PIECES = 3
SPLITS = (
    SplitConfig(kind="random", folds=3),
    SplitConfig(kind="random", test_share=0.3),
    SplitConfig(kind="by_recording", folds=4),
    SplitConfig(kind="by_content", folds=2),
    SplitConfig(kind="by_session", test=("night",)),
    SplitConfig(kind="by_content", test=("d",), validation=ValidationConfig(groups=("c",))),
)


def rows_of(copy: int) -> Iterator[dict[str, object]]:
    """Two devices, two sessions, four contents: 16 recordings of three pieces."""
    for device in "xy":
        for session in ("day", "night"):
            for content in "abcd":
                name = f"{copy}{device}{session}{content}"
                labels = dict.fromkeys(LABELS, "") | {
                    **{"device": device, "session": session, "content": content}
                }
                for piece in range(N_PIECES):
                    yield {"segment": f"{name}-{piece}", "recording": name, **labels, COPY: copy}


def originals() -> pd.DataFrame:
    return pd.DataFrame(rows_of(0))


def with_copies(n_copies: int = 2) -> pd.DataFrame:
    """Rows of the originals and of copies of all, told by names that sort otherwise."""
    parts = [pd.DataFrame(rows_of(n)) for n in range(n_copies + 1)]
    table = pd.concat(parts, ignore_index=True).sort_values("segment").reset_index(drop=True)
    original_of = {name: f"0{name[1:]}" for name in table["recording"] if name[0] != "0"}
    return with_originals(table, original_of, by_number=True)


def folds_of(labels: pd.DataFrame, split: SplitConfig, copies_tested: bool = False) -> list[Fold]:
    rng = np.random.default_rng(7)
    return make_folds_with_copies(labels, split, "device", rng, Asked(), copies_tested)


def named(labels: pd.DataFrame, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> set[str]:
    return set(labels["segment"].iloc[rows])


@pytest.mark.parametrize("split", SPLITS, ids=lambda split: f"{split.kind}-{split.folds}")
def test_no_copy_is_tested_and_none_of_what_is_tested_is_trained_on(split: SplitConfig) -> None:
    labels, alone = with_copies(), originals()
    for fold, usual in zip(
        folds_of(labels, split),
        make_folds(alone, split, "device", np.random.default_rng(7)),
        strict=True,
    ):
        # what is tested is what would be tested if there were no copies
        assert named(labels, fold.test) == named(alone, usual.test)
        for part, bare in ((fold.train, usual.train), (fold.validation, usual.validation)):
            there = named(alone, bare)
            # each segment thrice: as it is, and its two copies
            assert named(labels, part) == {n + name[1:] for name in there for n in "012"}
        told = labels[ORIGINALS["segment"]]
        assert set(told.iloc[fold.train]).isdisjoint(told.iloc[fold.test])
        if split.kind != "random":
            told = labels[ORIGINALS["recording"]]
            assert set(told.iloc[fold.train]).isdisjoint(told.iloc[fold.test])


@pytest.mark.parametrize("split", SPLITS[:5], ids=lambda split: f"{split.kind}-{split.folds}")
def test_inside_a_training_part_copies_are_tested_beside_their_originals(
    split: SplitConfig,
) -> None:
    labels = with_copies()
    for fold in folds_of(labels, split, copies_tested=True):
        assert len(fold.train) + len(fold.test) == len(labels) == 3 * 16 * N_PIECES
        assert set(fold.train).isdisjoint(fold.test)
        told = labels[ORIGINALS["segment"]]
        assert set(told.iloc[fold.train]).isdisjoint(told.iloc[fold.test])


def test_copies_of_what_was_left_out_are_left_out() -> None:
    labels = with_copies(1)
    labels = labels[labels["recording"] != "0xdaya"].reset_index(drop=True)
    original_of = {name: f"0{name[1:]}" for name in labels["recording"] if name[0] == "1"}
    labels = with_originals(labels, original_of, by_number=True)
    for split in SPLITS[:5]:
        for fold in folds_of(labels, split, copies_tested=True):
            used = named(labels, np.concatenate([fold.train, fold.test]))
            assert not any(name.startswith("1xdaya") for name in used)


def test_a_table_without_copies_is_dealt_as_ever() -> None:
    alone = originals().drop(columns=COPY)
    (fold,), (usual,) = (
        folds_of(alone, SPLITS[4]),
        make_folds(alone, SPLITS[4], "device", np.random.default_rng(7)),
    )
    assert fold.train.tolist() == usual.train.tolist()


@pytest.mark.parametrize(("by_number", "wanted"), [(True, ["0-0", "0-1", ""]), (False, [""] * 3)])
def test_pieces_are_told_by_number_where_cuts_do_not_depend_on_what_is_heard(
    by_number: bool, wanted: list[str]
) -> None:
    """A copy with three pieces of an original with two: cut at silence, the second may be any."""
    labels = pd.DataFrame(
        [
            *({"segment": f"0-{n}", "recording": "0", COPY: 0} for n in range(2)),
            *({"segment": f"1-{n}", "recording": "1", COPY: 1} for n in range(3)),
        ]
    )
    told = with_originals(labels, {"1": "0"}, by_number)
    assert told[ORIGINALS["recording"]].tolist() == ["0"] * 5
    assert told[ORIGINALS["segment"]].tolist() == ["0-0", "0-1", *wanted]
