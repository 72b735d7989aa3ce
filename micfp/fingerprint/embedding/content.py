"""What speech is expected to look like, class by class, so that what is left is the channel.

Blind channel estimation by the content of frames (Gaubitch, Brookes and Naylor 2013; Cuccovillo
and others 2013): frames are told apart by their shape where speech is strongest, each class has an
expected spectrum, and what recordings have beyond it is their channel.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from micfp.errors import MicfpError
from micfp.fingerprint.embedding.spectra import (
    LOUDEST,
    Bools,
    Float32,
    Spectra,
    band_centres_hz,
    loudest_mean,
)

Ints = NDArray[np.int64]
SHAPE_HZ = (150.0, 3500.0)
N_GROUPS = 20
VARIANCE_FLOOR_DB2 = 4.0
MOST_FRAMES = 60_000


@dataclass(frozen=True)
class ContentModel:
    """Classes of frames.

    Attributes
    ----------
    centroids
        float32 (n_classes, N_GROUPS), shapes.
    expected_db
        float32 (n_classes, N_BANDS), level of a frame above the loud level of its recording.
    variance_db2
        float32 (n_classes, N_BANDS), about it.
    """

    centroids: Float32
    expected_db: Float32
    variance_db2: Float32

    def classes(self, level_db: Float32, present: Bools) -> Ints:
        """Class of each frame (n_frames,): the nearest centroid over the groups that are there."""
        shapes, there = frame_shapes(level_db, present)
        centroids = self.centroids[:, there]
        distance = np.square(centroids).sum(axis=1) - 2 * shapes[:, there] @ centroids.T
        return np.asarray(np.argmin(distance, axis=1))


def frame_shapes(level_db: Float32, present: Bools) -> tuple[Float32, Bools]:
    """Mean level in groups of bands, without the mean over time; and which groups are there."""
    members = _groups()
    weights = (members * present[:, None]).astype(np.float32)
    n_bands = weights.sum(axis=0)
    shapes = np.where(present, level_db, 0) @ (weights / np.maximum(n_bands, 1))
    shapes = shapes - shapes.mean(axis=0)
    return np.asarray(shapes, np.float32), n_bands > 0


@lru_cache(maxsize=1)
def _groups() -> Bools:
    """Which bands are in which group, (N_BANDS, N_GROUPS): even on a logarithmic axis."""
    hz = band_centres_hz()
    edges = np.geomspace(*SHAPE_HZ, N_GROUPS + 1)
    return np.asarray((hz[:, None] >= edges[:-1]) & (hz[:, None] < edges[1:]))


def fit_content(
    recordings: Sequence[Spectra], n_classes: int, rng: np.random.Generator
) -> ContentModel:
    """Learn classes (k-means) and what is expected of them from clean speech.

    Parameters
    ----------
    recordings
        Of one speaker each; a band counts where its recording has it.
    n_classes
        At least 1.
    rng
        Draws at most 60 000 frames for the classes, and where they start.

    Raises
    ------
    MicfpError
        Fewer frames than classes.
    """
    shapes = [frame_shapes(one.level_db, one.present) for one in recordings]
    none = np.empty((0, N_GROUPS), np.float32)
    whole = np.concatenate([none, *(shape for shape, there in shapes if there.all())])
    if len(whole) < n_classes:
        raise MicfpError(
            f"{len(whole)} frames with all of {SHAPE_HZ[0]:g} to {SHAPE_HZ[1]:g} Hz, and "
            f"{n_classes} classes (n_classes): learn from more recordings, or lower n_classes"
        )
    drawn = whole[rng.permutation(len(whole))[:MOST_FRAMES]]
    centroids = _kmeans(drawn, n_classes, rng)
    unfinished = ContentModel(centroids, np.empty(0, np.float32), np.empty(0, np.float32))
    n_bands = recordings[0].level_db.shape[1]
    count = np.zeros((n_classes, n_bands))
    total, squares = np.zeros_like(count), np.zeros_like(count)
    for one in recordings:
        above = one.level_db - loudest_mean(one.level_db, LOUDEST)
        of_class = unfinished.classes(one.level_db, one.present)
        chosen = np.zeros((n_classes, len(of_class)), np.float32)
        chosen[of_class, np.arange(len(of_class))] = 1
        there = one.present
        count[:, there] += chosen.sum(axis=1)[:, None]
        total[:, there] += chosen @ above[:, there]
        squares[:, there] += chosen @ np.square(above[:, there])
    mean = total / np.maximum(count, 1)
    variance = np.maximum(squares / np.maximum(count, 1) - mean**2, 0)
    rare = count < 20  # of a class that hardly occurs in a band, what all classes have there
    overall = total.sum(axis=0) / np.maximum(count.sum(axis=0), 1)
    spread = squares.sum(axis=0) / np.maximum(count.sum(axis=0), 1) - overall**2
    return ContentModel(
        centroids,
        np.where(rare, overall, mean).astype(np.float32),
        np.where(rare, np.maximum(spread, 1), variance).astype(np.float32),
    )


def _kmeans(shapes: Float32, n_classes: int, rng: np.random.Generator) -> Float32:
    from sklearn.cluster import MiniBatchKMeans

    found = MiniBatchKMeans(
        n_classes, n_init=1, batch_size=4096, random_state=int(rng.integers(2**31))
    ).fit(shapes)
    return np.asarray(found.cluster_centers_, np.float32)
