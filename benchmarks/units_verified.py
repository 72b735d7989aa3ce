"""What an LR says of two units of one model, beside one phone and two models: by `micfp.verify`.

    python benchmarks/units_verified.py [--corpus data/ccnu_mobile]

CCNU_Mobile has units of four models (iPhone 6, iPhone 6S, Honor 8, Mi 8 SE). Every two recordings
of different utterances are compared: by one phone, by two units of one model, by phones of two
models; the last with as many pairs as the second, drawn by a seed. Writes
`results/units_verified.csv`, a row a pair. All recordings are of one sitting, which is asked as
`same` and as `any`.
"""

import argparse
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd

from micfp.config.audio import CorpusConfig
from micfp.corpora import read_corpus
from micfp.fingerprint.weighed.listening import Heard, listen_each
from micfp.fingerprint.weighed.verify import verified
from micfp.fingerprint.weighed.weighing import SHIPPED_CALIBRATION, load_weighing

SEED = 19
SITTINGS = ("same", "any")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    given = parser.parse_args()
    table = read_corpus(
        CorpusConfig(name="ccnu_mobile", reader="ccnu_mobile", root=given.corpus)
    ).reset_index(drop=True)
    paths = [Path(path) for path in table["path"]]
    rows = []
    for sitting in SITTINGS:
        weighing = load_weighing(sitting, calibration=SHIPPED_CALIBRATION)
        model, pitch = weighing.loaded.model, weighing.asks_pitch
        heard = [
            one if isinstance(one, Heard) else None
            for one in listen_each(paths, model, "mean", None, pitch=pitch)
        ]
        for kind, pairs in pairs_of(table).items():
            for a, b in pairs:
                first, second = heard[a], heard[b]
                found = None
                if first is not None and second is not None:
                    found = verified(first, second, weighing).log10_lr
                rows.append(
                    {"pair": kind, "sitting": sitting, "a": paths[a].name, "b": paths[b].name}
                    | {"log10_lr": found}
                )
    Path("results").mkdir(exist_ok=True)
    pd.DataFrame(rows).to_csv("results/units_verified.csv", index=False)
    print("results/units_verified.csv")


def pairs_of(table: pd.DataFrame) -> dict[str, list[tuple[int, int]]]:
    """Rows of every two recordings of different utterances."""
    device, model, content = (table[name].to_numpy(str) for name in ("device", "model", "content"))
    found: dict[str, list[tuple[int, int]]] = {"one phone": [], "two units": [], "two models": []}
    for a, b in combinations(range(len(table)), 2):
        if content[a] == content[b]:
            continue
        if device[a] == device[b]:
            found["one phone"].append((a, b))
        else:
            found["two units" if model[a] == model[b] else "two models"].append((a, b))
    rng = np.random.default_rng(SEED)
    many = found["two models"]
    chosen = rng.choice(len(many), len(found["two units"]), replace=False)
    found["two models"] = [many[k] for k in sorted(chosen)]
    return found


if __name__ == "__main__":
    main()
