"""How often `micfp compare` calls a phone different from itself, and others different.

    python benchmarks/compare.py [--corpus data/ccnu_mobile] [--noise data/noise]

The 30 phones of CCNU_Mobile, one sitting: two utterances against the two others, and one against
another; then each phone against the next one, with other utterances. The 15 phones that choose
(docs/design/fingerprint.md) chose `OTHER_WORDS`, and the others judge. What is heard is kept in
`--kept`, as of benchmarks/cluster.py.
"""

import argparse
from collections.abc import Iterator
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from cluster import CHOOSING
from cluster_heard import Phones, phones

from micfp.casework.compare.comparison import LEAST_PIECES, compared
from micfp.fingerprint.embedding.model_file import SHIPPED, load_model

LEAST_ACTIVE_S = 0.4
CONTENT = 1


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--corpus", type=Path, default=Path("data/ccnu_mobile"))
    parser.add_argument("--noise", type=Path, default=Path("data/noise"))
    parser.add_argument("--kept", type=Path, default=Path("work/benchmark_cluster"))
    given = parser.parse_args()
    model = load_model(SHIPPED).model
    found = phones(given.corpus, given.noise, model, given.kept)
    judging = np.setdiff1d(np.arange(len(found.names)), CHOOSING)
    rng = np.random.default_rng(18)
    rows = []
    for part, chosen in (("choosing", CHOOSING), ("judging", judging)):
        for kind, a, b in cases(chosen):
            first, second = (pieces(found, *side) for side in (a, b))
            if min(len(first), len(second)) < LEAST_PIECES:
                continue
            n = len(a[1]), len(b[1])
            apart = compared((first, second), n, model, "same", rng).difference.apart
            rows.append((part, kind, len(a[1]), bool(apart.any()), int(apart.sum())))
    names = ["phones", "compared", "recordings a side", "called different", "bands"]
    table = pd.DataFrame(rows, columns=names).groupby(names[:3], sort=False)
    print(table.mean().round(3).assign(cases=table.size()).to_string())


def cases(
    chosen: np.ndarray,
) -> Iterator[tuple[str, tuple[int, tuple[int, ...]], tuple[int, tuple[int, ...]]]]:
    """What is compared: phone and utterances of either side."""
    for phone in chosen:
        for two in ((0, 1), (0, 2), (0, 3)):
            others = tuple(sorted(set(range(4)) - set(two)))
            yield "a phone with itself", (phone, two), (phone, others)
        for one, other in combinations(range(4), 2):
            yield "a phone with itself", (phone, (one,)), (phone, (other,))
    for phone, other in pairwise(chosen):
        yield "two phones", (phone, (0, 1)), (other, (2, 3))
        yield "two phones", (phone, (0,)), (other, (1,))


def pieces(found: Phones, phone: int, contents: tuple[int, ...]) -> np.ndarray:
    """Curves of the pieces of some utterances in which something is heard."""
    taught = found.taught
    own = (found.device == phone) & np.isin(found.content, contents)
    rows = own[taught.recordings] & (taught.copies == 0) & (taught.active_s >= LEAST_ACTIVE_S)
    return taught.vectors[rows, CONTENT].astype(np.float64)


if __name__ == "__main__":
    main()
