"""What every section of the parameter file has in common."""

from collections.abc import Iterable
from typing import Self

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen section of `params.yaml`; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)

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
