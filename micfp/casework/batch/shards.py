"""A long list of files in shards, each with a file that is named by all that it hangs on."""

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from micfp.config.batch import BatchConfig
from micfp.errors import MicfpError

VERSION = 1
"""Of the rows: raised where the same file would have another row."""


@dataclass(frozen=True)
class Shard:
    """Some of the files.

    Attributes
    ----------
    number
        From 0.
    files
        Their paths.
    name
        Of its file, without the suffix: number and digest.
    """

    number: int
    files: tuple[str, ...]
    name: str


def files_of_manifest(manifest: Path) -> list[str]:
    """Paths of a CSV with a column `path`; relative ones are below the CSV's folder.

    Raises
    ------
    MicfpError
        No such file, no CSV, no such column, or an empty path.
    """
    import pandas as pd

    try:
        table = pd.read_csv(manifest, usecols=["path"], dtype=str, keep_default_na=False)
    except FileNotFoundError:
        raise MicfpError(f"{manifest}: no such file; give a CSV with a column path") from None
    except (ValueError, OSError) as error:
        raise MicfpError(
            f"{manifest}: is no CSV with a column path ({str(error).splitlines()[0]})"
        ) from None
    paths = table["path"].tolist()
    if "" in paths:
        raise MicfpError(f"{manifest}: row {paths.index('') + 1} has an empty path; fill it in")
    folder = str(manifest.parent)
    return [os.path.join(folder, path) for path in paths]  # a Path each costs a million 30 s


def shards_of(
    files: Sequence[str], config: BatchConfig, hangs_on: Sequence[str]
) -> Iterator[Shard]:
    """Files in shards, in their order.

    Parameters
    ----------
    files
        Paths.
    config
        What is found, and how many files make a shard.
    hangs_on
        Digests of all else that the rows hang on: model, calibration, case.
    """
    for number in range(-(-len(files) // config.shard_files)):
        yield _shard(files, config, hangs_on, number)


def shard_of(
    files: Sequence[str], config: BatchConfig, hangs_on: Sequence[str], number: int
) -> Shard | None:
    """The shard with this number, from 0, among `shards_of`; None: there are fewer."""
    if number * config.shard_files >= len(files):
        return None
    return _shard(files, config, hangs_on, number)


def _shard(
    files: Sequence[str], config: BatchConfig, hangs_on: Sequence[str], number: int
) -> Shard:
    settings = config.model_dump(mode="json", exclude={"manifest", "case", "shard_files"})
    of_all = json.dumps([VERSION, settings, list(hangs_on)], sort_keys=True)
    start = number * config.shard_files
    some = tuple(files[start : start + config.shard_files])
    digest = hashlib.sha256("\0".join((of_all, *some)).encode(errors="surrogateescape"))
    return Shard(number, some, f"{number:06d}-{digest.hexdigest()[:16]}")
