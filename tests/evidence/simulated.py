"""Scores of made-up devices."""

import numpy as np

from micfp.evidence.trials import Trials


def trials_of(score, same, first=None, second=None, quality=None) -> Trials:
    """Trials of lists; without devices, 0 is that of pairs of one, and 0 and 1 those of two."""
    score, same = np.asarray(score, float), np.asarray(same, bool)
    first = np.zeros(len(score), np.int64) if first is None else np.asarray(first)
    second = np.where(same, 0, 1) if second is None else np.asarray(second)
    quality = np.zeros((len(score), 0)) if quality is None else np.asarray(quality, float)
    names = tuple(f"measure_{k}" for k in range(quality.shape[1]))
    return Trials(score, same, first, second, quality, names)


def gaussian_trials(rng, n_same, n_different, mean=1.0, sd=1.0) -> Trials:
    """Scores N(mean, sd^2) and N(-mean, sd^2): the log LR of s is 2 mean s / sd^2."""
    score = np.concatenate([rng.normal(mean, sd, n_same), rng.normal(-mean, sd, n_different)])
    return trials_of(score, np.arange(len(score)) < n_same)
