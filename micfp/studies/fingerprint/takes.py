"""Step `fingerprint_takes`: fingerprints of some devices of the judged population.

Reads: the content model. Writes: fingerprints of a reference and of tests of every recording.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from micfp.config.population import PopulationConfig
from micfp.engine.libraries import SOUND
from micfp.engine.stage import Stage
from micfp.engine.task import Spec
from micfp.fingerprint.embedding.fingerprint import Fingerprint, fingerprint, pieces, range_of
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
    2,
    "micfp.studies.fingerprint.takes",
    packing="alone",
    travels=False,
    libraries=SOUND,
)
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Takes:
    """Fingerprints of pieces of the judged recordings.

    Attributes
    ----------
    fingerprints
        n of them.
    device, session, slot
        (n,) whose, when and by which speaker.
    length_s
        (n,): 0 for a reference (the first 5 s), 1 and 3 for pieces of the rest, 10 for all of it.
    """

    fingerprints: tuple[Fingerprint, ...]
    device: Ints
    session: Ints
    slot: Ints
    length_s: Ints


def run(spec: Spec, out: Path) -> None:
    """Render devices, and take the fingerprints of every recording."""
    config = PopulationConfig.model_validate(spec.params["population"])
    content = read_content(spec.inputs["content"][0])
    found: list[Fingerprint] = []
    rows: list[tuple[int, int, int, int]] = []
    for take, spectra in spectra_of(config, spec.params["seed"], range(*spec.params["devices"])):
        of_whole = range_of(spectra)
        rest = spectra.part(REFERENCE_S, np.inf)
        parts = [(0, spectra.part(0, REFERENCE_S)), (10, spectra)]
        parts += [(length_s, one) for length_s in (1, 3) for one in pieces(rest, length_s)]
        for length_s, part in parts:
            found.append(fingerprint(part, content, of_whole))
            rows.append((take.device, take.session, take.slot, length_s))
    write_arrays({"of": np.array(rows, np.int64)} | stacked(found), out)


def read_takes(folders: tuple[Path, ...]) -> Takes:
    """Read what `fingerprint_takes` wrote."""
    arrays = [read_arrays(folder / ARRAYS_FILE) for folder in folders]
    of = np.concatenate([one["of"] for one in arrays])
    fingerprints = tuple(f for one in arrays for f in unstacked(one))
    return Takes(fingerprints, *of.T)
