"""The default model: that of the last `snakemake all` here that ended well, or there is none."""

import shutil
import sys
import tempfile
from pathlib import Path

from micfp.errors import MicfpError
from micfp.fingerprint.provenance import read_provenance

DEFAULT = Path("results") / "models" / "default"


def is_of_another(corpus: str) -> bool:
    """Whether the default model is of another corpus; one that is damaged counts as such."""
    try:
        return read_provenance(DEFAULT).corpus != corpus
    except MicfpError:
        return True


def withdraw(corpus: str) -> None:
    """Take the default model away while a run on `corpus` is under way, and say so.

    Were the run to fail, an older model, perhaps of other devices, would answer in its place.
    """
    if not DEFAULT.is_dir():
        return
    try:
        said = read_provenance(DEFAULT).in_words()
    except MicfpError:
        said = "damaged"
    gone = Path(tempfile.mkdtemp(prefix=".default-", dir=DEFAULT.parent))
    DEFAULT.rename(gone / DEFAULT.name)
    shutil.rmtree(gone)
    print(
        f"micfp: {DEFAULT} ({said}) is withdrawn: this run on corpus {corpus} makes another",
        file=sys.stderr,
    )


def why_none() -> str:
    """What to do about a default model that is not there."""
    others = sorted(path.parent for path in DEFAULT.parent.glob("[!.]*/model.json"))
    named = f": there are {', '.join(map(str, others))}" if others else ""
    return (
        f"{DEFAULT}: there is no default model: no `snakemake all` has ended well here, or a later "
        f"one has not; run it (again), or give --model DIR{named}"
    )
