"""A response as files: impulse response, table, figure."""

import csv
from pathlib import Path

from micfp.audio import write_wav
from micfp.casework.response.response import Response
from micfp.errors import printable
from micfp.evaluation.figures import house_style, new_figure, save
from micfp.evaluation.figures.style import OKABE_ITO, frequency_axis, short
from micfp.written import writing_into

SOUND, TABLE, FIGURE = "response.wav", "response.csv", "response.png"


def write(found: Response, folder: Path) -> list[Path]:
    """Write `response.wav`, `response.csv` and `response.png`; their paths.

    Parameters
    ----------
    found
        What was measured.
    folder
        Made where it is not there.

    Raises
    ------
    MicfpError
        The folder cannot be written.
    """
    with writing_into(folder):
        _write(found, folder)
    return [folder / name for name in (SOUND, TABLE, FIGURE)]


def _write(found: Response, folder: Path) -> None:
    write_wav(folder / SOUND, found.impulse, found.rate_hz)
    rows = list(found.rows())
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
    with house_style():
        figure, ax = new_figure((7.0, 4.2))
        ax.plot(found.hz, found.level_db, color=OKABE_ITO[0])
        ax.fill_between(
            found.hz, found.low_db, found.high_db, color=OKABE_ITO[0], alpha=0.25, linewidth=0
        )
        frequency_axis(ax, found.hz[0], found.hz[-1])
        ax.set_ylabel("level (dB re mean of 500 to 2000 Hz)")
        name = short(printable(Path(found.path).name), 40)
        ax.set_title(f"{name}: mean of {len(found.arrivals)} sweeps, and its 95 % interval")
        save(figure, folder / FIGURE)
