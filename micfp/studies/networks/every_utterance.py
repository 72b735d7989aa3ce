"""Targets `every-utterance`, `readings`: each content is tested in turn, and all of it is pooled.

One test recording per phone leaves methods of equal worth apart by a recording or two. Here every
recording is tested once, by models that did not hear its words, and two methods are compared on the
same recordings: only then may one be said to stand above the other. `readings` does so with methods
that differ in one thing, where the paper's text can be read in two ways.

The step `compare_paired` reads the scores of a row's fits, one for each content, and writes
`methods.csv`, a row per corpus and method, and `pairs.csv`, a row for every two of them.
"""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.config.models import EvaluationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import fit_task
from micfp.plan.models import models_of
from micfp.plan.paper_settings import EveryUtteranceConfig
from micfp.plan.params import Params, merge
from micfp.plan.study_settings import CorpusDifferences
from micfp.report.blocks import Block, Heading, Points, Section, Text, show
from micfp.report.columns import ESTIMATE, NUMBER, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import decimals, points, share
from micfp.report.published import Published, row_name
from micfp.studies.networks.compare import summary_of
from micfp.studies.networks.experiments import Variant
from micfp.studies.networks.report import called, method_name
from micfp.studies.study import Study, one_run
from micfp.studies.variants import params_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from micfp.evaluation.judge import Judged
    from micfp.evaluation.scores import Scores

TITLES = {
    "every-utterance": "Every method on every utterance",
    "readings": "Where the paper's text can be read in two ways",
}
STAGE = Stage("compare_paired", 2, "micfp.studies.networks.every_utterance", libraries=CLASSIFIERS)
SURE = 0.05
"""Adjusted p-value below which one method is said to stand above another."""
METHODS = (
    *unshown(TEXT, "corpus", "method"),
    Column("", "Method", TEXT, called),
    Column("recording_accuracy", "Accuracy per recording", ESTIMATE),
    Column("n_correct", "correct", format=decimals(0)),
    Column("n_recordings", "of", format=decimals(0)),
    Column("accuracy", "per segment", ESTIMATE),
    Column("n_parameters", "parameters", format=decimals(0), optional=True),
)
PAIRS = (
    *unshown(TEXT, "corpus", "first", "second"),
    Column("", "Two methods", TEXT, lambda row: f"{_name(row, 'first')} / {_name(row, 'second')}"),
    Column("first_only", "first alone correct", format=decimals(0)),
    Column("second_only", "second alone", format=decimals(0)),
    Column("p", "p", format=decimals(3)),
    Column("p_adjusted", "p, adjusted (Holm)", format=decimals(3)),
    Column("difference", "per segment, difference (points)", format=points),
    Column("", "its interval", TEXT, lambda row: f"{points(row['low'])} to {points(row['high'])}"),
    *unshown(NUMBER, "low", "high"),
)


def plan(params: Params, target: str = "every-utterance") -> dict[str, Any]:
    """Plan a fit of every method of a target for every content that is tested.

    Raises MicfpError where it is not filled in, or names what is not there.
    """
    section = target.replace("-", "_")
    parts: tuple[EveryUtteranceConfig, ...] = getattr(params.paper, section)
    if not any(part.methods or part.models for part in parts):
        raise MicfpError(
            f"{target} compares nothing: paper.{section} names no corpus with methods or models; "
            "add a preset, such as workflow/presets/paper-short.yaml"
        )
    rows: list[dict[str, Any]] = []
    fits: dict[str, Task] = {}
    for part in parts:
        for labels, tasks in _rows(params, part):
            rows.append(labels)
            fits |= {
                row_name({"corpus": f"{labels['corpus']} {content}", **_rest(labels)}): task
                for content, task in zip(part.contents, tasks, strict=True)
            }
    settings = {
        "rows": rows,
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    return {"study": Task(STAGE, settings, {"fits": tuple(fits.values())}), "fits": fits}


def _rest(labels: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in labels.items() if name != "corpus"}


def _rows(
    params: Params, part: EveryUtteranceConfig
) -> Iterator[tuple[dict[str, Any], tuple[Task, ...]]]:
    """Each method with its fits, one for each content."""
    variants = [_tested(params, part, number) for number in range(len(part.contents))]
    labels: dict[str, Any] = {"corpus": part.name or part.corpus, "n_fits": len(variants)}
    for name in part.methods:
        yield {**labels, "method": name}, tuple(one.train(name) for one in variants)
    for model in models_of(part.models):
        fitted = (
            fit_task(o.params, model, o.dataset(model.features), o.params.split) for o in variants
        )
        yield {**labels, "method": model.name}, tuple(fitted)


def _tested(params: Params, part: EveryUtteranceConfig, number: int) -> Variant:
    """The corpus with one content that is tested, and the next one that stops networks."""
    if part.corpus not in params.paper.corpora:
        raise MicfpError(
            f"a comparison of contents in turn names the corpus {part.corpus!r}, which is not "
            f"under paper.corpora (there: {', '.join(sorted(params.paper.corpora)) or 'none'})"
        )
    given = params.paper.corpora[part.corpus]
    following = part.contents[(number + 1) % len(part.contents)]
    validation = {"kind": "by_content", "groups": [following]}
    split = {"kind": "by_content", "test": [part.contents[number]], "validation": validation}
    differences = merge(given.differences, {"split": split})
    where = f"paper.corpora.{part.corpus}"
    own = params_of(params, CorpusDifferences(preset=given.preset, differences=differences), where)
    return Variant(part.corpus, own, plan_corpus(own, where=f"{where}.differences."))


@dataclass(frozen=True)
class _Method:
    """A method on all contents: scores judged, and what it named correctly.

    recordings: sorted; correct: of each; devices: sorted; hits, n: segments of each device;
    n_parameters: of the fit with most of them.
    """

    labels: dict[str, Any]
    judged: "Judged"
    recordings: "NDArray[np.str_]"
    correct: "NDArray[np.bool_]"
    hits: "NDArray[np.float64]"
    n: "NDArray[np.int64]"
    n_parameters: int


def run(spec: Spec, out: Path) -> None:
    """Pool the scores of every row, judge them, and compare every two rows of a corpus."""
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    folders = iter(spec.inputs["fits"])
    methods = []
    for labels in spec.params["rows"]:
        own = [next(folders) for _ in range(labels["n_fits"])]
        methods.append(_method(labels, own, config, spec.params["seed"]))
    rows = [
        {
            **one.labels,
            **one.judged.row(),
            "n_correct": int(one.correct.sum()),
            "n_parameters": one.n_parameters,
        }
        for one in methods
    ]
    pd.DataFrame(rows).to_csv(out / "methods.csv", index=False)
    pairs = [
        row
        for corpus in dict.fromkeys(one.labels["corpus"] for one in methods)
        for row in _pairs(
            [one for one in methods if one.labels["corpus"] == corpus], config, spec.params["seed"]
        )
    ]
    pd.DataFrame(pairs).to_csv(out / "pairs.csv", index=False)


def _method(
    labels: dict[str, Any], folders: Sequence[Path], config: EvaluationConfig, seed: int
) -> _Method:
    import numpy as np

    from micfp.evaluation.decision import pool_recordings
    from micfp.evaluation.judge import judge
    from micfp.evaluation.scores import read_scores

    scores = _joined([read_scores(folder) for folder in folders], labels)
    names, pooled, true = pool_recordings(
        scores.truth, scores.log_p, scores.classes, scores.recording, config.decision
    )
    classes = np.asarray(scores.classes)
    of_device = scores.truth[:, None] == classes
    hit = scores.predicted == scores.truth
    return _Method(
        labels,
        judge(scores, config, seed),
        names,
        pooled.argmax(axis=1) == true,
        (of_device & hit[:, None]).sum(axis=0).astype(np.float64),
        of_device.sum(axis=0),
        max(summary_of(folder)["n_parameters"] for folder in folders),
    )


def _joined(parts: "Sequence[Scores]", labels: dict[str, Any]) -> "Scores":
    """The scores of all contents; every recording is in one of them."""
    import numpy as np

    from micfp.evaluation.scores import Scores

    if any(part.classes != parts[0].classes for part in parts):
        raise MicfpError(
            f"{labels['corpus']}: not every device has each of the contents that are tested in "
            "turn; name contents that all of them recorded"
        )
    return Scores(
        parts[0].classes,
        np.concatenate([part.truth for part in parts]),
        np.concatenate([part.recording for part in parts]),
        np.concatenate([part.segment for part in parts]),
        np.concatenate([np.full(len(part.truth), k) for k, part in enumerate(parts)]),
        np.concatenate([part.log_p for part in parts]),
    )


def _pairs(
    methods: Sequence[_Method], config: EvaluationConfig, seed: int
) -> Iterator[dict[str, Any]]:
    """Every two methods of a corpus, the better one first."""
    import numpy as np

    from micfp.evaluation.paired import holm, mcnemar, paired_difference

    def worth(one: _Method) -> tuple[int, float]:
        return int(one.correct.sum()), float(one.hits.sum() / one.n.sum())

    found = []
    for first, second in combinations(sorted(methods, key=worth, reverse=True), 2):
        if (first.recordings != second.recordings).any() or (first.n != second.n).any():
            raise MicfpError(
                f"{first.labels['corpus']}: {first.labels['method']} and "
                f"{second.labels['method']} were not asked of the same segments; some recording "
                "is too short for one of them"
            )
        low, high = paired_difference(
            first.hits,
            second.hits,
            first.n,
            rng=np.random.default_rng(seed),
            samples=config.bootstrap_samples,
            confidence=config.confidence,
        )
        found.append(
            {
                "corpus": first.labels["corpus"],
                "first": first.labels["method"],
                "second": second.labels["method"],
                **vars(mcnemar(first.correct, second.correct)),
                "difference": float((first.hits - second.hits).sum() / first.n.sum()),
                "low": low,
                "high": high,
            }
        )
    adjusted = holm(np.array([row["p"] for row in found]))
    for row, p in zip(found, adjusted, strict=True):
        yield row | {"p_adjusted": float(p)}


def _name(row: Row, which: str) -> str:
    return method_name(row[which])


def report(published: Published, target: str = "every-utterance") -> Section:
    """Each corpus: the methods, and which of them may be put in an order."""
    run_ = published.runs[target]
    pairs = groups(run_.rows("pairs.csv", PAIRS), "corpus")
    blocks: list[Block] = [
        Text(
            "Each content is tested in turn by models that heard none of it, and all recordings "
            "count together. Two methods are compared on the same recordings: by McNemar's exact "
            "test on which alone named a recording correctly, adjusted for the number of pairs "
            "(Holm); and by the difference per segment, with an interval over devices."
        )
    ]
    for corpus, rows in groups(run_.rows("methods.csv", METHODS), "corpus").items():
        blocks += [
            Heading(corpus),
            Points(tuple(_sentences(pairs.get(corpus, [])))),
            show(f"{corpus}: all contents pooled.", METHODS, rows),
            show("Every two methods, the better first.", PAIRS, pairs.get(corpus, [])),
        ]
    return Section(target, TITLES[target], tuple(blocks))


def _sentences(pairs: Sequence[Row]) -> Iterator[str]:
    """Whom each method stands above, for sure; who cannot be told apart."""
    sure = [row for row in pairs if row["p_adjusted"] < SURE]
    for first, rows in groups(sure, "first").items():
        below = ", ".join(_name(row, "second") for row in rows)
        yield f"By recordings {method_name(first)} stands above {below}."
    rest = len(pairs) - len(sure)
    yield (
        f"{rest} of {len(pairs)} pairs cannot be put in an order by the recordings "
        f"(adjusted p of {SURE:g} or more)."
    )
    finer = [row for row in pairs if row["p_adjusted"] >= SURE and row["low"] > 0]
    for first, rows in groups(finer, "first").items():
        below = ", ".join(f"{_name(row, 'second')} (by {share(row['difference'])})" for row in rows)
        yield f"By segments alone {method_name(first)} stands above {below}."


STUDIES = tuple(
    Study(
        target,
        f'makes the experiment "{title}"',
        "paper",
        functools.partial(plan, target=target),
        functools.partial(report, target=target),
        one_run(title, "methods.csv", METHODS, lambda row: f"{row['corpus']} {row['method']}"),
        (STAGE,),
        preset="paper-short",
        trained=True,
    )
    for target, title in TITLES.items()
)
