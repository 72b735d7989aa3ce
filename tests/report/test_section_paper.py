"""What the report says of the paper's experiments, from tables as they are published."""

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from micfp.evaluation.metrics import SCALAR_METRICS
from micfp.report.blocks import Points, Section, Table, Text
from micfp.report.numbers import NOTHING
from micfp.report.published import read_published
from micfp.studies.networks.names import EXPERIMENTS, SETTINGS
from micfp.studies.networks.report import called, method_name, networks
from micfp.studies.registry import STUDIES

PARAMS = {"report": {"title": "t"}, "evaluation": {"confidence": 0.995}}


def row(method: str, recording: float, **more: Any) -> dict[str, Any]:
    """A row of methods.csv: segments as often right as recordings are."""
    found: dict[str, Any] = {"corpus": "phones", "method": method, "training": ""}
    for prefix in ("", "recording_"):
        for metric in SCALAR_METRICS:
            for end, off in (("", 0.0), ("_low", -0.05), ("_high", 0.05)):
                found[f"{prefix}{metric}{end}"] = recording + off
    found |= {"n_classes": 30, "n_train": 697, "n_test": 512.0, "n_recordings": 30}
    found |= {"audio_h": 0.31, "test_audio_h": 0.004, "n_parameters": 626_850.0}
    return found | {"epochs": 0.0, "converged": "True"} | more


def trained(method: str, recording: float, epochs: int, converged: bool = True) -> dict[str, Any]:
    return row(method, recording, training="ours", epochs=float(epochs), converged=str(converged))


def write(
    results: Path, experiment: str, rows: list[dict[str, Any]], forward: str | None = None
) -> None:
    folder = results / experiment.replace("-", "_")
    folder.mkdir(parents=True)
    with (folder / "methods.csv").open("w") as file:
        columns = dict.fromkeys(name for one in rows for name in one)
        writer = csv.DictWriter(file, list(columns))
        writer.writeheader()
        writer.writerows(rows)
    (folder / "times.csv").write_text("model,fit_s\nphones cross_scale,1243.6\n")
    if forward is not None:
        (folder / "forward.csv").write_text(forward)
    (folder / "figures.json").write_text("[]")
    (folder / "run.json").write_text(json.dumps({"params": PARAMS, "entries": {}}))


def section(results: Path) -> Section:
    return networks(read_published(results, STUDIES))


def sentences(found: Section) -> str:
    return "\n".join(
        sentence
        for block in found.blocks
        if isinstance(block, Points)
        for sentence in block.sentences
    )


def tables(found: Section) -> list[Table]:
    return [block for block in found.blocks if isinstance(block, Table)]


def test_a_classical_method_that_wins_is_named(tmp_path: Path) -> None:
    rows = [trained("cross_scale", 0.9, 12), row("gsv_svm", 0.95), row("lda-ltas-plain", 1.0)]
    write(tmp_path, "paper-table5", rows)
    said = sentences(section(tmp_path))
    assert "phones: best of recordings 1.00, by lda on ltas; the classical lda on ltas" in said
    assert "stands above the paper's network (0.90)" in said
    assert "Not converged" not in said


def test_a_network_that_wins_is_not_talked_down(tmp_path: Path) -> None:
    write(tmp_path, "paper-table5", [trained("cross_scale", 1.0, 12), row("gsv_svm", 1.0)])
    said = sentences(section(tmp_path))
    assert said == "phones: best of recordings 1.00, by cross scale, gsv svm."


def test_ours_stands_beside_the_papers(tmp_path: Path) -> None:
    rows = [trained("cross_scale", 0.9, 12), row("svc-bed-plain", 0.8), row("lda-ltas-plain", 1.0)]
    write(tmp_path, "paper-table5", rows)
    (table,) = tables(section(tmp_path))
    by_method = {cells[0]: dict(zip(table.columns, cells, strict=True)) for cells in table.rows}
    network = by_method["cross scale"]
    assert network["Accuracy per segment"] == network["per recording"]
    assert network["per recording"].startswith("0.90 (0.85")
    assert network["paper's accuracy, F1, %"] == "99.6, 99.6"
    assert (network["epochs (weights of)"], network["fitting, s"]) == ("12", "1244")
    assert by_method["svc on bed"]["paper's accuracy, F1, %"] == "93.4, 93.3"
    assert by_method["lda on ltas"]["paper's accuracy, F1, %"] == NOTHING
    assert by_method["lda on ltas"]["epochs (weights of)"] == NOTHING
    # 0.31 h are 18.6 minutes, 0.004 h 14.4 seconds
    for part in ("30 devices", "19 min of recordings", "697 segments to train on", "(14 s)"):
        assert part in table.caption, part
    assert "chance 0.033" in table.caption


def test_what_did_not_converge_is_marked(tmp_path: Path) -> None:
    cut = trained("cross_scale_paper", 0.5, 30, converged=False) | {"kept_epoch": 30.0}
    rows = [cut, row("gsv_svm", 0.95)]
    write(tmp_path, "paper-table5", rows)
    found = section(tmp_path)
    (table,) = tables(found)
    first = dict(zip(table.columns, table.rows[0], strict=True))
    assert first["epochs (weights of)"] == "30 (30) †"
    assert "Not converged (†)" in sentences(found)
    # it is not the paper's training: that has 100 epochs
    assert first["Method"] == "cross scale, paper's, 30 of 100 epochs"
    assert f"{first['Method']} on phones. Such a row says little of the" in sentences(found)


def test_times_and_sizes(tmp_path: Path) -> None:
    forward = (
        "corpus,method,whole_ms,training,network_ms,onnx_ms,onnx_difference,processor\n"
        "phones,gsv_svm,8.91,,,,,Some Processor\n"
        "phones,cross_scale,31.52,ours,30.04,9.96,1e-6,Some Processor\n"
    )
    svm = row("gsv_svm", 0.95, n_parameters=1_774_129, n_input_parameters=64 + 2 * 64 * 39)
    rows = [svm, trained("cross_scale", 0.9, 12)]
    write(tmp_path, "paper-table6", rows, forward)
    _, table = tables(section(tmp_path))
    assert table.rows == (
        ("gsv svm", "8.9", NOTHING, NOTHING, NOTHING, "30.6", "1.774", "0.005", "0.005"),
        ("cross scale", "31.5", "30.0", "10.0", NOTHING, "5.2", "0.627", NOTHING, "0.626"),
    )
    assert "on one thread of the CPU (Some Processor): the whole method" in table.caption
    assert "on an accelerator where there was one." in table.caption


def test_transfer_names_layers_and_training(tmp_path: Path) -> None:
    rows = [
        trained("cross_scale", 0.9, 12)
        | {"source": "bench-45", "layers": "mlp", "fine_tuning": "paper_fine_tuning"},
        trained("cross_scale", 0.9, 300)
        | {"source": "bench-45", "layers": "mlp", "fine_tuning": "paper_fine_tuning"},
        trained("transformer", 0.9, 12)
        | {"source": "bench-45", "layers": "softmax", "fine_tuning": "our_fine_tuning"},
        trained("transformer", 0.9, 12),
    ]
    write(tmp_path, "paper-transfer", rows)
    (table,) = tables(section(tmp_path))
    assert [cells[0] for cells in table.rows] == [
        "cross scale, from bench-45, mlp again, paper's, 12 of 300 epochs",
        "cross scale, from bench-45, mlp again, paper's",
        "transformer, from bench-45, softmax again, ours",
        "transformer",
    ]
    column = table.columns.index("paper's accuracy, F1, %")
    assert [cells[column] for cells in table.rows] == [
        *("87.9, 87.7", "87.9, 87.7", "75.0, 74.4"),
        NOTHING,
    ]


def test_a_table_of_an_earlier_version_does_not_stop_the_report(tmp_path: Path) -> None:
    old = {name: v for name, v in row("gsv_svm", 0.9).items() if name != "audio_h"}
    write(tmp_path, "paper-lean", [old])
    write(tmp_path, "paper-table5", [row("gsv_svm", 0.9)])
    found = section(tmp_path)
    (said,) = [b.text for b in found.blocks if isinstance(b, Text) and "earlier" in b.text]
    assert "snakemake -j2 paper-lean" in said
    assert len(tables(found)) == 1


@pytest.mark.parametrize("experiment", [name for name in EXPERIMENTS if name not in SETTINGS])
def test_every_experiment_has_its_heading(experiment: str, tmp_path: Path) -> None:
    write(tmp_path, experiment, [trained("cross_scale", 0.9, 12)])
    headings = [getattr(block, "text", "") for block in section(tmp_path).blocks]
    assert EXPERIMENTS[experiment] in headings


def test_names_in_words() -> None:
    assert method_name("multi_feature_fusion") == "multi feature fusion"
    assert method_name("svc-bed-plain") == "svc on bed"
    assert method_name("src-ltas-labelled29") == "src on ltas, labelled29"
    assert called({"method": "cross_scale", "layers": ""}) == "cross scale"
    # as a published table has it, and as a plan has it, which knows no epochs
    whole = {"method": "cross_scale_paper", "epochs": "100.0"}
    assert called(whole) == called({"method": "cross_scale_paper"}) == "cross scale paper"
