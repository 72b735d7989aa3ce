"""The figures of a report, as SVG whose letters are drawn: they need no font."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.casework.answers import RankedDevice
from micfp.casework.report.contents import device_of
from micfp.casework.report.document import Picture
from micfp.casework.report.glyphs import drawable
from micfp.casework.report.language import Language
from micfp.evaluation.figures.style import (
    CHANCE,
    OKABE_ITO,
    error_lengths,
    frequency_axis,
    house_style,
    legend_below,
    list_size,
    new_figure,
    set_row_labels,
)
from micfp.fingerprint.embedding.spectra import Float32, band_centres_hz

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Array = NDArray[np.float64]
Mark = tuple[float, float, float]
"""Time of a change, and the ends of its interval, in seconds."""
MOST_ROWS = 15
MOST_CURVES = 3
CURVES = ((OKABE_ITO[0], "--"), (OKABE_ITO[1], "-."), (OKABE_ITO[2], ":"))
WIDTH_IN = 6.4
LEVEL_HZ = (300.0, 3400.0)
"""Where curves are laid over each other: what every recording of a voice has."""


def ratios(
    ranking: Sequence[RankedDevice], bounds: tuple[float, float], words: Language
) -> Picture:
    """LRs of enrolled devices with their intervals, between the bounds."""
    shown = ranking[:MOST_ROWS]
    value = np.array([one.log10_lr for one in shown])
    low, high = np.array([one.interval for one in shown]).T
    with house_style():
        figure, ax = new_figure(list_size(len(shown) + 1, width=WIDTH_IN))
        for end in bounds:
            ax.axvline(end, color=CHANCE, linestyle="--", linewidth=1)
        ax.axvline(0, color=CHANCE, linewidth=1)
        ax.errorbar(
            value,
            np.arange(len(shown)),
            xerr=error_lengths(value, low, high),
            color=OKABE_ITO[0],
            marker="o",
            linestyle="none",
            capsize=4,
        )
        set_row_labels(ax, [drawable(device_of(one.device)) for one in shown])
        margin = 0.12 * (bounds[1] - bounds[0]) + 0.1
        ax.set_xlim(bounds[0] - margin, bounds[1] + margin)
        ax.set_xlabel(drawable(words.text("results.figure_x")))
        ax.set_title(drawable(words.text("results.figure_h2")), loc="left", fontsize=8)
        ax.set_title(drawable(words.text("results.figure_h1")), loc="right", fontsize=8)
        svg = _svg(figure)
    rows = [
        words.text(
            "results.figure_row",
            device=device_of(one.device),
            ratio=words.ratio(one.log10_lr),
            low=words.ratio(one.interval[0]),
            high=words.ratio(one.interval[1]),
        )
        for one in shown
    ]
    alternative = words.text(
        "results.figure_alt",
        low=words.ratio(bounds[0]),
        high=words.ratio(bounds[1]),
        rows="; ".join(rows),
    )
    return Picture(svg, alternative, words.text("results.figure"))


def responses(file: str, asked: Float32, known: Mapping[str, Float32], words: Language) -> Picture:
    """Estimated frequency responses: of a recording, and of the first few devices.

    Parameters
    ----------
    file
        Name of the recording.
    asked
        Its response (N_BANDS,) in dB, NaN in bands that it does not have.
    known
        The same of each device.
    """
    hz = band_centres_hz()
    levelled = {name: _levelled(curve, hz) for name, curve in list(known.items())[:MOST_CURVES]}
    own = _levelled(asked, hz)
    there = hz[np.isfinite(own)]
    with house_style():
        figure, ax = new_figure((WIDTH_IN, 3.4))
        for (name, curve), (colour, line) in zip(levelled.items(), CURVES, strict=False):
            label = drawable(device_of(name))
            ax.plot(hz, curve, color=colour, linestyle=line, linewidth=1.4, label=label)
        label = drawable(words.text("results.response_asked"))
        ax.plot(hz, own, color="#000000", linewidth=1.8, label=label)
        frequency_axis(ax, float(hz[0]), float(hz[-1]))
        ax.set_xlabel(drawable(words.text("results.response_x")))
        ax.set_ylabel(drawable(words.text("results.response_y")))
        legend_below(ax, last=label, columns=2)
        svg = _svg(figure)
    rows = [
        words.text(
            "results.response_row",
            device=device_of(name),
            db=words.number(float(np.sqrt(np.nanmean((curve - own) ** 2))), 1),
        )
        for name, curve in levelled.items()
        if np.isfinite(curve - own).any()
    ]
    alternative = words.text(
        "results.response_alt",
        file=file,
        least=words.number(float(there.min())),
        most=words.number(float(there.max())),
        rows=", ".join(rows) or words.text("language.none"),
    )
    return Picture(svg, alternative, words.text("results.response"))


def timeline(
    duration_s: float,
    segments: Sequence[tuple[float, float, str]],
    tracks: Mapping[str, Sequence[Mark]],
    words: Language,
) -> Picture:
    """Segments of a recording, and what changed where.

    Parameters
    ----------
    duration_s
        Of the recording.
    segments
        Start, stop and device of each; none where nothing is said of the device.
    tracks
        Changes of each.
    """
    names = list(dict.fromkeys(device for _, _, device in segments))
    rows = [words.text("scan.segments")] * bool(segments) + list(tracks)
    colours = (*OKABE_ITO, CHANCE)
    with house_style():
        figure, ax = new_figure((WIDTH_IN, 0.9 + 0.36 * len(rows)))
        for start, stop, device in segments:
            colour = colours[min(names.index(device), len(colours) - 1)]
            ax.barh(0, stop - start, left=start, height=0.7, color=colour, edgecolor="#ffffff")
        for row, marks in enumerate(tracks.values(), len(rows) - len(tracks)):
            time, low, high = np.array(marks).T
            ax.errorbar(
                time,
                np.full(len(marks), row),
                xerr=error_lengths(time, low, high),
                color="#000000",
                marker="|",
                markersize=12,
                linestyle="none",
                capsize=3,
            )
        set_row_labels(ax, [drawable(one) for one in rows])
        ax.set_xlim(0, duration_s)
        ax.set_xlabel(drawable(words.text("scan.figure_x")))
        for name, colour in zip(names[:MOST_ROWS], colours, strict=False):
            ax.bar(0, 0, color=colour, label=drawable(name))
        if names:
            legend_below(ax, last=drawable(names[-1]), columns=3)
        svg = _svg(figure)
    said = [
        words.text(
            "scan.figure_segment",
            start=words.number(start, 2),
            stop=words.number(stop, 2),
            device=device,
        )
        for start, stop, device in segments
    ]
    said += [
        words.text("scan.figure_change", track=track, time=words.number(time, 2))
        for track, marks in tracks.items()
        for time, *_ in marks
    ]
    if len(said) > MOST_ROWS:
        said = [*said[:MOST_ROWS], "\u2026"]
    alternative = words.text(
        "scan.figure_alt", duration=words.number(duration_s, 1), rows="; ".join(said)
    )
    return Picture(svg, alternative, words.text("scan.figure"))


def _levelled(curve: Float32, hz: Array) -> Array:
    """A curve with a mean of 0 dB where voices are: gain says nothing of a device."""
    middle = curve[(hz >= LEVEL_HZ[0]) & (hz <= LEVEL_HZ[1])]
    finite = middle[np.isfinite(middle)]
    return np.asarray(curve - (finite.mean() if len(finite) else 0.0), np.float64)


def _svg(figure: "Figure") -> bytes:
    """The same figure gives the same bytes."""
    out = io.BytesIO()
    figure.savefig(
        out,
        format="svg",
        metadata={"Date": None, "Creator": None},
        bbox_inches="tight",
        pad_inches=0.06,
    )
    return out.getvalue()
