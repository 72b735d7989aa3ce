"""A worker: makes what is missing of a job, once, and keeps what it cost beside the store."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile as sf

from micfp.engine import store
from micfp.engine.digests import file_digests
from micfp.engine.packing import Job, job_file
from micfp.engine.run import make, read_cost, run_job
from micfp.engine.task import Recording, Task, read_spec, spec_path
from micfp.errors import MicfpError
from micfp.plan.experiment import write_jobs
from micfp.plan.stages import STAGES
from micfp.stages import check

SETTINGS = {"channel": "mean", "synchrony_minutes": 1.0}


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    """The check of one second of noise, planned."""
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "store"))
    monkeypatch.chdir(tmp_path)
    samples = 0.1 * np.random.default_rng(1).standard_normal(8_000)
    sf.write(tmp_path / "a.wav", samples, 8_000)
    made = Task(STAGES["check"], SETTINGS, audio=(Recording("r1", str(tmp_path / "a.wav"), {}, 0),))
    write_jobs([made])
    return made


def tree(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_job_is_made_once(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    (job,) = job_file("check", "*").parent.glob("*.json")
    run_job("check", job.stem)
    assert store.present("check") == {task.key}
    assert re.fullmatch(rf"check 1 recordings: \d+\.\d s \({task.key}\)\n", capsys.readouterr().out)
    cost = read_cost("check", task.key)
    assert {"wall_s", "cpu_s", "peak_memory_mb", "node"} <= cost.keys()

    before = tree(task.path)
    assert "measured.parquet" in before
    run_job("check", job.stem)
    assert capsys.readouterr().out == f"check 1 recordings: in the store ({task.key})\n"
    assert tree(task.path) == before
    assert write_jobs([task]) == []


def test_a_specification_names_a_module_of_this_package_or_nothing_runs(task: Task) -> None:
    path = spec_path("check", task.key)
    path.write_text(path.read_text().replace("micfp.stages.check", "antigravity"))
    with pytest.raises(MicfpError, match="names 'antigravity', no module of micfp"):
        make(read_spec("check", task.key))
    assert "antigravity" not in sys.modules
    assert not store.present("check")


def test_what_fails_keeps_back_only_what_needs_it(
    task: Task, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a chain of two checks, and a table of one of them, that one cannot be made."""
    wrong = Task(STAGES["check"], {"channel": "mean"}, audio=task.audio)  # no synchrony_minutes
    after = Task(STAGES["quality"], {}, {"check": (wrong,)})
    for one in (wrong, after):
        one.write_spec()
    job = Job((wrong, after, task))
    results = [one.address for one in job.tasks]
    store.write_whole(job_file("check", job.name), json.dumps({"results": results}))
    with pytest.raises(MicfpError, match="synchrony_minutes"):
        run_job("check", job.name)
    said = capsys.readouterr().out
    assert f"quality: left out, for want of {wrong.address}\n" in said
    assert said.endswith("2 of 3 results of this job could not be made\n")
    assert store.present("check") == {task.key}
    assert store.present("quality") == set()


def test_what_is_made_is_said_before_the_worker_is_killed(task: Task) -> None:
    """Its output goes into a file, as on the nodes of a cluster."""
    code = f"""
import os, signal
from micfp.engine.run import make
from micfp.engine.task import read_spec
from micfp.plan.tables import CHECK
make(read_spec("check", "{task.key}"))
os.kill(os.getpid(), signal.SIGKILL)
"""
    buffering = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with open("said.txt", "wb") as said:
        subprocess.run([sys.executable, "-c", code], env=buffering, stdout=said, check=False)
    assert f" s ({task.key})\n" in Path("said.txt").read_text()


def test_a_worker_adds_up_in_one_order_whatever_the_processor_offers() -> None:
    """In a process of its own, told to use eight threads and the sums of AVX-512."""
    if " avx2 " not in Path("/proc/cpuinfo").read_text():
        pytest.skip("this processor has no AVX2")
    code = """
import json, sys
import micfp.cli
from micfp.engine import run
early = "numpy" in sys.modules
run.run_job = lambda *_: None
micfp.cli.step("check", "0")
assert "micfp.plan.params" not in sys.modules, "a worker imports what it does not need"
import numpy, scipy.linalg, threadpoolctl
blas = [[one["architecture"], one["num_threads"]] for one in threadpoolctl.threadpool_info()]
used = numpy._core._multiarray_umath.__cpu_features__
print(json.dumps([early, blas, [used[name] for name in ("X86_V3", "X86_V4", "AVX512_ICL")]]))
"""
    greedy = {"OPENBLAS_CORETYPE": "SkylakeX", "OPENBLAS_NUM_THREADS": "8"}
    said = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | greedy, capture_output=True, check=True
    ).stdout
    assert json.loads(said) == [False, [["Haswell", 1]] * 2, [True, False, False]]


def test_the_same_parameters_give_the_same_bytes(
    task: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(read_spec("check", task.key))
    first = tree(task.path)
    monkeypatch.setenv("MICFP_STORE", str(tmp_path / "other"))
    task.write_spec()
    make(read_spec("check", task.key))
    assert tree(task.path) == first


def test_a_step_that_fails_leaves_nothing(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: Any, out: Path) -> None:
        (out / "half").write_text("1")
        raise MicfpError("a.wav: no")

    monkeypatch.setattr(check, "run", fail)
    with pytest.raises(MicfpError, match=r"a\.wav: no"):
        make(read_spec("check", task.key))
    assert store.present("check") == set()
    assert read_cost("check", task.key) == {}


def test_a_step_may_say_what_it_cost(task: Task, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check, "run", lambda _, out: {"fit_s": 1.5})
    make(read_spec("check", task.key))
    assert read_cost("check", task.key)["fit_s"] == 1.5
    cost = store.store_root() / ".costs" / "check" / f"{task.key}.json"
    assert json.loads(cost.read_text())["fit_s"] == 1.5
    cost.write_text("{")  # lost costs are no reason to stop
    assert read_cost("check", task.key) == {}


def test_a_job_that_nobody_planned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(MicfpError, match=r"check/nothing\.json: no such job; plan it"):
        run_job("check", "nothing")


# --- what goes in ---------------------------------------------------------------------------------


@pytest.fixture
def planned(task: Task, tmp_path: Path) -> Task:
    """The check of a recording as planning knows it."""
    path = tmp_path / "a.wav"
    stat = path.stat()
    (digest,) = file_digests([path]).values()
    recording = Recording(digest, str(path), {}, stat.st_size, mtime_ns=stat.st_mtime_ns)
    made = Task(STAGES["check"], SETTINGS, audio=(recording,))
    write_jobs([made])
    return made


def test_audio_that_was_only_touched(planned: Task, tmp_path: Path) -> None:
    os.utime(tmp_path / "a.wav", ns=(1, 1))
    make(read_spec("check", planned.key))
    assert store.present("check") == {planned.key}


def test_audio_that_is_gone_or_another(planned: Task, tmp_path: Path) -> None:
    sf.write(tmp_path / "a.wav", np.zeros(8_000), 8_000)  # as large as before
    with pytest.raises(MicfpError, match=r"a\.wav: changed since the run was planned; run again"):
        make(read_spec("check", planned.key))
    (tmp_path / "a.wav").unlink()
    with pytest.raises(MicfpError, match=r"a\.wav: gone since the run was planned; put it back"):
        make(read_spec("check", planned.key))
    assert store.present("check") == set()


def test_audio_that_vanishes_while_it_is_read(
    planned: Task, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = check.run

    def vanish(spec: Any, out: Path) -> None:
        (tmp_path / "a.wav").unlink()
        own(spec, out)  # the check takes it for one that cannot be read

    monkeypatch.setattr(check, "run", vanish)
    with pytest.raises(MicfpError, match=r"a\.wav: gone since"):
        make(read_spec("check", planned.key))
    assert store.present("check") == set()


def test_a_damaged_result_goes_into_nothing(planned: Task) -> None:
    quality = Task(STAGES["quality"], {}, {"check": (planned,)})
    quality.write_spec()
    with pytest.raises(MicfpError, match=rf"check/{planned.key}: no longer in the store"):
        make(read_spec("quality", quality.key))
    make(read_spec("check", planned.key))
    table = planned.path / "measured.parquet"
    content = bytearray(table.read_bytes())
    content[len(content) // 2] ^= 1
    table.write_bytes(content)
    with pytest.raises(
        MicfpError, match=rf"{planned.key}: damaged \(measured\.parquet has changed"
    ):
        make(read_spec("quality", quality.key))
    with pytest.raises(MicfpError, match="damaged"):
        run_job("quality", write_jobs([quality])[0].rpartition("/")[2])
    assert store.present("quality") == set()
