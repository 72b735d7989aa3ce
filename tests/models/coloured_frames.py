"""Frame matrices of devices that colour them differently, learned from in a second."""

import numpy as np
from numpy.typing import NDArray

from micfp.models.methods import Part

DEVICES = ("bright", "dull", "plain")
N, T, F = 90, 16, 12
PART = Part(np.arange(0, 48), np.arange(48, 66))
TEST = np.arange(66, 90)
LABELS = np.array([DEVICES[row % 3] for row in range(N)])


def coloured_frames(
    n: int = N, n_frames: int = T, n_features: int = F, devices: int = 3, seed: int = 0
) -> NDArray[np.float32]:
    """Noise (n, T, F) with a tilt over the features that is the device's; the devices in turn."""
    rng = np.random.default_rng(seed)
    tilts = np.linspace(-1.0, 1.0, devices)[np.arange(n) % devices]
    colour = tilts[:, None, None] * np.linspace(-1.0, 1.0, n_features)
    return (5 + colour + 0.5 * rng.standard_normal((n, n_frames, n_features))).astype(np.float32)
