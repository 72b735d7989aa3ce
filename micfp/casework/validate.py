"""How good the model is on a laboratory's own recordings, and a calibration by them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.casework.labelled import listen_to_labelled
from micfp.casework.labelled_pairs import (
    LEAST_PAIRS,
    Pairs,
    pairs_by_sitting,
    pieces_asked_about,
)
from micfp.config.audio import CorpusConfig
from micfp.errors import MicfpError
from micfp.evaluation.verification import verification
from micfp.evidence.bounds import bounds
from micfp.evidence.calibration import Calibrated, Calibration, Population, Validated
from micfp.evidence.logistic import fit_logistic, fit_replicates
from micfp.evidence.measures import misleading
from micfp.evidence.strangers import drawn_questions, fit_strangers, joined_questions
from micfp.evidence.trials import Trials
from micfp.fingerprint.embedding.model import Sitting
from micfp.fingerprint.embedding.model_file import Loaded

if TYPE_CHECKING:
    import pandas as pd

LEAST_DEVICES = 6
"""Half of them calibrate, and half are tested."""
HALVES = 10
"""Times that devices are dealt anew."""
REPLICATES = 100
MATCHED = 1
"""Measures of pairs that strangers are told by: seconds."""
USABLE_CLLR, WEAK_CLLR = 0.5, 1.0
UNITS_MISLEAD = 1 / 30
"""Share of LRs above 10 for two units of one model, up to which units are told apart."""
MISLEADING = ("misleading_10", "misleading_100")
OF_UNITS = "two units of one model"
NARROWER: dict[Population, str] = {
    "make": "against another model of its make",
    "model": "against another unit of its model",
}
Ints = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Tested:
    """Log10 LRs of pairs, by mappings of devices that are not in them.

    Attributes
    ----------
    same, different
        (n_same,) and (n_different,), of pairs of one device and of two.
    of_same, of_different
        Names of the devices of each pair.
    """

    same: Array
    different: Array
    of_same: tuple[str, ...]
    of_different: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Validation:
    """How good the model is on a corpus.

    Attributes
    ----------
    calibration
        By it; with a row for each sitting, codec and length.
    tested
        What was found of each sitting.
    left_out
        Sentences about recordings that had no part.
    """

    calibration: Calibration
    tested: dict[Sitting, Tested]
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class _OfSitting:
    """What was found of one sitting: see `Validation` and `Calibration`."""

    tested: Tested
    calibrated: Calibrated
    narrower: dict[Population, Calibrated]
    rows: tuple[Validated, ...]


def verdict(row: Validated) -> str:
    """Whether the model may be used in a condition, by Cllr on devices that did not calibrate."""
    if row.cllr > WEAK_CLLR:
        return "do not use: its likelihood ratios mislead more than they say"
    if row.cllr > USABLE_CLLR:
        return "weak: say so with every figure"
    return "may be used"


def as_table(rows: Sequence[Validated]) -> "pd.DataFrame":
    """A row for each sitting, codec and length, with its verdict."""
    import pandas as pd

    columns = [*Validated.__annotations__, "verdict"]
    table = pd.DataFrame([[*vars(row).values(), verdict(row)] for row in rows], columns=columns)
    return table.round(dict.fromkeys(("cllr", "cllr_min", "eer", *MISLEADING), 4))


def validate(
    config: CorpusConfig, loaded: Loaded, name: str, rng: np.random.Generator
) -> Validation:
    """Validate and calibrate a model on labelled recordings.

    Parameters
    ----------
    config
        Where they are, and how names become labels. Where contents are labelled, both recordings
        of a pair have other ones.
    loaded
        The fingerprint model.
    name
        By which answers name the calibration.
    rng
        Deals devices into halves, and draws them anew.

    Raises
    ------
    MicfpError
        Fewer than six devices, or too few pairs.
    """
    labelled = listen_to_labelled(config, loaded.model)
    if labelled.n_devices < LEAST_DEVICES:
        raise MicfpError(
            f"{config.root}: {labelled.n_devices} devices could be listened to, and a validation "
            f"needs {LEAST_DEVICES} or more, each with two recordings or more"
        )
    pieces = pieces_asked_about(labelled, rng)
    found = {
        sitting: one
        for sitting, pairs in pairs_by_sitting(labelled, pieces, loaded)
        if (one := _of_sitting(config.name, sitting, pairs, labelled.names, rng))
    }
    if not found:
        raise MicfpError(
            f"{config.root}: too few pairs of recordings of one device and other content; a "
            "validation needs two recordings or more of each device"
        )
    rows = tuple(row for one in found.values() for row in one.rows)
    narrower: dict[Population, dict[str, Calibrated]] = {
        population: {
            sitting: one.narrower[population]
            for sitting, one in found.items()
            if population in one.narrower
        }
        for population in NARROWER
        if population != "model" or _units_were_tested(rows)
    }
    calibration = Calibration(
        name=name,
        model_sha256=loaded.sha256,
        made_of=f"{labelled.n_devices} devices of {config.name}, {datetime.now(UTC):%Y-%m-%d}",
        proposition=_proposition(rows),
        population=f"another device as those of {config.name}",
        sittings={sitting: one.calibrated for sitting, one in found.items()},
        validated=rows,
        narrower={population: some for population, some in narrower.items() if some},
    )
    tested = {sitting: one.tested for sitting, one in found.items()}
    return Validation(calibration, tested, labelled.left_out)


def _of_sitting(
    corpus: str, sitting: Sitting, every: Pairs, names: Sequence[str], rng: np.random.Generator
) -> _OfSitting | None:
    """None where there are too few pairs."""
    wide = every.rows("any")
    pairs = every.only(wide)
    if not pairs.enough:
        return None
    of_all = _of_others(every, "any", rng)
    log10_lr = of_all[wide]
    if (tested := _tested(pairs.trials, log10_lr, names)) is None:
        return None
    calibrated = _calibrated(pairs, tested, rng)
    rows: list[Validated] = []
    for codec in np.unique(pairs.codec):
        here = pairs.codec == codec
        rows += _rows(corpus, str(codec), sitting, pairs.only(here), log10_lr[here])
    units = every.rows("model")
    rows += _rows(corpus, OF_UNITS, sitting, every.only(units), of_all[units])
    narrower: dict[Population, Calibrated] = {}
    for population, condition in NARROWER.items():
        narrow = every.only(every.rows(population))
        if not narrow.enough:
            continue
        log10_lr = _of_others(narrow, population, rng)
        own = _tested(narrow.trials, log10_lr, names)
        if own is not None:
            narrower[population] = _narrowed(narrow, own, calibrated, rng)
            rows += _rows(corpus, condition, sitting, narrow, log10_lr)
    return _OfSitting(tested, calibrated, narrower, tuple(rows))


def _tested(trials: Trials, log10_lr: Array, names: Sequence[str]) -> Tested | None:
    """Pairs that were tested; None where none are of one device, or none of two."""
    there = np.isfinite(log10_lr)
    own, others = trials.same & there, ~trials.same & there
    if not (own.any() and others.any()):
        return None
    return Tested(
        log10_lr[own],
        log10_lr[others],
        tuple(names[k] for k in trials.first[own]),
        tuple(
            (names[a], names[b])
            for a, b in zip(trials.first[others], trials.second[others], strict=True)
        ),
    )


def _of_others(pairs: Pairs, population: Population, rng: np.random.Generator) -> Array:
    """Log10 LR of each pair, the mean over mappings by devices that are not in it; NaN of none.

    Pairs of two devices that do not count for the population teach no mapping.
    """
    trials, counts = pairs.trials.with_measures(0), pairs.rows(population)
    devices = np.array(trials.devices)
    total, n = np.zeros(len(trials)), np.zeros(len(trials))
    for _ in range(HALVES):
        half = rng.permutation(devices)[: len(devices) // 2]
        first, second = np.isin(trials.first, half), np.isin(trials.second, half)
        both, neither = first & second, ~first & ~second
        for inside, outside in ((both, neither), (neither, both)):
            taught = trials.only(inside & counts)
            if taught.same.any() and (~taught.same).any():
                mapping = fit_logistic(taught)
                tested = trials.only(outside)
                total[outside] += mapping.log10_lr(tested.score, tested.quality)
                n[outside] += 1
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _calibrated(pairs: Pairs, tested: Tested, rng: np.random.Generator) -> Calibrated:
    trials = pairs.trials.with_measures(0)
    logistic = fit_logistic(trials)
    replicates = fit_replicates(trials, logistic, REPLICATES, rng)
    matched = fit_logistic(pairs.trials.with_measures(MATCHED))
    block = pairs.block
    questions = drawn_questions(
        block.log10_lr(matched), block.compares & pairs.chosen, block.of, block.by, rng
    )
    strangers = fit_strangers(joined_questions(list(questions)))
    limits = bounds(tested.same, tested.different, trials.n_devices)
    return Calibrated(logistic, replicates, limits, matched, strangers)


def _narrowed(
    pairs: Pairs, tested: Tested, any_other: Calibrated, rng: np.random.Generator
) -> Calibrated:
    """Against a narrower population; strangers are any device."""
    trials = pairs.trials.with_measures(0)
    logistic = fit_logistic(trials)
    replicates = fit_replicates(trials, logistic, REPLICATES, rng)
    # Of one device alone nothing is known of its make: those with another of it count.
    others = pairs.trials.only(~pairs.trials.same)
    limits = bounds(tested.same, tested.different, others.n_devices)
    return replace(any_other, logistic=logistic, replicates=replicates, bounds=limits)


def _rows(
    corpus: str, condition: str, sitting: Sitting, pairs: Pairs, log10_lr: Array
) -> Iterator[Validated]:
    """A row for each length of which pairs enough were tested."""
    tested = np.isfinite(log10_lr)
    for test_s in np.unique(pairs.length_s):
        here = tested & (pairs.length_s == test_s)
        same = log10_lr[here & pairs.trials.same]
        different = log10_lr[here & ~pairs.trials.same]
        if min(len(same), len(different)) < LEAST_PAIRS:
            continue
        figures = verification(same * np.log(10), different * np.log(10))
        yield Validated(
            corpus=corpus,
            condition=condition,
            sitting=sitting,
            test_s=float(test_s),
            n_devices=pairs.trials.only(here).n_devices,
            n_same=len(same),
            n_different=len(different),
            cllr=figures.cllr,
            cllr_min=figures.cllr_min,
            eer=figures.eer,
            misleading_10=misleading(different, 1.0),
            misleading_100=misleading(different, 2.0),
        )


def _units_were_tested(rows: Sequence[Validated]) -> bool:
    """Whether units of one model were compared with themselves in another sitting.

    Where each was recorded once, its sitting tells it apart as well as the unit does.
    """
    return any(row.condition == OF_UNITS and row.sitting == "other" for row in rows)


def _proposition(rows: Sequence[Validated]) -> str:
    """A unit, where units of one model were told apart in every sitting; else the model."""
    of_units = [row for row in rows if row.condition == OF_UNITS]
    apart = all(row.misleading_10 <= UNITS_MISLEAD for row in of_units)
    return "unit" if _units_were_tested(rows) and apart else "model"
