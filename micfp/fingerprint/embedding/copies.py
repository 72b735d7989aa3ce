"""Degraded copies of frames, made in the band domain: what the within-covariance learns from.

None is a codec: noise of a level, noise that follows the speech as that of speech codecs does, and
narrow bands stand for all of them.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from micfp.config.recipe import CopyGroup
from micfp.fingerprint.embedding.spectra import (
    FLOOR,
    WINDOW_S,
    Spectra,
    band_centres_hz,
    band_edges_hz,
    band_widths_hz,
    present_bands,
)

Array = NDArray[np.float64]
PINK_FROM_HZ = 20.0
ACTIVE_MARGIN = 10**1.59  # as of ITU-T P.56
SMOOTH_BANDS = 5.0


@dataclass(frozen=True)
class Noisy:
    """Steady noise of a slope in dB per octave (white 0, pink -3) below the active level."""

    snr_db: float
    slope_db: float


@dataclass(frozen=True)
class Modulated:
    """Noise that follows every frame: white, as MNRU (ITU-T P.810), or shaped like the frame."""

    snr_db: float
    shaped: bool


@dataclass(frozen=True)
class Narrow:
    """Only the bands between two frequencies are left."""

    low_hz: float
    high_hz: float


Copy = tuple[Noisy | Modulated | Narrow, ...]
_TELEPHONE = Narrow(0, 4000)
_CODED = (Modulated(15, False), Modulated(25, False), Modulated(8, True), Modulated(14, True))
GROUPS: Mapping[CopyGroup, tuple[Copy, ...]] = {
    "noise": tuple(
        (Noisy(snr_db, slope),) for slope in (0.0, -3.0) for snr_db in (30.0, 20.0, 10.0)
    ),
    "narrow": ((Narrow(0, 7000),), (_TELEPHONE,), (Narrow(300, 3400),)),
    "coded": (*((one,) for one in _CODED), *((_TELEPHONE, one) for one in _CODED)),
}
COPIES: tuple[Copy, ...] = ((), *(copy for group in GROUPS.values() for copy in group))
"""By number; 0 is the recording as it is."""


def numbers_of(groups: Collection[CopyGroup]) -> list[int]:
    """Numbers of the copies of some groups in COPIES, and 0."""
    group_of = [group for group, copies in GROUPS.items() for _ in copies]
    return [0, *(number for number, group in enumerate(group_of, 1) if group in groups)]


def clean_and_copies(spectra: Spectra, rng: np.random.Generator) -> list[Spectra]:
    """A recording's frames, and every copy of them in the order of COPIES."""
    return [copied(spectra, copy, rng) for copy in COPIES]


def copied(spectra: Spectra, copy: Copy, rng: np.random.Generator) -> Spectra:
    """A copy of a recording's frames; noise fluctuates as that of frames does."""
    for step in copy:
        if isinstance(step, Narrow):
            edges = band_edges_hz()
            kept = (edges[:-2] >= step.low_hz) & (edges[2:] <= step.high_hz)
            spectra = Spectra(spectra.level_db, spectra.present & kept)
        elif isinstance(step, Noisy):
            power = _power(spectra)
            spectra = _with_noise(spectra, power, *_steady(spectra, power, step), rng)
        else:
            power = _power(spectra)
            spectra = _with_noise(spectra, power, *_following(spectra, power, step), rng)
    return spectra


def _steady(spectra: Spectra, power: Array, noise: Noisy) -> tuple[Array, Array]:
    """Shape of the noise (N_BANDS,) and its power (n_frames, 1)."""
    per_frame = _frame_power(spectra, power)
    active = per_frame[per_frame >= per_frame.mean() / ACTIVE_MARGIN].mean()
    shape = np.maximum(band_centres_hz(), PINK_FROM_HZ) ** (noise.slope_db / 10 / np.log10(2))
    return shape, np.full((len(per_frame), 1), active * 10 ** (-noise.snr_db / 10))


def _following(spectra: Spectra, power: Array, noise: Modulated) -> tuple[Array, Array]:
    """Shape of the noise in each frame (n_frames, N_BANDS), and its power (n_frames, 1)."""
    from scipy.ndimage import gaussian_filter1d

    level = _frame_power(spectra, power)[:, None] * 10 ** (-noise.snr_db / 10)
    if not noise.shaped:
        return np.ones_like(power), level
    smooth = gaussian_filter1d(spectra.level_db.astype(np.float64), SMOOTH_BANDS, axis=1)
    return 10 ** (smooth / 10), level


def _with_noise(
    spectra: Spectra, power: Array, shape: Array, noise_power: Array, rng: np.random.Generator
) -> Spectra:
    shape = np.broadcast_to(shape, power.shape)
    density = shape * (noise_power / np.maximum(_frame_power(spectra, shape)[:, None], FLOOR))
    # A triangle of bins has about so many independent values of power.
    freedom = np.maximum(2 / 3 * 2 * band_widths_hz() * WINDOW_S / 1.5, 1)
    noise = density * rng.gamma(freedom, 1 / freedom, power.shape)
    level_db = (10 * np.log10(np.maximum(power + noise, FLOOR))).astype(np.float32)
    return Spectra(level_db, present_bands(level_db) & spectra.present)


def _power(spectra: Spectra) -> Array:
    return np.asarray(10 ** (spectra.level_db.astype(np.float64) / 10))


def _frame_power(spectra: Spectra, density: Array) -> Array:
    """Power (n_frames,) of densities (n_frames, N_BANDS) over the bands that are present."""
    return np.asarray((density * band_widths_hz() * spectra.present).sum(axis=1))
