"""What every section of the parameter file has in common."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A frozen section of `params.yaml`; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
