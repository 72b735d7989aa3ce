"""What stands above and below figures: `captions.toml`, filled with what their stages wrote."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from micfp.evaluation.bootstrap import interval_text
from micfp.evaluation.decision import RULE_IN_WORDS
from micfp.report.wording import spaced, split_in_words

IN_WORDS: dict[str, Callable[[Any], str]] = {
    "confidence": interval_text,
    "decision": RULE_IN_WORDS.__getitem__,
    "metric": spaced,
    "split": split_in_words,
}


@dataclass(frozen=True)
class Said:
    """What is said of a figure: above it, below it, and in place of it."""

    title: str
    caption: str
    finding: str


def said_of(kind: str, facts: Mapping[str, Any]) -> Said:
    """What is said of a figure.

    Raises KeyError for a kind or a fact that is not there.
    """
    said = {n: IN_WORDS[n](value) if n in IN_WORDS else value for n, value in facts.items()}
    words = captions()[kind]
    return Said(**{name: text.format_map(said) for name, text in words.items()})


@cache
def captions() -> Mapping[str, Mapping[str, str]]:
    """Title, caption and finding by kind of figure, with facts in braces."""
    return tomllib.loads((files("micfp.report") / "captions.toml").read_text(encoding="utf-8"))
