"""The tiny pipeline: a corpus of coloured noise, a folder to run it in, and the commands."""

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import yaml

from micfp.plan.params import merge

CHECKOUT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.yaml")
BIN = Path(sys.executable).parent
OTHER_NEIGHBOURS = {"classifiers": {"knn": {"n_neighbors": 12}}}

RATE_HZ = 16000
SECONDS = 2.0
SESSIONS = ("morning", "evening")
CONTENTS = ("a", "b", "c", "d")
# Two units of one model, alike but for a slight tilt, and one of another.
DEVICES = {
    "pencil-1": ("Acme", "Acme Pencil", "1", (1.0, 0.9)),
    "pencil-2": ("Acme", "Acme Pencil", "2", (1.0, 0.85)),
    "disc-1": ("Other", "Other Disc", "1", (1.0, -0.8)),
}


def write_corpus(root: Path, sessions: tuple[str, ...] = SESSIONS) -> Path:
    """Write recordings of coloured noise and their recordings.csv; the same bytes each time."""
    root.mkdir(parents=True)
    lines = ["path,device,make,model,unit,session,content"]
    for s, session in enumerate(sessions):
        for c, content in enumerate(CONTENTS):
            rng = np.random.default_rng([s, c])
            played = rng.standard_normal(int(SECONDS * RATE_HZ)) * 0.05
            for d, (device, (make, model, unit, taps)) in enumerate(DEVICES.items()):
                heard = np.convolve(played, taps, mode="same")
                own = np.random.default_rng([s, c, d]).standard_normal(len(heard)) * 0.001
                path = root / device / session / f"{content}.wav"
                path.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(path, (heard + own).astype(np.float32), RATE_HZ)
                name = path.relative_to(root)
                lines.append(f"{name},{device},{make},{model},{unit},{session},{content}")
    (root / "recordings.csv").write_text("\n".join(lines) + "\n")
    return root


@dataclass(frozen=True)
class Done:
    """What a command said, and its status."""

    status: int
    said: str


@dataclass(frozen=True)
class Place:
    """A folder that the workflow runs in."""

    folder: Path
    env: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of its commands: no store or tracking server of the person's own."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("MICFP_", "MLFLOW_"))}
        own = {
            "PATH": f"{BIN}{os.pathsep}{kept['PATH']}",
            "MLFLOW_DISABLE_TELEMETRY": "true",
            "DVC_NO_ANALYTICS": "true",
            "OMP_NUM_THREADS": "1",
        }
        return kept | own | dict(self.env)

    @property
    def store(self) -> Path:
        """Its store of results."""
        return Path(self.environment.get("MICFP_STORE", self.folder / "work"))

    def run(self, *command: str, timeout_s: float = 900) -> Done:
        """Run a command to its end."""
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=timeout_s,
        )
        return Done(done.returncode, done.stdout)

    @contextmanager
    def started(self, *command: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a command; kill it and all its children at the end of the block."""
        with subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                os.killpg(process.pid, signal.SIGKILL)

    def snakemake(self, *arguments: str, timeout_s: float = 900) -> Done:
        """Run Snakemake on two cores."""
        return self.run("snakemake", "-j2", *arguments, timeout_s=timeout_s)

    def make(self, *arguments: str) -> str:
        """Run Snakemake, which must end well; return what it said."""
        done = self.snakemake(*arguments)
        assert done.status == 0, done.said
        assert "Traceback" not in done.said, done.said
        return done.said

    def planned_results(self, *arguments: str) -> dict[str, set[str]]:
        """Keys by step of the results that a dry run's jobs would make, however they share them."""
        jobs = self.folder / ".micfp" / "jobs"
        shutil.rmtree(jobs, ignore_errors=True)
        self.snakemake("-n", *arguments)
        found: dict[str, set[str]] = {}
        for file in jobs.rglob("*.json"):
            for address in json.loads(file.read_text()).get("results", ()):
                step, _, key = address.partition("/")
                found.setdefault(step, set()).add(key)
        return found

    def edit(self, differences: Mapping[str, Any]) -> None:
        """Change params.yaml."""
        path = self.folder / "params.yaml"
        content = merge(yaml.safe_load(path.read_text()), differences)
        path.write_text(yaml.safe_dump(content, sort_keys=False))

    def entries(self) -> dict[str, set[str]]:
        """Keys in the store by step."""
        return {
            step.name: {entry.name for entry in step.iterdir()}
            for step in sorted(self.store.iterdir())
            if not step.name.startswith(".")
        }


@dataclass(frozen=True)
class Changed:
    """A folder in which parameters were changed, and the store before and after."""

    place: Place
    before: Mapping[str, set[str]]
    after: Mapping[str, set[str]]


def place(folder: Path, corpus: Path, checkout: Path = CHECKOUT, **env: str) -> Place:
    """A fresh folder to run the tiny pipeline on a corpus."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("Snakefile", "workflow", "profiles"):
        (folder / name).symlink_to(checkout / name)
    shutil.copy(checkout / "params.yaml", folder / "params.yaml")
    fresh = Place(folder, env)
    fresh.edit(yaml.safe_load(TINY.read_text()))
    fresh.edit({"corpus": {"root": str(corpus)}})
    return fresh


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


def new_entries(before: Mapping[str, set[str]], after: Mapping[str, set[str]]) -> dict[str, int]:
    """How many results each step has that it had not."""
    counts = {step: len(keys - before.get(step, set())) for step, keys in after.items()}
    return {step: count for step, count in counts.items() if count}


def digests(folder: Path, *leave_out: str) -> dict[str, str]:
    """Digest of every file below a folder, without hidden folders.

    leave_out: names of files, wherever they lie, or of one by its place.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in name.parts)
        if path.is_file() and not hidden and {str(name), name.name}.isdisjoint(leave_out):
            found[str(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def planned_jobs(said: str) -> dict[str, int]:
    """How many jobs of each rule Snakemake's plan has, without targets."""
    counts = {}
    for line in said.partition("Job stats:")[2].splitlines()[3:]:
        name, _, count = line.partition(" ")
        if name == "total":
            break
        counts[name] = int(count)
    for target in (
        "all",
        "features",
        "grid",
        "feature-study",
        "confounds",
        "robustness",
        "attack",
        "duration",
        "engines",
    ):
        counts.pop(target, None)
    return counts


def made(said: str) -> list[str]:
    """Keys of the results that workers say they made."""
    return re.findall(r"[0-9] s \(([0-9a-f]{32})\)$", said, re.MULTILINE)
