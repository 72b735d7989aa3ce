"""Planning: which results there are, which of them a change touches, and how they become jobs.

The recordings are files of a few bytes that are no audio: planning opens none.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from default_costs import cost_s

from micfp.engine import stage, store
from micfp.engine.graph import missing
from micfp.engine.packing import (
    CLUSTER_JOB_S,
    LOCAL_JOB_S,
    job_asks,
    job_file,
    job_needs,
    pack,
)
from micfp.engine.task import Recording, Task, read_spec, spec_path
from micfp.errors import MicfpError
from micfp.plan import fits
from micfp.plan.experiment import plan_experiment, write_jobs
from micfp.plan.params import Params, merge, parse_params
from micfp.plan.recordings import plan_recordings, shards
from micfp.plan.stages import STAGES
from micfp.studies.search.trials import Space, plan_trials

DEVICES, DAYS, CONTENTS = ("Shure", "Neumann", "Rode"), ("day-1", "day-2"), ("a", "b")
BASE: dict[str, Any] = {
    "corpus": {"reader": "manifest", "root": "corpus"},
    "trim": {"train": None, "test": None},
    "features": {
        "thesis": {},
        "ltas": {"families": ["ltas"], "rate_hz": "native"},
    },
    "split_comparison": {"by_content": {"kind": "by_content", "folds": 2}},
    "selection": {"folds": 2},
    "models": [
        {"features": "thesis", "preparation": "plain", "classifiers": ["svc", "knn"]},
        {"features": "ltas", "preparation": "plain", "classifiers": ["lda"]},
    ],
    "feature_study": {"models": [{"features": "ltas", "preparation": "plain", "classifiers": []}]},
}
FITS = {"fit", "inner_cv", "overfit"}
of_now = stage.version_of
JUDGED = {"evaluate", "split_comparison", "figures"}


@pytest.fixture(autouse=True)
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Twelve recordings below the working directory, and a manifest of them."""
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    return write_corpus(tmp_path / "corpus")


def write_corpus(root: Path, devices: tuple[str, ...] = DEVICES) -> Path:
    lines = ["path,device,session,content"]
    for device in devices:
        for day in DAYS:
            for content in CONTENTS:
                path = root / device / day / f"{content}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(f"{device} {day} {content}".encode().ljust(1000, b"."))
                lines.append(f"{path.relative_to(root)},{device},{day},{content}")
    (root / "recordings.csv").write_text("\n".join(lines) + "\n")
    return root


def params(**difference: Any) -> Params:
    return parse_params(merge(BASE, difference))


def keys(values: Params) -> dict[str, str]:
    """The key of every result of `all` by its role, e.g. `fit svc-thesis-plain`."""
    made = plan_experiment(values)
    found = {role: getattr(made, role) for role in ("evaluate", "split_comparison", "figures")}
    found["quality"] = made.corpus.quality
    for role, tasks in (("fit", made.fits), ("inner_cv", made.selects), ("overfit", made.overfits)):
        found |= {f"{role} {name}": task for name, task in tasks.items()}
    for name, task in made.datasets.items():
        found[f"dataset {name}"] = task
        found |= {f"features {name} {i}": t for i, t in enumerate(task.inputs["features"])}
    found |= {f"check {i}": t for i, t in enumerate(made.corpus.quality.inputs["check"])}
    found |= {f"segments {i}": t for i, t in enumerate(made.corpus.segments)}
    return {role: task.address for role, task in found.items()}


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """Roles whose results are others; all shards of a step count as one."""
    assert before.keys() == after.keys()
    return {role.rstrip("0123456789 ") for role in before if before[role] != after[role]}


SVC, KNN, LDA = (
    {f"{step} {name}" for step in ("fit", "inner_cv", "overfit")}
    for name in ("svc-thesis-plain", "knn-thesis-plain", "lda-ltas-plain")
)
THESIS = {"features thesis", "dataset thesis"} | SVC | KNN
LTAS = {"features ltas", "dataset ltas"} | LDA
AFTER_QUALITY = {"quality"} | THESIS | LTAS | JUDGED - {"features thesis", "features ltas"}


@pytest.mark.parametrize(
    ("difference", "touched"),
    [
        ({"segments": {"silence": {"min_silence_s": 1.0}}}, {"segments"} | THESIS | LTAS | JUDGED),
        ({"segments": {"silence": {"engine": "pydub"}}}, {"segments"} | THESIS | LTAS | JUDGED),
        ({"features": {"thesis": {"engine": "librosa"}}}, THESIS | JUDGED),
        ({"engines": {"features": "thesis"}}, set()),
        ({"segments": {"windows": {"hop_s": 0.5}}}, set()),  # the method is silence
        ({"features": {"ltas": {"bands": {"n_bands": 64}}}}, LTAS | JUDGED),
        ({"features": {"thesis": {"bands": {"n_bands": 64}}}}, set()),  # no family reads them
        ({"features": {"thesis": {"n_mfcc": 13}}}, THESIS | JUDGED),
        (
            {"check": {"min_snr_db": 20.0}},
            AFTER_QUALITY - {"features thesis", "features ltas"},
        ),
        (
            {"check": {"policy": {"quiet": "drop"}}},
            AFTER_QUALITY - {"features thesis", "features ltas"},
        ),
        (
            {"check": {"synchrony_minutes": 5.0}},
            {"check"} | AFTER_QUALITY - {"features thesis", "features ltas"},
        ),
        ({"classifiers": {"knn": {"n_neighbors": 3}}}, KNN | JUDGED),
        ({"classifiers": {"rf": {"n_estimators": 3}}}, set()),  # not among the models
        ({"preparations": {"plain": {"scaling": "minmax"}}}, SVC | KNN | LDA | JUDGED),
        ({"evaluation": {"top_k": 2}}, {"evaluate", "split_comparison", "figures"}),
        ({"split_comparison": {"by_content": {"folds": 3}}}, {"split_comparison", "figures"}),
        ({"selection": {"metric": "accuracy"}}, {"evaluate", "figures"}),
        ({"seed": 1}, SVC | KNN | LDA | JUDGED),
        ({"corpus": {"channel": 0}}, {"check", "quality", "segments"} | THESIS | LTAS | JUDGED),
        ({"tracking": {"experiment": "other"}, "report": {"title": "other"}}, set()),
        ({"corpus": {"name": "other"}}, set()),
        ({"bench": {"unit_deviation_db": 1.0}, "confounds": {"duration_scale": 1.0}}, set()),
    ],
    ids=lambda value: json.dumps(value) if isinstance(value, dict) else "",
)
def test_a_change_touches_what_depends_on_it(difference: dict[str, Any], touched: set[str]) -> None:
    before = keys(params())
    assert changed(before, keys(params(**difference))) == touched
    assert keys(params()) == before  # and back


def test_another_version_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    before = keys(params())
    monkeypatch.setattr(fits, "INNER_CV", replace(fits.INNER_CV, version=fits.INNER_CV.version + 1))
    selects = {role for role in SVC | KNN | LDA if role.startswith("inner_cv")}
    assert changed(before, keys(params())) == selects | {"evaluate", "figures"}


def test_another_version_of_a_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of scikit-learn it makes the fits anew, and what is made of them, but no feature table."""
    before = keys(params())
    monkeypatch.setattr(
        stage, "version_of", lambda library: "99" if library == "scikit-learn" else of_now(library)
    )
    after = changed(before, keys(params()))
    assert {role.partition(" ")[0] for role in after}.isdisjoint({"dataset", "quality"})
    assert after >= SVC | KNN | LDA | JUDGED


def test_labels_change_what_reads_them(corpus: Path) -> None:
    before = keys(params())
    manifest = corpus / "recordings.csv"
    manifest.write_text(manifest.read_text().replace("Rode,day-1", "RODE,day-1"))
    manifest.write_text(manifest.read_text().replace("Rode,day-2", "RODE,day-2"))
    manifest.write_text(manifest.read_text().replace("RODE/", "Rode/"))
    after = changed(before, keys(params()))
    assert after == AFTER_QUALITY - {"features thesis", "features ltas"}


def test_content_changes_its_shard_only(corpus: Path) -> None:
    small = params(shard_mb=0.003)  # 12 kB in 4 shards, of which one happens to be empty
    before = keys(small)
    shards_there = sum(role.startswith("segments") for role in before)
    assert shards_there == 3
    (corpus / "Rode" / "day-1" / "a.wav").write_bytes(b"another take".ljust(1000, b"."))
    after = keys(small)
    for step in ("check", "segments", "features thesis"):
        others = [before[f"{step} {i}"] != after[f"{step} {i}"] for i in range(shards_there)]
        assert sum(others) == 1
    assert before["evaluate"] != after["evaluate"]


def test_a_corpus_may_move(corpus: Path) -> None:
    small = params(shard_mb=0.003)
    before = keys(small)
    corpus.rename("elsewhere")
    assert keys(params(shard_mb=0.003, corpus={"root": "elsewhere"})) == before
    Path("link").symlink_to("elsewhere")
    assert keys(params(shard_mb=0.003, corpus={"root": "link"})) == before


def test_planning_leaves_nothing_but_its_cache(tmp_path: Path) -> None:
    for path in (tmp_path / "corpus").rglob("*.wav"):
        os.utime(path, (1, 1))  # what has changed just now is not remembered
    plan_experiment(params())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["corpus", "store"]
    assert sorted(p.name for p in (tmp_path / "store").iterdir()) == [
        ".digests.json",
        ".micfp-store",
    ]


# --- shards ---------------------------------------------------------------------------------------


def recording(name: str, size_bytes: int = 1_000_000) -> Recording:
    return Recording(store.digest(name), f"/corpus/{name}", {}, size_bytes)


def shard_of(dealt: list[tuple[Recording, ...]]) -> dict[str, int]:
    return {r.path: number for number, shard in enumerate(dealt) for r in shard}


def test_shards_hold_everything_once_and_are_about_equal() -> None:
    # Devices that each have the same file names, as the bench's and one's own recordings do.
    recordings = [recording(f"phone {d}/day-1/{c}.wav") for d in range(40) for c in "ab"]
    dealt = shards([*recordings, recordings[0]], 5.0)  # 80 MB in shards of 5 MB
    assert len(dealt) == 16
    assert sorted(r.path for shard in dealt for r in shard) == sorted(r.path for r in recordings)
    assert max(len(shard) for shard in dealt) <= 15  # 5 on average


def test_a_new_recording_moves_no_other() -> None:
    recordings = [recording(f"{d}/{c}.wav") for d in range(30) for c in "ab"]  # 60 MB: 8 shards
    dealt = shards(recordings, 8.0)
    assert len(dealt) == 8
    more = shards([recording("30/a.wav"), *recordings], 8.0)
    assert shard_of(dealt).items() <= shard_of(more).items()
    fewer = shards(recordings[1:], 8.0)
    assert shard_of(fewer).items() <= shard_of(dealt).items()


def test_copies_are_dealt_once() -> None:
    twin = Recording(recording("a.wav").recording, "/corpus/copy.wav", {}, 1_000_000)
    assert [len(shard) for shard in shards([recording("a.wav"), twin], 64.0)] == [1]
    assert shards([], 64.0) == []


def test_the_bench_is_dealt_by_the_job_that_makes_it() -> None:
    recordings = plan_recordings(Params())
    dealt = shards(recordings, Params().shard_mb)
    assert len(dealt) == len(Params().bench.sessions)
    for shard in dealt:
        assert len({r.made_by.key for r in shard if r.made_by is not None}) == 1
    check = plan_experiment(Params()).corpus.quality.inputs["check"][0]
    assert [task.step for task in check.needs()] == ["bench"]
    assert not store.store_root().exists()  # nothing of it is there yet


# --- what is missing, and jobs --------------------------------------------------------------------


def put_in_store(task: Task) -> None:
    task.path.mkdir(parents=True)


def wanted(values: Params) -> list[Task]:
    made = plan_experiment(values)
    return [made.figures, made.evaluate, made.split_comparison]


def test_missing_results_come_after_what_they_need() -> None:
    tasks = missing(wanted(params()))
    assert len({task.address for task in tasks}) == len(tasks)
    place = {task.address: number for number, task in enumerate(tasks)}
    for task in tasks:
        assert all(place[needed.address] < place[task.address] for needed in task.needs())
    steps = {task.step for task in tasks}
    assert steps == {
        *("check", "quality", "segments", "features", "dataset"),
        *("fit", "inner_cv", "overfit", "calibrate", "evaluate", "split_comparison"),
        *("spectrograms", "figures"),
    }


def test_what_is_in_the_store_is_not_made_again() -> None:
    tasks = missing(wanted(params()))
    for task in tasks:
        if task.step in ("dataset", "quality", "spectrograms", "fit"):  # not what they came from
            put_in_store(task)
    assert {t.step for t in missing(wanted(params()))} == {
        *("inner_cv", "overfit", "calibrate", "evaluate", "split_comparison", "figures"),
    }
    for task in missing(wanted(params())):
        put_in_store(task)
    assert missing(wanted(params())) == []
    assert write_jobs(wanted(params())) == []

    knn = missing(wanted(params(classifiers={"knn": {"n_neighbors": 3}})))
    assert {t.params.get("classifier", "knn") for t in knn} == {"knn"}
    assert {t.step for t in knn} == {
        "fit",
        "inner_cv",
        "overfit",
        "calibrate",
        "evaluate",
        "split_comparison",
        "figures",
    }


@pytest.mark.parametrize("least_job_s", [LOCAL_JOB_S, CLUSTER_JOB_S, 1.0, 0.05])
def test_small_fits_share_a_job(least_job_s: float) -> None:
    many = params(
        models=[
            {"features": "thesis", "preparation": name, "classifiers": list(SMALL_AND_LARGE)}
            for name in ("plain", "pca8")
        ]
    )
    tasks = missing(wanted(many))
    jobs = pack(tasks, cost_s, least_job_s)
    assert sorted(t.address for job in jobs for t in job.tasks) == sorted(t.address for t in tasks)
    fits = [job for job in jobs if job.step in FITS]
    assert all(task.step in FITS for job in fits for task in job.tasks)
    assert sum(task.step in FITS for task in tasks) == sum(len(job.tasks) for job in fits)
    # preparations, classifiers, splits
    assert sum(task.step == "fit" for job in fits for task in job.tasks) == 2 * 8 * 2
    # A sixteenth of all the work a job, or what starting one is little beside.
    total_s = sum(cost_s(task) for job in fits for task in job.tasks)
    job_s = max(min(total_s / 16, 120), least_job_s)
    dear = {task.address for job in fits for task in job.tasks if cost_s(task) >= job_s}
    small = [job for job in fits if job.tasks[0].address not in dear]
    assert {job.tasks[0].address for job in fits if len(job.tasks) == 1} >= dear
    work_s = [sum(map(cost_s, job.tasks)) for job in small]
    assert len(small) <= 1 or sum(work_s) / len(small) >= job_s
    assert len(small) <= 1 or min(work_s) >= job_s / 2
    # the fullest has at most a task more than the emptiest, which has at most the average
    assert max(work_s, default=0) < 2.5 * job_s
    # one more job for each thing that they wait for would have made them too small
    awaited = {tuple(n.address for n in job.tasks[0].needs()) for job in small}
    assert not small or sum(work_s) < 1.001 * job_s * (len(small) + len(awaited))
    assert len({job.name for job in jobs}) == len(jobs)


def trials(**difference: Any) -> list[Task]:
    """Missing trials of a search over ten widths of the MFCC and three classifiers."""
    axes = {
        "model.classifier": ["knn", "nb", "svc"],
        "features.thesis.n_mfcc": list(range(8, 18)),
    }
    space = Space(params(search={"axes": [axes]} | difference))
    return missing(plan_trials(space, space.assignments(np.random.default_rng(0))))


def test_points_of_data_sets_with_little_work_share_jobs() -> None:
    tasks = trials()
    many, few = (  # 0.3 s a data set
        [job for job in pack(tasks, lambda task: 0.1, least_job_s) if job.step == "trial"]
        for least_job_s in (0.25, 1.0)
    )
    assert [len(job.tasks) for job in many] == [3] * 10
    assert all(len({t.inputs["dataset"][0].key for t in job.tasks}) == 1 for job in many)
    assert [len(job.tasks) for job in few] == [10] * 3


HALF_SECONDS = {
    "segments.method": ["windows"],
    "segments.windows": [{"length_s": 0.5, "hop_s": 0.5}],
}
SMALL_AND_LARGE = ("svc", "knn", "mlp", "rf", "gb", "nb", "lr", "dt")


def test_jobs_wait_for_the_jobs_that_make_what_they_read() -> None:
    stamps = write_jobs(wanted(params()))
    tasks = {task.address: task for task in missing(wanted(params()))}
    jobs = pack(list(tasks.values()), cost_s)
    made_by = {task.address: job.stamp for job in jobs for task in job.tasks}
    assert stamps == sorted({made_by[task.address] for task in wanted(params())})
    for job in jobs:
        content = json.loads(job_file(job.step, job.name).read_text())
        assert content["results"] == [task.address for task in job.tasks]
        memory_mb = max(task.stage.mem_mb for task in job.tasks)
        assert job_asks(job.step, job.name, "mem_mb") == memory_mb
        needed = {made_by[n.address] for task in job.tasks for n in task.needs()}
        assert job_needs(job.step, job.name) == sorted(needed - {job.stamp})
        for task in job.tasks:
            assert read_spec(task.step, task.key).params == json.loads(json.dumps(task.params))

    # With the data sets there, a fit waits for nothing, and its old stamp does not count.
    (fit,) = (job for job in jobs if any(task.step == "fit" for task in job.tasks))
    Path(fit.stamp).parent.mkdir(parents=True)
    Path(fit.stamp).touch()
    for task in tasks.values():
        if task.step == "dataset":
            put_in_store(task)
    write_jobs(wanted(params()))
    assert job_needs(fit.step, fit.name) == []
    assert not Path(fit.stamp).exists()


def test_small_trainings_share_a_job_and_large_ones_are_alone() -> None:
    def training(seed: int, mb: float) -> Task:
        audio = (Recording(f"r{mb}", "r.wav", {}, round(mb * 1e6)),)
        matrix = Task(STAGES["matrix"], {"seed": seed}, audio=audio)
        return Task(STAGES["train"], {"seed": seed}, {"matrix": (matrix,)})

    # by default 0.3 s per MB and 2 MB more: 3 s and 30 s; 20 s are a job
    small = [training(seed, 8) for seed in range(4)]
    large = [training(seed, 98) for seed in range(4, 6)]
    assert [cost_s(task) for task in (small[0], large[0])] == pytest.approx([3, 30])
    jobs = pack([task for one in (*small, *large) for task in (*one.needs(), one)], cost_s)
    sizes = sorted(len(job.tasks) for job in jobs if job.step == "train")
    assert sizes == [1, 1, 4]


def test_short_fits_on_several_data_sets_share_a_job() -> None:
    models = [
        {"features": name, "preparation": "plain", "classifiers": ["lda"]}
        for name in ("thesis", "ltas")
    ]
    tasks = missing(plan_experiment(params(models=models, split_comparison={})).fits.values())
    jobs = pack(tasks, cost_s)
    (fits,) = [job for job in jobs if job.step == "fit"]
    assert len(fits.tasks) == 2
    assert len({task.needs()[0].address for task in fits.tasks}) == 2


def test_a_feature_set_that_is_not_there() -> None:
    with pytest.raises(MicfpError, match="'study'"):
        params(models=[{"features": "study", "preparation": "plain", "classifiers": ["lr"]}])


# --- tasks ----------------------------------------------------------------------------------------


def test_a_specification_holds_all_that_a_worker_reads() -> None:
    made = plan_experiment(params())
    task = made.datasets["thesis"]
    task.write_spec()
    spec = read_spec("dataset", task.key)
    assert (spec.step, spec.key) == ("dataset", task.key)
    assert spec.entry("quality") == made.corpus.quality.path
    assert spec.inputs["features"] == tuple(t.path for t in task.inputs["features"])
    assert [r.recording for r in spec.audio] == [r.recording for r in made.corpus.recordings]
    assert spec.audio[0].labels == {
        **{"make": "", "model": "", "unit": ""},
        **{"device": "Neumann", "session": "day-1", "content": "a"},
    }
    assert Path(spec.audio[0].path).is_absolute()


def test_a_task_that_was_not_planned() -> None:
    with pytest.raises(MicfpError, match="no such specification; plan the run with snakemake"):
        read_spec("fit", "0" * 32)
    assert not spec_path("fit", "0" * 32).exists()


def test_the_key_is_of_labels_only_where_a_step_reads_them() -> None:
    one, other = (
        Recording("digest", f"/{name}/a.wav", {"device": name, "session": ""}, 0)
        for name in ("Shure", "Rode")
    )
    assert (
        Task(STAGES["check"], {}, audio=(one,)).key == Task(STAGES["check"], {}, audio=(other,)).key
    )
    with_labels = [Task(STAGES["quality"], {}, audio=(r,), labels=True).key for r in (one, other)]
    assert with_labels[0] != with_labels[1]
    # Other names of inputs, and another order, are other results.
    a, b = Task(STAGES["check"], {"n": 1}), Task(STAGES["check"], {"n": 2})
    orders = [{"x": (a, b)}, {"x": (b, a)}, {"x": (a,), "y": (b,)}]
    assert len({Task(STAGES["quality"], {}, inputs).key for inputs in orders}) == 3
