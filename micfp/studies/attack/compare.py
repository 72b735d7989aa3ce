"""Step `compare_attacks`: how often perturbed recordings are named otherwise, by each defence.

Reads: scores of trainings, fits and `score`, and what `attack` says of its copies. Writes:
`attacks.csv`, a row per corpus, defence, perturbation, way and judge, with whether the judge
converged; a figure per corpus. A segment counts that is correct before the attack; the attack
succeeds where it is then named otherwise (of targeted ones: as wanted).
"""

import json
import math
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.attack import PerturbationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Recording, Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.figures import Book
from micfp.evaluation.scores import Scores, paired_rows, read_scores
from micfp.plan.experiment import Corpus, after, plan_corpus
from micfp.plan.fits import fit_task, score_task
from micfp.plan.frames import adversarial_task, train_task
from micfp.plan.models import models_of
from micfp.plan.params import Params
from micfp.plan.recordings import degraded, plan_originals
from micfp.plan.tables import copies_task
from micfp.stages.fitting import has_converged
from micfp.studies.attack import detect, detector, spoof
from micfp.studies.attack import perturb as attack
from micfp.studies.variants import params_of, parts
from micfp.tables import read_table

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("compare_attacks", 6, "micfp.studies.attack.compare", libraries=CLASSIFIERS)
WIDTH = 12  # of a column's head in letters
NONE, COPIES, ADVERSARIAL = "none", "copies", "adversarial"  # defences that are trained
MAJORITY = "majority"
AS_WRITTEN = "16-bit WAV"
ASKED = "its own scores asked for"  # of a classifier: the copies are made against it


@dataclass
class Rows:
    """What is judged: labels, scores before the attack and after it, and what made the copies."""

    labels: list[dict[str, Any]] = field(default_factory=list)
    before: list[Task] = field(default_factory=list)
    after: list[Task] = field(default_factory=list)
    copies: list[Task] = field(default_factory=list)
    detects: list[Task] = field(default_factory=list)
    fits: dict[str, Task] = field(default_factory=dict)

    def add(
        self,
        labels: dict[str, Any],
        before: Task,
        after: Task,
        copies: Task,
        detect: Task | None,
    ) -> None:
        """One row; `detect` measured the copies."""
        number = None
        if detect is not None:
            number = len(self.detects)
            self.detects.append(detect)
        self.labels.append({**labels, "detector": number})
        self.before.append(before)
        self.after.append(after)
        self.copies.append(copies)


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises MicfpError where it is not filled in, or names what is not there.
    """
    study = params.attack
    if not (study.corpora and study.perturbations):
        raise MicfpError(
            "attack compares nothing: it names no corpora or no perturbations; add a preset, such "
            "as workflow/presets/attack.yaml"
        )
    rows = Rows()
    for name, given in study.corpora.items():
        _add_corpus(name, params, params_of(params, given, f"attack.corpora.{name}"), rows)
    settings = {"rows": rows.labels, "majority": MAJORITY if study.models else None}
    inputs = {
        "before": tuple(rows.before),
        "after": tuple(rows.after),
        "copies": tuple(rows.copies),
        "detects": tuple(rows.detects),
    }
    return {"study": Task(STAGE, settings, inputs), "fits": rows.fits}


def _add_corpus(name: str, params: Params, own: Params, rows: Rows) -> None:
    study = params.attack
    named: list[tuple[str, Mapping[str, Any], str]] = [
        ("methods", own.methods, study.method),
        ("frames", own.frames, study.waveforms),
    ]
    if study.detector is not None:
        named.append(("features", own.features, study.detector))
    for section, there, wanted in named:
        if wanted not in there:
            raise MicfpError(f"attack names {wanted!r}, which is not under {section}")
    originals = plan_originals(own)
    learned, test = parts(originals, own, f"attack.corpora.{name}")
    clean = plan_corpus(own, tuple(degraded(own, originals)), f"attack.corpora.{name}.differences.")
    tested = tuple(r for r in clean.recordings if r.path in {one.path for one in test})
    networks = _networks(params, own, clean, learned)
    for defence, network in networks.items():
        rows.fits[f"{name} {study.method} {defence}"] = network
        for perturbation, config in study.perturbations.items():
            labels = {
                **{"corpus": name, "defence": defence, "perturbation": perturbation},
                **_budget(config),
            }
            found = attack.attacked(own, network, config, tested)
            _add_ways(params, own, labels, network, clean, found, rows)
            if defence == NONE:
                _add_others(params, own, labels, clean, found, rows)
    _add_asked(params, own, name, clean, tested, rows)
    heard = {one.recording for one in tested}
    known = [r for r in clean.recordings if r.recording not in heard]
    hidden = {
        mimicry: (
            spoof.disguised(own.seed, own.target, disguise, tested, known),
            disguise.towards == "next",
        )
        for mimicry, disguise in study.mimicries.items()
    } | {
        laundering: (after(own, chain, tested).recordings, False)
        for laundering, chain in study.launderings.items()
    }
    for kind, (found, targeted) in hidden.items():
        labels = {
            **{"corpus": name, "defence": NONE, "perturbation": kind},
            **{"snr_db": None, "most_change": 0.0, "targeted": targeted},
        }
        _add_ways(params, own, labels, networks[NONE], clean, found, rows)
        _add_others(params, own, labels, clean, found, rows)


def _add_asked(
    params: Params,
    own: Params,
    name: str,
    clean: Corpus,
    tested: tuple[Recording, ...],
    rows: Rows,
) -> None:
    """Classifiers whose own scores an attacker asked for."""
    for model in models_of(params.attack.models):
        fitted = fit_task(own, model, clean.dataset(own, model.features), own.split)
        for perturbation, config in params.attack.perturbations.items():
            if config.queries is None:
                continue
            found = attack.attacked(own, fitted, config, tested)
            corpus = plan_corpus(own, found)
            labels = {
                **{"corpus": name, "defence": NONE, "perturbation": perturbation},
                **_budget(config),
                **{"way": ASKED, "judge": model.name},
            }
            scored = score_task(fitted, corpus.dataset(own, model.features))
            rows.add(labels, fitted, scored, _maker(found), _detect(params, own, clean, corpus))


def _networks(
    params: Params, own: Params, clean: Corpus, learned: tuple[Recording, ...]
) -> dict[str, Task]:
    """The network as it is, and by each defence that trains it otherwise."""
    study = params.attack
    method = own.methods[study.method]
    training = own.trainings[method.training]
    matrix = clean.matrix(own, method.frames)
    networks = {NONE: train_task(own, study.method, method, training, matrix)}
    if study.copies:
        copied = (after(own, chain, learned).matrix(own, method.frames) for chain in study.copies)
        joined = copies_task(matrix, tuple(copied))
        name = f"{study.method} {COPIES}"
        networks[COPIES] = train_task(own, name, method, training, joined)
    if study.adversarial is not None:
        waveforms = clean.matrix(own, study.waveforms)
        networks[ADVERSARIAL] = adversarial_task(
            own,
            f"{study.method} {ADVERSARIAL}",
            method,
            training,
            matrix,
            waveforms,
            study.adversarial,
        )
    return networks


def _budget(config: PerturbationConfig) -> dict[str, Any]:
    return {
        "snr_db": config.snr_db,
        "most_change": config.most_change,
        "targeted": config.targeted,
    }


def _add_ways(
    params: Params,
    own: Params,
    labels: dict[str, Any],
    network: Task,
    clean: Corpus,
    found: tuple[Recording, ...],
    rows: Rows,
) -> None:
    """The network that was attacked, asked about the copies as written and after each chain."""
    study = params.attack
    frames = own.methods[study.method].frames
    ways = {AS_WRITTEN: ()} | (study.through if labels["perturbation"] in study.sent else {})
    for way, chain in ways.items():
        corpus = after(own, chain, found)
        scored = score_task(network, corpus.matrix(own, frames))
        more = {"way": way, "judge": study.method}
        detected = _detect(params, own, clean, corpus)
        rows.add({**labels, **more}, network, scored, _maker(found), detected)


def _detect(params: Params, own: Params, clean: Corpus, corpus: Corpus) -> Task | None:
    """What the detector says of a corpus of copies."""
    features = params.attack.detector
    if features is None:
        return None
    learned = detector.task(own, clean.dataset(own, features), params.attack.false_alarms)
    return detect.task(learned, corpus.dataset(own, features))


def _maker(found: tuple[Recording, ...]) -> Task:
    """The task that made the copies."""
    (made,) = {r.made_by.key: r.made_by for r in found if r.made_by is not None}.values()
    return made


def _add_others(
    params: Params,
    own: Params,
    labels: dict[str, Any],
    clean: Corpus,
    found: tuple[Recording, ...],
    rows: Rows,
) -> None:
    """Models that the attacker does not know, asked about the same copies: transfer."""
    corpus = plan_corpus(own, found)
    detected = _detect(params, own, clean, corpus)
    for model in models_of(params.attack.models):
        fitted = fit_task(own, model, clean.dataset(own, model.features), own.split)
        rows.fits[f"{labels['corpus']} {model.name}"] = fitted
        scored = score_task(fitted, corpus.dataset(own, model.features))
        more = {"way": AS_WRITTEN, "judge": model.name}
        rows.add({**labels, **more}, fitted, scored, _maker(found), detected)


def run(spec: Spec, out: Path) -> None:
    """Count successes."""
    import pandas as pd

    judged: list[dict[str, Any]] = []
    votes: dict[tuple[Any, ...], list[tuple[Scores, Scores]]] = {}
    inputs = (spec.inputs[name] for name in ("before", "after", "copies"))
    for labels, before, later, made in zip(spec.params["rows"], *inputs, strict=True):
        scores = (read_scores(before), read_scores(later))
        rows = paired_rows(*scores)
        pair = (scores[0].at(rows[0]), scores[1].at(rows[1]))
        more = {"converged": has_converged(before), "snr_db_reached": _reached(made)}
        flagged = _flagged(spec, labels["detector"], scores[1], rows[1])
        found = _success(pair[0].predicted, pair[1].predicted, pair[0], labels, flagged)
        judged.append({**labels, **more, **found})
        if labels["defence"] == NONE and labels["way"] == AS_WRITTEN:
            key = tuple(labels[n] for n in ("corpus", "perturbation"))
            votes.setdefault(key, []).append(pair)
    if spec.params["majority"]:
        firsts = {
            (row["corpus"], row["perturbation"]): row
            for row in reversed(judged)
            if row["defence"] == NONE and row["way"] == AS_WRITTEN
        }
        for key, pairs in votes.items():
            names = [_majority([pair[i] for pair in pairs]) for i in (0, 1)]
            labels = {**firsts[key], "judge": spec.params["majority"]}
            found = _success(names[0], names[1], pairs[0][0], labels, None)
            judged.append({**labels, **found})
    table = pd.DataFrame(judged).drop(columns="detector")
    table.to_csv(out / "attacks.csv", index=False)
    book = Book(out)
    for corpus, own in table.groupby("corpus", sort=False):
        _draw(str(corpus), own, book)
    book.close()


def _reached(made: Path) -> float:
    """Sound over change of the written copies in dB, median; NaN where that says nothing."""
    import pandas as pd

    file = made / "attack.csv"
    if not file.exists():  # a chain of degradations
        return math.nan
    return float(pd.read_csv(file)["snr_db"].replace(math.inf, math.nan).median())


def _majority(votes: list[Scores]) -> Any:
    """What most models name; of as many votes the class with the greatest mean log-probability."""
    import numpy as np

    classes = votes[0].classes
    counts = np.zeros((len(votes[0].truth), len(classes)))
    for one in votes:
        assert one.classes == classes
        counts[np.arange(len(counts)), one.log_p.argmax(axis=1)] += 1
    mean = np.mean([one.log_p for one in votes], axis=0)
    return np.array(classes)[np.lexsort((mean, counts), axis=-1)[:, -1]]


def _flagged(spec: Spec, number: int | None, scores: Scores, rows: Any) -> Any:
    """Which of these rows lie too far from the device that they are named as; None: no detector."""
    if number is None:
        return None
    folder = spec.inputs["detects"][number]
    table = read_table(folder / "distances.parquet")
    at = json.loads((folder / "detector.json").read_text())["threshold"]
    columns = [f"d:{name}" for name in scores.classes]
    distances = table[columns].to_numpy()
    return distances[rows, scores.log_p[rows].argmax(axis=1)] > at


def _success(
    before: Any, later: Any, scores: Scores, labels: dict[str, Any], flagged: Any
) -> dict[str, Any]:
    """Accuracies, and the share of segments identified correctly before that the attack turned."""
    import numpy as np

    truth = scores.truth
    right = before == truth
    turned = later != truth
    if labels["targeted"]:
        order = list(scores.classes)
        wanted = np.array([order[(order.index(t) + 1) % len(order)] for t in truth])
        turned = later == wanted
    return {
        "accuracy_before": float(right.mean()),
        "accuracy_after": float((later == truth).mean()),
        "success": float(turned[right].mean()) if right.any() else math.nan,
        "flagged": math.nan if flagged is None else float(flagged.mean()),
        "success_unnoticed": math.nan
        if flagged is None or not right.any()
        else float((turned & ~flagged)[right].mean()),
        "n_right_before": int(right.sum()),
        "n_test": len(truth),
    }


def _draw(corpus: str, table: "pd.DataFrame", book: Book) -> None:
    """Success of each perturbation (rows) against each defence and judge (columns)."""
    from micfp.evaluation import figures

    def column(row: Any) -> str:
        way = textwrap.fill(row["way"], WIDTH)
        parts = [row["judge"].replace("-", "\n"), row["defence"], way]
        if not row["converged"]:
            parts.append("not converged")
        kept = [part for part in parts if part not in (NONE, AS_WRITTEN)]
        return "\n".join(kept)

    shown = table.assign(column=table.apply(column, axis=1))
    wide = shown.pivot(index="perturbation", columns="column", values="success")
    wide = wide.loc[table["perturbation"].unique(), shown["column"].unique()]
    rows, columns = wide.shape
    book.add(
        "attack",
        f"attack_{corpus}",
        (2.4 + 0.95 * columns, 2.2 + 0.3 * rows),
        lambda ax: figures.share_table(
            ax, [str(n) for n in wide.index], [str(c) for c in wide.columns], wide.to_numpy()
        ),
        kind="attack",
        corpus=corpus,
        **figures.extremes_of_table(list(wide.index), list(wide.columns), wide.to_numpy()),
    )
