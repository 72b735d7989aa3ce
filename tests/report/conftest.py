"""A small results folder, written as the pipeline publishes one; its numbers are chosen by hand."""

import json
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from micfp.corpora.thesis import MICROPHONES
from micfp.evaluation.decision import RULES
from micfp.plan.params import Params
from micfp.report.captions import captions

METRICS = (
    *("accuracy", "balanced_accuracy", "precision_macro", "recall_macro", "f1_macro"),
    *("precision_weighted", "recall_weighted", "f1_weighted", "roc_auc_macro", "top_k_accuracy"),
)
CLASSES = [microphone.device for microphone in MICROPHONES]
MODELS = ["svc-thesis-plain", "lda-ltas-plain"]


SVG = b"""<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" width="43.2pt" height="28.8pt" viewBox="0 0 43.2 28.8">
<rect width="43.2" height="28.8" fill="#ffffff"/></svg>
"""


def png(width: int = 60, height: int = 40) -> bytes:
    """A white PNG, from the specification."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress(b"".join(b"\0" + b"\xff" * width for _ in range(height)))
    parts = chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + parts


def with_intervals(values: dict[str, tuple[float, float, float]]) -> dict[str, Any]:
    """Every metric per segment and a recording; those not named are 0.5 (0.4-0.6)."""
    row: dict[str, Any] = {"n_recordings": 20}
    for prefix in ("", "recording_"):
        for name in METRICS:
            value, low, high = values.get(prefix + name, (0.5, 0.4, 0.6))
            row |= {
                f"{prefix}{name}": value,
                f"{prefix}{name}_low": low,
                f"{prefix}{name}_high": high,
            }
        row[f"{prefix}interval_note"] = ""
    return row


def model_row(model: str, **changes: Any) -> dict[str, Any]:
    """A row of models.csv."""
    row: dict[str, Any] = {
        "model": model,
        "inner": 0.9,
        "train_accuracy": 0.99,
        "n_train": 800,
        "n_test": 200,
        "n_features": 22,
        "warnings": "",
    }
    row |= with_intervals({"accuracy": (0.93, 0.85, 0.98), "recording_accuracy": (1.0, 0.84, 1.0)})
    row |= {
        "shuffled_accuracy": 0.2,
        "shuffled_low": 0.15,
        "shuffled_high": 0.25,
        "chance": 0.2,
        "chosen": model == MODELS[1],
    }
    return row | changes


def neighbour_row(features: str, same_device: float) -> dict[str, Any]:
    return {
        "features": features,
        "same_device": same_device,
        "same_device_by_chance": 0.2,
        "same_content": 0.91,
        "same_content_by_chance": 0.13,
    }


def unit_row(**changes: Any) -> dict[str, Any]:
    """A row of a units.csv."""
    return {
        "model": MODELS[1],
        "make_and_model": "Neumann KM 184",
        "devices": "1st Neumann KM 184 / 2nd Neumann KM 184",
        "n_segments": 80,
        "accuracy": 0.5,
        "accuracy_low": 0.4,
        "accuracy_high": 0.6,
        "chance": 0.5,
        "n_recordings": 8,
        "recording_accuracy": 0.5,
        "recording_chance_low": 0.125,
        "recording_chance_high": 0.875,
    } | changes


class Results:
    """A results folder that a test changes before the report is built."""

    def __init__(self, folder: Path, classes: list[str], models: list[str]) -> None:
        self.folder = folder
        self.params = Params().model_dump(mode="json")
        self.classes, self.models = classes, models
        self.model_rows = [model_row(name) for name in models]
        self.quality_rows = [self._quality(c, s, n) for c in classes for s in (1, 2) for n in "ab"]
        self.split_rows = [
            {"split": split, "model": name, **with_intervals({"accuracy": (value, 0.4, 0.99)})}
            for split, value in (("random", 0.98), ("by_recording", 0.9), ("by_session", 0.88))
            for name in models
        ]
        self.calibration_rows = [
            {
                **{"model": name, "n": 20, "n_calibration": 40, "temperature": 3.0},
                **{"calibration_error_before": 0.2, "calibration_error": 0.04},
                **{"cross_entropy_before": 0.5, "cross_entropy": 0.1},
                **{"outside": 0.0, "outside_expected": 0.05},
            }
            for name in models
        ]
        self.decision_rows = [
            {"model": name, "decision": rule, "accuracy": value, "n_recordings": 40}
            for name in models
            for rule, value in zip(RULES, (0.925, 0.9, 0.875), strict=True)
        ]
        self.neighbour_rows = [neighbour_row("thesis", 0.07), neighbour_row("ltas", 0.9)]
        self.unit_rows = [unit_row(split=s) for s in ("random", "by_recording", "by_session")]
        self.left_out_rows: list[dict[str, str]] = []
        self.pages = [
            ("results", "comparison"),
            ("results", "report_pooled"),
            ("results", "confusion_pooled"),
            *(("confusion", f"confusion_{name}") for name in models),
            ("results", "roc"),
            ("split_comparison", "splits"),
            ("overfitting", f"learning_{models[0]}"),
            ("maps", "pca"),
            ("recordings", "spectrograms_01"),
        ]

    def _quality(self, device: str, session: int, content: str) -> dict[str, Any]:
        numbers = dict.fromkeys(
            ("level_dbfs", "peak_dbfs", "dc_dbfs", "noise_floor_dbfs", "snr_db"), -20.04
        )
        return {
            "recording": f"{device}-{session}-{content}",
            "path": f"/recordings/day-{session}/{device}-{content}.wav",
            "device": device,
            "session": f"day-{session}",
            "content": content,
            "duration_s": 90.0,
            "sample_rate_hz": 44100,
            "n_samples": 90 * 44100,
            "n_channels": 1,
            "codec": "pcm_s16",
            **numbers,
            "clipped_share": 0.0,
            "zero_share": 0.001,
            "not_finite": 0,
            "truncated": False,
            "error": "",
            "synchrony": 0.8,
            "flags": "",
        }

    def write(self) -> Path:
        """Write the experiment; returns the folder."""
        tables = self.folder / "tables"
        (tables / "confusion").mkdir(parents=True)
        content = {"target": "all", "params": self.params, "entries": {"fits": {"a": "fit/01"}}}
        (self.folder / "run.json").write_text(json.dumps(content))
        chosen = next(row for row in self.model_rows if row["chosen"])
        choice = {
            "model": chosen["model"],
            "why": "",
            "per_fold": {"models": [chosen["model"]], "accuracy": chosen["accuracy"]},
        }
        (tables / "chosen.json").write_text(json.dumps(choice))
        self._csv(tables / "models.csv", self.model_rows)
        self._csv(tables / "decisions.csv", self.decision_rows)
        self._csv(tables / "calibration.csv", self.calibration_rows)
        self._csv(tables / "quality.csv", self.quality_rows)
        self._csv(tables / "recordings.csv", self.quality_rows)
        self._csv(tables / "left_out.csv", self.left_out_rows)
        self._csv(tables / "split_comparison_splits.csv", self.split_rows)
        self._csv(tables / "split_comparison_units.csv", self.unit_rows)
        self._csv(tables / "split_comparison_neighbours.csv", self.neighbour_rows)
        report = dict.fromkeys(("precision", "recall", "f1"), 0.75) | {"support": 40}
        self._csv(tables / "pooled.csv", [{"class": c, **report} for c in self.classes])
        rows = [{"model": m, "class": c, **report} for m in self.models for c in self.classes]
        self._csv(tables / "classes.csv", rows)
        matrix = pd.DataFrame(0, index=self.classes, columns=self.classes)
        for i, name in enumerate(self.classes):
            matrix.loc[name, name] = 36
            matrix.loc[name, self.classes[i - 1]] = 4
        for name in ("pooled", *self.models):
            matrix.to_csv(tables / "confusion" / f"{name}.csv")
        times = [{"model": m, "fit_s": 1.234, "predict_ms_a_segment": 0.5} for m in self.models]
        self._csv(self.folder / "times.csv", times)
        draw(self.folder / "figures", self.pages)
        return self.folder

    @staticmethod
    def _csv(path: Path, rows: list[dict[str, Any]]) -> None:
        pd.DataFrame(rows).to_csv(path, index=False)

    def write_study(self, target: str, tables: dict[str, Any], pages: list[Any]) -> None:
        """Write a study: its tables, figures and run.json."""
        folder = self.folder / target.replace("-", "_")
        draw(folder, pages)
        for name, rows in tables.items():
            self._csv(folder / name, rows)
        content = {"target": target, "params": self.params, "entries": {"study": "s/02"}}
        (folder / "run.json").write_text(json.dumps(content))

    def write_confounds(self, units_at: dict[float, tuple[float, float, float]]) -> None:
        """Write a confounds study, with the identical units' accuracy at each deviation."""
        benches = [("as it is", 0.6), *(("without all four", db) for db in units_at)]
        rows = [
            {
                "bench": bench,
                "unit_deviation_db": db,
                "model": MODELS[1],
                "n_classes": 5,
                **with_intervals({"accuracy": (0.96, 0.9, 0.98) if i == 0 else (0.8, 0.7, 0.9)}),
            }
            for i, (bench, db) in enumerate(benches)
        ]
        units = [
            unit_row(
                bench="without all four",
                unit_deviation_db=db,
                accuracy=value,
                accuracy_low=low,
                accuracy_high=high,
                recording_accuracy=1.0 if low > 0.5 else 0.5,
            )
            for db, (value, low, high) in units_at.items()
        ]
        pages = [("confounds", "confounds"), ("confounds", f"units_{MODELS[1]}")]
        self.write_study("confounds", {"confounds.csv": rows, "units.csv": units}, pages)

    def write_feature_study(
        self, values: dict[tuple[str, str], tuple[float, float, float]]
    ) -> None:
        """Write a feature study: accuracy by (mode, family)."""
        rows = [
            {"classifier": "lr", "preparation": "plain", "mode": mode, "family": family}
            | with_intervals({"accuracy": v})
            for (mode, family), v in values.items()
        ]
        pages = [("feature-study", "families_lr_plain")]
        self.write_study("feature-study", {"families.csv": rows}, pages)

    def write_search(self) -> None:
        """Write a search: two points in two folds, and one that could not be fitted."""
        common = {"split": "by_content, folds 2", "part": "", "n_features": 22, "warnings": ""}
        axes = {"model.classifier": "svc", "classifiers.svc.C": "10"}
        points = [
            {"trial": 0, **common, **axes, "rank": 1, "status": "done", "why": "", "inner": 0.95}
            | {"accuracy": 0.91, "recording_accuracy": 1.0, "model": "svc-thesis-plain"},
            {"trial": 1, **common, "rank": 2, "status": "done", "why": "", "inner": 0.9}
            | {"accuracy": 0.93, "recording_accuracy": 0.9, "model": "nb-thesis-plain"},
            {"trial": 2, **common, "rank": "", "status": "failed", "why": "ValueError: shrinkage"}
            | {"inner": "", "accuracy": "", "recording_accuracy": "", "model": "lda-thesis-plain"},
        ]
        fold = {"split": common["split"], "recording_accuracy": 0.95, "n_test": 100}
        choices = [
            {**fold, "fold": 0, "trial": 0, "model": "svc-thesis-plain", "inner": 0.96}
            | {"accuracy": 0.9},
            {**fold, "fold": "the search as a whole", "trial": "", "model": "", "inner": ""}
            | {"accuracy": 0.88, "accuracy_low": 0.81, "accuracy_high": 0.94, "n_test": 200},
        ]
        pages = [("search", "axis_model_classifier")]
        self.write_study("grid", {"trials.csv": points, "choices.csv": choices}, pages)
        (self.folder / "grid" / "best.yaml").write_text("# a preset\nseed: 7\n")


def draw(folder: Path, pages: list[tuple[str, str]]) -> None:
    """Small pictures and their list."""
    folder.mkdir(parents=True)
    facts = {
        **{"model": MODELS[0], "units": "Pencils", "classifier": "lr", "features": "thesis"},
        **{"preparation": "plain"},
        **{"confidence": 0.95, "split": {"kind": "by_session", "test": ["day-2"]}},
        **{"axis": "model.classifier", "metric": "accuracy", "sheet": 1, "n_sheets": 1},
        **{"highest": "the first", "highest_value": 0.875, "lowest": "the last"},
        **{"lowest_value": 0.5, "chance": 0.2, "right": 0.9, "true": "A", "named": "B"},
        **{"wrong_share": 0.1, "n_points": 7, "share": 0.6, "first": 10.0, "last": 20.0},
        **{"held_out_first": 0.5, "held_out_last": 0.75, "held_out_best": 0.8, "best_at": 15.0},
        **{"train_last": 1.0},
    }
    kinds = [name if name in captions() else name.partition("_")[0] for _, name in pages]
    said = [
        {"section": section, "file": drawn_as(name), "kind": kind, "facts": facts}
        for (section, name), kind in zip(pages, kinds, strict=True)
    ]
    (folder / "figures.json").write_text(json.dumps(said))
    for _, name in pages:
        content = png() if name.startswith("spectrograms") else SVG
        (folder / drawn_as(name)).write_bytes(content)


def drawn_as(name: str) -> str:
    """The file of a figure."""
    return f"{name}.png" if name.startswith("spectrograms") else f"{name}.svg"


@pytest.fixture
def new_results(tmp_path: Path) -> Callable[..., Results]:
    """Make a results folder of these classes and models."""

    def make(classes: list[str] = CLASSES, models: list[str] = MODELS) -> Results:
        return Results(tmp_path / "results", classes, models)

    return make
