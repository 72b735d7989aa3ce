"""What every section of the parameter file has in common."""

from collections.abc import Iterable
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator

from micfp.errors import shown

LARGEST_NUMBER = 1e10

RateHz = Annotated[int, Field(ge=1000, le=1_536_000)]
"""A sample rate that audio comes in or is resampled to."""


def unbounded(value: Any) -> str:
    """What is wrong with a number that is not finite or beyond all sense; nothing of another."""
    if not isinstance(value, int | float) or abs(value) <= LARGEST_NUMBER:
        return ""
    # Python writes no integer of thousands of digits
    digits = f"an integer of {value.bit_length()} bits" if isinstance(value, int) else shown(value)
    return f"{digits} is no number from -{LARGEST_NUMBER:.0e} to {LARGEST_NUMBER:.0e}"


class Section(BaseModel):
    """A frozen section of `params.yaml`; an unknown key is an error, and so is a wild number."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @field_validator("*")
    @classmethod
    def _is_bounded(cls, value: Any) -> Any:
        for number in value if isinstance(value, list | tuple) else (value,):
            if fault := unbounded(number):
                raise ValueError(fault)
        return value

    def only(self, fields: Iterable[str]) -> Self:
        """Return a copy with these fields alone: reading another raises AttributeError.

        A step's key holds just what the step reads. A worker gets no more than its key holds, so
        that it cannot read a default in place of a value that was never handed to it.
        """
        copy = self.model_copy()
        for name in copy.__dict__.keys() - set(fields):
            del copy.__dict__[name]
        return copy


class StudySection(Section):
    """The section of a study: no result but those of the study depends on it."""
