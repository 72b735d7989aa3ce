"""Results that travel with results/: published whole, verified, and taken back into a store."""

import json
import shutil
from pathlib import Path

import pytest

from micfp.engine import store
from micfp.engine.graph import missing
from micfp.engine.pulled import HELD, Pulled, forget, publish_entries
from micfp.engine.run import cost_path, read_cost
from micfp.engine.task import Task, read_spec, spec_path
from micfp.errors import MicfpError
from micfp.studies.registry import STAGES

CHECK = Task(STAGES["check"], {"minutes": 1})
DATASET = Task(STAGES["dataset"], {"about": 2}, {"check": (CHECK,)})
FIT = Task(STAGES["fit"], {"k": 3}, {"dataset": (DATASET,)})
EVALUATE = Task(STAGES["evaluate"], {"models": ["knn"]}, {"fits": (FIT,)})
ALL = (CHECK, DATASET, FIT, EVALUATE)


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Results of four steps, published; then another store, which has none of them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "first"))
    for task in ALL:
        write(task)
    publish_entries("features", [DATASET.address], STAGES)
    publish_entries("all", [EVALUATE.address], STAGES)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "second"))
    return tmp_path


def write(task: Task) -> None:
    task.write_spec()
    with store.writing(task.step, task.key) as out:
        (out / "table.csv").write_text(f"a table of {task.step}\n")
        (out / "model").mkdir()
        (out / "model" / "model.json").write_text("{}")
    store.write_whole(cost_path(task.step, task.key), json.dumps({"wall_s": 1.5}))


def test_each_target_holds_what_it_adds(elsewhere: Path) -> None:
    """Not what is large and quickly made again; `all` finds data sets with the feature tables."""
    held = {path.parent.name for path in HELD.glob("*/*/*") if path.is_dir()}
    assert held == {"dataset", "fit", "evaluate"}
    assert (HELD / "features" / DATASET.address / "table.csv").is_file()
    assert (HELD / "all" / FIT.address / "model" / "model.json").is_file()


def test_a_store_that_lacks_results_takes_them_back(elsewhere: Path) -> None:
    assert missing([EVALUATE], Pulled().take_back) == []
    assert (EVALUATE.path / "table.csv").read_text() == "a table of evaluate\n"
    assert store.damage("evaluate", EVALUATE.key) == store.Damage(known=True)
    assert read_cost("evaluate", EVALUATE.key) == {"wall_s": 1.5}
    assert read_spec("evaluate", EVALUATE.key).inputs["fits"] == (FIT.path,)
    assert store.present("fit") == set()  # nobody wanted it

    other = Task(
        STAGES["evaluate"], {"models": ["svc"]}, {"fits": (FIT, Task(STAGES["fit"], {"k": 5}))}
    )
    assert [task.step for task in missing([other], Pulled().take_back)] == ["fit", "evaluate"]
    assert store.present("fit") == {FIT.key}


def test_all_of_a_target_is_taken_back_for_who_asks(elsewhere: Path) -> None:
    Pulled().take_back_all("all")
    assert store.present("fit") == {FIT.key}
    assert store.present("dataset") == {DATASET.key}
    assert read_spec("fit", FIT.key).params == {"k": 3}


@pytest.mark.parametrize("name", ["table.csv", "model/model.json"])
@pytest.mark.parametrize("how", ["changed", "gone", "another"])
def test_what_is_damaged_is_not_taken_back(
    elsewhere: Path, capsys: pytest.CaptureFixture[str], name: str, how: str
) -> None:
    path = HELD / "all" / FIT.address / name
    if how == "changed":
        path.write_text(path.read_text().replace("{", "[").replace("f", "g"))
    elif how == "gone":
        path.unlink()
    else:
        name = f"{name}.orig"
        path.with_name(f"{path.name}.orig").write_text("")
    pulled = Pulled()
    assert not pulled.take_back(FIT.address)
    assert capsys.readouterr().err == (
        f"micfp: {HELD / 'all' / FIT.address}: {name} is not what was published; it is made again\n"
    )
    assert store.present("fit") == set()
    assert list((store.store_root() / ".unfinished").iterdir()) == []
    assert pulled.take_back(EVALUATE.address)


@pytest.fixture
def shared(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The data set and the fit published by `grid`, too: each lies in two folders."""
    monkeypatch.setenv("MICFP_STORE", str(elsewhere / "first"))
    publish_entries("grid", [FIT.address], STAGES)
    monkeypatch.setenv("MICFP_STORE", str(elsewhere / "second"))
    for target, task in (("grid", FIT), ("all", FIT), ("grid", DATASET), ("features", DATASET)):
        assert (HELD / target / task.address).is_dir()
    return elsewhere


@pytest.mark.parametrize("target", ["all", "grid"])
def test_results_that_another_target_shares_are_taken_back_for_both(
    shared: Path, target: str
) -> None:
    Pulled().take_back_all(target)
    assert store.present("fit") == {FIT.key}
    assert store.present("dataset") == {DATASET.key}


@pytest.mark.parametrize("damaged", ["all", "grid"])
def test_a_damaged_copy_hides_no_whole_one(
    shared: Path, capsys: pytest.CaptureFixture[str], damaged: str
) -> None:
    (HELD / damaged / FIT.address / "table.csv").write_text("something else")
    assert Pulled().take_back(FIT.address)
    assert (FIT.path / "table.csv").read_text() == "a table of fit\n"
    said = capsys.readouterr().err
    if damaged == "all":  # the first in the order of the folders' names
        assert said == (
            f"micfp: {HELD / 'all' / FIT.address}: table.csv is not what was published; "
            "another copy of it is tried\n"
        )
    assert "made again" not in said


def test_where_every_copy_is_damaged_it_is_made_again(
    shared: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for target in ("all", "grid"):
        (HELD / target / FIT.address / "table.csv").write_text("something else")
    assert not Pulled().take_back(FIT.address)
    assert store.present("fit") == set()
    first, second = capsys.readouterr().err.splitlines()
    assert first.endswith("another copy of it is tried")
    assert second.endswith("it is made again")


def test_a_folder_that_is_gone_and_a_manifest_that_is_not_readable(
    elsewhere: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.rmtree(HELD / "all" / FIT.address)
    assert not Pulled().take_back(FIT.address)
    assert "missing; it is made again" in capsys.readouterr().err
    (HELD / "all" / "manifest.json").write_text('{"fit')
    pulled = Pulled()
    assert not pulled.take_back(EVALUATE.address)
    assert "manifest.json: not readable" in capsys.readouterr().err
    assert pulled.take_back(DATASET.address)


def test_what_is_forgotten_is_not_taken_back(elsewhere: Path) -> None:
    """`micfp store rm`: it is to be made again."""
    runs = {"run.json": {"evaluate": EVALUATE.address}, "features/run.json": {"a": DATASET.address}}
    for name, entries in runs.items():
        content = {"entries": entries, "files": {"a.csv": [1, "b"]}}
        store.write_whole(Path("results") / name, json.dumps(content))
    forget({FIT.address, EVALUATE.address})
    pulled = Pulled()
    assert [pulled.take_back(task.address) for task in (DATASET, FIT, EVALUATE)] == [True, 0, 0]
    kept = {name: json.loads((Path("results") / name).read_text()) for name in runs}
    assert {name: "files" in content for name, content in kept.items()} == {
        "run.json": False,  # published again, and not taken as it is
        "features/run.json": True,
    }


def test_links_of_dvc_are_followed(elsewhere: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cache is on another file system DVC puts symbolic links in the working tree."""
    monkeypatch.setattr(store, "LINKED_BYTES", 1)
    for path in [path for path in HELD.rglob("*") if path.is_file()]:
        cached = elsewhere / "cache" / path.relative_to(HELD)
        cached.parent.mkdir(parents=True, exist_ok=True)
        path.rename(cached)
        path.symlink_to(cached)
    assert Pulled().take_back(FIT.address)
    assert not any(path.is_symlink() for path in FIT.path.rglob("*"))
    assert (FIT.path / "table.csv").read_text() == "a table of fit\n"


def test_publishing_again_replaces_what_changed(elsewhere: Path) -> None:
    for task in ALL:
        write(task)
    kept = HELD / "all" / FIT.address / "table.csv"
    inode = kept.stat().st_ino
    (HELD / "all" / EVALUATE.address / "table.csv").write_text("damaged since")
    publish_entries("all", [EVALUATE.address], STAGES)
    assert kept.stat().st_ino == inode  # DVC need not look at it again
    text = (HELD / "all" / EVALUATE.address / "table.csv").read_text()
    assert text == "a table of evaluate\n"
    publish_entries("all", [FIT.address], STAGES)
    assert not (HELD / "all" / EVALUATE.address).exists()
    assert list(json.loads((HELD / "all" / "manifest.json").read_text())) == [FIT.address]


def test_what_the_store_lacks_is_not_held(elsewhere: Path) -> None:
    write(EVALUATE)
    FIT.write_spec()
    publish_entries("all", [EVALUATE.address], STAGES)
    assert list(json.loads((HELD / "all" / "manifest.json").read_text())) == [EVALUATE.address]


def test_a_damaged_result_of_the_store_is_not_published(elsewhere: Path) -> None:
    for task in ALL:
        write(task)
    (EVALUATE.path / "table.csv").write_text("damaged")
    shutil.rmtree(HELD)
    with pytest.raises(MicfpError, match=r"evaluate/[0-9a-f]+: damaged"):
        publish_entries("all", [EVALUATE.address], STAGES)


def test_a_specification_that_is_not_readable_is_not_published(elsewhere: Path) -> None:
    for task in ALL:
        write(task)
    spec_path("evaluate", EVALUATE.key).write_text("{")
    publish_entries("all", [EVALUATE.address], STAGES)
    manifest = json.loads((HELD / "all" / "manifest.json").read_text())
    assert "spec" not in manifest[EVALUATE.address]


def test_a_study_takes_its_points_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "first"))
    trial, study = Task(STAGES["trial"], {"k": 1}), Task(STAGES["study"], {"part": "all"})
    for task in (trial, study):
        task.write_spec()
        with store.writing(task.step, task.key) as out:
            rows = [{"address": trial.address}] if task is study else []
            (out / "trials.json").write_text(json.dumps(rows))
    publish_entries("grid", [study.address], STAGES)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "second"))
    assert Pulled().take_back(study.address)
    assert store.present("trial") == {trial.key}
