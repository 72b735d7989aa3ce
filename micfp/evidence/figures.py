"""Figures of log10 likelihood ratios of pairs of one device (same) and of two (different).

Each takes the axes `ax` that it is drawn into first, as those of `micfp.evaluation.figures`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.evaluation.figures.style import (
    CHANCE,
    OKABE_ITO,
    class_styles,
    legend_below,
    legend_right,
    short,
)
from micfp.evaluation.verification import equal_error_rate
from micfp.evidence.bounds import Bounds
from micfp.evidence.measures import (
    Zoo,
    after_pav,
    cross_entropy,
    devpav,
    errors,
    misleading,
    zoo,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
SAME, DIFFERENT = OKABE_ITO[0], OKABE_ITO[1]
GIVEN = "log10 likelihood ratio"
RATES = (0.0001, 0.001, 0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)
RULE_OF_30 = 30
"""Errors from which a rate is within 30 % of the true one, 9 times in 10 (Doddington 1998)."""
PRIORS = np.linspace(-3.0, 3.0, 61)
N_POINTS = 1001
"""Of a line that many pairs make."""
N_TICKS = 200
NAMED = 8
"""Devices of a zoo that are named: those that fare worst."""


def det(ax: "Axes", same: Array, different: Array, *, title: str = "") -> None:
    """Draw misses against false alarms on axes on which normal scores make a straight line."""
    from scipy.special import ndtri

    alarms, misses = errors(same, different)
    lowest = float(np.clip(1 / max(len(same), len(different)), RATES[0], 0.01))
    eer = equal_error_rate(same, different)
    highest = 0.6 if eer < 0.3 else 1 - lowest
    ends = ndtri(np.array([lowest, highest]))
    # Rates of 0 and 1 lie outside, and the line leaves the axes towards them.
    x, y = (ndtri(np.clip(rate, lowest / 10, 1 - lowest / 10)) for rate in (alarms, misses))
    few = (alarms * len(different) < RULE_OF_30) | (misses * len(same) < RULE_OF_30)
    ax.plot(ends, ends, color=CHANCE, linestyle=":", linewidth=1)
    label = f"fewer than {RULE_OF_30} errors of a kind"
    ax.step(x, y, where="post", color=SAME, linestyle="--", linewidth=1, label=label)
    if not few.all():
        surer = (np.where(few, np.nan, rate) for rate in (x, y))
        ax.step(
            *surer, where="post", color=SAME, linewidth=2, label=f"{RULE_OF_30} of both or more"
        )
    ax.plot(
        *[ndtri(np.clip(eer, lowest, highest))] * 2,
        color=DIFFERENT,
        marker="o",
        markersize=5,
        linestyle="none",
        clip_on=False,
        label=f"equal error rate {_percent(eer)}",
    )
    ticks = [rate for rate in RATES if lowest <= rate <= highest]
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_ticks(ndtri(ticks), [f"{100 * rate:g}" for rate in ticks])
    ax.set_xlim(*ends)
    ax.set_ylim(*ends)
    ax.set_aspect("equal")
    ax.set_xlabel("false alarms (% of pairs of two devices)")
    ax.set_ylabel("misses (% of pairs of one device)")
    ax.set_title(title)
    legend_below(ax, columns=2)


def tippett(
    ax: "Axes", same: Array, different: Array, *, bounds: Bounds | None = None, title: str = ""
) -> None:
    """Draw how many of either kind have an LR as great or greater, and where LRs are bounded."""
    every = np.concatenate([same, different])
    given = np.linspace(min(every.min(), 0.0), max(every.max(), 0.0), N_POINTS)
    for values, colour, line, name in (
        (same, SAME, "-", f"one device: {_percent(misleading(-same, 0.0))} mislead (below 0)"),
        (
            different,
            DIFFERENT,
            "--",
            f"two devices: {_percent(misleading(different, 0.0))} mislead (above 0)",
        ),
    ):
        reached = 1 - np.searchsorted(np.sort(values), given) / len(values)
        ax.plot(given, 100 * reached, color=colour, linestyle=line, linewidth=1.6, label=name)
    ax.axvline(0, color=CHANCE, linewidth=1)
    if bounds is not None:
        for place, label in ((bounds.lower, "bounds"), (bounds.upper, None)):
            ax.axvline(place, color=CHANCE, linestyle="-.", linewidth=1, label=label)
    ax.set_ylim(-2, 102)
    ax.set_xlabel(GIVEN)
    ax.set_ylabel("pairs with this LR or a greater (%)")
    ax.set_title(title)
    legend_below(ax, last="bounds", columns=1)


def ece(ax: "Axes", same: Array, different: Array, *, title: str = "") -> None:
    """Draw the empirical cross-entropy over prior log10 odds; with even odds it is Cllr."""
    given = cross_entropy(same, different, PRIORS)
    nothing = cross_entropy(np.zeros(1), np.zeros(1), PRIORS)
    best = cross_entropy(*after_pav(same, different), PRIORS)
    even = len(PRIORS) // 2
    for values, colour, line, name in (
        (given, SAME, "-", f"these LRs (Cllr {given[even]:.3f})"),
        (best, OKABE_ITO[2], "--", f"after PAV ({best[even]:.3f})"),
        (nothing, CHANCE, ":", "LR of 1"),
    ):
        ax.plot(PRIORS, values, color=colour, linestyle=line, linewidth=1.6, label=name)
    ax.set_xlim(PRIORS[0], PRIORS[-1])
    # LRs that mislead may cost any number of bits: that they cost more than nothing is enough.
    ax.set_ylim(0, float(np.clip(1.05 * given.max(), 1.05, 2.0)))
    ax.set_xlabel("prior log10 odds of one device")
    ax.set_ylabel("empirical cross-entropy (bits)")
    ax.set_title(title)
    legend_below(ax, last="LR of 1", columns=2)


def pav(ax: "Axes", same: Array, different: Array, *, title: str = "") -> None:
    """Draw what LRs should have been by PAV against what they are; calibrated ones: the diagonal.

    Ticks below and above are the LRs of pairs of two devices and of one. Triangles stand where one
    kind alone lies beyond, and PAV is 0 or infinite.
    """
    given, place = np.unique(np.concatenate([same, different]), return_index=True)
    should = np.concatenate(after_pav(same, different))[place]
    finite = np.isfinite(should)
    shown = np.concatenate([given, should[finite]])
    margin = 0.08 * max(float(np.ptp(shown)), 1.0)
    low, high = float(shown.min()) - margin, float(shown.max()) + margin
    ax.plot([low, high], [low, high], color=CHANCE, linestyle=":", linewidth=1)
    if finite.any():
        label = f"after PAV (devPAV {devpav(same, different):.2f})"
        ax.plot(given[finite], should[finite], color=OKABE_ITO[2], linewidth=1.6, label=label)
    above, below = (given[should == end] for end in (np.inf, -np.inf))
    for values, colour, marker, height, name in (
        (above, OKABE_ITO[2], "^", 0.95, "infinite after PAV"),
        (below, OKABE_ITO[2], "v", 0.05, "0 after PAV"),
        (np.sort(same), SAME, "|", 0.985, "one device"),
        (np.sort(different), DIFFERENT, "|", 0.015, "two devices"),
    ):
        if len(values):
            _row(ax, _thinned(values), colour, marker, height, name)
    ax.set_xlim(low, high)
    ax.set_ylim(low, high)
    ax.set_aspect("equal")
    ax.set_xlabel(f"{GIVEN}, as stated")
    ax.set_ylabel(f"{GIVEN}, by PAV")
    ax.set_title(title)
    legend_below(ax, columns=2)


def zoo_plot(
    ax: "Axes",
    same: Array,
    different: Array,
    of_same: Sequence[str],
    of_different: Sequence[tuple[str, str]],
    *,
    title: str = "",
) -> None:
    """Draw each device: the mean log10 LR of its own pairs, and of those with others.

    The best lie at the right below (doves). Those whose own pairs are weak are missed (phantoms,
    where those with others are weak, too), those whose pairs with others are strong are taken for
    these (chameleons), and worms are both. Lines are the quartiles beyond which that is so.
    Arguments are those of `measures.zoo`.
    """
    found = zoo(same, different, of_same, of_different)
    worst = np.argsort(found.own - found.others, kind="stable")[:NAMED]
    rest = np.setdiff1d(np.arange(len(found.devices)), worst)
    ax.plot(
        found.own[rest], found.others[rest], color="#999999", marker="o", markersize=4, linestyle=""
    )
    for device, (colour, marker, _) in zip(worst, class_styles(len(worst)), strict=True):
        ax.plot(
            found.own[device],
            found.others[device],
            color=colour,
            marker=marker,
            markersize=6,
            linestyle="none",
            label=short(found.devices[device]),
        )
    _quartiles(ax, found)
    ax.set_xlabel("mean log10 LR of its own pairs")
    ax.set_ylabel("mean log10 LR of its pairs with others")
    ax.set_title(title)
    legend_right(ax, len(worst))


def _quartiles(ax: "Axes", found: Zoo) -> None:
    """Lines and, in the corners, the names of what lies beyond them."""
    for quartile in (25, 75):
        ax.axvline(float(np.percentile(found.own, quartile)), color=CHANCE, lw=0.8, ls=":")
        ax.axhline(float(np.percentile(found.others, quartile)), color=CHANCE, lw=0.8, ls=":")
    ax.margins(0.12)
    for x, y, name in (
        (0.01, 0.01, "phantoms"),
        (0.99, 0.01, "doves"),
        (0.01, 0.99, "worms"),
        (0.99, 0.99, "chameleons"),
    ):
        ax.text(
            *(x, y, name),
            transform=ax.transAxes,
            color=CHANCE,
            fontsize=8,
            fontstyle="italic",
            horizontalalignment="left" if x < 0.5 else "right",
            verticalalignment="bottom" if y < 0.5 else "top",
        )


def _row(ax: "Axes", x: Array, colour: str, marker: str, height: float, name: str) -> None:
    """Marks in a row, at a height of the axes, 0..1."""
    ax.plot(
        *(x, np.full(len(x), height)),
        transform=ax.get_xaxis_transform(),
        color=colour,
        marker=marker,
        markersize=5,
        markerfacecolor="none",
        linestyle="none",
        label=name,
    )


def _thinned(ordered: Array) -> Array:
    """Of many values in order, some: the first, the last, and others evenly between."""
    if len(ordered) <= N_TICKS:
        return ordered
    return np.asarray(ordered[np.linspace(0, len(ordered) - 1, N_TICKS).astype(int)])


def _percent(share: float) -> str:
    return f"{100 * share:.2g} %"
