"""A fingerprint model that heard no real phone, on the 30 phones of CCNU_Mobile.

    python benchmarks/fingerprint_phones.py MODEL [--corpus data/ccnu_mobile] [--processes 2]

Each phone is enrolled with one whole utterance; tests are pieces of 1 and of 3 s of the other
three, so that no content is on both sides. One condition of workflow/presets/robustness.yaml is on
both sides, or the enrolment is clean. Each phone has one session, so all is scored as of one
sitting. A recording counts where 0.4 s of it are heard, as reference and as test: nothing is known
by a pause. The figures of all stand beside. Chosen on 15 phones, judged on the other 15
(docs/design/fingerprint.md). Writes `results/fingerprint_phones.csv`, of which `tables.py
fingerprint_phones` makes a table.
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
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
from micfp.evaluation.verification import verification
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import (
    Fingerprint,
    fingerprint,
    pieces,
    range_of,
)
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import load_model
from micfp.fingerprint.embedding.spectra import band_spectra

PRESET = Path("workflow/presets/robustness.yaml")
CONDITIONS = (
    *("clean", "mp3-64", "opus-24", "street-20", "street-10"),
    *("pcm-8k", "gsm", "amr-12.2", "reduced"),
)
LENGTHS_S = (1.0, 3.0)
LEAST_ACTIVE_S = 0.4
SEED = 16


@dataclass(frozen=True)
class Heard:
    """Fingerprints of one utterance under one condition."""

    whole: Fingerprint
    parts: dict[float, list[Fingerprint]]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    model = load_model(given.model).model
    config = CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=given.corpus)
    table = read_corpus(config)
    with ProcessPoolExecutor(given.processes) as pool:
        heard = list(pool.map(partial(listen, model.content), table["path"], chunksize=2))
    rows = []
    for condition in CONDITIONS:
        for enrolled in dict.fromkeys((condition, "clean")):
            rows += judged(model, heard, table, condition, enrolled)
            print(pd.DataFrame(rows[-8:]).to_string(index=False, header=len(rows) == 8), flush=True)
    Path("results").mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv("results/fingerprint_phones.csv", index=False)


def listen(content: ContentModel, path: str) -> dict[str, Heard]:
    """A recording under every condition, as its fingerprints."""
    chains = yaml.safe_load(PRESET.read_text())["robustness"]["conditions"]
    samples, rate_hz = audio.read(path, channel=0)
    found = {}
    for condition in CONDITIONS:
        sections = chains[condition]["chain"] if condition != "clean" else []
        chain = [DEGRADATIONS[one["kind"]].section.model_validate(one) for one in sections]
        rng = generator(SEED, "fingerprint phones", condition, Path(path).name)
        sound = degrade(Sound(samples, rate_hz), chain, rng)
        spectra = band_spectra(sound.samples, sound.rate_hz)
        of_whole = range_of(spectra)
        parts = {
            length_s: [fingerprint(part, content, of_whole) for part in pieces(spectra, length_s)]
            for length_s in LENGTHS_S
        }
        found[condition] = Heard(fingerprint(spectra, content), parts)
    return found


def judged(
    model: FingerprintModel,
    heard: Sequence[dict[str, Heard]],
    table: pd.DataFrame,
    condition: str,
    enrolled: str,
) -> list[dict[str, Any]]:
    """Figures of each part of the phones, and of each length."""
    device, content = table["device"].to_numpy(), table["content"].to_numpy()
    references = [one[enrolled].whole for one in heard]
    usable = np.array([one.active_s >= LEAST_ACTIVE_S for one in references])
    rows = []
    for length_s in LENGTHS_S:
        tests = [part for one in heard for part in one[condition].parts[length_s]]
        of = np.repeat(np.arange(len(heard)), [len(h[condition].parts[length_s]) for h in heard])
        heard_tests = np.array([one.active_s >= LEAST_ACTIVE_S for one in tests])
        active = usable[:, None] & heard_tests
        scores = model.scores(references, tests, "same")
        pairs = content[:, None] != content[of]
        same = device[:, None] == device[of]
        for name, phones in parts_of(sorted(set(device))).items():
            inside = np.isin(device, phones)
            counted = pairs & inside[:, None] & inside[of]
            row = {"condition": condition, "enrolled": enrolled, "test_s": length_s, "phones": name}
            found = verification(*_split(scores, same, counted & active))
            every = verification(*_split(scores, same, counted))
            left_out = 1 - float(active[counted].mean())
            rows.append(row | vars(found) | {"eer_of_all_pieces": every.eer, "left_out": left_out})
    return rows


def _split(scores: Any, same: Any, counted: Any) -> tuple[Any, Any]:
    return scores[same & counted], scores[~same & counted]


def parts_of(devices: list[str]) -> dict[str, list[str]]:
    """Phones that chose, that judge, all, and all but the nearly silent one."""
    order = np.random.default_rng(SEED).permutation(len(devices))
    chosen = [devices[k] for k in sorted(order[: len(devices) // 2])]
    return {
        "chosen on": chosen,
        "judged on": [one for one in devices if one not in chosen],
        "all": devices,
        "all but Vivo X7": [one for one in devices if one.lower() != "vivo x7"],
    }


if __name__ == "__main__":
    main()
