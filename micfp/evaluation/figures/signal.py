"""Spectra: of devices, and of one recording over time."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from micfp.evaluation.figures.style import (
    OKABE_ITO,
    class_styles,
    frequency_axis,
    legend_right,
    set_row_labels,
    short,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.image import AxesImage

MOST_LINES = len(OKABE_ITO)


def mean_spectrum(
    ax: "Axes",
    frequency_hz: ArrayLike,
    level_db: ArrayLike,
    devices: Sequence[str],
    *,
    reference: str = "full scale",
    title: str = "",
) -> None:
    """Draw the mean spectrum of each device on a logarithmic frequency axis.

    Up to eight devices are lines; more are rows of a map of their deviation from the mean over
    devices, since what they have in common is the room, the loudspeaker and what was played.

    Parameters
    ----------
    frequency_hz
        above 0, rising, shape (k,)
    level_db
        dB re `reference`, shape (n_devices, k); NaN or -inf where there is none
    """
    hz, level = np.asarray(frequency_hz, np.float64), np.asarray(level_db, np.float64)
    level = np.where(np.isfinite(level), level, np.nan)  # digital silence is a gap
    if len(devices) > MOST_LINES:
        _deviation_map(ax, hz, level, devices)
    else:
        styles = class_styles(len(devices))
        for name, line, (colour, _, _) in zip(devices, level, styles, strict=True):
            ax.plot(hz, line, color=colour, linewidth=1.3, label=short(name))
        ax.set_ylabel(f"level (dB re {reference})")
        legend_right(ax, len(devices))
        frequency_axis(ax, hz[0], hz[-1])
    ax.set_title(title)


def _deviation_map(
    ax: "Axes", hz: "np.ndarray", level: "np.ndarray", devices: Sequence[str]
) -> None:
    import matplotlib
    from matplotlib.colors import Normalize

    # Each device's level says nothing of its response: a volume slider moves it.
    known = np.ma.masked_invalid(level)
    shape = known - known.mean(axis=1, keepdims=True)
    deviation = shape - shape.mean(axis=0)
    most = max(1.0, float(np.quantile(np.abs(deviation.compressed()), 0.99)))
    # Two hues that any colour vision tells apart; white is the mean, grey is nothing known.
    colours = matplotlib.colormaps["PuOr"].with_extremes(bad="#bbbbbb")
    image = ax.pcolormesh(
        hz,
        np.arange(len(devices)),
        deviation,
        cmap=colours,
        norm=Normalize(-most, most),
        shading="nearest",
        rasterized=True,
    )
    set_row_labels(ax, devices)
    ax.grid(visible=False)
    for boundary in np.arange(len(devices) - 1) + 0.5:
        ax.axhline(boundary, color="white", linewidth=0.6)
    ax.tick_params(axis="y", length=0)
    frequency_axis(ax, hz[0], hz[-1])
    bar = ax.figure.colorbar(image, ax=ax, pad=0.02, aspect=40, extend="both", extendfrac=0.02)
    bar.outline.set_visible(False)
    bar.set_label("deviation from the mean over devices (dB)")


def spectrogram(
    ax: "Axes",
    level_db: ArrayLike,
    time_s: ArrayLike,
    frequency_hz: ArrayLike,
    *,
    range_db: float = 80.0,
    title: str = "",
) -> "AxesImage":
    """Draw the power spectrogram of a short passage, below its highest level.

    Parameters
    ----------
    level_db
        dB, shape (n_frequencies, n_times); -inf is allowed
    time_s, frequency_hz
        evenly spaced, shape (n_times,) and (n_frequencies,)
    range_db
        how far below the highest level is shown

    Returns
    -------
    The image, for `level_bar`.
    """
    from matplotlib.ticker import FuncFormatter

    level = np.asarray(level_db, np.float64)
    finite = level[np.isfinite(level)]
    top = float(finite.max()) if finite.size else 0.0
    image = ax.imshow(
        np.maximum(level - top, -range_db),
        extent=(*_edges(time_s), *_edges(frequency_hz)),
        origin="lower",
        aspect="auto",
        interpolation="nearest",
        cmap="viridis",
        vmin=-range_db,
        vmax=0.0,
    )
    ax.grid(visible=False)
    ax.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value / 1000:g}"))
    ax.set_xlabel("time (s)")
    ax.set_ylabel("frequency (kHz)")
    ax.set_title(title)
    return image


def level_bar(image: "AxesImage", axes: Any) -> None:
    """Draw the colour bar of one spectrogram, or one for all of a sheet."""
    bar = image.axes.figure.colorbar(image, ax=axes, pad=0.02, aspect=40, shrink=0.9)
    bar.set_label("level (dB re the loudest)")
    bar.outline.set_visible(False)


def _edges(centres: ArrayLike) -> tuple[float, float]:
    """Return the outer edges of even cells around these centres."""
    values = np.asarray(centres, np.float64)
    half = (values[-1] - values[0]) / max(len(values) - 1, 1) / 2 or 0.5
    return float(values[0] - half), float(values[-1] + half)
