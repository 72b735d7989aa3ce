"""What the report says of the engines."""

import math
from typing import Any

from micfp.report.blocks import Fold, Points, Section, Table
from micfp.report.published import read_published
from micfp.studies.engines.report import engines
from micfp.studies.registry import STUDIES

FAMILY = {
    "n_columns": 2,
    "n_segments": 10,
    "n_missing_in_one": 0,
    "measured_in": "dB",
    "wanted_below": 1e-3,
}
TIMES = [
    {"family": "cuts", "reference": "pydub", "fast_s": 0.1, "reference_s": 16.4},
    {"family": "mfcc", "reference": "librosa", "fast_s": 0.5, "reference_s": 1.0},
    {"family": "all together", "reference": "librosa", "fast_s": 2.0, "reference_s": 7.0},
]


def family(name: str, absolute: float, relative: float, **changes: Any) -> dict[str, Any]:
    values = {"family": name, "largest_absolute": absolute, "largest_relative": relative}
    return FAMILY | values | {"column": f"{name}_00_mean"} | changes


def cut(recording: str, n_fast: int, n_pydub: int, n_differing: int) -> dict[str, Any]:
    labels = {"recording": recording, "device": "007", "session": "a", "content": "1"}
    return labels | {"n_fast": n_fast, "n_pydub": n_pydub, "n_differing": n_differing}


def section(new_results: Any, cuts: list[Any], families: list[Any]) -> Section:
    results = new_results()
    took = [{"recording": "r1", "device": "007", "fast_s": 0.01, "reference_s": 1.5}]
    tables = {"cuts.csv": cuts, "families.csv": families, "times.csv": TIMES}
    pages = [("engines", "engines_differences"), ("engines", "engines_times")]
    results.write_study("engines", tables | {"cut_times.csv": took}, pages)
    return engines(read_published(results.folder, STUDIES))


def sentences(found: Section) -> tuple[str, ...]:
    (points,) = (block for block in found.blocks if isinstance(block, Points))
    return points.sentences


def test_equal_cuts_and_close_features(new_results: Any) -> None:
    found = section(
        new_results,
        [cut("r1", 3, 3, 0), cut("r2", 4, 4, 0)],
        [family("mfcc", 1e-4, 2e-6), family("rms", 0.0, 0.0)],
    )
    assert sentences(found) == (
        "All 2 recordings are cut identically: pydub and the fast engine give the same 7 segments, "
        "to the sample.",
        "In 2 of 2 families every relative difference is below 0.001; the largest is 2e-06, in "
        "mfcc_00_mean.",
        "For cutting the fast engine takes 0.1 s, the reference 16.4 s (164 times as long).",
        "For all families together the fast engine takes 2 s, the reference 7 s (3.5 times as "
        "long).",
    )
    families, times = (block for block in found.blocks if isinstance(block, Table))
    assert families.rows[0] == ("mfcc", "2", "10", "0.0001", "dB", "2e-06", "mfcc_00_mean")
    assert times.rows[0] == ("cuts", "pydub", "0.1", "16.4", "164")
    (fold,) = (block for block in found.blocks if isinstance(block, Fold))
    (cuts,) = fold.blocks
    assert isinstance(cuts, Table)
    assert cuts.rows[0] == ("007", "a", "1", "3", "3", "0", "0.0100", "1.500")
    assert cuts.rows[1][-1] == "\N{EN DASH}"  # not timed


def test_what_differs_is_said(new_results: Any) -> None:
    missing = family("spectral_contrast", math.nan, math.nan, n_segments=0, n_missing_in_one=10)
    found = section(
        new_results,
        [cut("r1", 3, 4, 3), cut("r2", 4, 4, 0)],
        [family("mfcc", 1.0, 0.02), family("rms", 0.0, 0.0), missing],
    )
    said = sentences(found)
    assert said[0] == (
        "1 of 2 recordings are cut differently: 3 segments of one engine are not among the other's."
    )
    assert said[1].startswith("In 1 of 2 families every relative difference is below 0.001; ")
    assert said[1].endswith("the largest is 0.02, in mfcc_00_mean.")
    assert said[2].startswith("Spectral contrast: 10 segments with a value by one engine only")
