"""What is found in one file: a row of plain values under fixed columns."""

import os
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

from micfp.audio import Channel
from micfp.casework.inspect.inspecting import inspect_file
from micfp.casework.inspect.inspection import Inspection
from micfp.config.batch import Kind
from micfp.errors import MicfpError, printable
from micfp.fingerprint.embedding.model import FingerprintModel
from micfp.fingerprint.quality import Quality
from micfp.fingerprint.weighed.compare import Devices
from micfp.fingerprint.weighed.identify import Identification, answered
from micfp.fingerprint.weighed.listening import Heard, listen
from micfp.fingerprint.weighed.weighing import Weighing

Cell = str | int | float | None
Row = dict[str, Cell]
OF_FILE: dict[str, type] = {"path": str, "size_bytes": int, "modified_ns": int, "refused": str}
INSPECTED: dict[str, str] = {
    "container": "container",
    "codec": "codec",
    "encoder": "encoder",
    "created": "created",
    "make": "make",
    "model": "model",
    "sample_rate_hz": "sample rate [Hz]",
    "channels": "channels",
    "samples": "samples",
    "sha256": "SHA-256",
    "sound_sha256": "SHA-256 of the sound",
}
"""Columns of `inspect`, and the names of the fields that they are of."""
OF_INSPECT: dict[str, type] = dict.fromkeys(INSPECTED, str) | {
    **dict.fromkeys(("sample_rate_hz", "channels", "samples"), int),
    "inconsistencies": str,
}
OF_QUALITY: dict[str, type] = dict.fromkeys((one.name for one in fields(Quality)), float)
OF_IDENTIFY: dict[str, type] = {
    "answer": str,
    "best": str,
    "log10_lr": float,
    "log10_lr_low": float,
    "log10_lr_high": float,
    "second": str,
    "second_log10_lr": float,
    "none_of_these": float,
    "warnings": str,
}
COLUMNS: dict[Kind, dict[str, type]] = {
    "inspect": OF_INSPECT,
    "quality": OF_QUALITY,
    "identify": OF_IDENTIFY,
}
BETWEEN = "; "
"""Values of one cell."""


@dataclass(frozen=True)
class Asked:
    """What `identify` is asked about.

    Attributes
    ----------
    weighing
        Model and calibration.
    names
        Of the enrolled devices.
    enrolled
        They themselves.
    """

    weighing: Weighing
    names: tuple[str, ...]
    enrolled: Devices


def columns(what: tuple[Kind, ...]) -> dict[str, type]:
    """Names and types of the columns for what is found."""
    found = dict(OF_FILE)
    for kind, own in COLUMNS.items():
        if kind in what:
            found |= own
    return found


def row_maker(
    what: tuple[Kind, ...], model: FingerprintModel, asked: Asked | None, channel: Channel
) -> Callable[[str], Row]:
    """What makes the row of a file; of one that is refused it says why.

    Parameters
    ----------
    what
        What is found.
    model
        Takes the fingerprints, for quality and identify.
    asked
        None: `identify` is not asked.
    channel
        Of recordings with several.
    """

    def row(path: str) -> Row:
        found: Row = file_of(path)
        if "inspect" in what:
            found |= _inspected(inspect_file(path))
        if "quality" in what or "identify" in what:
            try:
                heard = listen(
                    Path(path),
                    model,
                    channel,
                    pitch=asked is not None and asked.weighing.asks_pitch,
                )
            except MicfpError as error:
                return found | {"refused": str(error)}
            if "quality" in what:
                found |= vars(heard.quality)
            if asked is not None:
                found |= _identified(heard, asked)
            elif heard.refused is not None:
                found |= {"refused": heard.refused}
        return found

    return row


def file_of(path: str) -> Row:
    """Which file a row is of, as it is now; a size of None: it is not there."""
    try:
        status = os.stat(path)
    except OSError:
        return {"path": printable(path), "size_bytes": None, "modified_ns": None}
    return {
        "path": printable(path),
        "size_bytes": status.st_size,
        "modified_ns": status.st_mtime_ns,
    }


def _inspected(found: Inspection) -> Row:
    row: Row = {"refused": found.refused}
    for column, name in INSPECTED.items():
        values = found.values(name)
        if not values:
            row[column] = None
        elif OF_INSPECT[column] is int:
            # The library that decodes has the last word, and stands last.
            row[column] = int(float(str(values[-1])))
        elif column == "codec":
            row[column] = printable(values[-1])
        elif column == "container":  # our own name of it, which stands first
            row[column] = printable(values[0])
        else:
            row[column] = printable(BETWEEN.join(map(str, values)))
    row["inconsistencies"] = printable(BETWEEN.join(found.inconsistencies)) or None
    return row


def _identified(heard: Heard, asked: Asked) -> Row:
    said = answered(asked.names, asked.enrolled, heard, asked.weighing)
    return {"refused": said.refused} | _ranked(said)


def _ranked(said: Identification) -> Row:
    row: Row = dict.fromkeys(OF_IDENTIFY)
    row["answer"], row["none_of_these"] = said.answer, said.none_of_these
    row["warnings"] = printable(BETWEEN.join(said.warnings)) or None
    if said.ranking:
        best = said.ranking[0]
        row["best"], row["log10_lr"] = best.device, best.log10_lr
        row["log10_lr_low"], row["log10_lr_high"] = best.interval
    if len(said.ranking) > 1:
        row["second"] = said.ranking[1].device
        row["second_log10_lr"] = said.ranking[1].log10_lr
    return row
