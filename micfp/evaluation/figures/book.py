"""The figure book: draws figures into a folder and keeps what stands above and below them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from micfp.evaluation.figures.style import house_style, new_figure, save

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Book:
    """Collects figures, with the section, title and caption of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._pages: list[dict[str, str]] = []

    def add(
        self,
        section: str,
        name: str,
        title: str,
        caption: str,
        size: tuple[float, float],
        draw: "Callable[[Axes], None]",
    ) -> None:
        """Draw a figure with one pair of axes and enter it.

        Parameters
        ----------
        section
            part of the report that shows it
        name
            its file, `<name>.png`
        title, caption
            what stands above and below it
        size
            width and height in inches
        draw
            draws into the axes
        """
        with house_style():
            figure, ax = new_figure(size)
            draw(ax)
            save(figure, self.folder / f"{name}.png")
        self.note(section, name, title, caption)

    def note(self, section: str, name: str, title: str, caption: str) -> None:
        """Enter a figure that is drawn already."""
        self._pages.append({"section": section, "name": name, "title": title, "caption": caption})

    def close(self) -> None:
        """Write the list of figures, `figures.json`."""
        (self.folder / "figures.json").write_text(json.dumps(self._pages, indent=1))
