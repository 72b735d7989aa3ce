"""Step `fingerprint_validate`: how well a model tells apart the devices of a real corpus.

Reads: the model, fingerprints of the corpus (`fingerprint_heard`), labels. Writes: `validated.csv`,
a row for each condition, enrolment and length: errors of the scores as they are, and Cllr once
other devices of the corpus have calibrated them (`calibrated`).

A pair of recordings never has the same content, and nothing that is blended in has heard the
content of either: contents are dealt into at most four groups, and for each two of them only the
others teach. `content: seen` lets all teach, to show what that leak is worth.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.bench.draws import generator
from micfp.config.recipe import RecipeConfig
from micfp.engine.libraries import ARRAYS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.errors import MicfpError
from micfp.evaluation.verification import identification_at_1_percent, verification
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import load_model
from micfp.fingerprint.embedding.training import TrainingPieces, fit_covariances
from micfp.plan.fingerprint_settings import Protocol
from micfp.studies.fingerprint.calibrated import Scores, Trials, calibrated_cllr
from micfp.studies.fingerprint.fit import MODEL_FILE
from micfp.studies.fingerprint.heard import CLEAN, Heard, read_heard, read_taught

STAGE = Stage(
    "fingerprint_validate",
    2,
    "micfp.studies.fingerprint.validate",
    mem_mb=3000,
    packing="alone",
    libraries=ARRAYS,
)
VALIDATED_FILE = "validated.csv"
LEAST_ACTIVE_S = 0.4
"""Less of a second or more is a pause, by which nobody is known; of 0.25 s all count."""
MOST_GROUPS = 4
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Corpus:
    """What is known of the recordings.

    Attributes
    ----------
    names
        Of the devices.
    device, group, session
        (n,) numbers: whose, of which group of contents, in which sitting.
    heard, taught
        Their fingerprints, and what they teach.
    recipe
        How they teach it.
    """

    names: NDArray[np.str_]
    device: Ints
    group: Ints
    session: Ints
    heard: Heard
    taught: TrainingPieces
    recipe: RecipeConfig


def run(spec: Spec, out: Path) -> None:
    """Validate by one protocol."""
    import pandas as pd

    protocol = Protocol.model_validate(spec.params["protocol"])
    names = (CLEAN, *spec.params["conditions"])
    model = load_model(spec.entry("fit") / MODEL_FILE).model
    rows: list[dict[str, Any]] = []
    corpus = _corpus(spec)
    n_devices = len(set(corpus.names) - set(protocol.without))
    for draw, found in _each_draw(model, corpus, protocol, spec.params):
        rng = generator(spec.params["seed"], "fingerprint calibrated", protocol.name, str(draw))
        calibrated = calibrated_cllr(found, rng)
        for trials, scores in found.items():
            row = {
                "corpus": spec.params["corpus"],
                "protocol": protocol.name,
                "content": protocol.content,
                "draw": draw,
                "n_devices": n_devices,
                "condition": names[trials.condition],
                "enrolled": names[trials.enrolled],
                "test_s": spec.params["lengths_s"][trials.length - 1],
            }
            own = {"cllr_calibrated": calibrated[trials]}
            rows += [row | figures | own for figures in _figures(scores)]
    if not rows:
        raise MicfpError(
            f"fingerprint: in the corpus {spec.params['corpus']} no device is heard long enough "
            f"in two recordings of other contents and of lengths_s ({protocol.name}); give it more "
            "or longer recordings, or take it out of corpora"
        )
    pd.DataFrame(rows).to_csv(out / VALIDATED_FILE, index=False)


def _each_draw(
    model: FingerprintModel, corpus: Corpus, protocol: Protocol, params: Any
) -> Iterator[tuple[int, dict[Trials, Scores]]]:
    """Scores of each draw; the folds of one are gathered."""
    wanted = [
        Trials(condition, enrolled, length)
        for condition in range(len(params["conditions"]) + 1)
        for enrolled in ((condition, 0) if condition and protocol.enrolled_clean else (condition,))
        for length in range(1, len(params["lengths_s"]) + 1)
    ]
    devices = np.flatnonzero(~np.isin(corpus.names, protocol.without))
    for draw in range(protocol.draws):
        rng = generator(params["seed"], "fingerprint validate", protocol.name, str(draw))
        found: dict[Trials, Scores] = defaultdict(Scores)
        for teaching, tested in protocol.parts(devices, rng):
            _of_part(model, corpus, protocol, teaching, tested, wanted, found)
        yield draw, found


def _of_part(
    model: FingerprintModel,
    corpus: Corpus,
    protocol: Protocol,
    teaching: Ints,
    tested: Ints,
    wanted: Sequence[Trials],
    found: dict[Trials, Scores],
) -> None:
    """Add the scores of devices that are tested, by a model that others have taught."""
    blends: dict[frozenset[int], FingerprintModel] = {}
    for pair in permutations(range(int(corpus.group.max()) + 1), 2):
        unheard = frozenset(pair) if protocol.content == "disjoint" else frozenset[int]()
        if unheard not in blends:
            blends[unheard] = _blended(model, corpus, protocol, teaching, unheard)
        for trials in wanted:
            _add(blends[unheard], corpus, tested, pair, trials, found[trials])


def _blended(
    model: FingerprintModel,
    corpus: Corpus,
    protocol: Protocol,
    teaching: Ints,
    unheard: frozenset[int],
) -> FingerprintModel:
    if len(teaching) == 0:
        return model
    pieces = corpus.taught
    chosen = np.isin(pieces.devices, teaching)
    chosen &= ~np.isin(corpus.group[pieces.recordings], list(unheard))
    return model.blended(
        fit_covariances(pieces.only(chosen), corpus.recipe, whole=False),
        protocol.share,
        protocol.kappa,
    )


def _add(
    model: FingerprintModel,
    corpus: Corpus,
    tested: Ints,
    pair: tuple[int, int],
    trials: Trials,
    into: Scores,
) -> None:
    heard = corpus.heard
    inside = np.isin(corpus.device, tested)[heard.recording]
    group = corpus.group[heard.recording]
    references = np.flatnonzero(
        inside & (group == pair[0]) & (heard.condition == trials.enrolled) & (heard.length == 0)
    )
    tests = np.flatnonzero(
        inside
        & (group == pair[1])
        & (heard.condition == trials.condition)
        & (heard.length == trials.length)
    )
    if len(references) == 0 or len(tests) == 0:
        return
    known, asked = ([heard.fingerprints[k] for k in some] for some in (references, tests))
    of, by = heard.recording[references], heard.recording[tests]
    sitting = corpus.session[of][:, None] == corpus.session[by]
    score = np.zeros(sitting.shape)
    if sitting.any():
        score = model.scores(known, asked, "same")
    if not sitting.all():
        score = np.where(sitting, score, model.scores(known, asked, "other"))
    same = corpus.device[of][:, None] == corpus.device[by]
    counts = long_enough(known)[:, None] & long_enough(asked)
    into.score.append(score.ravel())
    into.first.append(corpus.device[of].repeat(len(tests)))
    into.second.append(np.tile(corpus.device[by], len(references)))
    into.counts.append(counts.ravel())
    own = np.where(same & counts, score, -np.inf).max(axis=0)
    best = np.where(~same & counts, score, -np.inf).max(axis=0)
    enrolled = np.isfinite(own) & np.isfinite(best)
    into.own.append(own[enrolled])
    into.best.append(best[enrolled])


def long_enough(fingerprints: Sequence[Fingerprint]) -> Bools:
    """Whether enough is heard of each to be known by."""
    return np.array(
        [one.active_s >= min(LEAST_ACTIVE_S, 0.4 * one.duration_s) for one in fingerprints],
        np.bool_,
    )


def _figures(scores: Scores) -> Iterator[dict[str, Any]]:
    """Figures of the pairs; none where there are no same or no different ones."""
    if not scores.score:
        return
    score, same, counts = scores.joined()
    own, best = np.concatenate(scores.own), np.concatenate(scores.best)
    if (same & counts).any() and (~same & counts).any() and len(own):
        found = verification(score[same & counts], score[~same & counts])
        every = verification(score[same], score[~same])
        yield vars(found) | {
            "identification_at_1_percent": identification_at_1_percent(own, best),
            "eer_of_all_pieces": every.eer,
            "left_out": 1 - float(counts.mean()),
        }


def _corpus(spec: Spec) -> Corpus:
    n_recordings = spec.params["n_recordings"]
    labels = [recording.labels for recording in spec.audio]

    def numbers(name: str) -> tuple[NDArray[np.str_], Ints]:
        values, index = np.unique([one[name] for one in labels], return_inverse=True)
        return values, np.asarray(index)

    names, device = numbers("device")
    group = groups_of_contents(numbers("content")[1], spec.params["seed"])
    heard = read_heard(spec.inputs["heard"], n_recordings)
    taught = read_taught(spec.inputs["heard"], n_recordings, device)
    recipe = RecipeConfig.model_validate(spec.params["recipe"])
    return Corpus(names, device, group, numbers("session")[1], heard, taught, recipe)


def groups_of_contents(content: Ints, seed: int) -> Ints:
    """Contents dealt into at most four groups."""
    n_contents = int(content.max()) + 1
    order = generator(seed, "fingerprint validate", "contents").permutation(n_contents)
    return np.asarray(order[content] % min(n_contents, MOST_GROUPS))
