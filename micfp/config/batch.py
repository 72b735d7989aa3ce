"""Parameters of `snakemake batch` and `micfp batch`: what is found in many files."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from micfp.config.base import Section

Kind = Literal["inspect", "quality", "identify"]


class BatchConfig(Section):
    """What is found in many files: a table with one row per file."""

    manifest: Path | None = Field(
        None, description="CSV with a column path, of each file; relative to the CSV's folder"
    )
    what: tuple[Kind, ...] = Field(
        ("inspect", "quality"),
        min_length=1,
        description="inspect (what the file says of itself), quality, identify (against a case)",
    )
    case: Path = Field(Path("case.micfp"), description="whose devices identify asks about")
    sitting: Literal["same", "other", "any"] = Field("any", description="as of micfp identify")
    population: Literal["any", "make", "model"] = Field("any", description="as of micfp identify")
    channel: Literal["mean"] | Annotated[int, Field(ge=0)] = Field(
        "mean", description="of a recording with several channels: their mean, or one (0 = first)"
    )
    shard_files: int = Field(1000, ge=1, description="files that one job takes")
