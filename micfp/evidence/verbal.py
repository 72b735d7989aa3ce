"""Likelihood ratios in words.

References
----------
ENFSI (2015), Guideline for evaluative reporting in forensic science, version 3.0, section on
verbal equivalents.
"""

from micfp.evidence.bounds import Bounds

SCALE = (
    (2.0, "no support for either"),
    (10.0, "weak support"),
    (100.0, "moderate support"),
    (1000.0, "moderately strong support"),
    (10_000.0, "strong support"),
    (1_000_000.0, "very strong support"),
)
"""Below each value, in the words beside it."""
STRONGEST = "extremely strong support"


def strength(log10_lr: float) -> int:
    """Which step of the scale an LR is on, whichever side it is for: 0 (neither) to 6."""
    found = 10 ** abs(log10_lr)
    return next((step for step, (below, _) in enumerate(SCALE) if found < below), len(SCALE))


def support(log10_lr: float) -> str:
    """How strong an LR is, in the guideline's words, whichever side it is for."""
    return (*(words for _, words in SCALE), STRONGEST)[strength(log10_lr)]


def in_words(log10_lr: float, claim: str, alternative: str) -> str:
    """A sentence that an LR stands for: what was found is so many times likelier if.

    Parameters
    ----------
    log10_lr
        Bounded.
    claim, alternative
        Both hypotheses, as they follow on "if".
    """
    if 10 ** abs(log10_lr) < SCALE[0][0]:
        return f"about as likely if {claim} as if {alternative}: {SCALE[0][1]}"
    first, second = (claim, alternative) if log10_lr > 0 else (alternative, claim)
    return (
        f"{ratio(abs(log10_lr))} times likelier if {first} than if {second}: "
        f"{support(log10_lr)} that {first}"
    )


def lr_in_words(log10_lr: float, limits: Bounds) -> str:
    """`31`; `30, bounded` where more may not be said."""
    return ratio(log10_lr) + (", bounded" if limits.reached(log10_lr) else "")


def interval_in_words(interval: tuple[float, float], limits: Bounds) -> str:
    """`0.5 to 12`; `12 or more` where one end is at a bound; empty where nothing is left of it.

    An end at a bound is no end: `30 to 30` would look like certainty.
    """
    low, high = interval
    if limits.hides(interval):
        return ""
    if low <= limits.lower and high >= limits.upper:
        return "all that may be stated"
    if high >= limits.upper:
        return f"{ratio(low)} or more"
    if low <= limits.lower:
        return f"{ratio(high)} or less"
    return f"{ratio(low)} to {ratio(high)}"


def lr_with_interval(log10_lr: float, interval: tuple[float, float], limits: Bounds) -> str:
    """`LR 12 (95 %: 5 to 20; log10 +1.08)`; `LR 30, bounded (log10 +1.48)`."""
    inside = interval_in_words(interval, limits)
    said = f"95 %: {inside}; " if inside else ""
    return f"LR {lr_in_words(log10_lr, limits)} ({said}log10 {log10_lr:+.2f})"


def ratio(log10_lr: float) -> str:
    """An LR to two digits: `0.034`, `4.7`, `31`, `1200`."""
    value = 10**log10_lr
    return f"{float(f'{value:.2g}'):.10g}"
