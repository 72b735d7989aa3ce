"""Step `compare_confounds`: what is left when only the microphone differs.

The bench is rebuilt with position, session, level and noise removed one by one and all together,
there with the two units of one model 0 dB and more apart. Reads: scores of the fits on each bench.
Writes: `confounds.csv` (all microphones), `units.csv` (the identical units alone) and figures.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from micfp.config.models import EvaluationConfig
from micfp.engine.libraries import CLASSIFIERS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.figures import Book
from micfp.evaluation.judge import judge_each, unit_rows
from micfp.plan.experiment import plan_corpus
from micfp.plan.fits import fit_task
from micfp.plan.models import models_of
from micfp.plan.params import Params
from micfp.plan.recordings import is_simulated
from micfp.report.blocks import Block, Fold, Points, Section, pictures, pivot, show
from micfp.report.columns import ESTIMATE, NUMBER, TEXT, Column, Row, groups, unshown
from micfp.report.numbers import digits, number, share, units_verdict
from micfp.report.published import Published
from micfp.report.study import study_head
from micfp.report.tables import MODEL_NAME, UNITS
from micfp.report.wording import spaced
from micfp.studies.study import Study, one_run

STAGE = Stage("compare_confounds", 4, "micfp.studies.confounds", libraries=CLASSIFIERS)

BARE = "without all four"
ACCURACY = Column("accuracy", kind=ESTIMATE)
BENCH = Column("bench", "Bench", TEXT, spaced)
DEVIATION = Column("unit_deviation_db", "Apart (dB)", format=number)
BENCHES = (
    Column("bench", "Bench", TEXT),
    Column("unit_deviation_db", "Units apart (dB)", format=digits(6)),
    *unshown(TEXT, "model"),
    *unshown(NUMBER, "n_classes"),
    ACCURACY,
)
CONFOUNDS = ("position", "session", "level", "noise")


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises MicfpError for a corpus that is not simulated.
    """
    if not is_simulated(params.corpus):
        raise MicfpError(
            "the confounds study rebuilds the virtual bench and cannot rebuild "
            f"{params.corpus.name!r}: leave the preset of that corpus out"
        )
    rows, fits = [], []
    models = list(models_of(params.confounds.models))
    for name, deviation_db, variant in variants(params):
        corpus = plan_corpus(variant)
        for model in models:
            dataset = corpus.dataset(variant, model.features)
            fits.append(fit_task(variant, model, dataset, variant.split, keep_model=False))
            rows.append({"bench": name, "unit_deviation_db": deviation_db, "model": model.name})
    identical = {m.device: m.model for m in params.bench.microphones}
    settings = {
        "rows": rows,
        "models_of_devices": identical,
        "split": params.split.model_dump(mode="json"),
        "evaluation": params.evaluation.model_dump(mode="json"),
        "seed": params.seed,
    }
    return {"study": Task(STAGE, settings, {"fits": tuple(fits)})}


def variants(params: Params) -> Iterator[tuple[str, float, Params]]:
    """The benches of the study: name, deviation of the identical units in dB, parameters."""
    own_db = params.bench.unit_deviation_db
    yield "as it is", own_db, _rebuilt(params, (), own_db)
    for confound in CONFOUNDS:
        yield f"without {confound}", own_db, _rebuilt(params, (confound,), own_db)
    for deviation_db in params.confounds.unit_deviations_db:
        yield BARE, deviation_db, _rebuilt(params, CONFOUNDS, deviation_db)


def _rebuilt(params: Params, removed: tuple[str, ...], deviation_db: float) -> Params:
    bench = params.bench.model_dump()
    bench["confounds"] |= dict.fromkeys(removed, False)
    bench["unit_deviation_db"] = deviation_db
    for session in bench["sessions"]:
        for content in session["contents"]:
            content["duration_s"] *= params.confounds.duration_scale
    return Params.model_validate(params.model_dump() | {"bench": bench})


def run(spec: Spec, out: Path) -> None:
    """Judge every bench, all microphones and the identical units."""
    import pandas as pd

    config = EvaluationConfig.model_validate(spec.params["evaluation"])
    model_of_device, seed = spec.params["models_of_devices"], spec.params["seed"]
    rows, units = [], []
    for labels, model in judge_each(spec.params["rows"], spec.inputs["fits"], config, seed):
        rows.append({**labels, **model.row(), "n_classes": len(model.scores.classes)})
        of_units = unit_rows(model.scores, model_of_device, config, seed)
        units += [{**labels, **row} for row in of_units]
    table, pairs = pd.DataFrame(rows), pd.DataFrame(units)
    table.to_csv(out / "confounds.csv", index=False)
    pairs.to_csv(out / "units.csv", index=False)
    book = Book(out)
    _draw(spec, config, book, table, pairs)
    book.close()


def _draw(spec: Spec, config: EvaluationConfig, book: Book, table: Any, pairs: Any) -> None:
    from micfp.evaluation import figures

    names = table["model"].unique().tolist()
    table = table.assign(
        label=[
            f"{bench} ({db:g}\N{NO-BREAK SPACE}dB)" if bench == BARE else bench
            for bench, db in zip(table["bench"], table["unit_deviation_db"], strict=True)
        ]
    )
    labels = table["label"].unique().tolist()

    def values(column: str) -> Any:
        wide = table.pivot(index="label", columns="model", values=column)
        return wide.loc[labels, names].to_numpy()

    book.add(
        "confounds",
        "confounds",
        figures.list_size(len(labels) * (len(names) + 1), row_height=0.2),
        lambda ax: figures.split_comparison(
            ax,
            labels,
            names,
            values("accuracy"),
            values("accuracy_low"),
            values("accuracy_high"),
            chance=1 / float(table["n_classes"].iloc[0]),
            metric="accuracy",
        ),
        confidence=config.confidence,
        split=spec.params["split"],
        **figures.extremes_of_table(labels, names, values("accuracy")),
    )
    if not len(pairs):  # no two microphones of the bench are of one model
        return
    alone = pairs[pairs["bench"] == BARE]
    for model, own in alone.groupby("model", sort=False):
        first = own.iloc[0]
        book.add(
            "confounds",
            f"units_{model}",
            (5.6, 3.6),
            lambda ax, own=own, first=first: figures.unit_deviation(  # type: ignore[misc]
                ax,
                own["unit_deviation_db"],
                own["accuracy"],
                own["accuracy_low"],
                own["accuracy_high"],
                chance=float(first["chance"]),
                chance_low=float(first["recording_chance_low"]),
                chance_high=float(first["recording_chance_high"]),
            ),
            kind="units",
            units=str(first["make_and_model"]),
            model=str(model),
            **figures.extremes([f"{db:g} dB" for db in own["unit_deviation_db"]], own["accuracy"]),
        )


def report(published: Published) -> Section:
    """What is left when only the microphone differs."""
    study = published.runs["confounds"]
    rows = study.rows("confounds.csv", BENCHES)
    units = study.rows("units.csv", (BENCH, DEVIATION, MODEL_NAME, *UNITS))
    bare = [row for row in units if row["bench"] == BARE]
    rest = [row for row in units if row["bench"] != BARE]
    blocks: list[Block] = [
        *study_head(
            published,
            "confounds",
            "The simulated bench was built anew with position, session, level and noise removed "
            "one by one, and with all four removed; then the two units of one model differ by "
            "nothing but their frequency response, by as many dB as is said.",
        ),
        Points((*confound_sentences(rows), *unit_sentences(bare))),
        *pictures(study.figure("confounds")),
        pivot(
            "All microphones: accuracy per segment on each bench.",
            BENCHES,
            rows,
            ("bench", "unit_deviation_db"),
            "model",
            "accuracy",
        ),
    ]
    if units:
        caption = "The identical units, with every confound removed."
        blocks.append(show(caption, (DEVIATION, MODEL_NAME, *UNITS), bare))
    if rest:
        caption = "The identical units on the other benches."
        folded = show(caption, (BENCH, MODEL_NAME, *UNITS), rest)
        blocks.append(Fold("The identical units with confounds left in", (folded,)))
    drawn = [f for f in study.figures_of("confounds") if f.name.startswith("units_")]
    title = "What is left when only the microphone differs"
    return Section("confounds", title, (*blocks, *pictures(drawn, narrow=True)))


def confound_sentences(rows: list[Row]) -> Iterator[str]:
    """What is left of the accuracy of each model."""
    for model, of_model in groups(rows, "model").items():
        by_bench = groups(of_model, "bench")
        if "as it is" not in by_bench or BARE not in by_bench:
            continue
        before, bare = by_bench["as it is"][0], by_bench[BARE]
        as_far = [row for row in bare if row["unit_deviation_db"] == before["unit_deviation_db"]]
        left = (as_far or bare)[0]
        yield (
            f"All microphones, {model}: {ACCURACY.shown(before)} on the bench as it is, "
            f"{ACCURACY.shown(left)} with all four removed (units "
            f"{left['unit_deviation_db']:g} dB apart); chance is {share(1 / left['n_classes'])}."
        )


def unit_sentences(rows: list[Row]) -> Iterator[str]:
    """At which deviation the identical units are told apart."""
    for (model, units), of_group in groups(rows, "model", "make_and_model").items():
        parts = [
            f"{row['unit_deviation_db']:g} dB apart, {units_verdict(row)} "
            f"({ACCURACY.shown(row)}, chance {share(row['chance'])})"
            for row in of_group
        ]
        yield f"The two {units}, {model}: {'; '.join(parts)}."


STUDY = Study(
    "confounds",
    "rebuilds the bench with position, session, level and noise removed one by one",
    "confounds",
    plan,
    report,
    one_run(
        "confounds",
        "confounds.csv",
        BENCHES,
        lambda row: f"accuracy.{row['model']}.{row['bench']} {row['unit_deviation_db']:g} dB",
    ),
    (STAGE,),
)
