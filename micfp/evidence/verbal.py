"""Likelihood ratios in words.

References
----------
ENFSI (2015), Guideline for evaluative reporting in forensic science, version 3.0, section on
verbal equivalents.
"""

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
        f"{support(log10_lr)} for the first"
    )


def ratio(log10_lr: float) -> str:
    """An LR to two digits: `0.034`, `4.7`, `31`, `1200`."""
    value = 10**log10_lr
    return f"{float(f'{value:.2g}'):.10g}"
