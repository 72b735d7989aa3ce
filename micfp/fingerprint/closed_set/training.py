"""Fits a closed set to recordings of its devices: no codec, and no program that reduces noise."""

from collections.abc import Iterable, Sequence

import numpy as np

from micfp.errors import MicfpError
from micfp.fingerprint.closed_set.gates import GATES, gated
from micfp.fingerprint.closed_set.gaussians import fit_branch
from micfp.fingerprint.closed_set.model import ClosedSet
from micfp.fingerprint.closed_set.noise_reduction import noise_reduction
from micfp.fingerprint.closed_set.telephone import of_device
from micfp.fingerprint.embedding.content import ContentModel
from micfp.fingerprint.embedding.copies import clean_and_copies
from micfp.fingerprint.embedding.fingerprint import pieces, range_of
from micfp.fingerprint.embedding.fusion import Fusion, fit_fusion
from micfp.fingerprint.embedding.spectra import Spectra
from micfp.fingerprint.embedding.training import (
    PIECE_S,
    TrainingPieces,
    joined,
    pieces_of_copies,
)


def fit_closed_set(
    recordings: Sequence[Spectra],
    devices: Sequence[str],
    content: ContentModel,
    rng: np.random.Generator,
) -> ClosedSet:
    """Fit to recordings.

    Copies through gates teach `reduced` alone: what they do to a recording would count as possible
    everywhere, and tell devices apart no more.

    Parameters
    ----------
    recordings
        Frames of whole recordings of 1 s or more, two of each device or more.
    devices
        Whose each is.
    content
        What speech is expected to look like.
    rng
        Draws the noise of the copies.

    Raises
    ------
    MicfpError
        Fewer than two devices, or one that has no piece of 1 s.
    """
    names = tuple(sorted(set(devices)))
    if len(names) < 2:
        raise MicfpError(f"a closed set of {len(names)} devices: give recordings of two or more")
    numbers = [names.index(one) for one in devices]
    plain = _all_pieces((clean_and_copies(one, rng) for one in recordings), numbers, content)
    short = set(range(len(names))) - set(plain.devices.tolist())
    if short:
        raise MicfpError(f"{names[min(short)]}: no recording of {PIECE_S:g} s; give a longer one")
    through_gates = [[one, *(gated(one, gate) for gate in GATES)] for one in recordings]
    reduced = _all_pieces(through_gates, numbers, content)
    return ClosedSet(
        names, content, fit_branch(plain), fit_branch(reduced), _detector(through_gates)
    )


def _all_pieces(
    copies: Iterable[Sequence[Spectra]], devices: Sequence[int], content: ContentModel
) -> TrainingPieces:
    """Pieces of all copies of each recording, on the bands by which they are compared."""
    return joined(
        [
            pieces_of_copies([of_device(one) for one in some], content, device, recording)
            for recording, (some, device) in enumerate(zip(copies, devices, strict=True))
        ]
    )


def _detector(through_gates: Sequence[Sequence[Spectra]]) -> Fusion:
    """By the share of holes in pieces; the first copy of each recording is the recording itself."""
    holes, is_gated = [], []
    for copies in through_gates:
        for number, copy in enumerate(copies):
            copy = of_device(copy)
            of_whole = range_of(copy)
            some = [noise_reduction(piece, of_whole) for piece in pieces(copy, PIECE_S)]
            holes += some
            is_gated += [number > 0] * len(some)
    return fit_fusion(np.array(holes)[:, None], np.array(is_gated), nonnegative=True)
