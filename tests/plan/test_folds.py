"""What recordings cannot give is found in planning; what `auto` stands for.

The recordings are files of a few bytes that are no audio: planning opens none.
"""

from pathlib import Path
from typing import Any

import pytest

from micfp.engine.task import Task, read_spec
from micfp.errors import MicfpError
from micfp.plan.experiment import plan_experiment, write_jobs
from micfp.plan.folds import settled
from micfp.plan.params import Params, merge, parse_params
from micfp.studies import feature_study as compare_features
from micfp.studies.attack import detector
from micfp.studies.search import search
from micfp.studies.targets import plan_target

BASE: dict[str, Any] = {
    "corpus": {"reader": "folder", "root": "corpus"},
    "trim": {"train": None, "test": None, "test_sessions": []},
    "split": {"kind": "by_content", "test": None, "folds": 3},
    "selection": {"kind": "by_content", "folds": 2},
    "split_comparison": {
        "random": {"kind": "random", "test_share": 0.2},
        "by_recording": {"kind": "by_recording", "folds": 3},
        "by_content": None,
        "by_session": None,
    },
    "models": [{"features": "ltas", "preparation": "plain", "classifiers": ["knn", "lda"]}],
    "feature_study": {
        "models": [{"features": "ltas", "preparation": "plain", "classifiers": ["lda"]}]
    },
    "search": {
        "axes": [{"model.features": ["ltas"], "model.classifier": ["knn", "lda"]}],
        "split": {"kind": "by_content", "folds": 3},
        "selection": {"kind": "by_content", "folds": 2},
    },
}
AUTO = {
    "split": {"folds": "auto"},
    "selection": {"kind": "auto", "folds": "auto"},
    "split_comparison": {"by_recording": {"folds": "auto"}},
    "search": {"split": {"folds": "auto"}, "selection": {"kind": "auto", "folds": "auto"}},
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)


def write_corpus(devices: int, contents: int, sessions: tuple[str, ...] = ("",)) -> None:
    for device in range(devices):
        for session in sessions:
            for content in range(contents):
                path = Path("corpus") / f"phone-{device}" / session / f"text-{content}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(f"{device} {session} {content}".encode().ljust(1000, b"."))


def params(**difference: Any) -> Params:
    return parse_params(merge(BASE, difference))


def wanted(values: Params) -> list[Task]:
    made = plan_experiment(values)
    return [made.evaluate, made.split_comparison, made.figures]


def refusal(tasks: list[Task]) -> list[str]:
    """What cannot be, a sentence each."""
    with pytest.raises(MicfpError) as caught:
        write_jobs(tasks)
    head = "the recordings cannot give what is asked for: "
    said = str(caught.value)
    assert said.startswith(head)
    return [part.partition(") ")[2] or part for part in said.removeprefix(head).split("; (")]


def test_what_the_corpus_gives_is_planned() -> None:
    write_corpus(devices=6, contents=3)
    assert write_jobs(wanted(params()))


def test_everything_that_cannot_be_is_in_one_message() -> None:
    """Six devices, three contents; the training part of three folds has two of them."""
    write_corpus(devices=6, contents=3)
    asked = params(
        split={"folds": 4},
        selection={"folds": 4},
        split_comparison={
            "by_recording": {"kind": "by_recording", "folds": 4},
            "by_content": {"kind": "by_content", "folds": 4},  # the split itself, by another name
            "by_session": {"kind": "by_session", "folds": 2},
        },
    )
    found = refusal(wanted(asked))
    assert not Path(".micfp/jobs").exists()  # refused before anything is made
    assert found == [
        "split.folds = 4: a by_content split in 4 folds needs 4 contents, and the corpus has at "
        "most 3; split.folds = 3 would work",
        "selection.folds = 4: a by_content split in 4 folds needs 4 contents, and the training "
        "part of split (with split.folds = 3) has at most 2; selection.folds = 2 would work",
        "split_comparison.by_recording.folds = 4: a by_recording split in 4 folds needs 4 "
        "recordings of one device, and the corpus has at most 3; "
        "split_comparison.by_recording.folds = 3 would work",
        "split_comparison.by_content.folds = 4: a by_content split in 4 folds needs 4 contents, "
        "and the corpus has at most 3; split_comparison.by_content.folds = 3 would work",
        "split_comparison.by_session: 18 of 18 recordings have no session label, so a by_session "
        "split cannot keep a session on one side; split_comparison.by_session = null leaves it out",
    ]
    # and what the sentences name does work
    better = {
        "split": {"folds": 3},
        "selection": {"folds": 2},
        "split_comparison": {
            "by_recording": {"folds": 3},
            "by_content": {"folds": 3},
            "by_session": None,
        },
    }
    assert write_jobs(wanted(parse_params(merge(asked.model_dump(mode="json"), better))))


def test_another_kind_is_named_where_fewer_folds_do_not_help() -> None:
    write_corpus(devices=3, contents=2)
    found = refusal(wanted(params(split={"kind": "by_session", "folds": 5})))
    assert found[0].endswith("; split = {kind: by_content, folds: 2} would work")
    # of which each training part has one content, and one recording of a device
    assert found[1] == (
        "selection: a by_content split needs at least two contents, and the training part of split "
        "(with split = {kind: by_content, folds: 2}) has one; selection.kind = random would work, "
        "but pieces of one recording then lie on both sides, so that its scores are too good"
    )


def test_named_groups_that_are_not_there() -> None:
    write_corpus(devices=3, contents=3, sessions=("day-1", "day-2"))
    split = {"kind": "by_session", "test": ["day-3"], "folds": None}
    (found,) = refusal(wanted(params(split=split)))
    assert found == (
        "split: the by_session split tests on session day-3, which the corpus does not have: it "
        "has day-1, day-2; "
        'split.test = ["day-1"] would work'
    )


def test_the_part_that_networks_stop_on() -> None:
    """Three contents: one is tested, and none of the two others is called text-7."""
    write_corpus(devices=3, contents=3)
    validation = {"kind": "by_content", "groups": ["text-7"]}
    found = refusal(wanted(params(split={"validation": validation})))
    assert found[0].startswith(
        "split.validation: the by_content split tests on content text-7, which the training part "
        "of split does not have: it has text-"
    )


def test_one_device_is_said_once() -> None:
    write_corpus(devices=1, contents=3)
    assert refusal(wanted(params())) == [
        "target = device: all 3 recordings have the device 'phone-0': identification needs at "
        "least two classes; add recordings of another, or choose another target"
    ]


def test_a_device_with_one_recording_is_named() -> None:
    """Twice the same content under another name does not make it two recordings."""
    write_corpus(devices=3, contents=3)
    for path in Path("corpus/phone-2").glob("*.wav"):
        path.write_bytes(b"the same")
    found = refusal(wanted(params()))
    assert found[0].startswith(
        "split: the by_content split of the corpus would test on the device phone-2, of which no "
        "content is left to train on"
    )


@pytest.mark.parametrize("method", ["grid", "random", "bayesian"])
def test_a_search_names_its_own_keys(method: str) -> None:
    write_corpus(devices=4, contents=3)
    folds = {"split": {"folds": 5}, "selection": {"kind": "by_recording", "folds": 3}}
    asked = params(search={"method": method, "n_trials": 2, **folds})
    planned = search.plan(asked)
    assert refusal([planned["grid"], planned["best"]]) == [
        "search.split.folds = 5: a by_content split in 5 folds needs 5 contents, and the corpus "
        "has at most 3; search.split.folds = 3 would work",
        "search.selection.folds = 3: a by_recording split in 3 folds needs 3 recordings of one "
        "device, and the training part of search.split (with search.split.folds = 3) has at most "
        "2; search.selection.folds = 2 would work",
    ]


def test_a_value_of_an_axis_is_looked_at() -> None:
    write_corpus(devices=4, contents=3)
    asked = params(search={"axes": [{"model.features": ["ltas"], "split.folds": [3, 5]}]})
    (found,) = refusal([search.plan(asked)["grid"]])
    assert found.startswith("search.split.folds = 5: ")


def test_a_study_of_features_reads_no_honesty() -> None:
    write_corpus(devices=4, contents=3)
    split_comparison = {"by_recording": {"kind": "by_recording", "folds": 9}}
    assert write_jobs([compare_features.plan(params(split_comparison=split_comparison))["study"]])
    study = compare_features.plan(params(selection={"folds": 7}))["study"]
    (found,) = refusal([study])
    assert found.startswith("selection.folds = 7: ")


def test_a_detector_learns_from_what_networks_stop_on_too() -> None:
    """One content is tested and one stopped on: a network has one to learn from, a detector two."""
    write_corpus(devices=3, contents=3)
    split = {"test": ["text-0"], "folds": None, "validation": {"groups": ["text-1"]}}
    values = params(split=split)
    experiment = plan_experiment(values)
    dataset = experiment.datasets["ltas"]
    assert write_jobs([detector.task(values, dataset, 0.05)])
    assert refusal([experiment.selects["lda-ltas-plain"]])[0].startswith("selection: ")


def test_features_need_no_split() -> None:
    write_corpus(devices=4, contents=3)
    asked = params(split={"folds": 9}).model_dump(mode="json")
    assert plan_target("features", asked)
    with pytest.raises(MicfpError, match=r"split\.folds = 9"):
        plan_target("all", asked)


def test_a_worker_names_the_key() -> None:
    """What planning could not know: of all but one content the check dropped the recordings."""
    write_corpus(devices=3, contents=3)
    honest = plan_experiment(
        params(split_comparison={"by_content": {"kind": "by_content", "folds": 2}})
    )
    of_honesty = honest.split_comparison.inputs["fits by_content"][0]
    assert (honest.fits["knn-ltas-plain"].where, of_honesty.where) == (
        "split",
        "split_comparison.by_content",
    )
    of_honesty.write_spec()
    assert read_spec("fit", of_honesty.key).where == "split_comparison.by_content"
    # it is no part of the key: one fit serves both
    both = plan_experiment(
        params(split_comparison={"by_content": {"kind": "by_content", "folds": 3}})
    )
    assert both.split_comparison.inputs["fits by_content"][0].key == both.fits["knn-ltas-plain"].key


# --- auto ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("contents", "sessions", "split", "selection"),
    [
        (2, ("",), 2, ("random", 2)),  # one recording of a device trains
        (3, ("",), 3, ("by_content", 2)),
        (4, ("",), 4, ("by_content", 3)),
        (9, ("",), 4, ("by_content", 4)),
        (2, ("day-1", "day-2"), 2, ("by_recording", 2)),  # one content trains, of two days
    ],
)
def test_auto_is_what_the_recordings_give(
    contents: int, sessions: tuple[str, ...], split: int, selection: tuple[str, int]
) -> None:
    write_corpus(devices=3, contents=contents, sessions=sessions)
    found = settled(params(**AUTO))
    given = found.params
    assert given.split.folds == given.search.split.folds == split
    for chosen in (given.selection, given.search.selection):
        assert (chosen.kind, chosen.folds) == selection
    assert given.selection.metric == "balanced_accuracy"
    recordings = contents * len(sessions)
    by_recording = given.split_comparison["by_recording"]
    assert by_recording is not None
    assert by_recording.folds == min(recordings, 4)
    assert found.said["split"] == (
        f"split.folds: auto is {split}, the most (up to 4) that recordings give by_content"
    )
    said = found.said["selection"]
    assert said is not None
    assert said.startswith(f"selection: auto is {selection[0]} in {selection[1]} folds")
    assert ("careful" in said) == (selection[0] == "random")
    assert write_jobs(wanted(given))


def test_a_number_beside_auto_is_taken_as_it_is_or_refused() -> None:
    write_corpus(devices=3, contents=3)
    found = settled(params(**merge(AUTO, {"selection": {"folds": 7}})))
    assert (found.params.selection.kind, found.params.selection.folds) == ("by_content", 7)
    assert refusal(wanted(found.params))[0].endswith("selection.folds = 2 would work")


def test_nothing_is_said_of_auto_where_it_cannot_be() -> None:
    write_corpus(devices=3, contents=1)
    found = settled(params(**AUTO))
    assert not any(found.said[key] for key in ("split", "split_comparison.by_recording"))
    assert refusal(wanted(found.params))[0].startswith(
        "split: a by_content split needs at least two contents, and the corpus has one; "
        "split.kind = random would work, but pieces of one recording then"
    )


def test_parameters_without_auto_stay_and_read_nothing() -> None:
    asked = params()  # there is no corpus
    assert settled(asked).params is asked


def test_only_what_the_target_reads_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    write_corpus(devices=3, contents=3)
    asked = params(**AUTO).model_dump(mode="json")
    plan_target("features", asked)
    assert "auto" not in capsys.readouterr().err
    plan_target("all", asked)
    said = capsys.readouterr().err
    assert "micfp: split.folds: auto is 3" in said
    assert "search" not in said
    plan_target("grid", asked)
    said = capsys.readouterr().err
    assert "micfp: search.split.folds: auto is 3" in said
    assert "micfp: split" not in said


def test_an_axis_has_no_auto() -> None:
    write_corpus(devices=3, contents=3)
    for axis in ({"split.folds": ["auto", 2]}, {"selection": [{"kind": "auto", "folds": 2}]}):
        asked = params(search={"axes": [{"model.features": ["ltas"], **axis}]})
        with pytest.raises(MicfpError, match=f"the axis {next(iter(axis))} has auto"):
            search.plan(asked)
