"""What `snakemake --report` shows: the figures of a run by section, and the report itself.

They lie in `.micfp/shown/KEY`, whose name holds the key of the run as `results/.published/KEY`
does.
"""

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from micfp.engine.places import folder_name
from micfp.engine.store import copy_whole
from micfp.errors import MicfpError
from micfp.report.build import report_path
from micfp.report.published import Figure, Run, read_run

SHOWN = Path(".micfp") / "shown"
RESULTS = Path("results")


def show(key: str, results: Path = RESULTS, shown: Path = SHOWN) -> Path:
    """Gather what the run `key` published; forget what runs that are gone had gathered.

    Raises MicfpError where nothing is published under that key.
    """
    if not (results / ".published" / key).is_file():
        raise MicfpError(f"{results}: nothing is published under {key}; run snakemake again")
    if shown.is_dir():
        for old in shown.iterdir():
            if not (results / ".published" / old.name).is_file():
                shutil.rmtree(old)
    folder = shown / key
    shutil.rmtree(folder, ignore_errors=True)
    for figure in _run(key, results).figures:
        target = folder / "figures" / _name(figure.section) / figure.path.name
        copy_whole(figure.path, target)
    (folder / "figures").mkdir(parents=True, exist_ok=True)
    copy_whole(_report(key, results), folder / "report.html")
    return folder


@dataclass(frozen=True)
class Captions:
    """What is said below the figures of a run; short where Snakemake prints it."""

    figures: Mapping[str, Figure]

    def of(self, name: str) -> Figure | None:
        """The figure of that name, with title and caption."""
        return self.figures.get(name)

    def __str__(self) -> str:
        return "captions of figures.json"

    __repr__ = __str__


def captions(key: str, results: Path = RESULTS) -> Captions:
    """The captions of a run; none where it is not published (yet)."""
    if not (results / ".published" / key).is_file():
        return Captions({})
    return Captions({figure.name: figure for figure in _run(key, results).figures})


def _run(key: str, results: Path) -> Run:
    target = _target(key, results)
    return read_run(results if target == "all" else results / folder_name(target))


def _report(key: str, results: Path) -> Path:
    """The report that the run stands in."""
    own = report_path(results, folder_name(_target(key, results)))
    return own if own.is_file() else report_path(results, "")


def _target(key: str, results: Path) -> str:
    return str(json.loads((results / ".published" / key).read_text(encoding="utf-8"))["target"])


def _name(section: str) -> str:
    return section.replace("overfitting", "over-fitting")
