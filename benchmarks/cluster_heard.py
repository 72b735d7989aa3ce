"""What `benchmarks/cluster.py` hears of the real phones: kept, since it takes minutes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from micfp import audio
from micfp.bench.draws import generator
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.degrade import Sound, degrade
from micfp.degrade.registry import DEGRADATIONS
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.embedding.training import TrainingPieces, joined, training_pieces
from micfp.fingerprint.quality import quality, refusal
from micfp.progress import progress
from micfp.studies.fingerprint.rendering import read_arrays, stacked, unstacked

SEED = 18


@dataclass(frozen=True)
class Phones:
    """Recordings of real phones under conditions, and what they teach.

    Attributes
    ----------
    names
        Of the devices, sorted.
    device, content
        (n,) numbers of device and of what is said.
    heard
        By condition, n fingerprints.
    refused
        By condition, (n,) whether quality refuses it.
    taught
        Pieces; `recordings` are numbers 0 to n - 1.
    """

    names: list[str]
    device: np.ndarray
    content: np.ndarray
    heard: dict[str, tuple[Fingerprint, ...]]
    refused: dict[str, np.ndarray]
    taught: TrainingPieces


def chains(noise: Path) -> dict[str, list[Any]]:
    """Chains by the name of a condition, as in workflow/presets/robustness.yaml."""
    recorded = {"colour": "recorded", "recordings_from": str(noise)}
    sections: dict[str, list[dict[str, Any]]] = {
        "clean": [],
        "mp3-64": [{"kind": "mp3", "kbit_s": 64}],
        "opus-24": [{"kind": "opus", "kbit_s": 24}],
        "street-10": [{"kind": "noise", **recorded, "snr_db": 10}],
    }
    return {
        name: [DEGRADATIONS[one["kind"]].section.model_validate(one) for one in chain]
        for name, chain in sections.items()
    }


def phones(corpus: Path, noise: Path, model: FingerprintModel, kept: Path) -> Phones:
    """Listen to every phone under every condition, or read what was kept of it."""
    config = CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=corpus)
    table = read_corpus(config).sort_values(["device", "content"])
    names = sorted(table["device"].unique())
    kept.mkdir(parents=True, exist_ok=True)
    by_name = chains(noise)
    rows = table[["path", "device"]].to_numpy(str).tolist()
    found = []
    for number, (path, _) in enumerate(progress(rows, len(rows), "listening")):
        file = kept / f"{Path(path).stem}.npz"
        if not file.exists():
            np.savez(file, allow_pickle=False, **_listen(Path(path), number, by_name, model))
        found.append(read_arrays(file))
    heard = list(zip(*(unstacked(one) for one in found), strict=True))
    refused = np.array([one["refused"] for one in found]).T
    return Phones(
        names,
        pd.Index(names).get_indexer(table["device"]),
        np.unique(table["content"].to_numpy(str), return_inverse=True)[1],
        dict(zip(by_name, heard, strict=True)),
        dict(zip(by_name, refused, strict=True)),
        joined([_taught(one) for one in found]),
    )


def _listen(
    path: Path, number: int, by_name: dict[str, Any], model: FingerprintModel
) -> dict[str, np.ndarray]:
    sound = Sound(*audio.read(path, channel=0))
    found, refused = [], []
    for condition, chain in by_name.items():
        heard = degrade(sound, chain, generator(SEED, "cluster", condition, path.name))
        spectra = band_spectra(heard.samples, heard.rate_hz)
        found.append(fingerprint(spectra, model.content))
        refused.append(refusal(quality(heard.samples, heard.rate_hz, spectra)) is not None)
    spectra = band_spectra(sound.samples, sound.rate_hz)
    rng = generator(SEED, "cluster copies", path.name)
    taught = vars(training_pieces(spectra, model.content, 0, number, rng))
    pieces = {f"taught_{name}": value for name, value in taught.items()}
    return stacked(found) | {"refused": np.array(refused)} | pieces


def _taught(arrays: dict[str, np.ndarray]) -> TrainingPieces:
    names = ("vectors", "devices", "recordings", "copies", "active_s")
    return TrainingPieces(*(arrays[f"taught_{name}"] for name in names))
