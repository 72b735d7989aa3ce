"""The tutorials end with what they promise, followed word by word: examiner, journalist, student.

The first two on real phones of CCNU_Mobile, where they are: six with three recordings each, and
what a messenger makes of the fourth (Opus, 24 kbit/s); the third in a copy of the checkout.
"""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest
from fences import CHECKOUT, fences

from micfp.audio import read
from micfp.degrade.codec import at_rate, encoded

DATA = Path(os.environ.get("MICFP_TEST_DATA", CHECKOUT.parent / "shared" / "data"))
PHONES = DATA / "ccnu_mobile"
needs_phones = pytest.mark.skipif(not PHONES.is_dir(), reason=f"no recordings in {PHONES}")
SIX = ("Apple_air1", "IPHONE6(1)", "SAMSUNG_S8", "xiaomi8", "oppo_R9s", "huawei_p20")
STRANGERS = ("nubia_Z11", "vivo_X3F")
# Statuses of an answer: fine; something has a flag; something could not be answered.
ANSWERED = (0, 1, 3)


@dataclass(frozen=True)
class Step:
    """A fence of a tutorial, and what its commands said."""

    commands: str
    status: int
    out: str
    err: str


def follow(page: str, folder: Path, package: Path = CHECKOUT) -> list[Step]:
    """Run the fences of a tutorial that are marked as tested here, one after the other."""
    # MLflow writes into the environment where it logs: a test before may have left that there.
    kept = {k: v for k, v in os.environ.items() if not k.startswith("MLFLOW_")}
    environment = kept | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(package),
        "MLFLOW_DISABLE_TELEMETRY": "true",
    }
    environment.pop("MICFP_STORE", None)
    steps = []
    for fence in fences():
        if fence.page == f"docs/tutorials/{page}" and 'tested="' in fence.info:
            done = subprocess.run(
                ["bash", "-uo", "pipefail", "-c", fence.text],
                cwd=folder,
                env=environment,
                capture_output=True,
                text=True,
                check=False,
            )
            assert "Traceback" not in done.stderr, f"{fence.place}\n{done.stderr}"
            assert done.returncode in ANSWERED, f"{fence.place}\n{done.stdout}\n{done.stderr}"
            steps.append(Step(fence.text, done.returncode, done.stdout, done.stderr))
    assert steps
    return steps


def as_sent(source: Path, target: Path) -> None:
    """What a messenger makes of a recording: Opus, 24 kbit/s."""
    samples, rate_hz = read(source)
    target.parent.mkdir(parents=True, exist_ok=True)
    sent = at_rate(samples, rate_hz, 48_000)
    target.write_bytes(encoded(sent, 48_000, "libopus", "opus", 24_000))


def answers(said: str) -> dict[str, str]:
    """The first line of each answer of identify: file and answer."""
    found = (line.partition(": ") for line in said.splitlines() if line.startswith("questioned/"))
    return {Path(path).stem: answer for path, _, answer in found}


@needs_phones
def test_the_examiner_names_six_phones_and_no_other(tmp_path):
    for phone in SIX:
        (tmp_path / "phones" / phone).mkdir(parents=True)
        for number in (1, 2, 3):
            shutil.copy(
                PHONES / f"{phone}_{number}.wav", tmp_path / "phones" / phone / f"{number}.wav"
            )
    for phone in (*SIX, *STRANGERS):
        as_sent(PHONES / f"{phone}_4.wav", tmp_path / "questioned" / f"{phone}.opus")
    look, enrolled, asked, scanned, reported = follow("examiner.md", tmp_path)

    assert "opus" in look.out.lower()
    assert enrolled.out.count("enrolled as") == 18
    named = answers(asked.out)
    assert sum(named[phone] == phone for phone in SIX) >= 5
    for phone in STRANGERS:
        assert named[phone] == "none of the enrolled devices"
    # nobody is named wrongly
    assert all(named[p] in (p, "none of the enrolled devices") or "told" in named[p] for p in SIX)
    assert (tmp_path / "scans").is_dir()
    assert scanned.status == 0
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF")
    assert "SAMSUNG_S8" in (tmp_path / "report.html").read_text()
    assert reported.status == 0
    assert "the greatest difference is 0" in reported.out


@needs_phones
@pytest.mark.parametrize(("other", "one_device"), [("IPHONEX_1", True), ("SAMSUNG_S8_1", False)])
def test_the_journalist_reads_what_can_be_said(tmp_path, other, one_device):
    as_sent(PHONES / "IPHONEX_4.wav", tmp_path / "leak.opus")
    shutil.copy(PHONES / f"{other}.wav", tmp_path / "interview.wav")
    inspected, verified, _, compared = follow("journalist.md", tmp_path)
    assert "opus" in inspected.out.lower()
    first = verified.out.splitlines()[0]
    assert first.startswith("leak.opus, interview.wav: LR ")
    lr = float(first.split(": LR ")[1].split()[0].rstrip(","))
    assert lr >= 10 if one_device else lr < 1
    assert compared.status == 0
    assert list((tmp_path / "differences").glob("*.png"))


@pytest.mark.slow
def test_the_student_adds_a_classifier_and_searches(tmp_path):
    project = tmp_path / "micfp"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=CHECKOUT, capture_output=True, check=True
    ).stdout.split(b"\0")
    for name in (Path(os.fsdecode(name)) for name in listed if name):
        if (CHECKOUT / name).is_file():
            (project / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(CHECKOUT / name, project / name)
    steps = follow("student.md", project, project)
    assert {step.commands: step.err for step in steps if step.status} == {}
    models = pd.read_csv(project / "results/tables/models.csv").set_index("model")
    assert set(models.index) == {"svc-thesis-plain", "knn-thesis-plain", "signs-thesis-plain"}
    assert models.loc["signs-thesis-plain", "accuracy"] > 0.3  # five microphones: chance is 0.2
    assert "Is the sign enough?" in (project / "results/report.html").read_text()
    trials = pd.read_csv(project / "results/grid/trials.csv")
    assert len(trials) == 6
    assert len(pd.read_csv(project / "results/grid/choices.csv")) >= 2
    with sqlite3.connect(project / "mlflow.db") as runs:
        (experiments,) = zip(*runs.execute("select name from experiments"), strict=True)
    assert "signs" in experiments
    assert json.loads((project / "results/run.json").read_text())["params"]["classifiers"]["signs"]
