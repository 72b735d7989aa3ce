"""Parameters of a search for the best configuration."""

from typing import Any, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from micfp.config.base import Section, StudySection
from micfp.config.models import SelectionConfig, SplitConfig


class Range(Section):
    """Values between two ends; whole numbers where both ends are."""

    low: int | float = Field(description="lowest value")
    high: int | float = Field(description="highest value")
    log: bool = Field(False, description="drawn evenly on a logarithmic scale")

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.high <= self.low:
            raise ValueError(f"high ({self.high:g}) must be above low ({self.low:g})")
        if self.log and self.low <= 0:
            raise ValueError(f"a logarithmic range must lie above 0, not begin at {self.low:g}")
        return self

    @property
    def integer(self) -> bool:
        """Whether whole numbers are drawn."""
        return isinstance(self.low, int) and isinstance(self.high, int)


Axis = Range | tuple[Any, ...]
MODEL_AXES = ("model.classifier", "model.features", "model.families", "model.preparation")


class SearchConfig(StudySection):
    """Which configurations are tried, and how they are judged: `snakemake grid`."""

    method: Literal["grid", "random", "bayesian"] = Field(
        "grid", description="every trial, a seeded random sample, or Optuna's choice of trials"
    )
    axes: tuple[dict[str, Axis], ...] = Field(
        (
            {
                "model.features": ("thesis",),
                "model.classifier": ("svc", "knn", "mlp", "rf", "nb", "lr", "dt", "lda"),
                "preparations.plain.scaling": ("standard", "minmax"),
            },
            {
                "model.features": ("ltas",),
                "model.classifier": ("svc", "knn", "lr", "lda"),
                "preparations.plain.pca": (None, 20),
            },
        ),
        min_length=1,
        description="grids, searched one after the other; an axis is a dotted key of this file, or "
        "model.classifier, model.features, model.families or model.preparation, with its values. "
        "A key below classifiers, features or preparations counts for the models that use it",
    )
    n_trials: int = Field(50, ge=1, description="trials of a random or (each) Bayesian search")
    split: SplitConfig = Field(
        SplitConfig(kind="by_content", folds=4), description="outer folds: they judge"
    )
    selection: SelectionConfig = Field(
        SelectionConfig(kind="by_content", folds=3), description="inner folds: they choose"
    )
    keep: int = Field(3, ge=1, description="best trials whose models are fitted on all recordings")
    workers: int = Field(
        2,
        ge=1,
        description="processes that draw the trials of one Bayesian search side by side; with more "
        "than one it is another search each time",
    )
    storage: str | None = Field(
        None, description="database address of Optuna's studies; null: a SQLite file in the store"
    )

    @field_validator("storage")
    @classmethod
    def _is_an_address(cls, storage: str | None) -> str | None:
        if storage is None:
            return None
        if "://" not in storage:
            raise ValueError(
                "no address of a database, such as postgresql://NAME@HOST/DATABASE or "
                "sqlite:////FOLDER/FILE"
            )
        if urlsplit(storage).password is not None:
            raise ValueError(
                "leave the password out, since parameters are published with results: databases "
                "read it from the environment (PGPASSWORD) or from a file (~/.pgpass)"
            )
        return storage

    @field_validator("axes")
    @classmethod
    def _have_values(cls, axes: tuple[dict[str, Axis], ...]) -> tuple[dict[str, Axis], ...]:
        for grid in axes:
            for key, axis in grid.items():
                if isinstance(axis, tuple) and not axis:
                    raise ValueError(f"the axis {key} has no values")
                if key.startswith("model.") and key not in MODEL_AXES:
                    raise ValueError(f"no axis {key!r}; there are {', '.join(MODEL_AXES)}")
        return axes

    @model_validator(mode="after")
    def _grid_has_lists(self) -> Self:
        if self.method == "grid":
            for grid in self.axes:
                for key, axis in grid.items():
                    if isinstance(axis, Range):
                        raise ValueError(
                            f"the axis {key} is a range: a grid needs a list of values, or set "
                            "method to random or bayesian"
                        )
        return self
