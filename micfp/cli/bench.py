"""What is simulated, and what is played: `micfp bench`, `population`, `stimulus`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from micfp.cli.models import params_of
from micfp.cli.options import ParamFiles


class Population(StrEnum):
    """Populations of the section fingerprint."""

    training = "training"
    same_setting = "same_setting"
    other_setting = "other_setting"
    judged = "judged"
    calibration = "calibration"


def bench(
    out: Annotated[Path, typer.Argument(help="Folder to write the simulated corpus in.")],
    params: ParamFiles = None,
) -> None:
    """Write the simulated corpus: the thesis's experiment on a virtual bench."""
    from micfp.bench.build import write_bench

    values = params_of(params)
    count = write_bench(values.bench, values.seed, out)
    print(f"{out}: {count} recordings; recordings.csv lists them")


def population(
    out: Annotated[Path, typer.Argument(help="Folder to write the recordings in.")],
    which: Annotated[
        Population, typer.Option(help="Which population of the section fingerprint.")
    ] = Population.training,
    devices: Annotated[int | None, typer.Option(min=1, help="Only so many of its devices.")] = None,
    params: ParamFiles = None,
) -> None:
    """Write virtual phones as a corpus: what models of unseen devices are trained from."""
    from micfp.bench.population import write_population

    values = params_of(params)
    config = getattr(values.fingerprint, which.value)
    if devices is not None:
        config = config.model_copy(update={"n_devices": devices})
    count = write_population(config, values.seed, out)
    print(f"{out}: {count} recordings; recordings.csv lists them")


def stimulus(
    out: Annotated[Path, typer.Argument(help="WAV file to write.")],
    session: Annotated[
        str | None,
        typer.Option(help="Session of the parameters, or day-N: any day beyond them."),
    ] = None,
    params: ParamFiles = None,
) -> None:
    """Write the sound to play when recording one's own microphones."""
    import numpy as np

    from micfp.audio import write_wav
    from micfp.bench.days import day_of
    from micfp.bench.stimuli import stimulus as make_stimulus

    values = params_of(params)
    day = day_of(values.bench, session)
    samples, rate_hz = make_stimulus(values.bench, np.random.default_rng(values.seed), day)
    write_wav(out, samples, rate_hz)
    if not day.own_sentences:
        warning = f"micfp: {session} says sentences of an earlier day: no others are left"
        print(warning, file=sys.stderr)
    print(f"{out}: {len(samples) / rate_hz / 60:.1f} minutes; play it as loud as one speaks")
