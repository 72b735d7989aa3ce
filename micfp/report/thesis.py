"""What the thesis reports, as data: the figures 5A-5J.

Source: Azzam 2023, "Microphone fingerprinting", section 5.1: weighted F1 beside the confusion
matrices of Fig. 5A-5H, mean over the classifiers in Fig. 5I (shares of each row), Fig. 5J as text.
28 test segments; stratified random 80/20 over segments, seed 42.
"""

MICROPHONES = ("SM7B", "MB 7 Beta", "KM 184 (1)", "KM 184 (2)", "NT1-A")
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

# Fig. 5I: shares of each true microphone's segments; what is not listed is 0, but for rounding.
CONFUSION = {
    "SM7B": {"SM7B": 1.00},
    "MB 7 Beta": {"MB 7 Beta": 0.83, "SM7B": 0.04, "NT1-A": 0.12},
    "KM 184 (1)": {"KM 184 (1)": 0.54, "KM 184 (2)": 0.44, "SM7B": 0.02},
    "KM 184 (2)": {"KM 184 (2)": 0.80, "KM 184 (1)": 0.20},
    "NT1-A": {"NT1-A": 0.95},
}

# Fig. 5J: precision, recall, F1, support, mean over the classifiers.
REPORT = {
    "SM7B": (0.96, 1.00, 0.98, 6),
    "MB 7 Beta": (0.98, 0.83, 0.90, 6),
    "KM 184 (1)": (0.77, 0.50, 0.59, 6),
    "KM 184 (2)": (0.54, 0.80, 0.64, 5),
    "NT1-A": (0.87, 0.95, 0.90, 5),
}
ACCURACY = 0.81
