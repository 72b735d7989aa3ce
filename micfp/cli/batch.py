"""Many files, one row each: `micfp batch`."""

from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.options import CaseFile, ChannelName, PopulationName, SittingName
from micfp.errors import printable


def batch(
    audio: Annotated[
        list[Path] | None, typer.Argument(help="Audio files, video, or folders of them.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(help="A CSV with a column path in place of files.")
    ] = None,
    out: Annotated[Path, typer.Option(help="The table: .csv or .parquet, one row per file.")] = (
        Path("batch.csv")
    ),
    what: Annotated[
        str, typer.Option(help="What is found, with commas: inspect, quality, identify.")
    ] = "inspect,quality",
    case: CaseFile = Path("case.micfp"),
    sitting: SittingName = "any",
    population: PopulationName = "any",
    channel: ChannelName = "mean",
    shard_files: Annotated[
        int,
        typer.Option(help="Files after which what was found is kept: a kill costs no more."),
    ] = 100,
) -> None:
    """Find what is asked in many files; one that cannot be read is a row with a reason.

    After a kill the same command goes on where it was: what was found lies in OUT.shards.
    """
    from micfp.casework.batch.running import check_out, join, open_batch, run_missing
    from micfp.casework.batch.shards import files_of_manifest
    from micfp.corpora.listing import files_of
    from micfp.plan.params import parse_params

    check_out(out)
    if (manifest is None) == (not audio):
        raise typer.BadParameter("give files or folders, or --manifest")
    given = {
        "what": what.split(","),
        "case": str(case),
        "sitting": sitting,
        "population": population,
        "channel": int(channel) if channel.isdecimal() else channel,
        "shard_files": shard_files,
    }
    config = parse_params({"batch": given}, "micfp batch").batch
    if manifest is not None:
        files = files_of_manifest(manifest)
    else:
        files = [str(path) for path in files_of(audio or [])]
    opened = open_batch(config)
    shards = opened.shards(files)
    folder = out.with_name(out.name + ".shards")
    run_missing(shards, opened, folder)
    join(shards, folder, config, out)
    print(printable(f"{out}: {len(files)} files"))


def batch_shard(
    name: Annotated[str, typer.Argument(help="Of the shard: number and digest.")],
) -> None:
    """Find the rows of one shard that `snakemake batch` planned."""
    from micfp.casework.batch.planned import run_planned_shard

    run_planned_shard(name)


def batch_join() -> None:
    """Join the shards that `snakemake batch` planned into results/batch.parquet."""
    from micfp.casework.batch.planned import join_planned

    print(join_planned())
