"""Where a published model comes from: what it says of itself in every answer.

The fitted model in the store is a function of its inputs alone. What is known only when a run
publishes it, or logs it to MLflow, stands beside it in `provenance.json`.
"""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import get_args

from micfp.config.models import DecisionRule, EvaluationConfig
from micfp.errors import MicfpError, shown
from micfp.models.description import read_description

FILE = "provenance.json"


@dataclass(frozen=True)
class Provenance:
    """The run that a model is of.

    Attributes
    ----------
    corpus
        name of the corpus that it learned from; None where it is not known
    made
        when it was fitted, ISO 8601 in UTC; None where it is not known
    decision
        how its segments are pooled to a recording: the rule by which the run was evaluated
    left_out
        devices of the corpus that it cannot name, since too few of their recordings could be used
    """

    corpus: str | None = None
    made: str | None = None
    decision: DecisionRule = EvaluationConfig().decision
    left_out: tuple[str, ...] = ()

    def in_words(self) -> str:
        """`corpus bench, made 2026-11-28T03:20:11Z`."""
        return f"corpus {self.corpus or 'unknown'}, made {self.made or 'at an unknown time'}"

    def as_json(self) -> str:
        """The content of `provenance.json`."""
        return json.dumps(asdict(self), indent=1)


def read_provenance(folder: Path) -> Provenance:
    """Read what is said of a model; nothing is known of one that comes straight from the store.

    Raises
    ------
    MicfpError
        if the file is damaged
    """
    path = folder / FILE
    try:
        described = read_description(path)
        left_out = described.pop("left_out", [])
        if not isinstance(left_out, list) or not all(isinstance(n, str) for n in left_out):
            raise ValueError("left_out is a list of names")
        if not all(value is None or isinstance(value, str) for value in described.values()):
            raise ValueError("each value is a text")
        provenance = Provenance(**described, left_out=tuple(left_out))
    except FileNotFoundError:
        return Provenance()
    except (OSError, ValueError, TypeError) as error:
        raise MicfpError(f"{path}: damaged ({error}); publish the model again") from None
    if provenance.decision not in get_args(DecisionRule):
        raise MicfpError(
            f"{path}: decision {shown(provenance.decision)} is no rule; there are "
            f"{', '.join(get_args(DecisionRule))}; publish the model again"
        )
    return provenance
