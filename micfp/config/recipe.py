"""Parameters of the recipe by which fingerprints are compared: each step can be left out."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from micfp.config.base import Section

Vector = Literal["loud", "content", "ct", "quiet"]
CopyGroup = Literal["noise", "narrow", "coded"]
Share = Annotated[float, Field(ge=0, le=1)]
Factor = Annotated[float, Field(ge=0, le=100)]
OutlierSd = Annotated[float, Field(gt=0, le=1000)]


class WithinConfig(Section):
    """What counts as within a device, in the score of one vector."""

    copies: Factor = Field(1.0, description="times what noise, narrow bands and codecs do")
    sessions: Factor = Field(1.0, description="times what other sessions and speakers do")
    kappa: Factor = Field(
        1.0, description="what all devices of a case share, times what tells devices apart"
    )


Scored = dict[Vector, WithinConfig | None]


def _of_one_sitting() -> Scored:
    return {name: WithinConfig(copies=2) for name in ("loud", "content", "ct")}


def _of_any() -> Scored:
    speech: Scored = {name: WithinConfig(sessions=2, kappa=0) for name in ("loud", "content", "ct")}
    return speech | {"quiet": WithinConfig(copies=2, sessions=2, kappa=0)}


class RecipeConfig(Section):
    """Steps from the vectors of recordings to a score."""

    copies: tuple[CopyGroup, ...] = Field(
        ("noise", "narrow", "coded"),
        description="groups of degraded copies that teach, beside the recordings as they are",
    )
    content_by_time: bool = Field(
        True, description="what is said counts the less, the more seconds of it are heard"
    )
    shrinkage: Share = Field(
        0.03, description="how far covariances of copies and of content go to their diagonals"
    )
    prior_share: Share = Field(
        0.1, description="how far that of devices goes to one that is smooth over bands"
    )
    outlier_sd: OutlierSd | None = Field(
        3.0, description="values further from the mean are imputed from other bands; null: none"
    )
    nonnegative_weights: bool = Field(
        True, description="of the scores that are fused; false: of any sign"
    )
    same: Scored = Field(
        default_factory=_of_one_sitting,
        description="vectors whose scores are fused for recordings of one sitting; null takes one "
        "out",
    )
    other: Scored = Field(
        default_factory=_of_any, description="those for recordings of any sittings"
    )

    @model_validator(mode="after")
    def _something_is_scored(self) -> Self:
        for name, scored in (("same", self.same), ("other", self.other)):
            if not any(scored.values()):
                raise ValueError(f"recipe.{name} scores no vector; leave it one or more")
        return self
