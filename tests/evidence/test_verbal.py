import numpy as np
import pytest

from micfp.evidence.verbal import in_words, ratio, support

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
        "moderate support for the first"
    )
    assert in_words(-2.0, ours, theirs) == (
        "100 times likelier if any other phone did than if this phone made it: "
        "moderately strong support for the first"
    )
    assert in_words(0.0, ours, theirs) == (
        "about as likely if this phone made it as if any other phone did: no support for either"
    )


def test_ratio_has_two_digits() -> None:
    # 10^1.5 = 31.6, 10^-1.477 = 0.0333, 10^3.08 = 1202.
    assert [ratio(x) for x in (1.5, -1.477, 3.08, 0.0, 0.67)] == [
        "32",
        "0.033",
        "1200",
        "1",
        "4.7",
    ]
