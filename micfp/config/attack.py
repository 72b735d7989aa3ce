"""Parameters of attackers."""

from typing import Literal, Self

from pydantic import Field, model_validator

from micfp.config.base import Section


class PerturbationConfig(Section):
    """A small change of samples that turns a network's mind."""

    snr_db: float | None = Field(
        None, ge=0, description="budget: the sound over the change, of each segment"
    )
    most_change: float = Field(
        0.0, ge=0, le=1, description="budget without snr_db: of any sample, full scale 1; 0: none"
    )
    steps: int = Field(20, ge=1, description="1: the fast gradient sign method")
    step_share: float = Field(0.15, gt=0, le=1, description="of the budget, a step or query")
    targeted: bool = Field(False, description="to be taken for the next device in the alphabet")
    queries: int | None = Field(
        None,
        ge=1,
        description="the attacker may ask for the scores of so many changes of each segment, and "
        "knows no gradient (steps does not count); null: the network is known",
    )
    masked: bool = Field(False, description="kept below the sound at each time and frequency")

    @model_validator(mode="after")
    def _has_one_budget(self) -> Self:
        if self.snr_db is not None and self.most_change > 0:
            raise ValueError("give snr_db or most_change, not both")
        return self


class MimicryConfig(Section):
    """A recording that is to pass for one by another device."""

    towards: Literal["next", "others"] = Field(
        "next",
        description="next: the next device in the alphabet; others: no device, by what is common "
        "to all others",
    )
    spectrum: bool = Field(True, description="long-term spectrum matched by a filter")
    noise: bool = Field(True, description="noise floor raised to the other's")
    seconds: float = Field(30.0, gt=0, description="of recordings by each other device")
