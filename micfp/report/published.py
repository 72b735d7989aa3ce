"""Reads what lies under results/; the report is made of nothing else.

Every part may be missing: a study that was not run, or the experiment itself where only a study
was. What is there but not readable is an error that names the file.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.places import folder_name
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

ROW_LABELS = ("corpus", "method", "source", "layers", "fine_tuning")  # what tells their rows apart
# Columns of the published tables that hold text; all others hold numbers.
TEXT_COLUMNS = frozenset(
    (
        *("model", "class", "split", "classifier", "mode", "family", "bench", "features"),
        *("make_and_model", "devices", "warnings", "interval_note", "recording_interval_note"),
        *("measured_in", "column", "reference"),
        *("corpus", "way", "address", "method", "training", "converged"),
        *("recording", "path", "device", "session", "content", "codec", "error", "flags"),
        "decision",
    )
)


@dataclass(frozen=True)
class Figure:
    """A drawn figure: where the PNG lies and what is said below it."""

    section: str
    name: str
    title: str
    caption: str
    path: Path


@dataclass(frozen=True)
class Run:
    """What one target published: `run.json`, its figures, and tables read when asked for."""

    folder: Path
    params: Mapping[str, Any]
    entries: Mapping[str, Any]
    figures: tuple[Figure, ...]

    def table(self, name: str) -> "pd.DataFrame":
        """A table by its name under the folder; empty where it is not there or has no rows."""
        return read_csv(self.folder / name)

    def text_table(self, name: str) -> "pd.DataFrame":
        """A table by its name under the folder, every cell as it is written."""
        return read_csv(self.folder / name, as_text=True)

    def figures_of(self, *sections: str) -> tuple[Figure, ...]:
        """Figures of some sections, in the order they were drawn."""
        return tuple(figure for figure in self.figures if figure.section in sections)

    def figure(self, name: str) -> tuple[Figure, ...]:
        """The figure of that name, or nothing."""
        return tuple(figure for figure in self.figures if figure.name == name)


@dataclass(frozen=True)
class Experiment(Run):
    """The results of `snakemake all`."""

    def needed(self, name: str) -> "pd.DataFrame":
        """A table that every experiment has.

        Raises MicfpError where it is not there.
        """
        table = self.table(f"tables/{name}.csv")
        if not len(table):
            path = self.folder / "tables" / f"{name}.csv"
            raise MicfpError(f"{path}: missing or without rows; run snakemake again")
        return table

    @cached_property
    def pooled(self) -> "pd.DataFrame":
        """Precision, recall and F1 per class, mean over the models."""
        return self.needed("pooled")

    @cached_property
    def models(self) -> "pd.DataFrame":
        """A row per model, every metric with its interval."""
        return self.needed("models")

    @cached_property
    def chosen(self) -> "pd.Series[Any]":
        """The row of the chosen model."""
        name = self.choice["model"]
        row: pd.Series[Any] = self.models.set_index("model", drop=False).loc[name]
        return row

    @cached_property
    def choice(self) -> Mapping[str, Any]:
        """Which model was chosen, why, and what each fold chose."""
        found: Mapping[str, Any] = read_json(self.folder / "tables" / "chosen.json")
        return found

    @cached_property
    def quality(self) -> "pd.DataFrame":
        """The quality table: a row per recording."""
        return self.needed("quality")

    @cached_property
    def splits(self) -> "pd.DataFrame":
        """A row per split and model."""
        return self.table("tables/split_comparison_splits.csv")

    @cached_property
    def neighbours(self) -> "pd.DataFrame":
        """A row a feature set: what the nearest segment of another recording shares."""
        return self.table("tables/split_comparison_neighbours.csv")

    @cached_property
    def segments(self) -> "pd.DataFrame":
        """Recording and labels of every segment; empty where no features are published."""
        import pandas as pd

        from micfp.tables import read_table

        columns = ["recording", "device", "session", "content", "start_sample", "stop_sample"]
        for path in sorted((self.folder / "features").glob("*.parquet")):
            return read_table(path, columns)
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
    figures = []
    if (drawn / "figures.json").is_file():
        figures = [
            Figure(
                str(page["section"]),
                str(page["name"]),
                str(page["title"]),
                str(page["caption"]),
                drawn / f"{page['name']}.png",
            )
            for page in read_json(drawn / "figures.json")
        ]
    return Run(folder, content["params"], content["entries"], tuple(figures))


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises MicfpError where it is missing or damaged.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MicfpError(f"{path}: not readable ({error}); run snakemake again") from None


def read_csv(path: Path, as_text: bool = False) -> "pd.DataFrame":
    """Read a published table. A device may be called `007` or `NA`: text stays as it is written.

    as_text: numbers too.

    Raises MicfpError where it is damaged; a table that is not there is empty.
    """
    import pandas as pd
    from pandas.errors import EmptyDataError, ParserError

    if not path.is_file():
        return pd.DataFrame()
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except EmptyDataError:
        return pd.DataFrame()
    except (ParserError, UnicodeDecodeError, OSError) as error:
        raise MicfpError(f"{path}: not a readable table ({error}); run snakemake again") from None
    for column in () if as_text else table.columns:
        if column == "chosen" or column == "truncated":
            table[column] = table[column] == "True"
        elif column not in TEXT_COLUMNS:
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """The rows of a table, each by column name."""
    return [{str(name): value for name, value in row.items()} for row in table.to_dict("records")]


def row_name(row: Mapping[str, Any]) -> str:
    """What a row of an experiment is called in `times.csv`: its labels, but for empty ones."""
    return " ".join(str(row[label]) for label in ROW_LABELS if row.get(label))


def read_confusion(path: Path) -> "pd.DataFrame":
    """Read a confusion matrix: rows true, columns named."""
    import pandas as pd

    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    names = table.iloc[:, 0].tolist()
    return table.iloc[:, 1:].astype(float).set_axis(names, axis=0)
