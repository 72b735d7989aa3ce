"""A model of one's own recordings in one step: the target `all` with the preset `folder.yaml`.

What differs from the preset is chosen from what the recordings give, written to a file that a
person can read, and run by Snakemake, as everything else is.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from micfp.config.audio import corpus_at
from micfp.errors import MicfpError, printable
from micfp.fingerprint.provenance import read_provenance
from micfp.models.description import read_description
from micfp.progress import progress
from micfp.project.writing import write_project
from micfp.written import written_whole

if TYPE_CHECKING:
    import pandas as pd

CHOSEN = "train.yaml"
LOG = "train.log"
USUAL_WINDOW_S = 1.0
SHORT_WINDOW_S = 0.5
SHORT_S = 2.0
"""A recording shorter than this gives one window of a second, or none."""
FEWEST_DEVICES = 2
STEPS = re.compile(r"(\d+) of (\d+) steps \(\d+%\) done")


@dataclass(frozen=True)
class Choice:
    """What was chosen for some recordings, and why.

    Attributes
    ----------
    differences
        from the preset, as a parameter file has them
    reasons
        a sentence for each
    """

    differences: Mapping[str, Any]
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Trained:
    """A model of one's own recordings, and how good it is on those that were held out.

    Attributes
    ----------
    project
        folder that the pipeline ran in
    model
        folder of the model, for `micfp identify --model`
    name
        of the configuration that did best inside the training part
    devices
        that it can name
    left_out
        devices that it cannot name, since the check left none of their recordings
    accuracy
        per recording on the test part, 0..1, with its interval
    confidence
        of the interval, 0..1
    n_recordings
        of the test part
    """

    project: Path
    model: Path
    name: str
    devices: tuple[str, ...]
    left_out: tuple[str, ...]
    accuracy: tuple[float, float, float]
    confidence: float
    n_recordings: int

    @property
    def report(self) -> Path:
        """The report of the run."""
        return self.project / "results" / "report.html"

    def as_record(self) -> dict[str, Any]:
        """Plain data for JSON."""
        value, low, high = self.accuracy
        return {
            "model": str(self.model),
            "name": self.name,
            "devices": list(self.devices),
            "left_out": list(self.left_out),
            "recording_accuracy": value,
            "recording_accuracy_low": low,
            "recording_accuracy_high": high,
            "confidence": self.confidence,
            "n_recordings": self.n_recordings,
            "report": str(self.report),
        }

    def as_text(self) -> str:
        """What a person reads."""
        value, low, high = self.accuracy
        lines = [f"{self.model}: {self.name}, names {len(self.devices)} devices"]
        if self.left_out:
            lines.append(
                f"  careful: it cannot name {', '.join(self.left_out)}: the check left none of "
                "their recordings"
            )
        lines += [
            f"  accuracy per recording: {value:.2f} ({100 * self.confidence:g} % interval "
            f"{low:.2f} to {high:.2f}) on {self.n_recordings} recordings, each tested by models "
            "that did not train with it",
            "  it names one of these devices for any recording, also for one by none of them;",
            "  to weigh whether it is one of them at all: micfp enroll, then micfp identify",
            f"  report: {self.report}",
        ]
        return "\n".join(map(printable, lines))


def choose(table: "pd.DataFrame", lengths_s: Sequence[float]) -> Choice:
    """Choose windows and the test part by what the recordings give.

    Parameters
    ----------
    table
        The recordings table.
    lengths_s
        Of each recording that can be read.

    Raises
    ------
    MicfpError
        Nothing can be told apart: there is one device, or nothing can be read.
    """
    n_devices = table["device"].nunique()
    if n_devices < FEWEST_DEVICES or not lengths_s:
        raise MicfpError(
            f"recordings of {n_devices} device that can be read: {len(lengths_s)}; a model tells "
            "devices apart, so give at least two, a folder for each (FOLDER/DEVICE/FILE)"
        )
    shortest_s = min(lengths_s)
    window_s = SHORT_WINDOW_S if shortest_s < SHORT_S else USUAL_WINDOW_S
    differences: dict[str, Any] = {
        "segments": {"windows": {"length_s": window_s, "hop_s": window_s}}
    }
    reasons = [f"windows of {window_s:g} s: the shortest recording has {shortest_s:.1f} s"]
    sessions = _shared_sessions(table)
    if len(sessions) > 1:
        last = sessions[-1]
        differences["split"] = {"kind": "by_session", "test": [last], "folds": None}
        differences["split_comparison"] = {
            "by_session": {"kind": "by_session", "test": [last], "folds": None}
        }
        reasons.append(
            f"tested on session {last}, trained on {', '.join(sessions[:-1])}: every device has "
            "them, and another day is the hardest honest test there is"
        )
    else:
        reasons.append(
            "tested on other recordings of the same session, for want of one that every device has "
            "twice: place and day may be recognised as well as the device"
        )
    return Choice(differences, tuple(reasons))


def train(
    root: Path, project: Path, reader: str = "folder", cores: int | None = None
) -> Iterator[str | Trained]:
    """Train on labelled recordings, by Snakemake in a project.

    Parameters
    ----------
    root
        Folder (or CSV) of the recordings.
    project
        Folder of the project; where it is none, one is written.
    reader
        How folders and names become labels.
    cores
        Processes side by side; None: all cores.

    Yields
    ------
    Sentences about what is chosen and left out, when they are known, and at last the model.

    Raises
    ------
    MicfpError
        The recordings give no model, or the pipeline failed.
    ModuleNotFoundError
        Snakemake is not installed.
    """
    import snakemake  # noqa: F401 - what is missing is said before anything is written

    from micfp.corpora import read_corpus_aloud

    table = read_corpus_aloud(corpus_at(root, reader))
    choice = choose(table, _lengths_s([Path(path) for path in table["path"]]))
    yield from choice.reasons
    if not (project / "Snakefile").exists():
        write_project(project)
        yield f"{project}: a project was written, for what is computed"
    corpus = {"name": root.absolute().name, "reader": reader, "root": str(root.absolute())}
    named = {"corpus": corpus, "tracking": {"experiment": corpus["name"]}}
    _write_choice(project / CHOSEN, {**named, **choice.differences}, choice.reasons)
    yield from _run(project, cores or len(os.sched_getaffinity(0)))
    yield _result(project)


def _shared_sessions(table: "pd.DataFrame") -> list[str]:
    """Sessions that every device has, in the order of their names."""
    of_device = [set(rows["session"]) - {""} for _, rows in table.groupby("device")]
    return sorted(set.intersection(*of_device))


def _lengths_s(paths: Sequence[Path]) -> list[float]:
    from micfp.audio import isolated, probe

    infos = isolated(probe, paths)
    return [
        info.n_samples / info.sample_rate_hz for info in infos if not isinstance(info, MicfpError)
    ]


def _write_choice(path: Path, differences: Mapping[str, Any], reasons: Sequence[str]) -> None:
    command = f"snakemake -j2 all --configfile params.yaml workflow/presets/folder.yaml {CHOSEN}"
    head = [
        "What `micfp train` chose; it writes this file anew, so copy it before you change it.",
        f"The same by hand: {command}",
        *reasons,
    ]
    comment = "".join(f"# {printable(line)}\n" for line in head)
    with written_whole(path, "what was chosen") as part:
        text = yaml.safe_dump(dict(differences), sort_keys=False, allow_unicode=True)
        part.write_text(comment + text, encoding="utf-8")


def _run(project: Path, cores: int) -> Iterator[str]:
    """Run Snakemake; yields the sentences that micfp says in it, each once."""
    command = [sys.executable, "-m", "snakemake", f"-j{cores}", "all", "--configfile"]
    command += ["params.yaml", "workflow/presets/folder.yaml", CHOSEN]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    said: set[str] = set()
    held = ""  # the last sentence, until the run goes on: it may be why it does not
    with (
        open(project / LOG, "w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=project,
            env=os.environ | {"PATH": path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process,
    ):
        assert process.stdout is not None
        steps = _Steps()
        for line in process.stdout:
            log.write(line)
            steps.note(line)
            if held:
                yield held
                held = ""
            sentence = line.strip().removeprefix("micfp: ")
            if line.startswith("micfp: ") and sentence not in said:
                said.add(sentence)
                held = sentence
        steps.end()
    if process.returncode:
        why = held or f"see {project / LOG}"
        raise MicfpError(f"{project}: the pipeline ended without a model: {why}")


class _Steps:
    """Snakemake's own count as a progress bar."""

    def __init__(self) -> None:
        self._bar: Iterator[int] | None = None
        self._done = 0

    def note(self, line: str) -> None:
        """Look whether a line says how far it is."""
        found = STEPS.search(line)
        if found is None:
            return
        done, total = int(found[1]), int(found[2])
        if self._bar is None:
            self._bar = progress(range(total), total, "training")
        while self._done < done:
            next(self._bar, None)
            self._done += 1

    def end(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            for _ in self._bar:
                pass


def _result(project: Path) -> Trained:
    import pandas as pd

    model = project / "results" / "models" / "default"
    about = read_description(model / "model.json")
    models = pd.read_csv(project / "results" / "tables" / "models.csv")
    row = models[models["chosen"]].iloc[0]
    run = read_description(project / "results" / "run.json")
    return Trained(
        project,
        model,
        str(row["model"]),
        tuple(about["classes"]),
        read_provenance(model).left_out,
        (
            float(row["recording_accuracy"]),
            float(row["recording_accuracy_low"]),
            float(row["recording_accuracy_high"]),
        ),
        float(run["params"]["evaluation"]["confidence"]),
        int(row["n_recordings"]),
    )
