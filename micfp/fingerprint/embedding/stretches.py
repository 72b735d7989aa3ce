"""What the network learns from: vectors of stretches of recordings, as they are and degraded."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.copies import COPIES, Copy, Narrow, copied
from micfp.fingerprint.embedding.fingerprint import fingerprint, range_of
from micfp.fingerprint.embedding.spectra import Float32, Spectra

STRETCHES_S = ((0.0, 5.0), (0.0, 3.0), (2.0, 5.0), (0.0, 1.0), (1.0, 2.0), (2.5, 3.5), (4.0, 5.0))
"""Where stretches begin and end."""
LAST_STRETCH_S = max(stop for _, stop in STRETCHES_S)
"""A recording is at least as long."""
N_COPIES = 3
"""Degraded copies of each recording, drawn; narrow ones are made in training, by leaving out."""
WIDE = tuple(copy for copy in COPIES if not any(isinstance(step, Narrow) for step in copy))


@dataclass(frozen=True)
class Stretches:
    """Stretches of recordings of devices, all with as many sessions and speakers.

    Attributes
    ----------
    vectors
        float32 (n_devices, n_sessions, n_speakers, 1 + N_COPIES, n_stretches, 4, N_BANDS).
    active_s
        float32 (n_devices, n_sessions, n_speakers, 1 + N_COPIES, n_stretches).
    """

    vectors: Float32
    active_s: Float32


def stretches_of(
    spectra: Spectra, content: ContentModel, rng: np.random.Generator
) -> tuple[Float32, Float32]:
    """Stretches of one recording and of copies that rng draws: two arrays as of `Stretches`."""
    drawn = rng.choice(len(WIDE), N_COPIES, replace=False)
    steps: list[Copy] = [(), *(WIDE[k] for k in drawn)]
    vectors: list[list[NDArray[np.float32]]] = []
    active_s: list[list[float]] = []
    for copy in steps:
        heard = copied(spectra, copy, rng)
        of_whole = range_of(heard)
        some = [fingerprint(heard.part(*one), content, of_whole) for one in STRETCHES_S]
        vectors.append([one.vectors for one in some])
        active_s.append([one.active_s for one in some])
    return np.array(vectors, np.float32), np.array(active_s, np.float32)


def joined_stretches(parts: Sequence[Stretches]) -> Stretches:
    """All devices of one or more parts."""
    return Stretches(
        np.concatenate([one.vectors for one in parts]),
        np.concatenate([one.active_s for one in parts]),
    )
