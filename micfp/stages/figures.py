"""Step `figures`: every figure of a run.

Reads: the tables of `evaluate` and `split_comparison`, scores, data sets, looks at over-fitting,
spectrograms. Writes: SVG and PNG files, and `figures.json` with section, kind and facts of each.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.preprocessing import StandardScaler

from micfp.engine.task import Spec
from micfp.evaluation import figures
from micfp.evaluation.curves import roc_curves
from micfp.evaluation.figures import Book
from micfp.evaluation.scores import read_scores
from micfp.tables import features_in, read_table

MOST_POINTS = 2000


def run(spec: Spec, out: Path) -> None:
    """Draw everything."""
    book = Book(out)
    _comparisons(spec, book)
    _confusions(spec, book)
    _maps(spec, book)
    _overfitting(spec, book)
    _add_spectrograms(spec.entry("spectrograms"), book)
    book.close()


def _comparisons(spec: Spec, book: Book) -> None:
    models = pd.read_csv(spec.entry("evaluate") / "models.csv")
    chance = float(models["chance"].iloc[0])
    book.add(
        "results",
        "comparison",
        figures.list_size(len(models)),
        lambda ax: figures.classifier_comparison(
            ax,
            models["model"].tolist(),
            models["accuracy"],
            models["accuracy_low"],
            models["accuracy_high"],
            train_score=models["train_accuracy"],
            chance=chance,
            metric="accuracy",
        ),
        confidence=spec.params["confidence"],
        chance=chance,
        **figures.extremes(models["model"].tolist(), models["accuracy"]),
    )
    splits = pd.read_csv(spec.entry("split_comparison") / "splits.csv")
    names, kinds = splits["model"].unique().tolist(), splits["split"].unique().tolist()

    def table(column: str) -> Any:
        return splits.pivot(index="model", columns="split", values=column).loc[names, kinds]

    book.add(
        "split_comparison",
        "splits",
        figures.list_size(len(names) * (len(kinds) + 1), row_height=0.16),
        lambda ax: figures.split_comparison(
            ax,
            names,
            [kind.replace("_", " ") for kind in kinds],
            table("accuracy").to_numpy(),
            table("accuracy_low").to_numpy(),
            table("accuracy_high").to_numpy(),
            chance=chance,
            metric="accuracy",
        ),
        confidence=spec.params["confidence"],
        **figures.extremes([kind.replace("_", " ") for kind in kinds], table("accuracy").mean()),
    )


def _confusions(spec: Spec, book: Book) -> None:
    folder = spec.entry("evaluate")
    pooled = pd.read_csv(folder / "pooled.csv", dtype={"class": str})
    classes = pooled["class"].tolist()
    size = figures.figure_size(len(classes))
    book.add(
        "results",
        "report_pooled",
        (4.6 + 0.06 * max(map(len, classes)), 1.4 + 0.3 * len(classes)),
        lambda ax: figures.class_report(
            ax,
            classes,
            pooled["precision"],
            pooled["recall"],
            pooled["f1"],
            support=pooled["support"],
        ),
        **figures.extremes(classes, pooled["f1"]),
    )
    chosen = json.loads((folder / "chosen.json").read_text())["model"]
    for name in ("pooled", *spec.params["models"]):
        matrix = pd.read_csv(folder / "confusion" / f"{name}.csv", index_col=0).to_numpy()
        is_pooled = name == "pooled"
        book.add(
            "results" if is_pooled or name == chosen else "confusion",
            f"confusion_{name}",
            size,
            lambda ax, matrix=matrix: figures.confusion_matrix(ax, matrix, classes),  # type: ignore[misc]
            kind="confusion_pooled" if is_pooled else "confusion",
            model=name,
            **figures.confusions(matrix, classes),
        )
    scores = read_scores(spec.inputs["fits"][spec.params["models"].index(chosen)])
    curves = roc_curves(scores.truth, scores.log_p, scores.classes)
    book.add(
        "results",
        "roc",
        (6.2, 4.6),
        lambda ax: figures.roc(ax, curves),
        model=chosen,
        **figures.extremes(
            curves.classes, [np.nan if curve is None else curve.auc for curve in curves.per_class]
        ),
    )


def _maps(spec: Spec, book: Book) -> None:
    name, folder = spec.params["datasets"][0], spec.inputs["datasets"][0]
    table = read_table(folder / "table.parquet")
    values = np.nan_to_num(table[features_in(table, spec.params["target"])].to_numpy(np.float64))
    labels = table[spec.params["target"]].to_numpy(str)
    classes = sorted(set(labels))
    rng = np.random.default_rng(spec.params["seed"])
    rows = np.sort(rng.permutation(len(values))[:MOST_POINTS])
    scaled = StandardScaler().fit_transform(values[rows])
    pca = PCA(2, random_state=0).fit(scaled)
    shares = tuple(float(v) for v in pca.explained_variance_ratio_)
    size = (7.0, 5.4)
    book.add(
        "maps",
        "pca",
        size,
        lambda ax: figures.pca_map(
            ax, pca.transform(scaled), labels[rows], (shares[0], shares[1]), classes=classes
        ),
        features=name,
        n_points=len(rows),
        share=shares[0] + shares[1],
    )
    perplexity = min(30.0, (len(rows) - 1) / 3)
    if perplexity >= 1:
        points = TSNE(2, perplexity=perplexity, init="pca", random_state=0).fit_transform(scaled)
        book.add(
            "maps",
            "tsne",
            size,
            lambda ax: figures.tsne_map(ax, points, labels[rows], classes=classes),
            features=name,
            n_points=len(rows),
        )
    if "ltas" in spec.params["datasets"]:
        _mean_spectrum(spec, book)


def _mean_spectrum(spec: Spec, book: Book) -> None:
    from micfp.features import family_of

    folder = spec.inputs["datasets"][spec.params["datasets"].index("ltas")]
    table = read_table(folder / "table.parquet")
    columns = [c for c in table.columns if c.startswith("ltas_") and family_of(c) == "ltas"]
    means = table.groupby(spec.params["target"])[columns].mean()
    hz = np.array([float(c.removeprefix("ltas_").removesuffix("hz")) for c in columns])
    has_level = (hz > 0) & means.notna().any(axis=0).to_numpy()
    book.add(
        "maps",
        "spectrum",
        (7.4, 4.6) if len(means) <= 8 else (7.4, 2.0 + 0.2 * len(means)),
        lambda ax: figures.mean_spectrum(
            ax,
            hz[has_level],
            means.to_numpy()[:, has_level],
            [str(name) for name in means.index],
            reference="each segment's mean",
        ),
        **figures.extremes(*_apart(means.loc[:, has_level])),
    )


def _apart(means: pd.DataFrame) -> tuple[list[str], pd.Series]:
    """How far each device's spectrum is from their mean, in dB RMS."""
    deviation = means - means.mean()
    return [str(name) for name in means.index], (deviation**2).mean(axis=1) ** 0.5


def _overfitting(spec: Spec, book: Book) -> None:
    for name, folder in zip(spec.params["models"], spec.inputs["overfits"], strict=True):
        looks = json.loads((folder / "overfit.json").read_text())
        chance = 1 / looks["n_classes"]
        curve = looks["learning_curve"]
        if curve:
            n_train = [np.mean(point["n_train"]) for point in curve]
            book.add(
                "overfitting",
                f"learning_{name}",
                (5.2, 3.6),
                lambda ax, curve=curve, n_train=n_train, chance=chance: figures.learning_curve(  # type: ignore[misc]
                    ax,
                    n_train,
                    np.array([point["train"] for point in curve]),
                    np.array([point["validation"] for point in curve]),
                    metric="accuracy",
                    chance=chance,
                ),
                kind="learning",
                model=name,
                **_ends(n_train, curve),
            )
        strengths = looks["regularisation"]
        if strengths:
            book.add(
                "overfitting",
                f"regularisation_{name}",
                (5.2, 3.6),
                lambda ax, points=strengths, looks=looks, chance=chance: (  # type: ignore[misc]
                    figures.regularisation_curve(
                        ax,
                        [point["strength"] for point in points],
                        np.array([point["train"] for point in points]),
                        np.array([point["validation"] for point in points]),
                        parameter=looks["strength_name"],
                        metric="accuracy",
                        chance=chance,
                    )
                ),
                kind="regularisation",
                model=name,
                **_ends([point["strength"] for point in strengths], strengths),
            )


def _ends(at: Sequence[float], points: Sequence[Mapping[str, Any]]) -> figures.Facts:
    train, held_out = ([point[name] for point in points] for name in ("train", "validation"))
    return figures.ends_of_curve(at, train, held_out)


def _add_spectrograms(folder: Path, book: Book) -> None:
    for page in json.loads((folder / "figures.json").read_text()):
        shutil.copyfile(folder / page["file"], book.folder / page["file"])
        book.note(**page)
