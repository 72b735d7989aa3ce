"""Prints the tables of the pages of results, so that no figure is typed.

    python benchmarks/tables.py BLOCK [FOLDER] [--write]

prints the table made of the results in FOLDER (`results` by default). With `--write` it also
replaces what stands between `<!-- BLOCK -->` and `<!-- end -->` in README.md and in every page of
docs/.
"""

import argparse
import json
import re
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from micfp.evaluation.bootstrap import wilson_interval
from micfp.report import paper as published
from micfp.report.published import read_run, row_name
from micfp.studies import thesis_settings as thesis_study
from micfp.studies.networks.report import called

# Those that the goals of the model from virtual phones are a mean of.
SIX_CONDITIONS = ("clean", "mp3-64", "opus-24", "street-10", "gsm", "amr-12.2")
EIGHT_CONDITIONS = (*SIX_CONDITIONS, "street-20", "pcm-8k")


def main() -> None:
    """Print one block; write it where that is asked for."""
    parser = argparse.ArgumentParser(description="Prints a table of the pages of results.")
    parser.add_argument("block", choices=BLOCKS, metavar="BLOCK", help=", ".join(BLOCKS))
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path("results"), metavar="FOLDER", help="of results"
    )
    parser.add_argument("--write", action="store_true", help="also replace the block in the pages")
    asked = parser.parse_args()
    try:
        text = BLOCKS[asked.block](asked.folder)
    except FileNotFoundError as error:
        sys.exit(f"{error.filename}: not there; run the commands above the table first")
    print(text)
    if asked.write:
        write(asked.block, text)


def write(block: str, text: str) -> None:
    """Put a block between its marks, in every page that has them."""
    pattern = re.compile(rf"(<!-- {block} -->\n).*?(<!-- end -->)", re.S)
    found = 0
    for file in (Path("README.md"), *sorted(Path("docs").rglob("*.md"))):
        old = file.read_text(encoding="utf-8")
        new, count = pattern.subn(lambda match: match[1] + text + "\n" + match[2], old)
        found += count
        if new != old:
            file.write_text(new, encoding="utf-8")
            print(f"{file}: {block} written", file=sys.stderr)
    if not found:
        sys.exit(f"no block {block} in README.md or a page of docs/")


def markdown(rows: list[dict[str, str]]) -> str:
    """A Markdown table; columns other than the first are right-aligned."""
    names = list(rows[0])
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *[list(row.values()) for row in rows]]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in lines)


def with_interval(row: pd.Series, name: str) -> str:
    """`0.93 (0.85-0.98)`."""
    return f"{row[name]:.3f} ({row[f'{name}_low']:.3f}-{row[f'{name}_high']:.3f})"


def models(folder: Path) -> str:
    """Every model: chosen inside the training part, scored once on the test part."""
    table = pd.read_csv(folder / "tables" / "models.csv").sort_values("inner", ascending=False)
    rows = [
        {
            "model (classifier-features-preparation)": f"**{row['model']}** (chosen)"
            if row["chosen"]
            else row["model"],
            "inside training": f"{row['inner']:.3f}",
            "accuracy per segment": with_interval(row, "accuracy"),
            "accuracy per recording": with_interval(row, "recording_accuracy"),
            "on training rows": f"{row['train_accuracy']:.3f}",
            "shuffled labels": f"{row['shuffled_accuracy']:.3f}",
        }
        for _, row in table.iterrows()
    ]
    n = table.iloc[0]
    return (
        f"{int(n['n_test'])} test segments of {int(n['n_recordings'])} recordings; trained on "
        f"{int(n['n_train'])} segments; chance {n['chance']:.3f}.\n\n{markdown(rows)}"
    )


def decisions(folder: Path) -> str:
    """Rules of decision: recordings of inner folds that are correct, all models together."""
    table = pd.read_csv(folder / "tables" / "decisions.csv")
    chosen = json.loads((folder / "tables" / "chosen.json").read_text())["model"]
    rows = []
    for rule, own in table.groupby("decision", sort=False):
        best = own[own["model"] == chosen].iloc[0]
        total = own[["n_correct", "n_recordings"]].sum()
        rows.append(
            {
                "rule (evaluation.decision)": str(rule),
                f"all {len(own)} models": f"{total['n_correct']} of {total['n_recordings']}",
                f"the chosen one, {chosen}": f"{best['n_correct']} of {best['n_recordings']}",
            }
        )
    return markdown(rows)


def calibration(folder: Path) -> str:
    """Probabilities per recording on the test part, before and after, and what lies outside."""
    table = pd.read_csv(folder / "tables" / "calibration.csv")
    return markdown(
        [
            {
                "model": row["model"],
                "temperature": f"{row['temperature']:.1f}",
                **{
                    f"{said} {when}": f"{row[name + end]:.3f}"
                    for name, said in (
                        ("calibration_error", "calibration error"),
                        ("cross_entropy", "cross-entropy"),
                    )
                    for end, when in (("_before", "before"), ("", "after"))
                },
                "outside": f"{100 * row['outside']:.0f} %",
            }
            for row in table.to_dict("records")
        ]
    )


def outside(folder: Path) -> str:
    """Shares of recordings that lie outside of what was learned, by utterance that is held out."""
    table = pd.read_csv(folder / "outside.csv", dtype={"held out": str})
    return markdown(
        [
            {
                name: value if isinstance(value, str) else f"{100 * value:.0f} %"
                for name, value in row.items()
            }
            for row in table.to_dict("records")
        ]
    )


def splits(folder: Path) -> str:
    """Accuracy a segment of every model under every split."""
    table = pd.read_csv(folder / "tables" / "split_comparison_splits.csv")
    wide = table.pivot(index="model", columns="split", values="accuracy")
    wide = wide.loc[table["model"].unique(), table["split"].unique()]
    return markdown(
        [
            {"model": str(model), **{str(k).replace("_", " "): f"{v:.3f}" for k, v in row.items()}}
            for model, row in wide.iterrows()
        ]
    )


def units(folder: Path) -> str:
    """Identical units told apart by every model; by the chosen one where there are many groups."""
    table = pd.read_csv(folder / "tables" / "units.csv")
    if table["make_and_model"].nunique() > 1:
        chosen = json.loads((folder / "tables" / "chosen.json").read_text())["model"]
        table = table[table["model"] == chosen]
    return _units(table, ["model"])


def _units(table: pd.DataFrame, labels: list[str]) -> str:
    return markdown(
        [
            {
                **{name: f"{row[name]}" for name in labels},
                "units": row["make_and_model"],
                "accuracy per segment": with_interval(row, "accuracy"),
                "recordings correct": f"{row['recording_accuracy'] * row['n_recordings']:.0f}"
                f" of {row['n_recordings']}",
                "recordings by chance": f"{row['recording_chance_low']:.2f}-"
                f"{row['recording_chance_high']:.2f}",
            }
            for _, row in table.iterrows()
        ]
    )


def confounds(folder: Path) -> str:
    """All microphones on every bench of the confounds study."""
    table = pd.read_csv(folder / "confounds" / "confounds.csv")
    return markdown(
        [
            {
                "bench": row["bench"],
                "units apart (dB)": f"{row['unit_deviation_db']:g}",
                "model": row["model"],
                "accuracy per segment": with_interval(row, "accuracy"),
            }
            for _, row in table.iterrows()
        ]
    )


def confound_units(folder: Path) -> str:
    """The identical units alone on every bench of the confounds study."""
    table = pd.read_csv(folder / "confounds" / "units.csv")
    return _units(table, ["bench", "unit_deviation_db", "model"])


def families(folder: Path) -> str:
    """Feature families alone and added to MFCC, by what is done to columns."""
    table = pd.read_csv(folder / "feature_study" / "families.csv")
    others = (", " + table["preparation"]).where(table["preparation"] != "plain", "")
    table["label"] = table["family"] + " (" + table["mode"] + ")" + others
    labels, names = table["label"].unique(), table["classifier"].unique()
    cells = table.set_index(["label", "classifier"])
    return markdown(
        [
            {"family": label}
            | {name: with_interval(cells.loc[(label, name)], "accuracy") for name in names}
            for label in labels
        ]
    )


def top_features(folder: Path) -> str:
    """The best 20 columns beside all and beside chance, means over the held-out utterances."""
    table = pd.read_csv(folder / "top_features.csv", dtype={"held out": str})
    rows = []
    for name, own in table.groupby("columns", sort=False):
        mean = own.groupby("classifier", sort=False).mean(numeric_only=True)
        first = own.iloc[0]
        row = {"columns": f"{name}: {first['n_columns']}"}
        row |= {f"{c}: accuracy": f"{mean.loc[c, 'accuracy']:.3f}" for c in mean.index}
        row |= {f"{c}: fitting (s)": f"{mean.loc[c, 'fit_s']:.2f}" for c in mean.index}
        named = "naming a segment (ms)"
        row |= {f"{c}: {named}": f"{mean.loc[c, 'predict_ms_a_segment']:.2f}" for c in mean.index}
        measured = name != "20 at random"
        row["extraction (s)"] = f"{own['extraction_s'].mean():.3g}" if measured else ""
        rows.append(row)
    families = table[table["columns"] == "top 20"]["families"].unique()
    return f"{markdown(rows)}\n\nThe best 20 are of: {'; '.join(families)}."


def network_overfitting(folder: Path) -> str:
    """The looks for over-fitting of a network: a row a way of training."""
    table = pd.read_csv(folder / "network_overfitting.csv")
    rows = [
        {
            "look": f"{row['look']}: {row['value']:g}"
            if not row["look"].startswith("labels")
            else row["look"],
            "segments that train": f"{row['n_train']:.0f}",
            "on training segments": f"{row['train']:.3f}",
            "on test segments": f"{row['test']:.3f}",
            "in the last epoch, on training segments": f"{row['train, last epoch']:.3f}",
            "epochs": f"{row['epochs']:.0f}",
        }
        for _, row in table.iterrows()
    ]
    return f"{int(table['n_test'].iloc[0])} test segments.\n\n{markdown(rows)}"


def thesis_settings(folder: Path) -> str:
    """The thesis's figures 5A-5J, and ours in each setting."""
    study = read_run(folder / "thesis_settings")
    rows = study.rows("settings.csv", thesis_study.SETTINGS)
    classes = study.rows("classes.csv", thesis_study.CLASSES)
    confusion = study.rows("confusion.csv", thesis_study.CONFUSION)
    shown = (
        thesis_study.f1_table(rows),
        thesis_study.classes_table(classes, rows),
        thesis_study.confusion_table(confusion),
    )
    parts = ["\n".join(f"- {sentence}" for sentence in thesis_study.sentences(rows))]
    for each in shown:
        cells = [dict(zip(each.columns, row, strict=True)) for row in each.rows]
        parts += [each.caption, markdown(cells)]
    return "\n\n".join(parts)


def robustness(folder: Path) -> str:
    """The chosen model of either training, and the networks, under every condition, a corpus."""
    study = folder / "robustness"
    rows, choices = (pd.read_csv(study / f"{name}.csv") for name in ("conditions", "choices"))
    parts = []
    for corpus, own in rows.groupby("corpus", sort=False):
        chosen = choices[choices["chosen"] & (choices["corpus"] == corpus)]
        shown: dict[str, dict[str, str]] = {}
        for _, choice in chosen.iterrows():
            mine = own[(own["model"] == choice["model"]) & (own["trained"] == choice["trained"])]
            head = f"{choice['model']}, {choice['trained']}"
            for _, row in mine.iterrows():
                cells = shown.setdefault(row["condition"], {"family": row["family"]})
                cells["condition"] = row["condition"] + " \\*" * bool(row["seen"])
                cells[f"{head}: a segment"] = with_interval(row, "accuracy")
                cells["a recording" + " " * (len(cells) > 4)] = f"{row['recording_accuracy']:.3f}"
        for _, row in own[~own["model"].isin(choices["model"])].iterrows():
            cells = shown[row["condition"]]
            cells[f"{row['model']}, {row['trained']}{_mark(row)}"] = f"{row['accuracy']:.3f}"
        first = own.iloc[0]
        parts.append(
            f"**{corpus}**: {first['n_classes']} devices, {first['n_recordings']} recordings a "
            f"condition, chance {1 / first['n_classes']:.3f}; \\*: copies went through this "
            f"family.\n\n{markdown(list(shown.values()))}"
        )
    return "\n\n".join(parts)


def content(folder: Path) -> str:
    """Accuracy per segment by what was trained on (rows) and tested on (columns), per model."""
    rows = pd.read_csv(folder / "content" / "methods.csv")
    rows[["trained", "tested"]] = rows["corpus"].str.split(">", expand=True)
    parts = []
    for method, own in rows.groupby("method", sort=False):
        wide = own.pivot(index="trained", columns="tested", values="accuracy")
        wide = wide.loc[own["trained"].unique(), own["tested"].unique()]
        shown = [
            {"trained on": str(name)}
            | {f"on {k}": f"{v:.3f}" if v == v else "" for k, v in row.items()}
            for name, row in wide.iterrows()
        ]
        parts.append(
            f"**{method}**, chance {1 / own['n_classes'].iloc[0]:.3f}\n\n{markdown(shown)}"
        )
    return "\n\n".join(parts)


def labels(folder: Path) -> str:
    """Accuracy by what is identified, and on what it is tested."""
    rows = pd.read_csv(folder / "content" / "methods.csv")
    shown = []
    for corpus, own in rows.groupby("corpus", sort=False):
        target, tested = str(corpus).split(">")
        first = own.iloc[0]
        cells = {"identified": target, "tested on": tested, "classes": f"{first['n_classes']:.0f}"}
        cells["recordings"] = f"{first['n_recordings']:.0f}"
        for _, row in own.iterrows():
            cells[row["method"]] = with_interval(row, "accuracy")
        shown.append(cells | {"chance": f"{1 / first['n_classes']:.3f}"})
    return markdown(shown)


def in_settings(experiment: str, folder: Path) -> str:
    """Accuracy per segment and a recording of every model in every setting of an experiment."""
    rows = pd.read_csv(folder / experiment / "methods.csv")
    methods = rows["method"].unique()
    shown = []
    for corpus, own in rows.groupby("corpus", sort=False):
        cells = {"setting": str(corpus), "segments": f"{own['n_test'].iloc[0]:.0f}"}
        for method in methods:
            row = own[own["method"] == method].iloc[0]
            cells[method] = f"{with_interval(row, 'accuracy')}; {row['recording_accuracy']:.3f}"
        shown.append(cells)
    return f"Chance {1 / rows['n_classes'].iloc[0]:.3f}.\n\n{markdown(shown)}"


def duration(folder: Path) -> str:
    """What training is enough for each number of seconds, and every chosen model, a corpus."""
    study = folder / "duration"
    table, smallest = (pd.read_csv(study / f"{n}.csv") for n in ("durations", "smallest"))
    chosen = table[table["chosen"]]
    parts = []
    for corpus, own in chosen.groupby("corpus", sort=False):
        enough = [
            {
                "test audio (s)": f"{row['test_s']:g}",
                "way": row["way"],
                "training (min)": f"{row['training_min']:g}"
                if pd.notna(row["training_min"])
                else f"more than {row['most_min']:g}",
                "accuracy there": f"{row['accuracy']:.3f}",
            }
            for _, row in smallest[smallest["corpus"] == corpus].iterrows()
        ]
        shown = [
            {
                "training (min)": f"{row['training_min']:g}",
                "test audio (s)": f"{row['test_s']:g}",
                "way": row["way"],
                "model": row["model"],
                "rows": f"{row['n_test']}",
                "accuracy": with_interval(row, "accuracy"),
                "mean confidence": f"{row['confidence']:.3f}",
                "calibration error": f"{row['calibration_error']:.3f}",
                "cross-entropy": f"{row['cross_entropy']:.3f}",
            }
            for _, row in own.iterrows()
        ]
        first = own.iloc[0]
        parts.append(
            f"**{corpus}**: {first['n_classes']} devices, chance {1 / first['n_classes']:.3f}; "
            f"target {smallest['target'].iloc[0]:g}.\n\n{markdown(enough)}\n\n{markdown(shown)}"
        )
    return "\n\n".join(parts)


def attack(folder: Path) -> str:
    """Success of every perturbation and disguise by who is asked, a table per corpus."""
    table = pd.read_csv(folder / "attack" / "attacks.csv")
    parts = []
    for corpus, own in table.groupby("corpus", sort=False):
        clean = own[(own["perturbation"] == "nothing") & (own["way"] == "16-bit WAV")]
        before = {_asked(row): f"{row['accuracy_before']:.3f}" for _, row in clean.iterrows()}
        shown = [{"perturbation": "(correct before)", "way": "", **before}]
        noticed = []
        for (perturbation, way), some in own.groupby(["perturbation", "way"], sort=False):
            cells = dict.fromkeys(before, "")
            for _, row in some.iterrows():
                cells[_asked(row)] = f"{row['success']:.3f}"
            shown.append({"perturbation": str(perturbation), "way": str(way), **cells})
            watched = some[some["flagged"].notna() & (some["defence"] == "none")]
            if way == "16-bit WAV":
                cells = dict.fromkeys((_asked(row) for _, row in watched.iterrows()), "")
                for _, row in watched.iterrows():
                    names = ("success", "success_unnoticed", "flagged")
                    cells[_asked(row)] = ", ".join(f"{row[name]:.3f}" for name in names)
                noticed.append({"perturbation": str(perturbation), **cells})
        parts.append(
            f"**{corpus}**, {own['n_test'].iloc[0]} segments: share that is turned, of those named "
            f"rightly before.\n\n{markdown(shown)}\n\nWith the detector: turned; turned and not "
            "flagged; flagged, of all (of `nothing`: false alarms).\n\n" + markdown(noticed)
        )
    return "\n\n".join(parts)


def _asked(row: pd.Series | dict[str, Any]) -> str:
    """Who was asked, and by which defence."""
    defence = "" if row["defence"] == "none" else f", {row['defence']}"
    return f"{row['judge']}{defence}{_mark(row)}"


def _mark(row: pd.Series | dict[str, Any]) -> str:
    """Behind a network that was still learning, or never did, when its epochs were over."""
    return "" if row["converged"] in (True, "True") else " (not converged)"


def engines(folder: Path) -> str:
    """Cuts, largest differences of features, and times of the fast engines and the reference."""
    study = folder / "engines"
    cuts, families, times = (
        pd.read_csv(study / f"{name}.csv") for name in ("cuts", "families", "times")
    )
    differences = [
        {
            "family": row["family"].replace("_", " "),
            "columns": f"{row['n_columns']}",
            "largest absolute difference": f"{row['largest_absolute']:.2g} {row['measured_in']}",
            "largest relative difference": f"{row['largest_relative']:.2g}",
            "of the column": f"`{row['column']}`",
        }
        for _, row in families.iterrows()
    ]
    taken = [
        {
            "what": row["family"].replace("_", " "),
            "fast (s)": f"{row['fast_s']:.3g}",
            "pydub, librosa (s)": f"{row['reference_s']:.3g}",
            "times as long": f"{row['reference_s'] / row['fast_s']:.2g}",
        }
        for _, row in times.iterrows()
    ]
    return (
        f"{len(cuts)} recordings: {cuts['n_fast'].sum()} segments by the fast engine, "
        f"{cuts['n_pydub'].sum()} by pydub, {cuts['n_differing'].sum()} of them by one alone. "
        f"{families['n_segments'].max()} segments measured.\n\n"
        f"{markdown(differences)}\n\n{markdown(taken)}"
    )


def fingerprint_judged(folder: Path) -> str:
    """The judged population, by what differs from the reference."""
    table = pd.read_csv(folder / "fingerprint" / "judged.csv")
    rows = [
        {
            "against its reference": row["factor"],
            "scored as of": f"the {row['setting']} sitting",
            "references": str(row["n_references"]),
            "test (s)": f"{row['test_s']:g}",
            "equal error rate": f"{row['eer']:.3f}",
            "least Cllr (bits)": f"{row['cllr_min']:.2f}",
            "found at 1 % false alarms": f"{row['detection_at_1_percent']:.2f}",
        }
        for _, row in table.iterrows()
    ]
    return markdown(rows)


def fingerprint_expected(folder: Path) -> str:
    """What to expect on another day, by another speaker: a sentence."""
    table = pd.read_csv(folder / "fingerprint" / "judged.csv")
    own = table[table["factor"] == "other session and speaker"]
    of = {n: rows.set_index("test_s") for n, rows in own.groupby("n_references")}

    def errors(n_references: int) -> str:
        return " / ".join(f"{of[n_references].loc[test_s, 'eer']:.2f}" for test_s in (1, 3, 10))

    found = of[1].loc[10, "detection_at_1_percent"]
    return (
        f"On another day, by another speaker, in another room, {own['n_same'].min():g} virtual "
        f"phones that no training saw have equal error rates of {errors(1)} at 1 / 3 / 10 s with "
        f"one reference of 5 s, and {errors(3)} with three; of 10 s, {found:.0%} of the devices "
        "are found at 1 % false alarms. Real phones on another day have not been measured."
    )


def fingerprint_real(folder: Path) -> str:
    """Real phones: for each length equal error rates by protocol, then what is identified."""
    table = pd.read_csv(folder / "fingerprint" / "validated.csv")
    seen = table["content"] == "seen"
    table.loc[seen, "protocol"] += ", content seen"
    return "\n\n".join(
        f"{said}, tests of {test_s:g} s:\n\n{_by_protocol(own, measure)}"
        for test_s, own in table[table["test_s"].isin((1, 3))].groupby("test_s")
        for measure, said in (
            ("eer", "Equal error rate"),
            ("identification_at_1_percent", "Identified at 1 % false alarms"),
            ("cllr_calibrated", "Cllr (bits), calibrated by the other half of the devices"),
        )
    )


def fingerprint_closed_set(folder: Path) -> str:
    """Which of the known phones a piece of 1 s is of, under every condition."""
    table = pd.read_csv(folder / "fingerprint_closed_set.csv")
    rows = [
        {
            "condition": row["condition"],
            "pieces": f"{row['pieces']:.0f}",
            "accuracy per piece of 1 s": f"{row['accuracy']:.3f}",
            "with pauses": f"{row['of_all_pieces']:.3f}",
            "per recording": f"{row['of_recordings']:.2f}",
            "taken for noise reduction": f"{row['taken_for_reduced']:.3f}",
        }
        for _, row in table.iterrows()
    ]
    return markdown(rows)


def fingerprint_calibrated(folder: Path) -> str:
    """What likelihood ratios are worth on real phones, by what is known of the sitting."""
    table = pd.read_csv(folder / "fingerprint" / "calibrated.csv")
    rows = []
    for condition, own in table.groupby("condition", sort=False):
        row = {"condition": str(condition)}
        for sitting in ("same", "any"):
            for test_s in (1, 3):
                of = own[(own["sitting"] == sitting) & (own["test_s"] == test_s)].iloc[0]
                name = f"{sitting}, {test_s} s"
                row[f"{name}: Cllr (least)"] = f"{of['cllr']:.3f} ({of['cllr_min']:.3f})"
                row[f"{name}: misleading above 10"] = f"{of['misleading_10']:.4f}"
        row["above 100, at most"] = f"{own['misleading_100'].max():.4f}"
        rows.append(row)
    return markdown(rows)


def fingerprint_calibrators(folder: Path) -> str:
    """What ways to calibrate cost on real phones: Cllr of tests of 1 s."""
    table = pd.read_csv(folder / "fingerprint" / "calibrators.csv")
    names = {
        "logistic": "logistic, pooled",
        "matched": "logistic, matched",
        "gaussian": "Gaussian",
        "pav": "PAV",
        "least": "least possible",
    }
    own = table[~table["condition"].str.contains("enrolled")]
    return markdown(
        [
            {"sitting": row["sitting"], "condition": row["condition"]}
            | {said: f"{row[name]:.3f}" for name, said in names.items()}
            for _, row in own.iterrows()
        ]
    )


def fingerprint_false_alarms(folder: Path) -> str:
    """How often a stranger is named, by how many devices are enrolled."""
    table = pd.read_csv(folder / "fingerprint" / "false_alarms.csv")
    return markdown(
        [
            {
                "sitting": row["sitting"],
                "test (s)": f"{row['test_s']:g}",
                "enrolled": f"{row['n_enrolled']:,}".replace(",", " "),
                "meant": f"{row['nominal']:.3f}",
                "named": f"{row['true']:.3f}",
                "how": "extrapolated" if row["extrapolated"] else "counted",
            }
            for _, row in table.iterrows()
        ]
    )


def casework(folder: Path) -> str:
    """What a person gets who enrols phones and asks by messenger and telephone."""
    table = pd.read_csv(folder / "casework.csv")
    rows = []
    for condition, own in table.groupby("condition", sort=False):
        none = own["answer"].isna()
        known = ~own["stranger"]
        rows.append(
            {
                "asked about": str(condition),
                "questions": f"{len(own)}",
                "all: right": f"{(own['right_model'] | (~known & none)).mean():.3f}",
                "another model named": f"{(~none & ~own['right_model']).mean():.3f}",
                "enrolled: the very phone": f"{(own['answer'] == own['device'])[known].mean():.3f}",
                "enrolled: none, or no answer": f"{none[known].mean():.3f}",
                "strangers: none, or no answer": f"{none[~known].mean():.3f}",
                "strangers: a phone of its model": f"{own['right_model'][~known].mean():.3f}",
                "refused": f"{own['refused'].notna().mean():.3f}",
            }
        )
    return markdown(rows)


def disguise(folder: Path) -> str:
    """LRs of a phone for its own recordings, another's, and another's made to pass for it."""
    table = pd.read_csv(folder / "disguise.csv")
    rows = [
        {
            "recording": row["recording"],
            "recordings": f"{row['recordings']}",
            "refused": f"{row['refused']:.3f}",
            "LR above 1": f"{row['above_1']:.3f}",
            "LR above 10": f"{row['above_10']:.3f}",
            "median log10 LR, before bounding": f"{row['median_log10_lr']:+.2f}",
        }
        for _, row in table.iterrows()
    ]
    return markdown(rows)


def units_verified(folder: Path) -> str:
    """LRs of one device for pairs by one phone, by units of one model, by two models."""
    table = pd.read_csv(folder / "units_verified.csv")
    rows = []
    for (sitting, pair), own in table.groupby(["sitting", "pair"], sort=False):
        lr = 10 ** own["log10_lr"].dropna()
        shares = {
            "against one device (below 0.5)": lr < 0.5,
            "neither (0.5 to 2)": (lr >= 0.5) & (lr <= 2),
            "for one device (above 2)": lr > 2,
            "10 or more": lr >= 10,
        }
        rows.append(
            {
                "--sitting": sitting,
                "recordings by": pair,
                "pairs": f"{len(own)}",
                "refused": f"{own['log10_lr'].isna().mean():.3f}",
                **{name: f"{share.mean():.3f}" for name, share in shares.items()},
            }
        )
    return markdown(rows)


def synthetic(folder: Path) -> str:
    """Identification within and across real speech and synthetic voices."""
    shares = {
        "refused": "refused",
        "own: named correctly": "right",
        "own: another named": "wrong",
        "strangers: named": "strangers_named",
        "EER": "eer",
        "Cllr": "cllr",
        "least Cllr": "cllr_min",
        "two devices: LR above 10": "misleading_10",
    }
    rows = [
        {key: row[key] for key in ("refusal", "enrolled", "asked", "sitting")}
        | {name: f"{row[key]:.3f}" for name, key in shares.items()}
        | {"own, strangers": f"{row['n_own']}, {row['n_strangers']}"}
        for _, row in pd.read_csv(folder / "synthetic.csv").iterrows()
    ]
    return markdown(rows)


def synthetic_closed(folder: Path) -> str:
    """Models of a closed set, within and across real speech and synthetic voices."""
    rows = [
        {
            "trained on": row["trained"],
            "asked about": row["asked"],
            "chosen model": row["model"],
            "recordings": f"{row['recordings']}",
            "named correctly": f"{row['accuracy']:.3f}",
            "segments": f"{row['segments']:.3f}",
            "outside of what was learned": f"{row['outside']:.3f}",
        }
        for _, row in pd.read_csv(folder / "synthetic_closed.csv").iterrows()
    ]
    return markdown(rows)


def sweep_response(folder: Path) -> str:
    """Accuracy of feature sets of recorded sweeps, the deconvolved response among them."""
    table = pd.read_csv(folder / "sweep_response.csv")
    rows = []
    for (setting, features), own in table.groupby(["setting", "features"], sort=False):
        cells = {"microphones": str(setting), "features": str(features)}
        cells["columns"] = f"{own['columns'].iloc[0]}"
        rows.append(
            cells | {row["classifier"]: f"{row['accuracy']:.3f}" for _, row in own.iterrows()}
        )
    return f"{table['sweeps'].iloc[0]} sweeps, chance 0.200.\n\n{markdown(rows)}"


def fingerprint_ablation(folder: Path) -> str:
    """Equal error rates of the model and of its variants."""
    table = pd.read_csv(folder / "fingerprint" / "ablation.csv")
    rows = []
    for _, row in table.iterrows():
        rates = row.drop(["variant", "n_devices"])
        rows.append(
            {"model": row["variant"], "devices": f"{row['n_devices']}"}
            | {name.removeprefix("corpus "): f"{rate:.3f}" for name, rate in rates.items()}
        )
    return markdown(rows)


def _matched_first(rows: pd.MultiIndex) -> list[tuple[str, str]]:
    """Conditions in their order, each known by itself and then known clean."""
    order = list(dict.fromkeys(rows.get_level_values("condition")))
    return sorted(rows, key=lambda row: (order.index(row[0]), row[0] != row[1]))


def _by_protocol(table: pd.DataFrame, measure: str) -> str:
    """Conditions down, protocols across; means over draws, and over conditions."""
    wide = table.pivot_table(
        index=["condition", "enrolled"], columns="protocol", values=measure, sort=False
    )
    rows = [
        {"condition": condition if condition == enrolled else f"{condition}, known clean"}
        | {name: "" if pd.isna(value) else f"{value:.3f}" for name, value in own.items()}
        for (condition, enrolled), own in wide.loc[_matched_first(wide.index)].iterrows()
    ]
    for name, conditions in (("six", SIX_CONDITIONS), ("eight", EIGHT_CONDITIONS)):
        means = wide.loc[[(one, one) for one in conditions]].mean()
        rows.append({"condition": f"mean of {name}"} | {k: f"{v:.4f}" for k, v in means.items()})
    return markdown(rows)


def phones(folder: Path) -> str:
    """Held-out utterances named by `micfp identify`, and the effect of gain."""
    found = json.loads((folder / "real_phones.json").read_text())
    rows = [
        {
            "held-out utterance": utterance,
            "default model": item["model"],
            "inside training": f"{item['inner']:.3f}",
            "recordings correct": f"{item['right']} of {item['n']}",
        }
        for utterance, item in found["held_out"].items()
    ]
    gains = [
        {"gain of the test audio (dB)": gain, "accuracy per segment": f"{accuracy:.4f}"}
        for gain, accuracy in found["gain"].items()
    ]
    return f"{markdown(rows)}\n\n{markdown(gains)}"


def refusals(folder: Path) -> str:
    """Share of tries refused: a row a condition."""
    table = pd.read_csv(folder / "refusals.csv")
    silent = table["source"] == "vivo X7"
    own = table[silent & (table["condition"] == "clean")].assign(
        group="neither", condition="vivo X7"
    )
    table = pd.concat([table[~silent], own])
    return markdown([_refused(tries) for _, tries in table.groupby("condition", sort=False)])


def _refused(tries: pd.DataFrame) -> dict[str, str]:
    refused = tries["is_refused"]
    low, high = wilson_interval(float(refused.mean()), len(tries))
    beside = tries[tries["gain_enrolled"].notna()]

    def share(which: pd.Series) -> str:
        return f"{which.mean():.3f}" if len(which) else ""

    return {
        "group": tries["group"].iloc[0],
        "condition": tries["condition"].iloc[0],
        "tries": f"{len(tries)}",
        "refused": f"{refused.mean():.3f} ({low:.3f}-{high:.3f})",
        "1 s": share(refused[tries["length_s"] == 1]),
        "5 s": share(refused[tries["length_s"] == 5]),
        "phones": share(refused[tries["source"] == "phones"]),
        "virtual": share(refused[tries["source"] == "virtual"]),
        "beside references": share(beside["is_refused"] | (beside["gain_enrolled"] > 0)),
        "its own not among them": share(beside["is_refused"] | (beside["gain_not_enrolled"] > 0)),
    }


def refusal_trials(folder: Path) -> str:
    """What was tried to notice a changed pitch, and what music does: a row a sound."""
    table = pd.read_csv(folder / "refusal_trials.csv")
    wide = table.pivot(index="sound", columns="tried", values="share")
    wide = wide.loc[table["sound"].unique(), table["tried"].unique()]
    return markdown(
        [
            {"sound": str(sound)}
            | {str(k): f"{v:.2f}" if pd.notna(v) else "" for k, v in row.items()}
            for sound, row in wide.iterrows()
        ]
    )


def augment(folder: Path) -> str:
    """What copies are worth: the chosen model by preset, with copies and without."""
    table = pd.read_csv(folder / "augment.csv", keep_default_na=False)
    rows = [
        {
            "preset": preset,
            "test recordings": f"{way}{f': {chain}' if chain else ''}",
            **{
                f"trained {'with' if row['copies'] else 'without'} copies": with_interval(
                    row, "accuracy"
                )
                for _, row in of_way.iterrows()
            },
        }
        for (preset, way, chain), of_way in table.groupby(["preset", "way", "chain"], sort=False)
    ]
    chosen = ", ".join(sorted(set(table["model"])))
    n = ", ".join(
        f"{int(own['n_recordings'].iloc[0])} test recordings of {preset}"
        for preset, own in table.groupby("preset", sort=False)
    )
    return f"Chosen: {chosen}; {n}; accuracy per segment.\n\n{markdown(rows)}"


def speed(folder: Path) -> str:
    """The benchmarks."""
    found = json.loads((folder / "benchmarks.json").read_text())
    return markdown(
        [
            {"benchmark": module, "figure": name, "value": f"{value:.4g}"}
            for module, values in found.items()
            if module != "machine"
            for name, value in values.items()
            if isinstance(value, int | float)
        ]
    )


def full_size(folder: Path) -> str:
    """Recordings to feature table: every corpus of the rehearsal, and what follows from them."""
    found = json.loads((folder / "full_size.json").read_text())
    rows = [
        {
            "corpus": run["corpus"],
            "files": f"{run['files']}",
            "du (GB)": f"{run['du_gb']:.3g}",
            "audio (h)": f"{run['audio_h']:.3g}",
            "segments": f"{run['segments']}",
            "time (s)": f"{run['wall_s']:.1f}",
            "times real time": f"{run['times_real_time']:.0f}",
            "CPU (s)": f"{run['cpu_s']:.1f}",
            "memory of all processes (MB)": f"{run['peak_memory_mb']:.0f}",
            "jobs": f"{run['jobs']}",
            "share of starting them": f"{100 * found['share_of_starts'][run['corpus']]:.1f} %",
            "then `snakemake -n` (s)": f"{run['dry_run_s']:.1f}",
        }
        for run in found["runs"]
    ]
    twice, wanted = found["twice_the_hours"], found["wanted"]
    own_ms, wanted_ms = found["audio_ms_of_ten_seconds"], wanted["beyond_audio_ms_a_file"]
    figures = {
        "time of twice the hours, over that of once": f"{twice['time']:.2f}",
        "memory of twice the hours, over that of once": f"{twice['memory']:.2f}",
        "ten seconds of a long file (ms of a core)": f"{own_ms:.1f}",
        f"a file of ten seconds beyond that (ms of a core; wanted {wanted_ms})": (
            f"{found['beyond_audio_ms_a_file']:.1f}"
        ),
        "the same without starting jobs": f"{found['beyond_audio_and_starts_ms_a_file']:.1f}",
    }
    columns = ", ".join(f"`{name}`" for name in found["runs"][0]["columns"])
    shown = markdown([{"figure": name, "value": value} for name, value in figures.items()])
    return f"{markdown(rows)}\n\n{shown}\n\nColumns of the table: {columns}."


def many_files(folder: Path) -> str:
    """Many short recordings: what each command takes."""
    found = json.loads((folder / "many_files.json").read_text())
    rows = []
    for run in found["runs"]:
        for command, took in run.items():
            if isinstance(took, dict):
                rows.append(
                    {
                        "recordings": f"{run['files']}",
                        "command": command,
                        "time (s)": f"{took['s']:.0f}",
                        "CPU (s)": f"{took['cpu_s']:.0f}",
                        "memory of all processes (MB)": f"{took['peak_mb']:.0f}",
                    }
                )
        rows[-1]["command"] += f" ({run['report_mb']:.1f} MB)"
    return markdown(rows)


def search(folder: Path) -> str:
    """A search: what each outer fold chose, the best points, and what it cost."""
    choices = pd.read_csv(folder / "grid" / "choices.csv")
    trials = pd.read_csv(folder / "grid" / "trials.csv").dropna(subset="rank")
    cost = json.loads((folder / "starting.json").read_text())
    whole = choices[choices["model"].isna()].iloc[0]
    chosen = [
        {
            "outer fold": str(row["fold"]),
            "chosen inside": f"{row['model']} (trial {int(row['trial'])})",
            "inner": f"{row['inner']:.3f}",
            "accuracy per segment": f"{row['accuracy']:.3f}",
            "a recording": f"{row['recording_accuracy']:.3f}",
        }
        for _, row in choices[choices["model"].notna()].iterrows()
    ]
    chosen.append(
        {
            "outer fold": "the search as a whole",
            "chosen inside": "",
            "inner": "",
            "accuracy per segment": with_interval(whole, "accuracy"),
            "a recording": with_interval(whole, "recording_accuracy"),
        }
    )
    own = trials.assign(family=trials["model"]).sort_values("rank").groupby("family").head(1)
    best = [
        {
            "best trial of": str(row["model"]),
            "rank": str(int(row["rank"])),
            "segments": f"{json.loads(row['segments.windows'])['length_s']:g} s",
            "scaling": str(row["preparations.plain.scaling"]).replace("nan", "standard"),
            "inner": f"{row['inner']:.3f}",
            "accuracy per segment": f"{row['accuracy']:.3f}",
        }
        for _, row in own.sort_values("rank").iterrows()
    ]
    slurm = cost.get("slurm")
    on_slurm = (
        f" Through Slurm {slurm['jobs']} jobs that took {slurm['took_s']:.0f} s: "
        f"{100 * slurm['share_of_starting']:.1f} % beside the work; its tables are "
        f"{'equal byte for byte' if slurm['tables_equal'] else 'DIFFERENT'}."
        if slurm
        else ""
    )
    return (
        f"{cost['points']} points, {cost['work_cpu_s']:.0f} CPU seconds; of these the "
        f"{cost['gradient_boosting_points']} of gradient boosting "
        f"{cost['gradient_boosting_cpu_s']:.0f}. {cost['jobs']} jobs, {cost['start_s']:.1f} s to "
        f"start one: {100 * cost['share_of_starting']:.1f} % of the work.{on_slurm}\n\n"
        f"{markdown(chosen)}\n\n{markdown(best)}"
    )


def paper(experiment: str, folder: Path) -> str:
    """One of the experiments: ours and the paper's accuracies, a table per corpus."""
    study = folder / experiment.replace("-", "_")
    rows = pd.read_csv(study / "methods.csv")
    seconds = pd.read_csv(study / "times.csv").set_index("model")["fit_s"]
    parts = []
    for corpus, own in rows.groupby("corpus", sort=False):
        first = own.iloc[0]
        shown = [_paper_row(experiment, row, seconds) for _, row in own.iterrows()]
        parts.append(
            f"**{corpus}**: {first['n_classes']} devices, {60 * first['audio_h']:.1f} min of "
            f"recordings; {first['n_train']:.0f} segments train, {first['n_test']:.0f} of "
            f"{first['n_recordings']} recordings ({60 * first['test_audio_h']:.1f} min) are "
            f"tested, chance {1 / first['n_classes']:.3f}{_trained_on(own)}.\n\n{markdown(shown)}"
        )
    return "\n\n".join(parts)


def _trained_on(rows: pd.DataFrame) -> str:
    """Where the rows were trained; an earlier version did not write it."""
    names = sorted(rows["device"].dropna().unique()) if "device" in rows else []
    return f"; trained on {', '.join(names)}" if names else ""


def _epochs(row: pd.Series) -> str:
    """Epochs, and in brackets the one whose weights were kept."""
    if not row.get("epochs", 0) > 0:
        return ""
    kept = f" ({row['kept_epoch']:.0f})" if pd.notna(row.get("kept_epoch")) else ""
    mark = "" if row["converged"] in (True, "True") else ", not converged"
    return f"{row['epochs']:.0f}{kept}{mark}"


def _paper_row(experiment: str, row: pd.Series, seconds: pd.Series) -> dict[str, str]:
    words = row.dropna().astype(str)
    key = row_name(words)
    own = published.shares(experiment, row["method"], words.get("layers", ""))
    return {
        "method": called(words),
        "accuracy per segment": with_interval(row, "accuracy"),
        "a recording": with_interval(row, "recording_accuracy"),
        **{name: f"{row[f'recording_{name}_macro']:.3f}" for name in ("precision", "recall")},
        "F1": f"{row['recording_f1_macro']:.3f}",
        "paper's accuracy, F1, %": f"{own.accuracy:.1f}, {own.f1:.1f}" if own else "",
        "epochs (weights of)": _epochs(row),
        "training, s": f"{seconds[key]:.0f}" if key in seconds.index else "",
    }


def in_turn(target: str, folder: Path) -> str:
    """Methods on all contents in turn, a table per comparison, and every two of them."""
    study = folder / target.replace("-", "_")
    rows, pairs = (pd.read_csv(study / f"{name}.csv") for name in ("methods", "pairs"))
    parts = []
    for corpus, own in rows.groupby("corpus", sort=False):
        shown = [
            {
                "method": called({"method": row["method"]}),
                "accuracy per segment": with_interval(row, "accuracy"),
                "recordings correct": f"{row['n_correct']} of {row['n_recordings']}",
                "parameters, most of a fit": f"{row['n_parameters']:.0f}",
            }
            for _, row in own.iterrows()
        ]
        compared = [
            {
                "the better and the other": f"{called({'method': row['first']})} / "
                f"{called({'method': row['second']})}",
                "difference per segment, points": f"{100 * row['difference']:.1f} "
                f"({100 * row['low']:.1f} to {100 * row['high']:.1f})",
                "recordings that one alone names": f"{row['first_only']}, {row['second_only']}",
                "p, adjusted": f"{row['p_adjusted']:.2f}",
            }
            for _, row in pairs[pairs["corpus"] == corpus].iterrows()
        ]
        parts.append(f"**{corpus}**\n\n{markdown(shown)}\n\n{markdown(compared)}")
    return "\n\n".join(parts)


def lean(folder: Path) -> str:
    """What smaller networks reach, and what they cost."""
    return f"{paper('paper-lean', folder)}\n\n{forward('paper-lean', folder)}"


def _theirs(method: str, name: str, decimals: int) -> str:
    """A figure of the paper's Table VI, where it has the method."""
    effort = published.TABLE_6.get(method)
    return "" if effort is None else f"{getattr(effort, name):.{decimals}f}"


def forward(experiment: str, folder: Path) -> str:
    """Time a sample, and parameters, beside the paper's."""
    study = folder / experiment.replace("-", "_")
    sizes = pd.read_csv(study / "methods.csv").set_index("method")

    def ms(value: float) -> str:
        return f"{value:.1f}" if pd.notna(value) else ""

    return markdown(
        [
            {
                "method": called(row),
                "whole, ms": ms(row["whole_ms"]),
                "network, ms": ms(row["network_ms"]),
                "ONNX Runtime, ms": ms(row["onnx_ms"]),
                "paper's ms": _theirs(row["method"], "forward_ms", 1),
                "parameters, M": f"{sizes['n_parameters'][row['method']] / 1e6:.3f}",
                "of these the mixture's, M": _of_mixture(sizes.loc[row["method"]]),
                "paper's, M": _theirs(row["method"], "parameters_millions", 3),
            }
            for _, row in pd.read_csv(study / "forward.csv").iterrows()
        ]
    )


def _of_mixture(row: pd.Series) -> str:
    """Millions of numbers before a classifier; the count of a network is without them."""
    count = row.get("n_input_parameters", 0)
    return f"{count / 1e6:.3f}" if count > 0 and pd.isna(row.get("training")) else ""


BLOCKS = {
    "paper_table5": partial(paper, "paper-table5"),
    "paper_table6": partial(forward, "paper-table6"),
    "paper_ablation": partial(paper, "paper-ablation"),
    "paper_lean": lean,
    "paper_transfer": partial(paper, "paper-transfer"),
    "readings": partial(in_turn, "readings"),
    "related": partial(paper, "related"),
    "networks": partial(paper, "networks"),
    "attack": attack,
    "mimicry": attack,
    "content": content,
    "units": partial(in_settings, "units"),
    "rooms": partial(in_settings, "rooms"),
    "labels": labels,
    "robustness": robustness,
    "duration": duration,
    "search": search,
    "ccnu_mobile": models,
    "ccnu_mobile_decisions": decisions,
    "ccnu_mobile_calibration": calibration,
    "outside": outside,
    "ccnu_mobile_units": units,
    "ccnu_mobile_splits": splits,
    "bench": models,
    "bench_decisions": decisions,
    "bench_splits": splits,
    "bench_units": units,
    "thesis": models,
    "thesis_settings": thesis_settings,
    "confounds": confounds,
    "confound_units": confound_units,
    "families": families,
    "top_features": top_features,
    "network_overfitting": network_overfitting,
    "engines": engines,
    "thesis_reference": models,
    "phones": phones,
    "augment": augment,
    "many_files": many_files,
    "fingerprint_judged": fingerprint_judged,
    "fingerprint_expected": fingerprint_expected,
    "fingerprint_closed_set": fingerprint_closed_set,
    "fingerprint_calibrated": fingerprint_calibrated,
    "casework": casework,
    "disguise": disguise,
    "units_verified": units_verified,
    "synthetic": synthetic,
    "sweep_response": sweep_response,
    "synthetic_closed": synthetic_closed,
    "fingerprint_calibrators": fingerprint_calibrators,
    "fingerprint_false_alarms": fingerprint_false_alarms,
    "fingerprint_real": fingerprint_real,
    "fingerprint_ablation": fingerprint_ablation,
    "refusals": refusals,
    "refusal_trials": refusal_trials,
    "speed": speed,
    "full_size": full_size,
}

if __name__ == "__main__":
    main()
