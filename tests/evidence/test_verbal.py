import numpy as np
import pytest

from micfp.evidence.bounds import Bounds
from micfp.evidence.verbal import in_words, lr_with_interval, ratio, support

# ENFSI (2015), table of verbal equivalents: 2-10 weak, 10-100 moderate, 100-1 000 moderately
# strong, 1 000-10 000 strong, 10 000-1 000 000 very strong, above extremely strong support.
GUIDELINE = (
    (1, "no support for either"),
    (1.9, "no support for either"),
    (2.1, "weak support"),
    (9.9, "weak support"),
    (10.1, "moderate support"),
    (99, "moderate support"),
    (101, "moderately strong support"),
    (999, "moderately strong support"),
    (1001, "strong support"),
    (9990, "strong support"),
    (10_010, "very strong support"),
    (999_000, "very strong support"),
    (1_001_000, "extremely strong support"),
    (1e80, "extremely strong support"),
)


@pytest.mark.parametrize(("lr", "words"), GUIDELINE)
def test_the_guidelines_words_for_either_side(lr, words) -> None:
    assert support(np.log10(lr)) == support(-np.log10(lr)) == words


def test_both_hypotheses_are_written_out_the_likelier_first() -> None:
    ours, theirs = "this phone made it", "any other phone did"
    assert in_words(np.log10(31), ours, theirs) == (
        "31 times likelier if this phone made it than if any other phone did: "
        "moderate support that this phone made it"
    )
    assert in_words(-2.0, ours, theirs) == (
        "100 times likelier if any other phone did than if this phone made it: "
        "moderately strong support that any other phone did"
    )
    assert in_words(0.0, ours, theirs) == (
        "about as likely if this phone made it as if any other phone did: no support for either"
    )


@pytest.mark.parametrize(
    ("log10_lr", "interval", "said"),
    [
        # 10 ** 1.08 = 12, 10 ** 0.7 = 5.0, 10 ** 1.3 = 20
        (1.08, (0.7, 1.3), "LR 12 (95 %: 5 to 20; log10 +1.08)"),
        (1.08, (0.7, 1.5), "LR 12 (95 %: 5 or more; log10 +1.08)"),
        (1.5, (0.7, 1.5), "LR 32, bounded (95 %: 5 or more; log10 +1.50)"),
        (1.5, (1.5, 1.5), "LR 32, bounded (log10 +1.50)"),
        (-1.2, (-1.2, -1.2), "LR 0.063, bounded (log10 -1.20)"),
        (-1.0, (-1.2, -0.7), "LR 0.1 (95 %: 0.2 or less; log10 -1.00)"),
        (0.0, (-1.2, 1.5), "LR 1 (95 %: all that may be stated; log10 +0.00)"),
    ],
)
def test_an_end_at_a_bound_is_no_end(
    log10_lr: float, interval: tuple[float, float], said: str
) -> None:
    assert lr_with_interval(log10_lr, interval, Bounds(-1.2, 1.5, "30 devices")) == said


def test_ratio_has_two_digits() -> None:
    # 10^1.5 = 31.6, 10^-1.477 = 0.0333, 10^3.08 = 1202.
    assert [ratio(x) for x in (1.5, -1.477, 3.08, 0.0, 0.67)] == [
        "32",
        "0.033",
        "1200",
        "1",
        "4.7",
    ]
