"""Step `fingerprint_calibrate`: what scores of the published model are worth.

Reads: the model, fingerprints of the calibration population, of the judged one, of real corpora,
and labels. Writes: `calibration.json`; `calibrated.csv`, a row for each corpus, condition, sitting
and length; `calibrators.csv`, what other ways to calibrate cost there; `false_alarms.csv`, how
often a stranger is named by how many devices are enrolled.

It is calibrated on virtual phones alone, with speakers that no training heard. Real devices say how
good that is, and bound what may be stated: nothing else of them goes into the mapping.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.bench.draws import generator
from micfp.engine.libraries import ARRAYS
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Spec
from micfp.evaluation.verification import verification
from micfp.evidence.bounds import bounds
from micfp.evidence.calibration import Calibrated, Calibration, Validated
from micfp.evidence.calibration_file import write_calibration
from micfp.evidence.compared import Compared, compared
from micfp.evidence.false_alarms import false_alarms
from micfp.evidence.logistic import Logistic, fit_logistic, fit_replicates
from micfp.evidence.measures import misleading
from micfp.evidence.strangers import Questions, drawn_questions, fit_strangers, joined_questions
from micfp.evidence.trials import Bools, Trials, joined_trials
from micfp.fingerprint.embedding.model import SITTINGS, FingerprintModel, Sitting
from micfp.fingerprint.embedding.model_file import load_model
from micfp.fingerprint.pairs import Block, blocks
from micfp.fingerprint.quality import LEAST_ACTIVE_S
from micfp.studies.fingerprint.fit import MODEL_FILE
from micfp.studies.fingerprint.heard import CLEAN, Heard, read_heard
from micfp.studies.fingerprint.takes import WHOLE_S, Takes, read_takes
from micfp.studies.fingerprint.trials import blocks_of_population
from micfp.studies.fingerprint.validate import groups_of_contents, long_enough

STAGE = Stage(
    "fingerprint_calibrate",
    5,
    "micfp.studies.fingerprint.calibrate",
    mem_mb=3000,
    packing="alone",
    libraries=ARRAYS,
)
CALIBRATION_FILE, CALIBRATED_FILE = "calibration.json", "calibrated.csv"
CALIBRATORS_FILE, FALSE_ALARMS_FILE = "calibrators.csv", "false_alarms.csv"
MATCHED = 1
"""Measures of pairs that strangers are told by: seconds."""
COMPARED_S = 1.0
"""Length of tests on which ways to calibrate are compared."""
FILES = (CALIBRATION_FILE, CALIBRATED_FILE, CALIBRATORS_FILE, FALSE_ALARMS_FILE)
Ints = NDArray[np.int64]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class _Tested:
    """Pairs of real devices in one condition."""

    corpus: str
    condition: str
    test_s: float
    sitting: Sitting
    trials: Trials


def run(spec: Spec, out: Path) -> None:
    """Calibrate on virtual devices, and test on real ones."""
    import pandas as pd

    path = spec.entry("fit") / MODEL_FILE
    model = load_model(path).model
    rng = generator(spec.params["seed"], "fingerprint calibrate")
    every: dict[Sitting, list[Block]] = defaultdict(list)
    for sitting, block in blocks_of_population(model, read_takes(spec.inputs["takes"]), rng):
        every[sitting].append(block)
    taught = {
        sitting: joined_trials([one.drawn_trials(rng) for one in found])
        for sitting, found in every.items()
    }
    mappings = {
        sitting: _mapping(trials.with_measures(spec.params["n_measures"]), spec, rng)
        for sitting, trials in taught.items()
    }
    tested = list(_of_corpora(model, spec))
    real = {(one.corpus, device) for one in tested for device in one.trials.devices}
    sittings: dict[str, Calibrated] = {}
    validated: list[Validated] = []
    for sitting, (logistic, replicates) in mappings.items():
        own = [one for one in tested if one.sitting == sitting]
        lrs = [(one, _log10_lr(logistic, one.trials)) for one in own]
        validated += [_validated(one, lr) for one, lr in lrs]
        limits = bounds(
            np.concatenate([np.zeros(0), *(lr[one.trials.same] for one, lr in lrs)]),
            np.concatenate([np.zeros(0), *(lr[~one.trials.same] for one, lr in lrs)]),
            len(real),
        )
        matched = fit_logistic(taught[sitting].with_measures(MATCHED))
        questions = list(_questions(every[sitting], matched, rng))
        strangers = fit_strangers(joined_questions(questions))
        sittings[sitting] = Calibrated(logistic, replicates, limits, matched, strangers)
    calibration = Calibration(
        name="default",
        model_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        made_of=spec.params["made_of"],
        proposition="model",
        population="any other phone",
        sittings={name: sittings[name] for name in SITTINGS},
        validated=tuple(validated),
    )
    write_calibration(calibration, out / CALIBRATION_FILE)
    pd.DataFrame([vars(one) for one in validated], columns=list(Validated.__annotations__)).to_csv(
        out / CALIBRATED_FILE, index=False
    )
    costs = [
        _of_tested(one) | vars(compared(taught[one.sitting], one.trials))
        for one in tested
        if one.test_s == COMPARED_S
    ]
    columns = ["corpus", "condition", "test_s", "sitting", *Compared.__annotations__]
    pd.DataFrame(costs, columns=columns).to_csv(out / CALIBRATORS_FILE, index=False)
    alarms = list(_false_alarms(model, read_takes(spec.inputs["judged"]), calibration, rng))
    pd.DataFrame(alarms).to_csv(out / FALSE_ALARMS_FILE, index=False)


def _mapping(trials: Trials, spec: Spec, rng: np.random.Generator) -> tuple[Logistic, Array]:
    logistic = fit_logistic(trials)
    return logistic, fit_replicates(trials, logistic, spec.params["replicates"], rng)


def _of_tested(tested: _Tested) -> dict[str, Any]:
    return {name: value for name, value in vars(tested).items() if name != "trials"}


def _false_alarms(
    model: FingerprintModel, takes: Takes, calibration: Calibration, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """How often a stranger is named by devices that had no part in it, of another session."""
    first = (takes.session == 0) & (takes.slot == 0) & (takes.length_s == 0)
    for test_s in (3.0, WHOLE_S):
        last = (takes.session == 3) & (takes.slot == 1) & (takes.length_s == test_s)
        references, tests = np.flatnonzero(first), np.flatnonzero(last)
        known, asked = ([takes.fingerprints[k] for k in some] for some in (references, tests))
        every = blocks(model, known, asked, takes.device[references], takes.device[tests])
        for sitting in (one for one in SITTINGS if one != "same"):
            block, calibrated = every[sitting], calibration.sittings[sitting]
            lr = block.log10_lr(calibrated.matched)
            found = false_alarms(lr, block.compares, block.of, block.by, calibrated.strangers, rng)
            yield from ({"sitting": sitting, "test_s": test_s} | vars(one) for one in found)


def _log10_lr(logistic: Logistic, trials: Trials) -> Array:
    return logistic.log10_lr(trials.score, trials.quality[:, : logistic.n_measures])


def _questions(
    found: Sequence[Block], logistic: Logistic, rng: np.random.Generator
) -> Iterator[Questions]:
    for block in found:
        lr = block.log10_lr(logistic)
        yield from drawn_questions(lr, block.compares, block.of, block.by, rng)


def _of_corpora(model: FingerprintModel, spec: Spec) -> Iterator[_Tested]:
    """Pairs of every corpus in every condition, enrolled as it is and in the condition."""
    shard = recording = 0
    for corpus, n_recordings in spec.params["corpora"].items():
        n_shards, n_own = len(n_recordings), sum(n_recordings)
        heard = read_heard(spec.inputs["heard"][shard : shard + n_shards], n_recordings)
        audio = spec.audio[recording : recording + n_own]
        yield from _of_corpus(model, spec, corpus, heard, audio)
        shard, recording = shard + n_shards, recording + n_own


def _of_corpus(
    model: FingerprintModel,
    spec: Spec,
    corpus: str,
    heard: Heard,
    audio: Sequence[Recording],
) -> Iterator[_Tested]:
    def numbers(name: str) -> Ints:
        return np.asarray(np.unique([one.labels[name] for one in audio], return_inverse=True)[1])

    device, session = numbers("device"), numbers("session")
    group = groups_of_contents(numbers("content"), spec.params["seed"])
    names = (CLEAN, *spec.params["conditions"])
    for condition, name in enumerate(names):
        for enrolled in sorted({0, condition}):
            said = name if enrolled == condition else f"{name}, enrolled clean"
            for length, test_s in enumerate(spec.params["lengths_s"], 1):
                if test_s < LEAST_ACTIVE_S:  # refused, whatever is heard
                    continue
                found = _pairs(model, heard, device, session, group, (enrolled, condition, length))
                for sitting, parts in found.items():
                    trials = joined_trials(parts)
                    if trials.same.any() and (~trials.same).any():
                        yield _Tested(corpus, said, test_s, sitting, trials)


def _pairs(
    model: FingerprintModel,
    heard: Heard,
    device: Ints,
    session: Ints,
    group: Ints,
    of: tuple[int, int, int],
) -> dict[Sitting, list[Trials]]:
    """Pairs of recordings of other contents, by whether they are of one session."""
    enrolled, condition, length = of
    found: dict[Sitting, list[Trials]] = defaultdict(list)
    for pair in permutations(range(int(group.max()) + 1), 2):
        place = group[heard.recording]
        known = np.flatnonzero(
            (place == pair[0]) & (heard.condition == enrolled) & (heard.length == 0)
        )
        asked = np.flatnonzero(
            (place == pair[1]) & (heard.condition == condition) & (heard.length == length)
        )
        known, asked = (
            some[long_enough([heard.fingerprints[k] for k in some])] for some in (known, asked)
        )
        if len(known) == 0 or len(asked) == 0:
            continue
        references, tests = ([heard.fingerprints[k] for k in some] for some in (known, asked))
        rows, columns = heard.recording[known], heard.recording[asked]
        each = blocks(model, references, tests, device[rows], device[columns])
        sitting = session[rows][:, None] == session[columns]
        every: dict[Sitting, Bools] = {"same": sitting, "other": ~sitting, "any": sitting | True}
        for setting, chosen in every.items():
            if chosen.any():
                found[setting].append(each[setting].trials(chosen))
    return found


def _validated(tested: _Tested, log10_lr: Array) -> Validated:
    same = log10_lr[tested.trials.same]
    different = log10_lr[~tested.trials.same]
    figures = verification(same * np.log(10), different * np.log(10))
    return Validated(
        corpus=tested.corpus,
        condition=tested.condition,
        sitting=tested.sitting,
        test_s=tested.test_s,
        n_devices=tested.trials.n_devices,
        n_same=figures.n_same,
        n_different=figures.n_different,
        cllr=figures.cllr,
        cllr_min=figures.cllr_min,
        eer=figures.eer,
        misleading_10=misleading(different, 1.0),
        misleading_100=misleading(different, 2.0),
    )
