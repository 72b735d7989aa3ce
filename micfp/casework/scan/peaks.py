"""Local maxima of a score."""

import numpy as np
from numpy.typing import NDArray


def peaks(
    score: NDArray[np.float64], threshold: float, apart: int, most: int = 10_000
) -> NDArray[np.int64]:
    """Positions of the highest first, each more than `apart` from all higher ones; in order.

    Parameters
    ----------
    score
        (n,); NaN is never a peak.
    threshold
        A peak is above it.
    apart
        Positions on either side in which a lower value is no peak of its own.
    most
        How many are looked for.
    """
    left = np.where(np.isnan(score), -np.inf, score)
    found: list[int] = []
    for at in np.argsort(-left, kind="stable"):
        if left[at] == -np.inf:
            continue
        if not score[at] > threshold or len(found) == most:
            break
        found.append(int(at))
        left[max(0, at - apart) : at + apart + 1] = -np.inf
    return np.sort(np.array(found, np.int64))
