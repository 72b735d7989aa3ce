"""The model that micfp brings, blended with a few real phones, on the others of the 30.

    python benchmarks/fingerprint_blend.py MODEL [--corpus data/ccnu_mobile] [--phones 5 10 20]

Five draws (seeded) of so many phones; tested are all others. For each pair of utterances the phones
lend the two that are not in it: nothing has heard what is compared. Pieces of 1 and 3 s in which
0.4 s are heard, one condition on both sides, scored as of one sitting, as of
`fingerprint_phones.py`. Writes `results/fingerprint_blend.csv`, the mean over draws.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from fingerprint_phones import LEAST_ACTIVE_S, LENGTHS_S, SEED, Heard, listen
from tables import SIX_CONDITIONS

from micfp import audio
from micfp.bench.draws import generator
from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.evaluation.verification import verification
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.embedding.model_file import load_model
from micfp.fingerprint.embedding.spectra import band_spectra
from micfp.fingerprint.embedding.training import (
    TrainingPieces,
    fit_covariances,
    joined,
    training_pieces,
)

N_DRAWS = 5
SHARE, KAPPA = 0.5, 0.2


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("model", type=Path)
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    parser.add_argument("--phones", type=int, nargs="+", default=[5, 10, 20])
    parser.add_argument("--processes", type=int, default=2)
    given = parser.parse_args()
    model = load_model(given.model).model
    config = CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=given.corpus)
    table = read_corpus(config)
    devices = sorted(set(table["device"]))
    number = {name: k for k, name in enumerate(devices)}
    of = [number[name] for name in table["device"]]
    with ProcessPoolExecutor(given.processes) as pool:
        heard = list(pool.map(partial(listen, model.content), table["path"], chunksize=2))
        lent = list(
            pool.map(partial(lend, model.content), table["path"], of, range(len(of)), chunksize=2)
        )
        draws = [(n, draw) for n in given.phones for draw in range(N_DRAWS)]
        work = partial(judged, model, heard, lent, np.array(of), table["content"].to_numpy())
        rows = [row for found in pool.map(work, draws) for row in found]
    Path("results").mkdir(exist_ok=True)
    each = pd.DataFrame(rows)
    means = each.groupby(["phones", "test_s", "condition"], sort=False)["eer"].agg(["mean", "std"])
    six = each.groupby(["phones", "test_s"])["eer"].mean().rename("mean of six")
    print(means.unstack("condition").round(4).to_string())
    print(six.round(4).to_string())
    means.reset_index().to_csv("results/fingerprint_blend.csv", index=False)


def lend(content: ContentModel, path: str, device: int, recording: int) -> TrainingPieces:
    """What a recording teaches."""
    samples, rate_hz = audio.read(path, channel=0)
    rng = generator(SEED, "fingerprint blend", Path(path).name)
    return training_pieces(band_spectra(samples, rate_hz), content, device, recording, rng)


def judged(
    model: FingerprintModel,
    heard: list[dict[str, Heard]],
    lent: list[TrainingPieces],
    device: Any,
    content: Any,
    draw: tuple[int, int],
) -> list[dict[str, Any]]:
    """Equal error rates of the phones that a draw leaves, for each condition and length."""
    n_phones, number = draw
    rng = generator(SEED, "fingerprint blend", "draw", str(n_phones), str(number))
    inside = np.isin(device, rng.permutation(device.max() + 1)[:n_phones])
    found: dict[tuple[str, float], list[tuple[Any, Any]]] = {}
    for pair in combinations(sorted(set(content)), 2):
        teaches = np.flatnonzero(inside & ~np.isin(content, pair))
        own = fit_covariances(joined([lent[k] for k in teaches]))
        blend = model.blended(own, SHARE, KAPPA)
        for known, asked in (pair, pair[::-1]):
            references = np.flatnonzero(~inside & (content == known))
            tests = np.flatnonzero(~inside & (content == asked))
            for condition in SIX_CONDITIONS:
                for length_s in LENGTHS_S:
                    found.setdefault((condition, length_s), []).append(
                        scored(blend, heard, device, references, tests, condition, length_s)
                    )
    rows = []
    for (condition, length_s), parts in found.items():
        same, other = (np.concatenate([part[k] for part in parts]) for k in (0, 1))
        row = {"phones": n_phones, "draw": number, "test_s": length_s, "condition": condition}
        rows.append(row | vars(verification(same, other)))
    return rows


def scored(
    model: FingerprintModel,
    heard: list[dict[str, Heard]],
    device: Any,
    references: Any,
    tests: Any,
    condition: str,
    length_s: float,
) -> tuple[Any, Any]:
    """Scores of same and of different phones."""
    known = [heard[k][condition].whole for k in references]
    asked = [(k, part) for k in tests for part in heard[k][condition].parts[length_s]]
    asked = [(k, part) for k, part in asked if part.active_s >= LEAST_ACTIVE_S]
    scores = model.scores(known, [part for _, part in asked], "same")
    same = device[references][:, None] == device[[k for k, _ in asked]]
    return scores[same], scores[~same]


if __name__ == "__main__":
    main()
