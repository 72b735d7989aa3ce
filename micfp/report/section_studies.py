"""The feature study: each family alone and added to MFCC."""

from typing import Any

from markupsafe import Markup

from micfp.report.blocks import Block, Points, Section, Table, Text, pictures, table
from micfp.report.numbers import enumeration, points, share_with_interval
from micfp.report.published import Published, records
from micfp.report.section_honesty import other_parameters
from micfp.report.wording import spaced


def feature_study(published: Published) -> Section:
    """The thesis's open question of 4.3, or the command that asks it."""
    study = published.feature_study
    if study is None:
        text = Markup(
            "Not asked yet. {} compares each feature family alone and added to MFCC "
            "(the thesis's open question of 4.3)."
        ).format(Markup("<code>snakemake -j2 feature-study</code>"))
        return Section("feature-study", "Which features help", (Text(text),))
    families = study.table("families.csv")
    rows = records(families)
    blocks: list[Block] = [
        Text(
            "Each feature family alone and added to MFCC (the thesis's open question of 4.3), "
            "judged on folds inside the training part, so that the test part stays unseen."
        ),
        *other_parameters(study, published.experiment),
        Points(family_sentences(rows)),
        *pictures(study.figures),
        _table(rows),
    ]
    return Section("feature-study", "Which features help", tuple(blocks))


def family_sentences(rows: list[dict[str, Any]]) -> tuple[str, ...]:
    """For each classifier: the best family alone, and which help MFCC beyond its interval."""
    said = []
    for classifier in dict.fromkeys(row["classifier"] for row in rows):
        own = [row for row in rows if row["classifier"] == classifier]
        alone = [row for row in own if row["mode"] == "alone"]
        if not alone:
            continue
        best = max(alone, key=lambda row: float(row["accuracy"]))
        text = f"{classifier}: alone, {spaced(best['family'])} is best "
        text += f"({share_with_interval(best, 'accuracy')})."
        mfcc = next((row for row in alone if row["family"] == "mfcc"), None)
        added = [row for row in own if row["mode"] == "with mfcc"]
        if mfcc is not None and added:
            base = float(mfcc["accuracy"])
            text += f" MFCC alone gives {share_with_interval(mfcc, 'accuracy')}; added to it, "
            helping = [r for r in added if float(r["accuracy_low"]) > float(mfcc["accuracy_high"])]
            hurting = [r for r in added if float(r["accuracy_high"]) < float(mfcc["accuracy_low"])]
            parts = [
                f"{enumeration([spaced(r['family']) for r in group], 12)} {verb} it"
                for group, verb in ((helping, "help"), (hurting, "encumber"))
                if group
            ]
            most = max(added, key=lambda row: float(row["accuracy"]))
            text += "; ".join(parts) if parts else "no family changes it beyond the intervals"
            text += (
                f" (the most: {spaced(most['family'])}, "
                f"{points(float(most['accuracy']) - base)} points)."
            )
        said.append(text)
    return tuple(said)


def _table(rows: list[dict[str, Any]]) -> Table:
    classifiers = list(dict.fromkeys(row["classifier"] for row in rows))
    found: dict[tuple[str, str], dict[str, str]] = {}
    for row in rows:
        cells = found.setdefault((row["family"], row["mode"]), {})
        cells[row["classifier"]] = share_with_interval(row, "accuracy")
    shown = [
        (spaced(family), mode, *(cells.get(name, "") for name in classifiers))
        for (family, mode), cells in found.items()
    ]
    return table(
        "Accuracy a segment, with its interval over recordings.",
        ("Family", "How", *classifiers),
        shown,
        (0, 1),
    )
