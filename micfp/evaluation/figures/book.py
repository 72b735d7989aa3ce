"""The figure book: draws figures into a folder and keeps what is to be said of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.evaluation.figures.style import house_style, new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Book:
    """Collects figures, with the section, kind and facts of each.

    What stands above and below them is written with the report, from its `captions.toml`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pages: list[dict[str, Any]] = []

    def add(
        self,
        section: str,
        name: str,
        size: tuple[float, float],
        draw: "Callable[[Axes], None]",
        kind: str = "",
        **facts: Any,
    ) -> None:
        """Draw a figure with one pair of axes and enter it.

        Parameters
        ----------
        section
            part of the report that shows it
        name
            its file, `<name>.svg`
        size
            width and height in inches
        draw
            draws into the axes
        kind
            what is said of it, by its name in `captions.toml`; empty where that is `name`
        facts
            names and numbers for what is said
        """
        with house_style():
            figure, ax = new_figure(size)
            draw(ax)
            save(figure, self.folder / f"{name}.svg")
        self.note(section, f"{name}.svg", kind or name, facts)

    def note(self, section: str, file: str, kind: str, facts: dict[str, Any]) -> None:
        """Enter a figure that is drawn already."""
        self._pages.append({"section": section, "file": file, "kind": kind, "facts": facts})

    def close(self) -> None:
        """Write the list of figures, `figures.json`."""
        (self.folder / "figures.json").write_text(json.dumps(self._pages, indent=1))
