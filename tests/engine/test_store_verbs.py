"""`micfp store`: what the store holds, what may go, what is damaged, what is made again.

Planning is the real one; a result is a small file in place of what its step would write.
"""

import contextlib
import ctypes
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from micfp.cli import app
from micfp.engine import coordinator, garbage, store
from micfp.engine import storekeeping as keeping
from micfp.engine.records import planning, read_records, with_needs
from micfp.errors import MicfpError
from micfp.plan.params import Params, merge, parse_params
from micfp.studies.targets import plan_target

BASE: dict[str, Any] = {
    "corpus": {"reader": "manifest", "root": "corpus"},
    "trim": {"train": None, "test": None},
    "features": {"thesis": {}},
    "split_comparison": {"by_content": {"kind": "by_content", "folds": 2}},
    "split": {"kind": "by_session", "test": ["day-2"]},
    "selection": {"folds": 2},
    "models": [{"features": "thesis", "preparation": "plain", "classifiers": ["svc", "knn"]}],
    "feature_study": {
        "models": [{"features": "thesis", "preparation": "plain", "classifiers": ["nb"]}]
    },
    "search": {
        "axes": [{"model.classifier": ["nb"]}],
        "split": {"kind": "by_content", "folds": 2},
        "selection": {"kind": "by_session", "folds": 2},
    },
}
OTHER_KNN = {"classifiers": {"knn": {"n_neighbors": 3}}}


@pytest.fixture(autouse=True)
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with parameters and twelve recordings that are no audio, and its store."""
    folder = tmp_path / "checkout"
    write_corpus(folder / "corpus")
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    enter(folder, monkeypatch)
    write_params(BASE)
    return folder


@pytest.fixture
def say() -> CliRunner:
    """Runs verbs in this process."""
    return CliRunner()


def enter(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go there as a new process would: without the lock of another folder."""
    while coordinator._held:
        coordinator._held.pop().close()
    monkeypatch.chdir(folder)


def write_corpus(root: Path) -> None:
    lines = ["path,device,session,content"]
    for device in ("Shure", "Neumann", "Rode"):
        for day in ("day-1", "day-2"):
            for content in ("a", "b"):
                path = root / device / day / f"{content}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(f"{device} {day} {content}".encode().ljust(1000, b"."))
                lines.append(f"{path.relative_to(root)},{device},{day},{content}")
    (root / "recordings.csv").write_text("\n".join(lines) + "\n")


def write_params(values: dict[str, Any], name: str = "params.yaml") -> None:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(yaml.safe_dump(values))


def params(*differences: dict[str, Any]) -> Params:
    values = BASE
    for difference in differences:
        values = merge(values, difference)
    return parse_params(values)


def run(*differences: dict[str, Any], target: str = "all") -> set[str]:
    """Plan a target and make what is missing; return the addresses of all that it uses."""
    values = params(*differences).model_dump(mode="json")
    plan_target(target, values)
    for file in (store.store_root() / ".specs").glob("*/*.json"):
        make(file.parent.name, file.stem)
    records = [r for r in read_records() if r.folder == Path.cwd()]
    newest = max(records, key=lambda r: r.time_s)
    return with_needs(newest.addresses)


def make(step: str, key: str) -> None:
    if key not in store.present(step):
        with store.writing(step, key) as out:
            (out / "a.txt").write_text(f"{step} {key} " * 10)


def addresses() -> set[str]:
    return {result.address for result in keeping.held()}


def unused(days: float = 30) -> set[str]:
    return {result.address for result in garbage.find_unused(days).results}


def pass_days(days: float) -> None:
    """All that lies in the store was made, and planned, so much earlier."""
    for path in [*store.store_root().glob("*/*"), *store.store_root().glob(".plans/*")]:
        status = path.stat()
        os.utime(path, (status.st_atime, status.st_mtime - days * 86_400))


def steps_of(found: set[str]) -> list[str]:
    return sorted(address.partition("/")[0] for address in found)


def git(*arguments: str) -> str:
    own = {
        "GIT_AUTHOR_NAME": "A",
        "GIT_AUTHOR_EMAIL": "a@example.org",
        "GIT_COMMITTER_NAME": "A",
        "GIT_COMMITTER_EMAIL": "a@example.org",
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    return subprocess.run(
        ["git", *arguments], check=True, capture_output=True, text=True, env=os.environ | own
    ).stdout


# --- list -----------------------------------------------------------------------------------------


def test_list(say: CliRunner) -> None:
    used = run()
    said = say.invoke(app, ["store", "list"]).stdout.splitlines()
    assert said[0].split() == ["step", "results", "size", "last", "used"]
    assert said[-1].split()[:2] == ["all", str(len(used))]
    rows = [
        json.loads(line)
        for line in say.invoke(app, ["store", "list", "--json"]).stdout.splitlines()
    ]
    by_step = {row["step"]: row for row in rows}
    assert by_step["fit"]["results"] == 4
    (one,) = store.present("quality")
    size = (store.entry_path("quality", one) / "a.txt").stat().st_size
    assert by_step["quality"]["size_bytes"] == size

    said = say.invoke(app, ["store", "list", "fit"]).stdout.splitlines()
    assert len(said) == 4
    assert said[0].split()[0] in used
    assert said[0].endswith(("fit knn-thesis-plain", "fit svc-thesis-plain"))


def test_list_of_nothing(say: CliRunner) -> None:
    assert say.invoke(app, ["store", "list"]).stdout.split() == [
        "step",
        "results",
        "size",
        "last",
        "used",
    ]
    assert not store.store_root().exists()


def test_last_use_is_that_of_the_last_plan() -> None:
    run()
    long_ago = time.time() - 1e6
    for result in keeping.held():
        os.utime(store.store_root() / result.address, (long_ago, long_ago))
    for record in read_records():
        os.utime(record.file, (long_ago + 10, long_ago + 10))
    assert {round(r.used_s - long_ago) for r in keeping.held()} == {10}
    now = run()  # plans, and makes nothing
    assert all(time.time() - r.used_s < 60 for r in keeping.held() if r.address in now)


# --- gc -------------------------------------------------------------------------------------------


def test_what_a_recent_plan_wanted_is_kept() -> None:
    used = run()
    assert addresses() == used
    assert unused() == set()
    pass_days(29)
    assert unused() == set()
    pass_days(2)
    assert unused() == used
    run()  # makes nothing, and wants everything
    assert unused() == set()


def test_what_no_recent_plan_wanted_goes(say: CliRunner) -> None:
    first = run(OTHER_KNN)
    pass_days(31)
    second = run()
    old = first - second
    assert steps_of(old) == [
        "calibrate",
        "evaluate",
        "figures",
        "fit",
        "fit",
        "inner_cv",
        "overfit",
        "split_comparison",
    ]
    assert unused() == old
    assert unused(days=32) == set()

    said = say.invoke(app, ["store", "gc"])
    assert "nothing is removed without --yes" in said.stdout
    said = say.invoke(app, ["store", "gc", "--dry-run", "--yes", "--json"])
    assert {r["address"] for r in json.loads(said.stdout)["unused"]} == old
    assert addresses() == first | second
    said = say.invoke(app, ["store", "gc", "--older-than", "32", "--yes"])
    assert "every result is kept" in said.stdout
    said = say.invoke(app, ["store", "gc", "--yes"])
    assert "used in the last 30 days or are wanted by 2 plans" in said.stdout
    assert said.stdout.endswith("removed 8 results\n"), said.stdout
    assert addresses() == second
    for kind in (".specs", ".sums"):
        files = (store.store_root() / kind).glob("*/*.json")
        assert {f"{f.parent.name}/{f.stem}" for f in files} <= second
    assert list((store.store_root() / ".unfinished").iterdir()) == []
    assert len(read_records()) == 2  # features and all: the older plan is forgotten
    assert run() == second


def test_days_are_a_number_that_is_not_below_zero(say: CliRunner) -> None:
    assert say.invoke(app, ["store", "gc", "--older-than", "-1"]).exit_code == 2


def test_what_is_published_is_kept() -> None:
    first, second = run(OTHER_KNN), run()
    pass_days(31)
    (old,) = (a for a in first - second if a.startswith("evaluate/"))
    Path("results").mkdir()
    Path("results/run.json").write_text(json.dumps({"entries": {"evaluate": old}}))
    assert unused() == (first | second) - with_needs([old])


def test_what_dvc_published_is_kept() -> None:
    dvc = [sys.executable, "-m", "dvc"]
    first, second = run(OTHER_KNN), run()
    pass_days(31)
    (old,) = (a for a in first - second if a.startswith("evaluate/"))
    shutil.copytree(store.store_root() / old, Path("results/store/all") / old)
    git("init", "-b", "main")
    for command in (
        ["init", "-q"],
        ["stage", "add", "-q", "-n", "all", "-o", "results/store/all", "true"],
        ["commit", "-q", "-f", "all"],
    ):
        subprocess.run([*dvc, *command], check=True, capture_output=True)
    kept = with_needs([old])
    assert unused() == (first | second) - kept
    shutil.rmtree("results")  # dvc.lock still names it
    assert unused() == (first | second) - kept
    shutil.rmtree(".dvc/cache")
    found = garbage.find_unused(30)
    assert {r.address for r in found.results} == first | second
    assert "1 outputs of DVC are not in its cache here" in found.wanted.careful[0]


def test_another_checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path) -> None:
    """What it planned counts as long as our plans do, and longer what it published."""
    theirs_folder = tmp_path / "theirs"
    write_corpus(theirs_folder / "corpus")
    enter(theirs_folder, monkeypatch)
    theirs = run(OTHER_KNN)
    enter(checkout, monkeypatch)
    ours = run()
    assert unused() == set()
    pass_days(31)
    assert run() == ours
    assert unused() == theirs - ours
    (old,) = (a for a in theirs - ours if a.startswith("evaluate/"))
    (theirs_folder / "results").mkdir()
    (theirs_folder / "results/run.json").write_text(json.dumps({"entries": {"evaluate": old}}))
    assert unused() == theirs - ours - with_needs([old])

    shutil.rmtree(theirs_folder)
    found = garbage.find_unused(30)
    assert {r.address for r in found.results} == theirs - ours
    assert f"{theirs_folder} is not here" in found.wanted.careful[0]
    assert garbage.remove_unused(found) == len(theirs - ours)
    assert addresses() == ours
    assert garbage.find_unused(30).wanted.careful == ()  # it is forgotten


def test_a_run_at_work_elsewhere_keeps_what_it_planned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    """However long ago that was; on another machine nobody can see it, so 30 days count there."""
    theirs_folder = tmp_path / "theirs"
    write_corpus(theirs_folder / "corpus")
    enter(theirs_folder, monkeypatch)
    theirs = run(OTHER_KNN)
    enter(checkout, monkeypatch)
    ours = run()
    pass_days(2)
    assert unused(days=1) == theirs | ours
    lock = f"contextlib.nullcontext((os.chdir({str(theirs_folder)!r}), hold_directory()))"
    with another_holding(lock) as other:
        assert unused(days=1) == ours - theirs
        other.communicate("\n")
    for record in read_records():
        content = json.loads(record.file.read_text()) | {"node": "another"}
        times = record.file.stat()
        record.file.write_text(json.dumps(content))
        os.utime(record.file, (times.st_atime, times.st_mtime))
    assert unused(days=1) == set()
    pass_days(30)
    assert unused(days=1) == theirs | ours


def test_a_plan_made_meanwhile_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, checkout: Path
) -> None:
    first = run(OTHER_KNN)
    pass_days(31)
    second = run()
    found = garbage.find_unused(30)
    assert found.results
    write_corpus(tmp_path / "theirs" / "corpus")
    enter(tmp_path / "theirs", monkeypatch)
    run(OTHER_KNN)
    enter(checkout, monkeypatch)
    assert garbage.remove_unused(found) == 0
    assert addresses() == first | second


def test_a_damaged_record_is_one_sentence() -> None:
    """What it wanted is not known: nothing is removed."""
    run()
    (record, *_) = read_records()
    record.file.write_text("{")
    with pytest.raises(MicfpError, match=r"\.plans.*not a record of a plan.*remove it"):
        garbage.find_unused(30)


@contextlib.contextmanager
def another_holding(lock: str) -> Iterator["subprocess.Popen[str]"]:
    """Another process that holds a lock (the text of a context) until it reads a line."""
    code = (
        "import contextlib, os\n"
        "from micfp.engine import store\n"
        "from micfp.engine.coordinator import hold_directory\n"
        f"with {lock}:\n"
        "    print('held', flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        yield other


def test_planning_waits_until_nothing_is_removed() -> None:
    with another_holding("store.locked(store.PLANS)") as other:
        begin = time.monotonic()
        done = threading.Timer(0.5, other.communicate, ("\n",))
        done.start()
        with planning("all", {"evaluate": "evaluate/1"}):
            assert time.monotonic() - begin > 0.4
        done.join()


def test_what_is_being_made_keeps_its_inputs() -> None:
    """A job that goes on after its coordinator was killed, of parameters that changed since."""
    first = run({"segments": {"min_length_s": 0.5}})
    (dataset,) = (a for a in first if a.startswith("dataset/"))
    pass_days(31)
    second = run()
    step, _, key = dataset.partition("/")
    store.take_out(step, key)
    assert any(a.startswith("features/") for a in unused())
    with another_holding(f"store.locked('{step}-{key}')") as worker:
        assert unused() == first - second - with_needs([dataset])
        assert not store.take_out(step, key)
        worker.communicate("\n")


def test_a_run_at_work_here(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run()
    enter(checkout, monkeypatch)
    with another_holding("contextlib.nullcontext(hold_directory())") as other:
        for verb in (lambda: garbage.find_unused(30), lambda: keeping.forget(keeping.held())):
            with pytest.raises(MicfpError, match="another run is at work in this directory"):
                verb()
        other.communicate("\n")
    assert addresses()


def test_points_of_an_unfinished_bayesian_search_are_kept() -> None:
    method = {"search": {"method": "bayesian", "n_trials": 2}}
    plan_target("grid", params(method).model_dump(mode="json"))
    make("trial", "0" * 32)  # drawn, and known to the search's own database alone
    trial = "trial/" + "0" * 32
    for path in store.store_root().glob("trial/*"):
        os.utime(path, (0, 0))
    found = garbage.find_unused(30)
    assert found.results == ()
    assert "a Bayesian search is not finished: all 1 trials" in found.wanted.careful[0]

    run(method, target="grid")
    assert unused() == {trial}
    (study, *_) = store.present("study")
    trials = store.entry_path("study", study) / "trials.json"
    trials.write_text(json.dumps([{"address": trial}]))
    assert unused() == set()


# --- verify ---------------------------------------------------------------------------------------


def test_verify_finds_every_kind_of_damage(say: CliRunner) -> None:
    used = run()
    said = say.invoke(app, ["store", "verify"])
    assert (said.exit_code, said.stdout) == (0, "0 damaged results\n")

    quality, dataset, evaluate, split_comparison, _ = (
        next(store.store_root() / a for a in used if a.startswith(step))
        for step in ("quality", "dataset", "evaluate", "split_comparison", "figures")
    )
    text = (quality / "a.txt").read_text()
    (quality / "a.txt").write_text(text.replace("q", "Q", 1))  # as long as before
    size = (dataset / "a.txt").stat().st_size
    (dataset / "a.txt").write_text("short")
    (evaluate / "a.txt").unlink()
    (split_comparison / "b.txt").write_text("of somebody else")
    shutil.rmtree(store.store_root() / ".sums" / "figures")  # of an earlier version

    said = say.invoke(app, ["store", "verify", "--json"])
    assert said.exit_code == 1
    found = [json.loads(line) for line in said.stdout.splitlines()]
    rows = {row["address"].partition("/")[0]: row for row in found}
    assert {step: row["damage"] for step, row in rows.items()} == {
        "quality": ["a.txt has changed"],
        "dataset": [f"a.txt has 5 bytes instead of {size}"],
        "evaluate": ["a.txt is missing"],
        "split_comparison": ["b.txt was not written by micfp"],
        "figures": [],
    }
    # Fits, selects, overfits, calibrations, judged.
    assert rows["dataset"]["made_from_it"] == 4 + 2 + 2 + 2 + 3
    assert Path(rows["quality"]["moved_to"]).is_dir()
    assert used - addresses() == {row["address"] for row in found if row["damage"]}
    assert run() == used
    assert say.invoke(app, ["store", "verify"]).exit_code == 0
    assert addresses() == used


# --- rm -------------------------------------------------------------------------------------------


def test_rm_forgets_what_was_made_from_it_too(say: CliRunner) -> None:
    used = run()
    said = say.invoke(app, ["store", "rm", "fit"])
    assert "nothing is removed without --yes" in said.stdout
    assert addresses() == used
    said = say.invoke(app, ["store", "rm", "fit", "--yes"])
    assert said.stdout.endswith("removed 9 results\n"), said.stdout
    gone = ("fit", "calibrate", "evaluate", "split_comparison", "figures")
    assert addresses() == {a for a in used if not a.startswith(gone)}
    assert run() == used
    assert addresses() == used

    one = next(a for a in sorted(used) if a.startswith("features/"))
    keeping.forget(keeping.to_forget([one[:20]], alone=True))
    assert addresses() == used - {one}


@pytest.mark.parametrize("name", ["fits", "fit/0000", "", "..", ".specs", "fit/../dataset"])
def test_rm_of_what_is_not_there(name: str) -> None:
    run()
    with pytest.raises(
        MicfpError, match="the store has no such result; it has calibrate, check, dataset,"
    ):
        keeping.to_forget([name])


# --- a store that may only be read, and clocks ----------------------------------------------------


def without_roots_rights() -> None:
    """Root in a child process then writes only where permissions let it (CAP_DAC_OVERRIDE)."""
    if os.geteuid() == 0:
        ctypes.CDLL(None).prctl(24, 1)


def test_a_store_that_may_only_be_read() -> None:
    run()
    code = (
        "import json, sys\n"
        "from micfp.errors import MicfpError\n"
        "from micfp.studies.targets import plan_target\n"
        "try:\n"
        "    print(len(plan_target('all', json.load(sys.stdin))))\n"
        "except MicfpError as error:\n"
        "    print(error)\n"
    )

    def planned_in_a_child(values: Params) -> str:
        done = subprocess.run(
            [sys.executable, "-c", code],
            input=json.dumps(values.model_dump(mode="json")),
            capture_output=True,
            text=True,
            preexec_fn=without_roots_rights,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    while coordinator._held:
        coordinator._held.pop().close()
    folders = [store.store_root(), *(p for p in store.store_root().rglob("*") if p.is_dir())]
    before = sorted(store.store_root().rglob("*"))
    try:
        for folder in folders:
            folder.chmod(0o555)
        for file in before:
            if file.is_file():
                file.chmod(0o444)
        assert planned_in_a_child(params()).isdigit()  # nothing is missing
        said = planned_in_a_child(params(OTHER_KNN))
        assert "json: the store may not be written here; check its permissions, or set" in said
        assert len(said.splitlines()) == 1
        assert sorted(store.store_root().rglob("*")) == before
    finally:
        for folder in folders:
            folder.chmod(0o755)


def test_a_stamp_of_another_clock_does_not_count() -> None:
    """A clock was ahead when a result was made; the result is then forgotten."""
    used = run()
    (job,) = Path(".micfp/jobs/figures").glob("*.json")  # which makes the evaluation, too
    stamp = Path(".micfp/stamps/figures") / job.stem
    stamp.parent.mkdir(parents=True)
    stamp.touch()
    os.utime(stamp, (time.time() + 1e6,) * 2)
    keeping.forget(keeping.to_forget(["calibrate", "evaluate", "split_comparison", "spectrograms"]))
    assert run() == used
    assert not stamp.exists()


def test_what_is_forgotten_or_damaged_is_published_again() -> None:
    """A run looks no further than what is published."""
    run()
    (key,) = (f.stem for f in Path(".micfp/jobs/publish").iterdir() if "-" not in f.stem)
    marker = Path("results/.published") / key
    marker.parent.mkdir(parents=True)

    marker.write_text("{}")
    keeping.forget(keeping.to_forget(["check"], alone=True))
    assert marker.exists()  # nothing of it is published
    keeping.forget(keeping.to_forget(["fit"]))
    assert not marker.exists()

    run()
    marker.write_text("{}")
    (damaged,) = store.present("quality")
    (store.entry_path("quality", damaged) / "a.txt").write_text("")
    assert [found.address for found in keeping.verify()] == [f"quality/{damaged}"]
    assert not marker.exists()


# --- what is not micfp's --------------------------------------------------------------------------


def everything_in(*folders: Path) -> dict[str, str | None]:
    """What lies in folders: of a file its text, of a link where it leads."""
    found: dict[str, str | None] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_symlink():
                found[str(path)] = f"-> {os.readlink(path)}"
            else:
                found[str(path)] = None if path.is_dir() else path.read_text()
    return found


def foreign_things(elsewhere: Path) -> list[Path]:
    """Put what a person might into the store; what links lead to lies elsewhere."""
    root, key = store.store_root(), "0123456789abcdef" * 2
    for name in (f"precious/{key}", f"fit/{key}", "holiday"):
        (elsewhere / name).mkdir(parents=True)
        (elsewhere / name / "photo.txt").write_text("the only copy")
        (elsewhere / name / f"{key}.json").write_text("{}")
    things = [root / name for name in ("notes", "my corpus", f"fit/{key}", "fit/old", "empty")]
    for folder in things:
        folder.mkdir()
    for folder in things[:-1]:
        (folder / "thesis.txt").write_text("three years of work")
    (root / "notes" / key).mkdir()
    (root / "notes" / key / "thesis.txt").write_text("three years of work")
    (root / "todo.txt").write_text("buy a microphone")
    (root / "linked").symlink_to(elsewhere / "precious")
    (root / "fit" / "f0e1d2c3b4a59687f0e1d2c3b4a59687").symlink_to(elsewhere / "fit" / key)
    (root / "svc").symlink_to(elsewhere / "fit")
    (root / "broken").symlink_to(elsewhere / "gone")
    (root / ".specs" / "linked").symlink_to(elsewhere / "holiday")
    (root / ".unfinished" / "linked-to-holiday").symlink_to(elsewhere / "holiday")
    (root / ".unfinished" / "my-own-folder").mkdir()
    (root / ".unfinished" / "my-own-folder" / "thesis.txt").write_text("three years of work")
    return [*things, root / "todo.txt", root / "linked", root / "svc", root / "broken"]


@pytest.mark.parametrize("verb", [["gc", "--older-than", "0", "--yes"], ["rm", "check", "--yes"]])
def test_only_what_micfp_made_is_removed(
    verb: list[str], tmp_path: Path, say: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    used = run()
    things = foreign_things(tmp_path / "elsewhere")
    kept = [path for path in things if path.name != "empty"]
    before = everything_in(tmp_path / "elsewhere", *kept)
    pass_days(31)
    shutil.rmtree(store.store_root() / ".plans")
    said = say.invoke(app, ["store", *verb])
    assert said.exit_code == 0, said.output
    assert everything_in(tmp_path / "elsewhere", *kept) == before
    assert all(os.path.lexists(path) for path in things)
    assert (store.store_root() / ".unfinished/my-own-folder/thesis.txt").exists()
    assert len(addresses()) < len(used)
    assert {a.partition("/")[0] for a in addresses()} <= {a.partition("/")[0] for a in used}
    store.remove_unfinished()
    assert (store.store_root() / ".unfinished/my-own-folder/thesis.txt").exists()


def test_what_is_not_of_micfp_is_named(tmp_path: Path, say: CliRunner) -> None:
    run()
    foreign_things(tmp_path / "elsewhere")
    said = say.invoke(app, ["store", "gc", "--dry-run"]).stdout
    assert f"left alone, since micfp did not make it: {store.store_root() / 'broken'}, " in said
    assert said.splitlines()[-2].endswith(" and 4 more")
    said = say.invoke(app, ["store", "gc", "--dry-run", "--json"]).stdout
    assert str(store.store_root() / "my corpus") in json.loads(said)["left_alone"]
    said = say.invoke(app, ["store", "rm", "notes", "--yes"])
    assert "notes: the store has no such result; it has " in str(said.exception)
    assert "notes" not in say.invoke(app, ["store", "list"]).stdout
    assert "notes" not in say.invoke(app, ["store", "verify"]).stdout


def test_a_result_with_a_persons_file_in_it_stays(say: CliRunner) -> None:
    used = run()
    (check,) = (a for a in used if a.startswith("check/"))
    mine = store.store_root() / check / "mine.txt"
    mine.write_text("do not lose me")
    (store.store_root() / check / ".DS_Store").write_text("of a file browser")
    pass_days(31)
    shutil.rmtree(store.store_root() / ".plans")
    assert str(mine) in say.invoke(app, ["store", "gc", "--yes"]).stdout
    assert addresses() == {check}
    refused = say.invoke(app, ["store", "rm", "check", "--yes"])
    assert f"{mine}: not written by micfp; move it out of the store first" in str(refused.exception)
    mine.unlink()
    assert say.invoke(app, ["store", "rm", "check", "--yes"]).exit_code == 0
    assert addresses() == set()


@pytest.mark.parametrize("verb", [["gc", "--yes"], ["rm", "fit", "--yes"], ["list"], ["verify"]])
def test_a_folder_that_is_no_store_is_refused(
    verb: list[str], tmp_path: Path, say: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    (home / "fit" / ("ab" * 16)).mkdir(parents=True)
    (home / "fit" / ("ab" * 16) / "photo.txt").write_text("the only copy")
    before = everything_in(home)
    monkeypatch.setenv("MICFP_STORE", str(home))
    with pytest.raises(MicfpError, match="not empty and not marked as a store of micfp") as refused:
        run()
    refused_verb = say.invoke(app, ["store", *verb])
    assert isinstance(refused_verb.exception, MicfpError)
    assert everything_in(home) == before
    subprocess.run(str(refused.value).partition("run: ")[2], shell=True, check=True)
    assert run() == addresses()
    assert say.invoke(app, ["store", "gc", "--older-than", "0", "--yes"]).exit_code == 0
    assert everything_in(home).items() >= before.items()


def test_a_new_and_an_empty_store_are_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("new", "empty"):
        monkeypatch.setenv("MICFP_STORE", str(tmp_path / name))
    (tmp_path / "empty").mkdir()
    for name in ("new", "empty"):
        monkeypatch.setenv("MICFP_STORE", str(tmp_path / name))
        with store.locked("x"):
            assert (tmp_path / name / store.MARKER).is_file()


def test_a_store_behind_a_link_is_a_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "big disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "big disk")
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "link"))
    used = run()
    pass_days(31)
    shutil.rmtree(store.store_root() / ".plans")
    assert garbage.remove_unused(garbage.find_unused(30)) == len(used)
