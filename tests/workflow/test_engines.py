"""The study of engines and the reference engines themselves, on the tiny pipeline."""

from pathlib import Path

import pandas as pd
import pytest
from stage_outputs import check_outputs
from tiny_pipeline import Place, digests, place

pytestmark = pytest.mark.slow

PAUSES = {"min_silence_s": 0.005, "threshold_dbfs": -26.5, "keep_silence_s": 0.0}
VARIES = ("run.json", "times.csv", "cut_times.csv", "engines_times.svg")
FAMILIES = [
    *("mfcc", "delta_mfcc", "spectral_centroid", "spectral_bandwidth", "spectral_rolloff"),
    *("spectral_flatness", "spectral_contrast", "zero_crossing_rate", "rms"),
]


def studied(folder: Path, corpus: Path) -> Place:
    made = place(folder, corpus)
    made.edit({"segments": {"silence": PAUSES}, "features": {"study": {"contrast_bands": 4}}})
    made.make("engines")
    return made


@pytest.fixture(scope="module")
def done(corpus: Path, tmp_path_factory: pytest.TempPathFactory) -> Place:
    return studied(tmp_path_factory.mktemp("engines") / "done", corpus)


def table(made: Place, name: str) -> pd.DataFrame:
    return pd.read_csv(made.folder / "results" / "engines" / f"{name}.csv")


def test_every_recording_is_cut_and_cut_identically(done: Place) -> None:
    cuts = table(done, "cuts")
    assert len(cuts) == 24  # three devices, two sessions, four contents
    assert cuts["n_pydub"].sum() > 2 * 24  # quiet moments of the noise
    assert (cuts["n_fast"] == cuts["n_pydub"]).all()
    assert (cuts["n_differing"] == 0).all()
    assert set(cuts["device"]) == {"pencil-1", "pencil-2", "disc-1"}


def test_every_family_is_as_librosas(done: Place) -> None:
    families = table(done, "families")
    assert families["family"].tolist() == FAMILIES
    assert (families["n_segments"] == 24 * 4).all()  # 2 s each, in windows of 0.5 s
    assert (families["n_missing_in_one"] == 0).all()
    assert (families["largest_relative"] < 1e-4).all()
    assert len(table(done, "columns")) == families["n_columns"].sum() == 2 * (20 + 20 + 5 + 6)


def test_what_each_took_is_said(done: Place) -> None:
    times = table(done, "times")
    assert times["family"].tolist() == ["cuts", *FAMILIES, "all together"]
    assert times["reference"].tolist() == ["pydub"] + ["librosa"] * 10
    assert (times[["fast_s", "reference_s"]] > 0).all(axis=None)
    assert times["reference_s"].iloc[0] > times["fast_s"].iloc[0]
    each = table(done, "cut_times")
    assert each["reference_s"].sum() == pytest.approx(times["reference_s"].iloc[0])
    report = (done.folder / "results" / "report.html").read_text()
    assert "All 24 recordings are cut identically" in report
    assert "In 9 of 9 families every relative difference is below 0.001" in report


def test_but_for_times_it_is_the_same_again(done: Place, corpus: Path, tmp_path: Path) -> None:
    again = studied(tmp_path / "again", corpus)
    mine, theirs = (digests(p.folder / "results" / "engines", *VARIES) for p in (done, again))
    assert mine == theirs
    assert "families.csv" in mine
    assert "Nothing to be done" in done.make("-n", "engines")


def test_the_pipeline_runs_on_the_reference_engines(corpus: Path, tmp_path: Path) -> None:
    """Segments of the same names, features within rounding, and another result for each."""
    made = {}
    for name, silence, engine in (("fast", "fast", "fast"), ("reference", "pydub", "librosa")):
        made[name] = place(tmp_path / name, corpus)
        differences = {"method": "silence", "silence": {**PAUSES, "engine": silence}}
        made[name].edit({"segments": {**differences, "min_length_s": 0.05}})
        made[name].edit({"features": {"thesis": {"engine": engine}}})
        made[name].make("features")
    fast, reference = (
        pd.read_parquet(p.folder / "results" / "features" / "thesis.parquet") for p in made.values()
    )
    columns = [name for name in fast if name.startswith(("mfcc", "rms"))]
    assert len(fast) > 24
    pd.testing.assert_frame_equal(fast.drop(columns=columns), reference.drop(columns=columns))
    pd.testing.assert_frame_equal(fast[columns], reference[columns], rtol=1e-4, atol=1e-4)
    for step in ("segments", "features"):
        assert made["fast"].entries()[step].isdisjoint(made["reference"].entries()[step])


def test_a_family_that_librosa_lacks_is_one_sentence(corpus: Path, tmp_path: Path) -> None:
    other = place(tmp_path / "other", corpus)
    other.edit({"features": {"thesis": {"families": ["mfcc", "hnr"], "engine": "librosa"}}})
    done = other.snakemake("-n", "all")
    assert done.status != 0
    assert "features.thesis: librosa has no function for hnr (it has: mfcc, " in done.said
    assert "take them out of families or set engine: fast" in done.said
    assert "Traceback" not in done.said


def test_what_the_study_plans(corpus: Path, tmp_path: Path) -> None:
    assert set(place(tmp_path / "other", corpus).planned_results("engines")) == {
        *("check", "quality", "segments", "features", "time_engines", "compare_engines"),
    }


def test_stages_make_what_their_versions_say(done: Place) -> None:
    check_outputs(done, ("compare_engines",))
