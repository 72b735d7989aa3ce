"""What stages make of the tiny corpora, beside recorded numbers: a stale version is found here.

Where the output of a stage has changed and its version has not, stores hold results under a key
that the code does not make any more. Raise the version, then renew the record, in the commit that
changes the output:

    MICFP_RENEW_STAGES=1 python -m pytest -n 0 tests/workflow
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from safetensors.numpy import load_file
from tiny_pipeline import Place

from micfp.engine.records import addresses_in, reached
from micfp.engine.task import needs_in
from micfp.studies.registry import STAGES, STUDIES

RECORD = Path(__file__).with_name("stage_outputs.json")
# Measured times.
VARIES = {"times.csv", *(name for study in STUDIES.values() for name in study.varies)}
MOST_RESULTS, MOST_NUMBERS = 3, 24
RTOL = 1e-5
"""Processors round the last bits of features otherwise (7e-8 seen)."""
RTOL_OF_OPTIMISED = 1e-2
"""What is fitted step by step, or what an encoder leaves out, hangs on these bits: with other
kernels (ATEN_CPU_CAPABILITY=avx2 OPENBLAS_CORETYPE=Haswell NPY_DISABLE_CPU_FEATURES=AVX512F) the
same code on the same machine gave means 0.4 % apart."""
ATOL_OF_NETWORK = 0.05
"""Of its weights, some are means of eight: 0.024 apart."""
UNSTEADY = (
    "detect",
    *(
        f"fingerprint_{name}"
        for name in (
            *("pieces", "stretches", "takes", "heard", "network", "fit", "blend", "judge"),
            *("validate", "calibrate", "ablation"),
        )
    ),
)
"""Of these, one number alone may be anything: the least of 1242 active seconds was 0.35 and 0.44,
the least distance from an attack 7.9 and 9.7. Least and greatest are not compared."""
OPTIMISED = (
    *("train", "compare_methods", "attack", "compare_attacks", "spoof", "compare_conditions"),
    *UNSTEADY,
)


class Extreme(float):
    """A least or a greatest: one number says it, not many."""


def check_outputs(place: Place, stages: Iterable[str]) -> None:
    """Compare what stages made of what a place has published with the record."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    said = []
    results = _published_results(place)
    for stage in stages:
        now = {"version": STAGES[stage].version, "numbers": _numbers(stage, results[stage])}
        if "MICFP_RENEW_STAGES" in os.environ:
            record[stage] = now
            continue
        before = record[stage]
        if now["version"] != before["version"]:
            said.append(f"{stage}: the record is of version {before['version']}; renew it")
        elif not _alike(stage, now["numbers"], before["numbers"]):
            said.append(
                f"{stage}: the results are others than of version {now['version']}: raise the "
                f"version of {stage} ({STAGES[stage].module}), and renew the record\n"
                f"{now['numbers']}\n{before['numbers']}"
            )
    if "MICFP_RENEW_STAGES" in os.environ:
        RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    assert said == [], "; ".join(said)


def _alike(stage: str, now: list[list[float]], before: list[list[float]]) -> bool:
    if [len(row) for row in now] != [len(row) for row in before]:
        return False
    rtol = RTOL_OF_OPTIMISED if stage in OPTIMISED else RTOL
    atol = ATOL_OF_NETWORK if stage == "fingerprint_network" else rtol
    for one, other in zip(now, before, strict=True):
        compared = [
            k for k, x in enumerate(one) if not (stage in UNSTEADY and isinstance(x, Extreme))
        ]
        if not np.allclose(
            [one[k] for k in compared], [other[k] for k in compared], rtol=rtol, atol=atol
        ):
            return False
    return True


def _published_results(place: Place) -> dict[str, list[Path]]:
    """By stage the results that a place has published, and all that they are made from."""
    runs = [*(place.folder / "results").glob("run.json")]
    runs += (place.folder / "results").glob("*/run.json")
    wanted = [a for run in runs for a in addresses_in(json.loads(run.read_text())["entries"])]

    def needs(address: str) -> list[str]:
        return needs_in(json.loads((place.store / ".specs" / f"{address}.json").read_text()))

    found: dict[str, list[Path]] = {}
    for address in reached(wanted, needs):
        found.setdefault(address.partition("/")[0], []).append(place.store / address)
    return found


def _numbers(stage: str, folders: Iterable[Path]) -> list[list[float]]:
    """Of a few results numbers that stand for them, in an order that no key has a say in.

    Of unsteady ones two digits of what is compared give the order: by the last ones another
    processor would choose other results.
    """
    results = sorted(list(_of_result(path)) for path in folders)
    if stage in UNSTEADY:
        results.sort(key=lambda row: [float(f"{x:.2g}") for x in row if not isinstance(x, Extreme)])
    return [[type(x)(f"{x:.9g}") for x in row[:MOST_NUMBERS]] for row in results[:MOST_RESULTS]]


def _of_result(folder: Path) -> Iterator[float]:
    for path in sorted(folder.rglob("*")):
        if path.name in VARIES:
            continue
        if path.suffix == ".parquet":
            yield from _of_table(pd.read_parquet(path))
        elif path.suffix == ".csv" and path.stat().st_size > 1:
            yield from _of_table(pd.read_csv(path))
        elif path.suffix == ".npy":
            yield from _of_values(np.load(path))
        elif path.suffix == ".npz":
            with np.load(path) as arrays:
                for name in sorted(arrays):
                    yield from _of_values(arrays[name])
        elif path.suffix == ".safetensors":
            for _, array in sorted(load_file(path).items()):
                yield from _of_values(array)
        elif path.suffix == ".f32":
            yield from _of_values(np.fromfile(path, "<f4"))
        elif path.suffix == ".wav":
            yield from _of_values(np.frombuffer(path.read_bytes(), np.uint8))


def _of_table(table: pd.DataFrame) -> Iterator[float]:
    yield float(len(table))
    yield float(table.shape[1])
    numbers = table.select_dtypes("number")
    yield from _of_values(numbers.to_numpy(np.float64))


def _of_values(values: "np.ndarray[tuple[int, ...], np.dtype[np.generic]]") -> Iterator[float]:
    """How many, and of those that are finite mean, mean of squares, least and greatest."""
    flat = np.asarray(values, np.float64).ravel()
    flat = flat[np.isfinite(flat)]
    yield float(flat.size)
    if flat.size:
        yield from (
            float(flat.mean()),
            float((flat**2).mean()),
            Extreme(flat.min()),
            Extreme(flat.max()),
        )
