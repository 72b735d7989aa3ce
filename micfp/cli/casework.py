"""Who is in a case, and who made a recording: `micfp enroll`, `identify`, `verify`, `devices`."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from micfp.cli.options import (
    CalibrationFile,
    CaseFile,
    ChannelName,
    FingerprintFile,
    Json,
    LogFile,
    PopulationName,
    SittingName,
    Track,
    folder_to_write,
    warn_not_recorded,
)
from micfp.cli.tree import QUOTES
from micfp.errors import MicfpError, print_json, printable

if TYPE_CHECKING:
    from micfp.audio import Channel
    from micfp.casework.case_file import Case

DEFAULT_CASE = Path("case.micfp")
NO_ANSWER = 3
"""Exit status where a question was understood, and nothing could be answered."""


class Action(StrEnum):
    """What `micfp devices` does."""

    list = "list"
    remove = "remove"
    export = "export"


def enroll(
    name: Annotated[str, typer.Argument(help="Name of the device.")],
    audio: Annotated[
        list[Path],
        typer.Argument(help="Recordings that it made: audio files, video, or folders of them."),
    ],
    case: CaseFile = DEFAULT_CASE,
    fingerprint: FingerprintFile = None,
    channel: ChannelName = "mean",
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Keep recordings of a device in a case, for others to be compared with.

    Leaves with status 3 where no recording could be enrolled.
    """
    from micfp.casework.case_file import open_case
    from micfp.casework.enrol import enrol
    from micfp.casework.names import device_name
    from micfp.corpora.listing import files_of
    from micfp.fingerprint.embedding.model_file import SHIPPED, load_model

    name, chosen = device_name(name), channel_of(channel)
    model = load_model(fingerprint or SHIPPED)
    audio = files_of(audio)
    accepted = False
    with open_case(case, create=True) as opened:
        if opened.begun_in_empty:
            warning = f"{case}: was empty (0 bytes): a new case was begun in it"
            print(f"micfp: {printable(warning)}", file=sys.stderr)
        for one in enrol(opened, name, audio, model, chosen, track):
            accepted |= one.accepted
            if as_json:
                print_json(one.as_record())
            else:
                print(one.as_text(), file=sys.stdout if one.accepted else sys.stderr)
    if not accepted:
        raise typer.Exit(NO_ANSWER)


def channel_of(text: str) -> "Channel":
    """The channel that an option names; a wrong one is a wrong use."""
    if text == "mean":
        return "mean"
    if text.isdecimal():
        return int(text)
    raise typer.BadParameter(f"--channel {text}: give the number of a channel, from 0, or mean")


def identify(
    audio: Annotated[list[Path], typer.Argument(help="Audio files, video, or folders of them.")],
    case: CaseFile = DEFAULT_CASE,
    sitting: SittingName = "any",
    population: PopulationName = "any",
    model: Annotated[
        str | None,
        typer.Option(
            help="Ask a classifier or network of the pipeline instead, one of a closed set: its "
            "folder, such as results/models/default, or models:/NAME@champion in MLflow."
        ),
    ] = None,
    calibration: CalibrationFile = None,
    fingerprint: FingerprintFile = None,
    channel: ChannelName = "mean",
    track: Track = None,
    as_json: Json = False,
) -> None:
    """Say which enrolled device, or one of its model, made each recording, or none of them.

    Two devices of one model may sound alike: a name stands for the model as well. Leaves with
    status 3 where a recording got no answer.
    """
    from micfp.corpora.listing import files_of

    if model is not None:
        _identify_in_closed_set(files_of(audio), model, track, as_json)
        return
    from micfp.casework.asking import identify as ask
    from micfp.casework.case_file import open_case
    from micfp.fingerprint.weighed.weighing import load_weighing

    if not case.exists():
        raise MicfpError(
            f"{case}: there is no such case: enrol first (micfp enroll NAME AUDIO...), or choose a "
            "model (--model results/models/default)"
        )
    weighing = load_weighing(sitting, fingerprint, calibration, population)
    unanswered, warned = False, False
    with open_case(case) as opened:
        for one in ask(opened, files_of(audio), weighing, channel_of(channel), track):
            found = one.answer
            unanswered |= found.refused is not None
            if as_json:
                print_json(found.as_record(weighing))
            else:
                stream = sys.stdout if found.refused is None else sys.stderr
                print(found.as_text(weighing), file=stream, flush=True)
            if one.not_recorded is not None and not warned:
                warned = True
                warn_not_recorded(one.not_recorded)
    if not as_json:
        print(printable(weighing.in_words()))
    if unanswered:
        raise typer.Exit(NO_ANSWER)


def _identify_in_closed_set(
    audio: list[Path], model: str, track: int | None, as_json: bool
) -> None:
    from micfp.cli.models import load_any_model
    from micfp.fingerprint.identify import Identification, identify_each

    loaded = load_any_model(model)
    failed = False
    for path, answer in zip(audio, identify_each(audio, loaded, track), strict=True):
        if isinstance(answer, MicfpError):
            failed = True
            if not as_json:
                print(f"micfp: {answer}", file=sys.stderr)
                continue
            answer = Identification(str(path), (), 0, (str(answer),))
        if as_json:
            print_json(answer.as_record(loaded))
        else:
            print(answer.as_text(loaded))
    if failed:
        raise typer.Exit(NO_ANSWER)


def verify(
    a: Annotated[Path, typer.Argument(help="A recording.")],
    b: Annotated[Path, typer.Argument(help="Another.")],
    sitting: SittingName = "any",
    population: PopulationName = "any",
    calibration: CalibrationFile = None,
    fingerprint: FingerprintFile = None,
    channel: ChannelName = "mean",
    track: Track = None,
    case: LogFile = None,
    as_json: Json = False,
) -> None:
    """Weigh whether one device made two recordings.

    Or two of one model that sound alike: these are not told apart. The answer is a likelihood
    ratio and no probability; no real phone was tested on two days. Leaves with status 3 where that
    cannot be answered.
    """
    from micfp.casework.asking import verify as ask
    from micfp.casework.case_file import open_case
    from micfp.corpora.listing import files_of
    from micfp.fingerprint.weighed.verify import verify as weigh
    from micfp.fingerprint.weighed.weighing import load_weighing

    files_of([a, b])  # a folder without recordings is a wrong use
    for path in (a, b):
        if not path.exists():
            raise MicfpError(f"{path}: no such file; check the path ({QUOTES})")
    weighing = load_weighing(sitting, fingerprint, calibration, population)
    not_recorded = None
    if case is None:
        found = weigh(a, b, weighing, channel_of(channel), track)
    else:
        with open_case(case) as opened:
            found, not_recorded = ask(opened, a, b, weighing, channel_of(channel), track)
    if not_recorded is not None:
        warn_not_recorded(not_recorded)
    if as_json:
        print_json(found.as_record(weighing))
    elif found.refused is None:
        print(found.as_text(weighing))
        print(printable(weighing.in_words()))
    else:
        print(found.as_text(weighing), file=sys.stderr)
    if found.refused is not None:
        raise typer.Exit(NO_ANSWER)


def validate(
    root: Annotated[Path, typer.Argument(help="Folder (or CSV) of labelled recordings.")],
    corpus: Annotated[str, typer.Option(help="Reader: how folders and names become labels.")] = (
        "folder"
    ),
    name: Annotated[
        str | None, typer.Option(help="Of the calibration, in every answer. Without: the folder's.")
    ] = None,
    out: Annotated[
        Path, typer.Option(help="File of the calibration; identify and verify take this one.")
    ] = Path("calibration.json"),
    figures: Annotated[
        Path | None,
        typer.Option(
            help="Folder for DET, Tippett, ECE, PAV and zoo plots.", callback=folder_to_write
        ),
    ] = None,
    channel: ChannelName = "mean",
    fingerprint: FingerprintFile = None,
    seed: Annotated[int, typer.Option(help="Of the halves of devices that are drawn.")] = 42,
    as_json: Json = False,
) -> None:
    """Measure what the fingerprint is worth on recordings of your own, and calibrate by them.

    Half of the devices calibrate and the others are tested, ten times anew.
    """
    import numpy as np

    from micfp.casework.validate import as_table
    from micfp.casework.validate import validate as measure
    from micfp.config.audio import corpus_at
    from micfp.evidence.calibration_file import write_calibration
    from micfp.fingerprint.embedding.model_file import SHIPPED, load_model
    from micfp.tables import print_table

    config = corpus_at(root, corpus).model_copy(update={"channel": channel_of(channel)})
    loaded = load_model(fingerprint or SHIPPED)
    found = measure(config, loaded, name or root.stem, np.random.default_rng(seed))
    for sentence in found.left_out:
        print(f"micfp: left out: {printable(sentence)}", file=sys.stderr)
    write_calibration(found.calibration, out)
    if figures is not None:
        from micfp.casework.validation_figures import draw

        draw(found, figures)
    print_table(as_table(found.calibration.validated), as_json)
    if not as_json:
        print(
            printable(
                f"{out}: calibration {found.calibration.name}, which identify and verify take"
            )
        )


def devices(
    action: Annotated[Action, typer.Argument(help="What to do.")] = Action.list,
    name: Annotated[str | None, typer.Argument(help="Of the device to remove.")] = None,
    case: CaseFile = DEFAULT_CASE,
    as_json: Json = False,
) -> None:
    """List the devices of a case, remove one, or export all that is known of them.

    An export is CSV, or JSON with --json: everything but the fingerprints, one reference a line.
    """
    from micfp.casework.case_file import open_case

    if (name is None) == (action is Action.remove):
        raise typer.BadParameter("remove needs the name of a device, and nothing else takes one")
    with open_case(case) as opened:
        if name is not None:
            _remove(opened, name, as_json)
        elif action is Action.list:
            _list(opened, as_json)
        else:
            _export(opened, as_json)


def _remove(case: "Case", name: str, as_json: bool) -> None:
    from micfp.casework.reference import references_in_words

    count = case.remove(name)
    if as_json:
        print_json({"device": name, "removed": count})
    else:
        print(printable(f"{name}: removed, with {references_in_words(count)}"))


def _list(case: "Case", as_json: bool) -> None:
    there = case.devices()
    for device in there:
        if as_json:
            print_json(device.as_record())
        else:
            print(printable(device.as_text()))
    if not there and not as_json:
        print(printable(f"{case.path}: no device is enrolled"))


def _export(case: "Case", as_json: bool) -> None:
    import csv

    from micfp.casework.reference import KEYS

    rows = csv.writer(sys.stdout, lineterminator="\n")
    if not as_json:
        rows.writerow(KEYS)
    for reference in case.references():
        record = reference.as_record()
        if as_json:
            print_json(record)
        else:
            rows.writerow(map(printable, record.values()))
