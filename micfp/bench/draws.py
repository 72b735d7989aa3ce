"""Random generators that depend on what is drawn, not on when."""

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np


def generator(seed: int, *purpose: str) -> "np.random.Generator":
    """The generator of one purpose: same seed and purpose, same draws, in any order of work."""
    import numpy as np

    digest = hashlib.sha256("\0".join(purpose).encode()).digest()
    words = [int.from_bytes(digest[k : k + 4], "little") for k in range(0, 16, 4)]
    return np.random.default_rng([seed, *words])
