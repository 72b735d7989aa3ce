"""Fits what differences between both sides of a change are worth, to virtual phones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scan_joins import Join

from micfp.casework.scan.changes import Seeker, kind_of
from micfp.casework.scan.weigh import KINDS, MEASURES, Weights, log_ratio, products
from micfp.evidence.logistic import fit_logistic
from micfp.evidence.trials import Trials
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.embedding.spectra import band_spectra

Array = NDArray[np.float64]
MOMENT_THRESHOLD = -5.0
"""Settled before the first fit: a quarter of same-room, same-speaker changes lie below 0."""
PENALTY = 0.03
"""Inverse (C of scikit-learn), chosen on the populations that choose."""
SPEAKERS_CALLED_DEVICES = 0.05
NEAR_S = 0.5
DIGITS = 5


@dataclass(frozen=True)
class Asked:
    """A candidate of a recording of which it is known what changes.

    Attributes
    ----------
    measures
        (n_measures,).
    kind
        Of the change within half a second of it; nothing where there is none.
    error_s
        From where it is; NaN of a candidate elsewhere.
    recording
        Number of the recording.
    """

    measures: Array
    kind: str
    error_s: float
    recording: int


@dataclass(frozen=True)
class Answers:
    """Recordings, and the candidates in them."""

    joins: tuple[tuple[str, str, str, float], ...]
    """What changes, by what, which population, and the seconds, of each recording."""
    asked: tuple[Asked, ...]


def ask(joins: Iterable[tuple[str, Join]], loaded: Loaded) -> Answers:
    """Look for candidates in recordings of named populations."""
    rows, asked, seeker = [], [], Seeker(loaded.model)
    for population, join in joins:
        sound, number = join.sound, len(rows)
        spectra = band_spectra(sound.samples, sound.rate_hz)
        *_, found = seeker.candidates(sound.samples, sound.rate_hz, spectra, MOMENT_THRESHOLD)
        for one in found:
            error_s = abs(one.time_s - join.time_s)
            near = error_s < NEAR_S
            kind = join.what.split(" and ")[0] if near else "nothing"
            asked.append(Asked(one.measures, kind, error_s if near else np.nan, number))
        rows.append((join.what, join.by, population, len(sound.samples) / sound.rate_hz))
    return Answers(tuple(rows), tuple(asked))


def fit(answers: Answers, loaded: Loaded, made_of: str, n_devices: int) -> Weights:
    """Fit everything; thresholds and LRs by scores of populations that were left out."""
    x = np.array([one.measures for one in answers.asked])
    y = np.array([KINDS.index(one.kind) for one in answers.asked])
    what = np.array([answers.joins[one.recording][0] for one in answers.asked])
    population = np.array([answers.joins[one.recording][2] for one in answers.asked])
    left_out = np.empty(len(x))
    for one in np.unique(population):
        tested = population == one
        weights = _fitted(x[~tested], y[~tested], what[~tested])
        left_out[tested] = log_ratio(weights.log_shares(x[tested]))
    n_speakers = sum(row[0] == "speaker" for row in answers.joins)
    of_speakers = left_out[y == KINDS.index("speaker")]
    # Changes of speaker that are no candidate are called no device either.
    n_above = int(SPEAKERS_CALLED_DEVICES * n_speakers)
    threshold = float(np.sort(of_speakers)[-n_above - 1]) if len(of_speakers) > n_above else 0.0
    is_device = y == KINDS.index("device")
    offset, slope = _calibrated(left_out, is_device, what)
    errors = np.array([one.error_s for one in answers.asked])[is_device]
    still = [(k, row[3]) for k, row in enumerate(answers.joins) if row[0] == "nothing"]
    numbers = [k for k, _ in still]
    recording = np.array([one.recording for one in answers.asked])
    alarms = np.count_nonzero((left_out > threshold) & np.isin(recording, numbers))
    hours = sum(seconds for _, seconds in still) / 3600
    return _fitted(x, y, what).model_copy(
        update={
            "model_sha256": loaded.sha256,
            "made_of": made_of,
            "n_devices": n_devices,
            "device_threshold": round(threshold, DIGITS),
            "lr_offset": offset,
            "lr_slope": slope,
            "error_s": round(float(np.quantile(errors, 0.95)), 3),
            "false_alarms_per_hour": round((alarms + 1) / hours, 1),
        }
    )


def _fitted(x: Array, y: NDArray[np.int64], what: NDArray[np.str_]) -> Weights:
    """Weights of kinds: each weighs the same, and so does each way of a kind."""
    from sklearn.linear_model import LogisticRegression

    centre, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-6)
    centre, spread = (np.round(one, DIGITS) for one in (centre, spread))
    found = LogisticRegression(C=PENALTY, max_iter=5000).fit(
        products((x - centre) / spread), y, sample_weight=_even(y, what)
    )
    weights = np.full((len(KINDS), 1 + found.coef_.shape[1]), 0.0)
    weights[:, 0] = -20.0  # a kind that never occurred
    weights[found.classes_] = np.column_stack([found.intercept_, found.coef_])
    return Weights(
        model_sha256="",
        made_of="",
        n_devices=2,
        moment_threshold=MOMENT_THRESHOLD,
        centre=tuple(centre.tolist()),
        spread=tuple(spread.tolist()),
        weights=tuple(tuple(row) for row in np.round(weights, DIGITS).tolist()),
        device_threshold=0.0,
        lr_offset=0.0,
        lr_slope=1.0,
        error_s=1.0,
        false_alarms_per_hour=0.0,
    )


def _even(y: NDArray[np.int64], what: NDArray[np.str_]) -> Array:
    ways = np.unique(np.char.add(y.astype(str), what), return_inverse=True)[1]
    n_of_way = np.bincount(ways)[ways]
    n_ways = np.array([len(np.unique(ways[y == one])) for one in range(len(KINDS))])[y]
    weight = 1 / (n_of_way * n_ways)
    return np.asarray(weight * len(y) / weight.sum())


def _calibrated(
    ratio: Array, is_device: NDArray[np.bool_], what: NDArray[np.str_]
) -> tuple[float, float]:
    """Offset and slope from log ratios to natural log LRs."""
    n = len(ratio)
    nobody = np.zeros(n, np.int64)
    trials = Trials(ratio, is_device, nobody, nobody, np.empty((n, 0)), ())
    found = fit_logistic(trials, _even(is_device.astype(np.int64), what))
    slope = float(found.weights[0, 0] / found.spread[0])
    offset = float(found.weights[1, 0] - slope * found.centre[0])
    return round(offset, DIGITS), round(slope, DIGITS)


def kinds_of(answers: Answers, weights: Weights) -> list[set[str]]:
    """What is said of each recording: the kinds of its changes."""
    assert len(MEASURES) == len(weights.centre)
    found: list[set[str]] = [set() for _ in answers.joins]
    for one in answers.asked:
        shares = weights.log_shares(one.measures[None])
        kind = kind_of(shares, float(log_ratio(shares)[0]), weights.device_threshold)
        if kind != "nothing":
            found[one.recording].add(kind)
    return found
