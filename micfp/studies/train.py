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

from micfp.config.audio import CheckConfig, corpus_at
from micfp.config.models import label_name
from micfp.corpora import manifest
from micfp.errors import MicfpError, printable, shown
from micfp.fingerprint.provenance import read_provenance
from micfp.models.description import read_description
from micfp.progress import progress
from micfp.project.writing import write_project
from micfp.studies.train_choice import choose, usable
from micfp.written import written_whole

if TYPE_CHECKING:
    pass

CHOSEN, RECORDINGS = "train.yaml", "train.csv"
LOG = "train.log"
PRESET = "workflow/presets/folder.yaml"
STEPS = re.compile(r"(\d+) of (\d+) steps \(\d+%\) done")


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
    target
        what it names: the device, or another label
    devices
        that it can name
    left_out
        devices that it cannot name, since too few of their recordings could be
        used
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
    target: str
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
            "target": self.target,
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
        lines = [f"{self.model}: {self.name}, names {len(self.devices)} {self.target}s"]
        if self.left_out:
            lines.append(
                f"  careful: it cannot name {', '.join(self.left_out)}: too few of their "
                "recordings could be used"
            )
        lines += [
            f"  accuracy per recording: {value:.2f} ({100 * self.confidence:g} % interval "
            f"{low:.2f} to {high:.2f}) on {self.n_recordings} recordings, each tested by models "
            "that did not train with it",
            f"  it names one of these {self.target}s for any recording, also for one of none;",
            *(
                ("  to weigh whether it is one of them at all: micfp enroll, then micfp identify",)
                if self.target == "device"
                else ()
            ),
            f"  report: {self.report}",
            f"  compare the models: mlflow ui --backend-store-uri sqlite:///{self.project}/mlflow.db",
        ]
        return "\n".join(map(printable, lines))


def project_of(root: Path) -> Path:
    """Where recordings are trained with by default: this folder, if it is a project, else beside.

    Never inside the recordings.
    """
    here = Path()
    if _is_project(here):
        return here
    folder = root.resolve()
    if folder.is_file():
        folder = folder.parent
    inside = Path.cwd() == folder or folder in Path.cwd().parents
    return (folder.parent if inside else here) / f"{folder.name}-model"


def _is_project(folder: Path) -> bool:
    return (folder / "Snakefile").exists() and (folder / PRESET).exists()


def train(
    root: Path,
    project: Path,
    reader: str = "folder",
    cores: int | None = None,
    target: str = "device",
) -> Iterator[str | Trained]:
    """Train on labelled recordings, by Snakemake in a project.

    Parameters
    ----------
    root
        Folder (or CSV) of the recordings.
    project
        Folder of the project; where there is nothing yet, one is written.
    reader
        How folders and names become labels.
    cores
        Processes side by side, 1 or more; None: all cores.
    target
        What the model names: the device, or any other column of the recordings.

    Yields
    ------
    Sentences about what is chosen and left out, when they are known, and at last the model.

    Raises
    ------
    MicfpError
        The recordings give no model, the folder is no project, or the pipeline failed.
    ModuleNotFoundError
        Snakemake is not installed.
    """
    import snakemake  # noqa: F401 - what is missing is said before anything is written

    from micfp.corpora import read_corpus
    from micfp.stages.quality import check_corpus

    if cores is not None and cores < 1:
        raise MicfpError(f"{cores} cores: give 1 or more, or leave it out for all")
    corpus = corpus_at(root, reader)
    try:
        target = label_name(target)
    except ValueError as error:
        raise MicfpError(f"target = {shown(target)}: {error}") from None
    labelled = read_corpus(corpus, target).reset_index(drop=True)
    quality = check_corpus(corpus, CheckConfig())
    quality[target] = labelled[target]
    found = usable(quality, target)
    yield from found.said
    choice = choose(found.kept, target)
    yield from choice.reasons
    if not _is_project(project):
        write_project(project)
        yield f"{project}: a project was written, for what is computed"
    manifest.write(labelled.loc[found.kept.index], project / RECORDINGS, target)
    folder = root.resolve() if root.is_dir() else root.resolve().parent
    named = {
        "corpus": {
            "name": folder.name,
            "reader": "manifest",
            "root": RECORDINGS,
            "left_out": list(found.left_out),
        },
        **({} if target == "device" else {"target": target}),
        "tracking": {"experiment": folder.name},
        "report": {"title": folder.name},
    }
    said = (*found.said, *choice.reasons)
    _write_choice(project / CHOSEN, {**named, **choice.differences}, said)
    yield from _run(project, cores or len(os.sched_getaffinity(0)))
    yield _result(project)


def _write_choice(path: Path, differences: Mapping[str, Any], reasons: Sequence[str]) -> None:
    command = f"snakemake -j2 all --configfile params.yaml {PRESET} {CHOSEN}"
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
    command += ["params.yaml", PRESET, CHOSEN]
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    said: set[str] = set()
    last = ""  # held back until there is another: it may be why the run ends
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
            sentence = line.strip().removeprefix("micfp: ")
            if line.startswith("micfp: ") and sentence not in said:
                said.add(sentence)
                if last:
                    yield last
                last = sentence
        steps.end()
    if process.returncode:
        why = last or "the log says why"
        raise MicfpError(f"{project}: the pipeline ended without a model: {why} ({project / LOG})")
    if last:
        yield last


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
        str(about["target"]),
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
