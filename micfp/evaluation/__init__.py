"""How good the classifiers are, in numbers with intervals and in figures: pure functions."""
