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
    model_of = dict(zip(table["device"], table["model"], strict=True))
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
                    said = json.loads(line)
                    rows.append(row_of(said, condition, number, strangers, files, model_of))
    found = pd.DataFrame(rows)
    Path("results").mkdir(exist_ok=True)
    found.to_csv("results/casework.csv", index=False)
    shares = {
        "the very device": found["answer"] == found["device"],
        "its model": found["right_model"],
        "no device": found["answer"].isna(),
    }
    by = [found["condition"], found["stranger"]]
    print(pd.DataFrame({k: v.groupby(by, sort=False).mean() for k, v in shares.items()}).round(3))


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
    said: dict[str, Any],
    condition: str,
    part: int,
    strangers: np.ndarray,
    files: dict[str, str],
    model_of: dict[str, str],
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
        "right_model": said["answer"] is not None and model_of[said["answer"]] == model_of[device],
        "refused": said["refused"],
        "none_of_these": said["none_of_these"],
        "own_log10_lr": own[0] if own else None,
        "best": said["ranking"][0]["device"] if said["ranking"] else None,
    }


if __name__ == "__main__":
    main()
