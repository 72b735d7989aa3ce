"""The study of engines: cuts and columns compared, and what it plans."""

import math

import numpy as np
import pandas as pd
import pytest

from micfp.engine.task import Task
from micfp.errors import MicfpError
from micfp.features.registry import FAMILIES, LIBROSA_FAMILIES
from micfp.plan.params import parse_params
from micfp.studies.engines.compare import compare_columns, compare_cuts, plan
from micfp.studies.engines.compare import largest_of_families as largest


def cuts(*rows: tuple[str, int, int]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["recording", "start_sample", "stop_sample"])


def test_cuts_of_one_engine_alone_are_counted() -> None:
    labels = pd.DataFrame({"recording": ["a", "b", "silent"], "device": ["x", "y", "z"]})
    fast = cuts(("a", 0, 9), ("a", 20, 30), ("b", 0, 5))
    pydub = cuts(("a", 0, 9), ("a", 21, 30), ("b", 0, 5))
    found = compare_cuts(fast, pydub, labels)
    assert found["device"].tolist() == ["x", "y", "z"]
    assert found["n_fast"].tolist() == [2, 1, 0]
    assert found["n_pydub"].tolist() == [2, 1, 0]
    assert found["n_differing"].tolist() == [2, 0, 0]  # one that begins at 20, one at 21


def columns(**values: tuple[list[float], list[float]]) -> pd.DataFrame:
    """Compare columns given as (fast, librosa)."""
    n = len(next(iter(values.values()))[0])
    segments = [f"s{i}" for i in range(n)]
    fast = pd.DataFrame({"segment": segments} | {k: v[0] for k, v in values.items()})
    by_librosa = pd.DataFrame({"segment": segments} | {k: v[1] for k, v in values.items()})
    return compare_columns(fast, by_librosa).set_index("column")


def test_a_difference_is_relative_to_the_columns_rms() -> None:
    # librosa: 3, 0, 4: RMS sqrt(25 / 3) = 2.887; the largest difference, 0.1, is where it is 0
    found = columns(rms_mean=([3.0, 0.1, 4.05], [3.0, 0.0, 4.0])).loc["rms_mean"]
    assert found["rms"] == pytest.approx(math.sqrt(25 / 3))
    assert found["largest_absolute"] == pytest.approx(0.1)
    assert found["largest_relative"] == pytest.approx(0.1 / 2.8868, rel=1e-4)
    assert (found["n_segments"], found["n_missing_in_one"]) == (3, 0)


def test_a_value_that_one_engine_lacks_is_counted_and_not_compared() -> None:
    nan = math.nan
    found = columns(
        rms_mean=([1.0, nan, 2.0, nan], [1.0, 5.0, 2.5, nan]),
        spectral_contrast_0_mean=([1.0, 2.0, 3.0, 4.0], [nan] * 4),
        zero_crossing_rate_mean=([0.0, 0.0, 0.0, 0.0], [0.0] * 4),
        spectral_flatness_mean=([0.0, 0.0, 0.0, 1e-9], [0.0] * 4),
    )
    assert found["n_segments"].tolist() == [2, 0, 4, 4]
    assert found["n_missing_in_one"].tolist() == [1, 4, 0, 0]
    assert found["largest_absolute"].iloc[0] == 0.5
    assert math.isnan(found["largest_relative"].iloc[1])
    assert found["largest_relative"].iloc[2] == 0  # of nothing but zeros
    assert found["largest_relative"].iloc[3] == math.inf  # librosa has nothing but zeros


def test_a_family_has_the_largest_of_its_columns() -> None:
    # 0.2 of an RMS of 10 is 0.02; 0.1 of an RMS of 1 is 0.1
    found = largest(
        columns(
            mfcc_00_mean=([10.2], [10.0]),
            mfcc_01_mean=([1.1], [1.0]),
            rms_mean=([1.0], [math.nan]),
        ).reset_index()
    )
    assert found["family"].tolist() == ["mfcc", "rms"]
    assert found["largest_absolute"].iloc[0] == pytest.approx(0.2)
    assert found["largest_relative"].iloc[0] == pytest.approx(0.1)
    assert found["column"].iloc[0] == "mfcc_01_mean"
    assert found["measured_in"].iloc[0] == "dB"
    assert np.isnan(found["largest_relative"].iloc[1])
    assert found["n_missing_in_one"].tolist() == [0, 1]


def test_nothing_to_measure_is_said() -> None:
    with pytest.raises(MicfpError, match="no recording has a segment"):
        columns(rms_mean=([], []))


def test_every_family_that_librosa_has_has_a_unit() -> None:
    assert all(FAMILIES[name].unit for name in LIBROSA_FAMILIES)


def study(**differences: object) -> Task:
    task = plan(parse_params(differences))["study"]
    assert isinstance(task, Task)
    return task


def test_cuts_and_features_are_those_of_the_pipeline_by_either_engine() -> None:
    found = study(segments={"method": "windows", "silence": {"min_silence_s": 0.3}})
    for engine in ("fast", "pydub"):
        for task in found.inputs[f"cuts_{engine}"]:
            assert task.step == "segments"
            assert task.params["segments"]["silence"]["engine"] == engine
            assert task.params["segments"]["silence"]["min_silence_s"] == 0.3
            assert task.params["segments"]["min_length_s"] == 0
            assert task.params["segments"]["max_length_s"] is None
    for engine in ("fast", "librosa"):
        for task in found.inputs[f"features_{engine}"]:
            assert task.params["set"]["engine"] == engine
            assert tuple(task.params["set"]["families"]) == LIBROSA_FAMILIES
            assert task.params["set"]["aggregates"] == ["mean", "std"]  # of the set `study`
            (segments,) = task.inputs["segments"]
            assert segments.params["segments"]["method"] == "windows"


def test_the_engine_of_the_configuration_changes_no_cuts_to_compare() -> None:
    whole = {"segments": {"method": "windows"}}
    by_pydub = {"segments": {"method": "windows", "silence": {"engine": "pydub"}}}
    assert study(**whole).key == study(**by_pydub).key


def test_a_set_of_any_families_may_be_named() -> None:
    found = study(engines={"features": "ltas"})
    assert found.inputs["features_librosa"][0].params["set"]["rate_hz"] == "native"
    with pytest.raises(
        MicfpError, match=r"engines\.features = 'mfcc' is not under features \(there: ltas, study"
    ):
        plan(parse_params({"engines": {"features": "mfcc"}}))


def test_times_do_not_stand_on_the_engine_of_a_set() -> None:
    thesis = parse_params({"engines": {"features": "thesis"}})
    by_librosa = thesis.features["thesis"].model_copy(update={"engine": "librosa"})
    changed = thesis.model_copy(update={"features": {**thesis.features, "thesis": by_librosa}})
    assert plan(changed)["study"].key == plan(thesis)["study"].key
