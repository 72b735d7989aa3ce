"""What degraded copies are worth to models that train with them, on thirty real phones.

    python benchmarks/augment.py ROOT

ROOT holds the public sample of CCNU_Mobile. With the preset `ccnu_mobile`, and with `folder` on the
same recordings in folders, the pipeline runs without copies and with them (`augment.enabled`); the
chosen model is asked about the test recordings as they are, and by each of the ways of `ways`.
Gradient boosting is left out: it is never chosen, and takes most of the time. Writes
`results/augment.csv`. Run it in the checkout: results end as those of the last run.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

MODELS = [
    {
        "features": "thesis",
        "preparation": "plain",
        "classifiers": ["svc", "knn", "mlp", "rf", "nb", "lr", "dt"],
    },
    {"features": "ltas", "preparation": "plain", "classifiers": ["lda"]},
]
# Looks that have no say in the table.
LESS = {
    "models": MODELS,
    "overfitting": {"classifiers": ["lda"], "shuffles": 1},
    "split_comparison": {"random": None, "by_recording": None},
}
TABLES = Path("results/tables")


def main(root: Path) -> None:
    """Run everything and write the figures."""
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        roots = {"ccnu_mobile": root, "folder": in_folders(root, Path(folder) / "phones")}
        for preset, own in roots.items():
            for with_copies in (False, True):
                run_pipeline(preset, own, with_copies, Path(folder) / "differences.yaml")
                rows += [{"preset": preset, "copies": with_copies, **row} for row in asked()]
    table = pd.DataFrame(rows)
    table.to_csv("results/augment.csv", index=False)
    print(table.to_string())


def in_folders(root: Path, target: Path) -> Path:
    """Links `<device>/<content>.wav` to the recordings `<device>_<content>.wav`."""
    for path in root.glob("*.wav"):
        device, _, content = path.stem.rpartition("_")
        (target / device).mkdir(parents=True, exist_ok=True)
        (target / device / f"{content}.wav").symlink_to(path.absolute())
    return target


def run_pipeline(preset: str, root: Path, with_copies: bool, differences: Path) -> None:
    """Run a preset on a corpus."""
    own = {**LESS, "corpus": {"root": str(root)}, "augment": {"enabled": with_copies}}
    differences.write_text(yaml.safe_dump(own))
    words = ["snakemake", "-j2", "all", "--until", "publish", "--configfile", "params.yaml"]
    words += [f"workflow/presets/{preset}.yaml", str(differences)]
    subprocess.run(words, check=True, capture_output=True)


def asked() -> list[dict[str, Any]]:
    """What became of the chosen model, as recorded and by each way."""
    models = pd.read_csv(TABLES / "models.csv")
    chosen = models[models["chosen"]].assign(way="as recorded", chain="")
    ways = pd.read_csv(TABLES / "ways.csv", keep_default_na=False)
    table = pd.concat([chosen, ways]).assign(model=chosen["model"].iloc[0])
    ends = ("", "_low", "_high")
    columns = [f"{name}{end}" for name in ("accuracy", "recording_accuracy") for end in ends]
    return table[["model", "way", "chain", "n_recordings", *columns]].to_dict("records")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: python benchmarks/augment.py ROOT")
    main(Path(sys.argv[1]))
