"""The figure of a scan: waveform, spectrogram and tracks on one axis of time, with all changes."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.casework.scan.found import Scan
from micfp.casework.scan.track import Track
from micfp.errors import printable
from micfp.evaluation.figures import house_style, save
from micfp.evaluation.figures.style import CHANCE, OKABE_ITO, new_grid, short
from micfp.fingerprint.embedding.spectra import Float32

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH_IN, ROW_IN = 9.0, 1.5
N_COLUMNS = 1500
"""Of the picture: more than it has pixels would not be seen."""
FFT = 1024
RANGE_DB = 80.0


def draw(scan: Scan, samples: Float32, rate_hz: int, path: Path) -> None:
    """Draw the figure of a scan of these samples."""
    seen = [one for one in scan.tracks if np.isfinite(one.values).any()]
    with house_style():
        n_rows = 2 + len(seen)
        figure, grid = new_grid(n_rows, 1, (WIDTH_IN, ROW_IN * n_rows + 0.4))
        axes: list[Axes] = list(grid[:, 0])
        _waveform(axes[0], samples, rate_hz)
        _spectrogram(axes[1], samples, rate_hz)
        for ax, track in zip(axes[2:], seen, strict=True):
            _track(ax, track)
        for ax in axes:
            _marks(ax, scan)
            ax.set_xlim(0, len(samples) / rate_hz)
        for ax in axes[:-1]:
            ax.tick_params(labelbottom=False)
        axes[-1].set_xlabel("time (s)")
        axes[0].set_title(short(printable(Path(scan.path).name), 60))
        _names(axes[0], scan)
        save(figure, path)


def _waveform(ax: "Axes", samples: Float32, rate_hz: int) -> None:
    step = max(1, len(samples) // N_COLUMNS)
    blocks = samples[: len(samples) // step * step].reshape(-1, step)
    time_s = (np.arange(len(blocks)) + 0.5) * step / rate_hz
    low, high = blocks.min(axis=1), blocks.max(axis=1)
    ax.fill_between(time_s, low, high, color=OKABE_ITO[0], linewidth=0.3)
    ax.set_ylabel("full scale")


def _spectrogram(ax: "Axes", samples: Float32, rate_hz: int) -> None:
    level_db = _levels_db(samples)
    extent = (0.0, len(samples) / rate_hz, 0.0, rate_hz / 2000)
    top = float(level_db.max())
    ax.imshow(
        level_db,
        extent=extent,
        origin="lower",
        aspect="auto",
        cmap="viridis",
        vmin=top - RANGE_DB,
        vmax=top,
    )
    ax.grid(visible=False)
    ax.set_ylabel("kHz")


def _levels_db(samples: Float32) -> NDArray[np.float64]:
    """Levels (n_bins, n_columns) of frames that are spread evenly, in dB."""
    padded = np.pad(samples, (0, max(0, FFT - len(samples))))
    starts = np.linspace(0, len(padded) - FFT, min(N_COLUMNS, len(padded))).astype(np.int64)
    frames = padded[starts[:, None] + np.arange(FFT)] * np.hanning(FFT)
    power = np.square(np.abs(np.fft.rfft(frames, axis=1)))
    return np.asarray(10 * np.log10(np.maximum(power, 1e-14)).T)


def _track(ax: "Axes", track: Track) -> None:
    ax.plot(track.times_s, track.values, color=OKABE_ITO[0], linewidth=1.0)
    ax.set_ylabel(f"{short(track.name)}\n{short(track.unit, 28)}", fontsize=7)
    if track.threshold is not None:
        ax.axhline(track.threshold, color=CHANCE, linewidth=0.8, linestyle="--")
        ax.annotate(
            "nothing is marked below",
            (0.995, track.threshold),
            xycoords=("axes fraction", "data"),
            ha="right",
            va="bottom",
            fontsize=6,
        )


def _marks(ax: "Axes", scan: Scan) -> None:
    colours = _colours(scan)
    for change in scan.changes:
        colour = colours[change.track]
        ax.axvspan(*change.interval_s, color=colour, alpha=0.2, linewidth=0)
        ax.axvline(change.time_s, color=colour, linewidth=1.0)
    for segment in scan.segments[1:]:
        ax.axvline(segment.start_s, color=CHANCE, linewidth=0.6, linestyle=":")


def _names(ax: "Axes", scan: Scan) -> None:
    """Which colour is which track, and who made each segment."""
    from matplotlib.lines import Line2D

    lines = [Line2D([], [], color=c, label=name) for name, c in _colours(scan).items()]
    if lines:
        ax.legend(handles=lines, loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)
    _, top = ax.get_ylim()
    for one in scan.segments:
        text = short(printable(scan.called(one)), 18)
        ax.text((one.start_s + one.stop_s) / 2, top, text, ha="center", va="top", fontsize=7)


def _colours(scan: Scan) -> dict[str, str]:
    names = dict.fromkeys(one.track for one in scan.changes)
    return {name: OKABE_ITO[(k + 1) % len(OKABE_ITO)] for k, name in enumerate(names)}
