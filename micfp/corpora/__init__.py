"""Corpora: one reader per file, all giving the same recordings table."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from micfp.config.audio import CorpusConfig
from micfp.corpora import bench, ccnu_mobile, folder, manifest, mobiphone, thesis
from micfp.corpora.listing import LeftOut, list_audio, say_what_is_left_out
from micfp.corpora.table import COLUMNS
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

READERS: dict[str, Callable[..., "pd.DataFrame"]] = {
    "bench": bench.read,
    "thesis": thesis.read,
    "ccnu_mobile": ccnu_mobile.read,
    "mobiphone": mobiphone.read,
    "folder": folder.read,
    "manifest": manifest.read,
}
OF_CSVS = ("bench", "manifest")
"""Readers of a CSV, which may have further columns."""


def read_corpus(config: CorpusConfig, target: str = "device") -> "pd.DataFrame":
    """Recordings table of a corpus: a row an audio file, sorted by path.

    Columns, all str: `path` (root and what lies below it), `device` (one physical unit), `make`,
    `model` (make and model), `unit` (tells units of one model apart), `session` (one sitting in
    one room), `content` (what was played); "" where unknown. A target that is none of these is the
    last column, which only a CSV has.

    Raises MicfpError where root is not given, or what the reader raises.
    """
    if config.root is None:
        if config.reader == "bench":
            raise MicfpError(
                "corpus.root is empty: the bench is then built by the run; "
                "give the folder that `micfp bench` wrote to read one from disk"
            )
        if config.reader == "virtual_phones":
            raise MicfpError(
                "corpus.population is rendered by the run; write it with `micfp population`, and "
                "read the folder with corpus.reader: bench, to have it on disk"
            )
        raise MicfpError(f"corpus.root is missing: the reader {config.reader} needs it")
    if config.reader in OF_CSVS:
        return READERS[config.reader](config.root, target)
    if target not in COLUMNS:
        raise MicfpError(
            f"target = {target}: the reader {config.reader} gives no such label (it gives "
            f"{', '.join(COLUMNS[1:])}); `micfp corpus {config.reader} {config.root} --out "
            f"recordings.csv` writes a CSV: give it a column {target}, and take the reader manifest"
        )
    return READERS[config.reader](config.root)


def left_out_of(config: CorpusConfig) -> tuple[LeftOut, ...]:
    """Files below a corpus's root that `read_corpus` passes over; () of a CSV.

    Raises MicfpError where a folder may not be read.
    """
    if config.reader in OF_CSVS or config.root is None or not config.root.is_dir():
        return ()
    return list_audio(config.root).left_out


def read_corpus_aloud(config: CorpusConfig, target: str = "device") -> "pd.DataFrame":
    """`read_corpus`, and one line to a person on what it passes over."""
    table = read_corpus(config, target)
    if config.root is not None:
        say_what_is_left_out(left_out_of(config), config.root)
    return table
