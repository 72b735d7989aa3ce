"""Pairs of labelled recordings, by what is known of their sittings and of their devices."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from micfp.casework.labelled import Labelled
from micfp.evidence.calibration import Population
from micfp.evidence.trials import Bools, Trials
from micfp.fingerprint.embedding.model import Sitting
from micfp.fingerprint.embedding.model_file import Loaded
from micfp.fingerprint.pairs import Block, blocks

LEAST_PAIRS = 10
MOST_TESTS = 3000
"""Pieces that are asked about, drawn where there are more."""
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Pairs:
    """Pairs of one sitting, with what is known of each.

    Attributes
    ----------
    block, chosen
        All scores (n_references, n_tests), and which pairs are meant.
    trials
        The chosen ones.
    length_s, codec
        (n,) of what is asked about.
    against
        (n,) by population, whether a pair of two devices counts there: "any" leaves units of one
        model out, which are "model"; "make" is of two models.
    """

    block: Block
    chosen: Bools
    trials: Trials
    length_s: NDArray[np.float64]
    codec: NDArray[np.str_]
    against: dict[Population, Bools]

    def rows(self, population: Population) -> Bools:
        """Which are pairs of one device, or of two that count for a population."""
        return self.trials.same | self.against[population]

    def only(self, rows: Bools) -> "Pairs":
        """Some of the pairs."""
        against = {name: some[rows] for name, some in self.against.items()}
        return replace(
            self,
            trials=self.trials.only(rows),
            length_s=self.length_s[rows],
            codec=self.codec[rows],
            against=against,
        )

    @property
    def enough(self) -> bool:
        """Whether there are pairs enough of both kinds."""
        n_same = np.count_nonzero(self.trials.same)
        return bool(min(n_same, len(self.trials) - n_same) >= LEAST_PAIRS)


def pieces_asked_about(labelled: Labelled, rng: np.random.Generator) -> list[tuple[int, int]]:
    """Numbers of recording and piece of what is asked about."""
    every = [(k, p) for k, heard in enumerate(labelled.heard) for p in range(len(heard.pieces))]
    if len(every) <= MOST_TESTS:
        return every
    return [every[k] for k in np.sort(rng.choice(len(every), MOST_TESTS, replace=False))]


def pairs_by_sitting(
    labelled: Labelled, pieces: list[tuple[int, int]], loaded: Loaded
) -> Iterator[tuple[Sitting, Pairs]]:
    """Every recording against pieces of others with other content."""
    of = np.arange(len(labelled.heard))
    by = np.array([recording for recording, _ in pieces], np.int64)
    asked = [labelled.heard[recording].pieces[piece] for recording, piece in pieces]
    length_s = np.array([seconds for seconds, _ in asked])
    codec = np.array([one.codec for one in labelled.heard])[by]
    device, session = labelled.device, labelled.session
    wholes, tests = [one.whole for one in labelled.heard], [one for _, one in asked]
    every = blocks(loaded.model, wholes, tests, device[of], device[by])

    def alike(label: Ints) -> Bools:
        return np.asarray((label[of][:, None] == label[by]) & (label[by] >= 0))

    fair = (of[:, None] != by) & ~alike(labelled.content)
    two = device[of][:, None] != device[by]
    units = two & alike(labelled.model)
    against: dict[Population, Bools] = {
        "any": two & ~units,
        "make": two & ~units & alike(labelled.make),
        "model": units,
    }
    known = (session[of][:, None] >= 0) & (session[by] >= 0)
    wanted: dict[Sitting, Bools] = {
        "same": fair & alike(session),
        "other": fair & known & ~alike(session),
        "any": fair,
    }
    for sitting, chosen in wanted.items():
        block = every[sitting]
        rows, columns = np.nonzero(chosen & block.compares)
        yield (
            sitting,
            Pairs(
                block,
                chosen,
                block.trials(chosen),
                length_s[columns],
                codec[columns],
                {name: some[rows, columns] for name, some in against.items()},
            ),
        )
