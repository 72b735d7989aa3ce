"""Numbers as a reader meets them, and what follows from them in words.

No verdict is made of a bare number: it comes from an interval, or says that there is none.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

NO_BREAK = "\N{NO-BREAK SPACE}"
DASH = "\N{EN DASH}"
JOINER = "\N{WORD JOINER}"  # no line ends after a dash that has it
MINUS = "\N{MINUS SIGN}"
NOTHING = DASH


def share(value: float) -> str:
    """A number in 0..1: two decimals, and more where two would round it to 0 or 1."""
    return NOTHING if math.isnan(value) else f"{value:.{_decimals(value)}f}"


def shares_told_apart(values: Iterable[float]) -> Callable[[float], str]:
    """Write shares as `share` does, all with three decimals where two would make equals of them.

    Scores that something was chosen by: two that look the same would not say why.
    """
    known = [value for value in values if not math.isnan(value)]
    if len({share(value) for value in known}) >= len({f"{value:.3f}" for value in known}):
        return share
    return lambda value: NOTHING if math.isnan(value) else f"{value:.{max(3, _decimals(value))}f}"


def share_range(low: float, high: float) -> str:
    """A range within 0..1 as `0.85–0.98`; a low end near 1 gets more decimals, and both alike."""
    decimals = max(_decimals(low) if low > 0.5 else 2, _decimals(high) if high < 0.5 else 2)
    return f"{low:.{decimals}f}{DASH}{high:.{decimals}f}"


def share_with_interval(row: Mapping[str, Any], name: str) -> str:
    """A metric of a table with its interval, as `0.93 (0.85–0.98)`."""
    value, low, high = (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    if math.isnan(low) or math.isnan(value):
        return share(value)
    return f"{share(value)} ({share_range(low, high)})"


def _decimals(value: float) -> int:
    """Enough that a number within 0..1 is not shown as 0 or 1 unless it is."""
    for decimals in (2, 3):
        if abs(value - round(value)) < 1e-9 or round(value, decimals) not in (0.0, 1.0):
            return decimals
    return 4


def percent(value: float) -> str:
    """A number in 0..1 as per cent: `93 %`, and `99.7 %` near the ends."""
    if math.isnan(value):
        return NOTHING
    return f"{_percent_number(value)}{NO_BREAK}%"


def percent_with_interval(row: Mapping[str, Any], name: str) -> str:
    """A metric of a table with its interval, as `93 % (85–98 %)`."""
    value, low, high = (float(row[f"{name}{end}"]) for end in ("", "_low", "_high"))
    if math.isnan(low) or math.isnan(value):
        return f"{percent(value)} (no interval)"
    ends = f"{_percent_number(low)}{DASH}{JOINER}{_percent_number(high)}{NO_BREAK}%"
    return f"{percent(value)} ({ends})"


def _percent_number(value: float) -> str:
    near_an_end = not 0.095 <= value < 0.985
    text = f"{100 * value:.{1 if near_an_end else 0}f}"
    if text == "100.0" and value < 1 - 1e-9:
        return "over 99.9"
    if text == "0.0" and value > 1e-9:
        return "under 0.1"
    return text.removesuffix(".0")


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign: `+4.6`, `−0.3`."""
    if math.isnan(difference):
        return NOTHING
    rounded = round(100 * difference, 1)
    return f"{MINUS if rounded < 0 else '+' if rounded > 0 else ''}{abs(rounded):.1f}"


def number(value: float, decimals: int = 1) -> str:
    """A number with a fixed count of decimals and a real minus sign; a dash for none."""
    if math.isnan(value):
        return NOTHING
    text = f"{value:.{decimals}f}"
    return MINUS + text[1:] if text.startswith("-") else text


def decimals(n: int) -> Callable[[float], str]:
    """Write numbers with n decimals, as `number` does."""
    return lambda value: number(value, n)


def digits(n: int) -> Callable[[float], str]:
    """Write numbers with at most n significant digits; a dash for none."""
    return lambda value: NOTHING if math.isnan(value) else f"{value:.{n}g}"


def count(n: float, one: str, many: str | None = None) -> str:
    """`1 recording`, `30 recordings`, `12 345 segments`."""
    if math.isnan(n):
        return f"an unknown number of {many or one + 's'}"
    figure = f"{int(n):,}".replace(",", NO_BREAK) if n >= 10_000 else str(int(n))
    return f"{figure} {one if int(n) == 1 else many or one + 's'}"


def enumeration(names: Sequence[str], most: int = 8) -> str:
    """`a, b and c`; long lists are cut, and the cut is said."""
    shown = list(names[:most])
    if len(names) > most:
        return f"{', '.join(shown)} and {len(names) - most} more"
    return " and ".join(filter(None, (", ".join(shown[:-1]), shown[-1]))) if shown else "none"


def units_verdict(row: Mapping[str, Any]) -> str:
    """Whether identical units are told apart, from a row of a `units.csv`.

    The interval over recordings of the accuracy a segment is held against chance; where the
    recordings are so few that guessing could name as many of them rightly, that is said.
    """
    low, high, chance = (float(row[n]) for n in ("accuracy_low", "accuracy_high", "chance"))
    if math.isnan(low) or math.isnan(high):
        return "cannot be judged: one recording only"
    if low <= chance <= high:
        return "at chance within its interval"
    if high < chance:
        return "below chance: named the wrong way round"
    if float(row["recording_accuracy"]) <= float(row["recording_chance_high"]):
        return "above chance, but too few recordings to rule out guessing"
    return "told apart"


def shuffle_verdict(row: Mapping[str, Any]) -> str:
    """What the control with shuffled labels says, from a row of `models.csv`."""
    low, high, chance = (float(row[name]) for name in ("shuffled_low", "shuffled_high", "chance"))
    if math.isnan(float(row["shuffled_accuracy"])):
        return "not done"
    if math.isnan(low):
        return "one shuffle only, no interval"
    if low <= chance <= high:
        return "at chance within its interval"
    return "above chance: look for a leak" if low > chance else "below chance: no leak"
