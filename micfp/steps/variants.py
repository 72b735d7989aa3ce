"""Corpora of a study: its parameters with the differences of each."""

from typing import Any

from micfp.config import Params, merge, parse_params, read_yaml
from micfp.config.studies import CorpusDifferences

STUDIES = {"paper", "robustness"}


def params_of(params: Params, given: CorpusDifferences, where: str) -> Params:
    """The parameters of one corpus; `where` names its section in what is said of a wrong value."""
    values: dict[str, Any] = params.model_dump(mode="json", exclude=STUDIES)
    if given.preset is not None:
        values = merge(values, read_yaml(given.preset))
    return parse_params(merge(values, given.differences), where)
