"""What the thesis reports, as data: the figures 5A-5J.

Source: Azzam 2023, "Microphone fingerprinting", section 5.1: weighted F1 beside the confusion
matrices of Fig. 5A-5H, mean over the classifiers in Fig. 5I (shares of each row), Fig. 5J as text.
28 test segments; stratified random 80/20 over segments, seed 42.
"""

from micfp.corpora import thesis

MICROPHONES = tuple(microphone.device for microphone in thesis.MICROPHONES)
_SM7B, _MB7, _KM184_1, _KM184_2, _NT1A = MICROPHONES
TEST_SEGMENTS = 28

# Figure, classifier, weighted F1. Fig. 5G is headed "Linear Regression"; it is logistic regression.
WEIGHTED_F1 = (
    ("5A", "svc", 0.85),
    ("5B", "knn", 0.79),
    ("5C", "mlp", 0.85),
    ("5D", "rf", 0.82),
    ("5E", "gb", 0.82),
    ("5F", "nb", 0.66),
    ("5G", "lr", 0.89),
    ("5H", "dt", 0.85),
)

CLASSIFIERS = tuple(classifier for _, classifier, _ in WEIGHTED_F1)

# What it says of its results in words: section, words.
CLAIMS = (
    ("abstract", "results ranging from 70% to 100% accuracy"),
    (
        "8",
        "some classifiers, such as MLP and Linear Regression, achieved a 100% success rate in "
        "identifying the correct microphone",
    ),
)

# Fig. 5I: shares of each true microphone's segments; what is not listed is 0, but for rounding.
CONFUSION = {
    _SM7B: {_SM7B: 1.00},
    _MB7: {_MB7: 0.83, _SM7B: 0.04, _NT1A: 0.12},
    _KM184_1: {_KM184_1: 0.54, _KM184_2: 0.44, _SM7B: 0.02},
    _KM184_2: {_KM184_2: 0.80, _KM184_1: 0.20},
    _NT1A: {_NT1A: 0.95},
}

# Fig. 5J: precision, recall, F1, support, mean over the classifiers.
REPORT = {
    _SM7B: (0.96, 1.00, 0.98, 6),
    _MB7: (0.98, 0.83, 0.90, 6),
    _KM184_1: (0.77, 0.50, 0.59, 6),
    _KM184_2: (0.54, 0.80, 0.64, 5),
    _NT1A: (0.87, 0.95, 0.90, 5),
}
ACCURACY = 0.81


def confusion(true: str, named: str) -> float | None:
    """The share of a microphone's segments that Fig. 5I has named as another, 0..1.

    None where it is not known: where the shares of a row do not add up, the figure shows others
    that were not read off.
    """
    stated = CONFUSION[true]
    return stated.get(named, 0.0 if sum(stated.values()) > 0.985 else None)
