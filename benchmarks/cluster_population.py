"""How well `micfp cluster` groups virtual phones on different days: by others, elsewhere.

    python benchmarks/cluster_population.py [--speech data/speech] [--noise data/noise] [--choose]

60 virtual phones that no training had, with speakers that none heard: 20 or more with one
recording, the others with two to four, each in another room and by another speaker; drawn twelve
times of what is rendered once. `--choose`: other 60, and what thresholds give on them.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from cluster import DEFAULT, DRAWS, MIXED, MOST, SEED, SINGLES, THRESHOLDS, lr_matrix
from cluster_heard import chains
from sklearn.metrics import adjusted_rand_score

from micfp.bench.draws import generator
from micfp.bench.population import render, takes
from micfp.casework.cluster.linkage import cut, tree
from micfp.config.population import PopulationConfig
from micfp.degrade import Sound, degrade
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.quality import quality, refusal
from micfp.fingerprint.weighed.every_pair import PairBlock
from micfp.fingerprint.weighed.weighing import load_weighing
from micfp.progress import progress

N_DEVICES = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--speech", type=Path, default=Path("data/speech"))
    parser.add_argument("--noise", type=Path, default=Path("data/noise"))
    parser.add_argument("--choose", action="store_true")
    given = parser.parse_args()
    name = "cluster choose" if given.choose else "cluster judge"
    heard = listen(name, given.speech, given.noise)
    device = np.repeat(np.arange(N_DEVICES), MOST)
    thresholds = THRESHOLDS if given.choose else np.array([DEFAULT])
    rows = []
    for sitting in ("other", "any"):
        weighing = load_weighing(sitting)
        for condition in ("clean", MIXED):
            usable = [k for k, one in enumerate(heard[condition]) if one is not None]
            matrix = lr_matrix([heard[condition][k] for k in usable], weighing)
            place = {k: row for row, k in enumerate(usable)}
            for draw in range(DRAWS):
                chosen = drawn(draw)
                kept = [k for k in chosen if k in place]
                rows_of = [place[k] for k in kept]
                own = np.arange(len(kept))
                block = PairBlock(own, own, matrix[np.ix_(rows_of, rows_of)])
                merges = tree(len(kept), [block])
                for threshold in thresholds:
                    group = cut(merges, threshold)
                    rows.append(
                        {
                            "sitting": sitting,
                            "condition": condition,
                            "threshold": round(float(threshold), 2),
                            "recordings": len(chosen),
                            "undecided": 1 - len(kept) / len(chosen),
                            "devices": len(np.unique(device[kept])),
                            "found": len(np.unique(group)),
                            "ari": adjusted_rand_score(device[kept], group),
                        }
                    )
    by = ["sitting", "condition", "threshold"]
    mean = pd.DataFrame(rows).groupby(by, sort=False).mean()
    print(mean.round(3).to_string())


def listen(name: str, speech: Path, noise: Path) -> dict[str, list[Fingerprint | None]]:
    """One recording in each of four sessions of every phone; None: quality refuses it."""
    config = PopulationConfig(
        name=name,
        n_devices=N_DEVICES,
        sessions=MOST,
        speakers=1,
        sessions_with_same_speakers=1,
        take_s=10.0,
        speech_from=speech,
        speaker_part=(1, 2),
    )
    content = load_weighing("any").loaded.model.content
    every = list(chains(noise).values())
    found: dict[str, list[Fingerprint | None]] = {"clean": [], MIXED: []}
    chosen = takes(config, SEED)
    for take, (samples, rate_hz) in zip(
        progress(chosen, len(chosen), "rendering"), render(config, SEED, chosen), strict=True
    ):
        rng = generator(SEED, name, str(take.device), str(take.session))
        sound = Sound(samples, rate_hz)
        mixed = degrade(sound, every[int(rng.integers(len(every)))], rng)
        for condition, one in (("clean", sound), (MIXED, mixed)):
            spectra = band_spectra(one.samples, one.rate_hz)
            refused = refusal(quality(one.samples, one.rate_hz, spectra))
            found[condition].append(None if refused else fingerprint(spectra, content))
    return found


def drawn(draw: int) -> list[int]:
    """Recordings of a draw."""
    rng = np.random.default_rng([SEED, draw])
    rows: list[int] = []
    for place, device in enumerate(rng.permutation(N_DEVICES)):
        n = 1 if place < SINGLES * N_DEVICES else int(rng.integers(1, MOST + 1))
        rows += (MOST * device + rng.permutation(MOST)[:n]).tolist()
    return rows


if __name__ == "__main__":
    main()
