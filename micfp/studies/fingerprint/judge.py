"""Steps `fingerprint_takes` and `fingerprint_judge`: how well strangers are told apart.

`fingerprint_takes` reads the content model and writes fingerprints of some devices of the judged
population. `fingerprint_judge` reads them and the model; it writes the model, and `judged.csv`, a
row for each factor, number of references and length of the tests.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.config.population import PopulationConfig
from micfp.engine.libraries import ARRAYS, SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.evaluation.verification import verification
from micfp.fingerprint.embedding.fingerprint import (
    Fingerprint,
    fingerprint,
    pieces,
    range_of,
)
from micfp.fingerprint.embedding.model import FingerprintModel, Setting
from micfp.fingerprint.embedding.model_file import load_model
from micfp.studies.fingerprint.fit import MODEL_FILE
from micfp.studies.fingerprint.rendering import (
    ARRAYS_FILE,
    read_arrays,
    read_content,
    spectra_of,
    stacked,
    unstacked,
    write_arrays,
)

TAKES = Stage(
    "fingerprint_takes",
    1,
    "micfp.studies.fingerprint.judge",
    packing="alone",
    travels=False,
    libraries=SOUND,
)
STAGE = Stage("fingerprint_judge", 1, "micfp.studies.fingerprint.judge", libraries=ARRAYS)
REFERENCE_S = 5.0
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Factor:
    """What differs between reference and test.

    Attributes
    ----------
    setting
        By which scores.
    references
        (session, speaker) of each reference.
    test
        (session, speaker) of the tests.
    whole
        Whether the whole take is a test, too: it may not hold the reference.
    """

    name: str
    setting: Setting
    references: tuple[tuple[int, int], ...]
    test: tuple[int, int]
    whole: bool


FIRST = (0, 0)
FACTORS = (
    Factor("same session and speaker", "same", (FIRST,), (0, 0), whole=False),
    Factor("other speaker", "same", (FIRST,), (0, 1), whole=True),
    Factor("other session", "other", (FIRST,), (1, 0), whole=False),
    Factor("other speaker", "other", (FIRST,), (0, 1), whole=True),
    Factor("other session and speaker", "other", (FIRST,), (3, 1), whole=True),
    Factor("other session and speaker", "other", (FIRST, (1, 1), (2, 0)), (3, 1), whole=True),
)


@dataclass(frozen=True)
class Takes:
    """Fingerprints of pieces of the judged recordings.

    Attributes
    ----------
    fingerprints
        n of them.
    device, session, slot
        (n,) whose, when and by which speaker.
    length_s
        (n,): 0 for a reference (the first 5 s), 1 and 3 for pieces of the rest, 10 for all of it.
    """

    fingerprints: tuple[Fingerprint, ...]
    device: Ints
    session: Ints
    slot: Ints
    length_s: Ints


def run(spec: Spec, out: Path) -> None:
    """Take fingerprints, or judge by them."""
    if spec.step == TAKES.name:
        _take(spec, out)
    else:
        _judge(spec, out)


def _take(spec: Spec, out: Path) -> None:
    config = PopulationConfig.model_validate(spec.params["population"])
    content = read_content(spec.inputs["content"][0])
    found: list[Fingerprint] = []
    rows: list[tuple[int, int, int, int]] = []
    for take, spectra in spectra_of(config, spec.params["seed"], range(*spec.params["devices"])):
        of_whole = range_of(spectra)
        rest = spectra.part(REFERENCE_S, np.inf)
        parts = [(0, spectra.part(0, REFERENCE_S)), (10, spectra)]
        parts += [(length_s, one) for length_s in (1, 3) for one in pieces(rest, length_s)]
        for length_s, part in parts:
            found.append(fingerprint(part, content, of_whole))
            rows.append((take.device, take.session, take.slot, length_s))
    write_arrays({"of": np.array(rows, np.int64)} | stacked(found), out)


def read_takes(folders: tuple[Path, ...]) -> Takes:
    """Read what `fingerprint_takes` wrote."""
    arrays = [read_arrays(folder / ARRAYS_FILE) for folder in folders]
    of = np.concatenate([one["of"] for one in arrays])
    fingerprints = tuple(f for one in arrays for f in unstacked(one))
    return Takes(fingerprints, *of.T)


def _judge(spec: Spec, out: Path) -> None:
    import pandas as pd

    model = load_model(spec.inputs["fit"][0] / MODEL_FILE).model
    takes = read_takes(spec.inputs["takes"])
    rows = [
        {
            "factor": factor.name,
            "setting": factor.setting,
            "n_references": len(factor.references),
            "test_s": test_s,
        }
        | judged(model, takes, factor, test_s)
        for factor in FACTORS
        for test_s in (1, 3, 10)
        if test_s < 10 or factor.whole
    ]
    pd.DataFrame(rows).to_csv(out / "judged.csv", index=False)
    shutil.copyfile(spec.inputs["fit"][0] / MODEL_FILE, out / MODEL_FILE)


def judged(model: FingerprintModel, takes: Takes, factor: Factor, test_s: int) -> dict[str, Any]:
    """Figures of every test against every device; several references are averaged."""
    session, slot = factor.test
    tests = np.flatnonzero(
        (takes.session == session) & (takes.slot == slot) & (takes.length_s == test_s)
    )
    whose = np.zeros(0, np.int64)
    per_reference = []
    for session, slot in factor.references:
        chosen = np.flatnonzero(
            (takes.session == session) & (takes.slot == slot) & (takes.length_s == 0)
        )
        chosen = chosen[np.argsort(takes.device[chosen])]
        whose = takes.device[chosen]
        per_reference.append(
            model.scores(
                [takes.fingerprints[k] for k in chosen],
                [takes.fingerprints[k] for k in tests],
                factor.setting,
            )
        )
    same = whose[:, None] == takes.device[tests]
    scores = np.mean(per_reference, axis=0)
    return vars(verification(scores[same], scores[~same]))
