"""Step `spectrograms`: three seconds of each recording (thesis, Fig. 4B), on sheets of many.

A step of its own, so that other classifiers need nothing of the recordings. Reads: audio, and the
quality table, which says where each recording is loudest. Writes: PNG files and `figures.json`.
Of many recordings a sample is drawn: thousands would take long, and nobody looks at them.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.task import Spec
from micfp.evaluation.figures import (
    Book,
    house_style,
    level_bar,
    new_grid,
    save,
    spectrogram,
)
from micfp.recordings.quality.spectrogram import read_spectrogram
from micfp.tables import read_table, rows_of

if TYPE_CHECKING:
    import pandas as pd

PANELS_A_SHEET = 30
SHORTEST_S = 0.1  # shorter recordings, and those that cannot be read, are not shown


def run(spec: Spec, out: Path) -> None:
    """Draw every sheet."""
    table = read_table(spec.entry("quality") / "quality.parquet")
    drawable = table[table["duration_s"] >= SHORTEST_S]
    table = sample(drawable, spec.params["most"], spec.params["seed"])
    table = table.sort_values(["content", "session", "device", "recording"])
    counts = {"n_drawn": len(table), "n_recordings": len(drawable)}
    kind = "spectrograms" if len(table) == len(drawable) else "spectrograms_sample"
    paths = {recording.recording: recording.path for recording in spec.audio}
    book = Book(out)
    sheets = range(0, len(table), PANELS_A_SHEET)
    for number, start in enumerate(sheets, 1):
        rows = table.iloc[start : start + PANELS_A_SHEET]
        columns = min(5, len(rows))
        lines = -(-len(rows) // columns)
        with house_style():
            figure, grid = new_grid(lines, columns, (2.2 * columns + 1, 1.7 * lines + 0.3))
            panels: list[Any] = grid.ravel().tolist()
            for ax, row in zip(panels, rows_of(rows), strict=False):
                path, channel = paths[row.recording], spec.params["channel"]
                panel = read_spectrogram(path, row.loudest_s, channel)
                image = spectrogram(
                    ax,
                    panel.db.T,
                    panel.times_s,
                    panel.freqs_hz,
                    title=" ".join(filter(None, (row.device, row.session, row.content))),
                )
                ax.label_outer()
            for ax in panels[len(rows) :]:
                ax.set_axis_off()
            level_bar(image, panels)
            save(figure, book.folder / f"spectrograms_{number:02d}.png")  # an SVG would be larger
        book.note(
            "recordings",
            f"spectrograms_{number:02d}.png",
            kind,
            {"sheet": number, "n_sheets": len(sheets)} | counts,
        )
    book.close()


def sample(table: "pd.DataFrame", most: int, seed: int) -> "pd.DataFrame":
    """At most so many rows of a table with the columns `device` and `recording`.

    Drawn at random, from every device as many as from the others as far as it has them; the same
    whatever the order of the rows.
    """
    shuffled = table.sort_values("recording").sample(frac=1, random_state=seed)
    turn = shuffled.groupby("device").cumcount().sort_values(kind="stable")
    return table.loc[turn.index[:most]]
