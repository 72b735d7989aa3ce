"""Step `fingerprint_ablation`: what each step of the recipe and of the generator is worth.

Reads: for the model and each of its variants what was judged (`fingerprint_judge`) and validated
(`fingerprint_validate`, by the model alone). Writes: `ablation.csv`, a row for each.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from micfp.engine.libraries import ARRAYS
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.studies.fingerprint.validate import VALIDATED_FILE

if TYPE_CHECKING:
    import pandas as pd

STAGE = Stage("fingerprint_ablation", 1, "micfp.studies.fingerprint.ablate", libraries=ARRAYS)
ABLATION_FILE = "ablation.csv"
SHOWN = (
    ("same session and speaker", "same", (1, 3)),
    ("other session", "other", (3,)),
    ("other speaker", "other", (3,)),
    ("other session and speaker", "other", (1, 3, 10)),
)
"""Of the judged population: what differs, the setting, and seconds of the test."""


def run(spec: Spec, out: Path) -> None:
    """Gather the equal error rates."""
    import pandas as pd

    variants, corpora = spec.params["variants"], spec.params["corpora"]
    rows = [
        variant | of_judged(pd.read_csv(folder / "judged.csv"))
        for variant, folder in zip(variants, spec.inputs["judged"], strict=True)
    ]
    validated = spec.inputs.get("validated", ())
    for number, folder in enumerate(validated):
        row, corpus = divmod(number, len(corpora))
        rows[row] |= of_corpus(corpora[corpus], pd.read_csv(folder / VALIDATED_FILE))
    pd.DataFrame(rows).to_csv(out / ABLATION_FILE, index=False)


def of_judged(table: "pd.DataFrame") -> dict[str, Any]:
    """Equal error rates of the judged population, of one reference."""
    one = table[table["n_references"] == 1].set_index(["factor", "setting", "test_s"])["eer"]
    return {
        f"{factor}, {test_s} s": one[factor, setting, test_s]
        for factor, setting, lengths_s in SHOWN
        for test_s in lengths_s
    }


def of_corpus(corpus: str, table: "pd.DataFrame") -> dict[str, Any]:
    """Equal error rates of real devices: mean over conditions, the same on both sides."""
    matched = table[table["enrolled"] == table["condition"]]
    return {
        f"corpus {corpus}, {test_s:g} s": eer
        for test_s, eer in matched.groupby("test_s")["eer"].mean().items()
    }
