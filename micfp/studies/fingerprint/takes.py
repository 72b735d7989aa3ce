"""Step `fingerprint_takes`: fingerprints of some devices of a population that is asked about.

Reads: the content model. Writes: fingerprints of a reference and of tests of every recording, and
of degraded copies of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.bench.draws import generator
from micfp.config.population import PopulationConfig
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.copies import COPIES, copied
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint, pieces, range_of
from micfp.fingerprint.embedding.spectra import Spectra
from micfp.fingerprint.embedding.training import REFERENCE_S
from micfp.studies.fingerprint.rendering import (
    ARRAYS_FILE,
    read_arrays,
    read_content,
    spectra_of,
    stacked,
    unstacked,
    write_arrays,
)

STAGE = Stage(
    "fingerprint_takes",
    3,
    "micfp.studies.fingerprint.takes",
    packing="alone",
    travels=False,
    libraries=SOUND,
)
Ints = NDArray[np.int64]
WHOLE_S = 10.0
"""What the whole of a recording is called; it may hold the reference."""


@dataclass(frozen=True)
class Takes:
    """Fingerprints of pieces of recordings.

    Attributes
    ----------
    fingerprints
        n of them.
    device, session, slot
        (n,) whose, when and by which speaker.
    copy
        (n,) number in COPIES; 0 is the recording as it is.
    length_s
        float (n,): 0 for a reference (the first 5 s), 10 for all of it, else of pieces of the rest.
    """

    fingerprints: tuple[Fingerprint, ...]
    device: Ints
    session: Ints
    slot: Ints
    copy: Ints
    length_s: NDArray[np.float64]


def run(spec: Spec, out: Path) -> None:
    """Render devices, and take the fingerprints of every recording and of copies that are drawn."""
    config = PopulationConfig.model_validate(spec.params["population"])
    content = read_content(spec.inputs["content"][0])
    lengths_s, n_copies = spec.params["lengths_s"], spec.params["copies"]
    seed = spec.params["seed"]
    found: list[Fingerprint] = []
    rows: list[tuple[float, ...]] = []
    for take, spectra in spectra_of(config, seed, range(*spec.params["devices"])):
        place = (take.device, take.session, take.slot)
        rng = generator(seed, "fingerprint takes", config.name, *map(str, place))
        drawn = 1 + rng.choice(len(COPIES) - 1, n_copies, replace=False)
        for copy in (0, *drawn.tolist()):
            heard = copied(spectra, COPIES[copy], rng)
            of_whole = range_of(heard)
            for length_s, part in _parts(heard, lengths_s, spec.params["most"]):
                found.append(fingerprint(part, content, of_whole))
                rows.append((*place, copy, length_s))
    write_arrays({"of": np.array(rows, np.float64)} | stacked(found), out)


def _parts(
    spectra: Spectra, lengths_s: Sequence[float], most: int | None
) -> Iterator[tuple[float, Spectra]]:
    """A reference, the whole, and at most so many pieces of what the reference does not have."""
    yield 0, spectra.part(0, REFERENCE_S)
    yield WHOLE_S, spectra
    rest = spectra.part(REFERENCE_S, np.inf)
    for length_s in lengths_s:
        for piece in pieces(rest, length_s)[:most]:
            yield length_s, piece


def read_takes(folders: tuple[Path, ...]) -> Takes:
    """Read what `fingerprint_takes` wrote."""
    arrays = [read_arrays(folder / ARRAYS_FILE) for folder in folders]
    of = np.concatenate([one["of"] for one in arrays])
    fingerprints = tuple(f for one in arrays for f in unstacked(one))
    *places, length_s = of.T
    device, session, slot, copy = (one.astype(np.int64) for one in places)
    return Takes(fingerprints, device, session, slot, copy, length_s)
