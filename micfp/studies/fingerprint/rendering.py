"""Frames of a population's recordings, and how fingerprints are kept between stages."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from micfp.bench.population import Take, render, takes
from micfp.config.population import PopulationConfig
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.fingerprint import Fingerprint
from micfp.fingerprint.embedding.spectra import Spectra, band_spectra

CONTENT_FILE, ARRAYS_FILE = "content.npz", "arrays.npz"
Arrays = Mapping[str, NDArray[Any]]


def spectra_of(
    config: PopulationConfig, seed: int, devices: range
) -> Iterator[tuple[Take, Spectra]]:
    """Every recording of some devices of a population, as frames."""
    from micfp.progress import progress

    chosen = [take for take in takes(config, seed) if take.device in devices]
    sounds = zip(chosen, render(config, seed, chosen), strict=True)
    for take, (samples, rate_hz) in progress(sounds, len(chosen), config.name):
        yield take, band_spectra(samples, rate_hz)


def write_content(content: ContentModel, out: Path) -> None:
    """Keep a content model."""
    np.savez(out / CONTENT_FILE, **vars(content))


def read_content(folder: Path) -> ContentModel:
    """Read what `write_content` wrote."""
    return ContentModel(**read_arrays(folder / CONTENT_FILE))


def write_arrays(arrays: Arrays, out: Path) -> None:
    """Keep arrays by name."""
    np.savez(out / ARRAYS_FILE, allow_pickle=False, **arrays)


def read_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of a file."""
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


def stacked(fingerprints: Sequence[Fingerprint], prefix: str = "") -> dict[str, NDArray[Any]]:
    """An array for each field of some fingerprints."""
    return {
        prefix + one.name: np.array([getattr(f, one.name) for f in fingerprints])
        for one in fields(Fingerprint)
    }


def unstacked(arrays: Arrays, prefix: str = "") -> tuple[Fingerprint, ...]:
    """Fingerprints of the arrays of `stacked`."""
    columns = [arrays[prefix + one.name] for one in fields(Fingerprint)]
    return tuple(
        Fingerprint(vectors, *map(float, numbers))
        for vectors, *numbers in zip(*columns, strict=True)
    )
