"""What a person gets who enrols 30 phones and asks by messenger and telephone: by `micfp` itself.

    python benchmarks/casework.py [--corpus data/ccnu_mobile] [--sitting any]

Enrols 20 of the 30 phones of CCNU_Mobile in turn (three parts, drawn by a seed) by utterances 1 to
3, and asks about utterance 4 of all 30, as it is and as each condition leaves it: `micfp enroll`
and `micfp identify --json`, default settings. Files of a condition have the samples and the rate
that reading a really encoded file gives (`micfp.degrade`). Writes `results/casework.csv`, a row for
each question. All recordings are of one sitting, and all phones play the same sentences.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from micfp import audio
from micfp.bench.draws import generator
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.degrade import Sound, degrade
from micfp.degrade.registry import DEGRADATIONS

SEED = 17
PARTS = 3
OF_PRESET = ("mp3-64", "aac-64", "opus-24", "street-10", "g711-mu", "gsm", "amr-12.2")
PRESET = Path("workflow/presets/robustness.yaml")
COMMAND = [sys.executable, "-c", "import micfp.cli; micfp.cli.main()"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    parser.add_argument("--sitting", default="any")
    given = parser.parse_args()
    config = CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=given.corpus)
    table = read_corpus(config)
    devices = np.array(sorted(table["device"].unique()))
    parts = np.array_split(np.random.default_rng(SEED).permutation(devices), PARTS)
    rows: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as folder:
        questions = written(table[table["content"] == "4"], Path(folder))
        for number, strangers in enumerate(parts):
            case = Path(folder) / f"{number}.micfp"
            for device in np.setdiff1d(devices, strangers):
                known = table[(table["device"] == device) & (table["content"] != "4")]
                run("enroll", device, *known["path"], "--case", case)
            for condition, files in questions.items():
                asked = ["--case", case, "--sitting", given.sitting, "--json", *files]
                for line in run("identify", *asked).splitlines():
                    rows.append(row_of(json.loads(line), condition, number, strangers, files))
    found = pd.DataFrame(rows)
    Path("results").mkdir(exist_ok=True)
    found.to_csv("results/casework.csv", index=False)
    print(summary(found).to_string())


def written(table: pd.DataFrame, folder: Path) -> dict[str, dict[str, str]]:
    """Files of each condition, and whose they are."""
    preset = yaml.safe_load(PRESET.read_text())["robustness"]["conditions"]
    chains: dict[str, list[Any]] = {"clean": []}
    chains |= {name: preset[name]["chain"] for name in OF_PRESET}
    chains["opus-16"] = [{"kind": "opus", "kbit_s": 16}]
    found: dict[str, dict[str, str]] = {}
    for condition, sections in chains.items():
        chain = [DEGRADATIONS[one["kind"]].section.model_validate(one) for one in sections]
        found[condition] = {}
        for path, device in zip(table["path"], table["device"], strict=True):
            samples, rate_hz = audio.read(path, channel=0)
            rng = generator(SEED, "casework", condition, Path(path).name)
            sound = degrade(Sound(samples, rate_hz), chain, rng)
            out = folder / f"{condition}-{Path(path).stem}.wav"
            audio.write_wav(out, sound.samples, sound.rate_hz)
            found[condition][str(out)] = device
    return found


def run(*command: object) -> str:
    """What a command prints; a refusal (status 3) is an answer."""
    done = subprocess.run(
        [*COMMAND, *map(str, command)],
        capture_output=True,
        text=True,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
    )
    if done.returncode not in (0, 3):
        raise SystemExit(done.stderr)
    return done.stdout


def row_of(
    said: dict[str, Any], condition: str, part: int, strangers: np.ndarray, files: dict[str, str]
) -> dict[str, Any]:
    device = files[said["path"]]
    stranger = device in strangers
    own = [one["log10_lr"] for one in said["ranking"] if one["device"] == device]
    return {
        "condition": condition,
        "part": part,
        "device": device,
        "stranger": stranger,
        "answer": said["answer"],
        "refused": said["refused"],
        "none_of_these": said["none_of_these"],
        "own_log10_lr": own[0] if own else None,
        "best": said["ranking"][0]["device"] if said["ranking"] else None,
    }


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """Shares of questions by condition."""
    known, strangers = found[~found["stranger"]], found[found["stranger"]]
    right = (found["answer"] == found["device"]) | (found["stranger"] & found["answer"].isna())

    def shares(of: pd.Series) -> pd.Series:
        return of.groupby(found["condition"], sort=False).mean().round(3)

    return pd.DataFrame(
        {
            "known: right": shares(known["answer"] == known["device"]),
            "known: no answer": shares(known["answer"].isna()),
            "best is right": shares(known["best"] == known["device"]),
            "strangers: none or refused": shares(strangers["answer"].isna()),
            "all: right": shares(right),
            "all: wrong device": shares(
                found["answer"].notna() & (found["answer"] != found["device"])
            ),
            "refused": shares(found["refused"].notna()),
        }
    )


if __name__ == "__main__":
    main()
