"""Closed-set models of real speech asked about synthetic voices by the same phones; the reverse.

    python benchmarks/synthetic_closed.py [--speech data/speech]

12 of the virtual phones of `synthetic.py`, two sessions each: the pipeline (`snakemake all`, preset
`folder.yaml`, without degraded copies) learns from three recordings of each session, and is asked
about the fourth. Writes `results/synthetic_closed.csv`; what it computes is kept below
`results/synthetic_closed`.
"""

import argparse
import csv
import subprocess
import sys
from pathlib import Path

import pandas as pd
import yaml
from synthetic import ASKED, KINDS, SEED, population

from micfp.audio import write_wav
from micfp.bench.population import render, takes
from micfp.config.audio import CorpusConfig
from micfp.fingerprint.evaluate import evaluate_corpus
from micfp.fingerprint.model import load_model
from micfp.progress import progress
from micfp.project.writing import write_project

N_DEVICES = 12
WORK = Path("results/synthetic_closed").resolve()
PRESET = "workflow/presets/folder.yaml"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speech", type=Path, default=Path("data/speech"))
    given = parser.parse_args()
    for kind in KINDS:
        write(kind, given.speech.resolve())
    rows = []
    for trained in KINDS:
        model = load_model(fitted(trained))
        for asked in KINDS:
            file = WORK / f"{asked}-asked.csv"
            found = evaluate_corpus(model, CorpusConfig(name=asked, reader="manifest", root=file))
            record = found.as_record()
            rows.append(
                {
                    "trained": trained,
                    "asked": asked,
                    "model": record["model"],
                    "recordings": record["n_recordings"],
                    "accuracy": record["recording_accuracy"],
                    "segments": record["accuracy"],
                    "outside": len(found.outside) / record["n_recordings"],
                }
            )
    table = pd.DataFrame(rows)
    table.to_csv("results/synthetic_closed.csv", index=False)
    print(table.round(3).to_string(index=False))


def write(kind: str, speech: Path) -> None:
    """Recordings of a kind, and a CSV each of those that train and those that are asked about."""
    config = population(kind, speech, n_devices=N_DEVICES)
    chosen = takes(config, SEED)
    sounds = progress(render(config, SEED, chosen), len(chosen), f"writing, {kind}")
    rows: dict[str, list[tuple[str, ...]]] = {"train": [], "asked": []}
    for take, (samples, rate_hz) in zip(chosen, sounds, strict=True):
        path = Path(kind) / f"{take.device}-{take.session}-{take.slot}.wav"
        (WORK / path).parent.mkdir(parents=True, exist_ok=True)
        write_wav(WORK / path, samples, rate_hz)
        part = "asked" if take.slot == ASKED else "train"
        rows[part].append((str(path), f"phone {take.device}", f"day {take.session}", take.speaker))
    for part, own in rows.items():
        with (WORK / f"{kind}-{part}.csv").open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([("path", "device", "session", "content"), *own])


def fitted(kind: str) -> Path:
    """Run the pipeline on the recordings of a kind; the folder of its default model."""
    project = WORK / f"model of {kind}"
    if not project.exists():
        write_project(project)
    differences = {
        "corpus": {"name": kind, "reader": "manifest", "root": str(WORK / f"{kind}-train.csv")},
        "augment": {"enabled": False},
        "ways": {"enabled": False},
        "split": {"kind": "by_recording", "folds": 3},
        "split_comparison": {"by_content": None},
        "selection": {"kind": "by_recording", "folds": 3},
    }
    (project / "own.yaml").write_text(yaml.safe_dump(differences), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "-j2", "all", "--configfile", "params.yaml"]
    subprocess.run([*command, PRESET, "own.yaml"], cwd=project, check=True)
    return project / "results" / "models" / "default"


if __name__ == "__main__":
    main()
