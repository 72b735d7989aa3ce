"""Fits what differences between both sides of a change are worth, to virtual phones."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scan_joins import Join

from micfp.casework.scan.changes import Seeker, changes_of
from micfp.casework.scan.weigh import KINDS, MEASURES, Weights, log_ratio, products
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.embedding.spectra import band_spectra

Array = NDArray[np.float64]
MOMENT_THRESHOLD = -3.0
"""Settled before the first fit: a fifth of same-room, same-speaker changes lie below it."""
PENALTY = 0.03
"""Inverse (C of scikit-learn), chosen on the populations that choose."""
SPEAKERS_CALLED_DEVICES, CONDITIONS_CALLED_DEVICES = 0.02, 0.1
"""Of all changes of speaker alone, and of those of noise, room and codec that are noticed. Of
speakers that it had not heard, a threshold for 5 % let 12 % through."""
CHANGES_PER_HOUR = 6
"""Of other kinds, said where nothing changes."""
NEAR_S, OF_NEITHER_S = 1.0, 2.0
"""A candidate so near a change is its own; one whose windows hold it is left out otherwise."""
DIGITS = 5


@dataclass(frozen=True)
class Asked:
    """A candidate of a recording of which it is known what changes.

    Attributes
    ----------
    measures
        (n_measures,).
    kind
        Of the change within a second of it; nothing where there is none.
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

    joins: tuple[tuple[str, str, str, float, tuple[str, ...]], ...]
    """What changes, by what, which population, the seconds, and what is said, of each recording."""
    asked: tuple[Asked, ...]


def ask(
    joins: Iterable[tuple[str, Join]], loaded: Loaded, weights: Weights | None = None
) -> Answers:
    """Look for candidates in recordings of named populations, and weigh them where it is known how.

    The sides of a candidate reach as far as the place where something changes, and no other.
    """
    rows, asked, seeker = [], [], Seeker(loaded.model)
    for population, join in joins:
        sound, number = join.sound, len(rows)
        spectra = band_spectra(sound.samples, sound.rate_hz)
        places = seeker.places(sound.samples, sound.rate_hz, spectra, MOMENT_THRESHOLD)
        errors_s = np.abs(np.array(places.times_s) - join.time_s)
        true = [int(np.argmin(errors_s))] if len(errors_s) and errors_s.min() < NEAR_S else []
        for place, error_s in enumerate(errors_s):
            if place not in true and error_s < OF_NEITHER_S:
                continue
            measures = places.candidate(place, true).measures
            kind = join.what.split(" and ")[0] if place in true else "nothing"
            asked.append(Asked(measures, kind, error_s if place in true else np.nan, number))
        said = changes_of(places, weights) if weights else []
        kinds = tuple(one.track for one in said)
        rows.append((join.what, join.by, population, len(sound.samples) / sound.rate_hz, kinds))
    return Answers(tuple(rows), tuple(asked))


def fit(answers: Answers, loaded: Loaded, made_of: str, n_devices: int) -> Weights:
    """Fit everything; thresholds and LRs by scores of populations that were left out."""
    x = np.array([one.measures for one in answers.asked])
    y = np.array([KINDS.index(one.kind) for one in answers.asked])
    what = np.array([answers.joins[one.recording][0] for one in answers.asked])
    population = np.array([answers.joins[one.recording][2] for one in answers.asked])
    left_out = np.empty((len(x), len(KINDS)))
    for one in np.unique(population):
        tested = population == one
        left_out[tested] = _fitted(x[~tested], y[~tested], what[~tested]).log_shares(x[tested])
    is_device = y == KINDS.index("device")
    ratios = np.column_stack([log_ratio(left_out, "device"), x[:, MEASURES.index("moment")]])
    offset, by_ratio, by_moment = _calibrated(ratios, is_device, what)
    log_lr = offset + ratios @ np.array([by_ratio, by_moment])
    errors_s = np.array([one.error_s for one in answers.asked])[is_device]
    still = what == "nothing"
    hours = sum(row[3] for row in answers.joins if row[0] == "nothing") / 3600
    change_threshold = _exceeded_by(
        -log_ratio(left_out[still], "nothing"), int(CHANGES_PER_HOUR * hours)
    )
    any_change = -log_ratio(left_out, "nothing")
    # Changes of speaker that are no candidate are called no device either: they count.
    n_speakers = sum(row[0] == "speaker" for row in answers.joins)
    by_speakers = _exceeded_by(
        log_lr[y == KINDS.index("speaker")], int(SPEAKERS_CALLED_DEVICES * n_speakers)
    )
    conditions = np.isin(y, [KINDS.index(kind) for kind in ("noise", "room", "codec")])
    said = conditions & ((any_change > change_threshold) | (log_lr > by_speakers))
    by_conditions = float(np.quantile(log_lr[said], 1 - CONDITIONS_CALLED_DEVICES))
    device_threshold = max(by_speakers, by_conditions)
    alarms = np.count_nonzero(log_lr[still] > device_threshold)
    return _fitted(x, y, what).model_copy(
        update={
            "model_sha256": loaded.sha256,
            "made_of": made_of,
            "n_devices": n_devices,
            "device_threshold": round(device_threshold, DIGITS),
            "change_threshold": round(change_threshold, DIGITS),
            "lr_offset": offset,
            "lr_by_ratio": by_ratio,
            "lr_by_moment": by_moment,
            "error_s": round(float(np.quantile(errors_s, 0.95)), 3),
            "false_alarms_per_hour": round((alarms + 1) / hours, 1),
        }
    )


def _exceeded_by(values: Array, count: int) -> float:
    """What so many of some values are above."""
    return float(np.sort(values)[-count - 1]) if len(values) > count else -np.inf


def _fitted(x: Array, y: NDArray[np.int64], what: NDArray[np.str_]) -> Weights:
    """Weights of kinds: each weighs the same, and so does each way of a kind."""
    from sklearn.linear_model import LogisticRegression

    centre, spread = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-3)
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
        change_threshold=0.0,
        lr_offset=0.0,
        lr_by_ratio=1.0,
        lr_by_moment=0.0,
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
    values: Array, is_device: NDArray[np.bool_], what: NDArray[np.str_]
) -> tuple[float, float, float]:
    """Offset and slopes from log ratios and moments (n, 2) to natural log LRs."""
    from sklearn.linear_model import LogisticRegression

    weight = _even(is_device.astype(np.int64), what)
    found = LogisticRegression(C=10.0).fit(values, is_device, sample_weight=weight)
    numbers = [float(found.intercept_[0]), *map(float, found.coef_[0])]
    offset, by_ratio, by_moment = (round(one, DIGITS) for one in numbers)
    return offset, by_ratio, by_moment
