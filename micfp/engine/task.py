"""A task is one result to be made: step, parameters, inputs; its key follows from them.

Planning builds tasks and never opens audio. What a worker needs is written as one immutable
specification per task, which is all that the worker reads: an edited params.yaml cannot change a
job in flight.
"""

import functools
import json
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from micfp.engine import store
from micfp.engine.stage import Stage
from micfp.engine.watch import Watch, unwatched
from micfp.errors import MicfpError

# How large a task without any audio counts: some work is the same for however little.
LEAST_MB = 2.0


@dataclass(frozen=True)
class Recording:
    """One audio file as planning knows it: content digest, place, labels, and what made it.

    size_bytes: of what the bench is still to make, about. mtime_ns: when it was last changed; None
    where that is not known. original: the file that `path` is a degraded copy of, to be shown in
    its place.
    """

    recording: str
    path: str
    labels: Mapping[str, str]
    size_bytes: int
    made_by: "Task | None" = None
    mtime_ns: int | None = None
    original: str | None = None

    @property
    def copy_name(self) -> str:
        """File name of a degraded copy of it: of its content, however it is called."""
        return f"{self.recording}.wav"


@dataclass(frozen=True, eq=False)
class Task:
    """One result to be made.

    stage: who makes it; params: plain data, just what the step reads; inputs:
    results it reads, by name; audio: recordings it opens; labels: whether it reads their labels;
    where: the parameters' key of the split that it makes, for what is said where that cannot be (of
    a table what stands before its keys). It is no part of the task's own key.
    """

    stage: Stage
    params: Mapping[str, Any]
    inputs: Mapping[str, tuple["Task", ...]] = field(default_factory=dict)
    audio: tuple[Recording, ...] = ()
    labels: bool = False
    where: str = ""

    @property
    def step(self) -> str:
        """The name of its stage."""
        return self.stage.name

    @functools.cached_property
    def key(self) -> str:
        """Digest of all that the result depends on."""
        audio = [
            [r.recording, *sorted(r.labels.items())] if self.labels else r.recording
            for r in self.audio
        ]
        return store.digest(
            {
                "step": self.step,
                "version": self.stage.version,
                "libraries": self.stage.made_by,
                "params": self.params,
                "inputs": {n: [t.address for t in ts] for n, ts in self.inputs.items()},
                "audio": audio,
            }
        )

    @property
    def address(self) -> str:
        """`<step>/<key>`."""
        return f"{self.step}/{self.key}"

    @property
    def path(self) -> Path:
        """Folder of the result in the store."""
        return store.entry_path(self.step, self.key)

    @property
    def cost_kind(self) -> str:
        """Digest of the parameters that say how long a task of its size takes."""
        return store.digest([self.params.get(name) for name in self.stage.cost_by])

    @functools.cached_property
    def size_mb(self) -> float:
        """Size of the audio that it opens, or else of the largest that goes in, and `LEAST_MB`."""
        if self.audio:
            return LEAST_MB + sum(recording.size_bytes for recording in self.audio) / 1e6
        sizes_mb = [sum(task.size_mb for task in tasks) for tasks in self.inputs.values()]
        return max([LEAST_MB, *sizes_mb])

    def needs(self) -> list["Task"]:
        """Every task whose result this one reads."""
        made = {r.made_by.key: r.made_by for r in self.audio if r.made_by is not None}
        return [task for tasks in self.inputs.values() for task in tasks] + list(made.values())

    def write_spec(self) -> None:
        """Write the specification that a worker reads."""
        content = {
            "step": self.step,
            "key": self.key,
            "version": self.stage.version,
            "module": self.stage.module,
            "where": self.where,
            "cost_kind": self.cost_kind,
            "size_mb": self.size_mb,
            "params": self.params,
            "inputs": {n: [t.address for t in ts] for n, ts in self.inputs.items()},
            "audio": [
                {
                    "recording": r.recording,
                    "path": r.path,
                    "labels": dict(r.labels),
                    "size_bytes": r.size_bytes,
                    "mtime_ns": r.mtime_ns,
                    "made_by": r.made_by.address if r.made_by is not None else None,
                    "original": r.original,
                }
                for r in self.audio
            ],
        }
        # One line: with an indent, json is written by its slow half, 29 000 recordings in seconds.
        store.write_whole(spec_path(self.step, self.key), json.dumps(content))


@dataclass(frozen=True)
class Spec:
    """A task as its worker sees it; `needs` are the addresses of all results that it reads.

    where: as in `Task`; watched: who looks on while it is made; module: whose `run(spec, out)`
    makes it, so that a worker imports this one alone; cost_kind, size_mb: as in `Task`; version: of
    its stage, 0 where that was not written down.
    """

    step: str
    key: str
    params: Mapping[str, Any]
    inputs: Mapping[str, tuple[Path, ...]]
    audio: tuple[Recording, ...]
    needs: tuple[str, ...] = ()
    where: str = "split"
    watched: "Watched" = unwatched
    module: str = ""
    cost_kind: str = ""
    size_mb: float = LEAST_MB
    version: int = 0

    def entry(self, name: str) -> Path:
        """The one result that goes in by this name."""
        (path,) = self.inputs[name]
        return path


Watched = Callable[[Spec], AbstractContextManager[Watch]]


def spec_path(step: str, key: str) -> Path:
    """Where the specification of a result is written."""
    return store.store_root() / ".specs" / step / f"{key}.json"


def read_spec(step: str, key: str) -> Spec:
    """Read the specification of a task."""
    path = spec_path(step, key)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise MicfpError(f"{path}: no such specification; plan the run with snakemake") from None
    root = store.store_root()
    return Spec(
        step=content["step"],
        key=content["key"],
        params=content["params"],
        inputs={
            n: tuple(root / a for a in addresses) for n, addresses in content["inputs"].items()
        },
        audio=tuple(
            Recording(
                a["recording"],
                a["path"],
                a["labels"],
                a.get("size_bytes", 0),
                mtime_ns=a.get("mtime_ns"),
                original=a.get("original"),
            )
            for a in content["audio"]
        ),
        needs=tuple(needs_in(content)),
        where=content.get("where") or "split",
        module=content.get("module", ""),
        cost_kind=content.get("cost_kind", ""),
        size_mb=content.get("size_mb", LEAST_MB),
        version=content.get("version", 0),
    )


def needs_in(content: Mapping[str, Any]) -> list[str]:
    """Addresses of the results that a specification, as it is written, reads."""
    made = {a["made_by"] for a in content["audio"] if a.get("made_by")}
    return [a for addresses in content["inputs"].values() for a in addresses] + sorted(made)
