"""Step `compare_durations`: how little audio is enough, to train with and to judge.

Reads: the doublings of every corpus. Writes: `durations.csv`, a row per corpus, minutes of training
audio, seconds of test audio, way and model; `smallest.csv`, for each seconds and way the least
minutes at which the chosen model meets the target; two figures a corpus.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.stage import Stage
from micfp.engine.task import Spec, Task
from micfp.errors import MicfpError
from micfp.evaluation.figures import Book
from micfp.plan.params import Params
from micfp.studies.duration import double
from micfp.studies.duration.double import ADDED, ALONE
from micfp.studies.variants import params_of

if TYPE_CHECKING:
    import pandas as pd

    from micfp.evaluation.figures import Curve

STAGE = Stage("compare_durations", 3, "micfp.studies.duration.compare")


def plan(params: Params) -> dict[str, Any]:
    """Plan the study.

    Raises MicfpError where it is not filled in, or a corpus cannot be played longer.
    """
    study = params.duration
    if not (study.corpora and study.models):
        raise MicfpError(
            "duration compares nothing: it names no corpora or no models; add a preset, such as "
            "workflow/presets/duration.yaml"
        )
    own = {
        name: params_of(params, given, f"duration.corpora.{name}")
        for name, given in study.corpora.items()
    }
    doubled = tuple(double.task(own[name], study, name) for name in own)
    settings = {
        "corpora": list(own),
        "confidences": [one.evaluation.confidence for one in own.values()],
        "target_accuracy": study.target_accuracy,
    }
    return {"study": Task(STAGE, settings, {"doubled": doubled})}


def run(spec: Spec, out: Path) -> None:
    """Join the doublings of all corpora, find what is enough, and draw."""
    import pandas as pd

    tables = []
    for corpus, path in zip(spec.params["corpora"], spec.inputs["doubled"], strict=True):
        own = pd.read_csv(path / "durations.csv", dtype={"model": str, "way": str})
        own.insert(0, "corpus", corpus)
        tables.append(own)
    table = pd.concat(tables, ignore_index=True)
    table.to_csv(out / "durations.csv", index=False)
    target = spec.params["target_accuracy"]
    chosen = table[table["chosen"]]
    smallest(chosen, target).to_csv(out / "smallest.csv", index=False)
    book = Book(out)
    confidences = dict(zip(spec.params["corpora"], spec.params["confidences"], strict=True))
    for corpus, own in chosen.groupby("corpus", sort=False):
        _draw(str(corpus), own, target, confidences[str(corpus)], book)
    book.close()


def smallest(chosen: "pd.DataFrame", target: float) -> "pd.DataFrame":
    """Of the chosen models the least training that meets the target, for all seconds and ways."""
    import pandas as pd

    rows = []
    for (corpus, test_s, way), own in chosen.groupby(["corpus", "test_s", "way"], sort=False):
        enough = own[own["accuracy"] >= target]
        # Where it is never met, how far the longest training comes.
        row = (enough if len(enough) else own).sort_values("training_min")
        met = row.iloc[0] if len(enough) else row.iloc[-1]
        rows.append(
            {
                "corpus": corpus,
                "test_s": test_s,
                "way": way,
                "target": target,
                "training_min": met["training_min"] if len(enough) else None,
                "most_min": own["training_min"].max(),
                "model": met["model"],
                "accuracy": met["accuracy"],
            }
        )
    return pd.DataFrame(rows)


def _draw(
    corpus: str, chosen: "pd.DataFrame", target: float, confidence: float, book: Book
) -> None:
    """Accuracy, and how much the probabilities tell, against seconds of test audio."""
    from micfp.evaluation import figures

    accuracies = _curves(chosen, "accuracy", with_interval=True)
    chance = 1 / float(chosen["n_classes"].iloc[0])
    book.add(
        "duration",
        f"duration_{corpus}",
        (7.0, 4.2),
        lambda ax: figures.against_seconds(
            ax,
            accuracies,
            measure="accuracy",
            levels={f"target ({target:g})": target, "chance": chance},
        ),
        kind="duration",
        corpus=corpus,
        confidence=confidence,
        **figures.extremes_of_curves(accuracies),
    )
    entropies = _curves(chosen, "cross_entropy")
    book.add(
        "duration",
        f"duration_entropy_{corpus}",
        (7.0, 4.2),
        lambda ax: figures.against_seconds(
            ax, entropies, measure="cross-entropy", levels={"knows nothing": 1.0}
        ),
        kind="duration_entropy",
        corpus=corpus,
        **figures.extremes_of_curves(entropies),
    )


def _curves(chosen: "pd.DataFrame", measure: str, with_interval: bool = False) -> "list[Curve]":
    """A curve a way and training: first of single segments, by minutes."""
    from micfp.evaluation.figures import Curve

    found = []
    for way in (ALONE, ADDED):
        for minutes, rows in chosen[chosen["way"] == way].groupby("training_min"):
            own = rows.sort_values("test_s")
            found.append(
                Curve(
                    f"{minutes:g} min, {way}",
                    own["test_s"].to_numpy(float),
                    own[measure].to_numpy(float),
                    own[f"{measure}_low"].to_numpy(float) if with_interval else None,
                    own[f"{measure}_high"].to_numpy(float) if with_interval else None,
                    dashed=way == ADDED,
                )
            )
    return found
