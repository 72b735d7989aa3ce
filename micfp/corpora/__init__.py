"""Corpora: one reader per file, all giving the same recordings table."""

from typing import TYPE_CHECKING

from micfp.config.audio import CorpusConfig
from micfp.corpora import bench, ccnu_mobile, folder, manifest, mobiphone, thesis
from micfp.corpora.listing import LeftOut, list_audio, say_what_is_left_out
from micfp.errors import MicfpError

if TYPE_CHECKING:
    import pandas as pd

READERS = {
    "bench": bench.read,
    "thesis": thesis.read,
    "ccnu_mobile": ccnu_mobile.read,
    "mobiphone": mobiphone.read,
    "folder": folder.read,
    "manifest": manifest.read,
}


def read_corpus(config: CorpusConfig) -> "pd.DataFrame":
    """Recordings table of a corpus: a row an audio file, sorted by path.

    Columns, all str: `path` (root and what lies below it), `device` (one physical unit), `make`,
    `model` (make and model), `unit` (tells units of one model apart), `session` (one sitting in
    one room), `content` (what was played); "" where unknown.

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
    return READERS[config.reader](config.root)


def left_out_of(config: CorpusConfig) -> tuple[LeftOut, ...]:
    """Files below a corpus's root that `read_corpus` passes over; () of a CSV.

    Raises MicfpError where a folder may not be read.
    """
    if config.reader in ("bench", "manifest") or config.root is None or not config.root.is_dir():
        return ()
    return list_audio(config.root).left_out


def read_corpus_aloud(config: CorpusConfig) -> "pd.DataFrame":
    """`read_corpus`, and one line to a person on what it passes over."""
    table = read_corpus(config)
    if config.root is not None:
        say_what_is_left_out(left_out_of(config), config.root)
    return table
