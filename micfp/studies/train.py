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

from micfp.config.audio import CheckConfig, CheckPolicy, corpus_at
from micfp.corpora import manifest
from micfp.errors import MicfpError, printable
from micfp.fingerprint.provenance import read_provenance
from micfp.models.description import read_description
from micfp.progress import progress
from micfp.project.writing import write_project
from micfp.written import written_whole

if TYPE_CHECKING:
    import pandas as pd

CHOSEN, RECORDINGS = "train.yaml", "train.csv"
LOG = "train.log"
USUAL_WINDOW_S = 1.0
SHORT_WINDOW_S = 0.5
SHORT_S = 2.0
"""A recording shorter than this gives one window of a second, or none."""
FEWEST_DEVICES, FEWEST_RECORDINGS = 2, 2
PRESET = "workflow/presets/folder.yaml"
POLICY = CheckPolicy(not_finite="drop", silent="drop", quiet="drop")
"""As in the preset; a test compares."""
MOST_SAID = 5
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
                f"  careful: it cannot name {', '.join(self.left_out)}: too few of their "
                "recordings could be used"
            )
        lines += [
            f"  accuracy per recording: {value:.2f} ({100 * self.confidence:g} % interval "
            f"{low:.2f} to {high:.2f}) on {self.n_recordings} recordings, each tested by models "
            "that did not train with it",
            "  it names one of these devices for any recording, also for one by none of them;",
            "  to weigh whether it is one of them at all: micfp enroll, then micfp identify",
            f"  report: {self.report}",
            f"  compare the models: mlflow ui --backend-store-uri sqlite:///{self.project}/mlflow.db",
        ]
        return "\n".join(map(printable, lines))


def choose(kept: "pd.DataFrame") -> Choice:
    """Choose windows and the test part by what the recordings give.

    Parameters
    ----------
    kept
        Rows of the quality table that are trained and tested with, two or more of each device.
    """
    shortest_s = float(kept["duration_s"].min())
    window_s = SHORT_WINDOW_S if shortest_s < SHORT_S else USUAL_WINDOW_S
    differences: dict[str, Any] = {
        "segments": {"windows": {"length_s": window_s, "hop_s": window_s}}
    }
    reasons = [f"windows of {window_s:g} s: the shortest recording has {shortest_s:.1f} s"]
    compared: dict[str, Any] = {}
    if kept.groupby("content")["device"].nunique().max() < FEWEST_DEVICES:
        compared["by_content"] = None
        differences["split"] = {"kind": "by_recording"}
        reasons.append(
            "recordings are kept apart, and not what is said in them: no file name occurs on two "
            "devices, so nobody knows who said the same (give one name to files of one sound)"
        )
    if (last := _last_session(kept)) is not None:
        others = sorted(set(kept["session"]) - {last}, key=_naturally)
        by_session = {"kind": "by_session", "test": [last], "folds": None}
        differences["split"] = compared["by_session"] = by_session
        reasons.append(
            f"tested on session {last}, trained on {', '.join(others)}: another day or place is "
            "the hardest honest test there is"
        )
    else:
        reasons.append(
            "tested on other recordings of the same sessions, since there is no session that every "
            "device has beside another one: place and day may be recognised as well as the device"
        )
    if compared:
        differences["split_comparison"] = compared
    return Choice(differences, tuple(reasons))


def _last_session(kept: "pd.DataFrame") -> str | None:
    """The last session that every device has beside another one."""
    of_device = [set(rows["session"]) - {""} for _, rows in kept.groupby("device")]
    if min(map(len, of_device)) < 2:
        return None
    return max(set.intersection(*of_device), key=_naturally, default=None)


def _naturally(name: str) -> list[tuple[int, str]]:
    """A key by which day-10 comes after day-9."""
    parts = re.split(r"(\d+)", name)
    return [(int(part), "") if part.isdigit() else (0, part) for part in parts]


@dataclass(frozen=True)
class Usable:
    """Recordings that can be trained with.

    Attributes
    ----------
    kept
        Their rows of the quality table.
    left_out
        Devices of which fewer than two recordings are left.
    said
        A sentence for what was left out, and why.
    """

    kept: "pd.DataFrame"
    left_out: tuple[str, ...]
    said: tuple[str, ...]


def usable(quality: "pd.DataFrame") -> Usable:
    """Leave out what the preset's policy drops, clips without a window, and devices without two.

    Parameters
    ----------
    quality
        The quality table of all recordings.

    Raises
    ------
    MicfpError
        Recordings of fewer than two devices are left.
    """
    from micfp.recordings.quality.table import apply_policy

    kept = apply_policy(quality, POLICY)
    kept = kept[kept["duration_s"] >= SHORT_WINDOW_S]
    dropped = quality.loc[quality.index.difference(kept.index)]
    said = [
        f"left out: {path} ({flags or 'too short'})"
        for path, flags in dropped[["path", "flags"]].astype(str).to_numpy().tolist()
    ]
    counts = kept["device"].value_counts()
    devices = sorted(set(quality["device"]))
    left_out = tuple(name for name in devices if counts.get(name, 0) < FEWEST_RECORDINGS)
    said += [
        f"left out: the device {name}, of which {counts.get(name, 0)} usable recordings are left "
        f"and {FEWEST_RECORDINGS} are needed; the model cannot name it"
        for name in left_out
    ]
    kept = kept[~kept["device"].isin(left_out)]
    if kept["device"].nunique() < FEWEST_DEVICES:
        raise MicfpError(
            f"two usable recordings each of {kept['device'].nunique()} devices: a model tells "
            "devices apart, so give two or more (FOLDER/DEVICE/FILE)"
            + (f"; {'; '.join(said[:MOST_SAID])}" if said else "")
        )
    return Usable(kept, left_out, tuple(said))


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
    root: Path, project: Path, reader: str = "folder", cores: int | None = None
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
    found = usable(check_corpus(corpus, CheckConfig()))
    yield from found.said
    choice = choose(found.kept)
    yield from choice.reasons
    if not _is_project(project):
        write_project(project)
        yield f"{project}: a project was written, for what is computed"
    table = read_corpus(corpus).reset_index(drop=True).loc[found.kept.index]
    manifest.write(table, project / RECORDINGS)
    folder = root.resolve() if root.is_dir() else root.resolve().parent
    named = {
        "corpus": {
            "name": folder.name,
            "reader": "manifest",
            "root": RECORDINGS,
            "left_out": list(found.left_out),
        },
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
