"""Step `fingerprint_judge`: how well strangers are told apart, by what differs between recordings.

Reads: the model, its calibration, fingerprints of the judged population, what was validated on real
devices, the table of variants. Writes: the model; `calibration.json` and `calibrated.csv`;
`judged.csv`, a row for each factor, number of references and length of the tests; `validated.csv`;
`left_out.csv`, the recordings that could not be heard; `ablation.csv`.
"""

import shutil
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from micfp.engine.libraries import ARRAYS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.evaluation import figures
from micfp.evaluation.figures import Book, Curve
from micfp.evaluation.verification import verification
from micfp.fingerprint.embedding.model import FingerprintModel, Setting
from micfp.fingerprint.embedding.model_file import load_model
from micfp.plan.fingerprint_settings import ALONE, FOLDS
from micfp.studies.fingerprint.ablate import ABLATION_FILE
from micfp.studies.fingerprint.calibrate import FILES
from micfp.studies.fingerprint.fit import MODEL_FILE
from micfp.studies.fingerprint.heard import LEFT_OUT_FILE
from micfp.studies.fingerprint.takes import Takes, read_takes
from micfp.studies.fingerprint.validate import VALIDATED_FILE

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("fingerprint_judge", 4, "micfp.studies.fingerprint.judge", libraries=ARRAYS)
MOST_CURVES = 8


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


def run(spec: Spec, out: Path) -> None:
    """Judge by every factor."""
    import pandas as pd

    model = load_model(spec.entry("fit") / MODEL_FILE).model
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
    shutil.copyfile(spec.entry("fit") / MODEL_FILE, out / MODEL_FILE)
    for folder in spec.inputs.get("calibration", ()):
        for name in FILES:
            shutil.copyfile(folder / name, out / name)
    for folder in spec.inputs.get("ablation", ()):
        shutil.copyfile(folder / ABLATION_FILE, out / ABLATION_FILE)
    validated = [pd.read_csv(one / VALIDATED_FILE) for one in spec.inputs.get("validated", ())]
    if validated:
        book = Book(out)
        table = pd.concat(validated)
        table.to_csv(out / VALIDATED_FILE, index=False)
        for corpus, own in table.groupby("corpus", sort=False):
            _draw(str(corpus), own, book)
        book.close()
        left_out = [pd.read_csv(one / LEFT_OUT_FILE) for one in spec.inputs["heard"]]
        pd.concat(left_out).to_csv(out / LEFT_OUT_FILE, index=False)


def _draw(corpus: str, rows: "pd.DataFrame", book: Book) -> None:
    """Errors by length, a line for each of the first conditions, by the best known protocol."""
    whole = rows[(rows["content"] == "disjoint") & (rows["enrolled"] == rows["condition"])]
    for protocol in (FOLDS, ALONE):
        own = whole[whole["protocol"] == protocol]
        if own.empty:
            continue
        curves = [
            Curve(str(condition), one["test_s"].to_numpy(), one["eer"].to_numpy())
            for condition, one in list(own.groupby("condition", sort=False))[:MOST_CURVES]
        ]
        name = f"fingerprint_{corpus}_{protocol.split()[0]}"
        draw = partial(
            figures.against_seconds,
            curves=curves,
            measure="equal error rate",
            levels={},
            whole=False,
        )
        book.add(
            "fingerprint",
            name,
            (7.0, 4.2),
            draw,
            kind="fingerprint_seconds",
            corpus=corpus,
            protocol=protocol,
            **figures.extremes_of_curves(curves),
        )


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
