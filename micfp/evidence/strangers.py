"""*None of these*: whether the best of some enrolled devices made a recording, or a stranger.

The best of many is greater than one by chance; what it is worth hangs on how many there are, and on
how far it stands above the second.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.evidence.logistic import Logistic, fit_logistic
from micfp.evidence.trials import Bools, Trials

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

N_ENROLLED = (1, 2, 3, 5, 10, 20, 30, 50, 100)
"""Numbers of devices that questions are drawn with, as far as there are so many."""
MOST_GAP = 3.0
"""Log10: further above the second is no further."""
NOMINAL_FALSE_ALARMS = 0.02
"""Share of strangers that may be named."""


@dataclass(frozen=True)
class Best:
    """The best of some enrolled devices, for one or more recordings.

    Attributes
    ----------
    log10_lr
        (n,) of the best, against any other device.
    gap
        (n,) how far it is above the second, 0..MOST_GAP; MOST_GAP where there is no second.
    n_enrolled
        (n,) how many devices were compared, 1 or more.
    """

    log10_lr: Array
    gap: Array
    n_enrolled: Array

    @property
    def measures(self) -> Array:
        """(n, 2): what the weight of the best hangs on, beside itself."""
        return np.column_stack([self.gap, np.log10(self.n_enrolled)])


@dataclass(frozen=True)
class Strangers:
    """From the best device's LR to that of "it made the recording" against "none of these did".

    Attributes
    ----------
    logistic
        Of the best log10 LR, with the gap and log10 of the number of devices as measures.
    threshold, per_decade
        Log10 LR from which the best of one device is named, and how much higher it is with ten
        times the devices: `NOMINAL_FALSE_ALARMS` of strangers pass it.
    """

    logistic: Logistic
    threshold: float
    per_decade: float = 0.0

    def named(self, best: Best) -> Bools:
        """Whether the best is named (n,): never where "none of these" is the likelier.

        Of more devices than were drawn the threshold rises no further: the LR counts them already,
        and a line through few devices would name hardly any of a thousand.
        """
        n_enrolled = np.minimum(best.n_enrolled, N_ENROLLED[-1])
        threshold = self.threshold + self.per_decade * np.log10(n_enrolled)
        return np.asarray(self.log10_lr(best) >= np.maximum(threshold, 0.0))

    def log10_lr(self, best: Best) -> Array:
        """Log10 LR (n,) of the best device against none of the enrolled."""
        return self.logistic.log10_lr(best.log10_lr, best.measures)


def best_of(log10_lr: Array, compares: Bools) -> Best:
    """The best of the devices that compare, (n_devices, n): one or more for each recording."""
    found = np.where(compares, log10_lr, -np.inf)
    ordered = np.sort(found, axis=0)[::-1]
    second = ordered[1] if len(ordered) > 1 else np.full(found.shape[1], -np.inf)
    gap = np.minimum(ordered[0] - second, MOST_GAP)
    return Best(ordered[0], gap, compares.sum(axis=0).astype(np.float64))


@dataclass(frozen=True)
class Questions:
    """Recordings asked of enrolled devices, drawn.

    Attributes
    ----------
    best
        Of the enrolled ones.
    own
        (n,) whether the best made the recording.
    stranger
        (n,) whether none of the enrolled did.
    """

    best: Best
    own: Bools
    stranger: Bools


def drawn_questions(
    log10_lr: Array, compares: Bools, of: Ints, by: Ints, rng: np.random.Generator
) -> Iterator[Questions]:
    """Ask each recording of devices that are drawn, with its own among them and without.

    Parameters
    ----------
    log10_lr, compares
        (n_references, n_tests), of one reference or more of each device.
    of, by
        (n_references,) and (n_tests,) numbers of the devices.
    rng
        Draws who is enrolled, by one reference each.
    """
    for test, device in enumerate(by):
        there = rng.permutation(np.flatnonzero(compares[:, test]))
        there = there[np.unique(of[there], return_index=True)[1]]
        own, others = there[of[there] == device], there[of[there] != device]
        if len(own) == 0:
            continue
        for n in N_ENROLLED:
            if n > len(others):
                break
            for stranger in (False, True):
                drawn = rng.permutation(others)[: n if stranger else n - 1]
                rows = drawn if stranger else np.append(drawn, own[0])
                column = log10_lr[rows, test][:, None]
                best = best_of(column, np.ones_like(column, np.bool_))
                is_own = not stranger and rows[column[:, 0].argmax()] == own[0]
                yield Questions(best, np.array([is_own]), np.array([stranger]))


def joined_questions(parts: Sequence[Questions]) -> Questions:
    """All of one or more parts."""
    best = Best(
        np.concatenate([one.best.log10_lr for one in parts]),
        np.concatenate([one.best.gap for one in parts]),
        np.concatenate([one.best.n_enrolled for one in parts]),
    )
    return Questions(
        best,
        np.concatenate([one.own for one in parts]),
        np.concatenate([one.stranger for one in parts]),
    )


def fit_strangers(questions: Questions, nominal: float = NOMINAL_FALSE_ALARMS) -> Strangers:
    """Fit to questions whose answer is known; a wrong device that is best counts as no stranger's.

    Raises
    ------
    ValueError
        No question of a stranger, or none whose device is best.
    """
    used = questions.own | questions.stranger
    best = questions.best
    trials = Trials(
        best.log10_lr[used],
        questions.own[used],
        np.zeros(used.sum(), np.int64),
        np.zeros(used.sum(), np.int64),
        best.measures[used],
        ("gap_log10", "log10_enrolled"),
    )
    logistic = fit_logistic(trials)
    log10_lr = Strangers(logistic, 0.0).log10_lr(best)[questions.stranger]
    n_enrolled, place = np.unique(best.n_enrolled[questions.stranger], return_inverse=True)
    passed = [np.quantile(log10_lr[place == k], 1 - nominal) for k in range(len(n_enrolled))]
    if len(n_enrolled) == 1:
        return Strangers(logistic, float(passed[0]))
    per_decade, threshold = np.polyfit(np.log10(n_enrolled), passed, 1)
    return Strangers(logistic, float(threshold), float(per_decade))
