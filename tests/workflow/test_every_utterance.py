"""Every content tested in turn, small: real Snakemake, MLflow and report, on the bench."""

import csv
from pathlib import Path

import numpy as np
import pytest
from mlflow_database import count_runs
from stage_outputs import check_outputs
from tiny_pipeline import CHECKOUT, Place

from micfp.evaluation.paired import mcnemar
from micfp.evaluation.scores import read_scores
from micfp.plan.params import load_params
from micfp.studies.networks.every_utterance import plan

pytestmark = pytest.mark.slow

PRESET = "workflow/presets/paper-smoke.yaml"
FILES = [CHECKOUT / "params.yaml", CHECKOUT / PRESET]


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Place:
    folder = tmp_path_factory.mktemp("every") / "smoke"
    folder.mkdir()
    for name in ("Snakefile", "workflow", "profiles", "params.yaml"):
        (folder / name).symlink_to(CHECKOUT / name)
    place = Place(folder)
    targets = ("every-utterance", "readings")
    said = place.snakemake(*targets, "--configfile", "params.yaml", PRESET, timeout_s=600)
    assert said.status == 0, said.said
    return place


def table(place: Place, name: str, target: str = "every_utterance") -> list[dict[str, str]]:
    path = place.folder / "results" / target / f"{name}.csv"
    with path.open() as lines:
        return list(csv.DictReader(lines))


def test_every_recording_is_tested_once_by_models_that_did_not_hear_it(
    done: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    """5 microphones and 4 contents: 20 recordings; a fit tests the 5 of its content."""
    monkeypatch.setenv("MICFP_STORE", str(done.store))
    fits = plan(load_params(FILES))["fits"]
    assert len(fits) == 3 * 4
    hits: dict[str, list[int]] = {}
    for name, task in fits.items():
        scores = read_scores(done.store / task.address)
        assert len(set(scores.recording)) == 5, name
        assert task.params["split"]["test"] == [name.split()[1]]
        hits.setdefault(name.split()[2], []).append(int((scores.predicted == scores.truth).sum()))
    rows = {row["method"]: row for row in table(done, "methods")}
    assert set(rows) == set(hits) == {"gsv_svm", "lean_half", "svc-bed-plain"}
    n = {row["n_recordings"] for row in rows.values()}
    assert n == {"20"}
    n_segments = sum(
        len(read_scores(done.store / task.address).truth)
        for name, task in fits.items()
        if name.endswith(" gsv_svm")
    )
    for method, row in rows.items():
        assert float(row["accuracy"]) == pytest.approx(sum(hits[method]) / n_segments)


def test_two_methods_are_compared_on_the_same_recordings(done: Place) -> None:
    rows = {row["method"]: row for row in table(done, "methods")}
    pairs = table(done, "pairs")
    assert len(pairs) == 3  # every two of three
    for row in pairs:
        correct = [int(rows[row[which]]["n_correct"]) for which in ("first", "second")]
        only = [int(row["first_only"]), int(row["second_only"])]
        assert correct[0] >= correct[1]  # the better one first
        assert correct[0] - correct[1] == only[0] - only[1]
        one = np.repeat([True, False], only)
        assert float(row["p"]) == pytest.approx(mcnemar(one, ~one).p)
        assert float(row["p"]) <= float(row["p_adjusted"]) <= 1
        assert float(row["low"]) <= float(row["difference"]) <= float(row["high"])


def test_the_report_speaks_of_an_order_where_there_is_one(done: Place) -> None:
    report = (done.folder / "results" / "report.html").read_text()
    pairs = table(done, "pairs")
    unsure = sum(float(row["p_adjusted"]) >= 0.05 for row in pairs)
    assert f"{unsure} of 3 pairs cannot be put in an order by the recordings" in report
    assert ("stands above" in report) == (unsure < 3 or any(float(row["low"]) > 0 for row in pairs))


def test_mlflow_has_a_run_of_it_and_of_each_training(done: Place) -> None:
    """Two methods are trained for each of four contents; the third is a classifier's fit.

    Of the readings four methods, of which lean_half's trainings are the same.
    """
    assert count_runs(done.folder / "mlflow.db") == 1 + 2 * 4 + 1 + 3 * 4


def test_readings_are_compared_within_their_question(done: Place) -> None:
    """Of two methods each: no pair across."""
    pairs = table(done, "pairs", "readings")
    assert [(row["corpus"], {row["first"], row["second"]}) for row in pairs] == [
        ("MFCC and SVM", {"mfcc_svm", "mfcc_svm_flat"}),
        ("peepholes", {"lean_half", "lean_half_peepholes"}),
    ]


def test_peepholes_are_as_many_as_places_gates_and_filters(done: Place) -> None:
    """Of 73 features 24 places in the first layer and 11 in the second, of two filters each."""
    rows = {row["method"]: row for row in table(done, "methods", "readings")}
    more = int(rows["lean_half_peepholes"]["n_parameters"]) - int(rows["lean_half"]["n_parameters"])
    assert more == 3 * 24 * 2 + 3 * 11 * 2


def test_all_frames_of_a_sample_are_what_a_machine_stands_on(done: Place) -> None:
    """60 frames of 39: 2 340 numbers a support vector, where means and deviations have 78."""
    rows = {row["method"]: row for row in table(done, "methods", "readings")}
    flat, statistics = (int(rows[n]["n_parameters"]) for n in ("mfcc_svm_flat", "mfcc_svm"))
    assert flat > 60 * 39 * 5 > statistics / 5
    assert flat > 10 * statistics


def test_its_results_are_those_on_record(done: Place) -> None:
    check_outputs(done, ("compare_paired",))


def test_what_is_not_filled_in_is_said(tmp_path: Path) -> None:
    from micfp.errors import MicfpError

    for target in ("every-utterance", "readings"):
        with pytest.raises(MicfpError, match=f"{target} compares nothing"):
            plan(load_params([CHECKOUT / "params.yaml"]), target)
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(
        "paper: {every_utterance: [{corpus: nowhere, contents: [a, b, c], methods: [gsv_svm]}]}\n"
    )
    with pytest.raises(MicfpError, match="names the corpus 'nowhere', which is not under"):
        plan(load_params([*FILES, wrong]))
