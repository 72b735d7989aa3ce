"""Step `compare_features`: each feature family alone and added to MFCC (thesis 4.3).

The thesis: other features "were found to have encumbered the MFCCs from playing a role in the
training process [...] This could be due to the mixture of time-domain and spectral types of
features". Columns of other units may do that where nothing is scaled, so both are asked. It also
cites (2.2) "an increase in speed by a factor of 30 when reducing the number of features extracted
to the top 20": a preparation that selects columns is asked of all families together.

Judged on folds inside the training part, so that the test part stays unseen. Reads: scores of
`inner_cv`. Writes: `families.csv` and a figure.
"""

from collections.abc import Iterator
from operator import itemgetter
from pathlib import Path
from typing import Any

from micfp.config.models import EvaluationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.figures import Book
from micfp.evaluation.judge import judge_each
from micfp.features.registry import FamilyName
from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import inner_cv_task
from micfp.plan.models import Model, models_of
from micfp.plan.params import Params
from micfp.report.blocks import Block, Points, Section, pictures, pivot
from micfp.report.columns import ESTIMATE, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import enumeration, points
from micfp.report.published import Published
from micfp.report.study import study_head
from micfp.report.wording import spaced
from micfp.studies.study import Study, one_run
from micfp.tables import rows_of

ACCURACY = Column("accuracy", kind=ESTIMATE)
FAMILIES = (
    *unshown(TEXT, "classifier"),
    Column("family", "Family", TEXT, spaced),
    Column("mode", "How", TEXT),
    Column("preparation", "Preparation", TEXT),
    ACCURACY,
)
STAGE = Stage("compare_features", 5, "micfp.studies.feature_study", libraries=CLASSIFIERS)


def plan(params: Params) -> dict[str, Any]:
    """Plan the study."""
    corpus = plan_corpus(params)
    rows, selects = [], []
    for model in models_of(params.feature_study.models):
        if model.features not in params.features:
            raise MicfpError(
                f"feature_study.models names the feature set {model.features!r}, which is not "
                f"under features (there: {', '.join(sorted(params.features))})"
            )
        families = params.features[model.features].families
        dataset = corpus.dataset(params, model.features)
        selects_columns = params.preparations[model.preparation].select is not None
        for mode, used in _combinations(families, selects_columns):
            own = Model(model.classifier, model.features, model.preparation, used)
            selects.append(inner_cv_task(params, own, dataset, params.split))
            label = "all" if mode == "all together" else used[-1]
            labels = {"classifier": model.classifier, "preparation": model.preparation}
            rows.append({**labels, "mode": mode, "family": label})
    settings = {
        "rows": rows,
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    return {"study": Task(STAGE, settings, {"selects": tuple(selects)})}


def _combinations(
    families: tuple[FamilyName, ...], only_all: bool
) -> Iterator[tuple[str, tuple[FamilyName, ...]]]:
    """How families are asked, and which they are; `only_all`: together, and in no other way."""
    if not only_all:
        yield from (("alone", (family,)) for family in families)
        if "mfcc" in families:
            yield from (("with mfcc", ("mfcc", f)) for f in families if f != "mfcc")
    yield "all together", families


def run(spec: Spec, out: Path) -> None:
    """Judge every combination, with intervals."""
    import pandas as pd

    from micfp.evaluation import figures

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    judged = judge_each(spec.params["rows"], spec.inputs["selects"], config, spec.params["seed"])
    families = pd.DataFrame(
        {**labels, **model.row(), "n_classes": len(model.scores.classes)}
        for labels, model in judged
    )
    families.to_csv(out / "families.csv", index=False)
    book = Book(out)
    for (classifier, preparation), own in families.groupby(
        ["classifier", "preparation"], sort=False
    ):
        names = [f"{row.family} ({row.mode})" for row in rows_of(own)]
        if len(own) == 1:  # selected of all families: in the table alone
            continue
        book.add(
            "feature-study",
            f"families_{classifier}_{preparation}",
            figures.list_size(len(own)),
            lambda ax, own=own, names=names: figures.classifier_comparison(  # type: ignore[misc]
                ax,
                names,
                own["accuracy"],
                own["accuracy_low"],
                own["accuracy_high"],
                chance=1 / float(own["n_classes"].iloc[0]),
                metric="accuracy",
            ),
            kind="families",
            classifier=str(classifier),
            preparation=str(preparation),
            confidence=config.confidence,
            **figures.extremes(names, own["accuracy"]),
        )
    book.close()


def feature_study(published: Published) -> Section:
    """The thesis's open question of 4.3."""
    study = published.runs["feature-study"]
    rows = study.rows("families.csv", FAMILIES)
    blocks: list[Block] = [
        *study_head(
            published,
            "feature-study",
            "Each feature family alone and added to MFCC (the thesis's open question of 4.3), "
            "judged on folds inside the training part, so that the test part stays unseen.",
        ),
        Points(tuple(family_sentences(rows))),
        *pictures(study.figures),
        pivot(
            "Accuracy per segment, with its interval over recordings.",
            FAMILIES,
            rows,
            ("family", "mode", "preparation"),
            "classifier",
            "accuracy",
        ),
    ]
    return Section("feature-study", "Which features help", tuple(blocks))


def family_sentences(rows: list[Row]) -> Iterator[str]:
    """For each classifier and preparation: the best family alone, and which help MFCC or harm it.

    Those that help or harm do so beyond the interval of MFCC alone.
    """
    for (classifier, preparation), own in groups(rows, "classifier", "preparation").items():
        by_mode = groups(own, "mode")
        alone, added = by_mode.get("alone", []), by_mode.get("with mfcc", [])
        lead = f"{classifier}, {preparation}"
        if not alone:
            yield f"{lead}: all together, {ACCURACY.shown(by_mode['all together'][0])}."
            continue
        best = max(alone, key=itemgetter("accuracy"))
        text = f"{lead}: alone, {spaced(best['family'])} is best ({ACCURACY.shown(best)})."
        mfcc = next((row for row in alone if row["family"] == "mfcc"), None)
        if mfcc is not None and added:
            helping = [row for row in added if row["accuracy_low"] > mfcc["accuracy_high"]]
            hurting = [row for row in added if row["accuracy_high"] < mfcc["accuracy_low"]]
            parts = [
                f"{enumeration([spaced(row['family']) for row in group], 12)} {verb} it"
                for group, verb in ((helping, "help"), (hurting, "harm"))
                if group
            ]
            most = max(added, key=itemgetter("accuracy"))
            text += (
                f" MFCC alone gives {ACCURACY.shown(mfcc)}; added to it, "
                f"{'; '.join(parts) or 'no family changes it beyond the intervals'}"
                f" (the most: {spaced(most['family'])}, "
                f"{points(most['accuracy'] - mfcc['accuracy'])} points)."
            )
        yield text


STUDY = Study(
    "feature-study",
    "compares each feature family alone and added to MFCC (the thesis's open question of 4.3)",
    "feature_study",
    plan,
    feature_study,
    one_run(
        "feature study",
        "families.csv",
        FAMILIES,
        lambda row: ".".join(
            ("accuracy", row["classifier"], row["preparation"], f"{row['family']} {row['mode']}")
        ),
    ),
    (STAGE,),
)
