"""What each feature family is, from its file: its first sentence, its columns, its settings."""

import importlib
from collections.abc import Iterable, Iterator
from typing import Any

from micfp.features.frames import FRAME_FAMILIES
from micfp.features.registry import FAMILIES, FeatureSet
from micfp.features.settings import FrameSettings


def families() -> str:
    """A table of the families of `features.NAME.families`."""
    of_all, default = set(FrameSettings.model_fields), FeatureSet()
    return _table(
        ("family", "what it is", "values of a frame", "settings of its own"),
        (
            (
                f"`{name}`",
                _sentence("micfp.features", name),
                "of the segment: " * (family.spectrum is not None) + str(len(family.rows(default))),
                _named(family.settings.model_fields.keys() - of_all),
            )
            for name, family in FAMILIES.items()
        ),
    )


def frame_families() -> str:
    """A table of the families of `frames.NAME.family`."""
    return _table(
        ("family", "what a frame holds", "settings that it reads"),
        (
            (f"`{name}`", _sentence("micfp.features.frames", name), _named(_read(family)))
            for name, family in FRAME_FAMILIES.items()
        ),
    )


def _read(family: Any) -> Iterable[str]:
    return family.settings.model_fields.keys()


def _sentence(package: str, name: str) -> str:
    """The first paragraph of the file of a family, in one line."""
    said = importlib.import_module(f"{package}.{name}").__doc__ or ""
    return " ".join(said.strip().split("\n\n")[0].split())


def _named(settings: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in sorted(settings)) or "none"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    def lines() -> Iterator[str]:
        yield "| " + " | ".join(head) + " |"
        yield "|" + "---|" * len(head)
        for row in rows:
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |"

    return "\n".join(lines())
