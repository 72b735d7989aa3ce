"""How good the model is on a laboratory's own recordings, and a calibration by them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from micfp.casework.labelled import Labelled, listen_to_labelled
from micfp.config.audio import CorpusConfig
from micfp.errors import MicfpError
from micfp.evaluation.verification import verification
from micfp.evidence.bounds import bounds
from micfp.evidence.calibration import Calibrated, Calibration, Validated
from micfp.evidence.logistic import fit_logistic, fit_replicates
from micfp.evidence.measures import misleading
from micfp.evidence.strangers import drawn_questions, fit_strangers, joined_questions
from micfp.evidence.trials import Bools, Trials
from micfp.fingerprint.embedding.model import Sitting
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.pairs import Block, blocks

if TYPE_CHECKING:
    import pandas as pd

LEAST_DEVICES = 6
"""Half of them calibrate, and half are tested."""
LEAST_PAIRS = 10
HALVES = 10
"""Times that devices are dealt anew."""
REPLICATES = 100
MATCHED = 1
"""Measures of pairs that strangers are told by: seconds."""
MOST_TESTS = 3000
"""Pieces that are asked about, drawn where there are more."""
USABLE_CLLR, WEAK_CLLR = 0.5, 1.0
UNITS_MISLEAD = 1 / 30
"""Share of LRs above 10 for two units of one model, up to which units are told apart."""
MISLEADING = ("misleading_10", "misleading_100")
OF_UNITS = "two units of one model"
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
class _Pairs:
    """Pairs of one sitting, with what is known of each; rows of `trials` are those of `tests`.

    Attributes
    ----------
    block, chosen
        All scores (n_references, n_tests), and which pairs are meant.
    trials
        The chosen ones.
    tests
        (n,) number of the piece that is asked about.
    units
        (n,), whether they are two units of one model.
    """

    block: Block
    chosen: Bools
    trials: Trials
    tests: Ints
    units: Bools


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
    sittings: dict[str, Calibrated] = {}
    rows: list[Validated] = []
    found: dict[Sitting, Tested] = {}
    pieces = _pieces(labelled, rng)
    for sitting, pairs in _by_sitting(labelled, pieces, loaded):
        between_models = pairs.trials.only(~pairs.units)
        if min(between_models.same.sum(), (~between_models.same).sum()) < LEAST_PAIRS:
            continue
        log10_lr = _of_others(pairs, rng)
        tested = np.isfinite(log10_lr)
        own = pairs.trials.same & tested
        others = ~pairs.trials.same & ~pairs.units & tested
        if not (own.any() and others.any()):
            continue
        found[sitting] = _tested(pairs.trials, log10_lr, own, others, labelled.names)
        sittings[sitting] = _calibrated(pairs, between_models, found[sitting], rng)
        rows += _rows(config.name, sitting, pairs, log10_lr, labelled, pieces)
    if not sittings:
        raise MicfpError(
            f"{config.root}: too few pairs of recordings of one device and other content; a "
            "validation needs two recordings or more of each device"
        )
    calibration = Calibration(
        name=name,
        model_sha256=loaded.sha256,
        made_of=f"{labelled.n_devices} devices of {config.name}, {datetime.now(UTC):%Y-%m-%d}",
        proposition=_proposition(rows),
        population=f"another device as those of {config.name}",
        sittings=sittings,
        validated=tuple(rows),
    )
    return Validation(calibration, found, labelled.left_out)


def _tested(
    trials: Trials, log10_lr: Array, own: Bools, others: Bools, names: Sequence[str]
) -> Tested:
    return Tested(
        log10_lr[own],
        log10_lr[others],
        tuple(names[k] for k in trials.first[own]),
        tuple(
            (names[a], names[b])
            for a, b in zip(trials.first[others], trials.second[others], strict=True)
        ),
    )


def _pieces(labelled: Labelled, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Numbers of recording and piece of what is asked about."""
    every = [(k, p) for k, heard in enumerate(labelled.heard) for p in range(len(heard.pieces))]
    if len(every) <= MOST_TESTS:
        return every
    return [every[k] for k in np.sort(rng.choice(len(every), MOST_TESTS, replace=False))]


def _by_sitting(
    labelled: Labelled, pieces: list[tuple[int, int]], loaded: Loaded
) -> Iterator[tuple[Sitting, _Pairs]]:
    """Every recording against pieces of others with other content."""
    of = np.arange(len(labelled.heard))
    by = np.array([recording for recording, _ in pieces], np.int64)
    tests = [labelled.heard[recording].pieces[piece][1] for recording, piece in pieces]
    device, session = labelled.device, labelled.session
    every = blocks(
        loaded.model, [one.whole for one in labelled.heard], tests, device[of], device[by]
    )

    def alike(label: Ints) -> Bools:
        return np.asarray((label[of][:, None] == label[by]) & (label[by] >= 0))

    fair = (of[:, None] != by) & ~alike(labelled.content)
    units = alike(labelled.model) & (device[of][:, None] != device[by])
    known = (session[of][:, None] >= 0) & (session[by] >= 0)
    wanted: dict[Sitting, Bools] = {
        "same": fair & alike(session),
        "other": fair & known & ~alike(session),
        "any": fair,
    }
    for sitting, chosen in wanted.items():
        block = every[sitting]
        rows, columns = np.nonzero(chosen & block.compares)
        yield (
            sitting,
            _Pairs(block, chosen, block.trials(chosen), columns, units[rows, columns]),
        )


def _of_others(pairs: _Pairs, rng: np.random.Generator) -> Array:
    """Log10 LR of each pair, the mean over mappings by devices that are not in it; NaN of none."""
    trials = pairs.trials.with_measures(0)
    devices = np.array(trials.devices)
    total, n = np.zeros(len(trials)), np.zeros(len(trials))
    for _ in range(HALVES):
        half = rng.permutation(devices)[: len(devices) // 2]
        first, second = np.isin(trials.first, half), np.isin(trials.second, half)
        both, neither = first & second, ~first & ~second
        for inside, outside in ((both, neither), (neither, both)):
            taught = trials.only(inside & ~pairs.units)
            if taught.same.any() and (~taught.same).any():
                mapping = fit_logistic(taught)
                tested = trials.only(outside)
                total[outside] += mapping.log10_lr(tested.score, tested.quality)
                n[outside] += 1
    return np.where(n > 0, total / np.maximum(n, 1), np.nan)


def _calibrated(
    pairs: _Pairs,
    between_models: Trials,
    tested: Tested,
    rng: np.random.Generator,
) -> Calibrated:
    trials = between_models.with_measures(0)
    logistic = fit_logistic(trials)
    replicates = fit_replicates(trials, logistic, REPLICATES, rng)
    matched = fit_logistic(between_models.with_measures(MATCHED))
    block = pairs.block
    questions = drawn_questions(
        block.log10_lr(matched), block.compares & pairs.chosen, block.of, block.by, rng
    )
    strangers = fit_strangers(joined_questions(list(questions)))
    limits = bounds(tested.same, tested.different, trials.n_devices)
    return Calibrated(logistic, replicates, limits, matched, strangers)


def _rows(
    corpus: str,
    sitting: Sitting,
    pairs: _Pairs,
    log10_lr: Array,
    labelled: Labelled,
    pieces: list[tuple[int, int]],
) -> Iterator[Validated]:
    """A row for each codec and length, and for pairs of units of one model."""
    length_s = np.array([labelled.heard[k].pieces[p][0] for k, p in pieces])[pairs.tests]
    codec = np.array([labelled.heard[k].codec for k, _ in pieces])[pairs.tests]
    tested = np.isfinite(log10_lr)
    for condition in np.unique(codec):
        for seconds in np.unique(length_s):
            here = tested & (codec == condition) & (length_s == seconds)
            row = _row(corpus, str(condition), sitting, float(seconds), pairs, log10_lr, here)
            if row is not None:
                yield row
    here = tested & (pairs.trials.same | pairs.units)
    of_units = replace(pairs, units=np.zeros_like(pairs.units))
    row = _row(corpus, OF_UNITS, sitting, float(length_s.min()), of_units, log10_lr, here)
    if row is not None:
        yield row


def _row(
    corpus: str,
    condition: str,
    sitting: Sitting,
    test_s: float,
    pairs: _Pairs,
    log10_lr: Array,
    here: Bools,
) -> Validated | None:
    here = here & ~pairs.units
    same = log10_lr[here & pairs.trials.same]
    different = log10_lr[here & ~pairs.trials.same]
    if min(len(same), len(different)) < LEAST_PAIRS:
        return None
    figures = verification(same * np.log(10), different * np.log(10))
    return Validated(
        corpus=corpus,
        condition=condition,
        sitting=sitting,
        test_s=test_s,
        n_devices=pairs.trials.only(here).n_devices,
        n_same=len(same),
        n_different=len(different),
        cllr=figures.cllr,
        cllr_min=figures.cllr_min,
        eer=figures.eer,
        misleading_10=misleading(different, 1.0),
        misleading_100=misleading(different, 2.0),
    )


def _proposition(rows: list[Validated]) -> str:
    """A unit, where units of one model were told apart in every sitting; else the model."""
    of_units = [row for row in rows if row.condition == OF_UNITS]
    apart = bool(of_units) and all(row.misleading_10 <= UNITS_MISLEAD for row in of_units)
    return "unit" if apart else "model"
