"""Splits: a group never crosses, every row is dealt, and what cannot be given is said."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from micfp.config.models import SplitConfig
from micfp.errors import MicfpError
from micfp.recordings.dealing import stratified_folds
from micfp.recordings.splits import (
    GROUP_COLUMN,
    Asked,
    Fold,
    SplitError,
    make_folds,
)


def corpus(
    devices: int = 4, contents: int = 4, segments: int = 3, sessions: int = 2, units: int = 1
) -> pd.DataFrame:
    """Each device hears each content in each session; `units` devices share a model."""
    rows = []
    for device in range(devices):
        for session in range(sessions):
            for content in range(contents):
                recording = f"d{device}s{session}c{content}"
                for segment in range(segments):
                    rows.append(
                        {
                            "segment": f"{recording}-{segment}",
                            "recording": recording,
                            "device": f"d{device}",
                            "make": f"make{device // units % 2}",
                            "model": f"model{device // units}",
                            "unit": str(device % units),
                            "session": f"s{session}",
                            "content": f"c{content}",
                        }
                    )
    return pd.DataFrame(rows)


def folds_of(labels: pd.DataFrame, kind: str, target: str = "device", **amount: Any) -> list[Fold]:
    split = SplitConfig(kind=kind, **amount)  # type: ignore[arg-type]
    return make_folds(labels, split, target, np.random.default_rng(5))


def groups(labels: pd.DataFrame, rows: np.ndarray, kind: str) -> set[str]:
    return set(labels.iloc[rows][GROUP_COLUMN[kind]])  # type: ignore[index]


# --- what holds for every split ------------------------------------------------------------------


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Random corpora with missing recordings, shuffled rows and several units a model."""
    labels = corpus(
        devices=draw(st.integers(2, 6)),
        contents=draw(st.integers(1, 5)),
        segments=draw(st.integers(1, 4)),
        sessions=draw(st.integers(1, 3)),
        units=draw(st.integers(1, 3)),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    recordings = labels["recording"].unique()
    lost = rng.random(len(recordings)) < draw(st.sampled_from([0.0, 0.1, 0.4]))
    kept = labels[~labels["recording"].isin(recordings[lost])]
    return kept.iloc[rng.permutation(len(kept))]


@settings(max_examples=60, deadline=None)
@given(
    labels=tables(),
    kind=st.sampled_from(sorted(GROUP_COLUMN)),
    amount=st.sampled_from([{"test_share": 0.2}, {"test_share": 0.5}, {"folds": 2}, {"folds": 3}]),
    seed=st.integers(0, 2**32 - 1),
)
def test_no_group_crosses_and_every_tested_class_is_trained(
    labels: pd.DataFrame, kind: Any, amount: dict[str, Any], seed: int
) -> None:
    target = "model" if kind == "by_unit" else "device"
    split = SplitConfig(kind=kind, **amount)
    try:
        folds = make_folds(labels, split, target, np.random.default_rng(seed))
    except MicfpError:
        return  # which tables are refused, and how, is tested below
    assert len(folds) == amount.get("folds", 1)
    for fold in folds:
        assert len(fold.train)
        assert len(fold.test)
        both = np.concatenate([fold.train, fold.test])
        np.testing.assert_array_equal(np.sort(both), np.arange(len(labels)))
        assert not groups(labels, fold.train, kind) & groups(labels, fold.test, kind)
        trained = set(labels.iloc[fold.train][target])
        assert set(labels.iloc[fold.test][target]) <= trained
        assert len(trained) >= 2
    tested = np.concatenate([fold.test for fold in folds])
    assert len(set(tested)) == len(tested)
    if "folds" in amount and kind != "by_unit":
        assert len(tested) == len(labels)
    again = make_folds(labels, split, target, np.random.default_rng(seed))
    # Another order of the rows deals the same segments.
    turned = make_folds(labels.iloc[::-1], split, target, np.random.default_rng(seed))
    for fold, same, reverse in zip(folds, again, turned, strict=True):
        np.testing.assert_array_equal(fold.test, same.test)
        assert groups(labels, fold.test, "random") == groups(
            labels.iloc[::-1], reverse.test, "random"
        )


# --- each kind -----------------------------------------------------------------------------------


def test_random_keeps_the_share_of_each_class() -> None:
    labels = corpus()  # 24 segments of each of 4 devices
    (fold,) = folds_of(labels, "random", test_share=0.2)
    counts = labels.iloc[fold.test]["device"].value_counts()
    assert set(counts) == {5}  # round(0.2 * 24) = round(4.8)
    assert groups(labels, fold.train, "by_recording") & groups(labels, fold.test, "by_recording")


def test_random_folds_are_as_even_as_scikit_learns() -> None:
    from sklearn.model_selection import StratifiedKFold

    labels = corpus(segments=3, sessions=1, contents=5)  # 15 segments per device
    folds = folds_of(labels, "random", folds=4)
    reference = StratifiedKFold(4, shuffle=True, random_state=0).split(labels, labels["device"])
    for column in labels["device"].unique():
        ours = sorted((labels.iloc[fold.test]["device"] == column).sum() for fold in folds)
        assert ours == [3, 4, 4, 4]
    assert sorted(len(f.test) for f in folds) == sorted(len(test) for _, test in reference)


@given(
    strata=st.lists(st.sampled_from("abcde"), min_size=4, max_size=40),
    n_folds=st.integers(2, 4),
    seed=st.integers(0, 2**32 - 1),
)
def test_folds_are_dealt_as_scikit_learn_deals_them(
    strata: list[str], n_folds: int, seed: int
) -> None:
    from sklearn.model_selection import StratifiedKFold

    assume(max(map(strata.count, strata)) >= n_folds)  # else scikit-learn refuses
    groups = np.array(strata)
    with warnings.catch_warnings(action="ignore"):
        reference = StratifiedKFold(n_folds, shuffle=True, random_state=seed).split(groups, groups)
        expected = [test.tolist() for _, test in reference]
    fold_of = stratified_folds(groups, n_folds, seed)
    assert [np.flatnonzero(fold_of == fold).tolist() for fold in range(n_folds)] == expected


def test_by_recording_tests_recordings_of_every_class() -> None:
    labels = corpus(devices=30, sessions=1)  # 30 devices, 4 recordings each
    (fold,) = folds_of(labels, "by_recording", test_share=0.2)
    tested = labels.iloc[fold.test].groupby("device")["recording"].nunique()
    assert len(tested) == 30
    assert set(tested) == {1}  # round(0.2 * 4) = round(0.8)


def test_by_content_named() -> None:
    labels = corpus()
    (fold,) = folds_of(labels, "by_content", test=("c3", "c1"))
    assert groups(labels, fold.test, "by_content") == {"c1", "c3"}
    assert groups(labels, fold.train, "by_content") == {"c0", "c2"}


def test_by_content_folds_leave_one_out() -> None:
    labels = corpus()
    folds = folds_of(labels, "by_content", folds=4)
    assert [len(groups(labels, fold.test, "by_content")) for fold in folds] == [1, 1, 1, 1]


def test_one_lost_recording_does_not_stop_a_content_split() -> None:
    labels = corpus(sessions=1)
    labels = labels[labels["recording"] != "d0s0c3"]
    folds = folds_of(labels, "by_content", folds=4)
    assert sorted(len(fold.test) for fold in folds) == [9, 12, 12, 12]


def test_by_session_named_and_drawn() -> None:
    labels = corpus()
    (fold,) = folds_of(labels, "by_session", test=("s1",))
    assert groups(labels, fold.train, "by_session") == {"s0"}
    (fold,) = folds_of(labels, "by_session", test_share=0.5)
    assert len(groups(labels, fold.test, "by_session")) == 1


def test_by_unit_keeps_single_units_in_training() -> None:
    labels = corpus(devices=5, units=2)  # models 0 and 1 with two units, model 2 with one
    for amount in ({"test_share": 0.5}, {"folds": 2}):
        for fold in folds_of(labels, "by_unit", "model", **amount):
            assert set(labels.iloc[fold.test]["model"]) == {"model0", "model1"}
            assert set(labels.iloc[fold.train]["model"]) == {"model0", "model1", "model2"}
    (fold,) = folds_of(labels, "by_unit", "model", test=("d1",))
    assert groups(labels, fold.test, "by_unit") == {"d1"}


def test_by_unit_tests_contents_and_rooms_on_devices_that_are_new() -> None:
    labels = corpus(devices=4)
    labels["room"] = np.where(labels["session"] == "s0", "hall", "cell")
    for target in ("content", "session", "room"):
        for fold in folds_of(labels, "by_unit", target, folds=2):
            tested, trained = (groups(labels, rows, "by_unit") for rows in (fold.test, fold.train))
            assert len(tested) == len(trained) == 2
            assert set(labels.iloc[fold.test][target]) == set(labels[target])


def test_uneven_sessions_are_drawn_until_every_class_is_trained() -> None:
    """Two sessions a device, one shared by two devices: most draws leave some class out."""
    labels = corpus(devices=6, sessions=2, contents=1)
    own = labels["device"] + labels["session"]
    labels["session"] = own.where(~own.isin(["d0s0", "d1s0"]), "together")
    for fold in folds_of(labels, "by_session", folds=2):
        assert set(labels.iloc[fold.train]["device"]) == set(labels["device"])


# --- what cannot be given ------------------------------------------------------------------------


def without(labels: pd.DataFrame, column: str, value: str = "") -> pd.DataFrame:
    return labels.assign(**{column: value})


@pytest.mark.parametrize(
    ("labels", "kind", "target", "amount", "match"),
    [
        (corpus().iloc[:0], "random", "device", {"folds": 2}, "there are no segments"),
        (
            corpus(devices=1),
            "random",
            "device",
            {"folds": 2},
            "all 24 segments have the device",
        ),
        (without(corpus(), "make"), "random", "make", {"folds": 2}, "96 of 96 segments have no"),
        (corpus(), "random", "colour", {"folds": 2}, "no column colour"),
        (corpus(sessions=1), "by_session", "device", {"folds": 2}, "at least two sessions"),
        (corpus(sessions=1), "by_session", "device", {"test_share": 0.5}, "and the corpus has one"),
        (without(corpus(), "session"), "by_session", "device", {"folds": 2}, "96 of 96 segments"),
        (
            corpus(contents=3),
            "by_content",
            "device",
            {"folds": 4},
            "at most 3: set split.folds to 3",
        ),
        (corpus(), "by_content", "device", {"test": ("c9",)}, "c9, which the corpus does not have"),
        (corpus(), "by_content", "device", {"test": ()}, r"\(none\)"),
        (corpus(), "by_session", "device", {"test": ("s0", "s1")}, "every session there is"),
        (corpus(contents=1, sessions=1), "by_recording", "device", {"folds": 2}, "d0, d1, d2, d3"),
        (corpus(sessions=1), "by_recording", "device", {"folds": 5}, "of one device, and .* 4"),
        (corpus(), "by_unit", "device", {"folds": 2}, "target cannot be device"),
        (corpus(), "by_unit", "model", {"folds": 2}, "each of the 4 models has one"),
        (corpus(), "by_unit", "model", {"test": ("d1",)}, "model model1, of which no device"),
        (corpus(units=2), "by_unit", "model", {"folds": 3}, "at most 2: set split.folds to 2"),
        (corpus(devices=2), "by_session", "session", {"folds": 2}, "target cannot be session"),
        (corpus(), "by_content", "content", {"folds": 2}, "a by_content split tests on a content"),
    ],
)
def test_refusals_say_what_and_what_to_do(
    labels: pd.DataFrame, kind: str, target: str, amount: dict[str, Any], match: str
) -> None:
    with pytest.raises(MicfpError, match=match):
        folds_of(labels, kind, target, **amount)


def test_auto_is_no_number_of_folds() -> None:
    """Planning puts a number in its place."""
    with pytest.raises(MicfpError, match=r"split\.folds = auto is no number of folds"):
        folds_of(corpus(), "by_content", folds="auto")


def test_the_key_and_what_is_split_are_named() -> None:
    split = SplitConfig(kind="by_content", folds=5)
    asked = Asked("selection", "the training part of split", "recordings")
    with pytest.raises(SplitError) as caught:
        make_folds(corpus(), split, "device", np.random.default_rng(5), asked)
    assert str(caught.value) == (
        "selection.folds = 5: a by_content split in 5 folds needs 5 contents, and the training "
        "part of split has at most 4: set selection.folds to 4 or less, or choose another split"
    )


def test_a_class_that_is_only_tested_is_named() -> None:
    labels = corpus()
    labels = labels[(labels["device"] != "d2") | (labels["session"] == "s1")]
    with pytest.raises(MicfpError, match="test on the device d2, of which no session is left"):
        folds_of(labels, "by_session", test=("s1",))


def test_a_class_with_one_recording_is_named() -> None:
    labels = corpus()
    labels = labels[(labels["device"] != "d2") | (labels["recording"] == "d2s1c0")]
    with pytest.raises(MicfpError, match=r"at least two recordings of every device.* d2 has one"):
        folds_of(labels, "by_recording", test_share=0.2)


def test_missing_labels_count_as_none() -> None:
    labels = corpus()
    labels.loc[labels["content"] == "c0", "content"] = None
    with pytest.raises(MicfpError, match="24 of 96 segments have no content label"):
        folds_of(labels, "by_content", folds=2)


# --- the part that networks stop on --------------------------------------------------------------


def test_validation_is_taken_from_the_training_part() -> None:
    """Four contents: two train, one validates, one tests, as named."""
    labels = corpus()
    (fold,) = folds_of(
        labels, "by_content", test=("c3",), validation={"kind": "by_content", "groups": ("c2",)}
    )
    assert groups(labels, fold.train, "by_content") == {"c0", "c1"}
    assert groups(labels, fold.validation, "by_content") == {"c2"}
    assert groups(labels, fold.test, "by_content") == {"c3"}
    together = np.concatenate([fold.train, fold.validation, fold.test])
    assert np.sort(together).tolist() == list(range(len(labels)))


@pytest.mark.parametrize("kind", ["by_recording", "by_content"])
def test_a_share_of_the_training_part_validates(kind: str) -> None:
    """5 contents: one is tested (0.2 of 5); of the other four a quarter, one, validates."""
    labels = corpus(contents=5, sessions=1)
    for fold in folds_of(labels, "by_content", folds=5, validation={"kind": kind, "share": 0.25}):
        rows = (fold.train, fold.validation, fold.test)
        assert [len(part) for part in rows] == [4 * 3 * 3, 4 * 1 * 3, 4 * 1 * 3]
        parts = [groups(labels, part, kind) for part in rows]
        assert len(set.union(*parts)) == sum(map(len, parts))
        assert set(labels["device"].iloc[fold.train]) == set(labels["device"])


def test_a_validation_that_cannot_be() -> None:
    with pytest.raises(
        MicfpError, match=r"^split.validation: .*c3, which the training part of split does not have"
    ):
        folds_of(
            corpus(),
            "by_content",
            test=("c3",),
            validation={"kind": "by_content", "groups": ("c3",)},
        )
    with pytest.raises(ValueError, match="validation needs groups or share"):
        SplitConfig.model_validate({"kind": "random", "folds": 2, "validation": {"kind": "random"}})
    with pytest.raises(ValueError, match="which by_recording has not; give a share"):
        SplitConfig.model_validate(
            {
                "kind": "random",
                "folds": 2,
                "validation": {"kind": "by_recording", "groups": ["r"]},
            }
        )


def test_a_split_without_validation_is_what_it_was() -> None:
    """Its plain data, of which results are named, does not know of the part."""
    split = SplitConfig(kind="random", test_share=0.2)
    assert split.model_dump(mode="json") == {
        "kind": "random",
        "test": None,
        "test_share": 0.2,
        "folds": None,
    }
