"""Fits a fingerprint model to recordings of many devices."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from micfp.config.recipe import RecipeConfig, Scored
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.copies import COPIES, clean_and_copies, copied, numbers_of
from micfp.fingerprint.embedding.fingerprint import (
    Fingerprint,
    Range,
    fingerprint,
    pieces,
    range_of,
)
from micfp.fingerprint.embedding.fusion import Fusion, fit_fusion
from micfp.fingerprint.embedding.model import FingerprintModel, Fused, Setting
from micfp.fingerprint.embedding.network import Network
from micfp.fingerprint.embedding.scoring import Scorer
from micfp.fingerprint.embedding.spectra import N_BANDS, Float32, Spectra
from micfp.fingerprint.embedding.two_covariance import (
    TwoCovariance,
    Within,
    fit_two_covariance,
)
from micfp.fingerprint.embedding.vectors import VECTORS

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
PIECE_S = 1.0
REFERENCE_S = 5.0
TEST_S = (1.0, 3.0)
CASE_COPIES = (0, 2, 6, 8, 17)
"""Numbers in COPIES of what the fusion learns from: as it is, white 20 dB, pink 10 dB, narrow,
narrow and coded."""


@dataclass(frozen=True)
class TrainingPieces:
    """Vectors of pieces of 1 s of recordings and of their copies.

    Attributes
    ----------
    vectors
        float32 (n, n_vectors, N_BANDS).
    devices, recordings, copies
        (n,) numbers; copy 0 is the recording itself.
    active_s
        (n,).
    """

    vectors: Float32
    devices: Ints
    recordings: Ints
    copies: Ints
    active_s: Array

    def only(self, chosen: Bools) -> "TrainingPieces":
        """Some of the pieces, by (n,)."""
        return TrainingPieces(
            self.vectors[chosen],
            self.devices[chosen],
            self.recordings[chosen],
            self.copies[chosen],
            self.active_s[chosen],
        )


def training_pieces(
    spectra: Spectra,
    content: ContentModel,
    device: int,
    recording: int,
    rng: np.random.Generator,
) -> TrainingPieces:
    """Pieces of one recording and of all its copies; rng draws their noise."""
    return pieces_of_copies(clean_and_copies(spectra, rng), content, device, recording)


def pieces_of_copies(
    copies: Sequence[Spectra], content: ContentModel, device: int, recording: int
) -> TrainingPieces:
    """Pieces of copies of one recording, the first of which is the recording itself."""
    found: list[Fingerprint] = []
    numbers: list[int] = []
    for number, copy in enumerate(copies):
        some = _pieces(copy, content, PIECE_S)
        found += some
        numbers += [number] * len(some)
    n = len(found)
    return TrainingPieces(
        np.array([one.vectors for one in found], np.float32).reshape(n, len(VECTORS), N_BANDS),
        np.full(n, device, np.int64),
        np.full(n, recording, np.int64),
        np.array(numbers, np.int64),
        np.array([one.active_s for one in found]),
    )


def joined(parts: Sequence[TrainingPieces]) -> TrainingPieces:
    """All pieces of several parts, or of none."""
    nothing = np.zeros(0, np.int64)
    vectors = np.zeros((0, len(VECTORS), N_BANDS), np.float32)
    parts = [TrainingPieces(vectors, nothing, nothing, nothing, np.zeros(0)), *parts]
    return TrainingPieces(
        np.concatenate([part.vectors for part in parts]),
        np.concatenate([part.devices for part in parts]),
        np.concatenate([part.recordings for part in parts]),
        np.concatenate([part.copies for part in parts]),
        np.concatenate([part.active_s for part in parts]),
    )


def fit_covariances(
    training: TrainingPieces, recipe: RecipeConfig, *, whole: bool = True
) -> dict[str, TwoCovariance]:
    """A two-covariance model for each kind of vector; `whole`: as of `fit_two_covariance`."""
    taught = training.only(np.isin(training.copies, numbers_of(recipe.copies)))
    return {
        name: fit_two_covariance(
            taught.vectors[:, row],
            taught.devices,
            taught.recordings,
            taught.copies,
            taught.active_s,
            shrinkage=recipe.shrinkage,
            prior_share=recipe.prior_share,
            content_by_time=recipe.content_by_time,
            whole=whole,
        )
        for row, name in enumerate(VECTORS)
    }


@dataclass(frozen=True)
class Case:
    """What is compared in one condition: references, and tests of other stretches of sound.

    Attributes
    ----------
    references, tests
        Fingerprints.
    reference_devices, test_devices
        Whose they are.
    """

    references: tuple[Fingerprint, ...]
    reference_devices: Ints
    tests: tuple[Fingerprint, ...]
    test_devices: Ints


def cases(
    recordings: Sequence[Spectra],
    devices: Sequence[int],
    is_reference: Sequence[bool],
    content: ContentModel,
    rng: np.random.Generator,
) -> list[Case]:
    """Cases of recordings of 10 s, one for each condition of CASE_COPIES.

    Parameters
    ----------
    recordings, devices
        Frames, and whose they are.
    is_reference
        Whether the first 5 s of a recording are a reference; what comes after them is a test.
    content
        What speech is expected to look like.
    rng
        Draws the noise of the copies.
    """
    found = []
    for number in CASE_COPIES:
        references: list[Fingerprint] = []
        tests: list[Fingerprint] = []
        whose: tuple[list[int], list[int]] = ([], [])
        for spectra, device, first in zip(recordings, devices, is_reference, strict=True):
            heard = copied(spectra, COPIES[number], rng)
            of_whole = range_of(heard)
            if first:
                references.append(fingerprint(heard.part(0, REFERENCE_S), content, of_whole))
                whose[0].append(device)
            rest = heard.part(REFERENCE_S, np.inf)
            for length_s in TEST_S:
                some = _pieces(rest, content, length_s, of_whole)
                tests += some
                whose[1].extend([device] * len(some))
        found.append(Case(tuple(references), np.array(whose[0]), tuple(tests), np.array(whose[1])))
    return found


def fit_model(
    content: ContentModel,
    training: TrainingPieces,
    fused_on: Mapping[Setting, Sequence[Case]],
    recipe: RecipeConfig,
    network: Network | None = None,
) -> FingerprintModel:
    """Fit covariances, then for each setting the fusion of their scores on cases of others.

    Parameters
    ----------
    content
        What speech is expected to look like.
    training
        Pieces of recordings and of all their copies; those of `recipe.copies` teach.
    fused_on
        For each setting a case for each of CASE_COPIES; those of `recipe.copies` teach.
    recipe
        Steps, and how they are done.
    network
        Has its score in the setting *other* alone: it is trained to see through sessions, which
        recordings of one sitting do not ask for.
    """
    unfused = FingerprintModel(
        content,
        fit_covariances(training, recipe),
        {
            "same": _unfused(recipe.same),
            "other": replace(_unfused(recipe.other), network=network is not None),
        },
        recipe.outlier_sd,
        recipe.content_by_time,
        network,
    )
    taught = numbers_of(recipe.copies)
    settings = {}
    for setting, cases in fused_on.items():
        some = [case for copy, case in zip(CASE_COPIES, cases, strict=True) if copy in taught]
        fusion = _fusion(unfused, some, setting, nonnegative=recipe.nonnegative_weights)
        settings[setting] = replace(unfused.settings[setting], fusion=fusion)
    return replace(unfused, settings=settings)


def _unfused(scored: Scored) -> Fused:
    """The scorers of a setting, whose weights are still to be fitted."""
    scorers = [
        Scorer(vector, Within(within.copies, within.sessions, within.kappa))
        for vector, within in scored.items()
        if within is not None
    ]
    return Fused(tuple(scorers), Fusion(np.zeros(len(scorers)), 0.0))


def _fusion(
    unfused: FingerprintModel, fused_on: Sequence[Case], setting: Setting, *, nonnegative: bool
) -> Fusion:
    scores, same = [], []
    for case in fused_on:
        found = unfused.squashed_scores(case.references, case.tests, setting)
        scores.append(found.reshape(-1, found.shape[-1]))
        same.append((case.reference_devices[:, None] == case.test_devices).ravel())
    return fit_fusion(np.concatenate(scores), np.concatenate(same), nonnegative=nonnegative)


def _pieces(
    spectra: Spectra, content: ContentModel, length_s: float, of_whole: Range | None = None
) -> list[Fingerprint]:
    of_whole = of_whole or range_of(spectra)
    return [fingerprint(piece, content, of_whole) for piece in pieces(spectra, length_s)]
