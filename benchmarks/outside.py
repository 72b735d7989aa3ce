"""Which recordings a classifier calls outside of what it learned, on thirty real phones.

    python benchmarks/outside.py ROOT [FEATURES ...]

ROOT holds the public sample of CCNU_Mobile. For each feature set of the preset (`ltas` and `thesis`
without any named) and each utterance that is held out, the limit is set on folds of the other
three, as step `calibrate` sets it. Asked are the held-out utterance as it is (what lies outside is
a false alarm), its first second, and copies of it; and that of ten phones that were left out, in
turns, so that the other twenty are known. Rates and codecs of files are not looked at: others than
those of training are outside by themselves. Writes `results/outside.csv`. Two minutes.
"""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from micfp.audio import read
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.degrade import Sound, degrade
from micfp.degrade.registry import DEGRADATIONS
from micfp.evidence.novelty import fit_limit, fit_space
from micfp.features import FeatureSet, extract
from micfp.plan.params import load_params
from micfp.recordings.splits import Fold

PARAMS = [Path("params.yaml"), Path("workflow/presets/ccnu_mobile.yaml")]
COPIES: dict[str, list[dict[str, Any]]] = {
    "mp3-64": [{"kind": "mp3", "kbit_s": 64}],
    "aac-64": [{"kind": "aac", "kbit_s": 64}],
    "opus-24": [{"kind": "opus", "kbit_s": 24}],
    "g711-a": [{"kind": "telephone"}, {"kind": "g711", "law": "a"}],
    "gsm": [{"kind": "telephone"}, {"kind": "gsm"}],
}
UTTERANCES = ("1", "2", "3", "4")
N_GROUPS = 3  # of ten phones, left out in turns


@dataclass(frozen=True)
class Segments:
    """Features of segments of 1 s, (n, p), with their phones, utterances and recordings, (n,)."""

    X: NDArray[np.float64]
    device: NDArray[np.str_]
    utterance: NDArray[np.str_]
    recording: NDArray[np.str_]

    def at(self, rows: NDArray[np.bool_]) -> "Segments":
        return Segments(*(array[rows] for array in vars(self).values()))


def main(root: Path, names: list[str]) -> None:
    table = read_corpus(CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=root))
    params = load_params(PARAMS)
    rows = []
    for name in names:
        settings = params.features[name]
        clean = segments_of(table, settings, [])
        copies = {one: segments_of(table, settings, chain) for one, chain in COPIES.items()}
        for held_out in UTTERANCES:
            row = {"features": name, "held out": held_out} | shares(clean, copies, held_out)
            rows.append(row)
            print({k: v if isinstance(v, str) else round(v, 2) for k, v in row.items()}, flush=True)
    Path("results").mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv("results/outside.csv", index=False)


def segments_of(table: pd.DataFrame, settings: FeatureSet, chain: list[dict[str, Any]]) -> Segments:
    """Segments of every recording, after a chain of degradations."""
    sections = [DEGRADATIONS[one["kind"]].section.model_validate(one) for one in chain]
    found, labels = [], []
    for path, device, utterance in zip(
        table["path"], table["device"], table["content"], strict=True
    ):
        sound = degrade(Sound(*read(path)), sections, np.random.default_rng(0))
        n = sound.rate_hz
        for start in range(0, len(sound.samples) - n + 1, n):
            found.append(extract(sound.samples[start : start + n], n, settings))
            labels.append((device, utterance, path))
    device, utterance, recording = (np.array(one, str) for one in zip(*labels, strict=True))
    return Segments(np.array(found, np.float64), device, utterance, recording)


def shares(clean: Segments, copies: dict[str, Segments], held_out: str) -> dict[str, float]:
    """Shares of recordings that lie outside, by what was done to them."""
    asked = {
        "clean": clean.at(clean.utterance == held_out),
        "clean, 1 s": first_second(clean.at(clean.utterance == held_out)),
        **{name: one.at(one.utterance == held_out) for name, one in copies.items()},
    }
    learned = clean.at(clean.utterance != held_out)
    found = {name: outside(learned, one) for name, one in asked.items()}
    phones = np.unique(clean.device)
    unseen = [
        outside(
            learned.at(~np.isin(learned.device, phones[group::N_GROUPS])),
            asked["clean"].at(np.isin(asked["clean"].device, phones[group::N_GROUPS])),
        )
        for group in range(N_GROUPS)
    ]
    return found | {"other phones": float(np.mean(unseen))}


def first_second(segments: Segments) -> Segments:
    _, first = np.unique(segments.recording, return_index=True)
    return segments.at(np.isin(np.arange(len(segments.X)), first))


def outside(learned: Segments, asked: Segments) -> float:
    """Share of recordings outside of what was learned, with a limit from folds by utterance."""
    folds = [
        Fold(np.flatnonzero(learned.utterance != own), np.flatnonzero(learned.utterance == own))
        for own in np.unique(learned.utterance)
    ]
    space = fit_space(learned.X, learned.device)
    limit = fit_limit(space, learned.X, learned.device, learned.recording, folds)
    why = [
        limit.why_outside(space, asked.X[asked.recording == name])
        for name in np.unique(asked.recording)
    ]
    return float(np.mean([sentence is not None for sentence in why]))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python benchmarks/outside.py ROOT [FEATURES ...]")
    main(Path(sys.argv[1]), sys.argv[2:] or ["ltas", "thesis"])
