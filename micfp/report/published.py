"""Reads what lies under results/; the report is made of nothing else.

Every part may be missing: a study that was not run, or the experiment itself where only a study
was. What is there but not readable is an error that names the file.
"""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.places import folder_name
from micfp.errors import MicfpError
from micfp.report import tables
from micfp.report.captions import Said, said_of
from micfp.report.columns import Column, Kind, Row, read_rows
from micfp.report.numbers import shares_told_apart

if TYPE_CHECKING:
    import pandas as pd

ROW_LABELS = ("corpus", "method", "source", "layers", "fine_tuning")  # what tells their rows apart


@dataclass(frozen=True)
class Figure:
    """A drawn figure: where the SVG or PNG lies and what is said of it."""

    section: str
    name: str
    path: Path
    said: Said


@dataclass(frozen=True)
class Run:
    """What one target published: `run.json`, its figures, and tables read when asked for."""

    folder: Path
    params: Mapping[str, Any]
    entries: Mapping[str, Any]
    figures: tuple[Figure, ...]

    def rows(self, name: str, columns: Sequence[Column], others: Kind | None = None) -> list[Row]:
        """A table by its name under the folder; empty where it is not there or has no rows."""
        return read_rows(self.folder / name, columns, others)

    def figures_of(self, *sections: str) -> tuple[Figure, ...]:
        """Figures of some sections, in the order they were drawn."""
        return tuple(figure for figure in self.figures if figure.section in sections)

    def figure(self, name: str) -> tuple[Figure, ...]:
        """The figure of that name, or nothing."""
        return tuple(figure for figure in self.figures if figure.name == name)


@dataclass(frozen=True)
class Experiment(Run):
    """The results of `snakemake all`."""

    def needed(self, name: str, columns: Sequence[Column]) -> list[Row]:
        """A table that every experiment has.

        Raises MicfpError where it is not there.
        """
        rows = self.rows(f"tables/{name}.csv", columns)
        if not rows:
            path = self.folder / "tables" / f"{name}.csv"
            raise MicfpError(f"{path}: missing or without rows; run snakemake again")
        return rows

    @cached_property
    def pooled(self) -> list[Row]:
        """Precision, recall and F1 per class, mean over the models."""
        return self.needed("pooled", tables.CLASSES)

    @cached_property
    def models(self) -> list[Row]:
        """A row per model, every metric with its interval: the chosen one, then by inner score."""
        rows = self.needed("models", tables.MODELS)
        return sorted(rows, key=lambda row: (not row["chosen"], -row["inner"], row["model"]))

    @cached_property
    def inner_in_words(self) -> Callable[[float], str]:
        """Writes inner scores: two models that differ by what was chosen by are told apart."""
        return shares_told_apart(row["inner"] for row in self.models)

    def by_model(self, name: str, columns: Sequence[Column]) -> list[Row]:
        """A table that has a column `model`, its rows in the order of `models`."""
        place = {row["model"]: number for number, row in enumerate(self.models)}
        return sorted(self.rows(name, columns), key=lambda row: place.get(row["model"], len(place)))

    @cached_property
    def chosen(self) -> Row:
        """The row of the chosen model."""
        return {row["model"]: row for row in self.models}[self.choice["model"]]

    @cached_property
    def calibration(self) -> list[Row]:
        """A row per model: its probabilities on the test part before and after calibration."""
        return self.by_model("tables/calibration.csv", tables.CALIBRATION)

    @cached_property
    def choice(self) -> Mapping[str, Any]:
        """Which model was chosen, why, and what each fold chose."""
        found: Mapping[str, Any] = read_json(self.folder / "tables" / "chosen.json")
        return found

    @cached_property
    def quality(self) -> list[Row]:
        """The quality table: a row per recording."""
        return self.needed("quality", tables.QUALITY)

    @cached_property
    def kept(self) -> list[Row]:
        """The rows of the quality table that went on."""
        import pandas as pd

        from micfp.config.audio import CheckPolicy
        from micfp.recordings.quality.table import apply_policy

        policy = CheckPolicy.model_validate(self.params["check"]["policy"])
        return [self.quality[i] for i in apply_policy(pd.DataFrame(self.quality), policy).index]

    @property
    def left_out(self) -> tuple[str, ...]:
        """Devices of which no recording went on, or that were left out of the corpus before."""
        gone = {row["device"] for row in self.quality} - {row["device"] for row in self.kept}
        return tuple(sorted({*gone, *self.params["corpus"].get("left_out", ())}))

    @cached_property
    def splits(self) -> list[Row]:
        """A row per split and model."""
        return self.by_model("tables/split_comparison_splits.csv", tables.SPLITS)

    @cached_property
    def units(self) -> list[Row]:
        """A row per split, model and group of identical units; none where there are no such."""
        return self.by_model("tables/split_comparison_units.csv", tables.UNITS_OF_SPLITS)

    @cached_property
    def ways(self) -> list[Row]:
        """The chosen model by the ways of recordings: a row each, and one for each chain."""
        return self.rows("tables/ways.csv", tables.WAYS)

    @cached_property
    def segments(self) -> "pd.DataFrame":
        """Recording and labels of every segment; empty where no features are published."""
        import pandas as pd

        from micfp.tables import read_table

        columns = ["recording", "device", "session", "content", "start_sample", "stop_sample"]
        for path in sorted((self.folder / "features").glob("*.parquet")):
            return read_table(path, columns)
        return pd.DataFrame(columns=columns)

    @cached_property
    def labels(self) -> "pd.DataFrame":
        """Recording, device, session and target, a row each; empty where no features are there."""
        import pandas as pd

        from micfp.tables import read_table

        columns = list(dict.fromkeys(["recording", "device", "session", self.params["target"]]))
        for path in sorted((self.folder / "features").glob("*.parquet")):
            return read_table(path, columns).drop_duplicates()
        return pd.DataFrame(columns=columns)


@dataclass(frozen=True)
class Published:
    """Everything under results/: the experiment (`all`), None where it was not run, and studies.

    runs: of the studies that were run, by their targets, in the order of the report.
    """

    experiment: Experiment | None
    runs: Mapping[str, Run] = field(default_factory=dict)


def read_published(results: Path, studies: Iterable[str]) -> Published:
    """Read what is under `results` of `all` and of studies, which are named by their targets.

    Raises MicfpError for a file that is damaged.
    """
    folders = {target: results / folder_name(target) for target in studies}
    run = read_run(results) if (results / "run.json").is_file() else None
    return Published(
        Experiment(**vars(run)) if run is not None else None,
        {t: read_run(path) for t, path in folders.items() if (path / "run.json").is_file()},
    )


def read_run(folder: Path) -> Run:
    """Read what one target published under `folder`.

    Raises MicfpError for a file that is damaged.
    """
    content = read_json(folder / "run.json")
    for key in ("params", "entries"):
        if key not in content:
            raise MicfpError(f"{folder / 'run.json'}: has no {key}; run snakemake again")
    drawn = folder / "figures" if (folder / "figures").is_dir() else folder
    return Run(folder, content["params"], content["entries"], tuple(_figures(drawn)))


def _figures(folder: Path) -> Iterator[Figure]:
    listed = folder / "figures.json"
    for page in read_json(listed) if listed.is_file() else ():
        try:
            path = folder / page["file"]
            said = said_of(page["kind"], page["facts"])
        except KeyError as error:
            raise MicfpError(f"{listed}: has no {error}; run snakemake again") from None
        yield Figure(page["section"], path.stem, path, said)


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises MicfpError where it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MicfpError(f"{path}: not readable ({error}); run snakemake again") from None


def row_name(row: Mapping[str, Any]) -> str:
    """What a row of an experiment is called in `times.csv`: its labels, but for empty ones."""
    return " ".join(str(row[label]) for label in ROW_LABELS if row.get(label))


def read_confusion(path: Path) -> dict[str, dict[str, float]]:
    """Read a confusion matrix: how many segments of each true class were named as each."""
    with path.open(encoding="utf-8", newline="") as file:
        (_, *names), *lines = csv.reader(file)
    return {true: dict(zip(names, map(float, n), strict=True)) for true, *n in lines}
